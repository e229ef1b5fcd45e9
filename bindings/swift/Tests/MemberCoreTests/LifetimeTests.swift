// Closing, cancelling, two wallets on one home, and a process that dies.

import Foundation
import MemberCore
import MemberCoreTesting
import XCTest

final class LifetimeTests: WithSandbox {
    func testAClosedWalletSaysSoAndItsHomeIsFree() async throws {
        try await test { phone, sandbox in
            let wallet = try await phone.joined(sandbox)
            let begun = Mailbox<Void>()
            let screens = [
                Task { for try await _ in wallet.card { begun.send(()) } },
                Task { for try await _ in wallet.balance { begun.send(()) } },
                Task { for try await _ in wallet.cardOnScreen { begun.send(()) } },
            ]
            for _ in screens { try await begun.receive() }
            await wallet.shutDown()
            await wallet.shutDown()
            for screen in screens { try await screen.value }
            let error = try await fails("closed") { try wallet.cardNow() }
            guard case .closed = error else { return XCTFail("\(error)") }
            try await fails("closed") { try await wallet.refresh() }
            try await fails("closed") { try await wallet.claim(coffee) }
            try await fails("closed") { try await wallet.card.first() }
            try await fails("closed") { try await wallet.cardOnScreen.first() }
            try await fails("closed") { try wallet.takeNotice() }
            wallet.hostEvent(.foreground)
            try await using(phone.open()) { again in
                let points = try await again.points()
                XCTAssertEqual(points, Points(100, 0, 100))
            }
        }
    }

    func testCallsThatRunWhileTheWalletIsClosedEndWithAWord() async throws {
        try await test { phone, sandbox in
            await (try phone.joined(sandbox)).shutDown()
            for _ in 1...10 {
                let wallet = try phone.open()
                let begun = Mailbox<Void>()
                let calls = (0..<8).map { number in
                    Task {
                        while true {
                            switch number % 4 {
                            case 0: try await wallet.refresh()
                            case 1: _ = try wallet.cardNow()
                            case 2: _ = try? await wallet.fate("018f0000-0000-7000-8000-000000000000")
                            default: _ = try await wallet.activityBefore(5)
                            }
                            _ = try wallet.takeNotice()
                            begun.send(())
                            await Task.yield()
                        }
                    }
                }
                try await begun.receive()
                await wallet.shutDown()
                for call in calls { try await fails("closed") { try await call.value } }
            }
        }
    }

    func testCancellingACallGivesUpWaitingAtOnce() async throws {
        let silent = try SilentServer()
        let far = Phone(folder.appendingPathComponent("far"), server: silent.url)
        try await within {
            try await using(far.open()) { wallet in
                let call = Task { try await wallet.requestCode(.email(address: far.email)) }
                let connection = try await silent.accept()
                let waited = try await elapsed {
                    call.cancel()
                    let error = try await failure { try await call.value }
                    XCTAssert(error is CancellationError, "\(error)")
                }
                XCTAssertLessThan(waited, 2)
                try await fails("signed-out") { try wallet.cardNow() }
                let closing = await elapsed { await wallet.shutDown() }
                XCTAssertLessThan(closing, 4, "a request that hangs holds nobody up")
                withExtendedLifetime(connection) {}
            }
        }
    }

