//! Localised text: sentences from Fluent, numbers, amounts with their unit, and dates.
//!
//! Another language is another file in `locales/`. Must not know of stores, networks or screens.

mod format;

use std::borrow::Cow;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use icu_decimal::DecimalFormatter;
use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules};
use unic_langid::LanguageIdentifier;

/// Each language with its file, English first.
const LOCALES: &[(&str, &str)] = &[
    ("en", include_str!("locales/en.ftl")),
    ("pl", include_str!("locales/pl.ftl")),
    ("cs", include_str!("locales/cs.ftl")),
    ("ru", include_str!("locales/ru.ftl")),
    ("lt", include_str!("locales/lt.ftl")),
];

/// Text in one language.
pub struct Text {
    language: &'static str,
    bundle: FluentBundle<FluentResource>,
    english: FluentBundle<FluentResource>,
    plurals: Option<PluralRules>,
    decimals: Option<DecimalFormatter>,
}

/// An argument of a sentence.
#[derive(Debug, Clone, Copy)]
pub enum Arg<'a> {
    /// A text as it is.
    Text(&'a str),
    /// A count, for the plural form of the sentence. Shown through a `$number` of its own.
    Count(i64),
}

impl Text {
    /// Text in the nearest language to `tag` (BCP 47); English where there is none.
    pub fn new(tag: &str) -> Text {
        let base = tag.split(['-', '_', '.']).next().unwrap_or_default().to_ascii_lowercase();
        let (language, source) = LOCALES.iter().find(|(tag, _)| *tag == base).unwrap_or(&LOCALES[0]);
        let locale = language.parse::<Locale>().ok();
        Text {
            language,
            bundle: bundle(language, source),
            english: bundle(LOCALES[0].0, LOCALES[0].1),
            plurals: locale.clone().and_then(|locale| PluralRules::try_new_cardinal(locale.into()).ok()),
            decimals: locale.and_then(|locale| {
                DecimalFormatter::try_new(locale.into(), icu_decimal::options::DecimalFormatterOptions::default()).ok()
            }),
        }
    }

    /// The language tags that there are, English first.
    pub fn languages() -> impl Iterator<Item = &'static str> {
        LOCALES.iter().map(|(tag, _)| *tag)
    }

    /// The language of this text.
    pub fn language(&self) -> &'static str {
        self.language
    }

    /// The plural category of a count in this language, as CLDR names it.
    fn plural(&self, count: i64) -> &'static str {
        match self.plurals.as_ref().map(|rules| rules.category_for(count.unsigned_abs())) {
            Some(PluralCategory::Zero) => "zero",
            Some(PluralCategory::One) => "one",
            Some(PluralCategory::Two) => "two",
            Some(PluralCategory::Few) => "few",
            Some(PluralCategory::Many) => "many",
            Some(PluralCategory::Other) | None => "other",
        }
    }

    /// A sentence. A test holds that each `id` in use stands in each language with the same arguments.
    pub fn say(&self, id: &str, args: &[(&str, Arg<'_>)]) -> String {
        let mut values = FluentArgs::with_capacity(args.len() + 1);
        for (name, arg) in args {
            match arg {
                Arg::Text(text) => values.set(*name, FluentValue::String(Cow::Borrowed(*text))),
                Arg::Count(count) => {
                    // The category itself: Fluent's own rules of plurals are wrong for Lithuanian.
                    values.set(*name, FluentValue::String(Cow::Borrowed(self.plural(*count))));
                    values.set("number", FluentValue::String(Cow::Owned(self.number(*count))));
                }
            }
        }
        [&self.bundle, &self.english]
            .into_iter()
            .find_map(|bundle| {
                let pattern = bundle.get_message(id)?.value()?;
                let mut faults = Vec::new();
                let text = bundle.format_pattern(pattern, Some(&values), &mut faults).into_owned();
                for fault in faults {
                    tracing::error!(id, %fault, "a sentence has a fault");
                }
                Some(text)
            })
            .unwrap_or_else(|| {
                tracing::error!(id, "a sentence is missing");
                id.to_owned()
            })
    }
}

fn bundle(language: &str, source: &str) -> FluentBundle<FluentResource> {
    let id = language.parse::<LanguageIdentifier>().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // Isolation marks are for mixing directions; none of our languages is written from right to left.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, faults)| {
        tracing::error!(language, ?faults, "a language file has faults");
        resource
    });
    // The first of two messages with one id stays; a test holds that there is none.
    let _ = bundle.add_resource(resource);
    bundle
}
