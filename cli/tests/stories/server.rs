//! A real backend: the process `member sandbox` on loopback, and the till `member till`. Must not know what a story is about.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// Far more than anything here takes, also on a busy machine.
const LIMIT: Duration = Duration::from_mins(1);

/// A backend with a folder of its own. It keeps its port and its data while it is down.
pub(crate) struct Server {
    folder: PathBuf,
    programme: String,
    running: Option<Child>,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(folder: &Path, programme: &str) -> Result<Server, String> {
        let url = "http://127.0.0.1:0".to_owned();
        let mut server = Server { folder: folder.to_owned(), programme: programme.to_owned(), running: None, url };
        server.up()?;
        Ok(server)
    }

    fn member(&self) -> Command {
        let mut member = Command::new(env!("CARGO_BIN_EXE_member"));
        member.env_clear().env("HOME", &self.folder).stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::piped());
        member
    }

    fn data(&self) -> PathBuf {
        self.folder.join("sandbox")
    }

    pub(crate) fn up(&mut self) -> Result<(), String> {
        if self.running.is_some() {
            return Err("the server is up already".to_owned());
        }
        let mut sandbox = self.member();
        sandbox.args(["--json", "sandbox", "--programme", &self.programme, "--dir"]).arg(self.data());
        sandbox.args(["--listen", self.url.trim_start_matches("http://")]).stderr(Stdio::inherit());
        let running = self.running.insert(sandbox.spawn().map_err(|error| error.to_string())?);
        // Printed when it listens; where it cannot, its end closes the pipe.
        let mut first = String::new();
        let stdout = running.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut first).map_err(|error| error.to_string())?;
        let document: Value = serde_json::from_str(&first).map_err(|_| "the server does not start".to_owned())?;
        document["url"].as_str().ok_or("the server says no address")?.clone_into(&mut self.url);
        Ok(())
    }

    /// Nobody answers any more.
    pub(crate) fn down(&mut self) -> Result<(), String> {
        let mut running = self.running.take().ok_or("the server is down already")?;
        let id = running.id().try_into().ok().and_then(Pid::from_raw).ok_or("no process")?;
        kill_process(id, Signal::TERM).map_err(|error| error.to_string())?;
        running.wait().map_err(|error| error.to_string())?;
        Ok(())
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value, String> {
        self.ask("GET", path, "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.ask("POST", path, &body.to_string())
    }

    /// HTTP as small as it gets.
    fn ask(&self, method: &str, path: &str, body: &str) -> Result<Value, String> {
        let address = self.url.trim_start_matches("http://");
        let exchange = || {
            let mut stream = TcpStream::connect(address)?;
            stream.set_read_timeout(Some(LIMIT))?;
            write!(
                stream,
                "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            )?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok::<_, std::io::Error>(answer)
        };
        let answer = exchange().map_err(|error| format!("the server does not answer: {error}"))?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("the server's answer has no head")?;
        if !head.starts_with("HTTP/1.1 200") {
            return Err(format!("the server says: {body}"));
        }
        serde_json::from_str(body).map_err(|error| error.to_string())
    }

    /// The code that was sent to this address last.
    pub(crate) fn code(&self, email: &str) -> Result<String, String> {
        let sent = self.get(&format!("/sandbox/v1/sent?address={email}"))?;
        Ok(sent["sent"][0]["code"].as_str().ok_or("no code was sent")?.to_owned())
    }

    /// The id of whoever has this address.
    pub(crate) fn member_id(&self, email: &str) -> Result<String, String> {
        let found = self.get(&format!("/sandbox/v1/members?address={email}"))?;
        Ok(found["member"].as_str().ok_or("no member")?.to_owned())
    }

    /// The member's true ledger, and the books in numbers.
    pub(crate) fn ledger(&self, email: &str) -> Result<Value, String> {
        let mut ledger = self.get(&format!("/sandbox/v1/members/{}/ledger", self.member_id(email)?))?;
        ledger["audit"] = self.get("/sandbox/v1/audit")?;
        Ok(ledger)
    }

    /// From now on the server's clock says so, and goes on from there. In one request: an app may be talking to it.
    pub(crate) fn set_clock(&self, at: &str) -> Result<(), String> {
        let at: jiff::Timestamp = at.parse().map_err(|_| "the field \"at\" is no instant".to_owned())?;
        let offset = at.as_second() - jiff::Timestamp::now().as_second();
        self.post("/sandbox/v1/clock", &json!({"offset_seconds": offset})).map(drop)
    }

    /// A till scans the card and sells something.
    pub(crate) fn accrue(&self, till: &str, card_number: &str, amount: &str) -> Result<(), String> {
        let mut member = self.member();
        member.args(["till", "accrue", "--till", till, "--payload", card_number, "--amount", amount, "--credentials"]);
        let run = member.arg(self.data().join("tills.json")).output().map_err(|error| error.to_string())?;
        if run.status.success() {
            Ok(())
        } else {
            Err(format!("the till says: {}", String::from_utf8_lossy(&run.stderr)))
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // It may have ended by itself.
            let _ = running.kill();
            let _ = running.wait();
        }
    }
}
