// Errors with their codes and sentences, and hosts that fail: observers, vaults, networks, logs.

package dev.membercore

import com.sun.jna.Native
import dev.membercore.ffi.Topic
import dev.membercore.ffi.Wallet
import dev.membercore.ffi.WalletObserver
import java.io.File
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

class FaultTest {
    @TempDir lateinit var folder: File
    private lateinit var sandbox: Sandbox
    private lateinit var phone: Phone

    @BeforeEach
    fun start() {
        sandbox = Sandbox(File(folder, "sandbox"))
        phone = Phone(folder, sandbox.url)
    }

    @AfterEach
    fun stop() = sandbox.close()

    @Test
    fun eachErrorHasItsCodeAndItsSentence() = within30Seconds {
        phone.open().use { wallet ->
            fails<MemberException.SignedOut>("signed-out") { wallet.cardNow() }
            fails<MemberException.SignedOut>("signed-out") { wallet.refresh() }
            fails<MemberException.InvalidInput>("invalid-address") { wallet.requestCode(Address.Phone("12")) }
            fails<MemberException.InvalidInput>("invalid-code") { wallet.signIn("12") }
            fails<MemberException.Refused>("no-code-asked") { wallet.signIn("123456") }
            phone.join(wallet, sandbox)
            fails<MemberException.Refused>("unknown-reward") { wallet.claim("gone") }
            fails<MemberException.InvalidInput>("invalid-key") { wallet.fate("x") }
            fails<MemberException.Unusable>("home-in-use") { phone.open() }
            sandbox.down()
            fails<MemberException.Unreachable>("no-connection") { wallet.refresh() }
        }
    }

    @Test
    fun sentencesAreInTheLanguageOfTheWallet() = within30Seconds {
        val sentences = listOf("en", "pl").map { language ->
            phone.open(language = language).use { wallet ->
                assertFailsWith<MemberException.SignedOut> { wallet.cardNow() }.text
            }
        }
        assertEquals(2, sentences.toSet().size, "$sentences")
    }

    @Test
    fun anObserverThatThrowsOrCallsBackInHarmsNobody() = within30Seconds {
        phone.joined(sandbox).close()
        // What is no exception never reaches the bridge; JNA hands it over here.
        val uncaught = ConcurrentLinkedQueue<Throwable>()
        Native.setCallbackExceptionHandler { _, fault -> uncaught += fault }
        // The bridge itself: the layer on top shows no observer.
        Wallet.open(phone.config(), FileSecrets(phone.vault).files, GuardedConnectivity { false }).use { wallet ->
            val heard = AtomicInteger()
            val subscriptions = listOf(
                wallet.observe(observer { throw IllegalStateException("a fault of the host") }),
                wallet.observe(observer { throw AssertionError("a worse fault of the host") }),
                wallet.observe(
                    observer {
                        assertTrue(wallet.cardNow().card != null && runBlocking { wallet.pending() }.waiting == 1u)
                        heard.incrementAndGet()
                    },
                ),
            )
            wallet.claim(COFFEE)
            assertEquals(1, heard.get())
            assertEquals("a worse fault of the host", uncaught.single().message)
            subscriptions.forEach { it.cancel(); it.destroy() }
            wallet.discard(wallet.pending().actions.single().key)
            assertEquals(1, heard.get())
            wallet.shutDown()
        }
    }

    @Test
    fun aCollectorThatThrowsEndsAlone() = within30Seconds {
        phone.joined(sandbox).use { wallet ->
            assertFailsWith<IllegalStateException> { wallet.balance.collect { error("a fault of the screen") } }
            assertEquals(Triple(100L, 0L, 100L), wallet.points())
        }
    }

