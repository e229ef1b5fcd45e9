// The native library: whether it is of this version, where its log goes, and what it says without a wallet. Must not know of wallets.

import Foundation
import MemberCoreBridge

/// The native library that everything here stands on.
///
/// A library that is not there at all never gets as far as this: where it is linked in, the app does not link, and where it is
/// loaded, the system's loader says so before the first line runs.
public enum MemberCore {
    /// The version of this package. The native library has the same.
    public static let version = "0.1.0"

    private static let fault: LibraryError? = check()

    /// Checks the native library, if that was not done before. ``MemberWallet/open(config:secrets:connectivity:)`` does it too; a
    /// host may want to know sooner.
    ///
    /// - Throws: ``LibraryError`` if it is not of this version. The sentence is for developers.
    public static func ensureLoaded() throws {
        if let fault { throw fault }
    }

    /// From now on the core's log lines of at least `level` go to `sink`, or nowhere. Lines name no person, no code, no number and
    /// no token. What the sink throws is dropped.
    public static func setLog(_ level: LogLevel, _ sink: (any LogSink)?) throws {
        try ensureLoaded()
        setLogSink(sink: sink.map(GuardedSink.init), level: level)
    }

    /// The words of the screens in the nearest language to `language` (BCP 47); English where there is none.
    public static func labels(language: String) throws -> Labels {
        try ensureLoaded()
        return MemberCoreBridge.labels(language: language)
    }

    private static func check() -> LibraryError? {
        switch libraryRelease() {
        case .same:
            versionFault(coreVersion())
        case .otherContract, .otherInterface:
            LibraryError(
                "The native library member_ffi is not that of member-core \(version). Take both from the same release.")
        }
    }

    static func versionFault(_ found: String) -> LibraryError? {
        guard found != version else { return nil }
        return LibraryError(
            "The native library member_ffi is of version \(found) and this is member-core \(version). Take both from the same release."
        )
    }
}

/// The native library is not of this package's version. The sentence is for developers.
public struct LibraryError: Error, Equatable, LocalizedError, CustomStringConvertible {
    /// What is wrong and what to do.
    public let message: String

    init(_ message: String) {
        self.message = message
    }

    public var errorDescription: String? { message }

    public var description: String { message }
}

/// A host's log.
public protocol LogSink: Sendable {
    /// One line, on the thread on which it happened.
    func log(level: LogLevel, target: String, message: String) throws
}

private final class GuardedSink: MemberCoreBridge.LogSink {
    private let sink: any LogSink

    init(_ sink: any LogSink) {
        self.sink = sink
    }

    func log(level: LogLevel, target: String, message: String) throws {
        try guarded { try sink.log(level: level, target: target, message: message) }
    }
}
