// A device as tests see it: a folder, a vault of files, a switch for the network. Must not know what a test is about.

package dev.membercore

import java.io.File
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout

const val NAME = "Ada Lovelace"
const val COFFEE = "coffee"

class Phone(folder: File, private val server: String) {
    val email = "ada-${System.nanoTime()}@example.org"
    val home = File(folder, "home")
    val vault = File(folder, "vault")

    @Volatile
    var online = true

    fun config(language: String = "en") = WalletConfig(home = home.path, server = server, language = language)

    fun open(secrets: Secrets = FileSecrets(vault), language: String = "en"): MemberWallet =
        MemberWallet.openNow(config(language), secrets) { online }

    /** A wallet of somebody who has joined and synced. */
    suspend fun joined(sandbox: Sandbox): MemberWallet = open().also { join(it, sandbox) }

    suspend fun join(wallet: MemberWallet, sandbox: Sandbox) {
        wallet.requestCode(Address.Email(email), JoinDetails(name = NAME, language = "en", terms = "2026-01"))
        wallet.signIn(sandbox.code(email))
        wallet.refresh()
    }
}

/** Nothing here takes longer than this, also on a busy machine. */
fun within30Seconds(test: suspend CoroutineScope.() -> Unit): Unit =
    runBlocking(Dispatchers.Default) { withTimeout(30.seconds) { test() } }

/** Confirmed, pending and spendable points. */
suspend fun MemberWallet.points(): Triple<Long, Long, Long> =
    balance.first().units.first().let { Triple(it.confirmed, it.pending, it.spendable) }

suspend fun MemberWallet.cardNumber(): String = card.first { it.card != null }.card!!.number.replace(" ", "")
