//! The membership card: what its code says, the barcode symbol that carries it, how that is drawn, and whether a code that was
//! scanned is good.
//!
//! Pure: no input or output, no clock, no randomness, no global state. It knows nothing of accounts, the store or HTTP, so that
//! a till can use it without the rest of the core. The codes are written down in docs/card-format.md.
//!
//! ```
//! use member_card::{CardNumber, draw, payload::Payload, symbol::{Symbol, Symbology}};
//!
//! let number = CardNumber::parse("9260000000000012")?;
//! let symbol = Symbol::encode(Symbology::Qr, &Payload::Static(number).text())?;
//! let picture = draw::svg(&symbol, "Membership card");
//! assert!(picture.starts_with("<svg"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A proof, from the device to a till that is offline:
//!
//! ```
//! use member_card::issuer::{IssuerKey, IssuerSecret};
//! use member_card::marks::{Basket, MemoryMarks};
//! use member_card::payload::{Payload, PayloadKind};
//! use member_card::proof::{self, Proof, Tier};
//! use member_card::verify::{CardFormat, OfflineTill};
//! use member_card::{CardNumber, Chain, Day, DeviceNumber, Period, Secret, UnixTime};
//!
//! let now = UnixTime::from_seconds(1_795_000_000);
//! let (number, device) = (CardNumber::parse("9260000000000012")?, DeviceNumber(1));
//! let day = Day::at(now).ok_or("far in the future")?;
//!
//! // The device makes a chain for the day and sends its start; the backend signs it.
//! let chain = Chain::new(&Secret::new([7; 16]), &number, device, day);
//! let issuer = IssuerSecret::from_seed(&Secret::new([9; 32]));
//! let signed = proof::sign_day(&issuer, &number, Tier(2), device, day, &chain.start());
//!
//! // The device shows the code of this minute.
//! let code = Payload::Proof(Proof::new(&chain, &signed, Period::at(now)).ok_or("another day")?.into()).text();
//! assert_eq!(code.len(), 237);
//!
//! // The till has the public key only.
//! let programme = "example".to_owned();
//! let till = OfflineTill {
//!     keys: vec![IssuerKey { programme: programme.clone(), public: issuer.public(), first: day, last: day }],
//!     format: CardFormat { programme, number_length: 16, prefix: String::new(), payload: PayloadKind::Proof },
//!     revocations: None,
//! };
//! let basket = Basket { till: "4".to_owned(), receipt: "1001".to_owned() };
//! let verdict = till.check(&code, now)?.take(now, &basket, &mut MemoryMarks::default())?;
//! assert_eq!(verdict.tier, Some(Tier(2)));
//! assert!(!verdict.may_spend, "a till that is offline never spends points");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chain;
pub mod draw;
pub mod guesses;
pub mod issuer;
pub mod marks;
mod number;
pub mod payload;
mod period;
pub mod proof;
pub mod revocation;
mod secret;
pub mod symbol;
pub mod totp;
pub mod verify;

pub use chain::{Chain, ChainSecret, ChainStart, DeviceNumber};
pub use number::{CardNumber, CardNumberError};
pub use period::{Day, Period, UnixTime};
pub use secret::Secret;
