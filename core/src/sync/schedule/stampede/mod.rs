//! What ten thousand phones do to a server that was away for an hour, and to one that all of them hear of at once.
//!
//! The even spread is the yardstick: the same requests, each at a random moment of the time over which they may be spread. That is
//! 15 minutes after an outage, or 20 seconds for what wakes phones while all is well. Held, where all waited for most of the hour:
//! in no second more than twice its mean; nothing before the server's word; and everybody is done within the spread. Where members
//! come and go during the hour and after it, the last of them are served at once, and the mean is of ten seconds. The controls do
//! the same without jitter, with everybody looking at the phone in one second, and with phones that say all at once.
//!
//! `STAMPEDE_SEEDS=N` plays the seeds from 1 to N; without it, 5 of them where the second is held, and one elsewhere.

mod crowd;
mod plot;

use super::*;
use crate::ports::simulated::World;
use crowd::{Arrivals, Crowd, Down, Happening, Server};
use expect_test::expect_file;

const PHONES: usize = 10_000;
const HOUR: Duration = Duration::from_hours(1);

/// From here on requests are counted: delays have grown to the longest.
const COUNTED_FROM: Duration = Duration::from_mins(30);

const END: Duration = Duration::from_hours(3);

/// Within this, who waits for the end of an outage is done.
const SPREAD: Duration = Duration::from_mins(15);

/// The longest that a member looks on.
const LOOK: Duration = Duration::from_mins(1);

/// An hour, and the spread after it but for the time of one look.
const OPENED_WITHIN: Duration = Duration::from_mins(74);

/// One bad hour.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Storm {
    down: Option<Down>,
    /// From the beginning of the hour, everybody claims something within this.
    taps: Duration,
    /// Everybody also opens the app once, at any moment from the beginning of the hour to the end of the spread.
    opened: bool,
    /// The host never says that nobody looks.
    looked_at: bool,
    /// Nobody has a network until the hour is over, and then everybody has.
    tunnel: bool,
    /// To everybody, at the end of the hour.
    at_the_end: Option<Happening>,
    jitter: bool,
    /// Requests in a second that the server serves.
    capacity: u64,
    spread: Duration,
}

const STORM: Storm = Storm {
    down: None,
    taps: Duration::from_mins(1),
    opened: false,
    looked_at: false,
    tunnel: false,
    at_the_end: None,
    jitter: true,
    capacity: u64::MAX,
    spread: SPREAD,
};

/// What came of it, beside the even spread of the same requests.
#[derive(Debug)]
struct Figures {
    /// Requests since the hour was over.
    requests: u64,
    /// In the busiest second, and in the busiest second of the even spread.
    second: u64,
    even_second: u64,
    /// In a second of the busiest ten, and the mean of the even spread.
    ten_seconds: f64,
    even: f64,
    too_early: u64,
    refused: u64,
    /// When the last phone was done, from the end of the hour. `None` where one never was.
    done: Option<Duration>,
    /// The longest from the moment at which a phone might have come again to that at which it was done.
    late: Option<Duration>,
}

impl Figures {
    /// What holds always.
    fn holds(&self, spread: Duration) -> Result<(), String> {
        self.check(self.second <= 2 * self.even_second, "too many in one second")?;
        self.check(self.ten_seconds <= 2.0 * self.even, "too many in ten seconds")?;
        self.check(self.too_early == 0, "not before the server's word")?;
        self.check(self.done.is_some(), "somebody is never done")?;
        self.check(self.late.is_some_and(|late| late <= spread + SLACK), "not done within the spread")
    }

    /// And in each second, where nobody came just now.
    fn holds_in_each_second(&self, spread: Duration) -> Result<(), String> {
        self.check(self.times_even() <= 2.0, "too many in one second")?;
        self.check(self.done.is_some_and(|done| done <= spread + SLACK), "not done within the spread of the outage")?;
        self.holds(spread)
    }

    fn check(&self, holds: bool, what: &str) -> Result<(), String> {
        if holds { Ok(()) } else { Err(format!("{what}: {self:?}")) }
    }

    /// The busiest second, in means of the even spread.
    #[expect(clippy::cast_precision_loss, reason = "counts of a simulation")]
    fn times_even(&self) -> f64 {
        self.second as f64 / self.even
    }
}

/// A request of the outage's last moment is given up after 15 seconds, and those of the spread's last are on their way for a moment.
const SLACK: Duration = Duration::from_secs(20);

