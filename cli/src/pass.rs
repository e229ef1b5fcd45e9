//! The member's pass for another wallet: a file for Apple's, a link for Google's.
//!
//! Must not know what is in a pass: the programme makes it.

use std::path::Path;

use member_core::{WalletKind, WalletPass};
use serde_json::json;

use crate::app::{Reach, Settings, explained, with_wallet};
use crate::args::PassCommand;
use crate::failure::Failure;
use crate::output::{Answer, Ink, Page};
use crate::symbol;

/// `member pass`
pub async fn run(command: &PassCommand, settings: &Settings) -> Result<Answer, Failure> {
    let kind = match command {
        PassCommand::Apple { .. } => WalletKind::Apple,
        PassCommand::Google => WalletKind::Google,
    };
    let pass =
        with_wallet(settings, Reach::Network, async |wallet| wallet.wallet_pass(kind).await.map_err(explained(wallet)));
    match (pass.await?, command) {
        (WalletPass::Apple(file), PassCommand::Apple { out }) => written(out, &file, settings),
        (WalletPass::Google(link), _) => {
            let mut page = Page::new(settings.look);
            // Whole, so that it can be copied.
            page.drawing(0, &link);
            Ok(Answer::new(page, json!({"wallet": "google", "save_url": link})))
        }
        (WalletPass::Apple(_), PassCommand::Google) => {
            Err(Failure::failed("internal", "A pass for another wallet came."))
        }
    }
}

fn written(path: &Path, file: &[u8], settings: &Settings) -> Result<Answer, Failure> {
    if path == Path::new("-") {
        return if settings.json {
            Err(Failure::usage("Standard output can carry the pass or the JSON document. Give a file."))
        } else if settings.look.terminal {
            Err(Failure::usage("A pass is nothing for a terminal. Give a file."))
        } else {
            Ok(Answer { bytes: Some(file.to_vec()), ..Answer::said() })
        };
    }
    symbol::write(path, file)?;
    let mut page = Page::new(settings.look);
    page.say(Ink::Plain, 0, &format!("The pass is in {}.", path.display()));
    let document = json!({"wallet": "apple", "written": path.display().to_string(), "bytes": file.len()});
    Ok(Answer::new(page, document))
}
