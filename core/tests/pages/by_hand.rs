//! Pages that were written by hand: what is deleted, what comes twice in one page, what is cut off, and what is overtaken.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::header;
use member_core::ports::HttpAnswer;
use member_core::ports::simulated::Server;
use member_core::{Error, Unreachable};
use serde_json::{Value, json};

use crate::books::{Change, Manner, Shown, answer, cursor_gone, kinds, page_of, query, with_sync};
use crate::phone::{phone, shown};
use crate::support::{Phone, good};

/// What is answered to each request in turn; then 304, for a tag that fits.
type Script = Arc<Mutex<Vec<HttpAnswer>>>;

/// The server answers with `script`. Each request's cursor is noted.
fn scripted(others: Server, script: &Script, asked: &Arc<Mutex<Vec<Option<String>>>>) -> Server {
    let (script, asked) = (Arc::clone(script), Arc::clone(asked));
    with_sync(others, move |request| {
        asked.lock().expect("one thread").push(query(request, "cursor"));
        let mut script = script.lock().expect("one thread");
        match script.is_empty() {
            false => script.remove(0),
            true if request.headers.contains_key(header::IF_NONE_MATCH) => answer(304, "text/plain", ""),
            true => panic!("nobody knows what is now"),
        }
    })
}

/// A member with a scripted server.
struct Scripted {
    phone: Phone,
    script: Script,
    asked: Arc<Mutex<Vec<Option<String>>>>,
}

impl Scripted {
    fn new(seed: u64) -> Scripted {
        let phone = Phone::new(seed);
        phone.device.network.set_faults(good());
        let (script, asked) = (Script::default(), Arc::default());
        phone.device.network.set_server(scripted(phone.backend.server(), &script, &asked));
        // Signing in pulls at once.
        script.lock().expect("one thread").push(page(&base(), "c0", false));
        phone.join();
        let new = Scripted { phone, script, asked };
        new.sync(&[]);
        new
    }

    /// These answers come, and everything is asked for.
    fn sync(&self, answers: &[HttpAnswer]) -> Shown {
        self.script.lock().expect("one thread").extend_from_slice(answers);
        self.phone.refresh().expect("a sync");
        assert!(self.script.lock().expect("one thread").is_empty(), "an answer was not asked for");
        shown(self.phone.wallet())
    }

    /// Its cursor, of the last request.
    fn last_asked(&self) -> Option<String> {
        self.asked.lock().expect("one thread").last().expect("a request").clone()
    }
}

/// What always is.
fn base() -> Vec<Change> {
    vec![Change::put("programme", "market", 1), Change::put("member", "m", 1), Change::put("tier", "t0", 1)]
}

fn page(changes: &[Change], cursor: &str, more: bool) -> HttpAnswer {
    let changes: Vec<Value> = changes.iter().map(Change::json).collect();
    page_of(&json!({"changes": changes, "cursor": cursor, "more": more}))
}

