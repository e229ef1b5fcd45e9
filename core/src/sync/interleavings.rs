//! What the driver and the host save at once, in many interleavings.

use std::sync::Arc;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::Engine;
use crate::api::{MemberApi, ServerClock, Session};
use crate::ports::interleaved::{self, block_on, explore, finds, point, thread};
use crate::ports::simulated::{Device, World};
use crate::store::{Home, KEY_LEN, MemoryHome, OpenHome, Store};

const ROUNDS: usize = 300;

fn engine() -> Arc<Engine> {
    let world = World::new(1);
    let device = Device::new(&world, Arc::new(|_| unreachable!("nothing is asked of the server")));
    let ports = interleaved::ports(device.ports(), Arc::new(|_| unreachable!("nothing is asked of the server")));
    let home = Arc::new(OpenHome::open(Home::Memory(MemoryHome::new())).expect("a home"));
    let store = Arc::new(Store::open(&home, "member", Zeroizing::new([7; KEY_LEN])).expect("a store"));
    let clock = Arc::new(ServerClock::new(Arc::clone(&ports.clock), None, None));
    let server = "http://sandbox".parse().expect("an address");
    let api = Arc::new(MemberApi::new(server, Arc::clone(&ports.http), Arc::clone(&clock)));
    let session = Session::new(Arc::clone(&api), Arc::clone(&store), Arc::clone(&clock), ports.clone());
    Arc::new(Engine { ports, store, api, session, clock, on_age: Box::new(|| {}) })
}

/// Two threads each note a contact and save it with `save`: the last contact that is kept is the newest.
fn contacts(save: impl Fn(&Engine) + Copy + Send + 'static) {
    let engine = engine();
    let threads = [10, 20].map(|second| {
        let engine = Arc::clone(&engine);
        thread::spawn(move || {
            engine.clock.note(Timestamp::from_second(second).expect("an instant"));
            point();
            save(&engine);
        })
    });
    for thread in threads {
        thread.join().expect("the thread ends");
    }
    let kept = engine.store.read(|reader| reader.sync_state()).expect("a read").last_contact;
    assert_eq!(kept, engine.clock.last_contact());
}

#[test]
fn of_two_contacts_that_are_saved_at_once_the_newer_one_is_kept() {
    explore(ROUNDS, || contacts(|engine| block_on(engine.save_contact(true)).expect("it is saved")));
}

#[test]
fn a_contact_that_is_looked_up_before_its_transaction_is_found() {
    // Control: as it once was.
    assert!(finds(ROUNDS, || {
        contacts(|engine| {
            if let Some((contact, anchor)) = engine.clock.unsaved(true) {
                point();
                engine.store.write(|writer| writer.note_contact(contact, &anchor)).expect("a write");
                engine.clock.saved(contact);
            }
        });
    }));
}
