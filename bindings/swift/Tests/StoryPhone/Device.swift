// What a phone does with a request, and what it says. Must not know what a story is.

import Foundation
import MemberCore
import MemberCoreTesting

/// One line; the lock keeps those of two tasks apart.
private let lines = NSLock()

func say(_ id: Int, _ what: String, _ value: Json) {
    lines.withLock {
        FileHandle.standardOutput.write(Data("\(Json.object(["id": .number(Double(id)), what: value]))\n".utf8))
    }
}

/// Says the view now and each time that it has changed.
private func follow<View>(_ id: Int, _ view: ViewSequence<View>) -> Task<Void, Never> {
    Task.detached {
        do {
            for try await shown in view { say(id, "shown", written(shown)) }
        } catch let error as MemberError {
            say(id, "error", explained(error))
        } catch {
            fatalError("\(error)")
        }
    }
}

private func watch(_ id: Int, _ view: String, _ wallet: MemberWallet) -> Task<Void, Never> {
    switch view {
    case "activity": follow(id, wallet.activity())
    case "balance": follow(id, wallet.balance)
    case "card": follow(id, wallet.card)
    case "card_on_screen": follow(id, wallet.cardOnScreen)
    case "pending": follow(id, wallet.pending)
    case "rewards": follow(id, wallet.rewards)
    case "sign_in_state": follow(id, wallet.signInState)
    case "spending": follow(id, wallet.spending)
    case "tiers": follow(id, wallet.tiers)
    case "vouchers": follow(id, wallet.vouchers)
    default: fatalError("there is no view \(view)")
    }
}

func explained(_ error: MemberError) -> Json {
    let kind =
        switch error {
        case .signedOut: "signed-out"
        case .unreachable: "unreachable"
        case .refused: "refused"
        case .invalidInput: "invalid-input"
        case .unusable: "unusable"
        case .closed: "closed"
        case .internal: "internal"
        }
    return ["kind": .text(kind), "code": .text(error.code), "text": .text(error.text)]
}

/// What the phone knows of the network. Unchecked, since the compiler does not know that a lock guards it.
private final class Network: Connectivity, @unchecked Sendable {
    private let lock = NSLock()
    private var on = true

    var online: Bool {
        get { lock.withLock { on } }
        set { lock.withLock { on = newValue } }
    }

    func isOnline() -> Bool { online }
}

/// What a phone holds while it runs.
@MainActor final class Device {
    private let network = Network()
    private var wallet: MemberWallet?
    private var watches: [Int: Task<Void, Never>] = [:]

    /// What was done; nothing where it is answered by what is shown.
    func obey(_ id: Int, _ request: Json) async throws -> Json? {
        func text(_ name: String) -> String { request[name]!.text! }
        if text("do") == "open" {
            network.online = request["online"]!.truth!
            wallet = try await MemberWallet.open(
                config: WalletConfig(home: text("home"), server: text("server"), language: text("language")),
                secrets: FileSecrets(folder: URL(fileURLWithPath: text("vault"))), connectivity: network)
            return .null
        }
        let wallet = wallet!
        switch text("do") {
        case "request_code":
            let join = request["name"].map { _ in
                JoinDetails(name: text("name"), language: text("language"), terms: "2026-01")
            }
            _ = try await wallet.requestCode(.email(address: text("email")), join: join)
        case "sign_in": try await wallet.signIn(code: text("code"))
        case "refresh": try await wallet.refresh()
        case "claim": return written(try await wallet.claim(text("reward")))
        case "cancel": return written(try await wallet.cancel(text("key")))
        case "set_spend_lock": return written(try await wallet.setSpendLock(request["locked"]!.truth!))
        case "retry": return written(try await wallet.retry(text("key")))
        case "discard": try await wallet.discard(text("key"))
        case "fate":
            switch try await wallet.fate(text("key")) {
            case .waiting(let text): return ["state": "waiting", "text": .text(text)]
            case .confirmed: return ["state": "confirmed"]
            case .stopped(let text): return ["state": "stopped", "text": .text(text)]
            }
        case "network":
            network.online = request["online"]!.truth!
            if network.online { wallet.hostEvent(.networkAvailable) }
        case "watch":
            watches[id] = watch(id, text("view"), wallet)
            return nil
        case "unwatch":
            let watch = watches.removeValue(forKey: Int(request["watch"]!.number!))
            watch?.cancel()
            await watch?.value
        case "close": await wallet.shutDown()
        default: fatalError("there is no request \(text("do"))")
        }
        return .null
    }
}
