//! `pkg repository new`: starts the log of a product and channel.

use crate::json;
use crate::out::{Failure, Outcome, Status, data, done, shown};
use crate::packages::length;
use crate::repository::{self, Address, SignArgs, address, channel, product};
use pkg_format::Id;
use pkg_format::manifest::Channel;
use pkg_format::repository::LogName;
use std::path::Path;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The repository: a folder, which is created, or s3://BUCKET/PREFIX
    #[arg(value_name = "DIR|URL", value_parser = address)]
    to: Address,
    /// The product, such as acme/cam-x1
    #[arg(long, value_name = "VENDOR/NAME", value_parser = product)]
    product: (Id, Id),
    /// Whom the releases are for
    #[arg(long, value_name = "CHANNEL", value_parser = channel, default_value = "stable")]
    channel: Channel,
    /// The id of the repository, which devices are given [default: VENDOR-updates]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// How long devices wait for a newer head before they say that updates may be withheld
    #[arg(long, value_name = "TIME", default_value = "3d", value_parser = length)]
    max_age: u64,
    #[command(flatten)]
    sign: SignArgs,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let (vendor, name) = args.product.clone();
    let id = args.id.clone().unwrap_or_else(|| format!("{vendor}-updates"));
    let repository = Id::new(&id).map_err(|e| Failure::cannot(format!("--id: {}", e.why)))?;
    let of = LogName { repository, vendor, name, channel: args.channel };
    let signing = args.sign.open()?;
    let mut store = args.to.new_store()?;
    let nothing = |_: &[&_], _: &[&_]| Ok(());
    let outcome = signing.with(&nothing, None, &|_| (), |options| {
        pkg_publish::create(store.as_mut(), &of, args.max_age, options)
    })?;
    match args.json {
        true => data(&json::text(&repository::outcome(&outcome)))?,
        false if args.sign.dry_run => done(&format!("{}: would be started\n", repository::label(&of))),
        false => {
            let of = repository::label(&of);
            done(&format!(
                "{}: repository {id}, {of}: head 1, no entries\n",
                shown(Path::new(&store.name()))
            ));
        }
    }
    Ok(Status::Done)
}
