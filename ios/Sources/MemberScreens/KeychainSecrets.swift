// The wallet's vault in a keychain: what each of its answers means, and what is done on the first start after an installation.
// Must not know what is kept.

import Foundation
import MemberCore

/// A keychain, as far as a vault needs it. Answers are the system's own status codes.
public protocol Keychain: Sendable {
    func copy(_ name: String) -> (status: Int32, secret: Data?)
    func add(_ name: String, _ secret: Data) -> Int32
    func update(_ name: String, _ secret: Data) -> Int32
    func delete(_ name: String) -> Int32
    /// Deletes all that this app has kept.
    func deleteAll() -> Int32
}

/// The status codes of the Security framework that decide something. Every other one is a fault.
enum KeychainStatus {
    static let success: Int32 = 0
    static let duplicateItem: Int32 = -25299
    static let itemNotFound: Int32 = -25300
}

/// A vault in the Keychain.
///
/// A keychain that cannot say, as before the first unlock after a start, is never taken for an empty one: the wallet would begin
/// anew. Items outlive the app that made them, so what an earlier installation left is deleted before anything is read.
///
/// `@unchecked`: `isPrepared` is read and written under the lock.
public final class KeychainSecrets: Secrets, @unchecked Sendable {
    private let keychain: any Keychain
    private let mark: URL
    private let lock = NSLock()
    private var isPrepared = false

    /// - Parameter mark: a file in the wallet's folder, which goes with the app and is in no backup. Where it is not there, nor is
    ///   any database, and a key is of no use.
    public init(keychain: any Keychain, mark: URL) {
        self.keychain = keychain
        self.mark = mark
    }

    public func read(name: String) throws -> Data? {
        try prepare()
        let (status, secret) = keychain.copy(name)
        switch status {
        case KeychainStatus.success:
            guard let secret else { throw SecretsUnavailable("the Keychain answered without the item") }
            return secret
        case KeychainStatus.itemNotFound:
            return nil
        default:
            throw unavailable(status)
        }
    }

    public func write(name: String, secret: Data) throws {
        try prepare()
        var status = keychain.add(name, secret)
        if status == KeychainStatus.duplicateItem { status = keychain.update(name, secret) }
        guard status == KeychainStatus.success else { throw unavailable(status) }
    }

    public func delete(name: String) throws {
        try prepare()
        let status = keychain.delete(name)
        guard status == KeychainStatus.success || status == KeychainStatus.itemNotFound else { throw unavailable(status) }
    }

    /// On the first start there is no mark. It is written before any key is, and only after the old ones are gone: a key that is
    /// written without it would be deleted on the next start.
    private func prepare() throws {
        try lock.withLock {
            guard !isPrepared else { return }
            if try isFirstStart() {
                let status = keychain.deleteAll()
                guard status == KeychainStatus.success || status == KeychainStatus.itemNotFound else {
                    throw unavailable(status)
                }
                do {
                    try Data().write(to: mark, options: .withoutOverwriting)
                } catch {
                    throw SecretsUnavailable("the first start cannot be noted")
                }
            }
            isPrepared = true
        }
    }

    /// Only a file that is certainly not there counts: one that cannot be looked at now may well be.
    private func isFirstStart() throws -> Bool {
        do {
            _ = try FileManager.default.attributesOfItem(atPath: mark.path)
            return false
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile {
            return true
        } catch {
            throw SecretsUnavailable("the first start cannot be told from others")
        }
    }

    private func unavailable(_ status: Int32) -> SecretsUnavailable {
        SecretsUnavailable("the Keychain answered \(status)")
    }
}
