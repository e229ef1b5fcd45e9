// Watches the device's clock and time zone and passes on that they were set. Must not know what that is good for.

import Foundation
import UIKit

/// Hears of the clock for as long as it lives.
final class ClockWatch {
    private let tokens: [any NSObjectProtocol]

    /// - Parameter changed: called when the time or the time zone of the device was set.
    init(changed: @escaping @MainActor @Sendable () -> Void) {
        let names: [Notification.Name] = [.NSSystemTimeZoneDidChange, .NSSystemClockDidChange]
        tokens = names.map { name in
            NotificationCenter.default.addObserver(forName: name, object: nil, queue: nil) { _ in
                Task { @MainActor in changed() }
            }
        }
    }

    deinit {
        for token in tokens { NotificationCenter.default.removeObserver(token) }
    }
}
