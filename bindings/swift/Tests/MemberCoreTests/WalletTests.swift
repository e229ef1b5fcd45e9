// The wallet on a good day and offline, against a real backend.

import Foundation
import MemberCore
import MemberCoreTesting
import XCTest

final class WalletTests: WithSandbox {
    func testAMemberJoinsAndAScannerReadsTheCard() async throws {
        let folder = folder!
        try await test { phone, sandbox in
            try await using(phone.open()) { wallet in
                let before = try await wallet.signInState.first()
                XCTAssertEqual(before, .signedOut)
                try await phone.join(wallet, sandbox)
                let after = try await wallet.signInState.first()
                XCTAssertEqual(after, .signedIn)
                let card = try XCTUnwrap(wallet.cardNow().card)
                XCTAssertEqual(card.member, memberName)
                let points = try await wallet.points()
                XCTAssertEqual(points, Points(100, 0, 100))

                let picture = folder.appendingPathComponent("card.png")
                try png(card.symbol).write(to: picture)
                try sandbox.accrue(picture: picture, amount: "35.00")
                try await wallet.refresh()
                let scanned = try await wallet.points()
                XCTAssertEqual(scanned, Points(135, 0, 135))

                let rewards = try await wallet.rewards.first().rewards
                XCTAssert(try XCTUnwrap(rewards.first { $0.id == coffee }).canClaim)
                XCTAssert(rewards.filter { !$0.canClaim }.allSatisfy { $0.whyNot != nil })
                let tiers = try await wallet.tiers.first().tiers
                XCTAssertEqual(tiers.filter { $0.place == .current }.count, 1)
                let activity = try await wallet.activity().first()
                XCTAssertEqual(activity.lines.map(\.amount), [35, 100])
                let older = try await wallet.activityBefore(1)
                XCTAssert(older.lines.isEmpty)
                XCTAssertNil(try wallet.takeNotice())
            }
        }
    }

