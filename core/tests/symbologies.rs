//! The card in the symbology that the programme chose, and in no other: what this version does not know, or what cannot hold the
//! number, is said.

mod support;

use member_core::ports::simulated::World;
use member_core::views::{CardView, Symbology};
use member_sandbox::programme::Programme;
use support::{Backend, Phone};

const MARKET: &str = include_str!("../../sandbox/programmes/market/programme.toml");

fn phone(backend: impl FnOnce(&World) -> Backend) -> Phone {
    let world = World::new(1);
    let backend = backend(&world);
    let phone = Phone::of(&world, &backend);
    phone.join();
    phone.refresh().expect("a sync");
    phone
}

/// Market with cards in this symbology.
fn market(symbology: Symbology) -> Programme {
    let length = if symbology == Symbology::Ean13 { "13" } else { "16" };
    let [from, to] = [("qr", "16"), (symbology.name(), length)]
        .map(|(name, length)| format!("symbology = \"{name}\"\nnumber_length = {length}\n"));
    assert!(MARKET.contains(&from), "the programme has no {from:?} any more");
    Programme::parse(&MARKET.replacen(&from, &to, 1)).expect("a programme")
}

fn view(phone: &Phone) -> CardView {
    phone.wallet().card().expect("a view")
}

#[test]
fn a_card_is_drawn_as_the_programme_says_and_the_till_takes_it() {
    for symbology in Symbology::ALL {
        let phone = phone(|world| Backend::of(world, market(symbology)));
        let card = view(&phone).card.expect("a card");
        assert_eq!(card.symbol.symbology(), symbology);
        phone.backend.accrue(&phone.card_number(), 3500);
        phone.refresh().expect("a sync");
        assert_eq!(phone.points(), (135, 0, 135), "{symbology:?}");
    }
}

#[test]
fn an_unknown_symbology_is_said_and_never_replaced() {
    let phone = phone(|world| {
        let backend = Backend::new(world);
        *backend.instead.lock().expect("one thread") = Some(("\"symbology\":\"qr\"", "\"symbology\":\"maxicode\""));
        backend
    });
    let view = view(&phone);
    assert!(view.card.is_none());
    let said = view.empty.expect("a reason");
    assert_eq!(said, "This programme's card needs a newer version of the app. Update the app.");
}

#[test]
fn a_number_that_the_symbology_cannot_hold_is_said_with_the_number() {
    let phone = phone(|world| {
        let backend = Backend::new(world);
        *backend.instead.lock().expect("one thread") = Some(("\"symbology\":\"qr\"", "\"symbology\":\"ean13\""));
        backend
    });
    let view = view(&phone);
    assert!(view.card.is_none());
    let said = view.empty.expect("a reason");
    let (sentence, number) = said.rsplit_once(": ").expect("a sentence and a number");
    assert_eq!(sentence, "The code of this card cannot be drawn. At the till, give the number");
    assert!(number.starts_with("9820 ") && number.len() == 19, "{number}");
}
