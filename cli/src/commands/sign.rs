//! `pkg sign`: one more signature on packages that share a manifest; here or elsewhere.

use super::elsewhere::{Elsewhere, ElsewhereArgs, read_signature, write_request};
use crate::interrupt;
use crate::options::UnlockArgs;
use crate::out::{Failure, Outcome, Status, done, note, shown};
use crate::passphrase::Keys;
use crate::request::{Request, Says};
use pkg_build::Signable;
use pkg_build::keys::sign_statement;
use pkg_format::cose::StatementKind;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The packages; all have the same manifest
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<PathBuf>,
    /// The key to sign with: a file, pkcs11:… or exec:PROGRAM
    #[arg(long, value_name = "KEY", required_unless_present_any = ["request", "attach"], conflicts_with_all = ["request", "attach"])]
    key: Option<String>,
    /// Sign the delivery instead of the manifest
    #[arg(long)]
    delivery: bool,
    #[command(flatten)]
    elsewhere: ElsewhereArgs,
    /// Write the signed package here instead of in place
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    unlock: UnlockArgs,
}

pub(crate) fn run(args: Args) -> Outcome {
    if args.out.is_some() && args.packages.len() > 1 {
        return Err(
            Failure::cannot("-o names one file, but several packages were given").hint("sign them in place")
        );
    }
    let packages = args.packages.iter().map(|p| Signable::open(p)).collect::<Result<Vec<_>, _>>()?;
    let kind = if args.delivery { StatementKind::Delivery } else { StatementKind::Manifest };
    let statement = one_statement(&packages, kind)?;
    let signature = match (&args.key, args.elsewhere.read()?) {
        (Some(key), _) => {
            let signer = Keys::new(&args.unlock, 1)?.signer(key)?;
            sign_statement(signer.as_ref(), kind, &statement)?
        }
        (None, Some(Elsewhere::Request { to, public, key })) => {
            return ask(&packages, kind, &statement, public, |request| write_request(to, &key, request));
        }
        (None, Some(Elsewhere::Attach { from, public, key })) => {
            read_signature(from, public, &key, kind, &statement)?
        }
        (None, None) => return Err(Failure::cannot("no key").hint("give --key KEY")),
    };
    interrupt::flag();
    for package in &packages {
        let to = args.out.as_deref().unwrap_or(package.path());
        package.write_signed(kind, &signature, to)?;
        done(&format!("{}: {} signed by {}\n", shown(to), kind.word(), signature.key.short()));
        let unsigned_delivery = package.statement(StatementKind::Delivery).is_some()
            && !package.is_signed(StatementKind::Delivery);
        if kind == StatementKind::Manifest && unsigned_delivery {
            note(&format!("its delivery is not signed yet: pkg sign --delivery {} --key KEY", shown(to)));
        }
    }
    Ok(Status::Done)
}

/// Says in words what a signature is asked for.
fn ask(
    packages: &[Signable],
    kind: StatementKind,
    statement: &[u8],
    public: &Path,
    write: impl FnOnce(&Request<'_>) -> Outcome,
) -> Outcome {
    let Some(package) = packages.first() else { return Err(Failure::cannot("no package")) };
    // Both were judged when the package was opened.
    let claims = package.claims();
    let manifest = claims.manifest.map_err(pkg_build::Error::from)?;
    let delivery = claims.delivery.transpose().map_err(pkg_build::Error::from)?;
    let says = match (kind, &delivery) {
        (StatementKind::Delivery, Some(delivery)) => Says::Delivery(&manifest, delivery),
        _ => Says::Manifest(&manifest),
    };
    write(&Request { kind, statement, says, file: package.path(), public })
}

/// The statement that all packages share.
fn one_statement(packages: &[Signable], kind: StatementKind) -> Outcome<Vec<u8>> {
    let mut statement: Option<&[u8]> = None;
    for package in packages {
        let Some(bytes) = package.statement(kind) else {
            return Err(Failure::cannot(format!("{} has no {}", shown(package.path()), kind.word()))
                .hint("notices and withdrawals have a manifest only"));
        };
        if statement.is_some_and(|s| s != bytes) {
            return Err(Failure::cannot(format!("{} has another {}", shown(package.path()), kind.word()))
                .hint("sign packages of one release together, others apart"));
        }
        statement = Some(bytes);
    }
    Ok(statement.unwrap_or_default().to_vec())
}
