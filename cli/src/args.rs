//! What can be typed after `member`. Knows names and kinds of arguments, not what is done with them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use member_card::symbol::Symbology;
use member_sandbox::programme::Payload;

/// The member's app, the till and the sandbox in a terminal.
///
/// Without a command it plays the guided demo, which touches nothing of yours.
///
/// Exit status: 0 done or safely queued, 1 failed with the reason, 2 wrong usage, 3 refused by the programme.
#[derive(Parser)]
#[command(name = "member", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command takes.
#[derive(Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// Folder of the wallet [default: member in the folder for users' data]
    #[arg(long, global = true, value_name = "DIR", env = "MEMBER_HOME", hide_env_values = true)]
    pub home: Option<PathBuf>,
    /// Address of the programme [default: that of who is signed in]
    #[arg(long, global = true, value_name = "URL", env = "MEMBER_SERVER", hide_env_values = true)]
    pub server: Option<String>,
    /// Use no network at all
    #[arg(long, global = true)]
    pub offline: bool,
    /// Language tag, such as en or pl-PL [default: the terminal's]
    #[arg(long, global = true, value_name = "TAG")]
    pub lang: Option<String>,
    /// Print exactly one JSON document on standard output
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum Command {
    /// Play the guided demo: a member, a till and a backend, all real
    Demo,
    /// Join or sign in with a one-time code
    #[command(after_help = "The code is typed at a prompt or comes on standard input; it is never an argument.")]
    Join(Join),
    /// Show the card
    Card(Card),
    /// Show the points: confirmed, waiting, left to spend
    Balance,
    /// Show the tiers and the way to the next one
    Tiers,
    /// Show the rewards and why some cannot be claimed
    Rewards,
    /// Claim a reward, also without a network
    Claim {
        /// Its id, as `rewards` shows it
        reward: String,
    },
    /// Show the vouchers
    Vouchers(Vouchers),
    /// Get the pass for another wallet of your phone
    Pass {
        #[command(subcommand)]
        command: PassCommand,
    },
    /// Show the ledger
    Activity(Activity),
    /// Lock spending, also without a network: the card goes on collecting points
    Lock,
    /// Unlock spending, also without a network
    Unlock,
    /// Show what waits to be sent, and what stopped
    Pending,
    /// Send what waits and fetch what is new
    Sync(Sync),
    /// Take back a claim: its voucher for the points
    Cancel {
        /// The key of the claim, as `pending` and `vouchers` show it
        key: String,
    },
    /// Try an action again, now
    #[command(after_help = "What stopped without effect is made anew, at the price that is shown now.")]
    Retry {
        /// Its key, as `pending` shows it
        key: String,
    },
    /// Take back what was never sent, or dismiss what has stopped
    Discard {
        /// Its key, as `pending` shows it
        key: String,
    },
    /// Look through the saved wallet without a network, and mend what can be mended
    Doctor,
    /// Sign out, and delete what this device keeps of you
    SignOut(SignOut),
    /// Be the till: verify a card, give points for a purchase
    Till(Till),
    /// Run a loyalty backend on this machine
    Sandbox(Sandbox),
}

#[derive(Args)]
#[command(group = ArgGroup::new("who").args(["email", "phone", "resume"]).required(true))]
pub struct Join {
    /// E-mail address
    #[arg(long)]
    pub email: Option<String>,
    /// Telephone number with its country code
    #[arg(long)]
    pub phone: Option<String>,
    /// Name of a new member; without it, only sign in
    #[arg(long, conflicts_with = "resume")]
    pub name: Option<String>,
    /// Version of the programme's terms that a new member accepts
    #[arg(long, default_value = "2026-01", conflicts_with = "resume")]
    pub terms: String,
    /// Enter a code that was sent before
    #[arg(long, help = "Enter a code that was sent before: at the prompt, on standard input or in MEMBER_CODE")]
    pub resume: bool,
}

#[derive(Args)]
pub struct SignOut {
    /// Do not ask, also where something waits that is deleted then
    #[arg(long)]
    pub yes: bool,
}

#[derive(Args)]
pub struct Card {
    /// Write a vector picture to this file; - is standard output
    #[arg(long, value_name = "FILE", conflicts_with = "png")]
    pub svg: Option<PathBuf>,
    /// Write a pixel picture to this file; - is standard output
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
    /// Pixels for each module of the PNG picture
    #[arg(long, value_name = "PIXELS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub scale: u32,
    /// Draw the code in another symbology than the programme's, to try that out: qr, code128, ean13, pdf417, aztec, data-matrix
    #[arg(long, value_name = "NAME", value_parser = symbology)]
    pub symbology: Option<Symbology>,
    /// Keep the card on the screen: the code as it changes, and points as they arrive, until Ctrl-C
    #[arg(long, conflicts_with_all = ["svg", "png"])]
    pub watch: bool,
    #[command(flatten)]
    pub drawing: Drawing,
}

fn symbology(name: &str) -> Result<Symbology, String> {
    Symbology::from_name(name).ok_or_else(|| {
        let names = Symbology::ALL.map(Symbology::name).join(", ");
        format!("there is no such symbology; there are: {names}")
    })
}

#[derive(Args)]
pub struct Sync {
    /// Go on until Ctrl-C, and show each change as it happens
    #[arg(long, conflicts_with_all = ["json", "offline"])]
    pub watch: bool,
}

#[derive(Args)]
pub struct Drawing {
    /// How codes are drawn in the terminal
    #[arg(long, value_enum, default_value_t = Ink::Auto)]
    pub ink: Ink,
}

