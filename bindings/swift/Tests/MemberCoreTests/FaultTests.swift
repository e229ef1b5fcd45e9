// Errors with their codes and sentences, and hosts that fail: observers, vaults, networks, logs.

import Foundation
import MemberCore
import MemberCoreTesting
import XCTest

import protocol MemberCoreBridge.HostConnectivity
// Not the whole module: it has a `LogSink` of its own.
import enum MemberCoreBridge.Topic
import class MemberCoreBridge.Wallet
import protocol MemberCoreBridge.WalletObserver
import func MemberCoreBridge.fileSecrets

final class FaultTests: WithSandbox {
    func testEachErrorHasItsCodeAndItsSentence() async throws {
        try await test { phone, sandbox in
            try await using(phone.open()) { wallet in
                var error = try await fails("signed-out") { try wallet.cardNow() }
                guard case .signedOut = error else { return XCTFail("\(error)") }
                try await fails("signed-out") { try await wallet.refresh() }
                error = try await fails("invalid-address") { try await wallet.requestCode(.phone(number: "12")) }
                guard case .invalidInput = error else { return XCTFail("\(error)") }
                try await fails("invalid-code") { try await wallet.signIn(code: "12") }
                error = try await fails("no-code-asked") { try await wallet.signIn(code: "123456") }
                guard case .refused = error else { return XCTFail("\(error)") }
                try await phone.join(wallet, sandbox)
                try await fails("unknown-reward") { try await wallet.claim("gone") }
                try await fails("invalid-key") { try await wallet.fate("x") }
                error = try await fails("home-in-use") { try phone.open() }
                guard case .unusable = error else { return XCTFail("\(error)") }
                sandbox.down()
                error = try await fails("no-connection") { try await wallet.refresh() }
                guard case .unreachable = error else { return XCTFail("\(error)") }
            }
        }
    }

    func testSentencesAreInTheLanguageOfTheWallet() async throws {
        try await test { phone, _ in
            var sentences: Set<String> = []
            for language in ["en", "pl"] {
                try await using(phone.open(language: language)) { wallet in
                    sentences.insert(try await fails("signed-out") { try wallet.cardNow() }.text)
                }
            }
            XCTAssertEqual(sentences.count, 2, "\(sentences)")
        }
    }

    func testAnObserverThatThrowsOrCallsBackInHarmsNobody() async throws {
        try await test { phone, sandbox in
            await (try phone.joined(sandbox)).shutDown()
            // The bridge itself: the layer on top shows no observer.
            let wallet = try Wallet.open(
                config: phone.config(), secrets: fileSecrets(folder: phone.vault.path), connectivity: Silent())
            let heard = Mailbox<CardView>()
            let subscriptions = [
                try wallet.observe(observer: Hears { throw Fault("a fault of the host") }),
                try wallet.observe(observer: Hears { heard.send(try wallet.cardNow()) }),
            ]
            _ = try await wallet.claim(reward: coffee)
            let seen = try await heard.receive()
            XCTAssertNotNil(seen.card)
            for subscription in subscriptions { subscription.cancel() }
            let pending = try await wallet.pending()
            XCTAssertEqual(pending.waiting, 1)
            await wallet.close()
        }
    }

    func testAnObserverThatWasCancelledIsFreed() async throws {
        try await test { phone, sandbox in
            await (try phone.joined(sandbox)).shutDown()
            let wallet = try Wallet.open(
                config: phone.config(), secrets: fileSecrets(folder: phone.vault.path), connectivity: Silent())
            weak var held: Hears?
            let subscribe = {
                let observer = Hears {}
                held = observer
                return try wallet.observe(observer: observer)
            }
            let subscription = try subscribe()
            XCTAssertNotNil(held, "the core holds it")
            subscription.cancel()
            XCTAssertNil(held, "nobody holds it")
            await wallet.close()
        }
    }

