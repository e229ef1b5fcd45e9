//! The bridge as a host uses it, against the real sandbox over loopback. No runtime of the test's own polls its futures.

#![allow(clippy::disallowed_methods, reason = "hosts have threads, and the sandbox is a real server")]

mod calls;
mod closing;
mod hosts;
mod support;
