//! What a scanner reads off the phone's screen, and the tills that check it. Decodes the symbol: the core does not say the code as a text.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use member_card::issuer::{IssuerKey, PublicKey};
use member_card::payload::PayloadKind;
use member_card::revocation::RevocationList;
use member_card::verify::{CardFormat, OfflineTill, Verdict};
use member_card::{Day, UnixTime};
use member_core::ports::simulated::World;
use member_core::views::{Card, CardView, Symbol};
use member_sandbox::programme::{Payload, Programme};
use serde_json::Value;

use super::{Backend, Phone};

/// A phone whose member has joined a programme with cards of this payload.
pub fn phone(payload: Payload) -> Phone {
    let world = World::new(1);
    let programme = Programme::named("market").expect("the programme").with_payload(payload);
    phone_of(&world, &Backend::of(&world, programme))
}

/// One more phone of the same member.
pub fn phone_of(world: &World, backend: &Backend) -> Phone {
    let phone = Phone::of(world, backend);
    phone.join();
    phone.refresh().expect("a sync");
    phone
}

pub fn view(phone: &Phone) -> CardView {
    phone.wallet().card().expect("a view")
}

pub fn card(phone: &Phone) -> Card {
    let view = view(phone);
    view.card.unwrap_or_else(|| panic!("no card: {:?}", view.empty))
}

/// Why there is no card. What says to connect has a button for it, and nothing else has.
#[track_caller]
pub fn hidden(phone: &Phone) -> String {
    let view = view(phone);
    assert!(view.card.is_none(), "there is a card");
    let why = view.empty.expect("a reason");
    assert_eq!(why.contains("Connect to the internet"), view.can_refresh, "{why}");
    why
}

/// The code on the phone.
pub fn code(phone: &Phone) -> String {
    read(&card(phone).symbol)
}

/// Reads a symbol, each module four pixels wide.
pub fn read(symbol: &Symbol) -> String {
    let (side, quiet) = (symbol.width(), 4);
    let pixels = usize::try_from((side + 2 * quiet) * 4).expect("a small symbol");
    let dark = |x: usize, y: usize| {
        let inside = |pixel: usize| {
            let module = u32::try_from(pixel / 4).expect("a small symbol").checked_sub(quiet);
            module.filter(|module| *module < side)
        };
        matches!((inside(x), inside(y)), (Some(x), Some(y)) if symbol.is_dark(x, y))
    };
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(pixels, pixels, |x, y| if dark(x, y) { 0 } else { 255 });
    let grids = image.detect_grids();
    grids.first().expect("a symbol").decode().expect("it is read").1
}

pub fn unix_time(world: &World) -> UnixTime {
    UnixTime::from_seconds(u64::try_from(world.now().as_second()).expect("after 1970"))
}

/// What a till has that was online just now.
pub fn offline_till(backend: &Backend) -> OfflineTill {
    let (known, list) = (backend.till_get("/v1/till/keys"), backend.till_get("/v1/till/revocations"));
    let number = |value: &Value| u16::try_from(value.as_u64().expect("a number")).expect("16 bits");
    let bytes = |value: &Value| URL_SAFE_NO_PAD.decode(value.as_str().expect("text")).expect("base64url");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let keys: Vec<_> = known["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .map(|key| IssuerKey {
            programme: text(&key["programme"]),
            public: PublicKey::from_bytes(&bytes(&key["public"]).try_into().expect("32 bytes")).expect("a key"),
            first: Day::from_number(number(&key["first"])),
            last: Day::from_number(number(&key["last"])),
        })
        .collect();
    let format = &known["format"];
    let list = RevocationList::read(&bytes(&list["list"]), &keys, &text(&format["programme"])).expect("our list");
    OfflineTill {
        format: CardFormat {
            programme: text(&format["programme"]),
            number_length: usize::from(number(&format["number_length"])),
            prefix: text(&format["prefix"]),
            payload: PayloadKind::from_name(&text(&format["payload"])).expect("a payload"),
        },
        keys,
        revocations: Some(list),
    }
}

/// What a till without network says to a code; whether it was used is another question.
pub fn offline(till: &OfflineTill, code: &str, world: &World) -> Result<Verdict, String> {
    use member_card::marks::{Basket, MemoryMarks};
    let basket = Basket { till: "t".to_owned(), receipt: "r".to_owned() };
    let checked = till.check(code, unix_time(world)).map_err(|refusal| refusal.name().to_owned())?;
    Ok(checked.take(unix_time(world), &basket, &mut MemoryMarks::default()).expect("never used"))
}
