// The card's screen with its model, in its window. Must not know what is shown.

package dev.membercore.app.card

import android.content.res.Resources
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.ui.platform.LocalResources
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import dev.membercore.app.ui.ShownCardEffect
import dev.membercore.drawing

@Composable
fun CardRoute(model: CardViewModel, screenshotsAllowed: Boolean, settingsTapped: () -> Unit) {
    val state by model.state.collectAsStateWithLifecycle()
    val actions =
        remember(model, settingsTapped) {
            CardActions(
                refreshAsked = model::refreshAsked,
                takeBackTapped = model::takeBackTapped,
                dismissTapped = model::dismissTapped,
                tryAgainTapped = model::tryAgainTapped,
                signInTapped = model::signInTapped,
                sendCodeTapped = model::sendCodeTapped,
                codeEntered = model::codeEntered,
                otherAddressTapped = model::otherAddressTapped,
                backTapped = model::backTapped,
                settingsTapped = settingsTapped,
                messageShown = model::messageShown,
            )
        }
    if ((state.content as? CardContent.Shown)?.view?.card != null) ShownCardEffect(screenshotsAllowed)
    val pixelsPerInch = LocalResources.current.pixelsPerInch()
    val sizing: SymbolSizing = remember(pixelsPerInch) { { symbol, available -> symbol.drawing(pixelsPerInch, available) } }
    CardScreen(state, actions, sizing)
}

/**
 * The physical density of the screen. Some devices report none, or one that their logical density shows to be a mistake: then the logical
 * one is nearer to the truth.
 */
internal fun Resources.pixelsPerInch(): Double {
    val metrics = displayMetrics
    val plausible = metrics.densityDpi * 0.6f..metrics.densityDpi * 1.7f
    return (if (metrics.xdpi in plausible) metrics.xdpi else metrics.densityDpi.toFloat()).toDouble()
}
