// Closing, cancelling, two wallets on one home, many rounds, and a process that dies.

package dev.membercore

import dev.membercore.ffi.FfiConverterTypeWalletObserver
import java.io.File
import java.net.InetAddress
import java.net.ServerSocket
import java.util.concurrent.TimeUnit
import kotlin.system.measureTimeMillis
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

class LifetimeTest {
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
    fun aClosedWalletSaysSoAndItsHomeIsFree() = within30Seconds {
        val wallet = phone.joined(sandbox)
        val begun = Channel<Unit>(Channel.UNLIMITED)
        val screens = listOf(wallet.card, wallet.balance, wallet.cardOnScreen).map { view ->
            launch { view.collect { begun.send(Unit) } }
        }
        repeat(3) { begun.receive() }
        wallet.close()
        wallet.close()
        screens.forEach { it.join() }
        assertFailsWith<MemberException.Closed> { wallet.cardNow() }
        assertFailsWith<MemberException.Closed> { wallet.refresh() }
        assertFailsWith<MemberException.Closed> { wallet.claim(COFFEE) }
        assertFailsWith<MemberException.Closed> { wallet.card.first() }
        assertFailsWith<MemberException.Closed> { wallet.cardOnScreen.first() }
        assertEquals("closed", assertFailsWith<MemberException.Closed> { wallet.takeNotice() }.code)
        wallet.hostEvent(HostEvent.FOREGROUND)
        phone.open().use { assertEquals(Triple(100L, 0L, 100L), it.points()) }
    }

    @Test
    fun callsThatRunWhileTheWalletIsClosedEndWithAWord() = within30Seconds {
        phone.joined(sandbox).close()
        repeat(10) {
            val wallet = phone.open()
            val begun = Channel<Unit>(Channel.UNLIMITED)
            val calls = (0 until 8).map { number ->
                async {
                    runCatching {
                        while (true) {
                            when (number % 4) {
                                0 -> wallet.refresh()
                                1 -> wallet.cardNow()
                                2 -> wallet.fate("018f0000-0000-7000-8000-000000000000")
                                else -> wallet.activityBefore(5)
                            }
                            begun.send(Unit)
                            yield()
                        }
                    }.exceptionOrNull()
                }
            }
            begun.receive()
            wallet.close()
            for (ended in calls.awaitAll()) {
                assertTrue(ended is MemberException.Closed || ended is MemberException.Refused, "$ended")
            }
        }
    }

    @Test
    fun cancellingACallGivesUpWaitingAtOnce() = within30Seconds {
        // It accepts and never answers.
        ServerSocket(0, 5, InetAddress.getByName("127.0.0.1")).use { silent ->
            val far = Phone(File(folder, "far"), "http://127.0.0.1:${silent.localPort}")
            far.open().use { wallet ->
                val call = launch { wallet.requestCode(Address.Email(far.email)) }
                val connection = silent.accept()
                assertTrue(measureTimeMillis { call.cancelAndJoin() } < 2000)
                val timedOut = async { runCatching { withTimeout(1.seconds) { wallet.requestCode(Address.Email(far.email)) } } }
                assertIs<CancellationException>(timedOut.await().exceptionOrNull())
                assertFailsWith<MemberException.SignedOut> { wallet.cardNow() }
                assertTrue(measureTimeMillis { wallet.close() } < 4000, "a request that hangs holds nobody up")
                connection.close()
            }
        }
    }

    @Test
    fun twoWalletsOnOneHomeAreRefused() = within30Seconds {
        phone.joined(sandbox).use { first ->
            assertEquals("home-in-use", assertFailsWith<MemberException.Unusable> { phone.open() }.code)
            assertEquals(Triple(100L, 0L, 100L), first.points())
        }
        phone.open().close()
    }

    @Test
    fun openingSuspendsOffTheCallersThread() = within30Seconds {
        MemberWallet.open(phone.config(), FileSecrets(phone.vault)) { phone.online }.use { wallet ->
            assertEquals(SignInState.SIGNED_OUT, wallet.signInState.first())
        }
    }

    @Test
    fun tenThousandCollectorsLeaveNothingBehind() = runBlocking(Dispatchers.Default) {
        phone.joined(sandbox).use { wallet ->
            repeat(300) { wallet.balance.first() }
            val before = footprint()
            repeat(10_000) { wallet.balance.first() }
            assertEquals(0, FfiConverterTypeWalletObserver.handleMap.size, "observers that were not freed")
            before.assertNotMuchLessThan(footprint())
        }
    }

