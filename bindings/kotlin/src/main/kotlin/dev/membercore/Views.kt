// The names of the core's views and values in this package. Each is documented where it is generated from, the core's crate
// for bindings.

package dev.membercore

/** A card that can be shown. */
public typealias Card = dev.membercore.ffi.Card

/** A code that changes. */
public typealias LiveCode = dev.membercore.ffi.LiveCode

/** The card's screen. */
public typealias CardView = dev.membercore.ffi.CardView

/** A barcode symbol: dark and light modules, drawn black on white in every theme. */
public typealias Symbol = dev.membercore.ffi.Symbol

/** The kind of barcode. */
public typealias Symbology = dev.membercore.ffi.Symbology

/** How a symbol is drawn on a screen: whole pixels for each module and each row. */
public typealias SymbolDrawing = dev.membercore.ffi.SymbolDrawing

/** The words that stand on the screens whatever the member has. */
public typealias Labels = dev.membercore.ffi.Labels

/** The balance's screen. */
public typealias BalanceView = dev.membercore.ffi.BalanceView

/** The balance in one unit. */
public typealias UnitBalance = dev.membercore.ffi.UnitBalance

/** The tiers' screen. */
public typealias TiersView = dev.membercore.ffi.TiersView

/** The way to the next tier. */
public typealias TierProgress = dev.membercore.ffi.TierProgress

/** One tier. */
public typealias TierLine = dev.membercore.ffi.TierLine

/** Where a tier lies from the member. */
public typealias TierPlace = dev.membercore.ffi.TierPlace

/** The rewards' screen. */
public typealias RewardsView = dev.membercore.ffi.RewardsView

/** One reward. */
public typealias RewardLine = dev.membercore.ffi.RewardLine

/** The vouchers' screen. */
public typealias VouchersView = dev.membercore.ffi.VouchersView

/** One voucher. */
public typealias VoucherLine = dev.membercore.ffi.VoucherLine

/** Where a voucher stands. */
public typealias VoucherPlace = dev.membercore.ffi.VoucherPlace

/** The activity's screen. */
public typealias ActivityView = dev.membercore.ffi.ActivityView

/** One line of the activity. */
public typealias ActivityLine = dev.membercore.ffi.ActivityLine

/** The screen of pending actions. */
public typealias PendingView = dev.membercore.ffi.PendingView

/** One pending action. */
public typealias PendingAction = dev.membercore.ffi.PendingAction

/** The switch that locks spending. */
public typealias SpendingView = dev.membercore.ffi.SpendingView

/** Spending as it is locked or unlocked now, safe on this device. */
public typealias SpendLockSet = dev.membercore.ffi.SpendLockSet

/** The question whether to sign out. */
public typealias SignOutView = dev.membercore.ffi.SignOutView

/** What signing out, or being forgotten, came to. */
public typealias SignOutDone = dev.membercore.ffi.SignOutDone

/** How old what is shown is, and what the member should know first. */
public typealias Status = dev.membercore.ffi.Status

/** What joining needs beside the address. */
public typealias JoinDetails = dev.membercore.ffi.JoinDetails

/** A one-time code is on its way. */
public typealias CodeSent = dev.membercore.ffi.CodeSent

/** A claim that is safe on this device. */
public typealias Claimed = dev.membercore.ffi.Claimed

/** A claim that is taken back, or will be. */
public typealias Cancelled = dev.membercore.ffi.Cancelled

/** An action that is tried again. */
public typealias Retried = dev.membercore.ffi.Retried

/** Another wallet on the phone. */
public typealias WalletKind = dev.membercore.ffi.WalletKind

/** What happens to the device, as the host hears of it. */
public typealias HostEvent = dev.membercore.ffi.HostEvent

/** Whether somebody is signed in. */
public typealias SignInState = dev.membercore.ffi.SignInState

/** How a wallet is opened. */
public typealias WalletConfig = dev.membercore.ffi.WalletConfig

/** How much a log line matters. */
public typealias LogLevel = dev.membercore.ffi.LogLevel