#[test]
fn what_is_deleted_goes_and_what_comes_again_is_there() {
    for (seed, (kind, id)) in (0..).zip(kinds()) {
        let (new, gone) = (|revision| Change::put(kind, id, revision), || Change::delete(kind, id));
        let scripted = Scripted::new(seed);
        let nothing = shown(scripted.phone.wallet());
        let with = |revision: u64| {
            let mut with = nothing.clone();
            if let Some(name) = new(revision).name() {
                with.insert(name, revision.to_string());
            }
            with
        };
        // Never seen, and deleted all the same.
        assert_eq!(scripted.sync(&[page(&[gone()], "c1", false)]), nothing, "{kind}");
        assert_eq!(scripted.sync(&[page(&[new(2)], "c2", false)]), with(2), "{kind}");
        assert_eq!(scripted.sync(&[page(&[gone()], "c3", false)]), nothing, "{kind}");
        // Again, in the same page and over pages.
        assert_eq!(scripted.sync(&[page(&[new(3), gone(), new(4)], "c4", false)]), with(4), "{kind}");
        assert_eq!(scripted.sync(&[page(&[new(5), new(6), gone()], "c5", false)]), nothing, "{kind}");
        let over_pages =
            [page(&[new(7)], "c6", true), page(&[gone(), gone()], "c7", true), page(&[new(8)], "c8", false)];
        assert_eq!(scripted.sync(&over_pages), with(8), "{kind}");
        // Twice, as a network that repeats itself delivers it.
        let twice = [page(&[gone(), new(9)], "c9", true), page(&[gone(), new(9)], "c9", false)];
        assert_eq!(scripted.sync(&twice), with(9), "{kind}");
        // A new base brings it and takes it away again before it is shown; half of it is built over a restart.
        let rebuilt =
            [cursor_gone(), page(&base(), "d1", true), page(&[new(10)], "d2", true), page(&[gone()], "d3", false)];
        assert_eq!(scripted.sync(&rebuilt), nothing, "{kind}");
        assert_eq!(scripted.last_asked().as_deref(), Some("d2"), "{kind}");
        assert_eq!(scripted.sync(&[]), nothing, "{kind}");
        assert_eq!(scripted.last_asked().as_deref(), Some("d3"), "{kind}");
    }
}

#[test]
fn the_card_itself_may_go_and_come_in_one_page() {
    let scripted = Scripted::new(20);
    for (revision, (kind, id)) in (2..).zip([("programme", "market"), ("member", "m")]) {
        let again = [Change::delete(kind, id), Change::put(kind, "another", revision)];
        let now = scripted.sync(&[page(&again, &format!("c{revision}"), false)]);
        assert_eq!(now.get(kind), Some(&revision.to_string()));
        assert_eq!(scripted.phone.wallet().card().expect("a view").empty, None);
    }
}

#[test]
fn a_page_that_is_cut_off_anywhere_leaves_everything_as_it_was() {
    let scripted = Scripted::new(21);
    let before = shown(scripted.phone.wallet());
    let whole = page(&[Change::put("reward", "r0", 2), Change::put("entry", "e1", 2)], "c1", false);
    for length in (0..whole.body.len()).step_by(3) {
        let cut = HttpAnswer { body: whole.body.slice(..length), ..whole.clone() };
        scripted.script.lock().expect("one thread").push(cut);
        assert_eq!(scripted.phone.refresh(), Err(Error::Unreachable(Unreachable::NotOurs)), "{length} bytes");
        assert_eq!(shown(scripted.phone.wallet()), before, "{length} bytes");
    }
    // Nor does one that goes on after its end, or whose middle breaks the contract.
    let more = HttpAnswer { body: [whole.body.clone(), whole.body.clone()].concat().into(), ..whole.clone() };
    let broken = json!({"changes": [Change::put("reward", "r0", 2).json(), {"kind": "reward", "id": "r1"}],
        "cursor": "c1", "more": false});
    for bad in [more, page_of(&broken)] {
        scripted.script.lock().expect("one thread").push(bad);
        assert_eq!(scripted.phone.refresh(), Err(Error::Unreachable(Unreachable::NotOurs)));
        assert_eq!(shown(scripted.phone.wallet()), before);
    }
    // The control: whole, it is taken.
    assert_eq!(scripted.sync(&[whole]).len(), before.len() + 2);
    assert_eq!(scripted.last_asked().as_deref(), Some("c0"), "nothing of the bad ones was taken for a cursor");
}

