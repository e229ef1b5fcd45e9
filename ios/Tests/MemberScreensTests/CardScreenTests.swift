// Every state of the card's screen, brought about with real parts: the core, its database, and a backend process.

import Foundation
import MemberCore
import MemberCoreTesting
import MemberScreens
import Testing

@MainActor
@Suite(.timeLimit(.minutes(2)))
struct CardScreenTests {
    private let folder: Folder
    private let sandbox: Sandbox
    private let phone: Phone

    init() throws {
        folder = try Folder()
        sandbox = try Sandbox(folder.url.appendingPathComponent("sandbox"))
        phone = Phone(folder.url, server: sandbox.url)
    }

    @Test func theScreenSaysThatTheWalletIsBeingOpened() async throws {
        let opens = Mailbox<Void>()
        let phone = phone
        let wallet = WalletModel {
            try await opens.receive()
            return try phone.open()
        }
        let screen = Screen(wallet)
        try await screen.until("the opening") { $0.content == .opening }
        // Nothing but the one who opens holds it.
        for _ in 0..<100 { await Task.yield() }
        #expect(screen.model.state.content == .opening)
        opens.send(())
        try await screen.until("the form") { $0.content == .signIn(.init(step: .address)) }
        await screen.leave()
    }

    @Test func aMemberSignsInOnASecondDevice() async throws {
        let (_, first) = try await phone.member(sandbox)
        await first.shutDown()
        let second = Phone(folder.url.appendingPathComponent("second"), server: sandbox.url)
        let screen = Screen(second.wallet())
        let model = screen.model
        try await screen.until("the form") { $0.content == .signIn(.init(step: .address)) }

        await model.sendCodeTapped("12")
        #expect(try screen.signIn().step == .address)
        #expect(try screen.signIn().error?.hasSuffix(".") == true)
        await model.sendCodeTapped(" \(phone.email) ")
        #expect(try screen.signIn() == .init(step: .code))
        await model.codeEntered("12")
        #expect(try screen.signIn().error?.contains("6") == true)
        let code = try await sandbox.code(phone.email)
        await model.codeEntered(code == "000000" ? "000001" : "000000")
        #expect(try screen.signIn().step == .code)
        #expect(try screen.signIn().error?.contains("wrong") == true)
        model.otherAddressTapped()
        #expect(try screen.signIn() == .init(step: .address))
        await model.sendCodeTapped(phone.email)
        #expect(try screen.signIn() == .init(step: .code))
        await model.codeEntered(try await sandbox.code(phone.email))
        let shown = try await screen.shown("the card")
        #expect(shown.view.card?.member == memberName)
        #expect(!shown.isEnded)
        #expect(!model.state.isBusy)
        await screen.leave()
    }

    @Test func aCodeThatWasAskedForIsWaitedForAfterARestart() async throws {
        let open = try phone.open()
        _ = try await open.requestCode(.email(address: phone.email))
        await open.shutDown()
        let screen = Screen(phone.wallet())
        try await screen.until("the code's form") { $0.content == .signIn(.init(step: .code)) }
        screen.model.otherAddressTapped()
        #expect(try screen.signIn() == .init(step: .address))
        await screen.leave()
    }

