//! The membership card: what its code says, the barcode symbol that carries it, and how that is drawn.
//!
//! Pure: no input or output, no clock, no global state. It knows nothing of accounts, the store or HTTP, so that a till can
//! use it without the rest of the core.
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

pub mod draw;
mod number;
pub mod payload;
pub mod symbol;

pub use number::{CardNumber, CardNumberError};
