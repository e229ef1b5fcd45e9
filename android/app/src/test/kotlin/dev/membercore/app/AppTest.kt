// The app as a member uses it, from the launcher on, against a real backend. Must not know how the screens are built.

package dev.membercore.app

import android.content.pm.ApplicationInfo
import android.net.ConnectivityManager
import android.view.WindowManager.LayoutParams
import androidx.compose.ui.test.ComposeTimeoutException
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assert
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertIsOff
import androidx.compose.ui.test.assertIsOn
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isOff
import androidx.compose.ui.test.isOn
import androidx.compose.ui.test.isToggleable
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.onRoot
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performImeAction
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.printToString
import androidx.core.content.getSystemService
import androidx.test.ext.junit.runners.AndroidJUnit4
import dev.membercore.Labels
import dev.membercore.MemberCore
import dev.membercore.MemberException
import dev.membercore.MemberWallet
import dev.membercore.app.host.FakeAndroidKeyStore
import dev.membercore.app.host.WalletState
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Shadows.shadowOf

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

    @Test
    fun theWindowIsBrightAwakeAndPrivateWhileTheCardIsShownAndAsItWasAfter() {
        assertWindow(bright = false, awake = false, private = false)
        signIn()
        assertWindow(bright = true, awake = true, private = true)

        screen.onNodeWithContentDescription(labels.settings).performClick()
        await(hasText(labels.allowScreenshots))
        screen.onNodeWithText("Ada Lovelace").assertDoesNotExist()
        assertWindow(bright = false, awake = false, private = false)
        screen.onNode(screenshotSwitch).assertIsOff().performClick().assertIsOn()
        screen.onNodeWithContentDescription(labels.back).performClick()
        await(hasText("Ada Lovelace"))
        screen.onNodeWithText(labels.allowScreenshots).assertDoesNotExist()
        assertWindow(bright = true, awake = true, private = false)

        // The choice is kept, and so is the screen on top.
        screen.onNodeWithContentDescription(labels.settings).performClick()
        screen.activityRule.scenario.recreate()
        await(screenshotSwitch)
        screen.onNode(screenshotSwitch).assertIsOn().performClick()
        pressBack()
        await(hasText("Ada Lovelace"))
        screen.onNodeWithText(labels.allowScreenshots).assertDoesNotExist()
        assertWindow(bright = true, awake = true, private = true)
    }

    @Test
    fun aRotationKeepsWhatWasTyped() {
        await(hasText(labels.sendCode))
        screen.onNode(hasSetTextAction()).performTextInput("ada@")
        screen.activityRule.scenario.recreate()
        await(hasText(labels.sendCode))
        screen.onNode(hasSetTextAction()).assert(hasText("ada@"))
    }

    @Test
    fun whatATillGivesIsSeenAMomentLater() {
        signIn()
        app.sandbox.accrue(wallet().cardNow().card!!.number.replace(" ", ""), 3500)
        await(hasText(amount("+35 points")))
        await(hasText(amount("135 points")))
    }

    @Test
    fun aClaimMadeOfflineIsListedTakenBackMadeAgainAndConfirmed() {
        signIn()
        app.sandbox.down()
        // As Android tells the app of it.
        val network = checkNotNull(connectivity.activeNetwork)
        networkCallbacks { onLost(network) }
        claim()
        await(hasText(CLAIM))
        screen.onNodeWithText("${amount("-50 points")} waiting").assertExists()
        screen.onNodeWithText(labels.takeBack).performScrollTo().performClick()
        screen.waitUntilDoesNotExist(hasText(CLAIM), timeoutMillis = 20_000)

        claim()
        await(hasText(CLAIM))
        screen.onNodeWithContentDescription(labels.refresh).performClick()
        await(hasText("No connection to the programme. What you did is safe and will be sent later."))
        app.sandbox.up()
        networkCallbacks { onAvailable(network) }
        await(hasText(amount("50 points")))
        screen.waitUntilDoesNotExist(hasText(CLAIM), timeoutMillis = 20_000)
    }

    @Test
    fun spendingIsLockedInTheSettingsAndUnlockedAgain() {
        signIn()
        screen.onNodeWithContentDescription(labels.settings).performClick()
        val switch = isToggleable() and hasText("Spending lock")
        await(switch)
        screen.onNode(switch).assertIsOff().performClick()
        await(hasText("Spending is locked.", substring = true) and isOn())
        assertThrows(MemberException.Refused::class.java) { claim() }
        screen.onNode(switch).performClick()
        await(hasText("You can claim rewards", substring = true) and isOff())
        claim()
    }

    @Test
    fun nothingOfTheWalletIsInABackup() {
        signIn()
        assertEquals(0, app.applicationInfo.flags and ApplicationInfo.FLAG_ALLOW_BACKUP)
        val kept = app.dataDir.walkTopDown().filter { it.isFile && ("wallet" in it.path || "secrets" in it.path) }.toList()
        assertTrue("$kept", kept.size >= 2)
        assertTrue("$kept", kept.all { it.startsWith(app.noBackupFilesDir) })
        assertTrue("the vault is the Keystore's", FakeAndroidKeyStore.keys.isNotEmpty())
    }

    private fun signIn() {
        await(hasText(labels.sendCode))
        runBlocking { wallet().join(app, email) }
        await(hasText("Ada Lovelace"))
    }

    private val connectivity: ConnectivityManager
        get() = checkNotNull(app.getSystemService<ConnectivityManager>())

    private fun networkCallbacks(event: ConnectivityManager.NetworkCallback.() -> Unit) =
        shadowOf(connectivity).networkCallbacks.forEach { it.event() }

    private fun claim() {
        runBlocking { wallet().claim(COFFEE) }
    }

    private val screenshotSwitch: SemanticsMatcher
        get() = isToggleable() and hasText(labels.allowScreenshots)

    private fun pressBack() = screen.runOnUiThread { screen.activity.onBackPressedDispatcher.onBackPressed() }

    private fun assertWindow(bright: Boolean, awake: Boolean, private: Boolean) {
        screen.waitForIdle()
        val attributes = screen.activity.window.attributes
        assertEquals(if (bright) LayoutParams.BRIGHTNESS_OVERRIDE_FULL else LayoutParams.BRIGHTNESS_OVERRIDE_NONE, attributes.screenBrightness)
        assertEquals("awake", awake, attributes.flags and LayoutParams.FLAG_KEEP_SCREEN_ON != 0)
        assertEquals("private", private, attributes.flags and LayoutParams.FLAG_SECURE != 0)
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

    private companion object {
        const val CLAIM = "Claim: Coffee of your choice"
    }
}
