//! A card whose code changes: on the phone, online and offline, at tills with and without a network.

#[path = "../support/mod.rs"]
mod support;

mod clocks;
mod days;
mod devices;
mod live;
