//! The readme step: the commands in README.md, run as a reader would run them.
//!
//! - Blocks marked `console` or `sh` are run, from the root of the workspace, with an empty home folder and `CI=true`: each
//!   line that starts with `$ ` by a shell of its own, in order. A `\` at its end goes on with the next line.
//! - A line that ends in ` &` goes on in the background until the end. It must print a line when it is ready.
//! - `sh no-run` blocks are not run; the HTML comment directly above says why, and that is printed.
//! - `cargo xtask test` and `bench` would run themselves: only their arguments are checked.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::shell;

/// Longer than any build takes; a command that waits for input must not hang the run for ever.
const LIMIT: Duration = Duration::from_mins(20);

/// A block of commands.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    /// Of the fence, counted from 1.
    line: usize,
    content: Content,
}

#[derive(Debug, PartialEq, Eq)]
enum Content {
    Commands(Vec<ShellLine>),
    NotRun { reason: String },
}

#[derive(Debug, PartialEq, Eq)]
struct ShellLine {
    line: usize,
    text: String,
    background: bool,
}

/// Runs the commands of README.md; fails at the first that does.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let markdown = fs::read_to_string(root.join("README.md"))
        .map_err(|error| format!("README.md cannot be read, so its commands cannot be run: {error}"))?;
    let blocks = parse(&markdown)?;
    if !blocks.iter().any(|block| matches!(block.content, Content::Commands(_))) {
        return Err("README.md has no block of commands to run: mark them ```console or ```sh".to_owned());
    }
    let home = Home::new()?;
    let before = untracked(root);
    let mut background = Vec::new();
    let mut count = 0;
    for block in &blocks {
        match &block.content {
            Content::NotRun { reason } => println!("README.md:{}: not run: {reason}", block.line),
            Content::Commands(lines) => {
                for line in lines {
                    println!("README.md:{}: $ {}", line.line, line.text);
                    home.run(line, &mut background).map_err(|error| format!("README.md:{}: {error}", line.line))?;
                    count += 1;
                }
            }
        }
    }
    let left: Vec<_> = untracked(root).into_iter().filter(|path| !before.contains(path)).collect();
    if !left.is_empty() {
        println!("note: new files in the working copy since the first command: {}", left.join(", "));
    }
    println!("{count} commands of README.md ran");
    Ok(())
}

/// Reads the blocks of commands out of a Markdown text.
fn parse(markdown: &str) -> Result<Vec<Block>, String> {
    let lines: Vec<&str> = markdown.lines().collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some(info) = lines[at].trim_start().strip_prefix("```") else {
            at += 1;
            continue;
        };
        let fence = at;
        let length = lines[fence + 1..].iter().position(|line| line.trim() == "```");
        let Some(length) = length else { return Err(format!("README.md:{}: the block has no end", fence + 1)) };
        let body = &lines[fence + 1..fence + 1 + length];
        at = fence + 2 + length;
        let mut words = info.split_whitespace();
        let content = match (words.next(), words.next()) {
            (Some("console" | "sh"), None) => Content::Commands(commands(body, fence + 2)?),
            (Some("console" | "sh"), Some("no-run")) => Content::NotRun {
                reason: comment_above(&lines[..fence]).ok_or_else(|| {
                    format!(
                        "README.md:{}: a block that is not run needs a comment directly above that says why",
                        fence + 1
                    )
                })?,
            },
            (Some("bash" | "shell" | "zsh" | "shell-session"), _) => {
                return Err(format!(
                    "README.md:{}: mark commands ```console or ```sh, so that they are run",
                    fence + 1
                ));
            }
            _ => continue,
        };
        blocks.push(Block { line: fence + 1, content });
    }
    Ok(blocks)
}

/// The lines that start with `$ `; everything else is their output. `first` is the number of the first line.
fn commands(body: &[&str], first: usize) -> Result<Vec<ShellLine>, String> {
    let mut found = Vec::new();
    let mut lines = body.iter().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(command) = line.trim_start().strip_prefix("$ ") else { continue };
        let mut text = command.trim().to_owned();
        while text.ends_with('\\') {
            text.pop();
            let next = lines.next().map_or("", |(_, line)| line.trim_start());
            text = format!("{} {}", text.trim_end(), next.strip_prefix("> ").unwrap_or(next).trim());
        }
        let foreground = text.strip_suffix(" &").map(str::to_owned);
        let background = foreground.is_some();
        found.push(ShellLine { line: first + index, text: foreground.unwrap_or(text), background });
    }
    if found.is_empty() {
        return Err(format!("README.md:{}: no line of the block starts with `$ `, so none would be run", first - 1));
    }
    Ok(found)
}

