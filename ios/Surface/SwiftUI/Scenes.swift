// What an app consists of, declared for machines without SwiftUI. Must not start anything.

@MainActor @preconcurrency public protocol App {
    associatedtype Body: Scene
    @SceneBuilder @MainActor @preconcurrency var body: Body { get }
    @MainActor @preconcurrency init()
}

extension App {
    public static func main() { unreachable() }
}

@MainActor @preconcurrency public protocol Scene {
    associatedtype Body: Scene
    @SceneBuilder @MainActor @preconcurrency var body: Body { get }
}

extension Never: Scene {}

/// A scene that is made by the system.
@MainActor @preconcurrency public protocol PrimitiveScene: Scene where Body == Never {}

extension PrimitiveScene {
    public var body: Never { unreachable() }
}

@MainActor @resultBuilder public struct SceneBuilder {
    public static func buildExpression<Content: Scene>(_ content: Content) -> Content { content }
    public static func buildBlock<Content: Scene>(_ content: Content) -> Content { content }
}

public struct WindowGroup<Content: View>: PrimitiveScene {
    public init(@ViewBuilder content: () -> Content) {}
}

public struct ModifiedScene: PrimitiveScene {}

public struct BackgroundTask<Request: Sendable, Response: Sendable>: Sendable {}

extension BackgroundTask where Request == Void, Response == Void {
    public static func appRefresh(_ identifier: String) -> Self { Self() }
}

extension Scene {
    public func backgroundTask<Response: Sendable>(
        _ task: BackgroundTask<Void, Response>, action: @escaping @Sendable () async -> Response
    ) -> some Scene { ModifiedScene() }
}
