//! The words of the screens that never change: titles, buttons, names of fields. Must not know which screen shows which.

use serde::Serialize;

use crate::text::Text;

/// The words that stand on the hosts' screens whatever the member has, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

impl Labels {
    /// The labels in the language of `text`. They need no wallet, so that the screen before it has them too.
    pub fn new(text: &Text) -> Self {
        let say = |id| text.say(id, &[]);
        Self {
            card: say("label-card"),
            opening: say("label-opening"),
            waiting: say("label-waiting"),
            refresh: say("label-refresh"),
            try_again: say("label-try-again"),
            take_back: say("label-take-back"),
            dismiss: say("label-dismiss"),
            sign_in: say("label-sign-in"),
            sign_in_lead: say("label-sign-in-lead"),
            address: say("label-address"),
            send_code: say("label-send-code"),
            code: say("label-code"),
            code_lead: say("label-code-lead"),
            other_address: say("label-other-address"),
            settings: say("label-settings"),
            allow_screenshots: say("label-allow-screenshots"),
            allow_screenshots_why: say("label-allow-screenshots-why"),
            back: say("label-back"),
            done: say("label-done"),
        }
    }
}
