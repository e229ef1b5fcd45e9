// The wallet as Swift knows objects: sequences of what is observed, calls that are awaited, and closing. Must not know what a view
// holds.

import Dispatch
import MemberCoreBridge

/// The member's wallet.
///
/// Calls and sequences may be used from any task and actor, also the main one: the disk and the network are touched on the core's own
/// threads. Cancelling the task of a call gives up waiting for it with `CancellationError`; what it has begun, such as a claim or a
/// sign-in, comes to its end all the same.
///
/// Each call throws ``MemberError``, split by what a caller can do about it.
///
/// A sequence begins with what is on the disk, goes on with each change, and skips what the reader was too slow for. While nobody is
/// signed in it waits; it ends when the wallet is closed. Each iteration hears for itself.
///
/// Close it with ``shutDown()``. A wallet that is let go of without it is closed too, at some time after.
public final class MemberWallet: Sendable {
    private let wallet: Wallet
    private let readers = Readers()

    private init(_ wallet: Wallet) {
        self.wallet = wallet
    }

    /// Opens the wallet of `config.home` without any network: what was kept can be shown at once.
    ///
    /// - Throws: ``LibraryError`` if the native library is of another version, else ``MemberError``.
    public static func open(
        config: WalletConfig, secrets: any Secrets, connectivity: any Connectivity
    ) async throws -> MemberWallet {
        // The disk is read on the thread of the call, and Swift's own threads are not for that. Not given up when the task is
        // cancelled: the home would be taken by a wallet that nobody has.
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global(qos: .userInitiated).async {
                continuation.resume(
                    with: Result { try openNow(config: config, secrets: secrets, connectivity: connectivity) })
            }
        }
    }

    /// As ``open(config:secrets:connectivity:)``, on this very thread.
    public static func openNow(
        config: WalletConfig, secrets: any Secrets, connectivity: any Connectivity
    ) throws -> MemberWallet {
        try MemberCore.ensureLoaded()
        return try typed {
            MemberWallet(
                try Wallet.open(
                    config: config, secrets: hostSecrets(secrets), connectivity: GuardedConnectivity(connectivity)))
        }
    }

    /// Forgets everything in `config.home`, as ``wipe()`` does, where no wallet can be opened: the vault holds another key, or a
    /// newer version wrote it.
    public static func forget(config: WalletConfig, secrets: any Secrets) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global(qos: .userInitiated).async {
                continuation.resume(
                    with: Result {
                        try MemberCore.ensureLoaded()
                        try typed { try forgetWallet(config: config, secrets: hostSecrets(secrets)) }
                    })
            }
        }
    }

    /// The card. While it is on screen, ``cardOnScreen`` is the one to read.
    public var card: ViewSequence<CardView> { view(.card) { try await $0.card() } }

    /// The balances.
    public var balance: ViewSequence<BalanceView> { view(.balance) { try await $0.balance() } }

    /// The tiers.
    public var tiers: ViewSequence<TiersView> { view(.tiers) { try await $0.tiers() } }

    /// The catalogue.
    public var rewards: ViewSequence<RewardsView> { view(.rewards) { try await $0.rewards() } }

    /// The voucher wallet.
    public var vouchers: ViewSequence<VouchersView> { view(.vouchers) { try await $0.vouchers() } }

    /// What waits, and what stopped.
    public var pending: ViewSequence<PendingView> { view(.pending) { try await $0.pending() } }

    /// The spend lock.
    public var spending: ViewSequence<SpendingView> { view(.spending) { try await $0.spending() } }

    /// Whether somebody is signed in.
    public var signInState: ViewSequence<SignInState> { view(.session) { try await $0.signInState() } }

    /// The card while it is on screen: what a till does arrives a moment later, with ``Card/arrived``. The core holds a request open
    /// at the server as long as this is read, so read it only while the card is really shown.
    public var cardOnScreen: ViewSequence<CardView> {
        let (wallet, readers, states) = (wallet, readers, signInState)
        return ViewSequence {
            guard try await Self.whoever(in: states) else { return nil }
            do {
                let session = try await awaited { try await wallet.showCard() }
                return try Self.hear(wallet, readers, .card, begun: true, end: { session.end() }) {
                    try await session.view()
                }
            } catch let error as MemberError where error.isClosed {
                return nil
            }
        }
    }

    /// The newest `limit` lines of the ledger (1 to 500), pending ones on top. Older ones are read by
    /// ``activityBefore(_:limit:)``.
    public func activity(limit: Int = 50) -> ViewSequence<ActivityView> {
        view(.activity) { try await $0.activity(before: nil, limit: UInt32(clamping: limit)) }
    }

    /// A page of the ledger: at most `limit` lines (1 to 500) before `number`, which is `next` of the page above it.
    public func activityBefore(_ number: Int64, limit: Int = 50) async throws -> ActivityView {
        try await call { try await $0.activity(before: number, limit: UInt32(clamping: limit)) }
    }

    /// The card, read on this very thread: for the first frame of a screen. Takes about as long as reading a small file.
    public func cardNow() throws -> CardView { try typed { try wallet.cardNow() } }

    /// A sentence about something that happened when the wallet was opened or somebody signed in, once.
    public func takeNotice() throws -> String? { try typed { try wallet.takeNotice() } }

    /// Asks for a one-time code. With `join`, an address that the programme does not know becomes a member when the code is entered.
    /// The answer is the same whether or not the address is known.
    public func requestCode(_ address: Address, join: JoinDetails? = nil) async throws -> CodeSent {
        try await call { try await $0.requestCode(address: address, join: join) }
    }

    /// Enters the code that the member received. From then on this device is signed in.
    public func signIn(code: String) async throws { try await call { try await $0.signIn(code: code) } }

    /// Sends what waits, for as long as a member waits (20 seconds at most), and answers what signing out would cost then. Where
    /// nothing waits it answers at once.
    public func prepareSignOut() async throws -> SignOutView { try await call { try await $0.prepareSignOut() } }

    /// Signs out, and deletes what this device keeps of the member. `shown` is that of the view which she agreed to: where something
    /// else waits by now, nothing is deleted, and this throws ``MemberError/refused(code:text:)`` with the code `not-shown`.
    /// Works offline too: then the server is told later. Comes to its end even where the task is cancelled.
    public func signOut(shown: [String]) async throws -> SignOutDone {
        try await call { try await $0.signOut(shown: shown) }
    }

    /// Forgets everything on this device without asking anybody: every member, what waits, keys, tokens, and files that were set
    /// aside. No server is told.
    public func wipe() async throws -> SignOutDone { try await call { try await $0.wipe() } }

    /// Sends what waits, and pulls until nothing is new.
    public func refresh() async throws { try await call { try await $0.refresh() } }

    /// The member's pass for another wallet on her phone, from the programme: it is a network call, and nothing of it is kept. She has
    /// one for each wallet, and is given the same one each time. Throws ``MemberError/refused(code:text:)`` with the code
    /// `card-revoked` where the card is blocked, and with `no-pass` where the programme makes none.
    public func walletPass(_ kind: WalletKind) async throws -> WalletPass {
        try await call { try await $0.walletPass(kind: kind) }
    }

    /// Claims a reward: durable when this returns, sent when there is a connection, effective exactly once.
    public func claim(_ reward: String) async throws -> Claimed {
        try await call { try await $0.claim(reward: reward) }
    }

    /// Takes back the claim `key`: at once where it was never sent, else by an action that is durable when this returns.
    public func cancel(_ key: String) async throws -> Cancelled {
        try await call { try await $0.cancel(key: key) }
    }

    /// Locks spending, or unlocks it: durable when this returns, in force at the tills once the programme has confirmed it. The card
    /// goes on earning. What is claimed after an unlocking waits for that.
    public func setSpendLock(_ locked: Bool) async throws -> SpendLockSet {
        try await call { try await $0.setSpendLock(locked: locked) }
    }

    /// Tries an action again. One that waits is sent now, though not before the server's own `Retry-After`; one that stopped without
    /// effect is made anew, under a new key and at the price that is shown now; one that the server could not read is sent again as
    /// it is, for after an update.
    public func retry(_ key: String) async throws -> Retried { try await call { try await $0.retry(key: key) } }

    /// What became of an action.
    public func fate(_ key: String) async throws -> ActionFate { try await call { try await $0.fate(key: key) } }

    /// Takes back an action that was never sent, or dismisses one that has stopped, or a notice.
    public func discard(_ key: String) async throws { try await call { try await $0.discard(key: key) } }

    /// Tells the wallet what happens to the device. Does nothing once it is closed.
    public func hostEvent(_ event: HostEvent) { wallet.hostEvent(event: event) }

    /// Leaves off: what is under way is given up safely, and the next start goes on with it. Calls that run meanwhile and all later
    /// ones throw ``MemberError/closed(code:text:)``; sequences end. When this returns the home is free: after milliseconds, at most
    /// 5 seconds. A second time does nothing.
    ///
    /// Closing comes to its end even where the task is cancelled.
    public func shutDown() async {
        await wallet.close()
        readers.end()
    }

    private func call<T: Sendable>(_ call: @escaping @Sendable (Wallet) async throws -> T) async throws -> T {
        let wallet = wallet
        return try await awaited { try await call(wallet) }
    }

    private func view<View: Sendable & Equatable>(
        _ topic: Topic, _ read: @escaping @Sendable (Wallet) async throws -> View
    ) -> ViewSequence<View> {
        let (wallet, readers) = (wallet, readers)
        return ViewSequence { try Self.hear(wallet, readers, topic) { try await read(wallet) } }
    }

    /// What `read` reads, now and whenever `topic` may have changed. A wallet that was closed before is an error; one that is being
    /// closed, or was closed since the reading has `begun`, has no more to show.
    private static func hear<View: Sendable>(
        _ wallet: Wallet, _ readers: Readers, _ topic: Topic, begun: Bool = false,
        end: @escaping @Sendable () -> Void = {}, _ read: @escaping @Sendable () async throws -> View
    ) throws -> Reading<View>? {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let subscription: Subscription
        do {
            subscription = try typed { try wallet.observe(observer: Changes(topic, continuation)) }
        } catch let error as MemberError where error.isClosed && (begun || !readers.ended) {
            return nil
        }
        let number = readers.add(continuation)
        continuation.yield()
        return Reading(changes: changes, read: read) {
            readers.remove(number)
            subscription.cancel()
            end()
        }
    }

    /// Waits for whoever signs in; false where the wallet was closed before that.
    private static func whoever(in states: ViewSequence<SignInState>) async throws -> Bool {
        for try await state in states where state == .signedIn || state == .ended { return true }
        try Task.checkCancellation()
        return false
    }
}
