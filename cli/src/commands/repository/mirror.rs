//! `pkg repository mirror`: copies a log and everything that it names.

use crate::options::KeyringArgs;
use crate::out::{Outcome, Status, data, done};
use crate::page::format::size;
use crate::progress::{Progress, ProgressArgs};
use crate::repository::{self, Address, LogArgs, address};
use crate::{inputs, interrupt, json};
use pkg_publish::Catalogue;
use serde_json::json;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The repository to copy: a folder or an address
    #[arg(value_name = "FROM", value_parser = address)]
    from: Address,
    /// The copy: a folder, which is created, or s3://BUCKET/PREFIX
    #[arg(value_name = "TO", value_parser = address)]
    to: Address,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    keyring: KeyringArgs,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    progress: ProgressArgs,
}

pub(super) fn run(args: &Args) -> Outcome {
    let keyring = inputs::keyring(&args.keyring)?;
    let mut from = args.from.reader()?;
    let of = args.log.find(&args.from, from.as_mut(), &keyring)?;
    let all = Catalogue::read(from.as_mut(), &of, &keyring)?.bytes();
    interrupt::flag();
    let progress = Progress::new(args.progress.progress, "packages", all);
    let mut to = args.to.new_store()?;
    let mirrored =
        pkg_publish::mirror(from.as_mut(), to.as_mut(), &of, &keyring, &|bytes| progress.advance(bytes))?;
    drop(progress);
    match args.json {
        true => data(&json::text(&json!({
            "version": mirrored.version,
            "copied": mirrored.packages,
            "bytes": mirrored.bytes,
            "there": mirrored.there,
        })))?,
        false => done(&format!(
            "{}: head {}: packages copied: {}, {}; there before: {}\n",
            repository::label(&of),
            mirrored.version,
            mirrored.packages,
            size(mirrored.bytes),
            mirrored.there
        )),
    }
    Ok(Status::Done)
}
