//! What ten thousand phones do to a server that was away for an hour, and to one that all of them hear of at once.
//!
//! The even spread is the yardstick: the same requests, each at a random moment of the time over which they may be spread. That is
//! the longest delay of a retry, 15 minutes, or 20 seconds for what wakes phones while all is well. Held: in no ten seconds more
//! than twice its mean, in no second more than twice its own busiest second; nothing before the server's word; and everybody is
//! done within the spread. The controls do the same without jitter, and with everybody looking at the phone in one second.

mod crowd;
mod plot;

use super::*;
use crate::outbox::RETRY_CAP;
use crate::ports::simulated::World;
use crowd::{Arrivals, Crowd, Down, Happening, Server};
use expect_test::expect_file;

const PHONES: usize = 10_000;
const HOUR: Duration = Duration::from_hours(1);

/// From here on requests are counted: delays have grown to the longest.
const COUNTED_FROM: Duration = Duration::from_mins(30);

const END: Duration = Duration::from_hours(3);

/// One bad hour.
#[derive(Clone, Copy)]
struct Storm {
    down: Option<Down>,
    /// Nobody has a network until the hour is over, and then everybody has.
    tunnel: bool,
    /// To everybody, at the end of the hour.
    at_the_end: Option<Happening>,
    jitter: bool,
    /// Requests in a second that the server serves.
    capacity: u64,
    spread: Duration,
}

const STORM: Storm =
    Storm { down: None, tunnel: false, at_the_end: None, jitter: true, capacity: u64::MAX, spread: RETRY_CAP };

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
    fn holds(&self, spread: Duration) -> Result<(), String> {
        let check = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("{what}: {self:?}")) };
        check(self.second <= 2 * self.even_second, "too many in one second")?;
        check(self.ten_seconds <= 2.0 * self.even, "too many in ten seconds")?;
        check(self.too_early == 0, "not before the server's word")?;
        check(self.done.is_some(), "somebody is never done")?;
        check(self.late.is_some_and(|late| late <= spread + SLACK), "not done within the spread")
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
        // Everybody claims something within a minute, looks on for another, and puts the phone away.
        let tap = crowd.moment(Duration::from_mins(1));
        crowd.at(tap, phone, Happening::Foreground);
        crowd.at(tap, phone, Happening::Taps);
        crowd.at(tap + Duration::from_mins(1), phone, Happening::Background);
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
fn measure(name: &str, storm: Storm) -> Figures {
    let figures = figures(storm, &play(storm, 1));
    println!("{name}: {figures:?}");
    figures
}

fn check(name: &str, storm: Storm) {
    measure(name, storm).holds(storm.spread).unwrap_or_else(|error| panic!("{name}: {error}"));
}

const AWAY: Storm = Storm { down: Some(Down::Wordless), ..STORM };

#[test]
fn a_server_that_comes_back_is_not_overrun_however_it_was_away() {
    for down in [Down::Silent, Down::Wordless, Down::ForSeconds(120), Down::UntilItsEnd] {
        check(&format!("{down:?}"), Storm { down: Some(down), ..STORM });
    }
}

#[test]
fn what_everybody_hears_at_once_does_not_bring_everybody_at_once() {
    // In an outage it changes nothing: the delays hold.
    check("a push message", Storm { at_the_end: Some(Happening::PushMessage), ..AWAY });
    check("a network that is back", Storm { at_the_end: Some(Happening::NetworkUp), ..AWAY });
    // While all is well.
    check("a tunnel ends", Storm { tunnel: true, spread: WAKE_SPREAD, ..STORM });
}

#[test]
fn a_server_that_serves_no_more_than_so_many_is_obeyed_and_serves_everybody_in_the_end() {
    // Twice the even spread.
    let narrow = measure("narrow", Storm { capacity: 140, ..AWAY });
    assert!(narrow.refused > 0, "nobody was turned away: {narrow:?}");
    narrow.holds(RETRY_CAP).expect("the even spread");
    // A tenth of what comes at once.
    let stadium = measure("stadium", Storm { tunnel: true, capacity: 140, ..STORM });
    assert!(stadium.refused > stadium.requests / 2, "hardly anybody was turned away: {stadium:?}");
    assert_eq!(stadium.too_early, 0);
    assert!(stadium.late.is_some_and(|late| late <= RETRY_CAP + SLACK), "{stadium:?}");
}

#[test]
fn everybody_looking_in_one_second_is_found() {
    let figures = measure("everybody looks", Storm { at_the_end: Some(Happening::Foreground), ..AWAY });
    let found = figures.holds(RETRY_CAP).expect_err("a stampede is not seen");
    assert!(found.contains("too many in one second"), "{found}");
}

/// With `UPDATE_EXPECT=1` the picture is written anew.
#[test]
fn without_jitter_there_is_a_stampede_and_the_picture_in_the_docs_shows_it() {
    let (ours, without) = (play(AWAY, 1), play(Storm { jitter: false, ..AWAY }, 1));
    let (our_figures, without_figures) = (figures(AWAY, &ours), figures(AWAY, &without));
    println!("with jitter: {our_figures:?}\nwithout: {without_figures:?}");
    let found = without_figures.holds(RETRY_CAP).expect_err("a stampede is not seen");
    assert!(found.contains("too many in one second"), "{found}");
    let even = our_figures.even;
    let levels = || vec![(even, "the even spread".to_owned()), (2.0 * even, "twice that".to_owned())];
    let panel = |title: &str, arrivals: &Arrivals, most, tick| plot::Panel {
        title: title.to_owned(),
        values: tens(arrivals),
        levels: levels(),
        most,
        tick,
    };
    let panels = [
        panel("10,000 phones after an hour without the server: requests in a second, mean of ten", &ours, 160.0, 40.0),
        panel("The same without jitter", &without, 480.0, 120.0),
    ];
    expect_file!["../../../../../docs/images/stampede.svg"].assert_eq(&plot::svg(
        &panels,
        -20..=20,
        "the server is back",
    ));
}

/// Requests in a second, as the mean of ten, from 20 minutes before the end of the hour to 20 minutes after.
#[expect(clippy::cast_precision_loss, reason = "counts of a simulation")]
fn tens(arrivals: &Arrivals) -> Vec<f64> {
    let second = |index: usize| arrivals.seconds.get(index).copied().unwrap_or(0);
    (40 * 6..80 * 6).map(|ten| (0..10).map(|offset| second(ten * 10 + offset)).sum::<u64>() as f64 / 10.0).collect()
}
