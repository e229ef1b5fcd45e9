//! `member`: the member's app, the till and the sandbox in a terminal, and the guided demo.
//!
//! This file reads the arguments, runs one command, and turns what came of it into output and an exit status. It must
//! not know what any command does, nor the rules of a programme: those are the core's.

mod app;
mod args;
mod claim;
mod decode;
mod demo;
mod doctor;
mod failure;
mod join;
mod output;
mod pass;
mod prompt;
mod sandbox;
mod show;
mod sign_out;
mod symbol;
mod till;
mod watch;
mod web;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::app::Settings;
use crate::args::{Arguments, Command, Sync};
use crate::failure::{Failure, Status};
use crate::output::Answer;

fn main() -> ExitCode {
    let given: Vec<OsString> = std::env::args_os().collect();
    let arguments = match Arguments::try_parse_from(&given) {
        Ok(arguments) => arguments,
        Err(error) => return not_understood(&error, given.iter().any(|argument| argument == "--json")),
    };
    app::log_to_stderr();
    let settings = Settings::new(&arguments.global);
    let json = settings.json;
    let result = run_until_interrupted(arguments.command.unwrap_or(Command::Demo), settings);
    match result {
        Ok(answer) => match output::deliver(&answer, json) {
            Ok(()) => answer.status.map_or(ExitCode::SUCCESS, ExitCode::from),
            Err(failure) => tell(&failure, json),
        },
        Err(failure) => tell(&failure, json),
    }
}

/// Help and version are answers; everything else is wrong usage.
fn not_understood(error: &clap::Error, json: bool) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // Whoever closed the pipe does not want the rest.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if json {
        let text = error.render().to_string();
        // What follows is the usage, which is for people.
        let what = text.split("\n\n").next().unwrap_or_default();
        return tell(&Failure::usage(what.trim_start_matches("error: ")), true);
    }
    let _ = error.print();
    Status::Usage.into()
}

fn tell(failure: &Failure, json: bool) -> ExitCode {
    output::tell(failure, json);
    failure.status.into()
}

/// Runs the command; Ctrl-C ends it at once. What was queued is on the disk, and what was being written is written
/// beside its place first, so nothing is lost or half there.
fn run_until_interrupted(command: Command, settings: Settings) -> Result<Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Failure::failed("threads", format!("No threads can be started: {error}.")))?;
    // The sandbox runs until it is told to stop, so for it a signal is no interruption.
    let stops_by_itself = matches!(command, Command::Sandbox(_));
    let result = runtime.block_on(async {
        let interrupted = async {
            if stops_by_itself || tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            () = interrupted => Err(Failure::interrupted()),
            result = run(command, settings) => result,
        }
    });
    prompt::leave();
    // A thread that waits for somebody to type must not hold up the end.
    runtime.shutdown_background();
    result
}

async fn run(command: Command, settings: Settings) -> Result<Answer, Failure> {
    match command {
        Command::Demo => demo::run(&settings).await,
        Command::Join(join) => join::run(join, &settings).await,
        Command::Card(card) if card.watch => watch::card(&card, &settings).await,
        Command::Card(card) => show::card(&card, &settings).await,
        Command::Balance => show::balance(&settings).await,
        Command::Tiers => show::tiers(&settings).await,
        Command::Rewards => show::rewards(&settings).await,
        Command::Vouchers(vouchers) => show::vouchers(&vouchers, &settings).await,
        Command::Activity(activity) => show::activity(&activity, &settings).await,
        Command::Pass { command } => pass::run(&command, &settings).await,
        Command::Pending => show::pending(&settings).await,
        Command::Claim { reward } => claim::claim(&reward, &settings).await,
        Command::Sync(Sync { watch: false }) => claim::sync(&settings).await,
        Command::Sync(Sync { watch: true }) => watch::balance(&settings).await,
        Command::Cancel { key } => claim::cancel(&key, &settings).await,
        Command::Lock => claim::set_spend_lock(true, &settings).await,
        Command::Unlock => claim::set_spend_lock(false, &settings).await,
        Command::Retry { key } => claim::retry(&key, &settings).await,
        Command::Discard { key } => claim::discard(&key, &settings).await,
        Command::Doctor => doctor::run(&settings),
        Command::SignOut(sign_out) => sign_out::run(sign_out, &settings).await,
        Command::Till(till) => till::run(till, &settings).await,
        Command::Sandbox(sandbox) => sandbox::run(sandbox, &settings).await,
    }
}
