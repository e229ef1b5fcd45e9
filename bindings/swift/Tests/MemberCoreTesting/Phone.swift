// A device as tests see it: a folder, a vault of files, a switch for the network. Must not know what a test is about.

import Foundation
import MemberCore

public let memberName = "Ada Lovelace"
public let coffee = "coffee"

/// A device.
public final class Phone: Sendable {
    public let email = "ada-\(UUID().uuidString.lowercased())@example.org"
    public let home: URL
    public let vault: URL
    public let network = NetworkSwitch()
    private let server: String

    public init(_ folder: URL, server: String) {
        home = folder.appendingPathComponent("home")
        vault = folder.appendingPathComponent("vault")
        self.server = server
    }

    public func config(language: String = "en") -> WalletConfig {
        WalletConfig(home: home.path, server: server, language: language)
    }

    public func open(_ secrets: (any Secrets)? = nil, language: String = "en") throws -> MemberWallet {
        try MemberWallet.openNow(
            config: config(language: language), secrets: try secrets ?? FileSecrets(folder: vault), connectivity: network)
    }

    /// A wallet of somebody who has joined and synced.
    public func joined(_ sandbox: Sandbox) async throws -> MemberWallet {
        let wallet = try open()
        try await join(wallet, sandbox)
        return wallet
    }

    public func join(_ wallet: MemberWallet, _ sandbox: Sandbox) async throws {
        let details = JoinDetails(name: memberName, language: "en", terms: "2026-01")
        _ = try await wallet.requestCode(.email(address: email), join: details)
        try await wallet.signIn(code: try await sandbox.code(email))
        try await wallet.refresh()
    }
}

/// A switch for the network. Unchecked, since the compiler does not know that a lock guards it.
public final class NetworkSwitch: Connectivity, @unchecked Sendable {
    private let lock = NSLock()
    private var on = true

    public var online: Bool {
        get { lock.withLock { on } }
        set { lock.withLock { on = newValue } }
    }

    public func isOnline() -> Bool { online }
}

/// Confirmed, pending and spendable points.
public struct Points: Equatable, Sendable {
    public let confirmed: Int64
    public let pending: Int64
    public let spendable: Int64

    public init(_ confirmed: Int64, _ pending: Int64, _ spendable: Int64) {
        (self.confirmed, self.pending, self.spendable) = (confirmed, pending, spendable)
    }
}

extension MemberWallet {
    public func points() async throws -> Points {
        let unit = try await balance.first().units[0]
        return Points(unit.confirmed, unit.pending, unit.spendable)
    }

    public func cardNumber() async throws -> String {
        let shown = try await card.first { $0.card != nil }
        return shown.card!.number.replacingOccurrences(of: " ", with: "")
    }
}

extension ViewSequence {
    /// The first view for which this is true; an error if the sequence ends before it.
    public func first(where wanted: @Sendable (View) -> Bool = { _ in true }) async throws -> View {
        for try await view in self where wanted(view) { return view }
        throw Fault("the sequence of \(View.self) ended")
    }
}
