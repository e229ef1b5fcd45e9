// Values of several kinds, and what can be asked of a value alone. Kotlin does not name a class within a class through an alias, so these are not aliases as the views are.

package dev.membercore

import dev.membercore.ffi.ActionFate as FfiActionFate
import dev.membercore.ffi.Address as FfiAddress
import dev.membercore.ffi.WalletPass as FfiWalletPass

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

/**
 * Out of one field for both kinds: with an `@` an e-mail address, else a telephone number, which people write with spaces, hyphens,
 * dots, brackets, and `00` for `+`. Whether it can be one is said by [MemberWallet.requestCode].
 */
public fun parseAddress(text: String): Address {
    MemberCore.ensureLoaded()
    return when (val address = dev.membercore.ffi.parseAddress(text)) {
        is FfiAddress.Email -> Address.Email(address.address)
        is FfiAddress.Phone -> Address.Phone(address.number)
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

/** A pass for another wallet. Whoever has it can save it, so printing it does not show it. */
public sealed interface WalletPass {
    /** For Apple Wallet: the bytes of a `.pkpass` file. */
    public class Apple(public val file: ByteArray) : WalletPass {
        override fun toString(): String = "Apple(…)"
    }

    /** For Google Wallet: a link on `pay.google.com` that the app opens, with `Intent.ACTION_VIEW`. */
    public class Google(public val saveUrl: String) : WalletPass {
        override fun toString(): String = "Google(…)"
    }
}

internal fun FfiWalletPass.fromFfi(): WalletPass =
    when (this) {
        is FfiWalletPass.Apple -> WalletPass.Apple(file)
        is FfiWalletPass.Google -> WalletPass.Google(saveUrl)
    }

/**
 * How this symbol is drawn on a screen of [pixelsPerInch] (physical, of that very screen) in a square of [availablePixels] a side:
 * whole pixels for each module, nearest to 0.9 mm (bars: 0.495 mm), never outside of what a till reads. Null where that is impossible; then the
 * number alone is shown.
 */
public fun Symbol.drawing(pixelsPerInch: Double, availablePixels: Int): SymbolDrawing? =
    dev.membercore.ffi.symbolDrawing(this, pixelsPerInch, availablePixels.coerceAtLeast(0).toUInt())
