// What a view holds and is given, declared for machines without SwiftUI. Must not hold anything.

@propertyWrapper @dynamicMemberLookup public struct Binding<Value> {
    public var wrappedValue: Value {
        get { unreachable() }
        nonmutating set {}
    }
    public var projectedValue: Self { self }
    public init(get: @escaping () -> Value, set: @escaping (Value) -> Void) {}
    public static func constant(_ value: Value) -> Self { unreachable() }
    public subscript<Part>(dynamicMember path: WritableKeyPath<Value, Part>) -> Binding<Part> { unreachable() }
}

@propertyWrapper public struct State<Value> {
    public init(wrappedValue: Value) {}
    public var wrappedValue: Value {
        get { unreachable() }
        nonmutating set {}
    }
    public var projectedValue: Binding<Value> { unreachable() }
}

@propertyWrapper @dynamicMemberLookup public struct Bindable<Value: AnyObject & Observable> {
    public var wrappedValue: Value
    public var projectedValue: Self { self }
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
    public subscript<Part>(dynamicMember path: ReferenceWritableKeyPath<Value, Part>) -> Binding<Part> { unreachable() }
}

@propertyWrapper public struct FocusState<Value: Hashable> {
    public init() where Value: ExpressibleByNilLiteral {}
    public var wrappedValue: Value {
        get { unreachable() }
        nonmutating set {}
    }
    public var projectedValue: Binding { Binding() }

    public struct Binding {}
}

public struct EnvironmentValues {
    public var scenePhase: ScenePhase { unreachable() }
    public var displayScale: CGFloat {
        get { unreachable() }
        set {}
    }
    public var verticalSizeClass: UserInterfaceSizeClass? {
        get { unreachable() }
        set {}
    }
    public var layoutDirection: LayoutDirection {
        get { unreachable() }
        set {}
    }
}

@propertyWrapper public struct Environment<Value> {
    public init(_ path: KeyPath<EnvironmentValues, Value>) {}
    public var wrappedValue: Value { unreachable() }
}
