// What the member has set on this device alone. Must not hold anything that the wallet keeps.

import Foundation
import Observation

/// The settings of this device.
@MainActor
@Observable
public final class DeviceSettings {
    /// Whether the card may be seen in the list of running apps and in pictures of the screen.
    public var allowsScreenshots: Bool {
        didSet { defaults.set(allowsScreenshots, forKey: Self.screenshots) }
    }

    @ObservationIgnored private let defaults: UserDefaults
    private static let screenshots = "allow-screenshots"

    /// Where nothing was set, the card is covered.
    public init(defaults: UserDefaults = .standard) {
        self.defaults = defaults
        allowsScreenshots = defaults.bool(forKey: Self.screenshots)
    }
}
