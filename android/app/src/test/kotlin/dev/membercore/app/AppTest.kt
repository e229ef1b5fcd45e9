// The app as a member uses it, from the launcher on, against a real backend. Must not know how the screens are built.

package dev.membercore.app

import android.view.WindowManager.LayoutParams
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.ComposeTimeoutException
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.onRoot
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performImeAction
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.printToString
import androidx.test.ext.junit.runners.AndroidJUnit4
import dev.membercore.Address
import dev.membercore.JoinDetails
import dev.membercore.Labels
import dev.membercore.MemberCore
import dev.membercore.MemberWallet
import dev.membercore.app.host.WalletState
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith

@OptIn(ExperimentalTestApi::class)
@RunWith(AndroidJUnit4::class)
class AppTest {
    @get:Rule
    val screen = createAndroidComposeRule<MainActivity>()

    private val app: TestApplication
        get() = screen.activity.application as TestApplication
    private val labels: Labels by lazy { MemberCore.labels("en") }
    private val email = "ada-${System.nanoTime()}@example.org"

    @Test
    fun aMemberSignsInAndAScannerReadsTheCard() {
        know(email)
        await(hasText(labels.sendCode))
        screen.onNode(hasSetTextAction()).performTextInput(email)
        screen.onNode(hasSetTextAction()).performImeAction()
        await(hasText(labels.codeLead))
        screen.onNode(hasSetTextAction()).performTextInput(app.sandbox.code(email))
        screen.onNode(hasSetTextAction()).performImeAction()
        await(hasText("Ada Lovelace"))
        val number = wallet().cardNow().card!!.number
        screen.onNodeWithText(number).assertIsDisplayed()
        assertEquals(number.replace(" ", ""), scanned(screen.onRoot().captureToImage()))
    }

    /** Somebody joins with this address on another device. */
    private fun know(email: String) = joined(app, email).close()

    private fun wallet(): MemberWallet = (app.walletHost.state.value as WalletState.Open).wallet

    private fun await(matcher: SemanticsMatcher) {
        try {
            screen.waitUntilAtLeastOneExists(matcher, timeoutMillis = 20_000)
        } catch (timeout: ComposeTimeoutException) {
            // What was there instead.
            throw AssertionError("${timeout.message}\n${screen.onRoot().printToString()}", timeout)
        }
    }
}
