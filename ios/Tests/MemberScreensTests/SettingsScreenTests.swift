// Every state of the settings that is the wallet's, brought about with real parts: the core, its database, and a backend process.

import Foundation
import MemberCore
import MemberCoreTesting
import MemberScreens
import Observation
import Testing

@MainActor
@Suite(.timeLimit(.minutes(2)))
struct SettingsScreenTests {
    private let sandbox: Sandbox
    private let phone: Phone

    init() throws {
        let folder = try Folder()
        sandbox = try Sandbox(folder.url.appendingPathComponent("sandbox"))
        phone = Phone(folder.url, server: sandbox.url)
    }

    @Test func whoIsNotSignedInHasNothingToLock() async throws {
        let wallet = phone.wallet()
        let open = try await phone.opened(wallet)
        let model = SettingsScreenModel(wallet: wallet)
        let screen = Task { await model.show() }
        #expect(model.spending == nil)
        try await phone.join(open, sandbox)
        try await until("the lock", model) { $0.spending?.locked == false }
        let shown = try await open.prepareSignOut().shown
        _ = try await open.signOut(shown: shown)
        try await until("nothing", model) { $0.spending == nil }
        screen.cancel()
        await screen.value
    }

    @Test func spendingIsLockedAlsoWithoutANetworkAndTheProgrammeHearsOfItLater() async throws {
        let (wallet, open) = try await phone.member(sandbox)
        let model = SettingsScreenModel(wallet: wallet)
        let screen = Task { await model.show() }
        try await until("the lock", model) { $0.spending?.title == "Spending lock" && $0.spending?.button == "Lock spending" }
        await sandbox.goesAway()
        phone.network.online = false
        await model.spendLockSwitched(to: true)
        try await until("that it waits", model) { $0.spending?.locked == true && $0.spending?.pending == true }
        #expect(model.spending?.button == "Unlock spending")
        await #expect(throws: MemberError.self) { _ = try await open.claim("coffee") }
        try await sandbox.comesBack()
        phone.network.online = true
        wallet.networkCameBack()
        try await until("that it is confirmed", model) { $0.spending?.locked == true && $0.spending?.pending == false }
        await model.spendLockSwitched(to: false)
        try await until("that it is open", model) { $0.spending?.locked == false && $0.spending?.pending == false }
        _ = try await open.claim("coffee")
        #expect(model.error == nil)
        screen.cancel()
        await screen.value
    }

    @Test func whyATapCameToNothingIsSaid() async throws {
        let (wallet, open) = try await phone.member(sandbox)
        let model = SettingsScreenModel(wallet: wallet)
        let screen = Task { await model.show() }
        try await until("the lock", model) { $0.spending != nil }
        // Under the model, which still has it.
        await open.shutDown()
        await model.spendLockSwitched(to: true)
        #expect(model.error == "The wallet was closed. Nothing was lost; open it again.")
        // The wallet has no more to say, and the screen no more to follow.
        await screen.value
    }

    /// Waits until the model is as it is asked for.
    private func until(
        _ what: String, _ model: SettingsScreenModel, _ holds: @MainActor (SettingsScreenModel) -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let (changes, changed) = AsyncStream.makeStream(of: Void.self)
            let met = withObservationTracking {
                holds(model)
            } onChange: {
                changed.yield()
            }
            if met { return }
            let alarm = Task {
                try await Task.sleep(until: deadline)
                changed.finish()
            }
            defer { alarm.cancel() }
            var iterator = changes.makeAsyncIterator()
            if await iterator.next() == nil { throw Fault("never \(what); in the end \(String(describing: model.spending))") }
        }
    }
}
