//! Joining and signing in with a one-time code, which is typed without being shown, or comes on standard input.
//!
//! Must not know what makes a code or an address right.

use member_core::{Address, JoinDetails, OneTimeCode, SignInState, Wallet};
use serde_json::json;
use zeroize::Zeroizing;

use crate::app::{Reach, Settings, explained, with_wallet};
use crate::args;
use crate::claim::refresh_or_say_why;
use crate::failure::{Failure, Status};
use crate::output::{self, Answer, Ink, Page, program};
use crate::prompt;
use crate::show;

/// How often a code may be typed before the command gives up; the programme counts for itself.
const PROMPTS: u32 = 3;

/// `member join`
pub async fn run(arguments: args::Join, settings: &Settings) -> Result<Answer, Failure> {
    with_wallet(settings, Reach::Network, async |wallet| {
        if !arguments.resume {
            let minutes = ask(wallet, arguments, settings).await?;
            output::aside(&format!("A one-time code is on its way. It is good for {minutes} minutes."));
            return match prompted().await? {
                Some(code) => enter(wallet, code, settings).await,
                None => Ok(code_sent(settings)),
            };
        }
        let environment = std::env::var("MEMBER_CODE").ok().filter(|code| !code.is_empty()).map(Zeroizing::new);
        let code = match environment {
            Some(code) => Some(code),
            None => prompted().await?,
        };
        let code = code.ok_or_else(|| {
            Failure::usage("There is no code to read: type it, write it to standard input or set MEMBER_CODE.")
        })?;
        enter(wallet, code, settings).await
    })
    .await
}

/// Asks for a code. Answers for how many minutes it is good.
async fn ask(wallet: &Wallet, arguments: args::Join, settings: &Settings) -> Result<u32, Failure> {
    let state = wallet.sign_in_state().map_err(explained(wallet))?;
    if settings.server.is_none() && matches!(state, SignInState::SignedOut | SignInState::CodeSent) {
        return Err(Failure::usage("Which programme? Give its address with --server URL or in MEMBER_SERVER.")
            .with_hint(format!("{} sandbox", program())));
    }
    let address = match (arguments.email, arguments.phone) {
        (Some(email), _) => Address::Email(email),
        (None, phone) => Address::parse(&phone.unwrap_or_default()),
    };
    let join =
        arguments.name.map(|name| JoinDetails { name, language: settings.language.clone(), terms: arguments.terms });
    let sent = wallet.request_code(address, join).await.map_err(explained(wallet))?;
    Ok(sent.expires_in.div_ceil(60))
}

async fn prompted() -> Result<Option<Zeroizing<String>>, Failure> {
    let read = prompt::secret("Code: ").await;
    read.map_err(|error| Failure::failed("input", format!("The code cannot be read: {error}.")))
}

/// A code was sent and nobody is there to type it.
fn code_sent(settings: &Settings) -> Answer {
    let mut page = Page::new(settings.look);
    page.say(Ink::Plain, 0, "Go on with the code once it is there: at a prompt, on standard input or in MEMBER_CODE.");
    page.command(2, &format!("{} join --resume", program()));
    Answer::new(page, json!({"state": "code-sent"}))
}

/// Enters the code; somebody at a terminal may correct it.
async fn enter(wallet: &Wallet, code: Zeroizing<String>, settings: &Settings) -> Result<Answer, Failure> {
    let mut code = code;
    for left in (0..PROMPTS).rev() {
        let typed = OneTimeCode::new(code.trim());
        match wallet.sign_in(typed).await.map_err(explained(wallet)) {
            Ok(()) => return signed_in(wallet, settings).await,
            Err(failure) if left > 0 && can_correct(&failure) => {
                output::aside(&failure.text);
                match prompted().await? {
                    Some(next) => code = next,
                    None => return Err(failure),
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::failed("internal", "No code was entered."))
}

fn can_correct(failure: &Failure) -> bool {
    let wrong = failure.code == "code-refused" || failure.code == "invalid-code";
    wrong && failure.status != Status::Usage && std::io::IsTerminal::is_terminal(&std::io::stdin())
}

async fn signed_in(wallet: &Wallet, settings: &Settings) -> Result<Answer, Failure> {
    // Signed in is signed in, also where the first sync has to wait.
    let synced = refresh_or_say_why(wallet).await;
    let view = wallet.card().map_err(explained(wallet))?;
    let mut page = Page::new(settings.look);
    match &view.card {
        Some(card) => {
            page.say(Ink::Strong, 0, &format!("{} · {}", card.programme, card.member));
            page.say(Ink::Plain, 0, &card.number);
            show::card_line(&mut page, 0, card);
        }
        None => page.say(Ink::Plain, 0, view.empty.as_deref().unwrap_or_default()),
    }
    show::age(&mut page, &view.status);
    let mut document = show::card_document(&view);
    document["state"] = json!("signed-in");
    document["synced"] = json!(synced);
    Ok(Answer::new(page, document))
}
