// The parts of a screen around the card: what waits, sentences, messages. Must not know of wallets.

import MemberCore
import MemberScreens
import SwiftUI

#if canImport(Accessibility)
    import Accessibility
#endif

/// What waits and what stopped, each with what can be done about it.
struct PendingSection: View {
    let pending: [PendingAction]
    let isBusy: Bool
    let labels: Labels
    let actions: any CardScreenActions

    var body: some View {
        Section {
            ForEach(pending, id: \.key) { action in
                VStack(alignment: .leading, spacing: 4) {
                    Text(verbatim: action.title).font(.headline)
                    Text(verbatim: action.text)
                    Text(verbatim: action.whenText).font(.footnote).foregroundStyle(.secondary)
                    if action.canDiscard {
                        button(labels.takeBack, of: action) { await actions.takeBackTapped(action.key) }
                    }
                    if action.canDismiss {
                        button(labels.dismiss, of: action) { await actions.dismissTapped(action.key) }
                    }
                }
                .padding(.vertical, 4)
                .accessibilityElement(children: .contain)
            }
        } header: {
            Text(verbatim: labels.waiting).textCase(nil)
        }
    }

    private func button(
        _ label: String, of action: PendingAction, tapped: @escaping @MainActor @Sendable () async -> Void
    ) -> some View {
        Button(label) { Task { await tapped() } }
            // Without a style of its own, a tap anywhere in the row would count as one on it.
            .buttonStyle(.bordered)
            .frame(minHeight: 44)
            .disabled(isBusy)
            .accessibilityHint(Text(verbatim: action.title))
    }
}

/// A screen that has one sentence to say.
struct Sentence<Below: View>: View {
    let symbol: String
    let text: String
    @ViewBuilder let below: () -> Below

    var body: some View {
        VStack(spacing: 20) {
            Image(systemName: symbol).font(.largeTitle).foregroundStyle(.tint).accessibilityHidden(true)
            Text(verbatim: text).multilineTextAlignment(.center)
            below()
        }
        .padding(32)
    }
}

/// A sentence over the screen. It goes by itself after a while, and at once when it is dismissed.
struct MessageBanner: View {
    let message: Message
    let labels: Labels
    let actions: any CardScreenActions

    var body: some View {
        HStack(alignment: .firstTextBaseline) {
            Text(verbatim: message.text).frame(maxWidth: .infinity, alignment: .leading)
            Button(labels.dismiss) { actions.messageShown(message.id) }
        }
        .padding(16)
        .background(.regularMaterial, in: RoundedRectangle(cornerRadius: 14))
        .padding(.horizontal, 16)
        .padding(.bottom, 8)
        .task(id: message.id) {
            // Long enough for slow readers. Cancelled with the banner.
            if (try? await Task.sleep(for: .seconds(10))) != nil { actions.messageShown(message.id) }
        }
    }
}

extension View {
    /// A screen reader says the text by itself when it comes, wherever the member is on the screen.
    func announces(_ text: String?) -> some View {
        onChange(of: text) { _, text in
            #if canImport(Accessibility)
                if let text { AccessibilityNotification.Announcement(text).post() }
            #endif
        }
    }
}
