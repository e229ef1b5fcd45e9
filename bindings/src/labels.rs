//! The words of the screens that never change. Conversions only.

use member_core::text::Text;
use member_core::views;

/// The words that stand on the hosts' screens whatever the member has, in one language.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Labels {
    /// Title of the card's screen.
    pub card: String,
    /// While the wallet is being opened.
    pub opening: String,
    /// Above the pending actions.
    pub waiting: String,
    /// Fetches what is new.
    pub refresh: String,
    /// After something failed.
    pub try_again: String,
    /// Takes back an action that was never sent.
    pub take_back: String,
    /// Removes an action that has stopped from the list.
    pub dismiss: String,
    /// Signs in.
    pub sign_in: String,
    /// Above the field for the address.
    pub sign_in_lead: String,
    /// Names the field for the address.
    pub address: String,
    /// Asks for a one-time code.
    pub send_code: String,
    /// Names the field for the code.
    pub code: String,
    /// Above the field for the code.
    pub code_lead: String,
    /// Goes back from the code to the address.
    pub other_address: String,
    /// Title of the settings.
    pub settings: String,
    /// Names the setting for pictures of the screen.
    pub allow_screenshots: String,
    /// Says what that setting means.
    pub allow_screenshots_why: String,
    /// Goes back to the screen before.
    pub back: String,
    /// Ends an input.
    pub done: String,
}

/// The labels in the nearest language to `language` (BCP 47); English where there is none. They need no wallet, so that the screen
/// before it has them too.
#[uniffi::export]
pub fn labels(language: &str) -> Labels {
    views::Labels::new(&Text::new(language)).into()
}

impl From<views::Labels> for Labels {
    fn from(labels: views::Labels) -> Self {
        let views::Labels {
            card,
            opening,
            waiting,
            refresh,
            try_again,
            take_back,
            dismiss,
            sign_in,
            sign_in_lead,
            address,
            send_code,
            code,
            code_lead,
            other_address,
            settings,
            allow_screenshots,
            allow_screenshots_why,
            back,
            done,
        } = labels;
        Self {
            card,
            opening,
            waiting,
            refresh,
            try_again,
            take_back,
            dismiss,
            sign_in,
            sign_in_lead,
            address,
            send_code,
            code,
            code_lead,
            other_address,
            settings,
            allow_screenshots,
            allow_screenshots_why,
            back,
            done,
        }
    }
}
