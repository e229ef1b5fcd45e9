// The wallet's flows as one state of the card's screen, and what the member's taps do. Must not know of Compose or Android's views;
// every sentence comes from the core.

package dev.membercore.app.card

import androidx.lifecycle.ViewModel
import androidx.lifecycle.viewModelScope
import dev.membercore.MemberException
import dev.membercore.MemberWallet
import dev.membercore.SignInState
import dev.membercore.app.host.WalletHost
import dev.membercore.app.host.WalletState
import dev.membercore.parseAddress
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.flatMapLatest
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.onStart
import kotlinx.coroutines.flow.stateIn
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch

@OptIn(ExperimentalCoroutinesApi::class)
class CardViewModel(private val host: WalletHost) : ViewModel() {
    /** What is of this screen alone, and no business of the wallet. */
    private data class Local(
        val busy: Boolean = false,
        val message: Message? = null,
        /** Where the member has gone in signing in; null follows the wallet. */
        val step: SignInStep? = null,
        val error: String? = null,
    )

    private val local = MutableStateFlow(Local())
    private val attempts = MutableStateFlow(0)
    private var messages = 0L

    /** The wallet whose first frame was shown; what was read with its opening is old from then on. */
    private var begun: WalletState.Open? = null

    /** Whether what the wallet says is no longer followed, because it failed. */
    private var broken = false

    /** Follows the wallet only while a screen collects it, and a rotation's length longer: a shown card keeps a request open. */
    val state: StateFlow<CardScreenState> =
        combine(host.state, attempts) { wallet, _ -> wallet }
            .flatMapLatest { wallet -> content(wallet).map { wallet.labels to it } }
            .combine(local) { (labels, content), local ->
                CardScreenState(labels, content.withError(local.error), local.busy, local.message)
            }
            .stateIn(viewModelScope, SharingStarted.WhileSubscribed(ROTATION.inWholeMilliseconds), firstState())

    fun refreshAsked() {
        if (broken) attempts.update { it + 1 }
        work { it.refresh() }
    }

    fun takeBackTapped(key: String) = work { it.discard(key) }

    fun dismissTapped(key: String) = work { it.discard(key) }

    fun tryAgainTapped() {
        host.open()
        attempts.update { it + 1 }
    }

    /** Of a session that has ended: the card stays readable meanwhile. */
    fun signInTapped() = local.update { it.copy(step = SignInStep.ADDRESS, error = null) }

    fun otherAddressTapped() = local.update { it.copy(step = SignInStep.ADDRESS, error = null) }

    /** Back to the card of the session that has ended. */
    fun backTapped() = local.update { it.copy(step = null, error = null) }

    fun sendCodeTapped(address: String) =
        enter {
            it.requestCode(parseAddress(address))
            local.update { now -> now.copy(step = SignInStep.CODE) }
        }

    fun codeEntered(code: String) =
        enter {
            it.signIn(code)
            local.update { now -> now.copy(step = null) }
        }

    fun messageShown(id: Long) = local.update { if (it.message?.id == id) it.copy(message = null) else it }

    /** Before anything was collected: what the opening has read, if it is done. */
    private fun firstState(): CardScreenState {
        val wallet = host.state.value
        val first = (wallet as? WalletState.Open)?.let(::firstContent)
        return CardScreenState(wallet.labels, first ?: CardContent.Opening)
    }

    private fun firstContent(open: WalletState.Open): CardContent? =
        open.firstCard?.let { CardContent.Shown(it, pending = emptyList(), ended = false) }

    private fun content(state: WalletState): Flow<CardContent> =
        when (state) {
            is WalletState.Opening -> flowOf(CardContent.Opening)
            is WalletState.Failed -> flowOf(CardContent.Failed(state.text))
            is WalletState.Open -> content(state)
        }

    private fun content(open: WalletState.Open): Flow<CardContent> =
        combine(open.wallet.signInState, local.map { it.step }.distinctUntilChanged(), ::Place)
            .distinctUntilChanged()
            .flatMapLatest { place ->
                when (val step = place.signInStep) {
                    null -> card(open, ended = place.session == SignInState.ENDED)
                    else -> flowOf(CardContent.SignIn(step, error = null, canGoBack = place.session == SignInState.ENDED))
                }
            }
            .onStart {
                broken = false
                if (begun === open) return@onStart
                begun = open
                firstContent(open)?.let { emit(it) }
                say(open.wallet.takeNotice())
            }
            .catch { error -> if (error is MemberException) broken(error)?.let { emit(it) } else throw error }

    /** A card that can be read stays, whatever becomes of the wallet behind it: somebody may be standing at a till. */
    private fun broken(error: MemberException): CardContent? {
        broken = true
        val readable = (state.value.content as? CardContent.Shown)?.view?.card != null
        if (!readable) return CardContent.Failed(error.text)
        say(error.text)
        return null
    }

    /** Where in the wallet's session, and where in signing in, the member is. */
    private data class Place(val session: SignInState, val step: SignInStep?) {
        val signInStep: SignInStep?
            get() =
                when (session) {
                    SignInState.SIGNED_IN -> null
                    SignInState.ENDED -> step
                    SignInState.SIGNED_OUT -> step ?: SignInStep.ADDRESS
                    SignInState.CODE_SENT -> step ?: SignInStep.CODE
                }
    }

    private fun card(open: WalletState.Open, ended: Boolean): Flow<CardContent> =
        combine(open.wallet.cardOnScreen, open.wallet.pending) { view, pending ->
            CardContent.Shown(view, pending.actions, ended)
        }

    private fun CardContent.withError(error: String?): CardContent = if (this is CardContent.SignIn) copy(error = error) else this

    /** Runs what the member asked for; what goes wrong is said over the screen. */
    private fun work(call: suspend (MemberWallet) -> Unit) = run(call) { say(it.text) }

    /** Runs what the member has entered; what is wrong with it stands at the field. */
    private fun enter(call: suspend (MemberWallet) -> Unit) = run(call) { error -> local.update { it.copy(error = error.text) } }

    private fun run(call: suspend (MemberWallet) -> Unit, failed: (MemberException) -> Unit) {
        val wallet = host.openWallet ?: return
        if (local.value.busy) return
        local.update { it.copy(busy = true, error = null) }
        viewModelScope.launch {
            try {
                call(wallet)
            } catch (error: MemberException) {
                failed(error)
            } finally {
                local.update { it.copy(busy = false) }
            }
        }
    }

    private fun say(text: String?) {
        if (text != null) local.update { it.copy(message = Message(++messages, text)) }
    }

    private companion object {
        /** How long a screen may be gone and come again as the same. */
        val ROTATION = 2.seconds
    }
}
