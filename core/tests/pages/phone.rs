//! A phone whose pages come from a script, and what it shows of them. Must not know what is to be shown.

use std::sync::{Arc, Mutex};

use member_core::Wallet;

use crate::books::{Books, Manner, Shown, paged};
use crate::support::{Phone, good};

/// A member whose server has these books from the first sync on. Nothing has come yet.
pub fn phone(seed: u64, manner: Manner) -> (Phone, Arc<Mutex<Books>>) {
    let phone = Phone::new(seed);
    let books = Arc::new(Mutex::new(Books::new(manner)));
    phone.device.network.set_faults(good());
    phone.device.network.set_server(paged(phone.backend.server(), &books, &phone.world));
    phone.join();
    (phone, books)
}

/// All that the screens show.
pub fn shown(wallet: &Wallet) -> Shown {
    let mut shown = Shown::new();
    if let Some(card) = wallet.card().expect("a view").card {
        shown.insert("programme".to_owned(), card.programme);
        shown.insert("member".to_owned(), card.member);
    }
    for unit in wallet.balance().expect("a view").units {
        shown.insert(format!("account {}", unit.unit), unit.confirmed.to_string());
    }
    let tiers = wallet.tiers().expect("a view");
    shown.extend(tiers.tiers.into_iter().map(|tier| (format!("tier {}", tier.id), tier.name)));
    shown.extend(tiers.progress.map(|progress| ("standing".to_owned(), progress.points.to_string())));
    let rewards = wallet.rewards().expect("a view").rewards;
    shown.extend(rewards.into_iter().map(|reward| (format!("reward {}", reward.id), reward.title)));
    for voucher in wallet.vouchers().expect("a view").vouchers {
        shown.insert(format!("voucher {}", voucher.id.expect("an id")), voucher.title);
    }
    for line in wallet.activity(None, 500).expect("a view").lines {
        shown.insert(format!("entry e{}", line.number.expect("a number")), line.amount.to_string());
    }
    shown
}
