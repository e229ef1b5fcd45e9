// What the card's screen says to those who do not see it, what can be tapped, and the pixels of the symbol. Must not know of wallets.

package dev.membercore.app.card

import android.app.Application
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.toArgb
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assert
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.getUnclippedBoundsInRoot
import androidx.compose.ui.test.hasAnyAncestor
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isHeading
import androidx.compose.ui.test.junit4.v2.createComposeRule
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performImeAction
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.text.TextLayoutResult
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import androidx.test.ext.junit.runners.AndroidJUnit4
import dev.membercore.Card
import dev.membercore.MemberCore
import dev.membercore.Symbol
import dev.membercore.Symbology
import dev.membercore.app.amount
import dev.membercore.app.ui.MemberTheme
import dev.membercore.drawing
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config

@RunWith(AndroidJUnit4::class)
@Config(application = Application::class)
class CardScreenTest {
    @get:Rule
    val screen = createComposeRule()

    private val labels = CardSamples.labels
    private val done = mutableListOf<String>()
    private val actions =
        CardActions(
            refreshAsked = { done += "refresh" },
            takeBackTapped = { done += "take back $it" },
            dismissTapped = { done += "dismiss $it" },
            tryAgainTapped = { done += "try again" },
            signInTapped = { done += "sign in" },
            sendCodeTapped = { done += "send to $it" },
            codeEntered = { done += "code $it" },
            otherAddressTapped = { done += "other address" },
            backTapped = { done += "back" },
            settingsTapped = { done += "settings" },
            messageShown = { done += "message $it" },
        )

    @Test
    fun theWordsOfThePreviewsAreTheCores() = assertEquals(MemberCore.labels("en"), labels)

    @Test
    fun aScreenReaderHearsTheCard() {
        show(CardSamples.shown)
        val symbol = screen.onNodeWithContentDescription(card(CardSamples.shown).description)
        symbol.assert(SemanticsMatcher.expectValue(SemanticsProperties.Role, Role.Image))
        screen.onNode(isHeading() and hasText("Market")).assertIsDisplayed()
        for (said in listOf("9820 8940 2031 1473", "Ada Lovelace", "Bronze", amount("135 points"), "Up to date")) screen.onNodeWithText(said).assertExists()
    }

    @Test
    fun whatArrivesIsSaidByItself() {
        var state by mutableStateOf(CardSamples.shown)
        screen.setContent { MemberTheme { CardScreen(state, actions, sizing) } }
        val polite = SemanticsMatcher.expectValue(SemanticsProperties.LiveRegion, LiveRegionMode.Polite)
        // There before anything arrived: only then is a change of it heard.
        screen.onNode(polite).assertExists()
        state = CardSamples.arrived
        screen.onNode(hasText(amount("+35 points")) and hasAnyAncestor(polite)).assertIsDisplayed()
        state = CardSamples.shown
        screen.onNode(hasText(amount("+35 points"))).assertDoesNotExist()
    }

    @Test
    fun everythingThatCanBeTappedHasAWordAndRoomForAFinger() {
        val states = with(CardSamples) { listOf(failed, shown, pending, empty, ended, address, code, codeRefused) }
        var state by mutableStateOf(states.first())
        screen.setContent { MemberTheme { CardScreen(state, actions, sizing) } }
        for (next in states) {
            state = next
            screen.waitForIdle()
            val tapped = screen.onAllNodes(hasClickAction())
            val count = tapped.fetchSemanticsNodes().size
            assertTrue("$next has nothing to tap", count > 0)
            for (index in 0 until count) {
                val node = tapped[index].fetchSemanticsNode()
                val words = node.config.getOrElse(SemanticsProperties.Text) { emptyList() }.map { it.text } +
                    node.config.getOrElse(SemanticsProperties.ContentDescription) { emptyList() }
                assertTrue("a button of $next says nothing", words.any { it.isNotBlank() })
                tapped[index].performScrollToIfCan()
                val touch = node.touchBoundsInRoot
                val enough = with(screen.density) { 48.dp.toPx() } - 0.5f
                assertTrue("$words: $touch", touch.width >= enough && touch.height >= enough)
            }
        }
    }

