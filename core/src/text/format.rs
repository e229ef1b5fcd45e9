//! Numbers, amounts with their unit, ages and dates.

use fixed_decimal::{Decimal, SignDisplay};
use intl_pluralrules::PluralCategory;
use jiff::SignedDuration;
use jiff::civil::DateTime;

use super::{Arg, Text};
use crate::domain::{LocalText, Unit};

impl Text {
    /// A whole number: `1,234` in English, `1 234` with a no-break space in Polish.
    pub fn number(&self, number: i64) -> String {
        self.decimal(&Decimal::from(number))
    }

    /// A whole number with its sign: `+35`, `-50`, `0`.
    pub fn signed_number(&self, number: i64) -> String {
        let mut decimal = Decimal::from(number);
        decimal.apply_sign_display(SignDisplay::ExceptZero);
        self.decimal(&decimal)
    }

    fn decimal(&self, decimal: &Decimal) -> String {
        match &self.decimals {
            Some(formatter) => formatter.format(decimal).to_string(),
            None => decimal.to_string(),
        }
    }

    /// `135 points`.
    pub fn amount(&self, unit: &Unit, amount: i64) -> String {
        self.with_unit(unit, amount, &self.number(amount))
    }

    /// `+35 points`.
    pub fn signed_amount(&self, unit: &Unit, amount: i64) -> String {
        self.with_unit(unit, amount, &self.signed_number(amount))
    }

    fn with_unit(&self, unit: &Unit, amount: i64, number: &str) -> String {
        // The space does not break, so that a number never stands apart from what it counts.
        format!("{number}\u{a0}{}", self.unit_name(unit, amount))
    }

    fn unit_name<'u>(&self, unit: &'u Unit, amount: i64) -> &'u str {
        let forms =
            unit.names.get(self.language).or_else(|| unit.names.get("en")).or_else(|| unit.names.values().next());
        let category = match self.plurals.as_ref().and_then(|rules| rules.select(amount.unsigned_abs()).ok()) {
            Some(PluralCategory::ZERO) => "zero",
            Some(PluralCategory::ONE) => "one",
            Some(PluralCategory::TWO) => "two",
            Some(PluralCategory::FEW) => "few",
            Some(PluralCategory::MANY) => "many",
            Some(PluralCategory::OTHER) | None => "other",
        };
        forms
            .and_then(|forms| forms.get(category).or_else(|| forms.get("other")))
            .map_or(unit.kind.as_str(), String::as_str)
    }

    /// A text of the programme in this language.
    pub fn of_programme<'t>(&self, text: &'t LocalText) -> &'t str {
        text.pick(self.language)
    }

    /// `3 January 2027`.
    pub fn date(&self, at: DateTime) -> String {
        let month = self.say(&format!("month-{}", at.month()), &[]);
        let (day, year) = (at.day().to_string(), at.year().to_string());
        self.say("date", &[("day", Arg::Text(&day)), ("month", Arg::Text(&month)), ("year", Arg::Text(&year))])
    }

    /// `3 January 2027, 14:05`.
    pub fn date_time(&self, at: DateTime) -> String {
        let time = format!("{:02}:{:02}", at.hour(), at.minute());
        self.say("date-time", &[("date", Arg::Text(&self.date(at))), ("time", Arg::Text(&time))])
    }

    /// How long ago something was updated.
    pub fn age(&self, age: Option<SignedDuration>) -> String {
        let Some(age) = age else { return self.say("age-never", &[]) };
        let minutes = age.as_mins();
        match minutes {
            ..1 => self.say("age-now", &[]),
            1..60 => self.say("age-minutes", &[("count", Arg::Count(minutes))]),
            60..1440 => self.say("age-hours", &[("count", Arg::Count(minutes / 60))]),
            _ => self.say("age-days", &[("count", Arg::Count(minutes / 1440))]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Unit {
        let names = serde_json::json!({
            "en": {"one": "point", "other": "points"},
            "pl": {"one": "punkt", "few": "punkty", "many": "punktów", "other": "punktu"},
        });
        Unit {
            id: "points".parse().expect("an id"),
            kind: "points".to_owned(),
            names: serde_json::from_value(names).expect("names"),
        }
    }

    #[test]
    fn amounts_in_english() {
        let text = Text::new("en-GB");
        let table = [(0, "0 points"), (1, "1 point"), (-1, "-1 point"), (2, "2 points"), (1234, "1,234 points")];
        for (amount, expected) in table {
            assert_eq!(text.amount(&points(), amount).replace('\u{a0}', " "), expected);
        }
        assert_eq!(text.signed_number(35), "+35");
        assert_eq!(text.signed_number(-50), "-50");
        assert_eq!(text.signed_number(0), "0");
    }

    #[test]
    fn ages_and_dates_in_english() {
        let text = Text::new("en");
        let minutes = SignedDuration::from_mins;
        let table = [
            (None, "Not synced yet"),
            (Some(minutes(-5)), "Up to date"),
            (Some(minutes(0)), "Up to date"),
            (Some(minutes(1)), "Updated 1 minute ago"),
            (Some(minutes(59)), "Updated 59 minutes ago"),
            (Some(minutes(60)), "Updated 1 hour ago"),
            (Some(minutes(24 * 60)), "Updated 1 day ago"),
            (Some(minutes(1500 * 24 * 60)), "Updated 1,500 days ago"),
        ];
        for (age, expected) in table {
            assert_eq!(text.age(age), expected);
        }
        let at = jiff::civil::date(2027, 1, 3).at(14, 5, 0, 0);
        assert_eq!(text.date_time(at), "3 January 2027, 14:05");
    }

    #[test]
    fn an_unknown_language_is_english() {
        for tag in ["", "C", "xx", "en_US.UTF-8"] {
            assert_eq!(Text::new(tag).language(), "en", "{tag}");
        }
    }
}
