// Whether the library is the one that the generated sources were made from. Must not know of wallets.

/// What the library is to the generated sources beside this file.
public enum Release: Sendable {
    /// Made from the same interface.
    case same
    /// Made by another UniFFI: nothing can be called.
    case otherContract
    /// Made from another interface: what is called would be misunderstood.
    case otherInterface
}

/// Asks the library, without a call that would end the process if it is another one.
public func libraryRelease() -> Release {
    switch initializationResult {
    case .ok: .same
    case .contractVersionMismatch: .otherContract
    case .apiChecksumMismatch: .otherInterface
    }
}
