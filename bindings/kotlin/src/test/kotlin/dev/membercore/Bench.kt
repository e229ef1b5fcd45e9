// What the bridge costs, measured from Kotlin: `cargo xtask bench kotlin`. Prints figures and judges none of them. Must not know how a
// wallet is filled: it is handed the folder of one, with 10,000 ledger entries and no network.

package dev.membercore

import com.sun.jna.Native
import dev.membercore.ffi.HostConnectivity
import dev.membercore.ffi.Topic
import dev.membercore.ffi.Wallet
import dev.membercore.ffi.WalletObserver
import dev.membercore.ffi.coreVersion
import java.io.File
import java.util.concurrent.atomic.AtomicLong
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking

private const val ROUNDS = 1000
private const val JVMS = 11

private fun bench(folder: File) = WalletConfig(home = folder.path, server = "http://127.0.0.1:1", language = "en")

/** Views and observers in a warm JVM, and what comes before the first view in cold ones. */
object Bench {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val folder = File(arguments.single())
        views(folder)
        observers(folder)
        cold(folder)
    }

    /** The peer is the smallest call that there is: what is above it is the view. */
    private fun views(folder: File) {
        MemberWallet.openNow(bench(folder), FileSecrets(File(folder, "vault"))) { false }.use { wallet ->
            say("smallest call, `coreVersion`", sample { coreVersion() })
            say("card, on this thread", sample { wallet.cardNow() })
            runBlocking {
                say("card, suspending, by its flow", sample { wallet.card.first() })
                say("50 lines of activity, suspending", sample { wallet.activityBefore(Long.MAX_VALUE) })
            }
        }
    }

    /** A commit is seen no earlier than its claim began, and no later than the observer heard of it. */
    private fun observers(folder: File) {
        val heard = AtomicLong()
        val observer = object : WalletObserver {
            override fun changed(topics: List<Topic>) {
                if (Topic.PENDING in topics) heard.set(System.nanoTime())
            }
        }
        val offline = object : HostConnectivity {
            override fun isOnline() = false
        }
        val wallet = Wallet.open(bench(folder), FileSecrets(File(folder, "vault")).files, offline)
        val subscription = wallet.observe(observer)
        val calls = LongArray(ROUNDS)
        val afterwards = LongArray(ROUNDS)
        runBlocking {
            repeat(ROUNDS + ROUNDS / 10) { round ->
                val begin = System.nanoTime()
                val claimed = wallet.claim("coffee")
                val end = System.nanoTime()
                val index = round - ROUNDS / 10
                if (index >= 0) {
                    calls[index] = heard.get() - begin
                    afterwards[index] = end - heard.get()
                }
                wallet.discard(claimed.key)
            }
            wallet.close()
        }
        subscription.destroy()
        wallet.destroy()
        say("claim called to observer told, commit and all", calls)
        say("observer told to claim answered", afterwards)
    }

    /** Each in a JVM of its own; the middle one of each part. */
    private fun cold(folder: File) {
        val runs = List(JVMS) {
            val (said, status) = java(Cold::class.java.name, folder.path)
            check(status == 0) { said }
            said.lines().first { it.startsWith("cold ") }.removePrefix("cold ").split(' ').map { it.toLong() }
        }
        val names = listOf("JVM to main", "JNA", "library, with its checks", "database opened", "first card view")
        names.forEachIndexed { part, name -> println("%-48s p50 %9.3f ms".format("fresh JVM: $name", middle(runs.map { it[part] }))) }
        println("%-48s p50 %9.3f ms".format("fresh JVM: library to first card view", middle(runs.map { it.drop(1).sum() })))
    }

    private fun middle(times: List<Long>) = times.sorted()[times.size / 2] / 1e6

    private inline fun sample(call: () -> Unit): LongArray {
        repeat(ROUNDS) { call() }
        return LongArray(ROUNDS) {
            val begin = System.nanoTime()
            call()
            System.nanoTime() - begin
        }
    }

    private fun say(what: String, times: LongArray) {
        times.sort()
        println("%-48s p50 %9.3f ms  p99 %9.3f ms".format(what, times[times.size / 2] / 1e6, times[times.size * 99 / 100] / 1e6))
    }
}

/** From the start of a JVM to the first card view, in parts. */
object Cold {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val marks = mutableListOf(System.nanoTime())
        val started = ProcessHandle.current().info().startInstant().get()
        val jvm = (System.currentTimeMillis() - started.toEpochMilli()) * 1_000_000
        // Unpacks and loads JNA's own library.
        check(Native.POINTER_SIZE > 0)
        marks += System.nanoTime()
        MemberCore.ensureLoaded()
        marks += System.nanoTime()
        val folder = File(arguments.single())
        val wallet = MemberWallet.openNow(bench(folder), FileSecrets(File(folder, "vault"))) { false }
        marks += System.nanoTime()
        checkNotNull(wallet.cardNow().card)
        marks += System.nanoTime()
        println("cold $jvm " + marks.zipWithNext { from, to -> to - from }.joinToString(" "))
        wallet.close()
    }
}
