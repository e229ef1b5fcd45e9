// A picture of each state of the settings, as it was looked at, and what a screen reader is told. That each state really occurs is shown
// by SettingsViewModelTest and AppTest.

package dev.membercore.app.settings

import android.app.Application
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.assertIsOn
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isToggleable
import androidx.compose.ui.test.junit4.v2.createComposeRule
import androidx.compose.ui.test.onRoot
import androidx.compose.ui.test.performClick
import androidx.compose.ui.unit.Density
import androidx.test.ext.junit.runners.AndroidJUnit4
import dev.membercore.SpendingView
import dev.membercore.app.assertLooksAs
import dev.membercore.app.card.CardSamples
import dev.membercore.app.ui.MemberTheme
import org.junit.Assert.assertEquals
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config

@RunWith(AndroidJUnit4::class)
@Config(application = Application::class)
class SettingsScreenshotTest {
    @get:Rule
    val screen = createComposeRule()

    private val switched = mutableListOf<Boolean>()

    @Test fun signedOut() = looks("settings-signed-out", SettingsState())

    @Test fun settings() = looks("settings", SettingsState(open))

    @Test fun dark() = looks("settings-dark", SettingsState(locked), screenshotsAllowed = true, dark = true)

    @Test fun locking() = looks("settings-locking", SettingsState(locking))

    @Test fun lockingLargeText() = looks("settings-locking-large-text", SettingsState(locking), fontScale = 2f)

    @Test fun failed() = looks("settings-failed", SettingsState(open, error = "The device's storage is full. Free some space and try again."))

    @Test
    fun aTapAsksForTheOppositeAndAScreenReaderSaysWhich() {
        show(SettingsState(locked))
        val switch = screen.onNode(isToggleable() and hasText(locked.title)).assertIsOn()
        assertEquals("Unlock spending", switch.fetchSemanticsNode().config.getOrNull(SemanticsActions.OnClick)?.label)
        switch.performClick()
        // It stays as it is until the wallet says otherwise.
        switch.assertIsOn()
        assertEquals(listOf(false), switched)
    }

    private fun show(state: SettingsState, screenshotsAllowed: Boolean = false, dark: Boolean = false, fontScale: Float = 1f) {
        screen.setContent {
            CompositionLocalProvider(LocalDensity provides Density(LocalDensity.current.density, fontScale)) {
                val actions = SettingsActions(spendLockSwitched = { switched += it })
                MemberTheme(dark) { SettingsScreen(CardSamples.labels, state, screenshotsAllowed, actions) }
            }
        }
    }

    private fun looks(name: String, state: SettingsState, screenshotsAllowed: Boolean = false, dark: Boolean = false, fontScale: Float = 1f) {
        show(state, screenshotsAllowed, dark, fontScale)
        assertLooksAs(name, screen.onRoot().captureToImage())
    }

    private companion object {
        val open =
            SpendingView(
                locked = false,
                pending = false,
                title = "Spending lock",
                text = "You can claim rewards and use vouchers. If you lock spending, your card only collects points.",
                button = "Lock spending",
            )
        val locked =
            open.copy(
                locked = true,
                text = "Spending is locked. Your card goes on collecting points; rewards and vouchers wait until you unlock it.",
                button = "Unlock spending",
            )
        val locking =
            locked.copy(
                pending = true,
                text =
                    "Safe on this device. Spending is locked as soon as the programme confirms it; until then, vouchers still work " +
                        "at the till.",
            )
    }
}