/// The text of the HTML comment that ends on the last of these lines.
fn comment_above(lines: &[&str]) -> Option<String> {
    let last = lines.last()?.trim().strip_suffix("-->")?;
    let start = lines.iter().rposition(|line| line.trim_start().starts_with("<!--"))?;
    let mut words: Vec<&str> = lines[start..lines.len() - 1].to_vec();
    words.push(last);
    let text = words.join(" ").replacen("<!--", "", 1);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// An empty home folder, and how commands are run with it.
struct Home {
    folder: tempfile::TempDir,
    cargo: PathBuf,
    rustup: PathBuf,
}

impl Home {
    fn new() -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
        // The toolchain and the downloaded crates stay where they are.
        let old = std::env::home_dir().unwrap_or_default();
        let kept =
            |variable: &str, default: &str| std::env::var_os(variable).map_or_else(|| old.join(default), PathBuf::from);
        Ok(Self { folder, cargo: kept("CARGO_HOME", ".cargo"), rustup: kept("RUSTUP_HOME", ".rustup") })
    }

    fn run(&self, line: &ShellLine, background: &mut Vec<Background>) -> Result<(), String> {
        let text = without_recursion(&line.text);
        if text != line.text {
            println!("(a run inside the run: only its arguments are checked)");
        }
        let mut command = self.command(&text);
        if line.background {
            background.push(Background::start(&mut command)?);
            return Ok(());
        }
        let mut child = command.spawn().map_err(|error| format!("bash cannot be started: {error}"))?;
        match wait(&mut child, LIMIT) {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(format!("`{text}` failed: {status}")),
            None => {
                // It may have ended this moment; there is nothing else to be done about an error here.
                let _ = child.kill();
                let _ = child.wait();
                Err(format!("`{text}` was still running after {}", shell::seconds(LIMIT)))
            }
        }
    }

    fn command(&self, text: &str) -> Command {
        let mut command = shell::program("bash");
        command.args(["-euo", "pipefail", "-c", text]).stdin(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("XDG_")) {
            command.env_remove(name);
        }
        command.env("HOME", self.folder.path()).env("CARGO_HOME", &self.cargo).env("RUSTUP_HOME", &self.rustup);
        command.env("CI", "true");
        command
    }
}

/// `cargo xtask test` runs the README's commands, so among them it may only list.
fn without_recursion(text: &str) -> String {
    let mut text = text.to_owned();
    for task in ["xtask test", "xtask bench"] {
        if text.contains(task) && !text.contains("--list") {
            text = text.replacen(task, &format!("{task} --list"), 1);
        }
    }
    // It calls nothing else.
    if text.trim_start_matches("./") == ".ci/run" { "test -x .ci/run".to_owned() } else { text }
}

/// The status once it has ended, or none if it has not in time.
fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if begun.elapsed() < limit => std::thread::sleep(Duration::from_millis(20)),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// A program that runs until this is dropped.
struct Background {
    child: Child,
}

impl Background {
    /// Returns when it has printed its first line.
    fn start(command: &mut Command) -> Result<Self, String> {
        let mut child =
            command.stdout(Stdio::piped()).spawn().map_err(|error| format!("bash cannot be started: {error}"))?;
        let output = child.stdout.take();
        let started = Self { child };
        let (ready, first_line) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok) {
                println!("{line}");
                // Nobody listens after the first line.
                let _ = ready.send(());
            }
        });
        match first_line.recv_timeout(LIMIT) {
            Ok(()) => Ok(started),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                Err("the background command ended without a line on standard output that says it is ready".to_owned())
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                Err(format!("the background command printed nothing in {}", shell::seconds(LIMIT)))
            }
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // First the polite way, so that it closes its files; a failure here only means that it has ended already.
        let _ = Command::new("kill").arg(self.child.id().to_string()).stderr(Stdio::null()).status();
        if wait(&mut self.child, Duration::from_secs(5)).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Files that git does not know; empty where there is no git.
