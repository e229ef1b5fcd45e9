// The host's word on the network, kept for whoever asks. Must not know who watches the network.

import Foundation
import MemberCore

/// Whether there is a network, as it was said last. A hint: only an answer proves that there is one.
///
/// `@unchecked`: the one field is read and written under the lock.
public final class NetworkState: Connectivity, @unchecked Sendable {
    private let lock = NSLock()
    private var online = true

    /// Until somebody says otherwise, trying makes sense.
    public init() {}

    public func isOnline() -> Bool {
        lock.withLock { online }
    }

    /// Takes note; true where the network has come back.
    public func changed(toOnline now: Bool) -> Bool {
        lock.withLock {
            defer { online = now }
            return now && !online
        }
    }
}
