//! `pkg repository`: starts, shows, checks, refreshes and mirrors repositories.

mod check;
mod mirror;
mod new;
mod refresh;
mod show;

use crate::out::Outcome;
use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start the log of a product and channel in a folder
    New(new::Args),
    /// Show what a repository offers
    Show(show::Args),
    /// Read everything that a repository should have, and compare it
    ///
    /// The head, every earlier head, the pages of the log, the keyrings and every byte of every package. What is
    /// missing or wrong is named, and the exit status is then 1.
    Check(check::Args),
    /// Sign a new head for the same packages, so that devices know that nothing is withheld
    ///
    /// Run it more often than --max-age says, for instance daily.
    Refresh(refresh::Args),
    /// Copy a log and everything that it names; run it again to bring the copy up to date
    Mirror(mirror::Args),
}

pub(crate) fn run(command: &Command) -> Outcome {
    match command {
        Command::New(args) => new::run(args),
        Command::Show(args) => show::run(args),
        Command::Check(args) => check::run(args),
        Command::Refresh(args) => refresh::run(args),
        Command::Mirror(args) => mirror::run(args),
    }
}
