// What the host gives: a vault and its word on the network. Must not know what is kept in the vault or sent over the network.

import Foundation
import MemberCoreBridge

/// The host's vault: the Keychain, or files that only their owner reads. It holds keys of databases, and tokens of sessions that
/// ended here and whose end the server has not heard of yet.
///
/// Called on the core's own threads and while a wallet is opened; answers within milliseconds.
public protocol Secrets: Sendable {
    /// The secret of this name; nil where there is none.
    ///
    /// - Throws: ``SecretsUnavailable`` if the vault cannot say now, as on a locked phone. Never answer nil instead: the wallet would
    ///   start anew.
    func read(name: String) throws -> Data?

    /// Stores a secret durably before it returns.
    func write(name: String, secret: Data) throws

    /// Deletes a secret; one that is not there is no fault.
    func delete(name: String) throws
}

/// The vault cannot say now. The message goes to the log; nothing secret in it. Anything else that a vault throws counts as this.
public struct SecretsUnavailable: Error, Equatable, CustomStringConvertible {
    /// Why, for the log.
    public let message: String

    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}

/// A vault of files for hosts without a Keychain: a folder of mode 0700 with files of mode 0600.
public final class FileSecrets: Secrets {
    fileprivate let files: any HostSecrets

    /// - Throws: ``LibraryError`` if the native library is of another version.
    public init(folder: URL) throws {
        try MemberCore.ensureLoaded()
        files = fileSecrets(folder: folder.path)
    }

    public func read(name: String) throws -> Data? { try unguarded { try files.read(name: name) } }

    public func write(name: String, secret: Data) throws { try unguarded { try files.write(name: name, secret: secret) } }

    public func delete(name: String) throws { try unguarded { try files.delete(name: name) } }

    private func unguarded<T>(_ call: () throws -> T) throws -> T {
        do {
            return try call()
        } catch HostFault.Unavailable(let reason) {
            throw SecretsUnavailable(reason)
        }
    }
}

/// What the host knows of the network. A hint: only an answer proves that there is one.
public protocol Connectivity: Sendable {
    /// Whether trying makes sense. Called often, on the core's own threads; answers at once. One that throws is taken as true.
    func isOnline() throws -> Bool
}

func hostSecrets(_ secrets: any Secrets) -> any HostSecrets {
    (secrets as? FileSecrets)?.files ?? GuardedSecrets(secrets)
}

private final class GuardedSecrets: HostSecrets {
    private let secrets: any Secrets

    init(_ secrets: any Secrets) {
        self.secrets = secrets
    }

    func read(name: String) throws -> Data? { try guarded { try secrets.read(name: name) } }

    func write(name: String, secret: Data) throws { try guarded { try secrets.write(name: name, secret: secret) } }

    func delete(name: String) throws { try guarded { try secrets.delete(name: name) } }
}

final class GuardedConnectivity: HostConnectivity {
    private let connectivity: any Connectivity

    init(_ connectivity: any Connectivity) {
        self.connectivity = connectivity
    }

    func isOnline() throws -> Bool { try guarded { try connectivity.isOnline() } }
}

/// What a host throws must neither cross the border nor say more than its kind: a message may hold anything.
func guarded<T>(_ call: () throws -> T) throws -> T {
    do {
        return try call()
    } catch let error as SecretsUnavailable {
        throw HostFault.Unavailable(reason: error.message)
    } catch {
        throw HostFault.Unavailable(reason: String(reflecting: type(of: error)))
    }
}