    @Test
    fun eachTapIsOneEvent() {
        var state by mutableStateOf(CardSamples.pending)
        screen.setContent { MemberTheme { CardScreen(state, actions, sizing) } }
        screen.onNodeWithText(labels.takeBack).performScrollTo().performClick()
        screen.onNodeWithText(labels.dismiss).performScrollTo().performClick()
        screen.onNodeWithContentDescription(labels.refresh).performClick()
        screen.onNodeWithContentDescription(labels.settings).performClick()
        val pending = (CardSamples.pending.content as CardContent.Shown).pending
        assertEquals(listOf("take back ${pending[0].key}", "dismiss ${pending[1].key}", "refresh", "settings"), done)
        done.clear()
        state = CardSamples.failed
        screen.onNodeWithText(labels.tryAgain).performClick()
        state = CardSamples.ended
        screen.onNode(hasText(labels.signIn) and hasClickAction()).performScrollTo().performClick()
        state = CardSamples.code
        screen.onNodeWithText(labels.otherAddress).performClick()
        screen.onNodeWithContentDescription(labels.back).performClick()
        assertEquals(listOf("try again", "sign in", "other address", "back"), done)
    }

    @Test
    fun whatIsUnderWayCannotBeAskedForTwice() {
        var state by mutableStateOf(CardSamples.address.copy(busy = true))
        screen.setContent { MemberTheme { CardScreen(state, actions, sizing) } }
        screen.onNode(hasText(labels.sendCode)).assertIsNotEnabled()
        // Nor left: what comes of it is said where it was asked for.
        state = CardSamples.code.copy(busy = true)
        screen.onNodeWithText(labels.otherAddress).assertIsNotEnabled()
        state = CardSamples.empty.copy(busy = true)
        screen.onNode(hasText(labels.refresh)).assertIsNotEnabled()
    }

    @Test
    fun theKeyboardEndsWhatWasTyped() {
        var state by mutableStateOf(CardSamples.address)
        screen.setContent { MemberTheme { CardScreen(state, actions, sizing) } }
        screen.onNode(hasSetTextAction()).performTextInput("ada@example.org")
        screen.onNode(hasSetTextAction()).performImeAction()
        state = CardSamples.code
        // Pasted out of a message.
        screen.onNode(hasSetTextAction()).performTextInput(" 123 456\n")
        screen.onNode(hasSetTextAction()).performImeAction()
        assertEquals(2, done.size)
        assertEquals("send to ada@example.org", done[0])
        assertEquals("123456", done[1].removePrefix("code ").filter { it.isDigit() })
        // The address is still there for who mistyped it.
        state = CardSamples.address
        screen.onNode(hasSetTextAction()).assert(hasText("ada@example.org"))
    }

    @Test
    fun whatIsWrongWithAnEntryIsSaidByItself() {
        show(CardSamples.codeRefused)
        val error = (CardSamples.codeRefused.content as CardContent.SignIn).error!!
        screen.onNode(hasText(error) and SemanticsMatcher.expectValue(SemanticsProperties.LiveRegion, LiveRegionMode.Polite), useUnmergedTree = true)
            .assertIsDisplayed()
        screen.onNode(hasSetTextAction()).assert(SemanticsMatcher.keyIsDefined(SemanticsProperties.Error))
    }

    @Test
    fun aMessageIsShownOnceAndThenTakenAway() {
        screen.mainClock.autoAdvance = false
        screen.setContent { MemberTheme { CardScreen(CardSamples.message, actions, sizing) } }
        screen.mainClock.advanceTimeBy(1_000)
        screen.onNodeWithText(CardSamples.message.message!!.text).assertIsDisplayed()
        screen.mainClock.advanceTimeBy(20_000)
        assertEquals(listOf("message 1"), done)
    }

