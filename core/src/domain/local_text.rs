//! A text of the programme in each of its languages, keyed by language tag.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A text in each language that the programme has, keyed by BCP 47 tag. `en` is always among them by the Member API.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocalText(BTreeMap<String, String>);

impl LocalText {
    /// The text in `language`, else in its base language, else in English, else in any.
    pub fn pick(&self, language: &str) -> &str {
        let base = language.split('-').next().unwrap_or(language);
        [language, base, "en"]
            .iter()
            .find_map(|tag| self.0.get(*tag))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }
}

impl<const N: usize> From<[(&str, &str); N]> for LocalText {
    fn from(texts: [(&str, &str); N]) -> Self {
        Self(texts.into_iter().map(|(tag, text)| (tag.to_owned(), text.to_owned())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_language_is_picked() {
        let text = LocalText::from([("en", "Coffee"), ("pl", "Kawa")]);
        for (language, expected) in [("pl", "Kawa"), ("pl-PL", "Kawa"), ("cs", "Coffee"), ("", "Coffee")] {
            assert_eq!(text.pick(language), expected, "{language}");
        }
        assert_eq!(LocalText::from([("de", "Kaffee")]).pick("pl"), "Kaffee");
        assert_eq!(LocalText::default().pick("pl"), "");
    }
}
