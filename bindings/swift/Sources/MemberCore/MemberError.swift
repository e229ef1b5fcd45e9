// Why a call came to nothing, split by what a caller can do about it. Codes and sentences are the core's.

import Foundation
import MemberCoreBridge

/// Why a call of the wallet came to nothing.
public enum MemberError: Error, Equatable {
    /// Nobody is signed in on this device, or the server ended the session. Sign in.
    case signedOut(code: String, text: String)
    /// The programme cannot be reached now. Nothing is lost; try again later.
    case unreachable(code: String, text: String)
    /// The programme, or its rules on this device, say no.
    case refused(code: String, text: String)
    /// What was entered is not acceptable. Enter it again.
    case invalidInput(code: String, text: String)
    /// The saved wallet cannot be used. Nothing was deleted.
    case unusable(code: String, text: String)
    /// The wallet was closed, before the call or during it. Nothing is lost; open it again.
    case closed(code: String, text: String)
    /// A bug, or an operating system that gives no randomness, no threads or no network.
    case `internal`(code: String, text: String)

    /// A name for programs, stable over versions: `signed-out`, `no-connection`, `insufficient-points`, ...
    public var code: String { said.code }

    /// A sentence for the member in the wallet's language, with what to do next. It is the description too.
    public var text: String { said.text }

    private var said: (code: String, text: String) {
        switch self {
        case .signedOut(let code, let text), .unreachable(let code, let text), .refused(let code, let text),
            .invalidInput(let code, let text), .unusable(let code, let text), .closed(let code, let text),
            .internal(let code, let text):
            (code, text)
        }
    }
}

extension MemberError: LocalizedError, CustomStringConvertible {
    public var errorDescription: String? { text }

    public var description: String { text }
}

extension MemberError {
    init(_ error: WalletError) {
        self =
            switch error {
            case .SignedOut(let code, let text): .signedOut(code: code, text: text)
            case .Unreachable(let code, let text): .unreachable(code: code, text: text)
            case .Refused(let code, let text): .refused(code: code, text: text)
            case .InvalidInput(let code, let text): .invalidInput(code: code, text: text)
            case .Unusable(let code, let text): .unusable(code: code, text: text)
            case .Closed(let code, let text): .closed(code: code, text: text)
            case .Internal(let code, let text): .internal(code: code, text: text)
            }
    }

    /// As an error of this module. What is no error of the wallet is a panic; what that says may hold anything, and goes no further.
    init(ofBridge error: any Error) {
        self = (error as? WalletError).map(MemberError.init) ?? .internal(code: "internal", text: "internal")
    }

    var isClosed: Bool {
        if case .closed = self { true } else { false }
    }

    var isSignedOut: Bool {
        if case .signedOut = self { true } else { false }
    }
}

/// Runs a call of the bridge, with errors of this module.
func typed<T>(_ call: () throws -> T) throws -> T {
    do {
        return try call()
    } catch {
        throw MemberError(ofBridge: error)
    }
}
