//! Pages at random, by seed: whatever comes in whatever order, twice, cut off or late, and whatever the member does meanwhile, the
//! screens show what the server had at one moment, never one before that which they showed already, and in the end what it has.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{AbortHandle, abortable};
use member_core::HostEvent;
use member_core::ports::simulated::Faults;

use crate::books::{Books, Manner};
use crate::phone::{phone, shown};
use crate::support::{Phone, good};

const STEPS: usize = 60;

struct Walk {
    phone: Phone,
    books: Arc<Mutex<Books>>,
    on_screen: Option<member_core::CardSession>,
    /// Refreshes that were asked for and may be under way.
    asked: Vec<AbortHandle>,
    /// What was shown last was true then.
    seen: (usize, usize),
}

/// Walks, and answers what was wrong.
pub fn walk(seed: u64, manner: Manner) -> Result<(), String> {
    let (phone, books) = phone(seed, manner);
    let mut walk = Walk { phone, books, on_screen: None, asked: Vec::new(), seen: (0, 0) };
    for step in 0..STEPS {
        walk.step();
        let moment = Duration::from_millis(walk.phone.world.below(900));
        walk.phone.world.pass(moment);
        walk.check().map_err(|what| format!("step {step}: {what}"))?;
    }
    walk.end()
}

impl Walk {
    fn step(&mut self) {
        let world = self.phone.world.clone();
        match world.below(100) {
            0..40 => (0..=world.below(5)).for_each(|_| self.books.lock().expect("one thread").change(&world)),
            40..50 => {
                let wallet = Arc::clone(self.phone.wallet());
                let (refresh, handle) = abortable(async move { wallet.refresh().await });
                self.asked.push(handle);
                world.spawn(refresh.map(drop).boxed());
            }
            // Asked for, and given up at any moment.
            50..58 => {
                let patience = world.sleep(Duration::from_millis(world.below(1500))).fuse();
                self.phone.call(|wallet| async move {
                    let refresh = wallet.refresh().fuse();
                    futures_util::pin_mut!(patience, refresh);
                    futures_util::select_biased! { _ = refresh => (), () = patience => () }
                });
            }
            58..68 => {
                self.on_screen = match self.on_screen.take() {
                    Some(_) => None,
                    None => Some(self.phone.wallet().show_card().expect("a card on screen")),
                }
            }
            68..73 => {
                // Who asks lives in the app, and ends with it.
                self.on_screen = None;
                self.asked.drain(..).for_each(|handle| handle.abort());
                world.pass(Duration::from_millis(1));
                self.phone.start();
            }
            73..76 => self.books.lock().expect("one thread").restore(&world),
            76..79 => self.books.lock().expect("one thread").forget_cursors(),
            79..85 => {
                let faults = if world.below(2) == 0 { good() } else { Faults::bad_day() };
                self.phone.device.network.set_faults(faults);
            }
            85..93 => self.phone.device.set_slow_disk(Duration::from_millis(world.below(2) * world.below(2500))),
            _ => world.pass(Duration::from_secs(world.below(40))),
        }
    }

    fn check(&mut self) -> Result<(), String> {
        let shown = shown(self.phone.wallet());
        let books = self.books.lock().expect("one thread");
        match books.when(&shown, self.seen) {
            Some(when) => {
                self.seen = when;
                Ok(())
            }
            None => Err(match books.when(&shown, (0, 0)) {
                Some(when) => format!("what was true at {when:?} is shown after what was true at {:?}", self.seen),
                None => format!("what is shown never was: {shown:?}"),
            }),
        }
    }

    /// Everything is mended, and the member asks once more.
    fn end(mut self) -> Result<(), String> {
        self.phone.device.network.set_faults(good());
        self.phone.device.set_slow_disk(Duration::ZERO);
        self.phone.wallet().host_event(HostEvent::NetworkAvailable);
        for _ in 0..50 {
            if self.phone.refresh().is_ok() {
                let last = shown(self.phone.wallet());
                let books = self.books.lock().expect("one thread");
                return if last == *books.now() {
                    Ok(())
                } else {
                    Err(format!("at the end {last:?} is shown, and not {:?}", books.now()))
                };
            }
            self.phone.world.pass(Duration::from_mins(1));
            self.check()?;
        }
        Err("no refresh comes to an end".to_owned())
    }
}
