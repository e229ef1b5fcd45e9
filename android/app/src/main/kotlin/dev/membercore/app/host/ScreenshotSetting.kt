// The member's choice whether pictures of the screen may be taken. Must not know what is on the screen.

package dev.membercore.app.host

import android.content.Context
import androidx.core.content.edit
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow

/**
 * Whether pictures of the screen are allowed. They are not, until the member says so.
 *
 * It must be known before the first frame, so it is in preferences, which are read at once, and not in a store that is awaited.
 */
class ScreenshotSetting(context: Context) {
    private val preferences = context.getSharedPreferences("settings", Context.MODE_PRIVATE)
    private val current = MutableStateFlow(preferences.getBoolean(KEY, false))

    val allowed: StateFlow<Boolean> = current.asStateFlow()

    fun allow(allowed: Boolean) {
        preferences.edit { putBoolean(KEY, allowed) }
        current.value = allowed
    }

    private companion object {
        const val KEY = "allow_screenshots"
    }
}
