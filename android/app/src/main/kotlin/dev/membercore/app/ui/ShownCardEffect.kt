// What the window does while a card is on it: full brightness, kept awake, no pictures. Must not know what the card looks like.

package dev.membercore.app.ui

import android.view.WindowManager.LayoutParams
import androidx.activity.compose.LocalActivity
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect

/**
 * From the moment that this is on the screen until it leaves: the window is as bright as it goes, for the scanner, and the screen does
 * not go dark in the queue. Then both are as they were. Unless [screenshotsAllowed], no picture of the window can be taken, nor does one
 * stand in the list of recent apps.
 */
@Composable
fun ShownCardEffect(screenshotsAllowed: Boolean) {
    val window = LocalActivity.current?.window ?: return
    DisposableEffect(window) {
        val before = window.attributes.screenBrightness
        window.attributes = window.attributes.apply { screenBrightness = LayoutParams.BRIGHTNESS_OVERRIDE_FULL }
        window.addFlags(LayoutParams.FLAG_KEEP_SCREEN_ON)
        onDispose {
            window.attributes = window.attributes.apply { screenBrightness = before }
            window.clearFlags(LayoutParams.FLAG_KEEP_SCREEN_ON)
        }
    }
    DisposableEffect(window, screenshotsAllowed) {
        if (!screenshotsAllowed) window.addFlags(LayoutParams.FLAG_SECURE)
        onDispose { window.clearFlags(LayoutParams.FLAG_SECURE) }
    }
}
