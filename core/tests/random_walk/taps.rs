//! What members tap in a walk, and what must hold as soon as they have.

use axum::http::Method;
use serde_json::json;

use crate::known::{Claim, Lock};
use crate::{Handset, REWARDS, Walk};
use member_core::views::ActionFate;

impl Walk {
    pub fn claim(&mut self, index: usize) {
        if self.handsets[index].is_locked() && self.below(2) == 0 {
            self.lock(index);
        }
        let reward = REWARDS[self.below(4)];
        let Handset { phone, member, .. } = &self.handsets[index];
        let locked = self.handsets[index].is_locked();
        match phone.wallet().claim(reward) {
            Ok(claimed) => {
                assert!(!locked, "{} was claimed while spending was locked", claimed.key);
                let member = member.clone();
                self.note(format!("phone {index}: claims {reward} as {}", claimed.key));
                self.claims.insert(claimed.key, Claim::new(member, index, None));
                self.met.claims += 1;
            }
            Err(error) => {
                assert!(locked || error.code() != "spend-locked", "refused by a lock that is not shown");
                self.met.locked += usize::from(error.code() == "spend-locked");
                self.note(format!("phone {index}: may not claim {reward}: {}", error.code()));
            }
        }
    }

    /// Locks what is open, and the other way round.
    pub fn lock(&mut self, index: usize) {
        let locked = !self.handsets[index].is_locked();
        let Handset { phone, member, .. } = &self.handsets[index];
        let Ok(set) = phone.wallet().set_spend_lock(locked) else { return };
        let view = phone.wallet().spending().expect("a view");
        assert_eq!((view.locked, &view.text), (locked, &set.text), "what was said is not what is shown");
        self.met.locks += 1;
        let member = member.clone();
        self.note(format!("phone {index}: locked is {locked}, as {:?}", set.key));
        self.note_collapsed(index);
        if let Some(key) = set.key {
            self.locks.insert(key, Lock { member, phone: index, locked, taken_back: false, restored: false });
        }
    }

    /// Locks that waited, and are gone although nobody sent them.
    fn note_collapsed(&mut self, index: usize) {
        let Handset { phone, member, .. } = &self.handsets[index];
        let rows = phone.wallet().pending().expect("a view").actions;
        for (key, lock) in &mut self.locks {
            if lock.phone == index && lock.member == *member && !rows.iter().any(|action| action.key == *key) {
                // What took effect is known by its outcome, as long as no server forgets.
                lock.taken_back |= phone.wallet().fate(key).is_err();
            }
        }
    }

    /// At the end: the phone shows what the tills hear, and each lock has its end.
    pub fn settle_locks(&self, index: usize) {
        let Handset { phone, member, .. } = &self.handsets[index];
        let view = phone.wallet().spending().expect("a view");
        assert!(!view.pending, "a lock waits for ever");
        let scan = json!({"payload": self.cards[member], "sale": "the-end"}).to_string();
        let backend = self.backend.clone();
        let bearer = self.world.run(async move { backend.till_token().await });
        let key = self.backend.new_key();
        let headers = [("content-type", "application/json"), ("authorization", &bearer), ("idempotency-key", &key)];
        let (status, scan) = self.backend.call(Method::POST, "/v1/till/scans", &headers, scan);
        assert!(status.is_success(), "{scan}");
        assert_eq!(json!(view.locked), scan["spend_locked"], "the phone shows another lock than the tills hear");
        for (key, lock) in &self.locks {
            if lock.phone == index && lock.member == *member && !lock.taken_back && !lock.restored {
                let fate = phone.wallet().fate(key);
                let ended = matches!(fate, Ok(ActionFate::Confirmed | ActionFate::Stopped(_)));
                assert!(ended, "the lock {key} to {} is lost: {fate:?}", lock.locked);
            }
        }
    }

    pub fn cancel(&mut self, index: usize) {
        let Handset { phone, member, .. } = &self.handsets[index];
        let pending = phone.wallet().pending().expect("a view").actions;
        let vouchers = phone.wallet().vouchers().expect("a view").vouchers;
        let can: Vec<String> = pending
            .into_iter()
            .filter_map(|action| action.can_cancel.then_some(action.key))
            .chain(vouchers.into_iter().filter(|voucher| voucher.can_cancel).filter_map(|voucher| voucher.key))
            .collect();
        if can.is_empty() {
            return;
        }
        let claim = can[self.below(can.len())].clone();
        if let Some(key) = phone.wallet().cancel(&claim).expect("a claim that can be taken back").key {
            let member = member.clone();
            self.note(format!("phone {index}: takes back {claim} as {key}"));
            self.claims.insert(key, Claim::new(member, index, Some(claim)));
            self.met.cancels += 1;
        } else {
            self.note(format!("phone {index}: takes back {claim}, which was never sent"));
            self.claims.get_mut(&claim).expect("a claim that somebody made").taken_back = true;
        }
    }

    pub fn retry(&mut self, index: usize) {
        let Handset { phone, member, .. } = &self.handsets[index];
        let pending = phone.wallet().pending().expect("a view").actions;
        let can: Vec<_> = pending.into_iter().filter(|action| action.can_retry).collect();
        if can.is_empty() {
            return;
        }
        let old = can[self.below(can.len())].key.clone();
        // What stopped may not be possible now either, and then stays as it is.
        let Ok(retried) = phone.wallet().retry(&old) else { return };
        self.met.retries += 1;
        let (member, key) = (member.clone(), retried.key);
        self.note(format!("phone {index}: tries {old} again as {key}"));
        if let Some(lock) = self.locks.get_mut(&old) {
            let again = Lock { member, phone: index, locked: lock.locked, taken_back: false, restored: false };
            if key != old {
                lock.taken_back = true;
                self.locks.insert(key, again);
            }
            self.note_collapsed(index);
        } else if key != old {
            let claim = self.claims.get_mut(&old).expect("an action that somebody made");
            claim.taken_back = true;
            let cancels = claim.cancels.clone();
            self.claims.insert(key, Claim::new(member, index, cancels));
        }
    }

    pub fn discard(&mut self, index: usize) {
        let phone = &self.handsets[index].phone;
        let pending = phone.wallet().pending().expect("a view").actions;
        if let Some(notice) = pending.iter().find(|action| action.state == "notice") {
            phone.wallet().discard(&notice.key).expect("a notice that can be dismissed");
        }
        let Some(action) = pending.iter().find(|action| action.can_discard) else { return };
        if phone.wallet().discard(&action.key).is_ok() {
            match (self.claims.get_mut(&action.key), self.locks.get_mut(&action.key)) {
                (Some(claim), _) => claim.taken_back = true,
                (_, Some(lock)) => lock.taken_back = true,
                _ => panic!("an action that nobody made"),
            }
            self.note(format!("phone {index}: takes back {}", action.key));
        }
    }
}

impl Handset {
    /// What the screen says of the spend lock.
    fn is_locked(&self) -> bool {
        self.phone.wallet().spending().is_ok_and(|view| view.locked)
    }
}
