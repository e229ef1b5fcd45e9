//! The core's own threads: what was begun runs to its end, whatever becomes of the caller.

use futures_util::future::BoxFuture;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::ports::Work;

/// A tokio runtime of two threads, and a few more for work that blocks on the disk.
pub struct TokioWork {
    /// `None` only while it is being dropped.
    runtime: Option<Runtime>,
    handle: Handle,
}

impl TokioWork {
    /// Starts the threads.
    pub fn new() -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(8)
            .thread_name("member-core")
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        Ok(Self { runtime: Some(runtime), handle })
    }

    /// For timers and sockets of the other ports.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Work for TokioWork {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        #[allow(clippy::disallowed_methods, reason = "this is the port of work")]
        drop(self.handle.spawn(task));
    }

    fn block(&self, job: Box<dyn FnOnce() + Send>) {
        #[allow(clippy::disallowed_methods, reason = "this is the port of work")]
        drop(self.handle.spawn_blocking(job));
    }
}

impl Drop for TokioWork {
    fn drop(&mut self) {
        // The last owner may be a task of this very runtime, where waiting for its end would be a deadlock.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
