//! A member who flies: dates are those of where she is, as soon as the app is told or looked at, and nothing else depends on it.

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use member_core::ports::simulated::Faults;
use member_core::{HostEvent, Observer, Topic};
use support::{COFFEE, Phone, good};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// The rules of a zone, as POSIX writes them: hours west of Greenwich, and when summer begins and ends.
fn zone(rules: &str) -> TimeZone {
    TimeZone::posix(rules).expect("a zone")
}

const WARSAW: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
const KATHMANDU: &str = "<+0545>-5:45";
/// 45 minutes, and summer around New Year.
const CHATHAM: &str = "<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45";
/// The first and the last place at which a day begins.
const KIRITIMATI: &str = "<+14>-14";
const PAGO_PAGO: &str = "SST11";

#[derive(Default)]
struct Heard(Mutex<Vec<Topic>>);

impl Observer for Heard {
    fn changed(&self, topics: &[Topic]) {
        self.0.lock().expect("one thread").extend(topics);
    }
}

fn member(seed: u64) -> Phone {
    let phone = Phone::new(seed);
    phone.device.network.set_faults(good());
    phone.join();
    phone.refresh().expect("a sync");
    phone
}

fn until(phone: &Phone) -> String {
    phone.wallet().vouchers().expect("a view").vouchers[0].text.clone()
}

/// When the newest line is from.
fn newest(phone: &Phone) -> String {
    phone.wallet().activity(None, 10).expect("a view").lines[0].when_text.clone()
}

#[test]
fn dates_are_those_of_where_the_member_is() {
    let mut phone = member(1);
    // 21:10 on 2 January; the voucher is good until 21:10 on 1 February, both in UTC.
    phone.world.pass(DAY + 21 * HOUR + 10 * Duration::from_mins(1));
    phone.wallet().claim(COFFEE).expect("a claim");
    phone.refresh().expect("a sync");
    phone.device.network.set_online(false);
    let flights = [
        ("UTC0", "2 January 2026, 21:", "1 February 2026"),
        (WARSAW, "2 January 2026, 22:", "1 February 2026"),
        (KATHMANDU, "3 January 2026, 02:5", "2 February 2026"),
        (CHATHAM, "3 January 2026, 10:5", "2 February 2026"),
        (KIRITIMATI, "3 January 2026, 11:", "2 February 2026"),
        // Over the date line: the same moment, and the day before.
        (PAGO_PAGO, "2 January 2026, 10:", "1 February 2026"),
    ];
    for (index, (rules, when, last_day)) in flights.into_iter().enumerate() {
        let before = (newest(&phone), until(&phone));
        let heard = Arc::new(Heard::default());
        let subscription = phone.wallet().observe(Arc::clone(&heard) as _);
        phone.device.set_time_zone(zone(rules));
        // An app that is not told goes on as it was, as does one with the system's own library.
        assert_eq!((newest(&phone), until(&phone)), before, "{rules}");
        match index % 3 {
            0 => phone.wallet().host_event(HostEvent::ClockChanged),
            1 => phone.wallet().host_event(HostEvent::Foreground),
            _ => phone.start(),
        }
        if index % 3 < 2 {
            assert_eq!(
                heard.0.lock().expect("one thread")[..Topic::ALL.len()],
                Topic::ALL,
                "{rules}: screens are told"
            );
        }
        drop(subscription);
        assert!(newest(&phone).starts_with(when), "{rules}: {}", newest(&phone));
        assert_eq!(until(&phone), format!("Valid until {last_day}"), "{rules}");
    }
}

/// Where clocks are turned, each line keeps the time of day that it had.
#[test]
fn lines_of_before_and_after_the_clocks_were_turned_show_what_the_clock_said() {
    let phone = member(2);
    phone.device.set_time_zone(zone(WARSAW));
    phone.wallet().host_event(HostEvent::ClockChanged);
    let number = phone.card_number();
    let turns = [
        ("2026-03-29T00:30:00Z", "29 March 2026, 01:3"),
        ("2026-03-29T01:30:00Z", "29 March 2026, 03:3"),
        ("2026-10-25T00:30:00Z", "25 October 2026, 02:3"),
        // The same hour once more.
        ("2026-10-25T01:30:00Z", "25 October 2026, 02:3"),
        ("2026-12-31T23:30:00Z", "1 January 2027, 00:3"),
    ];
    for (at, _) in turns {
        let at: Timestamp = at.parse().expect("an instant");
        phone.world.pass(Duration::try_from(at.duration_since(phone.world.now())).expect("ahead"));
        phone.backend.accrue(&number, 100);
    }
    // Nobody stays signed in for a year without a word.
    phone.join();
    phone.refresh().expect("a sync");
    let lines = phone.wallet().activity(None, 10).expect("a view").lines;
    for (line, (at, when)) in lines.iter().rev().skip(1).zip(turns) {
        assert!(line.when_text.starts_with(when), "{at}: {}", line.when_text);
    }
    // An end is an instant: the year of this programme ends at midnight UTC, which is one o'clock on New Year's Day in Warsaw.
    let progress = phone.wallet().tiers().expect("a view").progress.expect("a standing");
    assert!(progress.text.ends_with("1 January 2027"), "{}", progress.text);
}

/// A week with bad networks, a claim that waits for days and one that gets too old; with flights in between, or without.
fn week(seed: u64, flies: bool) -> (Vec<String>, Vec<String>) {
    let mut phone = member(seed);
    let zones = [WARSAW, KATHMANDU, CHATHAM, KIRITIMATI, PAGO_PAGO];
    phone.device.network.set_faults(Faults::bad_day());
    let mut states = Vec::new();
    let mut legs = 0;
    for day in 0..16 {
        if day == 1 || day == 7 {
            phone.device.network.set_online(false);
            drop(phone.wallet().claim(COFFEE));
        }
        if day == 5 || day == 15 {
            phone.device.network.set_online(true);
            phone.wallet().host_event(HostEvent::NetworkAvailable);
        }
        for _ in 0..3 {
            if flies {
                phone.device.set_time_zone(zone(zones[legs % zones.len()]));
                phone.wallet().host_event(HostEvent::ClockChanged);
                legs += 1;
            }
            phone.world.pass(8 * HOUR);
            let actions: Vec<_> =
                phone.wallet().pending().expect("a view").actions.iter().map(|action| action.state).collect();
            states.push(format!("{:?} {:?} {:?}", phone.world.elapsed(), phone.points(), actions));
        }
        if day % 4 == 3 {
            phone.start();
        }
    }
    let log = phone.backend.log.lock().expect("one thread").clone();
    (log, states)
}

#[test]
fn what_is_sent_and_when_does_not_depend_on_where_the_member_is() {
    for seed in 10..14 {
        let (stays, flies) = (week(seed, false), week(seed, true));
        assert!(stays.1.iter().any(|line| line.contains("queued")), "{stays:#?}");
        assert!(stays.1.iter().any(|line| line.contains("expired")), "{stays:#?}");
        assert_eq!(stays, flies, "seed {seed}");
    }
    // The control: the trace tells one week from another.
    assert_ne!(week(10, false), week(11, false));
}
