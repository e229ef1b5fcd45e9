// The names of the core's views and values in this module. Each is documented where it is generated from, the core's crate for
// bindings.

import MemberCoreBridge

/// A card that can be shown.
public typealias Card = MemberCoreBridge.Card

/// A code that changes.
public typealias LiveCode = MemberCoreBridge.LiveCode

/// The card's screen.
public typealias CardView = MemberCoreBridge.CardView

/// A barcode symbol: dark and light modules, drawn black on white in every theme.
public typealias Symbol = MemberCoreBridge.Symbol

/// The kind of barcode.
public typealias Symbology = MemberCoreBridge.Symbology

/// How a symbol is drawn on a screen: whole pixels for each module and each row.
public typealias SymbolDrawing = MemberCoreBridge.SymbolDrawing

/// The words that stand on the screens whatever the member has.
public typealias Labels = MemberCoreBridge.Labels

/// The balance's screen.
public typealias BalanceView = MemberCoreBridge.BalanceView

/// The balance in one unit.
public typealias UnitBalance = MemberCoreBridge.UnitBalance

/// The tiers' screen.
public typealias TiersView = MemberCoreBridge.TiersView

/// The way to the next tier.
public typealias TierProgress = MemberCoreBridge.TierProgress

/// One tier.
public typealias TierLine = MemberCoreBridge.TierLine

/// Where a tier lies from the member.
public typealias TierPlace = MemberCoreBridge.TierPlace

/// The rewards' screen.
public typealias RewardsView = MemberCoreBridge.RewardsView

/// One reward.
public typealias RewardLine = MemberCoreBridge.RewardLine

/// The vouchers' screen.
public typealias VouchersView = MemberCoreBridge.VouchersView

/// One voucher.
public typealias VoucherLine = MemberCoreBridge.VoucherLine

/// Where a voucher stands.
public typealias VoucherPlace = MemberCoreBridge.VoucherPlace

/// The activity's screen.
public typealias ActivityView = MemberCoreBridge.ActivityView

/// One line of the activity.
public typealias ActivityLine = MemberCoreBridge.ActivityLine

/// The screen of pending actions.
public typealias PendingView = MemberCoreBridge.PendingView

/// One pending action.
public typealias PendingAction = MemberCoreBridge.PendingAction

/// The switch that locks spending.
public typealias SpendingView = MemberCoreBridge.SpendingView

/// Spending as it is locked or unlocked now, safe on this device.
public typealias SpendLockSet = MemberCoreBridge.SpendLockSet

/// The question whether to sign out.
public typealias SignOutView = MemberCoreBridge.SignOutView

/// What signing out, or being forgotten, came to.
public typealias SignOutDone = MemberCoreBridge.SignOutDone

/// How old what is shown is, and what the member should know first.
public typealias Status = MemberCoreBridge.Status

/// What joining needs beside the address.
public typealias JoinDetails = MemberCoreBridge.JoinDetails

/// A one-time code is on its way.
public typealias CodeSent = MemberCoreBridge.CodeSent

/// A claim that is safe on this device.
public typealias Claimed = MemberCoreBridge.Claimed

/// A claim that is taken back, or will be.
public typealias Cancelled = MemberCoreBridge.Cancelled

/// An action that is tried again.
public typealias Retried = MemberCoreBridge.Retried

/// Another wallet on the phone.
public typealias WalletKind = MemberCoreBridge.WalletKind

/// A pass for another wallet. Whoever has it can save it, so printing it does not show it.
public typealias WalletPass = MemberCoreBridge.WalletPass

/// What happens to the device, as the host hears of it.
public typealias HostEvent = MemberCoreBridge.HostEvent

/// Whether somebody is signed in.
public typealias SignInState = MemberCoreBridge.SignInState

/// How a wallet is opened.
public typealias WalletConfig = MemberCoreBridge.WalletConfig

/// How much a log line matters.
public typealias LogLevel = MemberCoreBridge.LogLevel

/// Where a one-time code is sent. It names a person, so printing it does not show it.
public typealias Address = MemberCoreBridge.Address

/// What became of one action.
public typealias ActionFate = MemberCoreBridge.ActionFate
