// A screen in front of somebody, and what it needs around it. Must not know what a test is about.

import Foundation
import MemberCore
import MemberCoreTesting
import MemberScreens
import Observation

/// All folders of this process. They go with it: a wallet that a test has let go of closes a little later, and writes until then.
private let folders: URL = {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("member-screens-\(UUID().uuidString)")
    atexit { try? FileManager.default.removeItem(at: folders) }
    return url
}()

/// A folder for one test.
struct Folder: Sendable {
    let url = folders.appendingPathComponent(UUID().uuidString)

    init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
}

extension Phone {
    /// The app's wallet, not opened yet.
    @MainActor
    func wallet(language: String = "en", secrets: (any Secrets)? = nil) -> WalletModel {
        WalletModel { [self] in
            try await MemberWallet.open(
                config: config(language: language), secrets: try secrets ?? FileSecrets(folder: vault), connectivity: network)
        }
    }

    /// The wallet of somebody who has joined and synced, open.
    @MainActor
    func member(_ sandbox: Sandbox) async throws -> (WalletModel, MemberWallet) {
        let model = wallet()
        let wallet = try await opened(model)
        try await join(wallet, sandbox)
        return (model, wallet)
    }

    @MainActor
    func opened(_ model: WalletModel) async throws -> MemberWallet {
        guard let wallet = await model.open() else { throw Fault("the wallet does not open: \(model.state)") }
        return wallet
    }
}

extension Sandbox {
    /// Nobody answers any more. Waits for the end of a process, so not on the main thread.
    func goesAway() async { down() }

    /// Serves again.
    func comesBack() async throws { try up() }

    /// A till sees this picture and sells for 35 euros. Waits for a process, so not on the main thread.
    func sells(_ picture: URL) async throws { try accrue(picture: picture, amount: "35.00") }

    /// Ends the sessions of the member who has this address, as the server.
    func revoke(_ email: String) async throws {
        let member = try field("member", in: try await get("/sandbox/v1/members?address=\(email)"))
        try await post("/sandbox/v1/revoke", #"{"member": "\#(member)"}"#)
    }

    /// A reward is no longer to be had.
    func withdraw(_ reward: String) async throws {
        try await post("/sandbox/v1/rewards/\(reward)", #"{"deleted": true}"#)
    }
}

extension String {
    /// With plain spaces. Those in amounts do not break, so that no line ends between a number and its unit.
    var plain: String { replacingOccurrences(of: "\u{00A0}", with: " ") }
}

/// A screen in front of somebody: it shows a model until it is left, as SwiftUI does it.
@MainActor
final class Screen {
    let model: CardScreenModel
    private let task: Task<Void, Never>

    init(_ model: CardScreenModel) {
        self.model = model
        task = Task { await model.show() }
    }

    convenience init(_ wallet: WalletModel) {
        self.init(CardScreenModel(wallet: wallet))
    }

    /// Waits until the screen shows what is asked for, and answers it. What it shows in the end, where it never does, is in the error.
    @discardableResult
    func until(
        _ what: String, within limit: Duration = .seconds(30), _ isShown: @MainActor (CardScreenState) -> Bool
    ) async throws -> CardScreenState {
        let deadline = ContinuousClock.now + limit
        while true {
            let (changes, changed) = AsyncStream.makeStream(of: Void.self)
            let state = withObservationTracking {
                model.state
            } onChange: {
                changed.yield()
            }
            if isShown(state) { return state }
            let alarm = Task {
                try await Task.sleep(until: deadline)
                changed.finish()
            }
            defer { alarm.cancel() }
            var iterator = changes.makeAsyncIterator()
            if await iterator.next() == nil { throw Fault("never \(what); in the end \(model.state)") }
        }
    }

    /// Waits until the screen shows the card of a member, or why there is none, as it is asked for.
    @discardableResult
    func shown(
        _ what: String, where isShown: (CardContent.Shown) -> Bool = { $0.view.card != nil }
    ) async throws -> CardContent.Shown {
        let state = try await until(what) { state in
            if case .shown(let shown) = state.content { isShown(shown) } else { false }
        }
        guard case .shown(let shown) = state.content else { throw Fault("never \(what)") }
        return shown
    }

    /// Where the member is in signing in now.
    func signIn() throws -> CardContent.SignIn {
        guard case .signIn(let signIn) = model.state.content else { throw Fault("no form: \(model.state.content)") }
        return signIn
    }

    /// The member goes elsewhere. When this returns nothing of it goes on.
    func leave() async {
        task.cancel()
        await task.value
    }

    /// Waits until the screen has nothing more to show by itself.
    func ends() async throws {
        let alarm = Task {
            try await Task.sleep(for: .seconds(30))
            task.cancel()
        }
        await task.value
        alarm.cancel()
        if case .success = await alarm.result { throw Fault("it does not end: \(model.state)") }
    }
}
