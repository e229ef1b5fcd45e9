// Why a call came to nothing, split by what a caller can do about it. Codes and sentences are the core's.

package dev.membercore

import dev.membercore.ffi.InternalException
import dev.membercore.ffi.WalletException

/**
 * Why a call of the wallet came to nothing.
 *
 * @property code a name for programs, stable over versions: `signed-out`, `no-connection`, `insufficient-points`, ...
 * @property text a sentence for the member in the wallet's language, with what to do next. It is the message too.
 */
public sealed class MemberException(
    public val code: String,
    public val text: String,
    cause: Throwable?,
) : Exception(text, cause) {
    /** Nobody is signed in on this device, or the server ended the session. Sign in. */
    public class SignedOut internal constructor(code: String, text: String, cause: Throwable?) : MemberException(code, text, cause)

    /** The programme cannot be reached now. Nothing is lost; try again later. */
    public class Unreachable internal constructor(code: String, text: String, cause: Throwable?) : MemberException(code, text, cause)

    /** The programme, or its rules on this device, say no. */
    public class Refused internal constructor(code: String, text: String, cause: Throwable?) : MemberException(code, text, cause)

    /** What was entered is not acceptable. Enter it again. */
    public class InvalidInput internal constructor(code: String, text: String, cause: Throwable?) : MemberException(code, text, cause)

    /** The saved wallet cannot be used. Nothing was deleted. */
    public class Unusable internal constructor(code: String, text: String, cause: Throwable?) : MemberException(code, text, cause)

    /** The wallet was closed, before the call or during it. Nothing is lost; open it again. */
    public class Closed internal constructor(code: String, text: String, cause: Throwable?) : MemberException(code, text, cause)

    /** A bug, or an operating system that gives no randomness, no threads or no network. */
    public class Internal internal constructor(code: String, text: String, cause: Throwable?) : MemberException(code, text, cause)
}

/** Runs a call of the bridge, with exceptions of this package. */
internal inline fun <T> typed(call: () -> T): T =
    try {
        call()
    } catch (error: WalletException) {
        throw error.typed()
    } catch (error: InternalException) {
        // A panic. What it says may hold anything, and stays in the cause.
        throw MemberException.Internal("internal", "internal", error)
    }

internal fun WalletException.typed(): MemberException =
    when (this) {
        is WalletException.SignedOut -> MemberException.SignedOut(code, text, this)
        is WalletException.Unreachable -> MemberException.Unreachable(code, text, this)
        is WalletException.Refused -> MemberException.Refused(code, text, this)
        is WalletException.InvalidInput -> MemberException.InvalidInput(code, text, this)
        is WalletException.Unusable -> MemberException.Unusable(code, text, this)
        is WalletException.Closed -> MemberException.Closed(code, text, this)
        is WalletException.Internal -> MemberException.Internal(code, text, this)
    }
