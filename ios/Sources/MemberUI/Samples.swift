// The states of the card's screen with a made-up member, for previews. Must not be reachable from the app itself.

import Foundation
import MemberCore
import MemberScreens
import SwiftUI

/// One state of the card's screen.
enum Sample: CaseIterable {
    case opening, failed, address, addressRefused, code, codeRefused, empty, shown, rotating, pending, arrived, stale, ended, busy
    case message

    var state: CardScreenState {
        switch self {
        case .opening: CardScreenState(content: .opening)
        case .failed:
            CardScreenState(content: .failed("The wallet is already open in another app. Close it there first."))
        case .address: CardScreenState(content: .signIn(.init(step: .address)))
        case .addressRefused:
            CardScreenState(
                content: .signIn(
                    .init(step: .address, error: "Enter an e-mail address, or a telephone number with its country code.")))
        case .code: CardScreenState(content: .signIn(.init(step: .code)))
        case .codeRefused:
            CardScreenState(
                content: .signIn(.init(step: .code, error: "The code is wrong or has expired. Ask for a new one.")),
                isBusy: true)
        case .empty:
            CardScreenState(
                content: .shown(
                    .init(
                        view: CardView(
                            card: nil, empty: "Your card appears here after the first sync. Connect to the internet once.",
                            canRefresh: true, status: Self.status("Not synced yet", stale: true)))))
        case .shown: Self.shown()
        case .rotating: Self.shown(Self.card(live: Self.live))
        case .pending: Self.shown(Self.card(pending: "-50 points waiting"), pending: [Self.waiting, Self.stopped])
        case .arrived: Self.shown(Self.card(balance: "170 points", arrived: "+35 points"))
        case .stale: Self.shown(status: Self.status("Updated 3 days ago", stale: true))
        case .ended:
            Self.shown(
                status: Self.status(
                    "Updated 2 hours ago",
                    notice: "You were signed out. Sign in again to go on. What is waiting here is not lost."),
                isEnded: true)
        case .busy: Self.shown(isBusy: true)
        case .message:
            Self.shown(
                message: Message(
                    id: 1, text: "No connection to the programme. What you did is safe and will be sent later."))
        }
    }

    private static func shown(
        _ card: Card = card(), status: Status = status("Up to date"), pending: [PendingAction] = [], isEnded: Bool = false,
        isBusy: Bool = false, message: Message? = nil
    ) -> CardScreenState {
        let view = CardView(card: card, empty: nil, canRefresh: false, status: status)
        let life = card.code.map { Date()...Date(timeIntervalSinceNow: Double($0.changesInMs) / 1000) }
        let shown = CardContent.Shown(view: view, pending: pending, codeLife: life, isEnded: isEnded)
        return CardScreenState(content: .shown(shown), isBusy: isBusy, message: message)
    }

    private static let live = LiveCode(
        changesInMs: 42_000, periodMs: 60_000, text: "New code every minute", countdown: "New code in 42 s",
        notice: "This device's clock shows 13:15, but it is 10:15. The code is right all the same.")

    private static func card(
        balance: String = "135 points", live: LiveCode? = nil, pending: String? = nil, arrived: String? = nil
    ) -> Card {
        Card(
            programme: "Market", member: "Ada Lovelace", number: "9820 8940 2031 1473", symbol: symbol, code: live, tier: "Bronze",
            balance: balance, pending: pending, locked: nil, arrived: arrived,
            description: "Membership card of Market, number 9820 8940 2031 1473. Show it at the till.")
    }

    private static func status(_ age: String, stale: Bool = false, notice: String? = nil) -> Status {
        Status(lastContact: nil, age: age, stale: stale, notice: notice)
    }

    private static let waiting = PendingAction(
        key: "018f0000-0000-7000-8000-000000000001", title: "Claim: Coffee", state: "queued",
        text: "Will be sent when there is a connection", whenText: "22 November 2026, 11:20", canDiscard: true,
        canDismiss: false, canRetry: true, canCancel: false)

    private static let stopped = PendingAction(
        key: "018f0000-0000-7000-8000-000000000002", title: "Claim: Cake", state: "rejected",
        text: "It was sold out. Nothing was taken.", whenText: "22 November 2026, 11:05", canDiscard: false,
        canDismiss: true, canRetry: true, canCancel: false)

    /// The QR symbol of that number.
    static let symbol: Symbol = {
        let rows = drawn.split(separator: "\n")
        let modules = rows.joined().map { $0 == "#" ? UInt8(1) : 0 }
        return Symbol(
            symbology: .qr, width: UInt32(rows.count), height: UInt32(rows.count), modules: Data(modules))
    }()

    private static let drawn = """
        #######.#..##.#######
        #.....#...###.#.....#
        #.###.#.#...#.#.###.#
        #.###.#.....#.#.###.#
        #.###.#.#.##..#.###.#
        #.....#...#...#.....#
        #######.#.#.#.#######
        ........##..#........
        .....##..#.#..#.#.#.#
        ##.##..##..#.##.#.#..
        ..##..##.###..##.###.
        .#...#.#....#..#####.
        #.#..##.##..#.####...
        ........##.....######
        #######.....####.##..
        #.....#.#.##...##...#
        #.###.#..###.#.#####.
        #.###.#...##.##...#..
        #.###.#..#.###...#.##
        #.....#..##..#.##.##.
        #######....#..#...#..
        """
}

@MainActor private func preview(_ sample: Sample) -> some View {
    NavigationStack {
        if let labels = try? MemberCore.labels(language: "en") {
            CardScreen(
                state: sample.state, labels: labels,
                density: ScreenDensity(scale: 3, nativeScale: 3, isTablet: false), actions: NoActions())
        }
    }
}

/// Taps in a preview come to nothing.
private final class NoActions: CardScreenActions {
    func refreshAsked() async {}
    func takeBackTapped(_ key: String) async {}
    func dismissTapped(_ key: String) async {}
    func tryAgainTapped() {}
    func signInTapped() {}
    func sendCodeTapped(_ address: String) async {}
    func codeEntered(_ code: String) async {}
    func otherAddressTapped() {}
    func backTapped() {}
    func messageShown(_ id: Int) {}
}

#if os(iOS)
    #Preview("Opening") { preview(.opening) }
    #Preview("Failed") { preview(.failed) }
    #Preview("Address") { preview(.address) }
    #Preview("Address refused") { preview(.addressRefused) }
    #Preview("Code") { preview(.code) }
    #Preview("Code refused") { preview(.codeRefused) }
    #Preview("Empty") { preview(.empty) }
    #Preview("Shown") { preview(.shown) }
    #Preview("Rotating") { preview(.rotating) }
    #Preview("Pending") { preview(.pending) }
    #Preview("Arrived") { preview(.arrived) }
    #Preview("Stale") { preview(.stale) }
    #Preview("Ended") { preview(.ended) }
    #Preview("Busy") { preview(.busy) }
    #Preview("Message") { preview(.message) }
    #Preview("Dark") { preview(.pending).preferredColorScheme(.dark) }
    #Preview("Large text") { preview(.pending).dynamicTypeSize(.accessibility3) }
    #Preview("Right to left") { preview(.pending).environment(\.layoutDirection, .rightToLeft) }
    #Preview("Landscape", traits: .landscapeLeft) { preview(.pending) }
#endif
