//! Codes on a device whose clock is wrong: right all the same, and a large difference is said.

use member_sandbox::programme::Payload;

use crate::support::Phone;
use crate::support::scanner::{card, code, phone};

fn notice(phone: &Phone) -> Option<String> {
    card(phone).code.expect("a code").notice
}

fn is_good(phone: &Phone, sale: &str) -> bool {
    phone.backend.scan("old-town-1", &code(phone), sale).0.is_success()
}

#[test]
fn codes_are_right_on_a_wrong_clock_and_a_large_difference_is_said() {
    for payload in [Payload::Rotating, Payload::Proof] {
        for (number, skew) in [-400 * 86_400, -3_600, -121, 121, 3_600, 400 * 86_400].into_iter().enumerate() {
            let phone = phone(payload);
            phone.device.set_clock_skew(skew);
            assert!(is_good(&phone, &format!("r-{number}")), "{payload:?}, {skew} s");
            let said = notice(&phone).expect("a word on it");
            assert!(said.starts_with("This device's clock shows "), "{said}");
            assert!(said.ends_with("The code is right all the same."), "{said}");
        }
        let phone = phone(payload);
        for skew in [-120, -1, 0, 1, 119] {
            phone.device.set_clock_skew(skew);
            assert_eq!(notice(&phone), None, "{skew} s");
        }
    }
}

#[test]
fn a_clock_that_is_known_to_be_wrong_after_a_reboot_is_said_and_a_contact_mends_the_code() {
    let mut phone = phone(Payload::Rotating);
    phone.device.network.set_online(false);
    phone.device.reboot();
    phone.device.set_clock_skew(-86_400);
    phone.start();
    phone.world.pass(std::time::Duration::from_mins(5));
    assert!(!is_good(&phone, "r-1"), "nothing tells the phone the time");
    let said = notice(&phone).expect("a word on it");
    assert!(said.contains("connect to the internet once"), "{said}");
    phone.device.network.set_online(true);
    phone.refresh().expect("a sync");
    assert!(is_good(&phone, "r-1"));
    assert!(notice(&phone).expect("still a day behind").starts_with("This device's clock shows "));
}

#[test]
fn after_a_reboot_with_a_right_clock_nothing_is_said_and_codes_are_good_without_network() {
    for payload in [Payload::Rotating, Payload::Proof] {
        let mut phone = phone(payload);
        phone.device.network.set_online(false);
        phone.device.reboot();
        phone.start();
        phone.world.pass(std::time::Duration::from_mins(5));
        assert!(is_good(&phone, "r-1"), "{payload:?}");
        assert_eq!(notice(&phone), None);
    }
}
