// Values of several kinds. Kotlin does not name a class within a class through an alias, so these are not aliases as the views are.

package dev.membercore

import dev.membercore.ffi.ActionFate as FfiActionFate
import dev.membercore.ffi.Address as FfiAddress

/** Where a one-time code is sent. It names a person, so printing it does not show it. */
public sealed interface Address {
    /** An e-mail address, such as `ada@example.org`. */
    public class Email(public val address: String) : Address {
        override fun toString(): String = "Email(…)"
    }

    /** A telephone number in E.164, with the leading `+`. */
    public class Phone(public val number: String) : Address {
        override fun toString(): String = "Phone(…)"
    }
}

internal fun Address.toFfi(): FfiAddress =
    when (this) {
        is Address.Email -> FfiAddress.Email(address)
        is Address.Phone -> FfiAddress.Phone(number)
    }

/** What became of one action. */
public sealed interface ActionFate {
    /** It may still take effect; [text] says what it waits for. */
    public data class Waiting(public val text: String) : ActionFate

    /** It took effect. */
    public data object Confirmed : ActionFate

    /** It stopped without effect; [text] says why. */
    public data class Stopped(public val text: String) : ActionFate
}

internal fun FfiActionFate.fromFfi(): ActionFate =
    when (this) {
        is FfiActionFate.Waiting -> ActionFate.Waiting(text)
        is FfiActionFate.Confirmed -> ActionFate.Confirmed
        is FfiActionFate.Stopped -> ActionFate.Stopped(text)
    }
