// The lines of README.md that bring the wallet into an app, so that they are compiled.

package dev.membercore.readme

import dev.membercore.CardView
import dev.membercore.Connectivity
import dev.membercore.MemberWallet
import dev.membercore.Secrets
import dev.membercore.WalletConfig
import java.io.File

suspend fun firstScreen(home: File, vault: Secrets, network: Connectivity, show: (CardView) -> Unit) {
    val config = WalletConfig(home = home.path, server = "https://loyalty.example", language = "pl")
    MemberWallet.open(config, vault, network).use { wallet ->
        show(wallet.cardNow()) // from the disk, with its age: no network
        wallet.claim("coffee") // durable now, sent when there is a connection, effective once
        wallet.cardOnScreen.collect(show) // live for as long as it is collected
    }
}
