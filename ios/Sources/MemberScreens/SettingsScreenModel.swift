// What of the settings is the wallet's, as a model: follows it while the screen is shown, and turns taps into calls. Must not know of
// SwiftUI or UIKit, nor any rule of a programme.

import MemberCore
import Observation

/// The model of the settings' screen, beside what is set on this device alone.
@MainActor
@Observable
public final class SettingsScreenModel {
    /// The spend lock; nothing while nobody is signed in.
    public private(set) var spending: SpendingView?
    /// Why the last tap came to nothing, in the core's words.
    public private(set) var error: String?

    private let wallet: WalletModel

    public init(wallet: WalletModel) {
        self.wallet = wallet
    }

    /// The screen is shown for as long as this runs. Returns when the task is cancelled, when the wallet is closed, or when it cannot be
    /// opened.
    public func show() async {
        guard let wallet = await wallet.open(), !Task.isCancelled else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow(wallet.spending) { $0.spending = $1 } }
            group.addTask {
                await self.follow(wallet.signInState) {
                    // Nothing of whoever was here before may show through.
                    if $1 == .signedOut || $1 == .codeSent { $0.spending = nil }
                }
            }
        }
    }

    public func spendLockSwitched(to locked: Bool) async {
        guard case .open(let wallet) = wallet.state else { return }
        error = nil
        do {
            _ = try await wallet.setSpendLock(locked)
        } catch let error as MemberError {
            self.error = error.text
        } catch {
            // Cancelled: nobody waits for the answer.
        }
    }

    private func follow<Views: AsyncSequence & Sendable>(
        _ views: Views, _ shows: @MainActor (SettingsScreenModel, Views.Element) -> Void
    ) async where Views.Element: Sendable {
        do {
            for try await view in views { shows(self, view) }
        } catch is MemberError {
            // What cannot be read is not switched either; the card's screen says why.
            spending = nil
        } catch {
            // Cancelled: the screen is not shown any more.
        }
    }
}