    /** The quiet zone, the modules and nothing between: black or white, whole pixels, whatever the theme. */
    @Test
    fun theSymbolIsBlackOnWhiteInWholePixels() {
        // Also while something is under way: nothing that turns may lie over it.
        screen.setContent { MemberTheme(dark = true) { CardScreen(CardSamples.refreshing, actions, sizing) } }
        val card = card(CardSamples.refreshing)
        val picture = screen.onNodeWithContentDescription(card.description).captureToImage()
        val drawing = card.symbol.drawing(PIXELS_PER_INCH, 10_000)!!
        val (module, side) = drawing.modulePixels.toInt() to drawing.widthPixels.toInt()
        assertEquals(side to side, picture.width to picture.height)
        val pixels = IntArray(side * side).also { picture.readPixels(it) }
        val (width, quiet) = card.symbol.width.toInt() to 4
        for (y in 0 until side) for (x in 0 until side) {
            val (column, row) = x / module - quiet to y / module - quiet
            val dark = column in 0 until width && row in 0 until width && card.symbol.modules[row * width + column].toInt() == 1
            assertEquals("$x, $y", (if (dark) Color.Black else Color.White).toArgb(), pixels[y * side + x])
        }
    }

    /** Bars: one row of modules as tall as the core wants it, light at both ends. */
    @Test
    fun barsAreBlackOnWhiteInWholePixels() {
        val modules = ByteArray(95) { if (it % 3 == 0) 1 else 0 }
        val symbol = Symbol(Symbology.EAN13, 95u, 1u, modules)
        val drawing = symbol.drawing(PIXELS_PER_INCH, 800)!!
        screen.setContent { MemberTheme(dark = true) { SymbolImage(symbol, drawing, "bars") } }
        val picture = screen.onNodeWithContentDescription("bars").captureToImage()
        val (width, height) = drawing.widthPixels.toInt() to drawing.heightPixels.toInt()
        assertEquals(width to height, picture.width to picture.height)
        val pixels = IntArray(width * height).also { picture.readPixels(it) }
        for (y in 0 until height) for (x in 0 until width) {
            val column = Math.floorDiv(x - drawing.leftPixels.toInt(), drawing.modulePixels.toInt())
            val dark = column in 0 until 95 && modules[column].toInt() == 1
            assertEquals("$x, $y", (if (dark) Color.Black else Color.White).toArgb(), pixels[y * width + x])
        }
    }

    @Test
    fun theSymbolIsTheFirstThingOnTheScreenAndNothingOfItIsCut() {
        show(CardSamples.pending)
        val bounds = screen.onNodeWithContentDescription(card(CardSamples.pending).description).getUnclippedBoundsInRoot()
        assertTrue("$bounds", bounds.top < 40.dp && bounds.left > 0.dp)
        screen.onNodeWithContentDescription(card(CardSamples.pending).description).assertIsDisplayed()
    }

    @Test
    fun whereNoSymbolCanBeReadTheNumberStaysToBeTyped() {
        // A screen so coarse that no whole pixel is a module that a scanner reads.
        screen.setContent { MemberTheme { CardScreen(CardSamples.shown, actions, { symbol, available -> symbol.drawing(12.0, available) }) } }
        screen.onNodeWithContentDescription(card(CardSamples.shown).description).assertDoesNotExist()
        screen.onNodeWithText("9820 8940 2031 1473").assertIsDisplayed()
    }

    @Test
    fun onAScreenFromTheRightTheNumberIsStillReadFromTheLeft() {
        screen.setContent {
            CompositionLocalProvider(LocalLayoutDirection provides LayoutDirection.Rtl) { MemberTheme { CardScreen(CardSamples.pending, actions, sizing) } }
        }
        for (text in listOf(card(CardSamples.pending).number, amount("135 points"), "${amount("-50 points")} waiting")) {
            val layouts = mutableListOf<TextLayoutResult>()
            screen.onNodeWithText(text).fetchSemanticsNode().config[SemanticsActions.GetTextLayoutResult].action!!(layouts)
            val layout = layouts.single()
            assertTrue(text, layout.getBoundingBox(0).left < layout.getBoundingBox(text.lastIndex).left)
        }
    }

    private val sizing: SymbolSizing = { symbol, available -> symbol.drawing(PIXELS_PER_INCH, available) }

    private fun show(state: CardScreenState) = screen.setContent { MemberTheme { CardScreen(state, actions, sizing) } }

    private fun card(state: CardScreenState): Card = (state.content as CardContent.Shown).view.card!!

    private fun androidx.compose.ui.test.SemanticsNodeInteraction.performScrollToIfCan() {
        if (fetchSemanticsNode().layoutInfo.isPlaced) runCatching { performScrollTo() }
    }

    private companion object {
        const val PIXELS_PER_INCH = 320.0
    }
}
