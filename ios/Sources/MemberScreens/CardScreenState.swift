// Everything that the card's screen shows, as one value. Must not know where it comes from, nor how it is drawn.

import Foundation
import MemberCore

/// The card's screen at one moment. Every sentence in it is the core's.
public struct CardScreenState: Equatable, Sendable {
    public var content: CardContent
    /// Whether something that the member asked for is under way.
    public var isBusy: Bool
    /// What the last tap came to, where it came to nothing; or what happened when the wallet was opened.
    public var message: Message?

    public init(content: CardContent, isBusy: Bool = false, message: Message? = nil) {
        self.content = content
        self.isBusy = isBusy
        self.message = message
    }

    /// The card, where one is shown.
    public var card: Card? {
        if case .shown(let shown) = content { shown.view.card } else { nil }
    }
}

/// What fills the card's screen.
public enum CardContent: Equatable, Sendable {
    /// The wallet is being opened.
    case opening
    /// The wallet cannot be used; why, and what to do.
    case failed(String)
    /// Signing in.
    case signIn(SignIn)
    /// The card, or why there is none yet.
    case shown(Shown)

    /// Where the member is in signing in.
    public struct SignIn: Equatable, Sendable {
        public var step: SignInStep
        /// What is wrong with what was entered, in the core's words.
        public var error: String?
        /// Whether there is a card to go back to: that of the session that has ended.
        public var canGoBack: Bool

        public init(step: SignInStep, error: String? = nil, canGoBack: Bool = false) {
            self.step = step
            self.error = error
            self.canGoBack = canGoBack
        }
    }

    /// The card of a member, with how old it is and what waits.
    public struct Shown: Equatable, Sendable {
        public var view: CardView
        public var pending: [PendingAction]
        /// When the code on the card came, and when it goes; nothing for a card that always says the same.
        public var codeLife: ClosedRange<Date>?
        /// Whether the server ended the session: the card stays readable, and signing in goes on.
        public var isEnded: Bool

        public init(
            view: CardView, pending: [PendingAction] = [], codeLife: ClosedRange<Date>? = nil, isEnded: Bool = false
        ) {
            self.view = view
            self.pending = pending
            self.codeLife = codeLife
            self.isEnded = isEnded
        }
    }
}

/// A step of signing in.
public enum SignInStep: Equatable, Sendable {
    /// The address to which a code is sent.
    case address
    /// The code that was sent.
    case code
}

/// A sentence over the screen. The same sentence a second time is another message.
public struct Message: Equatable, Identifiable, Sendable {
    public let id: Int
    public let text: String

    public init(id: Int, text: String) {
        self.id = id
        self.text = text
    }
}
