// A module named UIKit for machines that have none: declares what the app's target uses of a device, so that it is type-checked. Does
// nothing, and is no part of any app.

@_exported import Foundation

@MainActor open class UIResponder {}

@MainActor public final class UIApplication: UIResponder {
    public class var shared: UIApplication { unreachable() }
    public var isIdleTimerDisabled = false
    public var connectedScenes: Set<UIScene> { unreachable() }
}

@MainActor open class UIScene: UIResponder {}

extension UIScene: Hashable {
    public nonisolated static func == (one: UIScene, other: UIScene) -> Bool { one === other }
    public nonisolated func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

@MainActor public final class UIWindowScene: UIScene {
    public var screen: UIScreen { unreachable() }
}

@MainActor public final class UIScreen {
    public var brightness: CGFloat = 0
    public var nativeScale: CGFloat { unreachable() }
}

public enum UIUserInterfaceIdiom: Sendable {
    case unspecified, phone, pad
}

@MainActor public final class UIDevice {
    public class var current: UIDevice { unreachable() }
    public var userInterfaceIdiom: UIUserInterfaceIdiom { unreachable() }
}

private func unreachable() -> Never {
    fatalError("this module only declares")
}
