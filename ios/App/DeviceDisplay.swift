// The device's own display. Must not know when it is to be bright.

import MemberScreens
import UIKit

/// The screen that the app's window is on, and the idle timer.
@MainActor
final class DeviceDisplay: Display {
    var brightness: Double {
        get { screen.map { Double($0.brightness) } ?? 1 }
        set { screen?.brightness = CGFloat(newValue) }
    }

    var staysAwake: Bool {
        get { UIApplication.shared.isIdleTimerDisabled }
        set { UIApplication.shared.isIdleTimerDisabled = newValue }
    }

    /// How many pixels the panel has for a point; nothing before there is a window.
    var nativeScale: Double? { screen.map { Double($0.nativeScale) } }

    private var screen: UIScreen? {
        UIApplication.shared.connectedScenes.lazy.compactMap { $0 as? UIWindowScene }.first?.screen
    }
}
