// Members as tests need them. Must not know what a test is about.

package dev.membercore.app

import dev.membercore.Address
import dev.membercore.FileSecrets
import dev.membercore.JoinDetails
import dev.membercore.MemberWallet
import dev.membercore.WalletConfig
import java.nio.file.Files
import kotlinx.coroutines.runBlocking

const val NAME = "Ada Lovelace"
const val COFFEE = "coffee"

/** An amount as the core writes it: never broken between the figure and its unit. */
fun amount(text: String): String = text.replace(' ', '\u00A0')

/** The wallet of somebody who has joined with this address on a device of their own. */
fun joined(app: TestApplication, email: String): MemberWallet {
    val folder = Files.createTempDirectory("phone").toFile()
    val config = WalletConfig(home = folder.resolve("home").path, server = app.sandbox.url, language = "en")
    val wallet = MemberWallet.openNow(config, FileSecrets(folder.resolve("vault"))) { true }
    runBlocking { wallet.join(app, email) }
    return wallet
}

/** Joins with this address, and syncs. */
suspend fun MemberWallet.join(app: TestApplication, email: String) {
    requestCode(Address.Email(email), JoinDetails(name = NAME, language = "en", terms = "2026-01"))
    signIn(app.sandbox.code(email))
    refresh()
}
