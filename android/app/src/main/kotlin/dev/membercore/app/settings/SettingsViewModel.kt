// What of the settings is the wallet's, as one state, and what a tap on it does. Must not know of Compose or Android's views; every
// sentence comes from the core.

package dev.membercore.app.settings

import androidx.lifecycle.ViewModel
import androidx.lifecycle.viewModelScope
import dev.membercore.MemberException
import dev.membercore.MemberWallet
import dev.membercore.SignInState
import dev.membercore.SpendingView
import dev.membercore.app.host.WalletHost
import dev.membercore.app.host.WalletState
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.flatMapLatest
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.stateIn
import kotlinx.coroutines.launch

/**
 * @property spending the spend lock; null while nobody is signed in.
 * @property error why the last tap came to nothing, in the core's words.
 */
data class SettingsState(val spending: SpendingView? = null, val error: String? = null)

@OptIn(ExperimentalCoroutinesApi::class)
class SettingsViewModel(private val host: WalletHost) : ViewModel() {
    private val error = MutableStateFlow<String?>(null)

    /** Follows the wallet only while a screen collects it, and a rotation's length longer. */
    val state: StateFlow<SettingsState> =
        host.state
            .flatMapLatest { wallet -> (wallet as? WalletState.Open)?.let { spending(it.wallet) } ?: flowOf(null) }
            .combine(error, ::SettingsState)
            .stateIn(viewModelScope, SharingStarted.WhileSubscribed(ROTATION.inWholeMilliseconds), SettingsState())

    fun spendLockSwitched(locked: Boolean) {
        val wallet = host.openWallet ?: return
        viewModelScope.launch {
            error.value =
                try {
                    wallet.setSpendLock(locked)
                    null
                } catch (failed: MemberException) {
                    failed.text
                }
        }
    }

    private fun spending(wallet: MemberWallet): Flow<SpendingView?> =
        wallet.signInState
            .map { it == SignInState.SIGNED_IN || it == SignInState.ENDED }
            .flatMapLatest { someone -> if (someone) wallet.spending else flowOf(null) }
            // What cannot be read is not switched either; the card's screen says why.
            .catch { error -> if (error is MemberException) emit(null) else throw error }

    private companion object {
        /** How long a screen may be gone and come again as the same. */
        val ROTATION = 2.seconds
    }
}
