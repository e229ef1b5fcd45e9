// Each state of the card's screen, and that it occurs: the model on a real wallet and a real backend. Must not know how a state is drawn.

package dev.membercore.app.card

import android.app.Application
import androidx.test.ext.junit.runners.AndroidJUnit4
import dev.membercore.Address
import dev.membercore.HostEvent
import dev.membercore.JoinDetails
import dev.membercore.MemberCore
import dev.membercore.MemberWallet
import dev.membercore.WalletConfig
import dev.membercore.app.COFFEE
import dev.membercore.app.MainThread
import dev.membercore.app.NAME
import dev.membercore.app.Sandbox
import dev.membercore.app.amount
import dev.membercore.app.host.FakeAndroidKeyStore
import dev.membercore.app.host.KeystoreSecrets
import dev.membercore.app.host.WalletHost
import dev.membercore.app.host.WalletState
import java.io.IOException
import java.nio.file.Files
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config

@RunWith(AndroidJUnit4::class)
@Config(application = Application::class)
class CardViewModelTest {
    private val folder = Files.createTempDirectory("model").toFile()
    private val sandbox = Sandbox(folder.resolve("sandbox"))
    private val email = "ada-${System.nanoTime()}@example.org"
    private val main = MainThread()
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    @Volatile
    private var language = "en"

    @Volatile
    private var online = true
    private val host = WalletHost(scope, { language }, ::openWallet)

    @Before
    fun start() {
        FakeAndroidKeyStore.install()
        main.start()
    }

    @After
    fun stop() {
        main.close()
        runBlocking { host.close() }
        scope.cancel()
        sandbox.close()
    }

    @Test
    fun aMemberSignsInWithWhatTheCoreSaysOfEachEntry() = within30Seconds {
        know(email)
        val model = model()
        assertEquals(CardContent.Opening, model.state.value.content)
        host.open()
        assertEquals(SignInStep.ADDRESS, model.await<CardContent.SignIn>().step)

        model.sendCodeTapped("nobody")
        val refused = model.await<CardContent.SignIn> { it.error != null }
        assertEquals("Enter an e-mail address, or a telephone number with its country code.", refused.error)
        model.sendCodeTapped(email)
        val asked = model.await<CardContent.SignIn> { it.step == SignInStep.CODE }
        assertNull(asked.error)
        assertFalse(asked.canGoBack)

        model.otherAddressTapped()
        model.await<CardContent.SignIn> { it.step == SignInStep.ADDRESS }
        model.sendCodeTapped(email)
        model.await<CardContent.SignIn> { it.step == SignInStep.CODE }
        model.codeEntered("12")
        assertTrue("6" in model.await<CardContent.SignIn> { it.error != null }.error!!)
        val code = sandbox.code(email)
        model.codeEntered(if (code == "000000") "000001" else "000000")
        assertEquals("The code is wrong or has expired. Ask for a new one.", model.await<CardContent.SignIn> { "wrong" in it.error.orEmpty() }.error)
        // As it comes out of a message.
        model.codeEntered(" ${code.take(3)} ${code.drop(3)} ")
        val shown = model.await<CardContent.Shown> { it.view.card != null }
        assertEquals(NAME, shown.view.card!!.member)
        assertFalse(shown.ended)
        assertTrue(shown.pending.isEmpty())
    }

    @Test
    fun whoAskedForACodeBeforeTheAppWasEndedIsAskedForIt() = within30Seconds {
        know(email)
        val wallet = opened()
        wallet.requestCode(Address.Email(email))
        assertEquals(SignInStep.CODE, model().await<CardContent.SignIn>().step)
    }

    @Test
    fun beforeTheFirstSyncThereIsASentenceInThePlaceOfTheCard() = within30Seconds {
        know(email)
        val wallet = opened()
        sandbox.refuse("/v1/sync")
        wallet.requestCode(Address.Email(email))
        wallet.signIn(sandbox.code(email))
        val model = model()
        val shown = model.await<CardContent.Shown>()
        assertNull(shown.view.card)
        assertEquals("Your card appears here after the first sync. Connect to the internet once.", shown.view.empty)
        sandbox.refuse(null)
        model.refreshAsked()
        assertNotNull(model.await<CardContent.Shown> { it.view.card != null }.view.card)
    }

