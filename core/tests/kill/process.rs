//! A phone as a process of its own, and the end of it: killed at a moment that was asked for. Must not know what it does.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::phone::{ERRAND, Errand, PROGRAM};
use crate::said::{Phase, Said};

/// A phone that does not come to the moment that was asked for is killed wherever it is.
const PATIENCE: Duration = Duration::from_millis(700);
/// Far more than a phone that nobody kills takes, also on a busy machine.
const LIMIT: Duration = Duration::from_mins(2);
const SIGKILL: i32 = 9;

/// When a phone is killed.
#[derive(Debug, Clone, Copy)]
pub enum Moment {
    /// So long after its start.
    After(Duration),
    /// So long after it began this for the nth time, counted from 0.
    In(Phase, u32, Duration),
}

/// A phone that runs.
pub struct Process {
    child: Child,
    begun: Instant,
    lines: Receiver<Result<Said, String>>,
    said: Vec<Said>,
    complaints: PathBuf,
}

impl Process {
    /// Starts this very program as a phone. `folder` is where it complains.
    pub fn start(errand: &Errand, folder: &Path) -> Process {
        let mut program = Command::new(std::env::current_exe().expect("this program"));
        program.args([PROGRAM, "--exact", "--quiet", "--nocapture", "--test-threads=1"]);
        let complaints = folder.join("stderr.txt");
        // No certificates: none is needed here, and reading them takes longer than all the rest of a start.
        program.env_clear().env("TZ", "UTC").env("TMPDIR", folder).env("SSL_CERT_DIR", folder);
        program.env(ERRAND, serde_json::to_string(errand).expect("an errand"));
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&complaints).expect("a file"));
        let mut child = program.spawn().expect("a phone");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        // Ends with the process. A line without its end was never said; lines of the test harness are not ours.
        std::thread::spawn(move || {
            let mut line = Vec::new();
            while out.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) && line.ends_with(b"\n") {
                if line.starts_with(b"{") {
                    let said = serde_json::from_slice(&line).map_err(|error| format!("{error}: {line:?}"));
                    if sender.send(said).is_err() {
                        return;
                    }
                }
                line.clear();
            }
        });
        Process { child, begun: Instant::now(), lines, said: Vec::new(), complaints }
    }

    /// Lets it work until the moment comes, and kills it. What it said, to its last line.
    pub fn kill(mut self, moment: Moment) -> Result<Vec<Said>, String> {
        let ended = match moment {
            Moment::After(delay) => self.listen(self.begun + delay, |_| false)?,
            Moment::In(phase, nth, delay) => {
                let mut left = nth;
                let found = self.listen(self.begun + PATIENCE, |said| {
                    let found = *said == Said::Begins { phase };
                    left -= u32::from(found && left > 0);
                    found && left == 0
                })?;
                found || self.listen(Instant::now() + delay, |_| false)?
            }
        };
        if !ended {
            // It may have ended by itself this moment; its status tells.
            self.child.kill().map_err(|error| error.to_string())?;
        }
        let status = self.child.wait().map_err(|error| error.to_string())?;
        self.heard(status, |status| status.signal() == Some(SIGKILL))
    }

    /// Waits until it has ended by itself, and well.
    pub fn finish(mut self) -> Result<Vec<Said>, String> {
        if !self.listen(self.begun + LIMIT, |_| false)? {
            return Err("the phone does not end".to_owned());
        }
        let status = self.child.wait().map_err(|error| error.to_string())?;
        self.heard(status, |status| status.success())
    }

    /// Listens until `enough`, or until then. True where there is nobody any more.
    fn listen(&mut self, until: Instant, mut enough: impl FnMut(&Said) -> bool) -> Result<bool, String> {
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(said) => {
                    let said = said?;
                    let enough = enough(&said);
                    self.said.push(said);
                    if enough {
                        return Ok(false);
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Ok(false),
                Err(RecvTimeoutError::Disconnected) => return Ok(true),
            }
        }
    }

    /// The rest of what it said, once it has ended as it should.
    fn heard(&mut self, status: ExitStatus, as_it_should: impl Fn(ExitStatus) -> bool) -> Result<Vec<Said>, String> {
        while let Ok(said) = self.lines.recv() {
            self.said.push(said?);
        }
        let complaints = std::fs::read_to_string(&self.complaints).unwrap_or_default();
        let failed = self.said.iter().find_map(|said| match said {
            Said::Failed { why } => Some(why.clone()),
            _ => None,
        });
        match failed {
            Some(why) => Err(format!("{why}\n{complaints}")),
            None if complaints.contains("panicked") => Err(format!("the phone panicked: {complaints}")),
            None if !as_it_should(status) => Err(format!("the phone ended by itself: {status}\n{complaints}")),
            None => Ok(std::mem::take(&mut self.said)),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