    func testAReaderThatThrowsEndsAlone() async throws {
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                let reader = Task { for try await _ in wallet.balance { throw SecretsUnavailable("a fault of the screen") } }
                let fault = try await failure { try await reader.value }
                XCTAssertEqual(fault as? SecretsUnavailable, SecretsUnavailable("a fault of the screen"))
                let points = try await wallet.points()
                XCTAssertEqual(points, Points(100, 0, 100))
            }
        }
    }

    func testAVaultThatCannotSayChangesNothing() async throws {
        try await test { phone, sandbox in
            let vault = Vault()
            try await using(phone.open(vault)) { wallet in
                // A key that was not kept must not be taken for one that was.
                vault.fault = Fault("hush")
                let error = try await fails("locked") { try await phone.join(wallet, sandbox) }
                guard case .unusable = error else { return XCTFail("\(error)") }
                vault.fault = nil
                try await phone.join(wallet, sandbox)
            }
            let kept = vault.names
            for fault in [SecretsUnavailable("locked"), Fault("hush")] as [any Error] {
                vault.fault = fault
                try await fails("locked") { try phone.open(vault) }
            }
            vault.fault = nil
            try await using(phone.open(vault)) { wallet in
                let points = try await wallet.points()
                XCTAssertEqual(points, Points(100, 0, 100))
            }
            XCTAssertEqual(vault.names, kept)
        }
    }

    func testAHostThatDoesNotSayWhetherThereIsANetworkIsTakenToHaveOne() async throws {
        try await test { phone, sandbox in
            struct Mute: Connectivity {
                func isOnline() throws -> Bool { throw Fault("a fault of the host") }
            }
            let mute = try MemberWallet.openNow(
                config: phone.config(), secrets: FileSecrets(folder: phone.vault), connectivity: Mute())
            try await using(mute) { wallet in
                try await phone.join(wallet, sandbox)
                _ = try await wallet.claim(coffee)
                _ = try await wallet.balance.first { $0.units.first?.confirmed == 50 }
            }
        }
    }

    func testTheLogNamesNobodyAndAFaultOfItIsNone() async throws {
        let log = Log()
        try MemberCore.setLog(.trace, log)
        defer { XCTAssertNoThrow(try MemberCore.setLog(.error, nil)) }
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                log.wallet = wallet
                let number = try await wallet.cardNumber()
                sandbox.down()
                try await fails("no-connection") { try await wallet.refresh() }
                let lines = log.lines
                XCTAssert(lines.contains { $0.contains("member_core") }, "\(lines)")
                for hidden in [memberName, phone.email, number] {
                    XCTAssertFalse(lines.contains { $0.contains(hidden) }, "\(lines)")
                }
                XCTAssert(log.calledBackIn, "the sink called the wallet")
                log.wallet = nil
            }
        }
    }

    func testFilesKeepSecretsForHostsWithoutAVault() throws {
        let files = try FileSecrets(folder: phone.vault)
        XCTAssertNil(try files.read(name: "a"))
        try files.write(name: "a", secret: Data([1, 2, 3]))
        XCTAssertEqual(try files.read(name: "a"), Data([1, 2, 3]))
        try files.delete(name: "a")
        XCTAssertNil(try files.read(name: "a"))
        XCTAssertThrowsError(try files.read(name: "../a")) { XCTAssert($0 is SecretsUnavailable, "\($0)") }
    }
}

private final class Silent: HostConnectivity {
    func isOnline() -> Bool { false }
}

private final class Hears: WalletObserver {
    private let hears: @Sendable () throws -> Void

    init(_ hears: @escaping @Sendable () throws -> Void) {
        self.hears = hears
    }

    func changed(topics: [Topic]) throws { try hears() }
}

/// Unchecked, since the compiler does not know that a lock guards it.
private final class Vault: Secrets, @unchecked Sendable {
    private let lock = NSLock()
    private var secrets: [String: Data] = [:]
    private var current: (any Error)?

    var fault: (any Error)? {
        get { lock.withLock { current } }
        set { lock.withLock { current = newValue } }
    }

    var names: Set<String> { lock.withLock { Set(secrets.keys) } }

    func read(name: String) throws -> Data? { try opened { $0[name] } }

    func write(name: String, secret: Data) throws { try opened { $0[name] = secret } }

    func delete(name: String) throws { try opened { $0[name] = nil } }

    private func opened<T>(_ body: (inout [String: Data]) -> T) throws -> T {
        try lock.withLock {
            if let current { throw current }
            return body(&secrets)
        }
    }
}

/// A log that calls back in and is full. Unchecked, since the compiler does not know that a lock guards it.
private final class Log: LogSink, @unchecked Sendable {
    private let lock = NSLock()
    private var kept: [String] = []
    private var back = false
    private var called: MemberWallet?

    var lines: [String] { lock.withLock { kept } }
    var calledBackIn: Bool { lock.withLock { back } }

    var wallet: MemberWallet? {
        get { lock.withLock { called } }
        set { lock.withLock { called = newValue } }
    }

    func log(level: LogLevel, target: String, message: String) throws {
        lock.withLock { kept.append("\(level) \(target) \(message)") }
        if let wallet {
            wallet.hostEvent(.foreground)
            lock.withLock { back = true }
        }
        throw Fault("the log is full")
    }
}
