// The settings of this device. Must not know where they are kept.

import MemberCore
import SwiftUI

/// The settings' screen.
struct SettingsScreen: View {
    let labels: Labels
    @Binding var allowsScreenshots: Bool

    var body: some View {
        Form {
            Section {
                Toggle(labels.allowScreenshots, isOn: $allowsScreenshots)
            } footer: {
                Text(verbatim: labels.allowScreenshotsWhy)
            }
        }
        .navigationTitle(Text(verbatim: labels.settings))
        .inlineTitle()
    }
}
