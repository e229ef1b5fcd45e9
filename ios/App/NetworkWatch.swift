// Watches the device's network and passes on what it says. Must not know what that is good for.

import MemberScreens
import Network

/// Keeps a `NetworkState` up to date for as long as it lives.
final class NetworkWatch {
    private let monitor = NWPathMonitor()

    /// - Parameter cameBack: called when there is a network again.
    init(state: NetworkState, cameBack: @escaping @MainActor @Sendable () -> Void) {
        monitor.pathUpdateHandler = { path in
            // A path that needs a connection, such as one through a VPN on demand, gets it by being used.
            guard state.changed(toOnline: path.status != .unsatisfied) else { return }
            Task { @MainActor in cameBack() }
        }
        monitor.start(queue: .global(qos: .utility))
    }
}
