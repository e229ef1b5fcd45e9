//! How the member's card stands, and what this installation shows codes with.

use member_card::proof::SignedDay;
use member_card::totp::TotpKey;
use member_card::{CardNumber, Chain, ChainSecret, Day, DeviceNumber};
use serde::{Deserialize, Serialize};

/// How the card stands, as the server says: the change `card` (docs/member-api.yaml). Nothing of it holds where it never came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CardState {
    /// No code of it is good any more, whichever device shows it.
    #[serde(default)]
    pub revoked: bool,
    /// It earns, and spends nothing.
    #[serde(default)]
    pub spend_locked: bool,
    /// A device with a lower number needs a new one: tills that are offline refuse it.
    #[serde(default)]
    pub lowest_device: u16,
}

/// The last code of a device that a till took: the change `code`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeTaken {
    /// The code's period: Unix time div 60.
    pub period: u64,
}

/// This installation, as its card knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The key of its rotating codes, made here.
    pub totp: TotpKey,
    /// The number that the server gave it for that key.
    pub number: Option<DeviceNumber>,
    /// The server may have forgotten it since: what it has signed is good, and asked for again.
    pub doubted: bool,
}

/// A day on which this installation shows proofs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardDay {
    /// The day.
    pub day: Day,
    /// The card, and the number of this installation, that the chain is made for.
    pub card: CardNumber,
    /// The number.
    pub device: DeviceNumber,
    /// `s[1440]`, made here.
    pub secret: ChainSecret,
    /// What the server signed.
    pub signed: Option<SignedDay>,
}

impl CardDay {
    /// The chain: about 0.1 ms.
    pub fn chain(&self) -> Chain {
        Chain::new(&self.secret, &self.card, self.device, self.day)
    }
}
