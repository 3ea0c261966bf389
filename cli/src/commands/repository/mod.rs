//! `pkg repository`: starts, shows, checks, refreshes, recovers and mirrors repositories.

mod check;
mod mirror;
mod new;
mod recover;
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
    /// Continue a log whose catalogue key was stolen, from a head that you know, with a new key
    ///
    /// Revoke the stolen key in the keyring and add the new one first. The thief may have signed heads with more
    /// entries, with fewer, or with a high number, so say which head was the last of your own. Every entry of it is
    /// verified by the keyring. Later heads are listed and count for nothing; publish again what was only in them.
    Recover(recover::Args),
    /// Copy a log and everything that it names; run it again to bring the copy up to date
    Mirror(mirror::Args),
}

pub(crate) fn run(command: &Command) -> Outcome {
    match command {
        Command::New(args) => new::run(args),
        Command::Show(args) => show::run(args),
        Command::Check(args) => check::run(args),
        Command::Refresh(args) => refresh::run(args),
        Command::Recover(args) => recover::run(args),
        Command::Mirror(args) => mirror::run(args),
    }
}
