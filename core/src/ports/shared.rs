//! What threads share: locks and atomics. Those of the standard library, or with the feature `shuttle` those of a model checker,
//! which then decides who runs next at each of them (`core/tests/interleavings`).
//!
//! Every lock of the core and of the bindings comes from here. Must not know what is shared.

#[cfg(not(feature = "shuttle"))]
pub use std::sync::{Mutex, MutexGuard, RwLock, atomic};

#[cfg(feature = "shuttle")]
pub use shuttle::sync::{Mutex, MutexGuard, RwLock, atomic};
