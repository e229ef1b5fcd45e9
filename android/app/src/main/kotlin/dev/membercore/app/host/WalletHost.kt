// The wallet of the process: opened off the main thread, opened again when that failed. Must not know what a wallet shows, nor
// of Android.

package dev.membercore.app.host

import dev.membercore.CardView
import dev.membercore.Labels
import dev.membercore.LibraryException
import dev.membercore.MemberCore
import dev.membercore.MemberException
import dev.membercore.MemberWallet
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock

/** How far the opening of the wallet is. */
sealed interface WalletState {
    /** The words of the screens; null as long as the native library has not been loaded. */
    val labels: Labels?

    data class Opening(override val labels: Labels?) : WalletState

    /** @property firstCard what was on the disk, read with the opening so that the first frame has it; null where nobody is signed in. */
    class Open(val wallet: MemberWallet, override val labels: Labels, val firstCard: CardView?) : WalletState

    /** @property text a sentence for the member. */
    data class Failed(val text: String, override val labels: Labels?) : WalletState
}

/**
 * @param language the language of the device now.
 * @param openWith opens the wallet in a language.
 */
class WalletHost(
    private val scope: CoroutineScope,
    private val language: () -> String,
    private val openWith: suspend (language: String) -> MemberWallet,
) {
    private val opening = Mutex()
    private val current = MutableStateFlow<WalletState>(WalletState.Opening(labels = null))

    val state: StateFlow<WalletState> = current.asStateFlow()

    /** The wallet, if it is open now. */
    val openWallet: MemberWallet?
        get() = (current.value as? WalletState.Open)?.wallet

    /** Opens the wallet, unless it is open already. */
    fun open() {
        // The native library is loaded with the first word, which takes longer than a frame may.
        scope.launch(Dispatchers.IO) { opening.withLock { if (openWallet == null) openNow() } }
    }

    /** Opens the wallet anew where it speaks another language than the device does by now. */
    fun languageMayHaveChanged() {
        scope.launch(Dispatchers.IO) {
            opening.withLock {
                val open = current.value as? WalletState.Open ?: return@withLock
                if (MemberCore.labels(language()) == open.labels) return@withLock
                closeNow()
                openNow()
            }
        }
    }

    /** Closes the wallet; when this returns its home is free. It can be opened again. */
    suspend fun close(): Unit = opening.withLock { closeNow() }

    /** The wallet as soon as it is open; null if it cannot be opened. */
    suspend fun wallet(): MemberWallet? = (state.first { it !is WalletState.Opening } as? WalletState.Open)?.wallet

    private suspend fun closeNow() {
        val open = current.value as? WalletState.Open ?: return
        // Whoever shows the wallet lets go of it first.
        current.value = WalletState.Opening(open.labels)
        open.wallet.shutDown()
    }

    private suspend fun openNow() {
        val language = language()
        var labels: Labels? = null
        current.value =
            try {
                labels = MemberCore.labels(language)
                current.value = WalletState.Opening(labels)
                val wallet = openWith(language)
                WalletState.Open(wallet, labels, wallet.firstCard())
            } catch (error: MemberException) {
                WalletState.Failed(error.text, labels)
            } catch (error: LibraryException) {
                // Without the library there are no words of the core. This one is for developers, who are the only ones to see it.
                WalletState.Failed(error.message.orEmpty(), labels)
            }
    }

    private fun MemberWallet.firstCard(): CardView? =
        try {
            cardNow()
        } catch (_: MemberException) {
            // Nobody is signed in, or the disk has a fault that the screen will be told of.
            null
        }
}
