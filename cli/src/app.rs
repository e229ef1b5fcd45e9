//! What every command of the member needs: settings, ports, and the wallet from opening to closing.
//!
//! Must not know what a command shows.

use std::path::PathBuf;
use std::sync::Arc;

use member_core::ports::native::{self, NetworkSwitch};
use member_core::ports::{Http, HttpAnswer, HttpRequest, Ports, TransportError};
use member_core::text::Text;
use member_core::{Home, Wallet, WalletConfig};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::args::Global;
use crate::failure::Failure;
use crate::output::{self, Look};

/// What was asked for on the command line and in the environment.
pub struct Settings {
    pub server: Option<String>,
    pub offline: bool,
    /// Language tag (BCP 47).
    pub language: String,
    pub json: bool,
    pub look: Look,
    home: Option<PathBuf>,
}

impl Settings {
    /// Settings from the arguments, with what the environment says in the place of what is missing.
    pub fn new(global: &Global) -> Self {
        let asked = global.lang.clone().filter(|tag| !tag.is_empty());
        let said = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        Self {
            server: global.server.clone().filter(|server| !server.is_empty()),
            offline: global.offline,
            language: language_tag(&asked.or(said).unwrap_or_default()),
            json: global.json,
            look: Look::new(),
            home: global.home.clone().filter(|home| !home.as_os_str().is_empty()),
        }
    }

    /// The wallet's folder.
    pub fn home(&self) -> Result<PathBuf, Failure> {
        match &self.home {
            Some(home) => Ok(home.clone()),
            None => Ok(data_folder("--home DIR or MEMBER_HOME")?.join("member")),
        }
    }

    /// Texts in the language that was asked for, where there is no wallet.
    pub fn text(&self) -> Text {
        Text::new(&self.language)
    }
}

/// The folder for users' data (XDG Base Directory). `instead` is how to do without.
pub fn data_folder(instead: &str) -> Result<PathBuf, Failure> {
    // The specification passes over relative paths.
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    std::env::var_os("XDG_DATA_HOME")
        .and_then(|path| absolute(PathBuf::from(path)))
        .or_else(|| std::env::home_dir().and_then(absolute).map(|home| home.join(".local").join("share")))
        .ok_or_else(|| Failure::usage(format!("There is no folder for users' data here. Give one with {instead}.")))
}

/// `pl_PL.UTF-8` becomes `pl-PL`; the language of no language is English.
fn language_tag(locale: &str) -> String {
    let tag = locale.split(['.', '@']).next().unwrap_or_default().replace('_', "-");
    if tag.len() < 2 || tag == "POSIX" { "en".to_owned() } else { tag }
}

/// Log of our own crates on standard error, where `MEMBER_LOG` names a level. What libraries log is not for people.
pub fn log_to_stderr() {
    let level = std::env::var("MEMBER_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::OFF);
    let ours = ["member", "member_core", "member_sandbox"].map(|target| (target, level));
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(Targets::new().with_targets(ours))
        .init();
}

/// Whether a command may use the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What is on the disk, and nothing is sent meanwhile.
    Disk,
    /// The network too, unless it was switched off with `--offline`.
    Network,
}

/// The ports of this program. With no network there is not even a client that could use one.
pub fn ports(settings: &Settings, reach: Reach) -> Result<Ports, Failure> {
    let online = reach == Reach::Network && !settings.offline;
    let mut ports = native::ports(settings.home()?.join("vault"), Arc::new(NetworkSwitch::new(online)))
        .map_err(|error| Failure::failed("system", format!("The program cannot start: {error}.")))?;
    if !online {
        ports.http = Arc::new(NoNetwork);
    }
    Ok(ports)
}

/// No network at all.
struct NoNetwork;

type Sending = std::pin::Pin<Box<dyn Future<Output = Result<HttpAnswer, TransportError>> + Send>>;

impl Http for NoNetwork {
    fn send(&self, _: HttpRequest) -> Sending {
        Box::pin(async { Err(TransportError::NoConnection) })
    }
}

/// Opens the wallet, hands it to `command`, and closes it whatever came of that.
pub async fn with_wallet<T>(
    settings: &Settings,
    reach: Reach,
    command: impl AsyncFnOnce(&Wallet) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let config = WalletConfig {
        home: Home::Folder(settings.home()?),
        server: settings.server.clone(),
        language: settings.language.clone(),
    };
    let wallet =
        Wallet::open(config, ports(settings, reach)?).map_err(|error| Failure::of_core(&error, &settings.text()))?;
    if let Some(notice) = wallet.take_notice() {
        output::aside(&notice);
    }
    let result = command(&wallet).await;
    wallet.close().await;
    result
}

/// The core's errors with their sentences.
pub fn explained(wallet: &Wallet) -> impl Fn(member_core::Error) -> Failure + '_ {
    |error| Failure::of_core(&error, wallet.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_become_language_tags() {
        for (locale, tag) in [
            ("pl_PL.UTF-8", "pl-PL"),
            ("sr_RS@latin", "sr-RS"),
            ("C", "en"),
            ("C.UTF-8", "en"),
            ("", "en"),
            ("POSIX", "en"),
        ] {
            assert_eq!(language_tag(locale), tag, "{locale}");
        }
    }
}
