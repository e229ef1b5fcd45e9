// The settings: whether spending is locked, and those of this device. Must not know where they are kept.

import MemberCore
import SwiftUI

/// The settings' screen.
struct SettingsScreen: View {
    let labels: Labels
    /// The spend lock; nothing while nobody is signed in.
    let spending: SpendingView?
    /// Why the last tap on it came to nothing.
    let error: String?
    let spendLockSwitched: @MainActor (Bool) -> Void
    @Binding var allowsScreenshots: Bool

    var body: some View {
        Form {
            if let spending {
                Section {
                    Toggle(spending.title, isOn: Binding(get: { spending.locked }, set: spendLockSwitched))
                        .accessibilityHint(Text(verbatim: spending.button))
                } footer: {
                    VStack(alignment: .leading, spacing: 4) {
                        Text(verbatim: spending.text)
                        if let error { Text(verbatim: error).foregroundStyle(.red) }
                    }
                }
            }
            Section {
                Toggle(labels.allowScreenshots, isOn: $allowsScreenshots)
            } footer: {
                Text(verbatim: labels.allowScreenshotsWhy)
            }
        }
        .announces(error)
        .navigationTitle(Text(verbatim: labels.settings))
        .inlineTitle()
    }
}
