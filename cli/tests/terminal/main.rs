//! The program itself, run as people run it: against a real sandbox over a real socket, with files in temporary folders.
//!
//! Nothing here waits for a fixed time. All but one test rely on no permissions of files; that one becomes nobody where it is run as
//! root, so all of it holds as any user.

#![expect(clippy::disallowed_methods, reason = "a test of processes needs threads and a bound on how long it waits")]

// Brings the database that is behind one of the tests.
use member_core as _;

mod bad_input;
mod codes;
mod demo;
mod doctor;
mod front;
mod interrupted;
mod journey;
mod killed;
mod offline_till;
mod passes;
mod phone;
mod pictures;
mod sign_out;
mod spend_lock;
mod stage;
mod usage;
