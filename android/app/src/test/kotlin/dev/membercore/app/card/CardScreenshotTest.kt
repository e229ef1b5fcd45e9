// A picture of each state of the card's screen, as it was looked at, and what a scanner reads in it. That each state really occurs is shown
// by CardViewModelTest and AppTest.

package dev.membercore.app.card

import android.app.Application
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.junit4.v2.createComposeRule
import androidx.compose.ui.test.onRoot
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.LayoutDirection
import androidx.test.ext.junit.runners.AndroidJUnit4
import dev.membercore.app.assertLooksAs
import dev.membercore.app.scanned
import dev.membercore.app.ui.MemberTheme
import dev.membercore.drawing
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config

@RunWith(AndroidJUnit4::class)
@Config(application = Application::class)
class CardScreenshotTest {
    @get:Rule
    val screen = createComposeRule()

    @Test fun opening() = looks("opening", CardSamples.opening)

    @Test fun failed() = looks("failed", CardSamples.failed)

    @Test fun shown() = looks("shown", CardSamples.shown)

    @Test fun shownDark() = looks("shown-dark", CardSamples.shown, dark = true)

    @Test fun refreshing() = looks("refreshing", CardSamples.refreshing)

    @Test fun stale() = looks("stale", CardSamples.stale)

    @Test fun pending() = looks("pending", CardSamples.pending)

    @Test fun pendingDark() = looks("pending-dark", CardSamples.pending, dark = true)

    @Test fun arrived() = looks("arrived", CardSamples.arrived)

    @Test fun rotating() = looks("rotating", CardSamples.rotating, scan = ROTATING_CODE)

    @Test fun rotatingDark() = looks("rotating-dark", CardSamples.rotating, dark = true, scan = ROTATING_CODE)

    @Test fun clockWrong() = looks("clock-wrong", CardSamples.clockWrong, scan = ROTATING_CODE)

    @Test fun rotatingLargeText() = looks("rotating-large-text", CardSamples.clockWrong, fontScale = 2f, scan = ROTATING_CODE)

    @Test fun locked() = looks("locked", CardSamples.locked)

    @Test fun stolen() = looks("stolen", CardSamples.stolen)

    @Test fun empty() = looks("empty", CardSamples.empty)

    @Test fun ended() = looks("ended", CardSamples.ended)

    @Test fun message() = looks("message", CardSamples.message)

    @Test fun address() = looks("address", CardSamples.address)

    @Test fun addressRefused() = looks("address-refused", CardSamples.addressRefused)

    @Test fun code() = looks("code", CardSamples.code)

    @Test fun codeRefusedDark() = looks("code-refused-dark", CardSamples.codeRefused, dark = true)

    @Test fun largeText() = looks("large-text", CardSamples.pending, fontScale = 2f)

    @Test fun largeTextSignIn() = looks("large-text-sign-in", CardSamples.codeRefused, fontScale = 2f)

    @Test fun rightToLeft() = looks("right-to-left", CardSamples.pending, direction = LayoutDirection.Rtl)

    @Test
    @Config(qualifiers = "w740dp-h360dp-land-xhdpi")
    fun lying() = looks("lying", CardSamples.pending)

    @Test
    @Config(qualifiers = "w740dp-h360dp-land-xhdpi")
    fun lyingEnded() = looks("lying-ended", CardSamples.ended)

    @Test
    @Config(qualifiers = "w320dp-h533dp-xhdpi")
    fun small() = looks("small", CardSamples.arrived)

    @Test
    @Config(qualifiers = "w320dp-h533dp-xhdpi")
    fun smallLargeText() = looks("small-large-text", CardSamples.shown, fontScale = 2f)

    @Test
    @Config(qualifiers = "w800dp-h1280dp-hdpi")
    fun tablet() = looks("tablet", CardSamples.pending, pixelsPerInch = 240.0)

    private fun looks(
        name: String,
        state: CardScreenState,
        dark: Boolean = false,
        fontScale: Float = 1f,
        direction: LayoutDirection = LayoutDirection.Ltr,
        pixelsPerInch: Double = 320.0,
        scan: String? = null,
    ) {
        screen.setContent {
            val density = Density(LocalDensity.current.density, fontScale)
            CompositionLocalProvider(LocalDensity provides density, LocalLayoutDirection provides direction) {
                MemberTheme(dark) { CardScreen(state, CardActions(), { symbol, available -> symbol.drawing(pixelsPerInch, available) }) }
            }
        }
        val picture = screen.onRoot().captureToImage()
        assertLooksAs(name, picture)
        val card = (state.content as? CardContent.Shown)?.view?.card ?: return
        assertEquals(scan ?: card.number.replace(" ", ""), scanned(picture))
    }

    private companion object {
        /** What the symbol of the rotating samples holds. */
        const val ROTATING_CODE = "982089402031147348151623"
    }
}
