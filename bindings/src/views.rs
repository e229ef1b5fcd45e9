//! Read models, one for each screen, with the core's names. Conversions only; must not know how a screen is drawn.
//!
//! Amounts are whole points. Every text is in the wallet's language and ready to be shown. Each view is taken apart by its fields, so
//! that a new one of the core is not forgotten here.

use member_core::views;

use crate::symbol::Symbol;

pub(crate) fn converted<A, B: From<A>>(list: Vec<A>) -> Vec<B> {
    list.into_iter().map(B::from).collect()
}

/// How old what is shown is, and what the member should know first.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Status {
    /// Last answer of the server by its own clock, in milliseconds since 1970-01-01 UTC.
    pub last_contact: Option<i64>,
    /// How long ago that was, in words.
    pub age: String,
    /// Whether it was more than a day ago, or never.
    pub stale: bool,
    /// A sentence above the screen, where there is one.
    pub notice: Option<String>,
}

impl From<views::Status> for Status {
    fn from(view: views::Status) -> Self {
        let views::Status { last_contact, age, stale, notice } = view;
        Self { last_contact: last_contact.map(|at| at.as_millisecond()), age, stale, notice }
    }
}

/// The card's screen.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CardView {
    /// The card; without one, `empty` says why.
    pub card: Option<Card>,
    /// Why there is no card, and what to do.
    pub empty: Option<String>,
    /// Whether a refresh may bring it: show a button for that.
    pub can_refresh: bool,
    /// How old it is.
    pub status: Status,
}

impl From<views::CardView> for CardView {
    fn from(view: views::CardView) -> Self {
        let views::CardView { card, empty, can_refresh, status } = view;
        Self { card: card.map(Card::from), empty, can_refresh, status: status.into() }
    }
}

/// A card that can be shown.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct Card {
    /// The programme's name.
    pub programme: String,
    /// The member's name.
    pub member: String,
    /// The number for reading aloud, in groups of four.
    pub number: String,
    /// What the scanner reads.
    pub symbol: Symbol,
    /// When the code changes; nothing for a card that always says the same.
    pub code: Option<LiveCode>,
    /// The member's tier.
    pub tier: Option<String>,
    /// The confirmed balance of the main unit: `135 points`.
    pub balance: Option<String>,
    /// What pending actions will take: `-50 points waiting`.
    pub pending: Option<String>,
    /// That the card earns and spends nothing, where the member has locked it: `Spending is locked`.
    pub locked: Option<String>,
    /// What arrived since the card is shown: `+35 points`.
    pub arrived: Option<String>,
    /// What a screen reader says.
    pub description: String,
}

/// Names and numbers stay out of logs.
impl std::fmt::Debug for Card {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Card").field("programme", &self.programme).finish_non_exhaustive()
    }
}

impl From<views::Card> for Card {
    fn from(view: views::Card) -> Self {
        let views::Card {
            programme,
            member,
            number,
            symbol,
            code,
            tier,
            balance,
            pending,
            locked,
            arrived,
            description,
        } = view;
        let (symbol, code) = ((&symbol).into(), code.map(LiveCode::from));
        Self { programme, member, number, symbol, code, tier, balance, pending, locked, arrived, description }
    }
}

/// A code that changes. Draw the time that is left; whoever observes the card on screen is told when it is over.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LiveCode {
    /// In how many milliseconds, counted from when this was read, the card shows something else: at most 120,000.
    pub changes_in_ms: u64,
    /// How long a code is shown as a rule, in milliseconds.
    pub period_ms: u64,
    /// `New code every minute`.
    pub text: String,
    /// `New code in 42 s`, of when this was read.
    pub countdown: String,
    /// What the member should know of it: the device's clock is wrong, or the next code is not good yet.
    pub notice: Option<String>,
}

impl From<views::LiveCode> for LiveCode {
    fn from(code: views::LiveCode) -> Self {
        let views::LiveCode { changes_in_ms, period_ms, text, countdown, notice } = code;
        Self { changes_in_ms, period_ms, text, countdown, notice }
    }
}

