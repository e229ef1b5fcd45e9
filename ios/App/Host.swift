// Puts the app together from its parts. Must not know what a part does.

import Foundation
import MemberCore
import MemberScreens
import UIKit

/// What lives as long as the app.
@MainActor
final class Host {
    let labels: Labels
    let settings = DeviceSettings()
    let presentation: CardPresentation
    let wallet: WalletModel
    let card: CardScreenModel
    let spending: SettingsScreenModel
    private let display = DeviceDisplay()
    private let network: NetworkWatch
    private let clock: ClockWatch

    init() {
        // Of the languages that the app has, the one that the member prefers.
        let language = Bundle.main.preferredLocalizations.first ?? "en"
        let server = Bundle.main.object(forInfoDictionaryKey: "MemberServer") as? String
        let folder = WalletFolder()
        let state = NetworkState()
        let secrets = KeychainSecrets(keychain: SystemKeychain(), mark: folder.mark)
        let config = WalletConfig(home: folder.home.path, server: server, language: language)
        let wallet = WalletModel {
            folder.prepare()
            return try await MemberWallet.open(config: config, secrets: secrets, connectivity: state)
        }
        presentation = CardPresentation(display: display)
        do {
            labels = try MemberCore.labels(language: language)
        } catch {
            // The app was linked with the library of another release. Nothing can be shown, and its developer reads why.
            fatalError("\(error)")
        }
        self.wallet = wallet
        card = CardScreenModel(wallet: wallet)
        spending = SettingsScreenModel(wallet: wallet)
        network = NetworkWatch(state: state) { wallet.networkCameBack() }
        clock = ClockWatch { wallet.clockChanged() }
    }

    /// The density of the screen, where `scale` pixels are drawn for a point.
    func density(scale: Double) -> ScreenDensity {
        let isTablet = UIDevice.current.userInterfaceIdiom == .pad
        return ScreenDensity(scale: scale, nativeScale: display.nativeScale ?? scale, isTablet: isTablet)
    }
}
