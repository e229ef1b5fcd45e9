// The card's screen as a model: follows the wallet while it is shown, and turns taps into calls. Must not know of SwiftUI or
// UIKit, nor any rule of a programme.

import Foundation
import MemberCore
import Observation

/// From when to when a code is shown, as a countdown draws it: what is left of it ends where it is replaced.
func life(of code: LiveCode, readAt now: Date) -> ClosedRange<Date> {
    let end = now.addingTimeInterval(Double(code.changesInMs) / 1000)
    return min(now, end.addingTimeInterval(-Double(code.periodMs) / 1000))...end
}

/// What a member can do on the card's screen, named for the event.
@MainActor
public protocol CardScreenActions: AnyObject, Sendable {
    func refreshAsked() async
    func takeBackTapped(_ key: String) async
    func dismissTapped(_ key: String) async
    func tryAgainTapped()
    func signInTapped()
    func sendCodeTapped(_ address: String) async
    func codeEntered(_ code: String) async
    func otherAddressTapped()
    func backTapped()
    func messageShown(_ id: Int)
}

/// The model of the card's screen.
///
/// It does nothing by itself: all that follows the wallet runs inside of ``show()``, so it ends with the task that called that,
/// and nothing is left to be cancelled when the model goes.
@MainActor
@Observable
public final class CardScreenModel: CardScreenActions {
    /// Counts the attempts to open the wallet: a screen calls ``show()`` anew for each.
    public private(set) var attempt = 0

    private let wallet: WalletModel
    private var session: SignInState?
    private var view: CardView? {
        didSet { codeLife = view?.card?.code.map { life(of: $0, readAt: Date()) } }
    }
    private var codeLife: ClosedRange<Date>?
    private var pending: PendingView?
    private var failure: String?
    /// Where the member has gone in signing in; nothing follows the wallet.
    private var step: SignInStep?
    private var error: String?
    private var isBusy = false
    private var message: Message?
    private var messages = 0

    public init(wallet: WalletModel) {
        self.wallet = wallet
    }

    /// Everything that the screen shows now.
    public var state: CardScreenState {
        CardScreenState(content: content, isBusy: isBusy, message: message)
    }

    /// The screen is shown for as long as this runs: what a till does arrives a moment later. Returns when the task is cancelled,
    /// when the wallet is closed, or when it cannot be opened.
    public func show() async {
        guard let wallet = await wallet.open(), !Task.isCancelled else { return }
        failure = nil
        if let notice = try? wallet.takeNotice() { say(notice) }
        // The first frame has the card already. Without a member there is none, and the session says so in a moment.
        if let first = try? wallet.cardNow() { view = first }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow(wallet.signInState) { $0.sessionChanged(to: $1) } }
            group.addTask { await self.follow(wallet.cardOnScreen) { $0.view = $1 } }
            group.addTask { await self.follow(wallet.pending) { $0.pending = $1 } }
        }
    }

    public func refreshAsked() async {
        await work { try await $0.refresh() }
    }

    public func takeBackTapped(_ key: String) async {
        await work { try await $0.discard(key) }
    }

    public func dismissTapped(_ key: String) async {
        await work { try await $0.discard(key) }
    }

    public func tryAgainTapped() {
        attempt += 1
    }

    /// Of a session that has ended: the card stays readable meanwhile.
    public func signInTapped() {
        goTo(.address)
    }

    public func otherAddressTapped() {
        goTo(.address)
    }

    /// Back to the card of the session that has ended.
    public func backTapped() {
        goTo(nil)
    }

    public func sendCodeTapped(_ address: String) async {
        await enter(then: .code) { _ = try await $0.requestCode(try parseAddress(address)) }
    }

    public func codeEntered(_ code: String) async {
        await enter(then: nil) { try await $0.signIn(code: code) }
    }

    public func messageShown(_ id: Int) {
        if message?.id == id { message = nil }
    }

    private var content: CardContent {
        switch wallet.state {
        case .opening: return .opening
        case .failed(let text): return .failed(text)
        case .open: break
        }
        if let failure { return .failed(failure) }
        if let signInStep {
            return .signIn(CardContent.SignIn(step: signInStep, error: error, canGoBack: session == .ended))
        }
        guard let view else { return .opening }
        let isEnded = session == .ended
        return .shown(CardContent.Shown(view: view, pending: pending?.actions ?? [], codeLife: codeLife, isEnded: isEnded))
    }

    private var signInStep: SignInStep? {
        switch session {
        case nil, .signedIn: nil
        case .ended: step
        case .signedOut: step ?? .address
        case .codeSent: step ?? .code
        }
    }

    private func sessionChanged(to state: SignInState) {
        session = state
        if state == .signedOut || state == .codeSent {
            // Nothing of whoever was here before may show through.
            view = nil
            pending = nil
        }
    }

    private func goTo(_ step: SignInStep?) {
        self.step = step
        error = nil
    }

    private func follow<Views: AsyncSequence & Sendable>(
        _ views: Views,
        _ shows: @MainActor (CardScreenModel, Views.Element) -> Void
    ) async where Views.Element: Sendable {
        do {
            for try await view in views { shows(self, view) }
        } catch let error as MemberError {
            guard view != nil else {
                failure = error.text
                return
            }
            // A card that can be read stays. What is wrong with the wallet is said over it; one that was closed has no more to say.
            if case .closed = error { return }
            say(error.text)
        } catch {
            // Cancelled: the screen is not shown any more.
        }
    }

    /// Runs what the member asked for; what goes wrong is said over the screen.
    private func work(_ call: (MemberWallet) async throws -> Void) async {
        if let text = await run(call) { say(text) }
    }

    /// Runs what the member has entered; what is wrong with it stands at the field.
    private func enter(then next: SignInStep?, _ call: (MemberWallet) async throws -> Void) async {
        error = nil
        var worked = false
        let text = await run {
            try await call($0)
            worked = true
        }
        if worked { step = next }
        error = text
    }

    /// Why it came to nothing, where it did.
    private func run(_ call: (MemberWallet) async throws -> Void) async -> String? {
        guard case .open(let wallet) = wallet.state, !isBusy else { return nil }
        isBusy = true
        defer { isBusy = false }
        do {
            try await call(wallet)
        } catch let error as MemberError {
            return error.text
        } catch let error as LibraryError {
            return error.message
        } catch {
            // Cancelled: nobody waits for the answer.
        }
        return nil
    }

    private func say(_ text: String) {
        messages += 1
        message = Message(id: messages, text: text)
    }
}
