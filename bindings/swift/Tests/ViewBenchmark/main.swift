// What the bridge costs, measured from Swift: `cargo xtask bench swift`. Prints figures and judges none of them. Must not know how a
// wallet is filled: it is handed the folder of one, with 10,000 ledger entries and no network.

import Foundation
import MemberCore
import MemberCoreFFI

import protocol MemberCoreBridge.HostConnectivity
import class MemberCoreBridge.Wallet
import func MemberCoreBridge.coreVersion
import func MemberCoreBridge.fileSecrets

let rounds = 2000

struct Offline: Connectivity {
    func isOnline() -> Bool { false }
}

/// The peer for a view: the same 50 lines as JSON, as a bridge of messages would hand them over, read by Foundation.
struct Page: Codable {
    struct Line: Codable {
        let number: Int64?
        let title: String
        let amount: Int64
        let amountText: String
        let balanceText: String?
        let whenText: String
        let place: String?
        let channel: String?
        let pending: Bool
    }

    let lines: [Line]

    init(_ view: ActivityView) {
        lines = view.lines.map {
            Line(
                number: $0.number, title: $0.title, amount: $0.amount, amountText: $0.amountText,
                balanceText: $0.balanceText, whenText: $0.whenText, place: $0.place, channel: $0.channel,
                pending: $0.pending)
        }
    }
}

func sample(_ call: () async throws -> Void) async rethrows -> [UInt64] {
    for _ in 0..<rounds { try await call() }
    var times: [UInt64] = []
    for _ in 0..<rounds {
        let begun = DispatchTime.now().uptimeNanoseconds
        try await call()
        times.append(DispatchTime.now().uptimeNanoseconds - begun)
    }
    return times
}

func say(_ what: String, _ times: [UInt64]) {
    let sorted = times.sorted()
    func milliseconds(_ index: Int) -> String { String(format: "%9.4f ms", Double(sorted[index]) / 1e6) }
    let name = what.padding(toLength: 48, withPad: " ", startingAt: 0)
    print("\(name) p50 \(milliseconds(rounds / 2))  p99 \(milliseconds(rounds * 99 / 100))")
}

let folder = URL(fileURLWithPath: CommandLine.arguments[1])
let wallet = try MemberWallet.openNow(
    config: WalletConfig(home: folder.path, server: "http://127.0.0.1:1", language: "en"),
    secrets: FileSecrets(folder: folder.appendingPathComponent("vault")), connectivity: Offline())
guard try wallet.cardNow().card != nil else { fatalError("nobody is signed in in \(folder.path)") }
let page = try await wallet.activityBefore(.max)
guard page.lines.count == 50 else { fatalError("\(page.lines.count) lines in \(folder.path)") }
let json = try JSONEncoder().encode(Page(page))

say("smallest call, `coreVersion`", await sample { _ = coreVersion() })
say("card, on this thread", try await sample { _ = try wallet.cardNow() })
say("card, awaited, by its sequence", try await sample { for try await _ in wallet.card { break } })
say("balance, awaited, by its sequence", try await sample { for try await _ in wallet.balance { break } })
say("50 lines of activity, awaited", try await sample { _ = try await wallet.activityBefore(.max) })
say("peer: the same 50 lines read from JSON", try await sample { _ = try JSONDecoder().decode(Page.self, from: json) })
await wallet.shutDown()

/// The core's own part: the card is read and written into a buffer, which is thrown away. What Swift adds is what is above it.
final class NoNetwork: HostConnectivity {
    func isOnline() -> Bool { false }
}

let bridge = try Wallet.open(
    config: WalletConfig(home: folder.path, server: "http://127.0.0.1:1", language: "en"),
    secrets: fileSecrets(folder: folder.appendingPathComponent("vault").path), connectivity: NoNetwork())
let unread = await sample {
    var status = RustCallStatus(code: 0, errorBuf: RustBuffer(capacity: 0, len: 0, data: nil))
    let buffer = uniffi_member_ffi_fn_method_wallet_card_now(bridge.uniffiCloneHandle(), &status)
    guard status.code == 0 else { fatalError("no card") }
    ffi_member_ffi_rustbuffer_free(buffer, &status)
}
say("card, on this thread, left unread by Swift", unread)
await bridge.close()