/// The balance's screen.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct BalanceView {
    /// One for each unit, the main one first.
    pub units: Vec<UnitBalance>,
    /// The sentence of an empty screen.
    pub empty: Option<String>,
    /// How old it is.
    pub status: Status,
}

impl From<views::BalanceView> for BalanceView {
    fn from(view: views::BalanceView) -> Self {
        let views::BalanceView { units, empty, status } = view;
        Self { units: converted(units), empty, status: status.into() }
    }
}

/// The balance in one unit.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct UnitBalance {
    /// What is counted.
    pub unit: String,
    /// What the server confirmed.
    pub confirmed: i64,
    /// `135 points`.
    pub confirmed_text: String,
    /// What pending actions will take: zero or negative.
    pub pending: i64,
    /// `-50 points waiting`, where something is.
    pub pending_text: Option<String>,
    /// What can be spent now: the confirmed balance less what is pending.
    pub spendable: i64,
    /// `85 points left to spend`, where that differs from the confirmed balance.
    pub spendable_text: Option<String>,
    /// Collected since joining.
    pub lifetime: i64,
    /// `1,235 points collected since you joined`.
    pub lifetime_text: String,
}

impl From<views::UnitBalance> for UnitBalance {
    fn from(view: views::UnitBalance) -> Self {
        let views::UnitBalance {
            unit,
            confirmed,
            confirmed_text,
            pending,
            pending_text,
            spendable,
            spendable_text,
            lifetime,
            lifetime_text,
        } = view;
        Self {
            unit,
            confirmed,
            confirmed_text,
            pending,
            pending_text,
            spendable,
            spendable_text,
            lifetime,
            lifetime_text,
        }
    }
}

/// The tiers' screen.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct TiersView {
    /// The name of the tier now.
    pub current: Option<String>,
    /// The way to the next tier.
    pub progress: Option<TierProgress>,
    /// All tiers, lowest first.
    pub tiers: Vec<TierLine>,
    /// The sentence of an empty screen.
    pub empty: Option<String>,
    /// How old it is.
    pub status: Status,
}

impl From<views::TiersView> for TiersView {
    fn from(view: views::TiersView) -> Self {
        let views::TiersView { current, progress, tiers, empty, status } = view;
        Self {
            current,
            progress: progress.map(TierProgress::from),
            tiers: converted(tiers),
            empty,
            status: status.into(),
        }
    }
}

/// The way to the next tier.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct TierProgress {
    /// Counted so far in this period.
    pub points: i64,
    /// From where the next tier begins; nothing in the highest.
    pub threshold: Option<i64>,
    /// From 0 to 1, for a bar.
    pub fraction: f64,
    /// `65 points to Gold by 31 December 2026`.
    pub text: String,
}

impl From<views::TierProgress> for TierProgress {
    fn from(view: views::TierProgress) -> Self {
        let views::TierProgress { points, threshold, fraction, text } = view;
        Self { points, threshold, fraction, text }
    }
}

/// One tier.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TierLine {
    /// The tier's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// From where it begins, in words.
    pub threshold_text: String,
    /// What the member gets.
    pub benefits: Vec<String>,
    /// Where it lies from the member.
    pub place: TierPlace,
}

impl From<views::TierLine> for TierLine {
    fn from(view: views::TierLine) -> Self {
        let views::TierLine { id, name, threshold_text, benefits, place } = view;
        Self { id, name, threshold_text, benefits, place: place.into() }
    }
}

/// Where a tier lies from the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum TierPlace {
    /// Below the member's tier.
    Passed,
    /// The member's tier.
    Current,
    /// The one to be reached next.
    Next,
    /// Above that.
    Later,
}

impl From<views::TierPlace> for TierPlace {
    fn from(place: views::TierPlace) -> Self {
        match place {
            views::TierPlace::Passed => Self::Passed,
            views::TierPlace::Current => Self::Current,
            views::TierPlace::Next => Self::Next,
            views::TierPlace::Later => Self::Later,
        }
    }
}

