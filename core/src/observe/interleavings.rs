//! Who hears of what, whatever the order in which threads tell, subscribe and leave. The scenes are small: of most of them all
//! interleavings are played.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as StdMutex};

use super::*;
use crate::ports::interleaved::{explore, explore_all, finds, point, thread};
use crate::ports::shared::atomic::AtomicUsize;

/// More interleavings than any scene here has.
const MOST: usize = 200_000;

/// The two tellings of a scene, by what they tell.
const TELLINGS: [Topic; 2] = [Topic::Card, Topic::Balance];

#[derive(Default)]
struct Hears(StdMutex<Vec<Topic>>);

impl Observer for Hears {
    fn changed(&self, topics: &[Topic]) {
        // On its way to the host.
        point();
        self.0.lock().expect("no panic while hearing").extend(topics);
    }
}

impl Hears {
    fn times(&self, topic: Topic) -> usize {
        self.0.lock().expect("no panic while hearing").iter().filter(|heard| **heard == topic).count()
    }
}

/// What a thread that tells found when it began, and left when it had ended.
#[derive(Default)]
struct Telling {
    after_the_end: AtomicBool,
    over: AtomicBool,
}

/// A thread tells twice, while another ends its subscription; `holds` looks at each telling: what was heard of it, whether it began
/// after the end, and whether it was over before the end began.
fn leaving(holds: impl Fn(usize, bool, bool) -> bool) {
    let observers = Arc::new(Observers::default());
    let hears = Arc::new(Hears::default());
    // Told before the one who leaves.
    let stays = observers.add(Arc::new(Hears::default()));
    let subscription = observers.add(Arc::clone(&hears) as Arc<dyn Observer>);
    let gone = Arc::new(AtomicBool::new(false));
    let tellings: Arc<[Telling; 2]> = Arc::default();
    let teller = {
        let (observers, gone, tellings) = (Arc::clone(&observers), Arc::clone(&gone), Arc::clone(&tellings));
        thread::spawn(move || {
            for (telling, topic) in tellings.iter().zip(TELLINGS) {
                telling.after_the_end.store(gone.load(Ordering::SeqCst), Ordering::SeqCst);
                observers.tell_topics(&[topic]);
                telling.over.store(true, Ordering::SeqCst);
            }
        })
    };
    // The tellings may be over by then.
    point();
    let over_before: Vec<bool> = tellings.iter().map(|telling| telling.over.load(Ordering::SeqCst)).collect();
    drop(subscription);
    gone.store(true, Ordering::SeqCst);
    let by_the_end: Vec<usize> = TELLINGS.iter().map(|topic| hears.times(*topic)).collect();
    teller.join().expect("the teller ends");
    for (index, topic) in TELLINGS.into_iter().enumerate() {
        let (times, late) = (hears.times(topic), tellings[index].after_the_end.load(Ordering::SeqCst));
        assert!(holds(times, late, over_before[index]), "{topic:?}: {times} times, {by_the_end:?} by the end");
    }
    drop(stays);
}

#[test]
fn what_is_told_before_the_end_is_heard_once_and_what_is_told_after_it_never() {
    let played = explore_all(MOST, || {
        leaving(|heard, late, over| match (late, over) {
            (true, _) => heard == 0,
            (false, true) => heard == 1,
            (false, false) => heard <= 1,
        });
    });
    assert!(played > 10, "only {played} interleavings");
}

#[test]
fn that_a_call_which_has_begun_is_finished_after_the_end_is_found() {
    // Control, and what is not promised: a telling that began before the end may still be heard, once.
    assert!(finds(200, || {
        let observers = Arc::new(Observers::default());
        let hears = Arc::new(Hears::default());
        let subscription = observers.add(Arc::clone(&hears) as Arc<dyn Observer>);
        let teller = {
            let observers = Arc::clone(&observers);
            thread::spawn(move || observers.tell_topics(&[Topic::Card]))
        };
        drop(subscription);
        let by_the_end = hears.times(Topic::Card);
        teller.join().expect("the teller ends");
        assert_eq!(hears.times(Topic::Card), by_the_end);
    }));
}

/// Reads the state when it is told that it changed, as a screen does.
struct Screen {
    state: Arc<AtomicUsize>,
    shows: AtomicUsize,
}

impl Screen {
    fn read(&self) {
        self.shows.fetch_max(self.state.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

impl Observer for Screen {
    fn changed(&self, _: &[Topic]) {
        self.read();
    }
}

/// A thread changes the state and tells, while a screen comes up.
fn coming(up: impl Fn(&Arc<Observers>, &Arc<Screen>) -> Subscription) {
    let observers = Arc::new(Observers::default());
    let state = Arc::new(AtomicUsize::new(0));
    let screen = Arc::new(Screen { state: Arc::clone(&state), shows: AtomicUsize::new(0) });
    let changer = {
        let observers = Arc::clone(&observers);
        thread::spawn(move || {
            state.store(1, Ordering::SeqCst);
            observers.tell_topics(&[Topic::Card]);
        })
    };
    let subscription = up(&observers, &screen);
    changer.join().expect("the changer ends");
    assert_eq!(screen.shows.load(Ordering::SeqCst), 1, "the screen shows what was");
    drop(subscription);
}

fn subscribe(observers: &Arc<Observers>, screen: &Arc<Screen>) -> Subscription {
    observers.add(Arc::clone(screen) as Arc<dyn Observer>)
}

#[test]
fn who_subscribes_and_then_reads_misses_nothing() {
    explore_all(MOST, || {
        coming(|observers, screen| {
            let subscription = subscribe(observers, screen);
            screen.read();
            subscription
        });
    });
}

#[test]
fn who_reads_and_then_subscribes_is_found() {
    assert!(finds(200, || {
        coming(|observers, screen| {
            screen.read();
            subscribe(observers, screen)
        });
    }));
}

/// Ends its own subscription, subscribes somebody else, and tells, all from within a call.
struct Restless {
    observers: Weak<Observers>,
    own: StdMutex<Option<Subscription>>,
    next: StdMutex<Vec<Subscription>>,
}

impl Observer for Restless {
    fn changed(&self, topics: &[Topic]) {
        let own = self.own.lock().expect("no panic while hearing").take();
        let (Some(own), Some(observers)) = (own, self.observers.upgrade()) else { return };
        drop(own);
        let next = observers.add(Arc::new(Hears::default()));
        self.next.lock().expect("no panic while hearing").push(next);
        observers.tell_topics(topics);
    }
}

#[test]
fn an_observer_may_leave_subscribe_and_tell_from_within_its_call() {
    explore(2_000, || {
        let observers = Arc::new(Observers::default());
        let restless = Arc::new(Restless {
            observers: Arc::downgrade(&observers),
            own: StdMutex::default(),
            next: StdMutex::default(),
        });
        let own = observers.add(Arc::clone(&restless) as Arc<dyn Observer>);
        *restless.own.lock().expect("nobody hears yet") = Some(own);
        let teller = {
            let observers = Arc::clone(&observers);
            thread::spawn(move || observers.tell_topics(&[Topic::Card]))
        };
        observers.tell_topics(&[Topic::Balance]);
        teller.join().expect("the teller ends");
        assert_eq!(restless.next.lock().expect("nobody hears any more").len(), 1, "it left once");
        assert_eq!(observers.lock().observers.len(), 1);
    });
}
