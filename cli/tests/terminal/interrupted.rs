//! Ctrl-C anywhere, and two programs with one wallet.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::process::Stdio;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use serde_json::json;

use crate::front::{Front, Mode};
use crate::stage::{LIMIT, Phone, Run, Sandbox, Started, lines, member};

/// Starts `join` and waits until it asks for the code.
fn join_that_waits(phone: &Phone) -> Started {
    let mut join = phone.command(["join", "--email", "ada@example.org", "--name", "Ada"]);
    join.stdin(Stdio::piped());
    let mut started = Started::of(join);
    let said = lines(started.stderr()).recv_timeout(LIMIT).expect("a line");
    assert!(said.contains("on its way"), "{said}");
    started
}

#[test]
fn a_sandbox_stops_in_order() {
    let mut sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    phone.join(&sandbox);
    assert_eq!(sandbox.stop(), 0);
    phone.fails(&["sync"], 1, "no-connection");
    sandbox.start_again();
    phone.run(&["sync"]).done();
}

#[test]
fn a_sandbox_stops_by_sigterm_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = member(folder.path());
    command.args(["sandbox", "--listen", "127.0.0.1:0"]);
    let mut sandbox = Started::of(command);
    let said = lines(sandbox.stdout());
    assert!(said.recv_timeout(LIMIT).expect("a line").starts_with("Sandbox on http://127.0.0.1:"));
    sandbox.signal(Signal::TERM);
    sandbox.finish().done();
    // Its data is where data belongs.
    assert!(folder.path().join(".local/share/member-sandbox/sandbox.db").is_file());
}

#[test]
fn while_a_code_is_waited_for() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    let mut join = join_that_waits(&phone);
    // Held open, so that it goes on waiting.
    let _typing = join.stdin();
    // The wallet is open in this one, so no other has it.
    phone.fails(&["card"], 1, "home-in-use");
    assert_eq!(join.interrupt().status, 130);
    // The code that was sent is good all the same.
    Run::of(phone.command(["join", "--resume"]), &sandbox.newest_code()).done();
}

#[test]
fn a_hidden_prompt_leaves_the_terminal_as_it_was() {
    let sandbox = Sandbox::start();
    let phone = Phone::new(&sandbox.url);
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    // For this test alone: no other program that is started meanwhile should hold it open.
    fcntl_setfd(&controller, FdFlags::CLOEXEC).expect("a terminal");
    grantpt(&controller).expect("a terminal");
    unlockpt(&controller).expect("a terminal");
    let name = ptsname(&controller, Vec::new()).expect("a name").into_string().expect("a name");
    let terminal = File::options().read(true).write(true).open(name).expect("a terminal");
    let echoes = || tcgetattr(terminal.as_fd()).expect("modes").local_modes.contains(LocalModes::ECHO);
    assert!(echoes());

    let mut join = phone.command(["join", "--email", "ada@example.org", "--name", "Ada"]);
    join.stdin(terminal.try_clone().expect("a terminal"));
    let mut join = Started::of(join);
    // The prompt ends no line, so it is waited for by its last byte.
    let mut stderr = join.stderr();
    let (sender, prompted) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut said = Vec::new();
        let mut byte = [0];
        while std::io::Read::read(&mut stderr, &mut byte).is_ok_and(|length| length == 1) {
            said.push(byte[0]);
            if said.ends_with(b"Code: ") {
                let _ = sender.send(());
            }
        }
    });
    prompted.recv_timeout(LIMIT).expect("a prompt");
    assert!(!echoes(), "what is typed is shown");
    assert_eq!(join.interrupt().status, 130);
    assert!(echoes(), "the terminal is left without echo");
}

#[test]
fn a_sync_that_hangs_loses_nothing() {
    let sandbox = Sandbox::start();
    let front = Front::before(&sandbox.url);
    let phone = Phone::new(&front.url);
    phone.join(&sandbox);
    let claimed = phone.json(&["claim", "coffee", "--offline"]);
    for round in 0..3 {
        front.set(Mode::Silence(round));
        let sync = Started::of(phone.command(["sync"]));
        let waits = front.somebody_waits(round);
        let run = sync.interrupt();
        assert!(waits && run.status == 130, "{run:?}");
    }
    assert_eq!(phone.json(&["pending"])["actions"][0]["key"], claimed["key"]);
    front.set(Mode::Through);
    assert_eq!(phone.json(&["sync"])["pending"], json!([]));
    assert_eq!(phone.json(&["vouchers"])["vouchers"][0]["key"], claimed["key"]);
    assert_eq!(sandbox.audit()["actions"]["confirmed"], 1);
}

#[test]
fn a_demo_in_the_middle_leaves_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let mut demo = Started::of(member(home.path()));
    let said = lines(demo.stdout());
    while !said.recv_timeout(LIMIT).expect("a line").contains("syncs") {}
    assert_eq!(demo.interrupt().status, 130);
    let left: Vec<_> = std::fs::read_dir(home.path()).expect("the folder").collect();
    assert!(left.is_empty(), "{left:?}");
}
