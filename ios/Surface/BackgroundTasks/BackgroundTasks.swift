// A module named BackgroundTasks for machines that have none: declares how the app asks for time, so that it is type-checked. Does
// nothing, and is no part of any app.

@_exported import Foundation

open class BGTaskRequest {
    public var earliestBeginDate: Date?
}

public final class BGAppRefreshTaskRequest: BGTaskRequest {
    public init(identifier: String) {}
}

public final class BGTaskScheduler {
    public class var shared: BGTaskScheduler { fatalError("this module only declares") }
    public func submit(_ request: BGTaskRequest) throws {}
}
