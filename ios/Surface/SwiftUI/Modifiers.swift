// The modifiers that the app's views use, declared for machines without SwiftUI. Must not modify.

public struct UITextContentType: Sendable {
    public static let username = Self()
    public static let oneTimeCode = Self()
}

public enum UIKeyboardType: Sendable {
    case emailAddress, numberPad
}

public struct TextInputAutocapitalization: Sendable {
    public static var never: Self { Self() }
}

public struct SubmitLabel: Sendable {
    public static var send: Self { Self() }
}

public struct ScrollDismissesKeyboardMode: Sendable {
    public static var interactively: Self { Self() }
}

public struct NavigationBarItem: Sendable {
    public enum TitleDisplayMode: Sendable {
        case inline
    }
}

public struct AccessibilityTraits: Sendable {
    public static let isImage = Self()
    public static let isHeader = Self()
}

public struct AccessibilityChildBehavior: Sendable {
    public static let ignore = Self()
    public static let contain = Self()
    public static let combine = Self()
}

public protocol PrimitiveButtonStyle {}
public struct BorderedButtonStyle: PrimitiveButtonStyle {}
public struct BorderedProminentButtonStyle: PrimitiveButtonStyle {}

extension PrimitiveButtonStyle where Self == BorderedButtonStyle {
    public static var bordered: Self { Self() }
}

extension PrimitiveButtonStyle where Self == BorderedProminentButtonStyle {
    public static var borderedProminent: Self { Self() }
}

extension View {
    public func frame(width: CGFloat? = nil, height: CGFloat? = nil, alignment: Alignment = .center) -> some View {
        ModifiedContent()
    }
    public func frame(
        minWidth: CGFloat? = nil, maxWidth: CGFloat? = nil, minHeight: CGFloat? = nil, maxHeight: CGFloat? = nil,
        alignment: Alignment = .center
    ) -> some View { ModifiedContent() }
    public func padding(_ edges: Edge.Set = .all, _ length: CGFloat? = nil) -> some View { ModifiedContent() }
    public func padding(_ length: CGFloat) -> some View { ModifiedContent() }
    public func background<Style: ShapeStyle>(_ style: Style) -> some View { ModifiedContent() }
    public func background<Style: ShapeStyle, Form: Shape>(_ style: Style, in shape: Form) -> some View { ModifiedContent() }
    public func overlay<Content: View>(alignment: Alignment = .center, @ViewBuilder content: () -> Content) -> some View {
        ModifiedContent()
    }
    public func safeAreaInset<Content: View>(edge: VerticalEdge, @ViewBuilder content: () -> Content) -> some View {
        ModifiedContent()
    }
    public func ignoresSafeArea() -> some View { ModifiedContent() }
    public func tint<Style: ShapeStyle>(_ tint: Style?) -> some View { ModifiedContent() }
    public func foregroundStyle<Style: ShapeStyle>(_ style: Style) -> some View { ModifiedContent() }
    public func font(_ font: Font?) -> some View { ModifiedContent() }
    public func multilineTextAlignment(_ alignment: TextAlignment) -> some View { ModifiedContent() }
    public func minimumScaleFactor(_ factor: CGFloat) -> some View { ModifiedContent() }
    public func textCase(_ textCase: Text.Case?) -> some View { ModifiedContent() }
    public func dynamicTypeSize<Range: RangeExpression>(_ range: Range) -> some View where Range.Bound == DynamicTypeSize {
        ModifiedContent()
    }
    public func lineLimit(_ number: Int?) -> some View { ModifiedContent() }
    public func transition(_ transition: AnyTransition) -> some View { ModifiedContent() }
    public func animation<Value: Equatable>(_ animation: Animation?, value: Value) -> some View { ModifiedContent() }
    public func disabled(_ isDisabled: Bool) -> some View { ModifiedContent() }
    public func environment<Value>(_ path: WritableKeyPath<EnvironmentValues, Value>, _ value: Value) -> some View {
        ModifiedContent()
    }
}

// Lists, bars and fields.
extension View {
    public func listRowInsets(_ insets: EdgeInsets?) -> some View { ModifiedContent() }
    public func listRowBackground<Content: View>(_ view: Content?) -> some View { ModifiedContent() }
    public func listRowSeparator(_ visibility: Visibility) -> some View { ModifiedContent() }
    public func scrollDismissesKeyboard(_ mode: ScrollDismissesKeyboardMode) -> some View { ModifiedContent() }
    public func navigationTitle(_ title: Text) -> some View { ModifiedContent() }
    public func navigationBarTitleDisplayMode(_ mode: NavigationBarItem.TitleDisplayMode) -> some View { ModifiedContent() }
    public func navigationDestination<Data: Hashable, Content: View>(
        for data: Data.Type, @ViewBuilder destination: @escaping (Data) -> Content
    ) -> some View { ModifiedContent() }
    public func toolbar<Content: ToolbarContent>(@ToolbarContentBuilder content: () -> Content) -> some View {
        ModifiedContent()
    }
    public func buttonStyle<Style: PrimitiveButtonStyle>(_ style: Style) -> some View { ModifiedContent() }
    public func textContentType(_ type: UITextContentType?) -> some View { ModifiedContent() }
    public func keyboardType(_ type: UIKeyboardType) -> some View { ModifiedContent() }
    public func textInputAutocapitalization(_ autocapitalization: TextInputAutocapitalization?) -> some View {
        ModifiedContent()
    }
    public func autocorrectionDisabled(_ disable: Bool = true) -> some View { ModifiedContent() }
    public func submitLabel(_ label: SubmitLabel) -> some View { ModifiedContent() }
    public func onSubmit(_ action: @escaping () -> Void) -> some View { ModifiedContent() }
    public func focused<Value: Hashable>(_ binding: FocusState<Value>.Binding, equals value: Value) -> some View {
        ModifiedContent()
    }
}

// What happens while a view is there.
extension View {
    public func task(
        priority: TaskPriority = .userInitiated, @_inheritActorContext _ action: @escaping @Sendable () async -> Void
    ) -> some View { ModifiedContent() }
    public func task<ID: Equatable>(
        id value: ID, priority: TaskPriority = .userInitiated, @_inheritActorContext _ action: @escaping @Sendable () async -> Void
    ) -> some View { ModifiedContent() }
    public func refreshable(action: @escaping @Sendable () async -> Void) -> some View { ModifiedContent() }
    public func onChange<Value: Equatable>(
        of value: Value, initial: Bool = false, _ action: @escaping (Value, Value) -> Void
    ) -> some View { ModifiedContent() }
    public func sensoryFeedback<Trigger: Equatable>(
        _ feedback: SensoryFeedback, trigger: Trigger, condition: @escaping (Trigger, Trigger) -> Bool
    ) -> some View { ModifiedContent() }
}

// What a screen reader is told.
extension View {
    public func accessibilityElement(children: AccessibilityChildBehavior = .ignore) -> some View { ModifiedContent() }
    public func accessibilityLabel(_ label: Text) -> some View { ModifiedContent() }
    public func accessibilityHint(_ hint: Text) -> some View { ModifiedContent() }
    public func accessibilityHidden(_ isHidden: Bool) -> some View { ModifiedContent() }
    public func accessibilityAddTraits(_ traits: AccessibilityTraits) -> some View { ModifiedContent() }
}
