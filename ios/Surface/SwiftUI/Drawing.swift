// The values and shapes that the app's views draw with, declared for machines without SwiftUI. Must not draw.

public struct HorizontalAlignment: Sendable {
    public static let leading = Self()
    public static let center = Self()
    public static let trailing = Self()
}

public struct VerticalAlignment: Sendable {
    public static let top = Self()
    public static let center = Self()
    public static let bottom = Self()
    public static let firstTextBaseline = Self()
}

public struct Alignment: Sendable {
    public static let leading = Self()
    public static let center = Self()
    public static let trailing = Self()
}

public enum TextAlignment: Sendable {
    case leading, center, trailing
}

public enum LayoutDirection: Sendable {
    case leftToRight, rightToLeft
}

public enum UserInterfaceSizeClass: Sendable {
    case compact, regular
}

public enum ScenePhase: Comparable, Sendable {
    case background, inactive, active
}

public enum DynamicTypeSize: Int, Comparable, Sendable {
    case xSmall, small, medium, large, xLarge, xxLarge, xxxLarge
    case accessibility1, accessibility2, accessibility3, accessibility4, accessibility5
    public static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
}

public enum Visibility: Sendable {
    case automatic, visible, hidden
}

public enum VerticalEdge: Sendable {
    case top, bottom
}

public enum Edge: Sendable {
    case top, leading, bottom, trailing

    public struct Set: OptionSet, Sendable {
        public let rawValue: Int8
        public init(rawValue: Int8) { self.rawValue = rawValue }
        public static let top = Self(rawValue: 1)
        public static let leading = Self(rawValue: 2)
        public static let bottom = Self(rawValue: 4)
        public static let trailing = Self(rawValue: 8)
        public static let horizontal: Self = [.leading, .trailing]
        public static let vertical: Self = [.top, .bottom]
        public static let all: Self = [.horizontal, .vertical]
    }
}

public struct EdgeInsets: Equatable, Sendable {
    public init() {}
    public init(top: CGFloat, leading: CGFloat, bottom: CGFloat, trailing: CGFloat) {}
}

public struct Font: Sendable {
    public enum Weight: Sendable {
        case regular, medium, semibold, bold
    }
    public static let largeTitle = Self()
    public static let title = Self()
    public static let title2 = Self()
    public static let title3 = Self()
    public static let headline = Self()
    public static let subheadline = Self()
    public static let body = Self()
    public static let footnote = Self()
    public func bold() -> Self { self }
    public func weight(_ weight: Weight) -> Self { self }
    public func monospacedDigit() -> Self { self }
}

public protocol ShapeStyle: Sendable {}

public struct Color: ShapeStyle, PrimitiveView {
    public nonisolated static let red = Color(red: 1, green: 0, blue: 0)
    nonisolated public init(red: Double, green: Double, blue: Double, opacity: Double = 1) {}
}

public struct HierarchicalShapeStyle: ShapeStyle {}
public struct BackgroundStyle: ShapeStyle {}
public struct TintShapeStyle: ShapeStyle {}
public struct Material: ShapeStyle {}
public struct DerivedShapeStyle: ShapeStyle {}

public struct AnyShapeStyle: ShapeStyle {
    public init<Style: ShapeStyle>(_ style: Style) {}
}

extension ShapeStyle where Self == HierarchicalShapeStyle {
    public static var primary: Self { Self() }
    public static var secondary: Self { Self() }
}

extension ShapeStyle where Self == Color {
    public static var red: Self { Color(red: 1, green: 0, blue: 0) }
}

extension ShapeStyle where Self == BackgroundStyle {
    public static var background: Self { Self() }
}

extension ShapeStyle where Self == TintShapeStyle {
    public static var tint: Self { Self() }
}

extension ShapeStyle where Self == Material {
    public static var regularMaterial: Self { Self() }
}

extension ShapeStyle {
    public var secondary: some ShapeStyle { DerivedShapeStyle() }
    public func opacity(_ opacity: Double) -> some ShapeStyle { DerivedShapeStyle() }
}

public protocol Shape: View, Sendable {}

extension Shape {
    public var body: Never { unreachable() }
    public func fill<Style: ShapeStyle>(_ style: Style) -> some View { ModifiedContent() }
}

public struct Rectangle: Shape {
    public init() {}
}

public struct Capsule: Shape {
    public init() {}
}

public struct RoundedRectangle: Shape {
    public init(cornerRadius: CGFloat) {}
}

public struct Path: Equatable, Sendable {
    public init() {}
    public init(_ rectangle: CGRect) {}
    public mutating func addRect(_ rectangle: CGRect) {}
}

public struct FillStyle: Equatable, Sendable {
    public init(eoFill: Bool = false, antialiased: Bool = true) {}
}

public struct GraphicsContext {
    public struct Shading: Sendable {
        public static func color(_ color: Color) -> Self { Self() }
    }
    public func fill(_ path: Path, with shading: Shading, style: FillStyle = FillStyle()) {}
}

public struct Canvas: PrimitiveView {
    public init(
        opaque: Bool = false, rendersAsynchronously: Bool = false,
        renderer: @escaping (inout GraphicsContext, CGSize) -> Void
    ) {}
}

public struct Animation: Equatable, Sendable {
    public static let `default` = Self()
}

public struct AnyTransition: Sendable {
    public static let opacity = Self()
}

public struct SensoryFeedback: Equatable, Sendable {
    public static let success = Self()
}
