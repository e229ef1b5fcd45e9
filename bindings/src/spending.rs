//! The spend lock as the host sees it. Conversions only.

use member_core::views;

/// The switch that locks spending.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SpendingView {
    /// Whether the switch is on: the member wants spending refused.
    pub locked: bool,
    /// Whether the programme has not confirmed that yet.
    pub pending: bool,
    /// What the switch is for.
    pub title: String,
    /// How it stands, and what that means for the member.
    pub text: String,
    /// What a tap does: for a button, and for a screen reader.
    pub button: String,
}

impl From<views::SpendingView> for SpendingView {
    fn from(view: views::SpendingView) -> Self {
        let views::SpendingView { locked, pending, title, text, button } = view;
        Self { locked, pending, title, text, button }
    }
}

/// Spending as it is locked or unlocked now, safe on this device.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SpendLockSet {
    /// The key of the action; nothing where nothing need be sent: it was so already, or the opposite had not been sent.
    pub key: Option<String>,
    /// A sentence for the member.
    pub text: String,
}

impl From<member_core::SpendLockSet> for SpendLockSet {
    fn from(member_core::SpendLockSet { key, text }: member_core::SpendLockSet) -> Self {
        Self { key, text }
    }
}
