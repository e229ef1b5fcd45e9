// Each state of the settings that is the wallet's, and that it occurs: the model on a real wallet and a real backend. Must not know how a
// state is drawn.

package dev.membercore.app.settings

import android.app.Application
import androidx.test.ext.junit.runners.AndroidJUnit4
import dev.membercore.Address
import dev.membercore.HostEvent
import dev.membercore.JoinDetails
import dev.membercore.MemberException
import dev.membercore.MemberWallet
import dev.membercore.WalletConfig
import dev.membercore.app.COFFEE
import dev.membercore.app.MainThread
import dev.membercore.app.NAME
import dev.membercore.app.Sandbox
import dev.membercore.app.host.FakeAndroidKeyStore
import dev.membercore.app.host.KeystoreSecrets
import dev.membercore.app.host.WalletHost
import dev.membercore.app.host.WalletState
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
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Assert.fail
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config

@RunWith(AndroidJUnit4::class)
@Config(application = Application::class)
class SettingsViewModelTest {
    private val folder = Files.createTempDirectory("settings").toFile()
    private val sandbox = Sandbox(folder.resolve("sandbox"))
    private val email = "ada-${System.nanoTime()}@example.org"
    private val main = MainThread()
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    @Volatile
    private var online = true
    private val host = WalletHost(scope, { "en" }) { language ->
        val config = WalletConfig(home = folder.resolve("home").path, server = sandbox.url, language = language)
        MemberWallet.open(config, KeystoreSecrets(folder.resolve("vault")) { true }) { online }
    }

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
    fun whoIsNotSignedInHasNothingToLock() = within30Seconds {
        val model = main.owns(SettingsViewModel(host))
        val watching = launch { model.state.collect {} }
        // Before the wallet is open a tap is nobody's.
        model.spendLockSwitched(true)
        val wallet = opened()
        assertNull(model.state.value.spending)
        wallet.join()
        assertFalse(model.await { it.spending != null }.spending!!.locked)
        val answer = wallet.prepareSignOut()
        wallet.signOut(answer.shown)
        model.await { it.spending == null }
        watching.cancel()
    }

    @Test
    fun spendingIsLockedAlsoWithoutANetworkAndTheProgrammeHearsOfItLater() = within30Seconds {
        val wallet = opened().apply { join() }
        val model = main.owns(SettingsViewModel(host))
        val watching = launch { model.state.collect {} }
        val open = model.await { it.spending != null }.spending!!
        assertEquals(listOf("Spending lock", "Lock spending"), listOf(open.title, open.button))
        sandbox.down()
        online = false
        model.spendLockSwitched(true)
        val locking = model.await { it.spending?.locked == true }.spending!!
        assertTrue(locking.pending)
        assertEquals("Unlock spending", locking.button)
        try {
            wallet.claim(COFFEE)
            fail("it is locked")
        } catch (refused: MemberException.Refused) {
            assertEquals("spend-locked", refused.code)
        }
        // Off and on again before anything was sent: no more than one lock waits.
        model.spendLockSwitched(false)
        model.await { it.spending?.pending == false }
        model.spendLockSwitched(true)
        model.await { it.spending?.pending == true }
        sandbox.up()
        online = true
        wallet.hostEvent(HostEvent.NETWORK_AVAILABLE)
        assertTrue(model.await { it.spending?.pending == false }.spending!!.locked)
        watching.cancel()
    }

    @Test
    fun whyATapCameToNothingIsSaidAndGoesWithTheNextOne() = within30Seconds {
        val wallet = opened().apply { join() }
        val model = main.owns(SettingsViewModel(host))
        val watching = launch { model.state.collect {} }
        model.await { it.spending != null }
        // Under the model, which still has it.
        wallet.shutDown()
        model.spendLockSwitched(true)
        assertEquals("The wallet was closed. Nothing was lost; open it again.", model.await { it.error != null }.error)
        host.close()
        opened()
        model.spendLockSwitched(true)
        assertNull(model.await { it.spending?.locked == true && it.error == null }.error)
        watching.cancel()
    }

    private suspend fun opened(): MemberWallet {
        host.open()
        return (host.state.first { it is WalletState.Open } as WalletState.Open).wallet
    }

    private suspend fun MemberWallet.join() {
        requestCode(Address.Email(email), JoinDetails(name = NAME, language = "en", terms = "2026-01"))
        signIn(sandbox.code(email))
        refresh()
    }

    private suspend fun SettingsViewModel.await(matches: (SettingsState) -> Boolean): SettingsState = state.first(matches)

    /** Nothing here takes longer than this, also on a busy machine. */
    private fun within30Seconds(test: suspend CoroutineScope.() -> Unit): Unit =
        runBlocking(Dispatchers.Default) { withTimeout(30.seconds) { test() } }
}
