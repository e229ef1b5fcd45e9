// A process that ends without a word, right after a claim or while it is being sent. Must not know what becomes of the claim.

import Foundation
import MemberCore

struct Network: Connectivity {
    let online: Bool

    func isOnline() -> Bool { online }
}

let arguments = CommandLine.arguments
let (home, vault, server, moment) = (arguments[1], arguments[2], arguments[3], arguments[4])
let sending = moment == "while-sending"
let wallet = try await MemberWallet.open(
    config: WalletConfig(home: home, server: server, language: "en"),
    secrets: FileSecrets(folder: URL(fileURLWithPath: vault)), connectivity: Network(online: sending))
_ = try await wallet.claim("coffee")
if sending {
    Task { try await wallet.refresh() }
    for try await view in wallet.pending where view.actions.contains(where: { $0.state == "sending" }) { break }
}
kill(getpid(), SIGKILL)
