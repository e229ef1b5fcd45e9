// A program that has nothing but the published library: it says the version, and opens a wallet in the folder given.

package consumer

import dev.membercore.FileSecrets
import dev.membercore.MemberCore
import dev.membercore.MemberWallet
import dev.membercore.WalletConfig
import java.io.File
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking

fun main(arguments: Array<String>): Unit =
    runBlocking {
        // Fails with a sentence where the native library is missing, or of another version than this one.
        MemberCore.ensureLoaded()
        println("member-core ${MemberCore.VERSION}")
        val folder = File(arguments.single())
        val config = WalletConfig(home = File(folder, "home").path, server = null, language = "en")
        MemberWallet.open(config, FileSecrets(File(folder, "vault"))) { false }.use { wallet ->
            println("wallet opened: ${wallet.signInState.first()}")
        }
    }