#[test]
fn a_new_base_whose_cursor_goes_is_begun_anew_and_what_was_shown_stays() {
    let mut scripted = Scripted::new(22);
    scripted.sync(&[page(&[Change::put("reward", "r0", 2)], "c1", false)]);
    let before = shown(scripted.phone.wallet());
    // Two pages of a new base, and then the server is restored once more.
    let half = [cursor_gone(), page(&base(), "d1", true), page(&[Change::put("reward", "r1", 3)], "d2", true)];
    scripted.script.lock().expect("one thread").extend(half);
    scripted.script.lock().expect("one thread").push(cursor_gone());
    assert_eq!(scripted.phone.refresh(), Err(Error::Unreachable(Unreachable::NotOurs)), "twice in one refresh");
    assert_eq!(shown(scripted.phone.wallet()), before);
    scripted.phone.start();
    assert_eq!(shown(scripted.phone.wallet()), before);
    // Told by a cursor of before the second restore that it is gone, the phone asks for everything.
    let again = [cursor_gone(), page(&base(), "e1", true), page(&[Change::put("reward", "r2", 4)], "e2", false)];
    let now = scripted.sync(&again);
    let rewards: Vec<_> = now.keys().filter(|name| name.starts_with("reward")).collect();
    assert_eq!(rewards, ["reward r2"], "nothing of the half base is left");
    assert_eq!(scripted.last_asked().as_deref(), Some("e1"));
}

#[test]
fn a_base_without_a_card_does_not_take_the_place_of_one_that_has_it() {
    let scripted = Scripted::new(23);
    let before = shown(scripted.phone.wallet());
    let halves = [&base()[..1], &base()[1..], &[]];
    for half in halves {
        scripted.script.lock().expect("one thread").extend([cursor_gone(), page(half, "d1", false)]);
        assert_eq!(scripted.phone.refresh(), Err(Error::Unreachable(Unreachable::NotOurs)));
        assert_eq!(shown(scripted.phone.wallet()), before);
        // Asked from there on, there is nothing new either.
        assert_eq!(scripted.phone.refresh(), Err(Error::Unreachable(Unreachable::NotOurs)));
        assert_eq!(shown(scripted.phone.wallet()), before);
    }
    // What was missing comes, and with it the new base is whole.
    let mut rest = base();
    rest.push(Change::put("reward", "r0", 2));
    let now = scripted.sync(&[page(&rest, "d2", false)]);
    assert_eq!(now.len(), before.len() + 1);
}

#[test]
fn nothing_new_is_no_answer_to_a_request_for_everything() {
    let scripted = Scripted::new(24);
    let before = shown(scripted.phone.wallet());
    scripted.script.lock().expect("one thread").extend([cursor_gone(), answer(304, "text/plain", "")]);
    assert_eq!(scripted.phone.refresh(), Err(Error::Unreachable(Unreachable::NotOurs)));
    assert_eq!(shown(scripted.phone.wallet()), before, "an empty base took the place of the card");
    let now = scripted.sync(&[page(&base(), "d1", false)]);
    assert_eq!(now, before);
}

/// A page that a held request brought, and whose write is slow: by the time that it is made, a refresh has taken the place of
/// that request and brought a newer page. The older one is not written over it.
#[test]
fn a_page_that_was_given_up_on_its_way_to_the_disk_takes_nothing_back() {
    for seed in 0..5 {
        let (phone, books) = phone(seed, Manner::Plain);
        phone.refresh().expect("a sync");
        let _on_screen = phone.wallet().show_card().expect("a card on screen");
        phone.world.pass(Duration::from_secs(1));
        for round in 0..10 {
            phone.device.set_slow_disk(Duration::from_secs(2));
            books.lock().expect("one thread").put("reward", "r1");
            phone.world.pass(Duration::from_millis(200 + phone.world.below(1500)));
            books.lock().expect("one thread").put("reward", "r1");
            phone.refresh().expect("a sync");
            let now = books.lock().expect("one thread").now().clone();
            for moment in 0..20 {
                assert_eq!(shown(phone.wallet()), now, "seed {seed}, round {round}, moment {moment}");
                phone.world.pass(Duration::from_millis(100));
            }
            phone.world.pass(Duration::from_secs(8));
        }
    }
}
