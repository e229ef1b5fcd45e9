//! `cargo xtask`: the tasks of the workspace, for people and for CI alike.
//!
//! It runs the tools and says what it does. It knows nothing of members, cards or servers.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for people: printing is what it does")]
#![allow(
    clippy::disallowed_methods,
    reason = "it measures and waits for other programs; nothing in it is ever simulated"
)]

mod android;
mod apk;
mod bench;
mod bindings;
mod crash;
mod debian;
mod fuzz;
mod ios;
mod kotlin;
mod licences;
mod miri;
mod mutants;
mod package;
mod reading;
mod readme;
mod shell;
mod sim;
mod swift;
mod test;
#[cfg(test)]
mod workflows;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks of the workspace.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs every check, or only the steps named; stops at the first that fails
    Test {
        /// The steps to run, in this order; all if none is named
        #[arg(value_name = "STEP")]
        steps: Vec<test::Step>,
        /// Only lists the steps
        #[arg(long)]
        list: bool,
    },
    /// Plays the simulation with many seeds, with progress; a failure names its seed
    Sim {
        /// How many seeds
        #[arg(long, default_value_t = 1000)]
        seeds: u64,
        /// The first seed
        #[arg(long, default_value_t = 0)]
        from: u64,
    },
    /// Kills a real process with a wallet at random moments, with progress; a failure names its seed
    Crash {
        /// How many kills
        #[arg(long, default_value_t = 10_000)]
        kills: u64,
        /// The first seed
        #[arg(long, default_value_t = 0)]
        from: u64,
    },
    /// Breaks the pure rules of the core, mutant by mutant, and names those that no unit test notices; hours, but it goes on
    Mutants {
        /// Begins anew instead of going on
        #[arg(long)]
        fresh: bool,
    },
    /// Feeds the card's codes and lists with whatever libFuzzer thinks of, beginning with the vectors; a crash names its input
    Fuzz {
        /// Seconds for each target
        #[arg(long, default_value_t = 120)]
        seconds: u64,
        /// The targets; all if none is named
        #[arg(value_name = "TARGET")]
        targets: Vec<fuzz::Target>,
    },
    /// Runs the unit tests that need no C in Miri, which sees each access to memory; installs it where it is missing
    Miri,
    /// Generates Kotlin and Swift from the built library, into folders that git ignores
    Bindings,
    /// Puts the Android app together as an APK that is signed for debugging, without Gradle or an SDK
    Apk,
    /// Makes what a release consists of, in target/package: library, JVM artifact, AAR, XCFramework
    Package {
        /// Only these, in this order; what a named one lacks is an error, not a remark
        #[arg(long, value_name = "PIECE", value_delimiter = ',')]
        only: Vec<package::Piece>,
    },
    /// Measures what the closing notes state: build, size, start
    Bench {
        /// The benchmarks to run, in this order; all if none is named
        #[arg(value_name = "NAME")]
        names: Vec<bench::Bench>,
        /// Only lists the benchmarks
        #[arg(long)]
        list: bool,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().task {
        Task::Test { list: true, .. } => test::list(),
        Task::Test { steps, .. } => test::run(&steps),
        Task::Sim { seeds, from } => sim::run(from, seeds),
        Task::Crash { kills, from } => crash::run(from, kills),
        Task::Mutants { fresh } => mutants::run(fresh),
        Task::Fuzz { seconds, targets } => fuzz::run(seconds, &targets),
        Task::Miri => miri::run(),
        Task::Bindings => bindings::run(),
        Task::Apk => apk::run(),
        Task::Package { only } => package::run(&only),
        Task::Bench { list: true, .. } => bench::list(),
        Task::Bench { names, .. } => bench::run(&names),
    }
}