    @Test func aMemberWithoutASyncReadsWhyThereIsNoCard() async throws {
        try await sandbox.faults(#"{"path": "/v1/sync", "fault": "status", "status": 503}"#)
        let wallet = phone.wallet()
        let open = try await phone.opened(wallet)
        await #expect(throws: MemberError.self) { try await phone.join(open, sandbox) }
        let screen = Screen(wallet)
        let empty = try await screen.shown("an empty screen") { $0.view.card == nil }
        #expect(empty.view.empty?.hasSuffix(".") == true)
        #expect(!empty.isEnded)
        try await sandbox.faults("")
        wallet.networkCameBack()
        try await screen.shown("the card")
        await screen.leave()
    }

    @Test func theCardIsThereInTheFirstFrame() async throws {
        let (_, first) = try await phone.member(sandbox)
        await first.shutDown()
        await sandbox.goesAway()
        let wallet = phone.wallet()
        _ = try await phone.opened(wallet)
        let screen = Screen(wallet)
        // The screen's task begins, and gets as far as its first waiting.
        await Task.yield()
        let state = screen.model.state
        #expect(state.card?.member == memberName)
        #expect(state.card?.balance?.plain == "100 points")
        #expect(state.message == nil)
        await screen.leave()
    }

    @Test func whatATillGivesArrivesWhileTheCardIsShown() async throws {
        let (wallet, _) = try await phone.member(sandbox)
        let screen = Screen(wallet)
        let card = try #require(try await screen.shown("the card").view.card)
        #expect(card.arrived == nil)
        // Once the core holds its request open there is nothing to be seen of it; a till that is quicker is heard of as well.
        try await sandbox.accrue(card.number.replacingOccurrences(of: " ", with: ""), minor: 3500)
        let after = try await screen.shown("what arrived") { $0.view.card?.arrived != nil }.view.card
        #expect(after?.arrived?.plain == "+35 points")
        #expect(after?.balance?.plain == "135 points")
        await screen.leave()
    }

    @Test func aClaimMadeOfflineWaitsAndGoesOnceThereIsANetwork() async throws {
        let (model, wallet) = try await phone.member(sandbox)
        let screen = Screen(model)
        try await screen.shown("the card")
        phone.network.online = false
        await sandbox.goesAway()
        let claimed = try await wallet.claim(coffee)
        let waiting = try await screen.shown("what waits") { !$0.pending.isEmpty && $0.view.card?.pending != nil }
        #expect(waiting.pending.map(\.key) == [claimed.key])
        #expect(waiting.pending.first?.canDiscard == true)
        #expect(waiting.view.card?.balance?.plain == "100 points")
        try await sandbox.comesBack()
        phone.network.online = true
        model.networkCameBack()
        let done = try await screen.shown("nothing waiting") {
            $0.pending.isEmpty && $0.view.card?.balance?.plain == "50 points"
        }
        #expect(done.view.card?.pending == nil)
        await screen.leave()
    }

    @Test func whatWasNotSentIsTakenBackAndWhatWasRefusedIsDismissed() async throws {
        let (model, wallet) = try await phone.member(sandbox)
        phone.network.online = false
        let first = try await wallet.claim(coffee)
        let screen = Screen(model)
        try await screen.shown("what waits") { $0.pending.first?.canDiscard == true }
        await screen.model.takeBackTapped(first.key)
        let back = try await screen.shown("nothing waiting") { $0.pending.isEmpty && $0.view.card?.pending == nil }
        #expect(back.view.card?.balance?.plain == "100 points")

        _ = try await wallet.claim(coffee)
        try await sandbox.withdraw(coffee)
        phone.network.online = true
        model.networkCameBack()
        let refused = try await screen.shown("what was refused") { $0.pending.first?.canDismiss == true }
        let action = try #require(refused.pending.first)
        #expect(!action.canDiscard)
        #expect(action.text.hasSuffix("."))
        await screen.model.dismissTapped(action.key)
        try await screen.shown("nothing waiting") { $0.pending.isEmpty }
        #expect(screen.model.state.message == nil)
        // The same tap once more finds nothing, and says so.
        await screen.model.dismissTapped(action.key)
        #expect(screen.model.state.message?.text.hasSuffix(".") == true)
        await screen.leave()
    }

    @Test func aServerThatIsAwayLeavesTheCardAndAMessage() async throws {
        let (wallet, _) = try await phone.member(sandbox)
        let screen = Screen(wallet)
        try await screen.shown("the card")
        await sandbox.goesAway()
        let model = screen.model
        await model.refreshAsked()
        let message = try #require(model.state.message)
        #expect(message.text.hasSuffix("."))
        #expect(model.state.card?.member == memberName)
        #expect(!model.state.isBusy)
        // The same once more is said once more.
        await model.refreshAsked()
        let second = try #require(model.state.message)
        #expect(second.text == message.text)
        #expect(second.id != message.id)
        model.messageShown(message.id)
        #expect(model.state.message == second)
        model.messageShown(second.id)
        #expect(model.state.message == nil)
        try await sandbox.comesBack()
        await model.refreshAsked()
        #expect(model.state.message == nil)
        await screen.leave()
    }

    @Test func aTapWhileAnotherIsUnderWayIsNone() async throws {
        let silent = try SilentServer()
        let far = Phone(folder.url.appendingPathComponent("far"), server: silent.url)
        let screen = Screen(far.wallet())
        let model = screen.model
        try await screen.until("the form") { $0.content == .signIn(.init(step: .address)) }
        let first = Task { await model.sendCodeTapped(far.email) }
        let connection = try await silent.accept()
        #expect(model.state.isBusy)
        // It would be refused with a sentence.
        await model.codeEntered("12")
        #expect(try screen.signIn() == .init(step: .address))
        first.cancel()
        await first.value
        // Who has given up waiting is told nothing, and may tap again.
        #expect(!model.state.isBusy)
        #expect(try screen.signIn() == .init(step: .address))
        await screen.leave()
        withExtendedLifetime(connection) {}
    }

    @Test func anOldCardSaysHowOldItIs() async throws {
        let (home, vault) = try anEarlierRelease()
        let wallet = WalletModel {
            let config = WalletConfig(home: home.path, server: nil, language: "en")
            return try await MemberWallet.open(config: config, secrets: FileSecrets(folder: vault), connectivity: Offline())
        }
        let screen = Screen(wallet)
        let shown = try await screen.shown("the card")
        #expect(shown.view.status.stale)
        #expect(shown.view.status.age.contains("day"))
        await screen.leave()
    }

    @Test func aSessionThatTheServerEndedLeavesTheCardAndAWayBackIn() async throws {
        let (wallet, _) = try await phone.member(sandbox)
        let screen = Screen(wallet)
        let model = screen.model
        try await screen.shown("a session") { $0.view.card != nil && $0.view.status.notice == nil }
        try await sandbox.revoke(phone.email)
        await model.refreshAsked()
        let ended = try await screen.shown("the end of the session") { $0.isEnded && $0.view.status.notice != nil }
        #expect(ended.view.card?.member == memberName)
        model.signInTapped()
        #expect(try screen.signIn() == .init(step: .address, canGoBack: true))
        model.backTapped()
        #expect(model.state.card?.member == memberName)
        model.signInTapped()
        await model.sendCodeTapped(phone.email)
        #expect(try screen.signIn() == .init(step: .code, canGoBack: true))
        await model.codeEntered(try await sandbox.code(phone.email))
        let again = try await screen.shown("a session") { !$0.isEnded && $0.view.status.notice == nil }
        #expect(again.view.card?.member == memberName)
        await screen.leave()
    }

    @Test func aWalletThatAnotherHasOpenIsTriedAgain() async throws {
        let (_, other) = try await phone.member(sandbox)
        let screen = Screen(phone.wallet())
        try await screen.ends()
        let model = screen.model
        guard case .failed(let text) = model.state.content else { throw Fault("not refused: \(model.state)") }
        #expect(text.hasSuffix("."))
        await other.shutDown()
        #expect(model.attempt == 0)
        model.tryAgainTapped()
        #expect(model.attempt == 1)
        // What a screen does when the count has changed.
        let again = Screen(model)
        try await again.shown("the card")
        await again.leave()
    }

    @Test func aLostKeyIsSaidAtTheSignIn() async throws {
        let (_, first) = try await phone.member(sandbox)
        await first.shutDown()
        try FileManager.default.removeItem(at: phone.vault)
        let screen = Screen(phone.wallet())
        let state = try await screen.until("the loss") {
            $0.message != nil && $0.content == .signIn(.init(step: .address))
        }
        #expect(state.message?.text.contains("lost the key") == true)
        await screen.leave()
    }

    @Test func aScreenEndsWithItsWallet() async throws {
        let (model, wallet) = try await phone.member(sandbox)
        let screen = Screen(model)
        try await screen.shown("the card")
        await wallet.shutDown()
        try await screen.ends()
        // What was shown stays readable, and a tap is answered in words.
        #expect(screen.model.state.card?.member == memberName)
        #expect(screen.model.state.message == nil)
        // Also where it is left and comes again.
        let again = Screen(screen.model)
        try await again.ends()
        #expect(screen.model.state.card?.member == memberName)
        #expect(screen.model.state.message == nil)
        await screen.model.refreshAsked()
        #expect(screen.model.state.message?.text.hasSuffix(".") == true)
        // A screen that had nothing to show says why.
        let other = Screen(model)
        try await other.ends()
        guard case .failed(let text) = other.model.state.content else { throw Fault("\(other.model.state)") }
        #expect(text.hasSuffix("."))
    }

    @Test func aScreenThatIsLeftLeavesNothingBehind() async throws {
        let (wallet, _) = try await phone.member(sandbox)
        for _ in 0..<50 {
            weak var model: CardScreenModel?
            do {
                let screen = Screen(wallet)
                model = screen.model
                try await screen.shown("the card")
                await screen.leave()
            }
            #expect(model == nil, "something of a screen goes on without it")
        }
    }

    @Test func aScreenThatIsLeftBeforeTheWalletIsOpenShowsNothing() async throws {
        let (_, first) = try await phone.member(sandbox)
        await first.shutDown()
        let wallet = phone.wallet()
        let screen = Screen(wallet)
        await screen.leave()
        #expect(screen.model.state.card == nil)
        // It was opened all the same, and the next screen finds it.
        let next = Screen(wallet)
        try await next.shown("the card")
        await next.leave()
    }

    @Test func everySentenceIsInTheLanguageOfTheWallet() async throws {
        let (_, first) = try await phone.member(sandbox)
        await first.shutDown()
        await sandbox.goesAway()
        var sentences: Set<String> = []
        for (language, balance) in [("en", "100 points"), ("pl", "100 punktów")] {
            let model = phone.wallet(language: language)
            let screen = Screen(model)
            #expect(try await screen.shown("the card").view.card?.balance?.plain == balance)
            await screen.model.refreshAsked()
            sentences.insert(try #require(screen.model.state.message?.text))
            await screen.leave()
            await (try await phone.opened(model)).shutDown()
        }
        #expect(sentences.count == 2)
    }

    /// A home on which nothing happened since an early release of the app, and its vault: the core's frozen one.
    private func anEarlierRelease() throws -> (home: URL, vault: URL) {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let frozen = root.appendingPathComponent("core/tests/fixtures/schema-001")
        let files = FileManager.default
        let (home, vault) = (folder.url.appendingPathComponent("old"), folder.url.appendingPathComponent("old-vault"))
        try files.copyItem(at: frozen, to: home)
        let key = home.appendingPathComponent("vault-key")
        let database = try #require(try files.contentsOfDirectory(atPath: home.path).first { $0.hasSuffix(".db") })
        try FileSecrets(folder: vault).write(name: String(database.dropLast(3)), secret: try Data(contentsOf: key))
        try files.removeItem(at: key)
        return (home, vault)
    }

    private struct Offline: Connectivity {
        func isOnline() -> Bool { false }
    }
}