fn play(storm: Storm, seed: u64) -> Arrivals {
    let server = Server { down: storm.down, back_at: HOUR, capacity: storm.capacity };
    let mut crowd = Crowd::new(seed, PHONES, server, storm.jitter);
    for phone in 0..PHONES {
        if storm.tunnel {
            crowd.at(Duration::ZERO, phone, Happening::NetworkLost);
            crowd.at(HOUR, phone, Happening::NetworkUp);
        }
        // Everybody claims something, looks on for a minute, and puts the phone away.
        let tap = crowd.moment(storm.taps);
        crowd.at(tap, phone, Happening::Foreground);
        crowd.at(tap, phone, Happening::Taps);
        let opened = storm.opened.then(|| crowd.moment(OPENED_WITHIN));
        if let Some(opened) = opened {
            crowd.at(opened, phone, Happening::Foreground);
        }
        for look in [Some(tap), opened].into_iter().flatten().filter(|_| !storm.looked_at) {
            crowd.at(look + LOOK, phone, Happening::Background);
        }
        if let Some(happening) = storm.at_the_end {
            crowd.at(HOUR, phone, happening);
        }
    }
    crowd.run(END)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a simulation")]
fn figures(storm: Storm, arrivals: &Arrivals) -> Figures {
    let index = |at: Duration| usize::try_from(at.as_secs()).expect("hours at most");
    let counted = arrivals.seconds.get(index(COUNTED_FROM)..).unwrap_or_default();
    let requests = arrivals.seconds.get(index(HOUR)..).unwrap_or_default().iter().sum();
    let spread = storm.spread.as_secs();
    let mut even = vec![0_u64; index(storm.spread)];
    let world = World::new(0);
    for _ in 0..requests {
        even[usize::try_from(world.below(spread)).expect("minutes")] += 1;
    }
    let ten = counted.windows(10).map(|window| window.iter().sum::<u64>()).max().unwrap_or(0);
    let all: Option<Vec<Duration>> = arrivals.caught_up.iter().copied().collect();
    let late = |all: &Vec<Duration>| {
        let since = arrivals.turned_away_until.iter().map(|until| HOUR.max(*until));
        all.iter().zip(since).map(|(done, since)| done.saturating_sub(since)).max().unwrap_or_default()
    };
    Figures {
        requests,
        second: counted.iter().copied().max().unwrap_or(0),
        even_second: even.into_iter().max().unwrap_or(0),
        ten_seconds: ten as f64 / 10.0,
        even: requests as f64 / storm.spread.as_secs_f64(),
        too_early: arrivals.too_early,
        refused: arrivals.refused,
        late: all.as_ref().map(late),
        done: all.and_then(|all| all.into_iter().max()).map(|last| last.saturating_sub(HOUR)),
    }
}

#[expect(clippy::print_stdout, reason = "the figures of a test")]
fn measure(name: &str, storm: Storm, seed: u64) -> Figures {
    let figures = figures(storm, &play(storm, seed));
    println!("{name}, seed {seed}, {:.2} times even: {figures:?}", figures.times_even());
    figures
}

type Rule = fn(&Figures, Duration) -> Result<(), String>;

/// Plays the seeds up to `seeds`, or as many as were asked for.
fn check(name: &str, storm: Storm, seeds: u64, holds: Rule) {
    let asked = std::env::var("STAMPEDE_SEEDS").ok();
    let seeds = asked.map_or(seeds, |asked| asked.parse().expect("STAMPEDE_SEEDS is a number"));
    for seed in 1..=seeds {
        holds(&measure(name, storm, seed), storm.spread)
            .unwrap_or_else(|error| panic!("{name}, seed {seed} (STAMPEDE_SEEDS={seed} plays up to it): {error}"));
    }
}

const AWAY: Storm = Storm { down: Some(Down::Wordless), ..STORM };

fn check_each_second(down: Down) {
    check(&format!("{down:?}"), Storm { down: Some(down), ..STORM }, 5, Figures::holds_in_each_second);
}

#[test]
fn a_server_that_comes_back_is_not_overrun_after_silence() {
    check_each_second(Down::Silent);
}

#[test]
fn a_server_that_comes_back_is_not_overrun_after_errors() {
    check_each_second(Down::Wordless);
}

#[test]
fn a_server_that_comes_back_is_not_overrun_after_its_word_in_seconds() {
    check_each_second(Down::ForSeconds(120));
}

#[test]
fn a_server_that_comes_back_is_not_overrun_after_its_word_as_a_date() {
    check_each_second(Down::UntilItsEnd);
}

#[test]
fn a_server_that_comes_back_is_not_overrun_where_members_came_during_the_hour() {
    for down in [Down::Silent, Down::Wordless, Down::ForSeconds(120), Down::UntilItsEnd] {
        let storm = Storm { down: Some(down), taps: HOUR, ..STORM };
        check(&format!("taps over the hour, {down:?}"), storm, 1, Figures::holds);
    }
    check("taps over the hour, and the app is opened", Storm { taps: HOUR, opened: true, ..AWAY }, 1, Figures::holds);
}

#[test]
fn what_everybody_hears_at_once_does_not_bring_everybody_at_once() {
    // In an outage it changes nothing: the delays hold.
    for happening in [Happening::PushMessage, Happening::NetworkUp] {
        let storm = Storm { at_the_end: Some(happening), ..AWAY };
        check(&format!("{happening:?}"), storm, 1, Figures::holds_in_each_second);
    }
    // While all is well.
    check("a tunnel ends", Storm { tunnel: true, spread: WAKE_SPREAD, ..STORM }, 1, Figures::holds_in_each_second);
}

#[test]
fn a_server_that_serves_no_more_than_so_many_is_obeyed_and_serves_everybody_in_the_end() {
    // Less than twice the even spread.
    let narrow = measure("narrow", Storm { capacity: 90, ..AWAY }, 1);
    assert!(narrow.refused > 0, "nobody was turned away: {narrow:?}");
    narrow.holds(SPREAD).expect("the even spread");
    // A tenth of what comes at once.
    let stadium = measure("stadium", Storm { tunnel: true, capacity: 140, ..STORM }, 1);
    // The control: very many are turned away, though nobody says all that he has at once any more.
    assert!(stadium.refused > stadium.requests / 3, "hardly anybody was turned away: {stadium:?}");
    assert_eq!(stadium.too_early, 0);
    assert!(stadium.late.is_some_and(|late| late <= SPREAD + SLACK), "{stadium:?}");
}

#[test]
fn everybody_looking_in_one_second_is_found() {
    let figures = measure("everybody looks", Storm { at_the_end: Some(Happening::Foreground), ..AWAY }, 1);
    let found = figures.holds(SPREAD).expect_err("a stampede is not seen");
    assert!(found.contains("too many in one second"), "{found}");
}

#[test]
fn phones_that_say_all_they_have_in_one_go_are_found() {
    let figures = measure("no pauses", Storm { looked_at: true, ..AWAY }, 1);
    let found = figures.holds_in_each_second(SPREAD).expect_err("waves are not seen");
    assert!(found.contains("too many in one second"), "{found}");
}

/// With `UPDATE_EXPECT=1` the picture is written anew.
#[test]
fn without_jitter_there_is_a_stampede_and_the_picture_in_the_docs_shows_it() {
    let (ours, without) = (play(AWAY, 1), play(Storm { jitter: false, ..AWAY }, 1));
    let come_and_go = play(Storm { taps: HOUR, opened: true, ..AWAY }, 1);
    let (our_figures, without_figures) = (figures(AWAY, &ours), figures(AWAY, &without));
    println!("with jitter: {our_figures:?}\nwithout: {without_figures:?}");
    let found = without_figures.holds(SPREAD).expect_err("a stampede is not seen");
    assert!(found.contains("too many in one second"), "{found}");
    let even = our_figures.even;
    let levels = || vec![(even, "the even spread".to_owned()), (2.0 * even, "twice that".to_owned())];
    let panel = |title: &str, arrivals: &Arrivals, most, tick| plot::Panel {
        title: title.to_owned(),
        values: busiest_of_ten(arrivals),
        levels: levels(),
        most,
        tick,
    };
    let panels = [
        panel(
            "10,000 phones after an hour without the server: requests in the busiest second of each ten",
            &ours,
            160.0,
            40.0,
        ),
        panel("The same where members tap and open the app at any moment", &come_and_go, 160.0, 40.0),
        panel("The first one without jitter", &without, 480.0, 120.0),
    ];
    expect_file!["../../../../../docs/images/stampede.svg"].assert_eq(&plot::svg(
        &panels,
        -20..=20,
        "the server is back",
    ));
}

/// Requests in the busiest second of each ten, from 20 minutes before the end of the hour to 20 minutes after.
#[expect(clippy::cast_precision_loss, reason = "counts of a simulation")]
fn busiest_of_ten(arrivals: &Arrivals) -> Vec<f64> {
    let second = |index: usize| arrivals.seconds.get(index).copied().unwrap_or(0);
    (40 * 6..80 * 6).map(|ten| (0..10).map(|offset| second(ten * 10 + offset)).max().unwrap_or(0) as f64).collect()
}
