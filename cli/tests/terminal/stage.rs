//! A phone, a sandbox, and running the program with a bound on how long it may take.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Far more than anything here takes, also on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);

/// The program, knowing nothing of whoever runs the test.
pub(crate) fn member(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_member"));
    command.env_clear().env("HOME", home).env("TMPDIR", home).env("LANG", "en_GB.UTF-8").stdin(Stdio::null());
    command
}

/// The program, running. It ends with this value at the latest.
pub(crate) struct Started(Option<Child>);

impl Started {
    /// Starts it; what it prints is kept for the end, or until somebody takes it.
    pub(crate) fn of(mut command: Command) -> Started {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        Started(Some(child.expect("the program starts")))
    }

    fn child(&mut self) -> &mut Child {
        self.0.as_mut().expect("it has not been waited for")
    }

    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.child().stdin.take().expect("a pipe")
    }

    pub(crate) fn stdout(&mut self) -> ChildStdout {
        self.child().stdout.take().expect("a pipe")
    }

    pub(crate) fn stderr(&mut self) -> ChildStderr {
        self.child().stderr.take().expect("a pipe")
    }

    pub(crate) fn signal(&mut self, signal: Signal) {
        send(self.child().id(), signal);
    }

    /// Ctrl-C, and what came of it.
    pub(crate) fn interrupt(mut self) -> Run {
        self.signal(Signal::INT);
        self.finish()
    }

    /// Lets it work for so long and ends it without a word. Its exit status, `None` where it was killed, and what it printed.
    pub(crate) fn kill_after(mut self, delay: Duration) -> (Option<i32>, String) {
        let mut stdout = self.stdout();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut said = String::new();
            // What is no text is nothing that it said.
            let _ = stdout.read_to_string(&mut said);
            sender.send(said)
        });
        // Its output ends with it.
        let said = receiver.recv_timeout(delay);
        let mut child = self.0.take().expect("it has not been waited for");
        child.kill().expect("a process of ours");
        let status = child.wait().expect("its end");
        (status.code(), said.or_else(|_| receiver.recv()).expect("its output"))
    }

    /// Waits for the end, but not for ever.
    pub(crate) fn finish(mut self) -> Run {
        let child = self.0.take().expect("it has not been waited for");
        let id = child.id();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || sender.send(child.wait_with_output()));
        let Ok(output) = receiver.recv_timeout(LIMIT) else {
            send(id, Signal::KILL);
            panic!("the program did not end in time");
        };
        let output = output.expect("its output");
        let run = Run {
            status: output.status.code().unwrap_or_else(|| panic!("{}", output.status)),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).expect("text on standard error"),
        };
        assert!(!run.stderr.contains("panicked"), "{run:?}");
        run
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn send(id: u32, signal: Signal) {
    let id = Pid::from_raw(id.try_into().expect("a process id")).expect("a process id");
    kill_process(id, signal).expect("a process that is there");
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Run {
    /// Runs to the end, with `stdin` as all that is typed.
    pub(crate) fn of(mut command: Command, stdin: &str) -> Run {
        command.stdin(Stdio::piped());
        let mut started = Started::of(command);
        // A program that does not read its input closes the pipe, and that is no fault.
        let _ = started.stdin().write_all(stdin.as_bytes());
        started.finish()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("text on standard output")
    }

    /// Everything that was printed.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.text(), self.stderr)
    }

    pub(crate) fn done(self) -> Run {
        assert_eq!(self.status, 0, "{}", self.all());
        self
    }

    /// Fails with this status and says these words, in one sentence to people.
    pub(crate) fn failed(self, status: i32, words: &str) -> Run {
        assert_eq!(self.status, status, "{}", self.all());
        assert!(self.stderr.contains(words), "expected {words:?} in: {}", self.all());
        self
    }

    /// As a document: fails with this status and code, and has a sentence.
    pub(crate) fn failed_as(self, status: i32, code: &str) -> Run {
        let error = &self.json()["error"];
        let sentence = error["text"].as_str().unwrap_or_default();
        assert!(!sentence.is_empty(), "{}", self.all());
        assert_eq!((self.status, error["code"].as_str()), (status, Some(code)), "{}", self.all());
        self
    }

    /// The one JSON document on standard output: `from_str` refuses anything after it.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.text()).unwrap_or_else(|error| panic!("{error}: {}", self.all()))
    }
}

/// Lines as they come.
pub(crate) fn lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// A folder with a wallet in it, and the address of its programme.
pub(crate) struct Phone {
    pub(crate) folder: TempDir,
    server: String,
}

