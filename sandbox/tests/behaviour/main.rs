//! The sandbox as its clients see it, through its router in process.
//!
//! Nothing here sleeps, opens a socket or reads the machine's clock: each test is a pure function of its text.

mod actions;
mod auth;
mod backup;
mod card;
mod durability;
mod edge;
mod faults;
mod harness;
mod journal;
mod ledger;
mod lock;
mod passes;
mod phone;
mod spending;
mod sync;
mod till;
