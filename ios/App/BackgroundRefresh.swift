// Asks the system for some seconds in the background now and then. Must not know what is done in them.

import BackgroundTasks

/// The app's refresh in the background.
enum BackgroundRefresh {
    /// Stands in Info.plist too, or the system refuses it.
    static let identifier = "dev.membercore.app.refresh"

    /// Asks for the next one, in 4 hours at the earliest; the system decides when. One that was asked for before is replaced.
    ///
    /// A refusal is no fault: the member may have turned refreshing off, and the app refreshes when it is opened.
    @MainActor
    static func schedule() {
        let request = BGAppRefreshTaskRequest(identifier: identifier)
        request.earliestBeginDate = .now + 4 * 60 * 60
        try? BGTaskScheduler.shared.submit(request)
    }
}