    @Test
    fun theFirstFrameIsTheCardFromTheDisk() = within30Seconds {
        joined()
        host.close()
        sandbox.down()
        host.openAgain()
        // Nothing has collected it yet.
        val first = model().state.value.content as CardContent.Shown
        assertEquals(NAME, first.view.card?.member)
    }

    @Test
    fun whatATillGivesArrivesWhileTheCardIsShown() = within30Seconds {
        val wallet = joined()
        val model = model()
        val watching = launch { model.state.collect {} }
        assertNull(model.await<CardContent.Shown> { it.view.card != null }.view.card!!.arrived)
        sandbox.accrue(wallet.cardNow().card!!.number.replace(" ", ""), 3500)
        val card = model.await<CardContent.Shown> { it.view.card?.arrived != null }.view.card!!
        assertEquals(amount("+35 points") to amount("135 points"), card.arrived to card.balance)
        watching.cancel()
    }

    @Test
    fun aClaimMadeOfflineIsPendingUntilTheBackendIsBack() = within30Seconds {
        val wallet = joined()
        val model = model()
        val watching = launch { model.state.collect {} }
        model.await<CardContent.Shown> { it.view.card != null }
        sandbox.down()
        online = false
        wallet.claim(COFFEE)
        val waiting = model.await<CardContent.Shown> { it.pending.isNotEmpty() && it.view.card?.pending != null }
        assertTrue(waiting.pending.single().canDiscard)
        model.takeBackTapped(waiting.pending.single().key)
        model.await<CardContent.Shown> { it.pending.isEmpty() && it.view.card?.pending == null }

        wallet.claim(COFFEE)
        model.await<CardContent.Shown> { it.pending.isNotEmpty() }
        model.refreshAsked()
        val said = model.awaitState { it.message != null }.message!!
        assertEquals("No connection to the programme. What you did is safe and will be sent later.", said.text)
        model.messageShown(said.id)
        model.awaitState { it.message == null && !it.busy }

        sandbox.up()
        online = true
        wallet.hostEvent(HostEvent.NETWORK_AVAILABLE)
        model.await<CardContent.Shown> { it.pending.isEmpty() && it.view.card?.balance == amount("50 points") }
        watching.cancel()
    }

    @Test
    fun aSessionThatHasEndedLeavesTheCardAndOffersToSignIn() = within30Seconds {
        joined()
        val model = model()
        val watching = launch { model.state.collect {} }
        model.await<CardContent.Shown> { it.view.card != null }
        sandbox.revoke(email)
        model.refreshAsked()
        val ended = model.await<CardContent.Shown> { it.ended && it.view.status.notice != null }
        assertEquals(NAME, ended.view.card?.member)

        model.signInTapped()
        assertTrue(model.await<CardContent.SignIn>().canGoBack)
        model.backTapped()
        model.await<CardContent.Shown> { it.ended }
        model.signInTapped()
        model.await<CardContent.SignIn>()
        model.sendCodeTapped(email)
        model.await<CardContent.SignIn> { it.step == SignInStep.CODE }
        model.codeEntered(sandbox.code(email))
        val again = model.await<CardContent.Shown> { !it.ended && it.view.status.notice == null }
        assertEquals(NAME, again.view.card?.member)
        watching.cancel()
    }

    @Test
    fun aWalletThatCannotBeOpenedSaysWhyAndIsTriedAgain() = within30Seconds {
        joined()
        host.close()
        FakeAndroidKeyStore.fault = IOException("locked")
        host.openAgain()
        val model = model()
        assertEquals("The device's key store cannot be read now. Unlock the device and try again.", model.await<CardContent.Failed>().text)
        assertEquals(MemberCore.labels("en"), model.state.value.labels)
        FakeAndroidKeyStore.fault = null
        model.tryAgainTapped()
        assertEquals(NAME, model.await<CardContent.Shown> { it.view.card != null }.view.card!!.member)
    }