    /** Opening takes tens of milliseconds in a library that is not optimised, so that ten thousand rounds are for by hand. */
    @Test
    fun manyWalletsLeaveNothingBehind() = runBlocking(Dispatchers.Default) {
        phone.joined(sandbox).close()
        val round = suspend {
            phone.open().use { wallet ->
                val screen = launch { wallet.cardOnScreen.collect {} }
                assertEquals(100L, wallet.points().first)
                screen.cancel()
            }
        }
        repeat(30) { round() }
        val before = footprint()
        repeat(System.getenv("MEMBER_ROUNDS")?.toInt() ?: 200) { round() }
        assertEquals(0, FfiConverterTypeWalletObserver.handleMap.size, "observers that were not freed")
        before.assertNotMuchLessThan(footprint())
    }

    @Test
    fun aProcessThatDiesInACallLosesNothingAndDoublesNothing() = within30Seconds {
        phone.joined(sandbox).close()
        // Long enough that the process dies before the answer is there.
        val slow = """{"rules": [{"path": "/v1/actions", "fault": "delay", "delay_ms": 2000, "times": 1}]}"""
        sandbox.post("/sandbox/v1/faults", slow, "Content-Type" to "application/json")
        for (moment in listOf("after-claim", "while-sending")) {
            val child = java(ClaimAndDie::class.java.name, phone.home.path, phone.vault.path, sandbox.url, moment)
            assertEquals(ClaimAndDie.DIED, child.second, child.first)
        }
        phone.open().use { wallet ->
            wallet.refresh()
            wallet.hostEvent(HostEvent.FOREGROUND)
            val vouchers = wallet.vouchers.first { it.vouchers.count { line -> line.place == VoucherPlace.READY } == 2 }
            assertEquals(2, vouchers.vouchers.size)
            assertEquals(Triple(0L, 0L, 0L), wallet.points())
        }
        assertTrue(Regex("\"confirmed\"\\s*:\\s*2\\b").containsMatchIn(sandbox.audit()), sandbox.audit())
    }

    /** Resident memory in kB and the number of threads, after what is garbage is gone. */
    private class Footprint(val resident: Long, val threads: Long) {
        fun assertNotMuchLessThan(after: Footprint) {
            val grown = after.resident - resident
            assertTrue(grown < 24 * 1024, "grown by $grown kB from $resident kB")
            assertTrue(after.threads < threads + 12, "${after.threads} threads, before $threads")
        }
    }

    private fun footprint(): Footprint {
        val status = File("/proc/self/status")
        assumeTrue(status.canRead(), "this system does not say what a process takes")
        repeat(4) {
            System.gc()
            // Cleaners run on a thread of their own, and threads of closed wallets end by themselves.
            Thread.sleep(250)
        }
        val lines = status.readLines()
        fun number(name: String) = lines.first { it.startsWith("$name:") }.filter(Char::isDigit).toLong()
        return Footprint(number("VmRSS"), number("Threads"))
    }
}

/** Runs a class of the tests in a JVM of its own; answers what it said and its exit status. */
fun java(main: String, vararg arguments: String, options: List<String> = emptyList()): Pair<String, Int> {
    val classPath = System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path")
    val library = "-Djna.library.path=" + System.getProperty("jna.library.path")
    val program = File(System.getProperty("java.home"), "bin/java").path
    val said = File.createTempFile("child", ".txt")
    val command = listOf(program, library) + options + listOf("-cp", classPath, main) + arguments
    val builder = ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said)
    // cargo names its folder of libraries there.
    builder.environment().keys.removeAll(setOf("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"))
    val child = builder.start()
    try {
        check(child.waitFor(30, TimeUnit.SECONDS)) { "it does not end: ${said.readText()}" }
        return said.readText() to child.exitValue()
    } finally {
        child.destroyForcibly()
        said.delete()
    }
}

/** A process that ends without a word, right after a claim or while it is being sent. */
object ClaimAndDie {
    const val DIED = 9

    @JvmStatic
    fun main(arguments: Array<String>) {
        val (home, vault, server, moment) = arguments
        val sending = moment == "while-sending"
        val config = WalletConfig(home = home, server = server, language = "en")
        val wallet = MemberWallet.openNow(config, FileSecrets(File(vault))) { sending }
        runBlocking {
            wallet.claim(COFFEE)
            if (sending) {
                launch(Dispatchers.IO) { wallet.refresh() }
                wallet.pending.first { view -> view.actions.any { it.state == "sending" } }
            }
            Runtime.getRuntime().halt(DIED)
        }
    }
}