/// How codes are drawn. A scanner wants black on white.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Ink {
    /// In colours on a terminal that has them; else dark blocks in a pipe and light blocks on a terminal
    Auto,
    /// In colours: black on white on every terminal
    Colour,
    /// Light blocks, for light text on a dark terminal
    Light,
    /// Dark blocks, for dark text on a light terminal, for files and paper
    Dark,
}

#[derive(Args)]
pub struct Vouchers {
    /// Draw the code of each voucher that can be used
    #[arg(long)]
    pub draw: bool,
    #[command(flatten)]
    pub drawing: Drawing,
}

#[derive(Subcommand)]
pub enum PassCommand {
    /// The pass for Apple Wallet, as a file
    Apple {
        /// Write the pass to this file, such as card.pkpass; - is standard output
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// The link that saves the pass to Google Wallet
    Google,
}

#[derive(Args)]
pub struct Activity {
    /// How many lines
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub limit: u32,
    /// Only lines older than this number
    #[arg(long, value_name = "NUMBER")]
    pub before: Option<i64>,
}

#[derive(Args)]
pub struct Till {
    #[command(subcommand)]
    pub command: TillCommand,
}

#[derive(Subcommand)]
#[command(after_help = "The secret is read from MEMBER_TILL_SECRET, --credentials, a prompt or standard input.")]
pub enum TillCommand {
    /// Read a card and say what may be done with it; with --offline by the till itself
    Verify(Scan),
    /// Read a card and give points for a purchase; with --offline it is written down, to be sent later
    Accrue(Accrue),
    /// Read a card and use a voucher of its member
    Redeem(Redeem),
    /// Take back what a purchase brought
    Refund(Refund),
    /// Fetch what the till needs to check cards without a network
    Fetch(TillAccess),
    /// Send what was written down without a network
    Send(TillAccess),
}

#[derive(Args)]
#[command(group = ArgGroup::new("what").args(["payload", "picture"]).required(true))]
pub struct Scan {
    /// What the scanner read; - is a line of standard input
    #[arg(long, value_name = "TEXT")]
    pub payload: Option<String>,
    /// PNG picture of the card, to be decoded
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
    /// Id of the sale [default: a random one, which is shown]
    #[arg(long, value_name = "ID")]
    pub sale: Option<String>,
    #[command(flatten)]
    pub access: TillAccess,
}

#[derive(Args)]
pub struct TillAccess {
    /// Id of the till
    #[arg(long, value_name = "ID", env = "MEMBER_TILL", hide_env_values = true)]
    pub till: Option<String>,
    /// File with ids, secrets and the server of tills, as `member sandbox` writes it
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
    /// Folder of the till, for when there is no network [default: member-till in the folder for users' data]
    #[arg(long, value_name = "DIR", env = "MEMBER_TILL_HOME", hide_env_values = true)]
    pub till_home: Option<PathBuf>,
}

#[derive(Args)]
pub struct Accrue {
    #[command(flatten)]
    pub scan: Scan,
    /// What a line of the receipt costs, such as 35.00; once for each line
    #[arg(long = "amount", value_name = "MONEY", required = true)]
    pub amounts: Vec<String>,
    /// Currency of the amounts
    #[arg(long, value_name = "CODE", default_value = "EUR")]
    pub currency: String,
    /// Id of the receipt; the same one never counts twice [default: the id of the sale]
    #[arg(long, value_name = "ID")]
    pub receipt: Option<String>,
}

#[derive(Args)]
pub struct Redeem {
    #[command(flatten)]
    pub scan: Scan,
    /// Code of the voucher
    #[arg(long, value_name = "CODE")]
    pub voucher: String,
    /// Id of the receipt; a voucher is used for one [default: the id of the sale]
    #[arg(long, value_name = "ID")]
    pub receipt: Option<String>,
}

#[derive(Args)]
#[command(group = ArgGroup::new("back").args(["lines", "redemptions"]).required(true).multiple(true))]
pub struct Refund {
    /// Id of the receipt of the purchase
    #[arg(long, value_name = "ID")]
    pub receipt: String,
    /// A line of it and what of its price comes back, such as 2=14.50; once for each line
    #[arg(long = "line", value_name = "LINE=MONEY")]
    pub lines: Vec<String>,
    /// Id of the use of a voucher, as `till redeem` showed it, that is undone
    #[arg(long = "redemption", value_name = "ID")]
    pub redemptions: Vec<String>,
    /// Currency of the amounts
    #[arg(long, value_name = "CODE", default_value = "EUR")]
    pub currency: String,
    /// The till where it was bought [default: this one]
    #[arg(long, value_name = "ID")]
    pub bought_at: Option<String>,
    /// Id of the refund's own receipt; the same one never counts twice [default: a random one, which is shown]
    #[arg(long = "refund", value_name = "ID")]
    pub id: Option<String>,
    #[command(flatten)]
    pub access: TillAccess,
}

fn payload(name: &str) -> Result<Payload, String> {
    match name {
        "static" => Ok(Payload::Static),
        "rotating" => Ok(Payload::Rotating),
        "proof" => Ok(Payload::Proof),
        _ => Err("there is no such payload; there are: static, rotating, proof".to_owned()),
    }
}

#[derive(Args)]
pub struct Sandbox {
    /// Where to listen: an address of this machine only
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub listen: SocketAddr,
    /// Folder for its data [default: member-sandbox in the folder for users' data]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// A programme that ships with it, or the path of a programme.toml
    #[arg(long, value_name = "NAME", default_value = "market")]
    pub programme: String,
    /// What the cards say, in place of what the programme chose: static, rotating, proof
    #[arg(long, value_name = "PAYLOAD", value_parser = payload)]
    pub card: Option<Payload>,
    /// Folder with passes.toml and the credentials of Apple and Google that it names [default: credentials for tests]
    #[arg(long, value_name = "DIR")]
    pub passes: Option<PathBuf>,
}