    @Test
    fun aCardThatCanBeReadStaysWhateverBecomesOfTheWallet() = within30Seconds {
        joined()
        host.close()
        host.openAgain()
        checkNotNull(host.openWallet).shutDown()
        val model = model()
        assertEquals("The wallet was closed. Nothing was lost; open it again.", model.awaitState { it.message != null }.message!!.text)
        assertEquals(NAME, (model.state.value.content as CardContent.Shown).view.card?.member)
        // A screen that has nothing to lose says it in the middle.
        val bare = WalletHost(scope, { language }) { opened().also { it.shutDown() } }
        bare.open()
        assertEquals("The wallet was closed. Nothing was lost; open it again.", main.owns(CardViewModel(bare)).await<CardContent.Failed>().text)
    }

    @Test
    fun anotherLanguageOfTheDeviceIsAnotherLanguageOfTheScreen() = within30Seconds {
        joined()
        val model = model()
        val watching = launch { model.state.collect {} }
        val english = model.await<CardContent.Shown> { it.view.card != null }
        language = "pl-PL"
        host.languageMayHaveChanged()
        val polish = model.awaitState { it.labels == MemberCore.labels("pl") && (it.content as? CardContent.Shown)?.view?.card != null }
        assertNotEquals(english.view.status.age, (polish.content as CardContent.Shown).view.status.age)
        val before = host.openWallet
        host.languageMayHaveChanged()
        assertEquals("the same language is no other", before, host.openWallet)
        watching.cancel()
    }

    private suspend fun openWallet(language: String): MemberWallet {
        val config = WalletConfig(home = folder.resolve("home").path, server = sandbox.url, language = language)
        return MemberWallet.open(config, KeystoreSecrets(folder.resolve("vault")) { true }) { online }
    }

    private fun model() = main.owns(CardViewModel(host))

    private suspend fun opened(): MemberWallet {
        host.open()
        return (host.state.first { it is WalletState.Open } as WalletState.Open).wallet
    }

    /** Opens the wallet that was closed, or fails to. */
    private suspend fun WalletHost.openAgain() {
        open()
        state.first { it !is WalletState.Opening }
    }

    private suspend fun joined(): MemberWallet = opened().also { it.join(email) }

    /** Somebody joins with this address on another device. */
    private suspend fun know(email: String) {
        val config = WalletConfig(home = folder.resolve("other").path, server = sandbox.url, language = "en")
        MemberWallet.open(config, KeystoreSecrets(folder.resolve("other-vault")) { true }) { true }.use { it.join(email) }
    }

    private suspend fun MemberWallet.join(email: String) {
        requestCode(Address.Email(email), JoinDetails(name = NAME, language = "en", terms = "2026-01"))
        signIn(sandbox.code(email))
        refresh()
    }

    private suspend fun CardViewModel.awaitState(matches: (CardScreenState) -> Boolean): CardScreenState =
        checkNotNull(withTimeoutOrNull(20.seconds) { state.first(matches) }) {
            val shown = state.value
            "not within 20 seconds; there is ${shown.content::class.simpleName}, busy ${shown.busy}, message ${shown.message?.text}"
        }

    /** Also that nothing is going on any more: a tap before that is nobody's. */
    private suspend inline fun <reified C : CardContent> CardViewModel.await(crossinline matches: (C) -> Boolean = { true }): C =
        awaitState { !it.busy && (it.content as? C)?.let(matches) == true }.content as C

    /** Nothing here takes longer than this, also on a busy machine. */
    private fun within30Seconds(test: suspend CoroutineScope.() -> Unit): Unit =
        runBlocking(Dispatchers.Default) { withTimeout(30.seconds) { test() } }
}