impl Phone {
    pub(crate) fn new(server: &str) -> Phone {
        Phone { folder: tempfile::tempdir().expect("a folder"), server: server.to_owned() }
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("wallet")
    }

    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = member(self.folder.path());
        command.env("MEMBER_HOME", self.home()).env("MEMBER_SERVER", &self.server).args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments), "")
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        self.run(&all).done().json()
    }

    /// Fails with this status and code, and a sentence on the same stream as any other document.
    pub(crate) fn fails(&self, arguments: &[&str], status: i32, code: &str) {
        let mut all = vec!["--json"];
        all.extend(arguments);
        self.run(&all).failed_as(status, code);
    }

    /// A new member with this name, signed in and synced. Answers with the code that was used.
    pub(crate) fn join(&self, sandbox: &Sandbox) -> String {
        let asked = self.run(&["join", "--email", "ada@example.org", "--name", "Ada Lovelace"]).done();
        let code = sandbox.newest_code();
        let resumed = Run::of(self.command(["join", "--resume"]), &format!("{code}\n")).done();
        for run in [asked, resumed] {
            assert!(!run.all().contains(&code), "the code is printed: {}", run.all());
        }
        code
    }

    /// The card number without spaces.
    pub(crate) fn number(&self) -> String {
        let card = self.json(&["card"]);
        card["card"]["number"].as_str().expect("a number").replace(' ', "")
    }

    /// The only database of the wallet.
    pub(crate) fn database(&self) -> PathBuf {
        let files = fs::read_dir(self.home()).expect("the wallet").map(|file| file.expect("a file").path());
        let databases: Vec<_> = files.filter(|file| file.extension().is_some_and(|kind| kind == "db")).collect();
        let [database] = databases.as_slice() else { panic!("one database, not {databases:?}") };
        database.clone()
    }

    /// Lets SQLite tidy up: what is in the write-ahead log goes into the file when the last connection is closed.
    pub(crate) fn settle(&self) {
        let log = self.database().with_extension("db-wal");
        let tries = (0..100).find(|_| {
            self.run(&["card"]).done();
            !log.exists()
        });
        assert!(tries.is_some(), "the log stays");
    }

    /// The file with the key of the database.
    pub(crate) fn key(&self) -> PathBuf {
        self.home().join("vault").join(self.database().file_stem().expect("a name"))
    }
}

/// `member sandbox`, which ends with this value.
pub(crate) struct Sandbox {
    running: Option<Started>,
    /// What it is started with, beside address and folder.
    options: Vec<String>,
    pub(crate) folder: TempDir,
    pub(crate) url: String,
}

impl Sandbox {
    pub(crate) fn start() -> Sandbox {
        Sandbox::with(&[])
    }

    /// The market, with cards that show proofs.
    pub(crate) fn of_proofs() -> Sandbox {
        Sandbox::with(&["--card", "proof"])
    }

    /// With options of `member sandbox`.
    pub(crate) fn with(options: &[&str]) -> Sandbox {
        let mut sandbox = Sandbox {
            running: None,
            options: options.iter().map(|&option| option.to_owned()).collect(),
            folder: tempfile::tempdir().expect("a folder"),
            url: "http://127.0.0.1:0".to_owned(),
        };
        sandbox.start_again();
        sandbox
    }

    /// With the same data, and the same address where it had one.
    pub(crate) fn start_again(&mut self) {
        let mut command = member(self.folder.path());
        let address = self.url.trim_start_matches("http://");
        command.args(["--json", "sandbox", "--listen", address, "--dir"]).arg(self.data()).args(&self.options);
        let mut running = Started::of(command);
        let first = lines(running.stdout()).recv_timeout(LIMIT).expect("a document");
        self.running = Some(running);
        let document: Value = serde_json::from_str(&first).expect("one document on the first line");
        document["url"].as_str().expect("an address").clone_into(&mut self.url);
    }

    /// As with Ctrl-C. Answers with its exit status.
    pub(crate) fn stop(&mut self) -> i32 {
        self.running.take().expect("a sandbox that runs").interrupt().status
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("sandbox")
    }

    pub(crate) fn tills(&self) -> PathBuf {
        self.data().join("tills.json")
    }

    /// A command of a till, which knows the sandbox by its credentials.
    pub(crate) fn till(&self, arguments: &[&str]) -> Run {
        let mut command = member(self.folder.path());
        command.args(arguments).arg("--credentials").arg(self.tills());
        Run::of(command, "")
    }

    pub(crate) fn newest_code(&self) -> String {
        let letters = fs::read_dir(self.data().join("mail")).expect("mail");
        let letter = letters.map(|letter| letter.expect("a letter").path()).max().expect("a letter");
        let text = fs::read_to_string(letter).expect("a letter");
        let code = text.lines().find_map(|line| line.strip_prefix("Code: ")).expect("a code");
        code.to_owned()
    }

    pub(crate) fn audit(&self) -> Value {
        self.get("/sandbox/v1/audit")
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.ask("GET", path, &Value::Null)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) {
        self.ask("POST", path, body);
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.request(method, path, "Content-Type: application/json\r\n", &body)
    }

    /// HTTP as small as it gets; `head` is lines of it.
    pub(crate) fn request(&self, method: &str, path: &str, head: &str, body: &str) -> Value {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("the sandbox");
        stream.set_read_timeout(Some(LIMIT)).expect("a timeout");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{head}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 20"), "{answer}");
        serde_json::from_str(body).unwrap_or_else(|_| json!(body))
    }
}
