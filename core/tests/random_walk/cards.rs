//! What the phones of a walk show at tills, and what must hold of it.

use axum::http::Method;
use member_card::payload::Payload as Code;
use member_core::views::Card;
use member_sandbox::programme::Payload;
use serde_json::json;

use crate::Walk;
use crate::support::scanner;

impl Walk {
    fn card(&self, index: usize) -> Option<Card> {
        self.handsets[index].phone.wallet().card().expect("a view").card
    }

    /// What a scanner reads off the phone's screen, where there is a card.
    pub fn code(&self, index: usize) -> Option<String> {
        self.card(index).map(|card| scanner::read(&card.symbol))
    }

    /// A phone that has just heard from the server shows what a till takes, with a network and without.
    pub fn show_card(&mut self, index: usize) {
        let card = self.card(index).expect("a phone that has heard from the server shows its card");
        let notice = card.code.and_then(|code| code.notice).unwrap_or_default();
        if notice.starts_with("Two codes were used in one minute.") {
            return;
        }
        let code = scanner::read(&card.symbol);
        let sale = format!("sale-{}", self.world.below(u64::MAX));
        self.note(format!("phone {index}: shows its card for {sale}"));
        if self.payload == Payload::Proof {
            let till = scanner::offline_till(&self.backend);
            let verdict = scanner::offline(&till, &code, &self.world).expect("good without a network");
            assert!(verdict.verified);
        }
        let (status, answer) = self.backend.scan("old-town-1", &code, &sale);
        if answer["type"] == json!("urn:member-core:problem:code-used") {
            // It was shown at a till before, and the phone has not heard of that.
            return;
        }
        assert!(status.is_success(), "phone {index}: {status} {answer}");
        self.met.codes += usize::from(self.payload != Payload::Static);
    }

    /// The phone is reported as stolen by the number that is in its proofs. Whoever has it shows them to no till any more; the
    /// member's other phone goes on, which is seen when it hears of that.
    pub fn steal(&mut self, index: usize) {
        let Some(code) = self.code(index) else { return };
        let number = self.cards.get(&self.handsets[index].member).map_or(0, String::len);
        let Ok(Code::Proof(proof)) = Code::parse(&code, number) else { return };
        let revoke = json!({"member": self.handsets[index].member, "device": proof.device().0}).to_string();
        let headers = [("content-type", "application/json")];
        let (status, _) = self.backend.call(Method::POST, "/sandbox/v1/revoke", &headers, revoke);
        // A restored server may know of neither.
        if !status.is_success() {
            return;
        }
        self.note(format!("phone {index}: stolen, and its number {} revoked", proof.device().0));
        let till = scanner::offline_till(&self.backend);
        let verdict = scanner::offline(&till, &code, &self.world);
        assert!(verdict.is_err(), "a till without a network takes the code of a stolen phone");
        let (status, answer) = self.backend.scan("old-town-1", &code, "a-thief");
        assert!(!status.is_success(), "a till takes the code of a stolen phone: {answer}");
        self.met.stolen += 1;
    }
}