    func testACallThatWasGivenUpComesToItsEnd() async throws {
        let silent = try SilentServer()
        let far = Phone(folder.appendingPathComponent("far"), server: silent.url)
        try await within {
            try await using(far.open()) { wallet in
                let call = Task { try await wallet.requestCode(.email(address: far.email)) }
                let connection = try await silent.accept()
                call.cancel()
                let error = try await failure { try await call.value }
                XCTAssert(error is CancellationError, "\(error)")
                var states = wallet.signInState.makeAsyncIterator()
                let before = try await states.next()
                XCTAssertEqual(before, .signedOut)
                try connection.answer(202, #"{"request_id": "r", "expires_in": 600, "digits": 6}"#)
                let after = try await states.next()
                XCTAssertEqual(after, .codeSent)
            }
        }
    }

    func testACallInACancelledTaskDoesNotBegin() async throws {
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                phone.network.online = false
                let call = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    _ = try await wallet.claim(coffee)
                }
                let error = try await failure { try await call.value }
                XCTAssert(error is CancellationError, "\(error)")
                let pending = try await wallet.pending.first()
                XCTAssert(pending.actions.isEmpty)
            }
        }
    }

    func testCancellingAnIterationEndsItAtOnce() async throws {
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                let begun = Mailbox<Void>()
                let screen = Task {
                    for try await _ in wallet.balance { begun.send(()) }
                    return Task.isCancelled
                }
                try await begun.receive()
                screen.cancel()
                let cancelled = try await screen.value
                XCTAssert(cancelled, "it ended without an error")
                // One that waits for somebody to sign in ends too, and one that never began.
                let far = Phone(phone.home.appendingPathComponent("far"), server: "http://127.0.0.1:9")
                try await using(far.open()) { empty in
                    let waiting = Task { for try await _ in empty.cardOnScreen {} }
                    let never = Task {
                        withUnsafeCurrentTask { $0?.cancel() }
                        for try await _ in empty.card {}
                    }
                    waiting.cancel()
                    try await waiting.value
                    try await never.value
                }
            }
        }
    }

    func testAnIterationThatEndedStaysEnded() async throws {
        try await test { phone, sandbox in
            let wallet = try await phone.joined(sandbox)
            var views = wallet.balance.makeAsyncIterator()
            let first = try await views.next()
            XCTAssertNotNil(first)
            await wallet.shutDown()
            for _ in 1...2 {
                let next = try await views.next()
                XCTAssertNil(next)
            }
        }
    }

    func testTwoWalletsOnOneHomeAreRefused() async throws {
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { first in
                let error = try await fails("home-in-use") { try phone.open() }
                guard case .unusable = error else { return XCTFail("\(error)") }
                let points = try await first.points()
                XCTAssertEqual(points, Points(100, 0, 100))
            }
            await (try phone.open()).shutDown()
        }
    }

    func testOpeningWaitsOffTheMainThread() async throws {
        try await test { phone, sandbox in
            await (try phone.joined(sandbox)).shutDown()
            let watched = Watched(try FileSecrets(folder: phone.vault))
            let wallet = try await Task { @MainActor in
                try await MemberWallet.open(config: phone.config(), secrets: watched, connectivity: phone.network)
            }.value
            XCTAssertEqual(watched.readOnMainThread, false)
            let state = try await wallet.signInState.first()
            XCTAssertEqual(state, .signedIn)
            await wallet.shutDown()
        }
    }

    func testAProcessThatDiesInACallLosesNothingAndDoublesNothing() async throws {
        try await test(seconds: 60) { phone, sandbox in
            await (try phone.joined(sandbox)).shutDown()
            // Long enough that the process dies before the answer is there.
            try await sandbox.faults(#"{"path": "/v1/actions", "fault": "delay", "delay_ms": 2000, "times": 1}"#)
            for moment in ["after-claim", "while-sending"] {
                let child = try runChild("ClaimAndDie", [phone.home.path, phone.vault.path, sandbox.url, moment])
                XCTAssert(child.killed && child.status == SIGKILL, "\(child)")
            }
            try await using(phone.open()) { wallet in
                try await wallet.refresh()
                wallet.hostEvent(.foreground)
                let ready = try await wallet.vouchers.first {
                    $0.vouchers.count { $0.place == .ready } == 2
                }
                XCTAssertEqual(ready.vouchers.count, 2)
                let points = try await wallet.points()
                XCTAssertEqual(points, Points(0, 0, 0))
            }
            let audit = try await sandbox.audit()
            XCTAssertNotNil(audit.range(of: #""confirmed"\s*:\s*2\b"#, options: .regularExpression), audit)
        }
    }
}

/// Says on which thread it was read. Unchecked, since the compiler does not know that a lock guards it.
private final class Watched: Secrets, @unchecked Sendable {
    private let secrets: any Secrets
    private let lock = NSLock()
    private var main: Bool?

    /// Nil where it was not read.
    var readOnMainThread: Bool? { lock.withLock { main } }

    init(_ secrets: any Secrets) {
        self.secrets = secrets
    }

    func read(name: String) throws -> Data? {
        lock.withLock { main = (main ?? false) || Thread.isMainThread }
        return try secrets.read(name: name)
    }

    func write(name: String, secret: Data) throws { try secrets.write(name: name, secret: secret) }

    func delete(name: String) throws { try secrets.delete(name: name) }
}
