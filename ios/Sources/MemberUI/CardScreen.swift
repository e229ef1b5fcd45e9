// The card's screen, drawn from its state alone. Must not know where the state comes from.

import MemberCore
import MemberScreens
import SwiftUI

/// The card at the till, with what waits and how old it is.
struct CardScreen: View {
    let state: CardScreenState
    let labels: Labels
    let density: ScreenDensity
    let actions: any CardScreenActions

    var body: some View {
        GeometryReader { space in
            content(in: space.size)
                .frame(maxWidth: .infinity, maxHeight: .infinity)
        }
        .background(.background.secondary)
        .navigationTitle(Text(verbatim: state.card?.programme ?? labels.card))
        .inlineTitle()
        .safeAreaInset(edge: .bottom) {
            if let message = state.message {
                MessageBanner(message: message, labels: labels, actions: actions)
            }
        }
        .sensoryFeedback(.success, trigger: state.card?.arrived) { _, arrived in arrived != nil }
        .announces(state.card?.arrived)
        .announces(state.message?.text)
    }

    @ViewBuilder private func content(in size: CGSize) -> some View {
        switch state.content {
        case .opening:
            VStack(spacing: 16) {
                ProgressView()
                Text(verbatim: labels.opening).foregroundStyle(.secondary)
            }
            .accessibilityElement(children: .combine)
        case .failed(let text):
            Sentence(symbol: "lock.trianglebadge.exclamationmark", text: text) {
                Button(labels.tryAgain) { actions.tryAgainTapped() }.buttonStyle(.borderedProminent)
            }
        case .signIn(let signIn):
            SignInForm(signIn: signIn, isBusy: state.isBusy, labels: labels, actions: actions)
        case .shown(let shown):
            ShownCard(shown: shown, isBusy: state.isBusy, labels: labels, density: density, size: size, actions: actions)
        }
    }
}

/// A card with all that belongs to it, in portrait and in landscape.
struct ShownCard: View {
    let shown: CardContent.Shown
    let isBusy: Bool
    let labels: Labels
    let density: ScreenDensity
    let size: CGSize
    let actions: any CardScreenActions

    @Environment(\.verticalSizeClass) private var height

    var body: some View {
        Group {
            if let card = shown.view.card, height == .compact {
                beside(card)
            } else {
                below
            }
        }
        .toolbar {
            ToolbarItem(placement: .primaryAction) { RefreshButton(isBusy: isBusy, labels: labels, actions: actions) }
        }
    }

    /// Portrait: the symbol at the top, where a scanner finds it, and all else below.
    private var below: some View {
        List {
            if let card = shown.view.card {
                Section {
                    SymbolFace(
                        card: card, codeLife: shown.codeLife, density: density, available: size.width - 2 * Metrics.margin
                    )
                    .listRowInsets(EdgeInsets())
                    .listRowBackground(CardColors.paper.color)
                    .listRowSeparator(.hidden)
                    MemberFace(card: card).listRowBackground(CardColors.face.color)
                }
            }
            rest
        }
        .refreshable { await actions.refreshAsked() }
    }

    /// Landscape: the symbol on the leading side, as large as the height lets it, and all else beside it.
    private func beside(_ card: Card) -> some View {
        HStack(spacing: 0) {
            let available = min(size.width / 2, size.height - Metrics.numberHeight)
            SymbolFace(card: card, codeLife: shown.codeLife, density: density, available: available, isLow: true)
                .frame(maxHeight: .infinity)
                .background(CardColors.paper.color)
            List {
                Section { MemberFace(card: card).listRowBackground(CardColors.face.color) }
                rest
            }
            .refreshable { await actions.refreshAsked() }
        }
    }

    @ViewBuilder private var rest: some View {
        if let empty = shown.view.empty {
            Section {
                Sentence(symbol: "creditcard", text: empty) {
                    if shown.view.canRefresh {
                        Button(labels.refresh) { Task { await actions.refreshAsked() } }
                            .buttonStyle(.borderedProminent)
                            .disabled(isBusy)
                    }
                }
                .frame(maxWidth: .infinity)
            }
        }
        if let notice = shown.view.status.notice {
            Section {
                Label {
                    Text(verbatim: notice)
                } icon: {
                    Image(systemName: "info.circle.fill").foregroundStyle(.tint)
                }
                if shown.isEnded {
                    Button(labels.signIn) { actions.signInTapped() }
                }
            }
        }
        if !shown.pending.isEmpty {
            PendingSection(pending: shown.pending, isBusy: isBusy, labels: labels, actions: actions)
        }
        Section {
        } footer: {
            StatusLine(status: shown.view.status)
        }
    }
}

/// Distances, in points.
enum Metrics {
    /// Between the screen's edge and a list's rows.
    static let margin: CGFloat = 20
    /// What the number below the symbol takes in landscape.
    static let numberHeight: CGFloat = 64
}

/// The same as pulling, for whoever cannot pull.
private struct RefreshButton: View {
    let isBusy: Bool
    let labels: Labels
    let actions: any CardScreenActions

    var body: some View {
        if isBusy {
            ProgressView().accessibilityLabel(Text(verbatim: labels.refresh))
        } else {
            Button {
                Task { await actions.refreshAsked() }
            } label: {
                Label(labels.refresh, systemImage: "arrow.clockwise")
            }
        }
    }
}
