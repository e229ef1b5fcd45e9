// Signing out and being forgotten, against a real backend.

import Foundation
import MemberCore
import MemberCoreTesting
import XCTest

final class SignOutTests: WithSandbox {
    func testWhatWaitsIsNamedAndDeletedWithConsentAndTheServerHearsOfItLater() async throws {
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                let states = Mailbox<SignInState>()
                let screen = Task { for try await state in wallet.signInState { states.send(state) } }
                let before = try await states.receive()
                XCTAssertEqual(before, .signedIn)
                sandbox.down()
                phone.network.online = false
                let claimed = try await wallet.claim(coffee)
                let asked = try await wallet.prepareSignOut()
                XCTAssertEqual(asked.unsent.map(\.key), [claimed.key])
                XCTAssert(asked.sent.isEmpty && asked.sentText == nil && asked.advice != nil)
                // Nothing was shown, so nothing is deleted.
                try await fails("not-shown") { try await wallet.signOut(shown: []) }
                let kept = try await wallet.points()
                XCTAssertEqual(kept, Points(100, -50, 50))

                let done = try await wallet.signOut(shown: asked.shown)
                XCTAssert(done.deleted && !done.told)
                while try await states.receive() != .signedOut {}
                screen.cancel()
                try await fails("signed-out") { try wallet.cardNow() }
                try await fails("signed-out") { try await wallet.claim(coffee) }
                XCTAssertEqual(left(phone).map { $0.prefix(6) }, ["revoke"])
                try sandbox.up()
                phone.network.online = true
                // What an app does in the background, whoever is signed in.
                try await fails("signed-out") { try await wallet.refresh() }
                XCTAssertEqual(left(phone), [])
                try await phone.join(wallet, sandbox)
                let after = try await wallet.points()
                XCTAssertEqual(after, Points(100, 0, 100))
            }
        }
    }

    func testEverythingIsForgottenWithoutAServer() async throws {
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                sandbox.down()
                let done = try await wallet.wipe()
                XCTAssert(done.deleted)
                let state = try await wallet.signInState.first()
                XCTAssertEqual(state, .signedOut)
                XCTAssertEqual(left(phone), [])
            }
        }
    }

    func testAHomeThatDoesNotOpenIsForgotten() async throws {
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { _ in }
            let key = try XCTUnwrap(left(phone).last { !$0.contains(".") })
            try Data(repeating: 7, count: 32).write(to: phone.vault.appendingPathComponent(key))
            try await fails("wrong-key") { try phone.open() }
            try await MemberWallet.forget(config: phone.config(), secrets: FileSecrets(folder: phone.vault))
            XCTAssertEqual(left(phone), [])
            try await using(phone.open()) { wallet in
                let state = try await wallet.signInState.first()
                XCTAssertEqual(state, .signedOut)
                XCTAssertNil(try wallet.takeNotice())
            }
        }
    }
}

/// What of somebody is still in the folder of the wallet and in its vault.
private func left(_ phone: Phone) -> [String] {
    [phone.home, phone.vault]
        .flatMap { (try? FileManager.default.contentsOfDirectory(atPath: $0.path)) ?? [] }
        .filter { $0.hasPrefix("member-") || $0.hasPrefix("revoke-") }
}