    @Test
    fun aVaultThatCannotSayChangesNothing() = within30Seconds {
        val vault = Vault()
        phone.open(vault).use { wallet ->
            // A key that was not kept must not be taken for one that was.
            vault.fault = StackOverflowError("hush")
            fails<MemberException.Unusable>("locked") { phone.join(wallet, sandbox) }
            vault.fault = null
            phone.join(wallet, sandbox)
        }
        val kept = vault.secrets.keys.toSet()
        for (fault in listOf(SecretsUnavailableException("locked"), IllegalStateException("hush"), StackOverflowError("hush"))) {
            vault.fault = fault
            fails<MemberException.Unusable>("locked") { phone.open(vault) }
        }
        vault.fault = null
        phone.open(vault).use { assertEquals(Triple(100L, 0L, 100L), it.points()) }
        assertEquals(kept, vault.secrets.keys.toSet())
    }

    @Test
    fun openingThatIsGivenUpLeavesTheHomeFree() = within30Seconds {
        val vault = Vault()
        phone.open(vault).use { phone.join(it, sandbox) }
        val asked = CountDownLatch(1)
        val answer = CountDownLatch(1)
        vault.beforeReading = {
            asked.countDown()
            answer.await()
        }
        val opening = launch { MemberWallet.open(phone.config(), vault) { true } }
        withContext(Dispatchers.IO) { asked.await() }
        opening.cancel()
        vault.beforeReading = {}
        answer.countDown()
        opening.join()
        phone.open(vault).use { assertEquals(Triple(100L, 0L, 100L), it.points()) }
    }

    @Test
    fun aHostThatDoesNotSayWhetherThereIsANetworkIsTakenToHaveOne() = within30Seconds {
        val silent = MemberWallet.openNow(phone.config(), FileSecrets(phone.vault)) { error("a fault of the host") }
        silent.use { wallet ->
            phone.join(wallet, sandbox)
            wallet.claim(COFFEE)
            wallet.balance.first { it.units.first().confirmed == 50L }
        }
    }

    @Test
    fun theLogNamesNobodyAndAFaultOfItIsNone() = within30Seconds {
        val lines = ConcurrentLinkedQueue<String>()
        MemberCore.setLog(LogLevel.TRACE) { level, target, message ->
            lines += "$level $target $message"
            error("the log is full")
        }
        try {
            phone.joined(sandbox).use { wallet ->
                val number = wallet.cardNumber()
                sandbox.down()
                assertFailsWith<MemberException.Unreachable> { wallet.refresh() }
                assertTrue(lines.any { "member_core" in it }, "$lines")
                for (hidden in listOf(NAME, phone.email, number)) assertFalse(lines.any { hidden in it }, "$lines")
            }
        } finally {
            MemberCore.setLog(LogLevel.ERROR, null)
        }
    }

    @Test
    fun filesKeepSecretsForHostsWithoutAVault() {
        val files = FileSecrets(phone.vault)
        assertEquals(null, files.read("a"))
        files.write("a", byteArrayOf(1, 2, 3))
        assertTrue(byteArrayOf(1, 2, 3).contentEquals(files.read("a")))
        files.delete("a")
        assertEquals(null, files.read("a"))
        assertFailsWith<SecretsUnavailableException> { files.read("../a") }
    }

    private inline fun <reified E : MemberException> fails(code: String, call: () -> Unit) {
        val error = assertFailsWith<E> { call() }
        assertEquals(code, error.code)
        assertTrue(error.text.endsWith(".") && ' ' in error.text, error.text)
        assertEquals(error.text, error.message)
    }

    private fun observer(hears: () -> Unit) = object : WalletObserver {
        override fun changed(topics: List<Topic>) = hears()
    }

    private class Vault : Secrets {
        val secrets = mutableMapOf<String, ByteArray>()
        var fault: Throwable? = null

        @Volatile
        var beforeReading: () -> Unit = {}

        override fun read(name: String): ByteArray? {
            beforeReading()
            return open()[name]
        }

        override fun write(name: String, secret: ByteArray) {
            open()[name] = secret
        }

        override fun delete(name: String) {
            open().remove(name)
        }

        private fun open() = fault?.let { throw it } ?: secrets
    }
}
