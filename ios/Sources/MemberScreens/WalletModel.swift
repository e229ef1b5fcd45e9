// The one wallet of the app: opened once, off the main thread, and told what happens to the device. Must not know of screens.

import MemberCore
import Observation

/// The app's wallet, on its way from closed to open.
@MainActor
@Observable
public final class WalletModel {
    /// How far the opening has come.
    public enum State {
        case opening
        case open(MemberWallet)
        /// Why not, and what to do.
        case failed(String)
    }

    public private(set) var state = State.opening

    @ObservationIgnored private let opening: @Sendable () async throws -> MemberWallet
    /// The attempt that is under way. A home is open once at a time, so the screen and the background share it.
    @ObservationIgnored private var attempt: Task<MemberWallet?, Never>?

    /// - Parameter opening: opens the wallet; called again after it failed.
    public init(opening: @escaping @Sendable () async throws -> MemberWallet) {
        self.opening = opening
    }

    /// The open wallet; opens it where that was not done yet. Nothing where it cannot be opened: then `state` says why.
    @discardableResult
    public func open() async -> MemberWallet? {
        if case .open(let wallet) = state { return wallet }
        let attempt = attempt ?? begin()
        return await attempt.value
    }

    /// The app has come to the foreground.
    public func cameToForeground() {
        tell(.foreground)
    }

    /// The app has gone to the background, and may be ended without further word.
    public func wentToBackground() {
        tell(.background)
    }

    /// There is a network again.
    public func networkCameBack() {
        tell(.networkAvailable)
    }

    /// The time or the time zone of the device was set.
    public func clockChanged() {
        tell(.clockChanged)
    }

    /// The system gives the app some seconds in the background. False where nothing came of it; the system decides when the
    /// next ones are.
    public func refreshInBackground() async -> Bool {
        guard let wallet = await open() else { return false }
        do {
            try await wallet.refresh()
            return true
        } catch {
            return false
        }
    }

    private func begin() -> Task<MemberWallet?, Never> {
        state = .opening
        let begun = Task { [opening] () -> MemberWallet? in
            defer { attempt = nil }
            do {
                let wallet = try await opening()
                state = .open(wallet)
                return wallet
            } catch let error as MemberError {
                state = .failed(error.text)
            } catch {
                // A build that was put together wrongly. The sentence is for its developer.
                state = .failed("\(error)")
            }
            return nil
        }
        attempt = begun
        return begun
    }

    private func tell(_ event: HostEvent) {
        // Opening looks at everything itself.
        guard case .open(let wallet) = state else { return }
        wallet.hostEvent(event)
    }
}
