//! Money as it is typed: exact, in minor units, never through a float. Knows nothing of points.

use serde::Serialize;

/// The most that a line may cost in minor units.
const MAX: i64 = 100_000_000;

/// An amount of money, as the Member API has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Money {
    minor: i64,
    currency: String,
}

impl Money {
    /// Reads `35`, `35.5` or `35.00`. The error is a sentence.
    pub fn parse(text: &str, currency: &str) -> Result<Money, String> {
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(format!("{currency:?} is not the code of a currency, such as EUR."));
        }
        let decimals = decimals(currency);
        let example = if decimals == 0 { "35" } else { "35.00" };
        let wrong = || format!("{text:?} is not an amount of {currency}, such as {example}.");
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let ends_in_a_point = text.ends_with('.');
        if whole.is_empty() || ends_in_a_point || part.len() > decimals || !digits(whole) || !digits(part) {
            return Err(wrong());
        }
        let minor = format!("{whole}{part:0<decimals$}").parse::<i64>().ok().filter(|minor| (1..=MAX).contains(minor));
        match minor {
            Some(minor) => Ok(Money { minor, currency: currency.to_owned() }),
            None => Err(format!(
                "{text:?} is out of range: a line of a receipt costs more than nothing, and at most a million."
            )),
        }
    }
}

/// Digits of the minor unit (ISO 4217): two, but for these.
fn decimals(currency: &str) -> usize {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        for (text, currency, minor) in [
            ("35.00", "EUR", 3500),
            ("35", "EUR", 3500),
            ("35.5", "EUR", 3550),
            ("0.01", "EUR", 1),
            // Each of these is off by one as a float.
            ("1.15", "EUR", 115),
            ("8.20", "EUR", 820),
            ("1000000.00", "EUR", 100_000_000),
            ("1200", "JPY", 1200),
            ("1.250", "KWD", 1250),
        ] {
            assert_eq!(Money::parse(text, currency).map(|money| money.minor), Ok(minor), "{text} {currency}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", "35.", ".5", "35,00", "1.005", "-1", "+1", "1e3", "0", "0.00", "1 000", "1000000.01", "٣"]
        {
            assert!(Money::parse(text, "EUR").is_err(), "{text}");
        }
        assert!(Money::parse("99999999999999999999", "EUR").is_err());
        assert!(Money::parse("1.5", "JPY").is_err());
        assert!(Money::parse("1", "eur").is_err());
    }
}