/// The rewards' screen.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RewardsView {
    /// What can be claimed first, then by cost.
    pub rewards: Vec<RewardLine>,
    /// The sentence of an empty screen.
    pub empty: Option<String>,
    /// How old it is.
    pub status: Status,
}

impl From<views::RewardsView> for RewardsView {
    fn from(view: views::RewardsView) -> Self {
        let views::RewardsView { rewards, empty, status } = view;
        Self { rewards: converted(rewards), empty, status: status.into() }
    }
}

/// One reward.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RewardLine {
    /// The reward's id, for `claim`.
    pub id: String,
    /// Its name.
    pub title: String,
    /// What it is.
    pub description: String,
    /// What it costs.
    pub cost: i64,
    /// `50 points`.
    pub cost_text: String,
    /// How many are left, where that is counted.
    pub stock_text: Option<String>,
    /// Whether the button is on.
    pub can_claim: bool,
    /// Why the button is off.
    pub why_not: Option<String>,
}

impl From<views::RewardLine> for RewardLine {
    fn from(view: views::RewardLine) -> Self {
        let views::RewardLine { id, title, description, cost, cost_text, stock_text, can_claim, why_not } = view;
        Self { id, title, description, cost, cost_text, stock_text, can_claim, why_not }
    }
}

/// The vouchers' screen.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct VouchersView {
    /// Pending ones first, then those that can be used, soonest to expire first, then the rest.
    pub vouchers: Vec<VoucherLine>,
    /// The sentence of an empty screen.
    pub empty: Option<String>,
    /// How old it is.
    pub status: Status,
}

impl From<views::VouchersView> for VouchersView {
    fn from(view: views::VouchersView) -> Self {
        let views::VouchersView { vouchers, empty, status } = view;
        Self { vouchers: converted(vouchers), empty, status: status.into() }
    }
}

/// One voucher.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
#[uniffi::export(Debug)]
pub struct VoucherLine {
    /// The voucher's id; nothing while it is pending.
    pub id: Option<String>,
    /// The action that it comes of.
    pub key: Option<String>,
    /// The reward's name.
    pub title: String,
    /// What the till types. Only of a voucher that can be used.
    pub code: Option<String>,
    /// What the till scans. Only of a voucher that can be used.
    pub symbol: Option<Symbol>,
    /// Where it stands.
    pub place: VoucherPlace,
    /// Where it stands, in words.
    pub text: String,
    /// Whether its claim can be taken back, by `cancel` with `key`.
    pub can_cancel: bool,
}

/// A voucher's code is worth money and stays out of logs.
impl std::fmt::Debug for VoucherLine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("VoucherLine");
        shown.field("title", &self.title).field("place", &self.place).finish_non_exhaustive()
    }
}

impl From<views::VoucherLine> for VoucherLine {
    fn from(view: views::VoucherLine) -> Self {
        let views::VoucherLine { id, key, title, code, symbol, place, text, can_cancel } = view;
        let symbol = symbol.as_ref().map(Symbol::from);
        Self { id, key, title, code, symbol, place: place.into(), text, can_cancel }
    }
}

/// Where a voucher stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum VoucherPlace {
    /// Waits for the server.
    Pending,
    /// Is being taken back: not to be used meanwhile.
    Cancelling,
    /// Can be used.
    Ready,
    /// Was used.
    Used,
    /// Ran out.
    Expired,
    /// Was taken back.
    Cancelled,
}

impl From<views::VoucherPlace> for VoucherPlace {
    fn from(place: views::VoucherPlace) -> Self {
        match place {
            views::VoucherPlace::Pending => Self::Pending,
            views::VoucherPlace::Cancelling => Self::Cancelling,
            views::VoucherPlace::Ready => Self::Ready,
            views::VoucherPlace::Used => Self::Used,
            views::VoucherPlace::Expired => Self::Expired,
            views::VoucherPlace::Cancelled => Self::Cancelled,
        }
    }
}

/// The activity's screen.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ActivityView {
    /// Newest first; pending ones on top of the first page.
    pub lines: Vec<ActivityLine>,
    /// Where the next page begins; nothing where this is the last.
    pub next: Option<i64>,
    /// The sentence of an empty screen.
    pub empty: Option<String>,
    /// How old it is.
    pub status: Status,
}

