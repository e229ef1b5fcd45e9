//! Members' stories from files, played on the real core and a real sandbox process. The same files are played through Kotlin and
//! through Swift; docs/stories.md describes them.
//!
//! What is waited for is awaited, with a bound; nothing is waited for by sleeping.

#![expect(clippy::disallowed_methods, reason = "a test of processes needs threads and a bound on how long it waits")]

// Brings the database that is behind the wallet.
use member_core as _;

mod matching;
mod phone;
mod play;
mod server;
mod story;

use std::time::Duration;

use story::{Failure, Vocabulary};

#[test]
fn every_story_is_played() {
    let vocabulary = Vocabulary::load();
    let stories = story::all();
    assert!(stories.iter().any(|(file, _)| file == "sandbox/programmes/market/story.json"), "the stories are found");
    let played = stories.iter().map(|(file, text)| play::play(&vocabulary.story(file, text)?, play::LIMIT));
    let failures: Vec<_> = played.filter_map(|played: Result<(), Failure>| played.err()).map(|f| f.0).collect();
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n\n"));
}

/// A runner that finds nothing wrong with them would find nothing wrong with a broken wallet either.
#[test]
fn stories_that_must_fail_do_and_say_why() {
    let vocabulary = Vocabulary::load();
    for control in story::controls() {
        let file = control["file"].as_str().expect("a name");
        let lines: Vec<_> =
            control["says"].as_array().expect("lines").iter().filter_map(|line| line.as_str()).collect();
        let played = vocabulary.story(file, &control["story"]).and_then(|story| {
            let seconds = control["patience"].as_u64();
            play::play(&story, seconds.map_or(play::LIMIT, Duration::from_secs))
        });
        assert_eq!(played, Err(Failure(lines.join("\n"))), "{file}");
    }
}

#[test]
fn what_fits_and_what_does_not() {
    let samples = story::matching();
    let names = samples["names"].as_object().expect("an object").iter();
    let names = names.map(|(name, value)| (name.clone(), value.as_str().expect("a text").to_owned())).collect();
    for sample in samples["samples"].as_array().expect("a list") {
        let said = matching::differences(&sample["expected"], &samples["shown"], &names);
        assert_eq!(serde_json::json!(said), sample["says"]);
    }
}

#[test]
fn each_word_is_described_and_used() {
    let described =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/stories.md")).expect("the page");
    let stories: Vec<_> = story::all().into_iter().map(|(_, story)| story.to_string()).collect();
    for (word, fields) in Vocabulary::load().words() {
        assert!(described.contains(&format!("`{word}`")), "docs/stories.md does not describe the step `{word}`");
        assert!(stories.iter().any(|story| story.contains(&format!("\"do\":\"{word}\""))), "no story uses `{word}`");
        for field in fields.keys() {
            assert!(described.contains(&format!("`{field}`")), "docs/stories.md does not describe the field `{field}`");
        }
    }
}
