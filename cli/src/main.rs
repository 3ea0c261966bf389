//! `pkg`: the command line. Each command has a file in [`commands`]; shared code is next to it.

mod args;
mod ask;
mod clock;
mod colours;
mod commands;
mod earlier;
#[cfg(feature = "http")]
mod environment;
mod folder;
mod hint;
mod inputs;
mod interrupt;
mod json;
mod keyring_since;
mod listed;
#[cfg(feature = "s3")]
mod mend;
mod object_store;
mod options;
mod out;
mod package;
mod packages;
mod page;
mod passphrase;
mod progress;
mod records;
mod replace;
mod repository;
mod request;
mod state;
mod table;
mod write;

use args::{Args, Color, Command};
use clap::{CommandFactory, Parser};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            Color::asked(std::env::args_os()).set();
            return out::usage(error);
        }
    };
    args.color.set();
    out::quiet(args.quiet);
    let result = match args.command {
        Command::Init(args) => commands::init::run(&args),
        Command::New(args) => commands::new::run(&args),
        Command::Check(args) => commands::check::run(&args),
        Command::Build(args) => commands::build::run(args),
        Command::Delta(args) => commands::delta::run(args),
        Command::Sign(args) => commands::sign::run(args),
        Command::Verify(args) => commands::verify::run(args),
        Command::Inspect(args) => commands::inspect::run(args),
        Command::Advisory(args) => commands::advisory::run(args),
        Command::Site(args) => commands::site::run(&args),
        Command::Diff(args) => commands::diff::run(args),
        Command::Unpack(args) => commands::unpack::run(args),
        Command::Apply(args) => commands::apply::run(args),
        Command::Decide(args) => commands::decide::run(args),
        Command::Records(args) => commands::records::run(&args),
        Command::Audit(args) => commands::audit::run(&args),
        Command::Plan(args) => commands::plan::run(&args),
        Command::Farm(command) => commands::farm::run(&command),
        Command::Publish(args) => commands::publish::run(&args),
        Command::Fetch(args) => commands::fetch::run(&args),
        Command::Repository(command) => commands::repository::run(&command),
        Command::Patch(command) => commands::patch::run(command),
        Command::Key(command) => commands::key::run(command),
        Command::Keyring(command) => commands::keyring::run(command),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Schema(args) => commands::schema::run(&args),
        Command::Help(args) => commands::help::run(&args, Args::command()),
        Command::Man(args) => commands::man::run(&args, Args::command()),
        Command::Completions(args) => commands::completions::run(&args, Args::command()),
    };
    match result {
        Ok(status) => status.into(),
        Err(failure) => failure.report(),
    }
}
