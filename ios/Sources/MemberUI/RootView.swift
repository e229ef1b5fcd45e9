// The app's only place that holds models: gives screens their state, and turns the scene's phases into the wallet's events. Must
// not know how a screen looks.

import MemberCore
import MemberScreens
import SwiftUI

/// The app's first view.
public struct RootView: View {
    private let wallet: WalletModel
    private let presentation: CardPresentation
    private let labels: Labels
    private let density: @MainActor (Double) -> ScreenDensity
    private let wentToBackground: @MainActor () -> Void
    private let model: CardScreenModel
    private let spending: SettingsScreenModel
    @Bindable private var settings: DeviceSettings
    @State private var path: [Screen] = []
    @Environment(\.scenePhase) private var phase
    @Environment(\.displayScale) private var scale

    /// Screens that are pushed onto the card's.
    private enum Screen: Hashable {
        case settings
    }

    /// - Parameters:
    ///   - density: the density of the screen, from the pixels that are drawn for a point.
    ///   - wentToBackground: called when the app is left, for what the system should do later.
    public init(
        wallet: WalletModel,
        model: CardScreenModel,
        spending: SettingsScreenModel,
        settings: DeviceSettings,
        presentation: CardPresentation,
        labels: Labels,
        density: @escaping @MainActor (Double) -> ScreenDensity,
        wentToBackground: @escaping @MainActor () -> Void
    ) {
        self.wallet = wallet
        self.model = model
        self.spending = spending
        self.settings = settings
        self.presentation = presentation
        self.labels = labels
        self.density = density
        self.wentToBackground = wentToBackground
    }

    public var body: some View {
        NavigationStack(path: $path) {
            card
                .navigationDestination(for: Screen.self) { _ in
                    SettingsScreen(
                        labels: labels, spending: spending.spending, error: spending.error,
                        spendLockSwitched: { [spending] locked in Task { await spending.spendLockSwitched(to: locked) } },
                        allowsScreenshots: $settings.allowsScreenshots
                    )
                    .task { await spending.show() }
                }
        }
        .overlay {
            // The system keeps a picture of the app for its switcher from the moment in which it becomes inactive.
            if phase != .active, !settings.allowsScreenshots { PrivacyCover() }
        }
        .onChange(of: phase) { _, phase in
            switch phase {
            case .active: wallet.cameToForeground()
            case .background:
                wallet.wentToBackground()
                wentToBackground()
            default: break
            }
        }
        .onChange(of: presents, initial: true) { _, presents in presentation.isShown = presents }
    }

    private var card: some View {
        CardScreen(
            state: model.state,
            labels: labels,
            density: density(scale),
            actions: model
        )
        .toolbar {
            ToolbarItem(placement: .primaryAction) {
                Button {
                    path.append(.settings)
                } label: {
                    Label(labels.settings, systemImage: "gearshape")
                }
            }
        }
        // Ends when the screen is left for another, and when the app is left: nobody waits at the server for what nobody sees.
        .task(id: Shown(isInFront: phase != .background, attempt: model.attempt)) {
            if phase != .background { await model.show() }
        }
    }

    private var presents: Bool {
        phase == .active && path.isEmpty && model.state.card != nil
    }

    private struct Shown: Hashable {
        let isInFront: Bool
        let attempt: Int
    }
}

/// What the app's switcher shows in the place of a card.
struct PrivacyCover: View {
    var body: some View {
        ZStack {
            Rectangle().fill(.background)
            Image(systemName: "creditcard.fill").font(.largeTitle).foregroundStyle(.tint)
        }
        .ignoresSafeArea()
        .accessibilityHidden(true)
    }
}
