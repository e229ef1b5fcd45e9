//! `member sandbox`: a loyalty backend on this machine, until it is told to stop. Its data stays.
//!
//! Must not know how the backend works: that is the crate `sandbox`.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use member_sandbox::ports::{Clock as _, SystemClock, SystemRandom};
use member_sandbox::{Config, PassIssuers, Programme, Sandbox, SandboxError, Storage};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::{Settings, data_folder};
use crate::args;
use crate::failure::Failure;
use crate::output::{self, Answer, Ink, Page};
use crate::till::Credentials;

/// `member sandbox`
pub async fn run(arguments: args::Sandbox, settings: &Settings) -> Result<Answer, Failure> {
    // From the first moment on, so that no signal finds nobody.
    let stop = stopped().map_err(|error| Failure::failed("signals", format!("Signals cannot be heard: {error}.")))?;
    let folder = match arguments.dir {
        Some(folder) => folder,
        None => data_folder("--dir DIR")?.join("member-sandbox"),
    };
    let mut programme = programme(&arguments.programme)?;
    if let Some(payload) = arguments.card {
        programme = programme.with_payload(payload);
    }
    let issuers = arguments.passes.as_deref().map_or(Ok(PassIssuers::default()), pass_issuers)?;
    let sandbox = open_with(&folder, programme, issuers)?;
    if !arguments.listen.ip().is_loopback() {
        return Err(Failure::usage(sentence(&SandboxError::NotLoopback(arguments.listen))));
    }
    let listener = TcpListener::bind(arguments.listen).await.map_err(|error| {
        Failure::failed("listen", format!("The sandbox cannot listen on {}: {error}.", arguments.listen))
    })?;
    let address = listener.local_addr().map_err(|error| Failure::failed("listen", error.to_string()))?;
    let url = format!("http://{address}");
    let tills = folder.join("tills.json");
    write_tills(&sandbox, &url, &tills)?;

    let shown = |path: PathBuf| path.display().to_string();
    let document = json!({
        "url": url,
        "programme": arguments.programme,
        "mail": shown(folder.join("mail")),
        "tills": shown(tills.clone()),
        "database": shown(folder.join("sandbox.db")),
    });
    let mut page = Page::new(settings.look);
    page.say(Ink::Strong, 0, &format!("Sandbox on {url}"));
    for (what, place) in [
        ("One-time codes are in", shown(folder.join("mail"))),
        ("Tills sign in with", shown(tills)),
        ("Everything is kept in", shown(folder.join("sandbox.db"))),
        ("Faults, clock and grants:", format!("{url}/sandbox/v1")),
    ] {
        page.hanging(Ink::Plain, 2, 4, &format!("{what} {place}"));
    }
    page.say(Ink::Faint, 2, "Ctrl-C stops it.");
    // Somebody waits for this before the first request.
    output::deliver(&Answer::new(page, document), settings.json)?;
    sandbox.serve(listener, stop).await.map_err(|error| Failure::failed("listen", sentence(&error)))?;
    if !settings.json {
        output::aside("The sandbox has stopped; its data is kept.");
    }
    Ok(Answer::said())
}

/// Opens the backend whose data is in `folder`.
pub fn open(folder: &Path, programme: Programme) -> Result<Sandbox, Failure> {
    open_with(folder, programme, PassIssuers::default())
}

fn open_with(folder: &Path, programme: Programme, issuers: PassIssuers) -> Result<Sandbox, Failure> {
    private_folder(folder).map_err(|error| Failure::of_file("made", folder, &error))?;
    let config = Config {
        storage: Storage::File(folder.join("sandbox.db")),
        programme,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        mail_dir: Some(folder.join("mail")),
    };
    Sandbox::open_with_issuers(config, issuers).map_err(|error| Failure::failed("sandbox", sentence(&error)))
}

/// It holds one-time codes and secrets of tills.
fn private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// A programme by its name, or by the path of its file.
fn programme(name: &str) -> Result<Programme, Failure> {
    let path = Path::new(name);
    let is_path = path.extension().is_some_and(|extension| extension == "toml") || path.components().count() > 1;
    let programme = if is_path { Programme::from_file(path) } else { Programme::named(name) };
    programme.map_err(|error| Failure::usage(sentence(&error)))
}

/// What was given to a developer by Apple and Google.
fn pass_issuers(folder: &Path) -> Result<PassIssuers, Failure> {
    PassIssuers::from_folder(folder, SystemClock.now()).map_err(|error| Failure::usage(sentence(&error)))
}

fn write_tills(sandbox: &Sandbox, url: &str, path: &Path) -> Result<(), Failure> {
    let tills = sandbox.till_credentials().into_iter();
    let tills = tills.map(|till| (till.id, till.secret, format!("{}, {}", till.store, till.till)));
    Credentials::new(url.to_owned(), tills).write(path)
}

/// Ends with Ctrl-C or SIGTERM.
fn stopped() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// An error with its causes, as a sentence.
fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let next_text = next.to_string();
        if !text.contains(&next_text) {
            text = format!("{text}: {next_text}");
        }
        cause = next.source();
    }
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}
