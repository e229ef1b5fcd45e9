//! `member doctor`: what the core found in a saved wallet, and what it did. Must not know what is wrong with a wallet, nor how it
//! is mended: the core says so.

use member_core::text::Text;
use member_core::{Did, Examination, Found, Holds, Home, doctor};
use serde_json::json;

use crate::app::{Reach, Settings, ports};
use crate::failure::{Failure, Status};
use crate::output::{Answer, Ink, Page};
use crate::show;

/// `member doctor`
pub fn run(settings: &Settings) -> Result<Answer, Failure> {
    let home = settings.home()?;
    let text = settings.text();
    let examined = doctor(Home::Folder(home.clone()), &ports(settings, Reach::Disk)?)
        .map_err(|error| Failure::of_core(&error, &text))?;
    let mut page = Page::new(settings.look);
    page.say(Ink::Strong, 0, &home.display().to_string());
    set(&mut page, &examined, &text);
    let mut document = show::document(&examined);
    document["home"] = json!(home.to_string_lossy());
    let mut answer = Answer::new(page, document);
    answer.status = (!examined.healthy).then_some(Status::Failed);
    Ok(answer)
}

fn set(page: &mut Page, examined: &Examination, text: &Text) {
    if examined.databases.is_empty() {
        page.say(Ink::Plain, 0, "No wallet is saved here.");
    }
    if examined.code_sent {
        page.say(Ink::Plain, 0, "A sign-in waits for its code.");
    }
    for database in &examined.databases {
        page.gap();
        let whose = if database.current { "signed in on this device" } else { "kept for its member" };
        page.say(Ink::Strong, 0, &format!("{} at {}, {whose}", database.name, database.server));
        page.say(if database.found == Found::Sound { Ink::Good } else { Ink::Alert }, 2, found(database.found));
        for did in &database.did {
            page.say(Ink::Plain, 2, &done(*did));
        }
        match (&database.holds, database.found.error()) {
            (Some(holds), _) => set_holds(page, holds),
            (None, Some(error)) => page.say(Ink::Alert, 2, &error.explain(text)),
            (None, None) => {}
        }
    }
    let wipes =
        [(examined.wiped, "finished now"), (examined.left_to_wipe, "not possible now; it is tried at each start")];
    for (count, what) in wipes.iter().filter(|(count, _)| *count > 0) {
        page.gap();
        page.say(Ink::Plain, 0, &format!("Deleting the wallets of members who signed out: {count} {what}."));
    }
    if !examined.aside.is_empty() {
        page.gap();
        page.say(Ink::Plain, 0, "Set aside earlier or now, and used by nobody:");
        for name in &examined.aside {
            page.say(Ink::Faint, 2, name);
        }
    }
    page.gap();
    let did = examined.wiped > 0 || examined.databases.iter().any(|database| !database.did.is_empty());
    let (ink, verdict) = match (examined.healthy, did) {
        (true, false) => (Ink::Good, "Everything is well."),
        (true, true) => (Ink::Good, "What could be mended is mended."),
        (false, _) => (Ink::Alert, "Something is not well. Nothing was deleted."),
    };
    page.say(ink, 0, verdict);
}

fn found(found: Found) -> &'static str {
    match found {
        Found::Sound => "Every page is whole.",
        Found::Damaged => "Some pages could not be read.",
        Found::Gone => "Its file is gone, or nothing is in it.",
        Found::WrongKey => "No page of it fits the key.",
        Found::KeyMissing => "The vault has no key for it.",
        Found::KeyUnavailable => "The vault cannot be read now.",
        Found::NewerSchema => "A newer version wrote it.",
        Found::DiskFull => "It cannot be written: the disk is full.",
        Found::NotWritable => "It cannot be opened for writing.",
    }
}

fn done(did: Did) -> String {
    match did {
        Did::FinishedRescue => "A rescue that had been cut off was finished.".to_owned(),
        Did::Migrated { from } => format!("Its schema was brought up to date from {from}."),
        Did::Rescued { actions, lost, session } => {
            let lost = match lost {
                Some(0) => "none was lost".to_owned(),
                Some(lost) => format!("{lost} could not be read"),
                None => "how many could not be read is not known".to_owned(),
            };
            let session = if session { "still signed in" } else { "to be signed in again" };
            format!("Saved in a new file: actions: {actions}; {lost}; {session}. The damaged file was set aside.")
        }
        Did::SetAside => "It was set aside. Sign in again to go on.".to_owned(),
    }
}

fn set_holds(page: &mut Page, holds: &Holds) {
    page.say(
        Ink::Plain,
        2,
        &format!("Schema {}, {}.", holds.schema, if holds.session { "signed in" } else { "signed out" }),
    );
    let actions: Vec<String> = holds.actions.iter().map(|(state, count)| format!("{count} {state}")).collect();
    page.say(
        Ink::Plain,
        2,
        &match actions.as_slice() {
            [] => "No action waits.".to_owned(),
            _ => format!("Actions: {}.", actions.join(", ")),
        },
    );
    page.say(
        Ink::Plain,
        2,
        &match holds.last_contact {
            Some(at) => format!("Last contact with the programme: {at}."),
            None => "No contact with the programme yet.".to_owned(),
        },
    );
    if holds.rebuilding {
        page.say(Ink::Plain, 2, "What the programme said comes anew with the next sync.");
    }
}