    func testPassesForOtherWalletsComeFromTheProgrammeAndAreNotPrinted() async throws {
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                let (apple, google) = (try await wallet.walletPass(.apple), try await wallet.walletPass(.google))
                guard case .apple(let file) = apple, case .google(let saveUrl) = google else {
                    return XCTFail("passes of other wallets")
                }
                XCTAssertEqual(file.prefix(2), Data("PK".utf8))
                XCTAssert(saveUrl.hasPrefix("https://pay.google.com/gp/v/save/"))
                XCTAssertEqual(["\(apple)", "\(google)"], ["Apple(…)", "Google(…)"])
            }
        }
    }

    func testPointsArriveOnTheCardWhileItIsShown() async throws {
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                let shown = Mailbox<CardView>()
                let screen = Task { for try await view in wallet.cardOnScreen { shown.send(view) } }
                let first = try await shown.receive()
                XCTAssertNotNil(first.card)
                XCTAssertNil(first.card?.arrived)
                try await sandbox.accrue(wallet.cardNumber(), minor: 3500)
                var arrived: String?
                while arrived == nil { arrived = try await shown.receive().card?.arrived }
                XCTAssert(arrived!.contains("35"), arrived!)
                screen.cancel()
                try await screen.value
                // Off the screen nobody waits at the server any more: there is nothing to be awaited, only time in which nothing comes.
                let before = try await wallet.points()
                try await sandbox.accrue(wallet.cardNumber(), minor: 3500)
                try await Task.sleep(nanoseconds: 1_500_000_000)
                let after = try await wallet.points()
                XCTAssertEqual(before, after)
                try await wallet.refresh()
                let refreshed = try await wallet.points()
                XCTAssertGreaterThan(refreshed.confirmed, before.confirmed)
            }
        }
    }

    func testEverySequenceGoesOnWithWhatChanged() async throws {
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                phone.network.online = false
                let (balances, pending) = (Mailbox<BalanceView>(), Mailbox<PendingView>())
                let screens = [
                    Task { for try await view in wallet.balance { balances.send(view) } },
                    Task { for try await view in wallet.pending { pending.send(view) } },
                ]
                var (balance, waits) = (try await balances.receive(), try await pending.receive())
                XCTAssertEqual(balance.units[0].pending, 0)
                XCTAssertEqual(waits.waiting, 0)
                let claimed = try await wallet.claim(coffee)
                (balance, waits) = (try await balances.receive(), try await pending.receive())
                XCTAssertEqual(balance.units[0].pending, -50)
                XCTAssertEqual(waits.actions.map(\.key), [claimed.key])
                try await wallet.discard(claimed.key)
                (balance, waits) = (try await balances.receive(), try await pending.receive())
                XCTAssertEqual(balance.units[0].pending, 0)
                XCTAssertEqual(waits.waiting, 0)
                for screen in screens { screen.cancel() }
            }
        }
    }

    func testASlowReaderSkipsWhatItWasTooSlowFor() async throws {
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                phone.network.online = false
                var views = wallet.pending.makeAsyncIterator()
                let first = try await views.next()
                XCTAssertEqual(first?.waiting, 0)
                for _ in 1...20 {
                    let claimed = try await wallet.claim(coffee)
                    try await wallet.discard(claimed.key)
                }
                let last = try await wallet.claim(coffee)
                let next = try await views.next()
                XCTAssertEqual(next?.actions.map(\.key), [last.key])
            }
        }
    }

    func testASequenceWaitsForWhoeverSignsIn() async throws {
        try await test { phone, sandbox in
            try await using(phone.open()) { wallet in
                async let balance = wallet.balance.first { !$0.units.isEmpty }
                async let onScreen = wallet.cardOnScreen.first { $0.card != nil }
                try await phone.join(wallet, sandbox)
                let (shown, card) = try await (balance, onScreen)
                XCTAssertEqual(shown.units.map(\.unit), ["points"])
                XCTAssertEqual(card.card?.member, memberName)
            }
        }
    }

    func testAClaimMadeOfflineSurvivesARestartAndBringsOneVoucher() async throws {
        try await test { phone, sandbox in
            var key = ""
            try await using(phone.joined(sandbox)) { wallet in
                phone.network.online = false
                sandbox.down()
                key = try await wallet.claim(coffee).key
                let points = try await wallet.points()
                XCTAssertEqual(points, Points(100, -50, 50))
                let vouchers = try await wallet.vouchers.first().vouchers
                XCTAssertEqual(vouchers.map(\.place), [.pending])
                try await fails("no-connection") { try await wallet.refresh() }
            }
            try sandbox.up()
            try await using(phone.open()) { wallet in
                guard case .waiting = try await wallet.fate(key) else { return XCTFail("it waits") }
                phone.network.online = true
                wallet.hostEvent(.networkAvailable)
                let vouchers = try await wallet.vouchers.first { $0.vouchers.contains { $0.place == .ready } }.vouchers
                XCTAssertEqual(vouchers.count, 1)
                XCTAssertNotNil(vouchers[0].symbol)
                let (fate, points) = (try await wallet.fate(key), try await wallet.points())
                XCTAssertEqual(fate, .confirmed)
                XCTAssertEqual(points, Points(50, 0, 50))
                let pending = try await wallet.pending.first { $0.actions.isEmpty }
                XCTAssertEqual(pending.waiting, 0)
            }
            let audit = try await sandbox.audit()
            XCTAssertNotNil(audit.range(of: #""confirmed"\s*:\s*1\b"#, options: .regularExpression), audit)
        }
    }

    func testManyTasksMayCallAtOnce() async throws {
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for number in 0..<16 {
                        tasks.addTask {
                            for round in 0..<20 {
                                switch (number + round) % 6 {
                                case 0: _ = try await wallet.card.first()
                                case 1: _ = try wallet.cardNow()
                                case 2: try await wallet.refresh()
                                case 3: _ = try await wallet.activity(limit: 10).first()
                                case 4: _ = try await wallet.vouchers.first()
                                default: wallet.hostEvent(.foreground)
                                }
                            }
                        }
                    }
                    try await tasks.waitForAll()
                }
                let points = try await wallet.points()
                XCTAssertEqual(points, Points(100, 0, 100))
            }
        }
    }

    func testTheMainActorMayReadAndCall() async throws {
        try await test { phone, sandbox in
            let wallet = try await phone.joined(sandbox)
            try await Task { @MainActor in
                for try await view in wallet.card {
                    MainActor.assertIsolated()
                    XCTAssertEqual(view.card?.member, memberName)
                    break
                }
                let claimed = try await wallet.claim(coffee)
                XCTAssertFalse(claimed.text.isEmpty)
            }.value
            await wallet.shutDown()
        }
    }

    func testNothingThatIsPrintedNamesAPersonANumberOrACode() async throws {
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                _ = try await wallet.claim(coffee)
                try await wallet.refresh()
                let view = try wallet.cardNow()
                let card = try XCTUnwrap(view.card)
                let vouchers = try await wallet.vouchers.first()
                let code = try XCTUnwrap(vouchers.vouchers.first?.code)
                let join = JoinDetails(name: memberName, language: "en", terms: "2026-01")
                let values: [Any] = [view, vouchers, join, Address.email(address: phone.email), card.symbol]
                var printed = ""
                for value in values {
                    print(value, terminator: "", to: &printed)
                    debugPrint(value, terminator: "", to: &printed)
                    dump(value, to: &printed)
                }
                let modules = card.symbol.modules.prefix(40).map(String.init).joined(separator: ", ")
                for hidden in [memberName, phone.email, card.number, code, modules] {
                    XCTAssertFalse(printed.contains(hidden), "\(hidden) in \(printed)")
                }
                // What may be seen is.
                XCTAssert(printed.contains("Card {") && printed.contains(view.status.age), printed)
            }
        }
    }

    func testWordsAddressesAndSizesComeFromTheCore() async throws {
        XCTAssertNotEqual(try MemberCore.labels(language: "pl").refresh, try MemberCore.labels(language: "en").refresh)
        XCTAssertEqual(try parseAddress(" ada@example.org "), .email(address: "ada@example.org"))
        XCTAssertEqual(try parseAddress("0048 600-700-800"), .phone(number: "+48600700800"))
        try await test { phone, sandbox in
            try await using(phone.joined(sandbox)) { wallet in
                let symbol = try XCTUnwrap(wallet.cardNow().card).symbol
                let drawing = try XCTUnwrap(symbol.drawing(pixelsPerInch: 460, availablePixels: 1000))
                XCTAssertEqual(symbol.symbology, .qr)
                XCTAssertEqual(drawing.widthPixels, (symbol.width + 8) * drawing.modulePixels)
                XCTAssertEqual(drawing.heightPixels, (symbol.height + 8) * drawing.rowPixels)
                let ean = Symbol(symbology: .ean13, width: 95, height: 1, modules: Data(count: 95))
                let bars = try XCTUnwrap(ean.drawing(pixelsPerInch: 420, availablePixels: 1080))
                XCTAssertEqual([bars.modulePixels, bars.rowPixels], [8, 552])
                XCTAssertEqual([bars.leftPixels, bars.topPixels, bars.widthPixels, bars.heightPixels], [88, 0, 904, 552])
                XCTAssert((0.396...0.99).contains(drawing.moduleMm), "\(drawing)")
                XCTAssertNil(symbol.drawing(pixelsPerInch: 460, availablePixels: -1))
            }
        }
    }
}
