//! `pkg repository refresh`: a new head for the same log.

use crate::json;
use crate::out::{Outcome, Status, data, done};
use crate::packages::length;
use crate::repository::{self, Address, LogArgs, SignArgs, address};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The repository: a folder, or s3://BUCKET/PREFIX
    #[arg(value_name = "DIR|URL", value_parser = address)]
    repository: Address,
    #[command(flatten)]
    log: LogArgs,
    /// How long devices wait for a newer head [default: as before]
    #[arg(long, value_name = "TIME", value_parser = length)]
    max_age: Option<u64>,
    #[command(flatten)]
    sign: SignArgs,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let mut store = args.repository.store()?;
    let signing = args.sign.open()?;
    let store = store.as_mut();
    let of = {
        let mut reader = args.repository.reader()?;
        args.log.find(&args.repository, reader.as_mut(), &signing.keyring)?
    };
    let nothing = |_: &[&_], _: &[&_]| Ok(());
    let outcome =
        signing.with(&nothing, args.max_age, &|_| (), |options| pkg_publish::refresh(store, &of, options))?;
    match args.json {
        true => data(&json::text(&repository::outcome(&outcome)))?,
        false => done(&repository::head(&outcome)),
    }
    Ok(Status::Done)
}
