// The wallet as Kotlin knows objects: flows of what is observed, suspending calls, and closing. Must not know what a view holds.

package dev.membercore

import dev.membercore.ffi.Subscription
import dev.membercore.ffi.Topic
import dev.membercore.ffi.Wallet
import dev.membercore.ffi.WalletObserver
import dev.membercore.ffi.forgetWallet
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.firstOrNull
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext

/**
 * The member's wallet.
 *
 * Calls and flows may be used from any thread, also the main one: the disk and the network are touched on the core's own threads.
 * Cancelling a call gives up waiting for it; what it has begun, such as a claim or a sign-in, comes to its end all the same.
 *
 * Each call throws [MemberException], split by what a caller can do about it.
 *
 * A flow begins with what is on the disk, goes on with each change, and skips what the collector was too slow for. While nobody
 * is signed in it waits; it completes when the wallet is closed. Each collector hears for itself.
 */
public class MemberWallet private constructor(private val wallet: Wallet) : AutoCloseable {
    private val collectors = Collectors()

    /** The card. While it is on screen, [cardOnScreen] is the one to collect. */
    public val card: Flow<CardView> = view(Topic.CARD) { wallet.card() }

    /** The balances. */
    public val balance: Flow<BalanceView> = view(Topic.BALANCE) { wallet.balance() }

    /** The tiers. */
    public val tiers: Flow<TiersView> = view(Topic.TIERS) { wallet.tiers() }

    /** The catalogue. */
    public val rewards: Flow<RewardsView> = view(Topic.REWARDS) { wallet.rewards() }

    /** The voucher wallet. */
    public val vouchers: Flow<VouchersView> = view(Topic.VOUCHERS) { wallet.vouchers() }

    /** What waits, and what stopped. */
    public val pending: Flow<PendingView> = view(Topic.PENDING) { wallet.pending() }

    /** The spend lock. */
    public val spending: Flow<SpendingView> = view(Topic.SPENDING) { wallet.spending() }

    /** Whether somebody is signed in. */
    public val signInState: Flow<SignInState> = view(Topic.SESSION) { wallet.signInState() }

    /**
     * The card while it is on screen: what a till does arrives a moment later, with [Card.arrived]. The core holds a request open
     * at the server as long as this is collected, so collect it only while the card is really shown.
     */
    public val cardOnScreen: Flow<CardView> =
        flow {
            signInState.firstOrNull { it == SignInState.SIGNED_IN || it == SignInState.ENDED } ?: return@flow
            val session = unlessClosed { wallet.showCard() } ?: return@flow
            try {
                view(Topic.CARD, begun = true) { session.view() }.collect { emit(it) }
            } finally {
                session.end()
                session.destroy()
            }
        }

    /** The newest [limit] lines of the ledger (1 to 500), pending ones on top. Older ones are read by [activityBefore]. */
    public fun activity(limit: Int = 50): Flow<ActivityView> = view(Topic.ACTIVITY) { wallet.activity(null, limit.toUInt()) }

    /** A page of the ledger: at most [limit] lines (1 to 500) before [number], which is `next` of the page above it. */
    public suspend fun activityBefore(number: Long, limit: Int = 50): ActivityView =
        typed { wallet.activity(number, limit.toUInt()) }

    /** The card, read on this very thread: for the first frame of a screen. Takes about as long as reading a small file. */
    public fun cardNow(): CardView = typed { wallet.cardNow() }

    /** A sentence about something that happened when the wallet was opened or somebody signed in, once. */
    public fun takeNotice(): String? = typed { wallet.takeNotice() }

    /**
     * Asks for a one-time code. With [join], an address that the programme does not know becomes a member when the code is
     * entered. The answer is the same whether or not the address is known.
     */
    public suspend fun requestCode(address: Address, join: JoinDetails? = null): CodeSent = typed { wallet.requestCode(address.toFfi(), join) }

    /** Enters the code that the member received. From then on this device is signed in. */
    public suspend fun signIn(code: String): Unit = typed { wallet.signIn(code) }

    /**
     * Sends what waits, for as long as a member waits (20 seconds at most), and answers what signing out would cost then. Where
     * nothing waits it answers at once.
     */
    public suspend fun prepareSignOut(): SignOutView = typed { wallet.prepareSignOut() }

    /**
     * Signs out, and deletes what this device keeps of the member. [shown] is [SignOutView.shown] of the view which she agreed to:
     * where something else waits by now, nothing is deleted, and this throws [MemberException.Refused] with the code
     * `not-shown`. Works offline too: then the server is told later. Comes to its end even where the caller is cancelled.
     */
    public suspend fun signOut(shown: List<String>): SignOutDone = typed { wallet.signOut(shown) }

    /**
     * Forgets everything on this device without asking anybody: every member, what waits, keys, tokens, and files that were set
     * aside. No server is told.
     */
    public suspend fun wipe(): SignOutDone = typed { wallet.wipe() }

    /** Sends what waits, and pulls until nothing is new. */
    public suspend fun refresh(): Unit = typed { wallet.refresh() }

    /**
     * The member's pass for another wallet on her phone, from the programme: it is a network call, and nothing of it is kept. She has
     * one for each wallet, and is given the same one each time. Throws [MemberException.Refused] with the code `card-revoked` where
     * the card is blocked, and with `no-pass` where the programme makes none.
     */
    public suspend fun walletPass(kind: WalletKind): WalletPass = typed { wallet.walletPass(kind).fromFfi() }

    /** Claims a reward: durable when this returns, sent when there is a connection, effective exactly once. */
    public suspend fun claim(reward: String): Claimed = typed { wallet.claim(reward) }

