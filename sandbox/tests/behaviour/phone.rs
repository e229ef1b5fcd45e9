//! A phone that shows codes: it has a key, a number and chains, and asks the sandbox for what it needs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use member_card::issuer::KeyId;
use member_card::payload::Payload;
use member_card::proof::{Proof, SignedDay, Tier};
use member_card::totp::{TotpCode, TotpKey};
use member_card::{CardNumber, Chain, Day, DeviceNumber, Period, Secret, UnixTime};
use serde_json::{Value, json};

use crate::harness::{Call, Reply, Session, World};

pub(crate) struct Phone {
    pub(crate) session: Session,
    pub(crate) card: CardNumber,
    pub(crate) device: DeviceNumber,
    totp: TotpKey,
    chains: Vec<(Chain, SignedDay)>,
}

pub(crate) fn unix_time(world: &World) -> UnixTime {
    UnixTime::from_seconds(u64::try_from(world.now().as_second()).expect("after 1970"))
}

pub(crate) fn period(world: &World) -> Period {
    Period::at(unix_time(world))
}

impl Phone {
    /// Signs in as `name`, and asks for a number for the key that is all `seed`.
    pub(crate) fn new(world: &World, name: &str, seed: u8) -> Phone {
        Phone::of(world, world.join(name), seed)
    }

    pub(crate) fn of(world: &World, session: Session, seed: u8) -> Phone {
        let card = CardNumber::parse(&world.card_number(&session)).expect("a card number");
        let mut phone = Phone { session, card, device: DeviceNumber(0), totp: Secret::new([seed; 20]), chains: vec![] };
        phone.register(world);
        phone
    }

    pub(crate) fn register(&mut self, world: &World) {
        let answer = self.ask_for_number(world).expect("200").json();
        self.device = DeviceNumber(u16::try_from(answer["device"].as_u64().expect("a number")).expect("16 bits"));
    }

    /// Makes its codes with another key from now on, as a phone that was set up again does.
    pub(crate) fn register_key(&mut self, world: &World, seed: u8) {
        self.totp = Secret::new([seed; 20]);
        self.register(world);
    }

    pub(crate) fn ask_for_number(&self, world: &World) -> Reply {
        let body = json!({"totp_key": URL_SAFE_NO_PAD.encode(self.totp.expose())});
        let call = Call::new("PUT", "/v1/card/device").raw("application/json", body.to_string());
        world.send(call.bearer(&self.session.access))
    }

    /// Has `days` days signed, from today on.
    pub(crate) fn top_up(&mut self, world: &World, days: u16) {
        let today = Day::at(unix_time(world)).expect("a day").number();
        let secret = Secret::new([self.totp.expose()[0]; 16]);
        let chains: Vec<_> = (today..today + days)
            .map(|day| Chain::new(&secret, &self.card, self.device, Day::from_number(day)))
            .collect();
        let starts: Vec<Value> = chains
            .iter()
            .map(|chain| json!({"day": chain.day().number(), "start": URL_SAFE_NO_PAD.encode(chain.start().0)}))
            .collect();
        let answer = self.ask_for_proofs(world, self.device, &starts).expect("200").json();
        let signed = answer["proofs"].as_array().expect("proofs");
        self.chains = chains
            .into_iter()
            .filter_map(|chain| {
                let proof = signed.iter().find(|proof| proof["day"] == chain.day().number())?;
                let bytes =
                    |name: &str| URL_SAFE_NO_PAD.decode(proof[name].as_str().expect("text")).expect("base64url");
                let signed = SignedDay {
                    key: KeyId(bytes("key").try_into().expect("3 bytes")),
                    tier: Tier(u8::try_from(proof["tier"].as_u64().expect("a number")).expect("a byte")),
                    signature: bytes("signature").try_into().expect("64 bytes"),
                };
                Some((chain, signed))
            })
            .collect();
    }

    pub(crate) fn ask_for_proofs(&self, world: &World, device: DeviceNumber, starts: &[Value]) -> Reply {
        let body = json!({"device": device.0, "starts": starts});
        world.send(Call::post("/v1/card/proofs", &body).bearer(&self.session.access))
    }

    pub(crate) fn days(&self) -> Vec<u16> {
        self.chains.iter().map(|(chain, _)| chain.day().number()).collect()
    }

    pub(crate) fn tier(&self) -> Tier {
        self.chains[0].1.tier
    }

    pub(crate) fn rotating(&self, period: Period) -> String {
        Payload::Rotating(self.card.clone(), TotpCode::of(&self.totp, period)).text()
    }

    pub(crate) fn proof(&self, period: Period) -> String {
        let proof = self.chains.iter().find_map(|(chain, signed)| Proof::new(chain, signed, period));
        Payload::Proof(Box::new(proof.expect("a signed day"))).text()
    }
}
