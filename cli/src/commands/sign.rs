//! `pkg sign`: one more signature on packages that share a manifest; here or elsewhere.

use crate::options::PassphraseArgs;
use crate::out::{Failure, Outcome, Status, data, note, shown};
use crate::{inputs, interrupt, passphrase};
use pkg_build::Signable;
use pkg_build::keys::{Signer, read_public, sign_statement};
use pkg_format::Digest;
use pkg_format::cose::{Signature, StatementKind, to_be_signed};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The packages; all have the same manifest
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<PathBuf>,
    /// The key to sign with
    #[arg(long, value_name = "KEY", required_unless_present_any = ["request", "attach"], conflicts_with_all = ["request", "attach"])]
    key: Option<String>,
    /// Sign the delivery instead of the manifest
    #[arg(long)]
    delivery: bool,
    /// Write the bytes to be signed elsewhere
    #[arg(long, value_name = "FILE", requires = "public", conflicts_with = "attach")]
    request: Option<PathBuf>,
    /// Attach the raw 64-byte signature that came back
    #[arg(long, value_name = "FILE", requires = "public")]
    attach: Option<PathBuf>,
    /// The public key that signs elsewhere
    #[arg(long, value_name = "PUB")]
    public: Option<PathBuf>,
    /// Write the signed package here instead of in place
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
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
    let signature = match (&args.key, &args.public) {
        (Some(key), _) => {
            let signer = passphrase::signer(key, args.passphrase.passphrase_file.as_deref())?;
            sign_statement(&signer as &dyn Signer, kind, &statement)?
        }
        (None, Some(public)) => {
            let key = read_public(public)?;
            let bytes = to_be_signed(kind, &Digest::of(&statement), key.alg(), &key.id());
            if let Some(request) = &args.request {
                std::fs::OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .open(request)
                    .and_then(|mut f| std::io::Write::write_all(&mut f, &bytes))
                    .map_err(|e| Failure::file("write", request, &e))?;
                note(&format!(
                    "sign the {} bytes of {} and give the result to --attach",
                    bytes.len(),
                    shown(request)
                ));
                return Ok(Status::Done);
            }
            let Some(attach) = &args.attach else { return Err(Failure::cannot("nothing to attach")) };
            let signed = inputs::small_file(attach)?;
            if !key.signed(&bytes, &signed) {
                return Err(Failure::cannot(format!(
                    "{} is not the signature of {}",
                    shown(attach),
                    shown(public)
                ))
                .hint("sign the very bytes that --request wrote, with pure Ed25519"));
            }
            Signature { key: key.id(), alg: key.alg(), bytes: signed }
        }
        (None, None) => return Err(Failure::cannot("no key").hint("give --key KEY")),
    };
    interrupt::flag();
    for package in &packages {
        let to = args.out.as_deref().unwrap_or(package.path());
        package.write_signed(kind, &signature, to)?;
        data(&format!("{}: {} signed by {}\n", shown(to), kind.word(), signature.key.short()))?;
        let unsigned_delivery = package.statement(StatementKind::Delivery).is_some()
            && !package.is_signed(StatementKind::Delivery);
        if kind == StatementKind::Manifest && unsigned_delivery {
            note(&format!("its delivery is not signed yet: pkg sign --delivery {} --key KEY", shown(to)));
        }
    }
    Ok(Status::Done)
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
