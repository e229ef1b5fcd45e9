// What the device does while the card is shown: full brightness, and awake. Must not know which device, nor what is on the card.

/// A display, as far as a card at a till needs it.
@MainActor
public protocol Display: AnyObject {
    /// From 0 to 1, for the whole device.
    var brightness: Double { get set }
    /// Whether it stays on though nobody touches it.
    var staysAwake: Bool { get set }
}

/// Makes the display readable for a scanner while the card is shown, and leaves it as it was.
@MainActor
public final class CardPresentation {
    private let display: any Display
    /// The brightness to go back to, while it is raised.
    private var before: Double?

    public init(display: any Display) {
        self.display = display
    }

    /// Whether the card is in front of somebody now. It is not while the app is in the background or its switcher is open:
    /// the brightness is that of the device, and would stay.
    public var isShown = false {
        didSet {
            if isShown { raise() } else { restore() }
        }
    }

    private func raise() {
        guard before == nil else { return }
        before = display.brightness
        display.brightness = 1
        display.staysAwake = true
    }

    private func restore() {
        guard let before else { return }
        self.before = nil
        display.staysAwake = false
        // Who has dimmed it by hand meanwhile wanted that.
        if display.brightness > 0.99 { display.brightness = before }
    }
}