fn untracked(root: &Path) -> Vec<String> {
    let mut git = shell::program("git");
    git.current_dir(root).args(["ls-files", "--others", "--exclude-standard"]);
    shell::output(&mut git).unwrap_or_default().lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only_commands(markdown: &str) -> Vec<(usize, String, bool)> {
        let blocks = parse(markdown).expect("a README");
        let lines = blocks.into_iter().flat_map(|block| match block.content {
            Content::Commands(lines) => lines,
            Content::NotRun { .. } => Vec::new(),
        });
        lines.map(|line| (line.line, line.text, line.background)).collect()
    }

    #[test]
    fn commands_are_the_lines_with_a_prompt() {
        let markdown = "# Title\n\n```console\n$ cargo run\noutput\n\n$ one \\\n>   two\n```\n\n```rust\n$ no\n```\n```sh\n$ serve &\n```\n";
        assert_eq!(
            only_commands(markdown),
            [(4, "cargo run".into(), false), (7, "one two".into(), false), (15, "serve".into(), true)]
        );
    }

    #[test]
    fn a_block_that_is_not_run_says_why() {
        let markdown = "<!-- needs a\n     phone -->\n```sh no-run\n$ adb install\n```\n";
        let reason = "needs a phone".to_owned();
        assert_eq!(parse(markdown), Ok(vec![Block { line: 3, content: Content::NotRun { reason } }]));
        for silent in
            ["```sh no-run\n$ x\n```\n", "<!-- -->\n```sh no-run\n$ x\n```\n", "<!-- why -->\n\n```sh no-run\n```\n"]
        {
            assert!(parse(silent).is_err_and(|error| error.contains("says why")), "{silent}");
        }
    }

    #[test]
    fn nothing_is_passed_over_silently() {
        for (markdown, sentence) in [
            ("```sh\ncargo run\n```\n", "README.md:1: no line of the block starts with"),
            ("\n```bash\n$ cargo run\n```\n", "README.md:2: mark commands"),
            ("```sh\n$ cargo run\n", "README.md:1: the block has no end"),
        ] {
            assert!(parse(markdown).is_err_and(|error| error.starts_with(sentence)), "{markdown}");
        }
    }

    #[test]
    fn a_run_does_not_run_itself() {
        assert_eq!(without_recursion("cargo xtask test"), "cargo xtask test --list");
        assert_eq!(without_recursion("cargo xtask test rust"), "cargo xtask test --list rust");
        assert_eq!(without_recursion("cargo xtask bench size"), "cargo xtask bench --list size");
        assert_eq!(without_recursion("cargo xtask test --list"), "cargo xtask test --list");
        assert_eq!(without_recursion("./.ci/run"), "test -x .ci/run");
        assert_eq!(without_recursion("cargo run -- card"), "cargo run -- card");
    }

    fn run(text: &str, background: &mut Vec<Background>) -> Result<(), String> {
        let background_line = text.ends_with(" &");
        let text = text.trim_end_matches(" &").to_owned();
        Home::new()?.run(&ShellLine { line: 1, text, background: background_line }, background)
    }

    #[test]
    fn commands_run_in_an_empty_home_at_the_root() {
        run("test -z \"$(ls -A \"$HOME\")\" && test \"$CI\" = true && test -f deny.toml", &mut Vec::new()).unwrap();
        let error = run("exit 3", &mut Vec::new()).unwrap_err();
        assert_eq!(error, "`exit 3` failed: exit status: 3");
        assert!(run("false | true", &mut Vec::new()).is_err(), "a failure inside a pipe counts");
    }

    #[test]
    fn background_commands_end_with_the_run() {
        let mut background = Vec::new();
        let folder = tempfile::tempdir().expect("a folder");
        let pid = folder.path().join("pid");
        run(&format!("echo $$ > {0}; echo ready; exec sleep 600 &", pid.display()), &mut background).unwrap();
        let pid = fs::read_to_string(pid).expect("it has started");
        let alive = || shell::succeeds(Command::new("kill").args(["-0", pid.trim()]));
        assert!(alive());
        drop(background);
        assert!(!alive());
        let error = run("true &", &mut Vec::new()).unwrap_err();
        assert!(error.starts_with("the background command ended without a line"), "{error}");
    }
}