    /** Takes back the claim [key]: at once where it was never sent, else by an action that is durable when this returns. */
    public suspend fun cancel(key: String): Cancelled = typed { wallet.cancel(key) }

    /**
     * Locks spending, or unlocks it: durable when this returns, in force at the tills once the programme has confirmed it. The card
     * goes on earning. What is claimed after an unlocking waits for that.
     */
    public suspend fun setSpendLock(locked: Boolean): SpendLockSet = typed { wallet.setSpendLock(locked) }

    /**
     * Tries an action again. One that waits is sent now, though not before the server's own `Retry-After`; one that stopped without
     * effect is made anew, under a new key and at the price that is shown now; one that the server could not read is sent again as
     * it is, for after an update.
     */
    public suspend fun retry(key: String): Retried = typed { wallet.retry(key) }

    /** What became of an action. */
    public suspend fun fate(key: String): ActionFate = typed { wallet.fate(key).fromFfi() }

    /** Takes back an action that was never sent, or dismisses one that has stopped, or a notice. */
    public suspend fun discard(key: String): Unit = typed { wallet.discard(key) }

    /** Tells the wallet what happens to the device. Does nothing once it is closed. */
    public fun hostEvent(event: HostEvent): Unit = typed { wallet.hostEvent(event) }

    /**
     * Leaves off: what is under way is given up safely, and the next start goes on with it. Calls that run meanwhile and all later
     * ones throw [MemberException.Closed]; flows complete. When this returns the home is free. A second time does nothing.
     *
     * Closing comes to its end even where the caller is cancelled.
     */
    public suspend fun shutDown() {
        withContext(NonCancellable) { typed { wallet.shutDown() } }
        collectors.end()
    }

    /** As [shutDown], blocking this thread for as long as that takes: milliseconds, at most 5 seconds. */
    override fun close() {
        runBlocking { shutDown() }
    }

    /**
     * What [read] reads, now and whenever [topic] may have changed. A wallet that was closed before is an error; one that is being
     * closed, or was closed since the flow has [begun], has no more to show.
     */
    private fun <T> view(topic: Topic, begun: Boolean = false, read: suspend () -> T): Flow<T> =
        flow {
            // One change that nobody has read yet is as good as many.
            val changes = Channel<Unit>(Channel.CONFLATED)
            val subscription =
                try {
                    typed { wallet.observe(Changes(topic, changes)) }
                } catch (closed: MemberException.Closed) {
                    // Who has given up collecting did nothing wrong.
                    currentCoroutineContext().ensureActive()
                    if (begun || !collectors.ended) return@flow else throw closed
                }
            collectors.add(changes)
            try {
                changes.trySend(Unit)
                for (change in changes) {
                    val view = unlessSignedOut { unlessClosed { Read(read()) } } ?: continue
                    emit(view.value)
                }
            } finally {
                collectors.remove(changes)
                subscription.cancelAndFree()
            }
        }.distinctUntilChanged()

    private class Read<T>(val value: T)

    /** Null where the wallet was closed meanwhile. */
    private suspend fun <T : Any> unlessClosed(call: suspend () -> T): T? =
        try {
            typed { call() }
        } catch (_: MemberException.Closed) {
            null
        }

    /** Null where there is nothing to show yet, because nobody is signed in. */
    private suspend fun <T : Any> unlessSignedOut(call: suspend () -> T?): T? =
        try {
            call()
        } catch (_: MemberException.SignedOut) {
            null
        }

    public companion object {
        /**
         * Opens the wallet of `config.home` without any network: what was kept can be shown at once.
         *
         * @throws LibraryException if the native library is not there or of another version.
         */
        public suspend fun open(config: WalletConfig, secrets: Secrets, connectivity: Connectivity): MemberWallet {
            var opened: MemberWallet? = null
            try {
                return withContext(Dispatchers.IO) { openNow(config, secrets, connectivity).also { opened = it } }
            } catch (cancelled: CancellationException) {
                // Nobody has it, and its home would stay taken.
                opened?.shutDown()
                throw cancelled
            }
        }

        /**
         * Forgets everything in `config.home`, as [wipe] does, where no wallet can be opened: the vault holds another key, or a
         * newer version wrote it.
         */
        public suspend fun forget(config: WalletConfig, secrets: Secrets) {
            withContext(Dispatchers.IO) {
                MemberCore.ensureLoaded()
                typed { forgetWallet(config, secrets.toHost()) }
            }
        }

        /** As [open], on this very thread. */
        public fun openNow(config: WalletConfig, secrets: Secrets, connectivity: Connectivity): MemberWallet {
            MemberCore.ensureLoaded()
            return MemberWallet(typed { Wallet.open(config, secrets.toHost(), GuardedConnectivity(connectivity)) })
        }
    }
}

/** Passes on that a view may have changed, to whoever reads it then. */
private class Changes(private val topic: Topic, private val changes: Channel<Unit>) : WalletObserver {
    override fun changed(topics: List<Topic>) {
        if (topic in topics || Topic.STATUS in topics || Topic.SESSION in topics) changes.trySend(Unit)
    }
}

private fun Subscription.cancelAndFree() {
    cancel()
    destroy()
}

/** Whoever collects a flow of a wallet, so that closing completes it. */
private class Collectors {
    private val open = mutableSetOf<Channel<Unit>>()

    @Volatile
    var ended = false
        private set

    fun add(changes: Channel<Unit>) {
        synchronized(this) { if (ended) changes.close() else open += changes }
    }

    fun remove(changes: Channel<Unit>) {
        synchronized(this) { open -= changes }
    }

    fun end() {
        val ending = synchronized(this) { ended = true; open.toList() }
        ending.forEach { it.close() }
    }
}
