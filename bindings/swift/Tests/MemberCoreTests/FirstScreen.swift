// What README.md shows to who adds the package to an app, compiled here and run nowhere: its server is made up.

import Foundation
import MemberCore

func firstScreen(home: URL, vault: any Secrets, network: any Connectivity, show: (CardView) -> Void) async throws {
    let config = WalletConfig(home: home.path, server: "https://loyalty.example", language: "pl")
    let wallet = try await MemberWallet.open(config: config, secrets: vault, connectivity: network)
    show(try wallet.cardNow())  // from the disk, with its age: no network
    _ = try await wallet.claim("coffee")  // durable now, sent when there is a connection, effective once
    for try await view in wallet.cardOnScreen { show(view) }  // live for as long as the task is not cancelled
    await wallet.shutDown()
}
