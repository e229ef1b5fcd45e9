// What the card's screen shows: one value for all of it. Must not know of Compose, nor where any of it comes from.

package dev.membercore.app.card

import dev.membercore.CardView
import dev.membercore.Labels
import dev.membercore.PendingAction

/**
 * The card's screen at one moment.
 *
 * @property labels the words that never change; null as long as the native library has not been loaded.
 * @property busy whether something that the member asked for is under way.
 * @property message a sentence to be said once, over whatever is shown.
 */
data class CardScreenState(
    val labels: Labels? = null,
    val content: CardContent = CardContent.Opening,
    val busy: Boolean = false,
    val message: Message? = null,
)

/** What stands on the screen. */
sealed interface CardContent {
    /** The wallet is being opened, or has not said yet whether somebody is signed in. */
    data object Opening : CardContent

    /** The wallet cannot be opened or read; [text] says why and what to do. */
    data class Failed(val text: String) : CardContent

    /** Somebody signs in. [error] says what was wrong with what was entered. */
    data class SignIn(val step: SignInStep, val error: String?, val canGoBack: Boolean) : CardContent

    /**
     * The card, or the sentence why there is none yet.
     *
     * @property ended whether the session has ended, so that signing in is offered.
     */
    data class Shown(val view: CardView, val pending: List<PendingAction>, val ended: Boolean) : CardContent
}

/** The two steps of signing in. */
enum class SignInStep { ADDRESS, CODE }

/** A sentence to be said once. [id] tells two of the same words apart. */
data class Message(val id: Long, val text: String)