impl From<views::ActivityView> for ActivityView {
    fn from(view: views::ActivityView) -> Self {
        let views::ActivityView { lines, next, empty, status } = view;
        Self { lines: converted(lines), next, empty, status: status.into() }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ActivityLine {
    /// The ledger line's number; nothing while it is pending.
    pub number: Option<i64>,
    /// What it was.
    pub title: String,
    /// Signed amount.
    pub amount: i64,
    /// `+35 points`.
    pub amount_text: String,
    /// The balance after it; nothing while it is pending.
    pub balance_text: Option<String>,
    /// When, in words.
    pub when_text: String,
    /// Where, in words.
    pub place: Option<String>,
    /// How it came in: `store`, `app`, `web`.
    pub channel: Option<String>,
    /// Whether it waits to be confirmed.
    pub pending: bool,
}

impl From<views::ActivityLine> for ActivityLine {
    fn from(view: views::ActivityLine) -> Self {
        let views::ActivityLine {
            number,
            title,
            amount,
            amount_text,
            balance_text,
            when_text,
            place,
            channel,
            pending,
        } = view;
        Self {
            number,
            title,
            amount,
            amount_text,
            balance_text,
            when_text,
            place,
            channel: channel.map(str::to_owned),
            pending,
        }
    }
}

/// The screen of pending actions.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PendingView {
    /// Oldest first. Stopped ones stay until they are dismissed.
    pub actions: Vec<PendingAction>,
    /// How many may still take effect.
    pub waiting: u32,
    /// `2 actions are waiting`, where some are.
    pub waiting_text: Option<String>,
    /// The sentence of an empty screen.
    pub empty: Option<String>,
    /// How old it is.
    pub status: Status,
}

impl From<views::PendingView> for PendingView {
    fn from(view: views::PendingView) -> Self {
        let views::PendingView { actions, waiting, waiting_text, empty, status } = view;
        Self { actions: converted(actions), waiting, waiting_text, empty, status: status.into() }
    }
}

/// One action, or a notice that is listed like one.
#[allow(clippy::struct_excessive_bools, reason = "each is a button of its own")]
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PendingAction {
    /// Its key; `notice-7` of a notice.
    pub key: String,
    /// `Claim: Coffee`.
    pub title: String,
    /// `queued`, `sending`, `confirmed`, `rejected`, `expired`, `outcome_unknown`, `parked`; or `notice`.
    pub state: String,
    /// Where it stands and why, in words.
    pub text: String,
    /// When the member did it, in words.
    pub when_text: String,
    /// Whether it can be taken back: it was never sent.
    pub can_discard: bool,
    /// Whether it has stopped and only waits to be dismissed.
    pub can_dismiss: bool,
    /// Whether `retry` does something.
    pub can_retry: bool,
    /// Whether it is a claim that was sent and can still be taken back, by `cancel`.
    pub can_cancel: bool,
}

impl From<views::PendingAction> for PendingAction {
    fn from(view: views::PendingAction) -> Self {
        let views::PendingAction {
            key,
            title,
            state,
            text,
            when_text,
            can_discard,
            can_dismiss,
            can_retry,
            can_cancel,
        } = view;
        Self { key, title, state: state.to_owned(), text, when_text, can_discard, can_dismiss, can_retry, can_cancel }
    }
}

/// What became of one action.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum ActionFate {
    /// It may still take effect.
    Waiting {
        /// What it waits for.
        text: String,
    },
    /// It took effect.
    Confirmed,
    /// It stopped without effect.
    Stopped {
        /// Why.
        text: String,
    },
}

impl From<views::ActionFate> for ActionFate {
    fn from(fate: views::ActionFate) -> Self {
        match fate {
            views::ActionFate::Waiting(text) => Self::Waiting { text },
            views::ActionFate::Confirmed => Self::Confirmed,
            views::ActionFate::Stopped(text) => Self::Stopped { text },
        }
    }
}
