//! What the core says, in each language: the same sentences with the same variables, and the right plural forms.
//!
//! Amounts with their unit are checked beside the code that writes them, in `core/src/text/format.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use fluent_syntax::ast::{CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey};
use fluent_syntax::parser;
use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules};
use jiff::SignedDuration;
use jiff::civil::date;
use member_core::text::{Arg, Text};

/// Words of the code that begin like the id of a sentence and are none: registered names of reasons, and a prefix.
const NO_SENTENCES: &[&str] = &["reward-unavailable", "cancel-underway", "voucher-closed", "notice-"];

/// Sentences that may read the same as in English: they hold variables alone.
const SAME_AS_ENGLISH: &[&str] = &["card-arrived", "date", "date-time"];

/// The counts at which the plural forms of these languages change.
const COUNTS: [i64; 9] = [0, 1, 2, 5, 21, 22, 25, 101, 112];

/// A sentence as its file has it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sentence {
    variables: BTreeSet<String>,
    choices: Vec<Choice>,
    words: String,
}

/// A place where a sentence chooses among forms.
#[derive(Debug, Default, PartialEq, Eq)]
struct Choice {
    by: Option<String>,
    /// Each form with the variables in it.
    forms: BTreeMap<String, BTreeSet<String>>,
    /// The form where no other fits.
    default: String,
}

impl Sentence {
    fn read(pattern: &Pattern<&str>) -> Sentence {
        let mut sentence = Sentence::default();
        sentence.pattern(pattern);
        sentence
    }

    fn pattern(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => self.words.push_str(value),
                PatternElement::Placeable { expression } => self.expression(expression),
            }
        }
    }

    fn expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                let mut choice = Choice::default();
                if let InlineExpression::VariableReference { id } = selector {
                    choice.by = Some(id.name.to_owned());
                }
                for variant in variants {
                    let (VariantKey::Identifier { name } | VariantKey::NumberLiteral { value: name }) = variant.key;
                    let form = Sentence::read(&variant.value);
                    self.variables.extend(form.variables.iter().cloned());
                    self.words.push_str(&form.words);
                    self.choices.extend(form.choices);
                    let twice = choice.forms.insert(name.to_owned(), form.variables);
                    assert_eq!(twice, None, "the form {name} stands twice");
                    if variant.default {
                        name.clone_into(&mut choice.default);
                    }
                }
                self.choices.push(choice);
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.variables.insert(id.name.to_owned());
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            InlineExpression::FunctionReference { arguments, .. }
            | InlineExpression::TermReference { arguments: Some(arguments), .. } => self.arguments(arguments),
            InlineExpression::StringLiteral { .. }
            | InlineExpression::NumberLiteral { .. }
            | InlineExpression::MessageReference { .. }
            | InlineExpression::TermReference { arguments: None, .. } => {}
        }
    }

    fn arguments(&mut self, arguments: &CallArguments<&str>) {
        let named = arguments.named.iter().map(|argument| &argument.value);
        arguments.positional.iter().chain(named).for_each(|argument| self.inline(argument));
    }
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn language_file(language: &str) -> String {
    let path = source().join("text/locales").join(format!("{language}.ftl"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The sentences of a language by their id. Anything else in the file is a fault.
fn sentences(language: &str) -> BTreeMap<String, Sentence> {
    let text = language_file(language);
    let resource = parser::parse(text.as_str()).unwrap_or_else(|(_, faults)| panic!("{language}.ftl: {faults:?}"));
    let mut found = BTreeMap::new();
    for entry in &resource.body {
        match entry {
            Entry::Message(message) => {
                let id = message.id.name;
                assert!(message.attributes.is_empty(), "{language}.ftl: {id} has attributes, which nothing reads");
                let value = message.value.as_ref().unwrap_or_else(|| panic!("{language}.ftl: {id} is empty"));
                let twice = found.insert(id.to_owned(), Sentence::read(value));
                assert_eq!(twice, None, "{language}.ftl: {id} stands twice");
            }
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            Entry::Term(_) | Entry::Junk { .. } => panic!("{language}.ftl: not a sentence: {entry:?}"),
        }
    }
    found
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the core") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every string in the code of the core that has the shape of an id, without comments and unit tests.
fn words_of_the_code() -> BTreeSet<String> {
    let mut files = Vec::new();
    rust_files(&source(), &mut files);
    let mut words = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let strings = line.split('"').skip(1).step_by(2);
            words.extend(strings.filter(|word| is_id(word)).map(str::to_owned));
        }
    }
    words
}

fn is_id(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// `error-code` is of the family `error`; `date` is one alone.
fn family(id: &str) -> Option<&str> {
    id.split_once('-').map(|(family, _)| family)
}

fn rules(language: &str) -> PluralRules {
    let locale: Locale = language.parse().expect("a language tag");
    PluralRules::try_new_cardinal(locale.into()).expect("the language has plural rules")
}

fn name(category: PluralCategory) -> &'static str {
    match category {
        PluralCategory::Zero => "zero",
        PluralCategory::One => "one",
        PluralCategory::Two => "two",
        PluralCategory::Few => "few",
        PluralCategory::Many => "many",
        PluralCategory::Other => "other",
    }
}

/// The categories that whole numbers have in a language.
fn categories_of_whole_numbers(rules: &PluralRules) -> BTreeSet<&'static str> {
    (0..=1_000_u32).map(|count| name(rules.category_for(count))).collect()
}

/// All categories of a language, those of fractions too.
fn all_categories(rules: &PluralRules) -> BTreeSet<&'static str> {
    rules.categories().map(name).collect()
}

