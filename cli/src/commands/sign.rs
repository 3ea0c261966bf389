//! `pkg sign`: adds a signature to packages that share a manifest, made here or on another machine.

use super::offline_signing::{Elsewhere, ElsewhereArgs, read_signature, write_request};
use crate::options::{ExampleArgs, UnlockArgs};
use crate::out::{Failure, Outcome, Status, done, note, shown};
use crate::passphrase::Keys;
use crate::request::{Request, Says};
use crate::{hint, inputs, interrupt, replace};
use pkg_builder::Signable;
use pkg_builder::keys::sign_statement;
use pkg_format::cose::StatementKind;
use pkg_verify::{Keyring, PublicKey};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The packages; all must have the same manifest
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<PathBuf>,
    /// The key to sign with: a file, pkcs11:… or exec:PROGRAM
    #[arg(long, value_name = "KEY", required_unless_present_any = ["request", "attach"], conflicts_with_all = ["request", "attach"])]
    key: Option<String>,
    /// Sign the delivery instead of the manifest
    #[arg(long)]
    delivery: bool,
    /// Refuse a key that has no role for this statement in this keyring
    #[arg(long, value_name = "FILE", env = "PKG_KEYRING", hide_env_values = true)]
    keyring: Option<PathBuf>,
    #[command(flatten)]
    example: ExampleArgs,
    #[command(flatten)]
    elsewhere: ElsewhereArgs,
    /// Write the signed package here instead of in place
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file given with --out if it exists
    #[arg(long, requires = "out")]
    replace: bool,
    #[command(flatten)]
    unlock: UnlockArgs,
}

pub(crate) fn run(args: Args) -> Outcome {
    if args.out.is_some() && args.packages.len() > 1 {
        return Err(Failure::cannot("-o takes one file, but several packages were given")
            .hint("leave out -o: each package is signed in place"));
    }
    if let (Some(to), Some(from)) = (&args.out, args.packages.first()) {
        replace::allowed(to, args.replace, &[from])?;
    }
    let packages = args.packages.iter().map(|p| Signable::open(p)).collect::<Result<Vec<_>, _>>()?;
    let kind = if args.delivery { StatementKind::Delivery } else { StatementKind::Manifest };
    let statement = one_statement(&packages, kind)?;
    let keyring = args.keyring.as_deref().map(|p| inputs::keyring_at(p, args.example)).transpose()?;
    let may = |key: &PublicKey| may_sign(keyring.as_ref(), key, &packages, kind);
    let signature = match (&args.key, args.elsewhere.read()?) {
        (Some(key), _) => {
            let signer = Keys::new(&args.unlock, 1)?.signer(key)?;
            may(signer.public_key())?;
            sign_statement(signer.as_ref(), kind, &statement)?
        }
        (None, Some(Elsewhere::Request { to, public, key })) => {
            may(&key)?;
            return ask(&packages, kind, &statement, public, |request| write_request(to, &key, request));
        }
        (None, Some(Elsewhere::Attach { from, public, key })) => {
            may(&key)?;
            read_signature(from, public, &key, kind, &statement)?
        }
        (None, None) => return Err(Failure::cannot("no key").hint("give --key KEY")),
    };
    interrupt::flag();
    for package in &packages {
        let to = args.out.as_deref().unwrap_or(package.path());
        package.write_signed(kind, &signature, to)?;
        done(&format!("{}: {} signed by {}\n", shown(to), kind.as_str(), signature.key.short()));
        let unsigned_delivery = package.statement(StatementKind::Delivery).is_some()
            && !package.is_signed(StatementKind::Delivery);
        if kind == StatementKind::Manifest && unsigned_delivery {
            note(&format!("the delivery is not signed yet: pkg sign --delivery {} --key KEY", shown(to)));
        }
    }
    Ok(Status::Done)
}

/// Refuses a key that may not sign this according to the keyring.
fn may_sign(
    keyring: Option<&Keyring>,
    key: &PublicKey,
    packages: &[Signable],
    kind: StatementKind,
) -> Outcome<()> {
    let (Some(keyring), Some(package)) = (keyring, packages.first()) else {
        note("not checked without --keyring: whether this key may sign this package");
        return Ok(());
    };
    // It was checked when the package was opened.
    let manifest = package.claims().manifest.map_err(pkg_builder::Error::from)?;
    keyring
        .may_sign(&key.id(), &manifest, kind)
        .map_err(|refusal| Failure::refused(refusal.to_string()).hint(hint::refusal(&refusal)))
}

/// Describes what a signature is requested for.
fn ask(
    packages: &[Signable],
    kind: StatementKind,
    statement: &[u8],
    public: &Path,
    write: impl FnOnce(&Request<'_>) -> Outcome,
) -> Outcome {
    let Some(package) = packages.first() else { return Err(Failure::cannot("no package")) };
    // Both were checked when the package was opened.
    let claims = package.claims();
    let manifest = claims.manifest.map_err(pkg_builder::Error::from)?;
    let delivery = claims.delivery.transpose().map_err(pkg_builder::Error::from)?;
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
            return Err(Failure::cannot(format!("{} has no {}", shown(package.path()), kind.as_str()))
                .hint("notices and withdrawals have only a manifest"));
        };
        if statement.is_some_and(|s| s != bytes) {
            return Err(Failure::cannot(format!(
                "{} has a different {}",
                shown(package.path()),
                kind.as_str()
            ))
            .hint("sign only packages of one release together"));
        }
        statement = Some(bytes);
    }
    Ok(statement.unwrap_or_default().to_vec())
}
