//! Kill -9: a real process with the real wallet, on real files and a real socket, is killed at random moments, again and again.
//! Nothing that the member was told is lost, nothing takes effect twice, and the wallet always opens.
//!
//! `CRASH_SEEDS=FROM..TO` plays other lives. A failure names its seed and its last steps. The seed draws the moments; what the
//! machine does in them is its own affair.

#![allow(clippy::print_stdout, reason = "the figures")]
#![allow(clippy::disallowed_methods, reason = "processes, threads and a bound on how long a process is waited for")]

mod backend;
mod disk;
mod life;
mod older;
mod phone;
mod process;
mod said;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Instant;

use life::{Broken, KILLS, Life, Tally};
use said::Phase;

/// Four lives of fifty kills.
const SEEDS: Range<u64> = 0..4;
const MORE_SEEDS: Range<u64> = 4..8;

fn asked_seeds() -> Option<Range<u64>> {
    let asked = std::env::var("CRASH_SEEDS").ok()?;
    let range = asked.split_once("..").and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    Some(range.expect("CRASH_SEEDS is FROM..TO"))
}

fn play(seed: u64) -> Result<Tally, String> {
    let mut life = Life::new(seed, Broken::default());
    let lived = catch_unwind(AssertUnwindSafe(|| life.live(KILLS)));
    lived.unwrap_or_else(|_| Err("a panic of the test itself, which stands above".to_owned())).map_err(|fault| {
        let last = life.trace.iter().rev().take(40).rev().fold(String::new(), |all, step| format!("{all}\n  {step}"));
        let kept = life.keep();
        format!(
            "seed {seed}: {fault}\nthe last steps:{last}\nits files: {}\nplay it again: CRASH_SEEDS={seed}..{} \
             cargo test -p member-core --test kill no_kill -- --nocapture",
            kept.display(),
            seed + 1
        )
    })
}

/// Plays these lives, several at once.
fn play_all(seeds: Range<u64>) -> (Tally, Vec<String>) {
    let seeds = Mutex::new(seeds);
    // Phones mostly wait for the disk and for each other: two at a time on each processor.
    let workers = 2 * std::thread::available_parallelism().map_or(1, usize::from);
    let (tally, faults) = (Mutex::new(Tally::default()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let next = || seeds.lock().expect("nobody panics here").next();
                while let Some(life) = next().map(play) {
                    match life {
                        Ok(more) => tally.lock().expect("nobody panics here").add(more),
                        Err(fault) => faults.lock().expect("nobody panics here").push(fault),
                    }
                }
            });
        }
    });
    (tally.into_inner().expect("nobody panicked"), faults.into_inner().expect("nobody panicked"))
}

#[test]
fn no_kill_takes_back_what_the_member_was_told() {
    let begun = Instant::now();
    let asked = asked_seeds();
    let (mut tally, mut faults) = play_all(asked.clone().unwrap_or(SEEDS));
    // One life need not meet everything. Some of it is over in a moment: a few more lives, where all of them missed it.
    let everything = asked.is_none();
    for seed in MORE_SEEDS.filter(|_| everything) {
        if faults.is_empty() && !tally.missed().is_empty() {
            let (more, fault) = play_all(seed..seed + 1);
            tally.add(more);
            faults.extend(fault);
        }
    }
    println!("{tally}; {:.1} s", begun.elapsed().as_secs_f64());
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n\n"));
    if everything {
        assert_eq!(tally.missed(), Vec::<Phase>::new(), "nothing was killed in the middle of these");
        let Tally { unsaid, cancels, refused, gone, in_succession, .. } = tally;
        assert!([unsaid, cancels, refused, gone, in_succession].iter().all(|met| *met > 0), "{tally}");
    }
}

/// The program of a phone, where it is asked to be one. And what it does when it is let be, which shows that a phone that ends
/// otherwise was killed.
#[test]
fn a_phone_that_nobody_kills_works_and_ends() {
    if let Some(errand) = phone::errand() {
        phone::run(errand);
    }
    let tally = Life::new(1, Broken::default()).live(0).expect("a life that nobody ends");
    println!("{tally}");
    assert!(tally.acknowledged > 0 && tally.effects > 0, "{tally}");
}

/// An app is updated, and killed while it opens the wallet that the version before it left.
#[test]
fn a_wallet_of_an_older_version_outlives_kills_while_it_is_opened() {
    for frozen in older::frozen() {
        let tally = older::kill_while_opening(&frozen, 30);
        println!("{}: {tally:?}", frozen.display());
        assert!(tally.while_opening > 0 && tally.opened > 0, "{tally:?}");
        let both = tally.as_it_was > 0 && tally.newer > 0;
        assert!(both || !tally.migrates, "no kill came before the migration, or none after it: {tally:?}");
    }
}

/// How many of these lives end badly, with one of these words: a life that is broken one way may be found out in another.
fn found(lives: Range<u64>, broken: Broken, words: &[&str]) -> usize {
    let faults: Vec<_> = lives.filter_map(|seed| Life::new(seed, broken).live(KILLS).err()).collect();
    println!("{}", faults.join("\n"));
    faults.iter().filter(|fault| words.iter().any(|words| fault.contains(words))).count()
}

/// The control: a phone that says so a moment before an action is on the disk loses some, and this test sees it.
#[test]
fn a_phone_that_tells_too_early_is_found() {
    assert!(found(0..3, Broken { too_early: true, ..Broken::default() }, &["is lost"]) > 0);
}

/// The other control: beside a server that executes a repeat again, a kill doubles effects, and this test sees it.
#[test]
fn a_server_that_forgets_keys_is_found_by_the_kills() {
    assert!(found(0..3, Broken { ignores_keys: true, ..Broken::default() }, &["took effect", "two vouchers"]) > 0);
}