#[test]
fn each_sentence_in_use_exists_and_each_that_exists_is_used() {
    let english: BTreeSet<String> = sentences("en").into_keys().collect();
    let words = words_of_the_code();
    let families: BTreeSet<&str> = english.iter().filter_map(|id| family(id)).collect();
    let missing: Vec<&String> = words
        .iter()
        .filter(|word| family(word).is_some_and(|family| families.contains(family)))
        .filter(|word| !english.contains(*word) && !NO_SENTENCES.contains(&word.as_str()))
        .collect();
    assert!(missing.is_empty(), "not in en.ftl: {missing:?}");

    // The only ids that the code composes.
    let composed: BTreeSet<String> = (1..=12).map(|month| format!("month-{month}")).collect();
    let unused: Vec<&String> = english.iter().filter(|id| !words.contains(*id) && !composed.contains(*id)).collect();
    assert!(unused.is_empty(), "never said: {unused:?}");
}

#[test]
fn each_file_is_a_language_and_each_language_a_file() {
    let files: BTreeSet<String> = fs::read_dir(source().join("text/locales"))
        .expect("the folder of languages")
        .map(|entry| entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    let languages: BTreeSet<String> = Text::languages().map(str::to_owned).collect();
    assert_eq!(languages, files);
    assert_eq!(languages, ["cs", "en", "lt", "pl", "ru"].map(str::to_owned).into());
}

#[test]
fn a_tag_with_region_script_or_encoding_picks_its_language() {
    let table = [
        ("pl", "pl"),
        ("pl-PL", "pl"),
        ("pl_PL.UTF-8", "pl"),
        ("PL", "pl"),
        ("cs-CZ", "cs"),
        ("ru-LT", "ru"),
        ("ru-Cyrl-RU", "ru"),
        ("lt_LT", "lt"),
        ("en-GB", "en"),
        ("plt", "en"),
    ];
    for (tag, language) in table {
        assert_eq!(Text::new(tag).language(), language, "{tag}");
    }
}

#[test]
fn each_language_has_the_sentences_and_variables_of_english() {
    let english = sentences("en");
    let mut faults = Vec::new();
    for language in Text::languages().filter(|language| *language != "en") {
        let here = sentences(language);
        for (id, sentence) in &english {
            match here.get(id) {
                None => faults.push(format!("{language}: {id} is missing")),
                Some(found) if found.variables != sentence.variables => faults.push(format!(
                    "{language}: {id} has the variables {:?}, in English {:?}",
                    found.variables, sentence.variables
                )),
                Some(found) if found.words == sentence.words && !SAME_AS_ENGLISH.contains(&id.as_str()) => {
                    faults.push(format!("{language}: {id} reads as in English"));
                }
                Some(_) => {}
            }
        }
        faults.extend(here.keys().filter(|id| !english.contains_key(*id)).map(|id| format!("{language}: {id} is new")));
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn each_plural_has_the_categories_of_its_language() {
    let mut faults = Vec::new();
    for language in Text::languages() {
        let rules = rules(language);
        let (needed, known) = (categories_of_whole_numbers(&rules), all_categories(&rules));
        for (id, sentence) in sentences(language) {
            let mut fault = |what: String| faults.push(format!("{language}: {id} {what}"));
            if sentence.variables.contains("count") && sentence.choices.is_empty() {
                fault("has a count and no forms".to_owned());
            }
            for choice in &sentence.choices {
                if choice.by.as_deref() != Some("count") {
                    fault(format!("chooses by {:?}, not by a count", choice.by));
                }
                if choice.default != "other" {
                    fault(format!("falls back on {:?}", choice.default));
                }
                for category in needed.iter().filter(|category| !choice.forms.contains_key(**category)) {
                    fault(format!("lacks [{category}]"));
                }
                for form in choice.forms.keys().filter(|form| !known.contains(form.as_str())) {
                    fault(format!("has [{form}], which the language does not"));
                }
                // In most of these languages `one` is 21 too: no form may leave its number unsaid.
                for (form, _) in choice.forms.iter().filter(|(_, variables)| !variables.contains("number")) {
                    fault(format!("leaves the number out of [{form}]"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_categories_of_each_language() {
    let lines: Vec<String> = Text::languages()
        .map(|language| {
            let rules = rules(language);
            let list = |categories: BTreeSet<&str>| categories.into_iter().collect::<Vec<_>>().join(" ");
            let (whole, all) = (categories_of_whole_numbers(&rules), all_categories(&rules));
            format!("{language}: {}; with fractions {}", list(whole), list(all))
        })
        .collect();
    expect![[r"
        en: one other; with fractions one other
        pl: few many one; with fractions few many one other
        cs: few one other; with fractions few many one other
        ru: few many one; with fractions few many one other
        lt: few one other; with fractions few many one other"]]
    .assert_eq(&lines.join("\n"));
}

/// Holds the sentence of each of [`COUNTS`] against `expected`.
fn check_counts(language: &str, id: &str, expected: Expect) {
    check_some_counts(language, id, &COUNTS, expected);
}

#[expect(clippy::needless_pass_by_value, reason = "a snapshot is written where it is used")]
fn check_some_counts(language: &str, id: &str, counts: &[i64], expected: Expect) {
    let text = Text::new(language);
    let lines: Vec<String> = counts.iter().map(|count| text.say(id, &[("count", Arg::Count(*count))])).collect();
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn days_in_each_language() {
    check_counts(
        "en",
        "age-days",
        expect![[r"
        Updated 0 days ago
        Updated 1 day ago
        Updated 2 days ago
        Updated 5 days ago
        Updated 21 days ago
        Updated 22 days ago
        Updated 25 days ago
        Updated 101 days ago
        Updated 112 days ago"]],
    );
    check_counts(
        "pl",
        "age-days",
        expect![[r"
        Zaktualizowano 0 dni temu
        Zaktualizowano 1 dzień temu
        Zaktualizowano 2 dni temu
        Zaktualizowano 5 dni temu
        Zaktualizowano 21 dni temu
        Zaktualizowano 22 dni temu
        Zaktualizowano 25 dni temu
        Zaktualizowano 101 dni temu
        Zaktualizowano 112 dni temu"]],
    );
    check_counts(
        "cs",
        "age-days",
        expect![[r"
        Aktualizováno před 0 dny
        Aktualizováno před 1 dnem
        Aktualizováno před 2 dny
        Aktualizováno před 5 dny
        Aktualizováno před 21 dny
        Aktualizováno před 22 dny
        Aktualizováno před 25 dny
        Aktualizováno před 101 dny
        Aktualizováno před 112 dny"]],
    );
    check_counts(
        "ru",
        "age-days",
        expect![[r"
        Обновлено 0 дней назад
        Обновлено 1 день назад
        Обновлено 2 дня назад
        Обновлено 5 дней назад
        Обновлено 21 день назад
        Обновлено 22 дня назад
        Обновлено 25 дней назад
        Обновлено 101 день назад
        Обновлено 112 дней назад"]],
    );
}

#[test]
fn pending_actions_in_each_language() {
    check_counts(
        "en",
        "card-pending",
        expect![[r"
        0 actions are waiting
        1 action is waiting
        2 actions are waiting
        5 actions are waiting
        21 actions are waiting
        22 actions are waiting
        25 actions are waiting
        101 actions are waiting
        112 actions are waiting"]],
    );
    check_counts(
        "pl",
        "card-pending",
        expect![[r"
        0 operacji czeka
        1 operacja czeka
        2 operacje czekają
        5 operacji czeka
        21 operacji czeka
        22 operacje czekają
        25 operacji czeka
        101 operacji czeka
        112 operacji czeka"]],
    );
    check_counts(
        "cs",
        "card-pending",
        expect![[r"
        Čeká 0 operací
        Čeká 1 operace
        Čekají 2 operace
        Čeká 5 operací
        Čeká 21 operací
        Čeká 22 operací
        Čeká 25 operací
        Čeká 101 operací
        Čeká 112 operací"]],
    );
    check_counts(
        "ru",
        "card-pending",
        expect![[r"
        Ожидает 0 операций
        Ожидает 1 операция
        Ожидают 2 операции
        Ожидает 5 операций
        Ожидает 21 операция
        Ожидают 22 операции
        Ожидает 25 операций
        Ожидает 101 операция
        Ожидает 112 операций"]],
    );
}

#[test]
fn counts_below_twenty_in_lithuanian() {
    let counts = [0, 1, 2, 5, 9, 10, 11, 19];
    check_some_counts(
        "lt",
        "age-days",
        &counts,
        expect![[r"
        Atnaujinta prieš 0 dienų
        Atnaujinta prieš 1 dieną
        Atnaujinta prieš 2 dienas
        Atnaujinta prieš 5 dienas
        Atnaujinta prieš 9 dienas
        Atnaujinta prieš 10 dienų
        Atnaujinta prieš 11 dienų
        Atnaujinta prieš 19 dienų"]],
    );
    check_some_counts(
        "lt",
        "card-pending",
        &counts,
        expect![[r"
        Laukia 0 operacijų
        Laukia 1 operacija
        Laukia 2 operacijos
        Laukia 5 operacijos
        Laukia 9 operacijos
        Laukia 10 operacijų
        Laukia 11 operacijų
        Laukia 19 operacijų"]],
    );
}

#[test]
fn counts_in_lithuanian() {
    check_counts(
        "lt",
        "age-days",
        expect![[r"
        Atnaujinta prieš 0 dienų
        Atnaujinta prieš 1 dieną
        Atnaujinta prieš 2 dienas
        Atnaujinta prieš 5 dienas
        Atnaujinta prieš 21 dieną
        Atnaujinta prieš 22 dienas
        Atnaujinta prieš 25 dienas
        Atnaujinta prieš 101 dieną
        Atnaujinta prieš 112 dienų"]],
    );
    check_counts(
        "lt",
        "card-pending",
        expect![[r"
        Laukia 0 operacijų
        Laukia 1 operacija
        Laukia 2 operacijos
        Laukia 5 operacijos
        Laukia 21 operacija
        Laukia 22 operacijos
        Laukia 25 operacijos
        Laukia 101 operacija
        Laukia 112 operacijų"]],
    );
    check_some_counts(
        "lt",
        "age-days",
        &[102, 111, 122],
        expect![[r"
        Atnaujinta prieš 102 dienas
        Atnaujinta prieš 111 dienų
        Atnaujinta prieš 122 dienas"]],
    );
}

#[test]
fn ages_in_each_language() {
    let ages = [None, Some(0), Some(1), Some(3), Some(31), Some(60), Some(5 * 60), Some(24 * 60)];
    let lines: Vec<String> = Text::languages()
        .map(|language| {
            let text = Text::new(language);
            ages.map(|minutes| text.age(minutes.map(SignedDuration::from_mins))).join(" | ")
        })
        .collect();
    expect![[r"
        Not synced yet | Up to date | Updated 1 minute ago | Updated 3 minutes ago | Updated 31 minutes ago | Updated 1 hour ago | Updated 5 hours ago | Updated 1 day ago
        Jeszcze nie zsynchronizowano | Zaktualizowano przed chwilą | Zaktualizowano 1 minutę temu | Zaktualizowano 3 minuty temu | Zaktualizowano 31 minut temu | Zaktualizowano 1 godzinę temu | Zaktualizowano 5 godzin temu | Zaktualizowano 1 dzień temu
        Zatím nesynchronizováno | Aktualizováno před chvílí | Aktualizováno před 1 minutou | Aktualizováno před 3 minutami | Aktualizováno před 31 minutami | Aktualizováno před 1 hodinou | Aktualizováno před 5 hodinami | Aktualizováno před 1 dnem
        Ещё не синхронизировано | Обновлено только что | Обновлено 1 минуту назад | Обновлено 3 минуты назад | Обновлено 31 минуту назад | Обновлено 1 час назад | Обновлено 5 часов назад | Обновлено 1 день назад
        Dar nesinchronizuota | Atnaujinta ką tik | Atnaujinta prieš 1 minutę | Atnaujinta prieš 3 minutes | Atnaujinta prieš 31 minutę | Atnaujinta prieš 1 valandą | Atnaujinta prieš 5 valandas | Atnaujinta prieš 1 dieną"]].assert_eq(&lines.join("\n"));
}

#[test]
fn dates_in_each_language() {
    for language in Text::languages() {
        let text = Text::new(language);
        let months: BTreeSet<String> = (1..=12).map(|month| text.date(date(2027, month, 3).at(0, 0, 0, 0))).collect();
        assert_eq!(months.len(), 12, "{language}: {months:?}");
    }
    let lines: Vec<String> = Text::languages()
        .map(|language| {
            let text = Text::new(language);
            let months = (1..=12).map(|month| text.say(&format!("month-{month}"), &[])).collect::<Vec<_>>().join(" ");
            let at = date(2027, 1, 3).at(14, 5, 0, 0);
            format!("{} | {} | {months}", text.date(at), text.date_time(at))
        })
        .collect();
    expect![[r"
        3 January 2027 | 3 January 2027, 14:05 | January February March April May June July August September October November December
        3 stycznia 2027 | 3 stycznia 2027, 14:05 | stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
        3. ledna 2027 | 3. ledna 2027, 14:05 | ledna února března dubna května června července srpna září října listopadu prosince
        3 января 2027 г. | 3 января 2027 г., 14:05 | января февраля марта апреля мая июня июля августа сентября октября ноября декабря
        2027 m. sausio 3 d. | 2027 m. sausio 3 d. 14:05 | sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio"]].assert_eq(&lines.join("\n"));
}

#[test]
fn numbers_in_each_language() {
    let lines: Vec<String> = Text::languages()
        .map(|language| {
            let text = Text::new(language);
            [1_234_567, 12_345, 1234, -50].map(|number| visible(&text.number(number))).join(" | ")
        })
        .collect();
    expect![[r"
        1,234,567 | 12,345 | 1,234 | -50
        1␣234␣567 | 12␣345 | 1234 | -50
        1␣234␣567 | 12␣345 | 1␣234 | -50
        1␣234␣567 | 12␣345 | 1␣234 | -50
        1␣234␣567 | 12␣345 | 1␣234 | −50"]]
    .assert_eq(&lines.join("\n"));
}

/// Spaces that do not break, made visible.
fn visible(text: &str) -> String {
    text.replace('\u{a0}', "␣").replace('\u{202f}', "⍽")
}
