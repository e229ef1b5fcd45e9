// The app's entry: one window, and the seconds that the system gives in the background. Must not know of screens or rules.

import MemberUI
import SwiftUI

@main
struct MemberApp: App {
    @State private var host = Host()

    var body: some Scene {
        WindowGroup {
            RootView(
                wallet: host.wallet,
                model: host.card,
                spending: host.spending,
                settings: host.settings,
                presentation: host.presentation,
                labels: host.labels,
                density: host.density,
                wentToBackground: BackgroundRefresh.schedule
            )
        }
        .backgroundTask(.appRefresh(BackgroundRefresh.identifier)) { [wallet = host.wallet] in
            // The next one, before this one's time is up.
            await BackgroundRefresh.schedule()
            _ = await wallet.refreshInBackground()
        }
    }
}
