//! Numbers, amounts with their unit, ages and dates.

use fixed_decimal::{Decimal, SignDisplay};
use jiff::SignedDuration;
use jiff::civil::DateTime;

use super::{Arg, Text};
use crate::domain::{LocalText, Unit};

impl Text {
    /// A whole number: `1,234` in English, `12 345` with a no-break space in Polish.
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
        let category = self.plural(amount);
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
    use expect_test::expect;

    use super::*;

    fn points() -> Unit {
        let names = serde_json::json!({
            "en": {"one": "point", "other": "points"},
            "pl": {"one": "punkt", "few": "punkty", "many": "punktów", "other": "punktu"},
            "cs": {"one": "bod", "few": "body", "many": "bodu", "other": "bodů"},
            "ru": {"one": "балл", "few": "балла", "many": "баллов", "other": "балла"},
            "lt": {"one": "taškas", "few": "taškai", "many": "taško", "other": "taškų"},
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
    fn amounts_in_each_language() {
        let counts = [0, 1, 2, 5, 21, 22, 25, 101, 112, 1_234_567, -1, -22];
        let lines: Vec<String> = Text::languages()
            .filter(|language| *language != "lt")
            .map(|language| {
                let text = Text::new(language);
                counts.map(|count| text.amount(&points(), count).replace('\u{a0}', "_")).join(" | ")
            })
            .collect();
        expect![[r"
            0_points | 1_point | 2_points | 5_points | 21_points | 22_points | 25_points | 101_points | 112_points | 1,234,567_points | -1_point | -22_points
            0_punktów | 1_punkt | 2_punkty | 5_punktów | 21_punktów | 22_punkty | 25_punktów | 101_punktów | 112_punktów | 1_234_567_punktów | -1_punkt | -22_punkty
            0_bodů | 1_bod | 2_body | 5_bodů | 21_bodů | 22_bodů | 25_bodů | 101_bodů | 112_bodů | 1_234_567_bodů | -1_bod | -22_bodů
            0_баллов | 1_балл | 2_балла | 5_баллов | 21_балл | 22_балла | 25_баллов | 101_балл | 112_баллов | 1_234_567_баллов | -1_балл | -22_балла"]].assert_eq(&lines.join("\n"));
    }

    #[test]
    fn amounts_below_twenty_in_lithuanian() {
        let text = Text::new("lt");
        let line = [0, 1, 2, 5, 9, 10, 11, 19, -1].map(|count| text.amount(&points(), count).replace('\u{a0}', "_"));
        expect!["0_taškų | 1_taškas | 2_taškai | 5_taškai | 9_taškai | 10_taškų | 11_taškų | 19_taškų | −1_taškas"]
            .assert_eq(&line.join(" | "));
    }

    #[test]
    fn amounts_in_lithuanian() {
        let text = Text::new("lt");
        let counts = [0, 1, 2, 5, 21, 22, 25, 101, 102, 111, 112, 1_234_567, -1, -22];
        let line = counts.map(|count| text.amount(&points(), count).replace('\u{a0}', "_"));
        expect!["0_taškų | 1_taškas | 2_taškai | 5_taškai | 21_taškas | 22_taškai | 25_taškai | 101_taškas | 102_taškai | 111_taškų | 112_taškų | 1_234_567_taškai | −1_taškas | −22_taškai"].assert_eq(&line.join(" | "));
    }

    /// Sentences with what comes in the nominative: amounts of 1 and 2, and a tier.
    fn sentences_with_amounts(language: &str) -> Vec<String> {
        let text = Text::new(language);
        let tier = match language {
            "pl" => "Złoty",
            "cs" => "Zlatá",
            "ru" => "Золотой",
            "lt" => "Auksinis",
            _ => "Gold",
        };
        let date = text.date(jiff::civil::date(2026, 12, 31).at(0, 0, 0, 0));
        let (one, two) = (text.amount(&points(), 1), text.amount(&points(), 2));
        let spent = text.signed_amount(&points(), -50);
        let (one, two, spent) = (Arg::Text(&one), Arg::Text(&two), Arg::Text(&spent));
        let (tier, date) = (Arg::Text(tier), Arg::Text(&date));
        let sentences = [
            text.say("tiers-progress", &[("amount", one), ("tier", tier), ("date", date)]),
            text.say("tiers-top", &[("date", date)]),
            text.say("tiers-threshold", &[("amount", two)]),
            text.say("reward-missing", &[("amount", two)]),
            text.say("reward-not-yet", &[("date", date)]),
            text.say("reward-tier", &[("tier", tier)]),
            text.say("balance-pending", &[("amount", spent)]),
            text.say("balance-spendable", &[("amount", two)]),
            text.say("balance-lifetime", &[("amount", two)]),
            text.say("activity-balance", &[("amount", one)]),
            text.say("voucher-valid", &[("date", date)]),
            text.say("reason-insufficient-points", &[("needed", two), ("available", one)]),
            text.say("reason-tier-required", &[("tier", tier)]),
            text.say("reason-price-changed", &[("cost", two)]),
        ];
        sentences.map(|sentence| sentence.replace('\u{a0}', "_")).into()
    }

    #[test]
    fn amounts_in_sentences_of_each_language() {
        let lines: Vec<String> = Text::languages().flat_map(sentences_with_amounts).collect();
        expect![[r"
            1_point to Gold by 31 December 2026
            You are in the highest tier until 31 December 2026
            from 2_points
            2_points to go
            Available from 31 December 2026
            For Gold and higher
            -50_points waiting
            2_points left to spend
            2_points collected since you joined
            Balance: 1_point
            Valid until 31 December 2026
            Not enough points: 2_points needed, 1_point available. Nothing was taken.
            It is for Gold and higher. Nothing was taken.
            It costs 2_points now. Nothing was taken; claim it again if you want it at that price.
            Do poziomu „Złoty” brakuje: 1_punkt, czas do 31 grudnia 2026
            Masz najwyższy poziom, ważny do 31 grudnia 2026
            próg: 2_punkty
            Brakuje: 2_punkty
            Dostępne od 31 grudnia 2026
            Dla poziomu „Złoty” i wyższych
            Oczekuje: -50_punktów
            Do wydania: 2_punkty
            Zebrano od dołączenia do programu: 2_punkty
            Saldo: 1_punkt
            Ważny do 31 grudnia 2026
            Za mało punktów. Potrzeba: 2_punkty, dostępne: 1_punkt. Niczego nie pobrano.
            Ta nagroda jest dla poziomu „Złoty” i wyższych. Niczego nie pobrano.
            Nowa cena: 2_punkty. Niczego nie pobrano. Jeśli ta cena Ci odpowiada, odbierz nagrodę ponownie.
            Do úrovně „Zlatá“ chybí 1_bod, čas máte do 31. prosince 2026
            Máte nejvyšší úroveň, platí do 31. prosince 2026
            hranice: 2_body
            Chybí 2_body
            K dispozici od 31. prosince 2026
            Pro úroveň „Zlatá“ a vyšší
            Čeká: -50_bodů
            K využití zbývá: 2_body
            Nasbíráno od vstupu do programu: 2_body
            Zůstatek: 1_bod
            Platí do 31. prosince 2026
            Nedostatek bodů. Potřeba: 2_body, k dispozici: 1_bod. Nic se neodečetlo.
            Tato odměna je pro úroveň „Zlatá“ a vyšší. Nic se neodečetlo.
            Nová cena: 2_body. Nic se neodečetlo. Pokud vám cena vyhovuje, vyberte si odměnu znovu.
            До уровня «Золотой» осталось: 1_балл, срок — до 31 декабря 2026 г.
            У вас высший уровень, он действует до 31 декабря 2026 г.
            порог: 2_балла
            Не хватает: 2_балла
            Доступно с 31 декабря 2026 г.
            Для уровня «Золотой» и выше
            В ожидании: -50_баллов
            Можно потратить: 2_балла
            Накоплено за всё время: 2_балла
            Баланс: 1_балл
            Действует до 31 декабря 2026 г.
            Не хватает баллов. Нужно: 2_балла, доступно: 1_балл. Ничего не списано.
            Эта награда — для уровня «Золотой» и выше. Ничего не списано.
            Новая цена: 2_балла. Ничего не списано. Если цена вам подходит, получите награду заново.
            Iki lygio „Auksinis“ trūksta: 1_taškas, laikas – iki 2026 m. gruodžio 31 d.
            Jūsų lygis aukščiausias, jis galioja iki 2026 m. gruodžio 31 d.
            riba: 2_taškai
            Trūksta: 2_taškai
            Bus galima gauti nuo 2026 m. gruodžio 31 d.
            Lygiui „Auksinis“ ir aukštesniems
            Laukia: −50_taškų
            Galite išleisti: 2_taškai
            Surinkta per visą laiką: 2_taškai
            Likutis: 1_taškas
            Galioja iki 2026 m. gruodžio 31 d.
            Nepakanka taškų. Reikia: 2_taškai, yra: 1_taškas. Nieko nenuskaičiuota.
            Šis apdovanojimas skirtas lygiui „Auksinis“ ir aukštesniems. Nieko nenuskaičiuota.
            Nauja kaina: 2_taškai. Nieko nenuskaičiuota. Jei kaina tinka, atsiimkite apdovanojimą iš naujo."]]
        .assert_eq(&lines.join("\n"));
    }

    #[test]
    fn an_unknown_language_is_english() {
        for tag in ["", "C", "xx", "en_US.UTF-8"] {
            assert_eq!(Text::new(tag).language(), "en", "{tag}");
        }
    }
}
