//! Pages of changes as they come: twice, late, out of order, cut off, too large, without an end. Some by hand, many by seed.
//!
//! `PAGES_SEEDS=FROM..TO` walks other seeds.

mod books;
mod by_hand;
mod endless;
mod phone;
#[path = "../support/mod.rs"]
mod support;
mod walk;

use books::Manner;

fn seeds() -> std::ops::Range<u64> {
    let given = std::env::var("PAGES_SEEDS").ok();
    let parsed = given.as_ref().map(|given| {
        let (from, to) = given.split_once("..").expect("FROM..TO");
        from.parse().expect("a number")..to.parse().expect("a number")
    });
    // 128 among them shows a page that was written late, where nothing holds that back.
    parsed.unwrap_or(100..150)
}

#[test]
fn whatever_pages_come_the_screens_show_what_was_true_and_then_what_is() {
    for seed in seeds() {
        assert_eq!(walk::walk(seed, Manner::Strange), Ok(()), "seed {seed}");
    }
}

/// The control: a server that gives pages of before again, with their cursors, is found by the same walk.
#[test]
fn a_server_whose_pages_come_late_is_found_by_the_walk() {
    let found = (0..10).filter(|seed| walk::walk(*seed, Manner::Late).is_err()).count();
    assert!(found >= 7, "found in {found} of 10 walks only");
}
