//! `pkg unpack`: a verified package as files.

use super::apply::{failure, open};
use crate::options::KeyringArgs;
use crate::out::{Failure, Outcome, Status, data, note, shown};
use crate::{inputs, interrupt, json, out};
use pkg_format::cose::StatementKind;
use pkg_format::delivery::DeliveryKind;
use pkg_install::Output;
use pkg_verify::Policy;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The package
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    #[command(flatten)]
    keyring: KeyringArgs,
    /// The folder to make; it must not exist, or be empty
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(args: Args) -> Outcome {
    let keyring = inputs::keyring(&args.keyring)?;
    interrupt::flag();
    let policy = Policy::default();
    // Statements and evidence first, then, in a second pass, the images.
    let unverified = open(&args.package)?;
    let received = |kind| unverified.received(kind).map(<[u8]>::to_vec);
    let statements = [
        (StatementKind::Manifest, received(StatementKind::Manifest)),
        (StatementKind::Delivery, received(StatementKind::Delivery)),
    ];
    let mut verified = unverified.verify(&keyring, &policy).map_err(|e| failure(e, &args.package))?;
    let (parent, folder) = beside(&args.out)?;
    let file = |name: &str| folder.path().join(name);
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(file(name), bytes).map_err(|e| Failure::file("write", &args.out.join(name), &e))
    };
    let mut listing = Vec::new();
    for (kind, bytes) in statements {
        let Some(bytes) = bytes else { continue };
        write(&format!("{}.cbor", kind.word()), &bytes)?;
        write(&format!("{}.json", kind.word()), json::text(&json::statement(Some(&bytes))).as_bytes())?;
        listing.extend([format!("{}.cbor", kind.word()), format!("{}.json", kind.word())]);
    }
    let make = |name: &str| {
        std::fs::create_dir(file(name)).map_err(|e| Failure::file("create", &args.out.join(name), &e))
    };
    let mut none_yet = true;
    while let Some(evidence) = verified.next_evidence().map_err(|e| failure(e, &args.package))? {
        if std::mem::take(&mut none_yet) {
            make("evidence")?;
        }
        // Named by its place, never by anything that the package says.
        let name = format!("evidence/{}", evidence.index);
        write(&name, &evidence.bytes)?;
        listing.push(name);
    }
    let delta = verified.delivery().is_some_and(|d| d.kind == DeliveryKind::Delta);
    let images =
        verified.manifest().release().filter(|_| !delta).map(|r| r.images.clone()).unwrap_or_default();
    let first = (verified.manifest_digest(), verified.delivery().cloned());
    verified.finish().map_err(|e| failure(e, &args.package))?;
    if !images.is_empty() {
        make("images")?;
        let verified =
            open(&args.package)?.verify(&keyring, &policy).map_err(|e| failure(e, &args.package))?;
        if first != (verified.manifest_digest(), verified.delivery().cloned()) {
            return Err(Failure::cannot(format!("{} changed while it was read", shown(&args.package)))
                .hint("run the command again"));
        }
        let mut outputs = Vec::new();
        for image in &images {
            let name = format!("images/{}", image.component);
            let component = image.component.clone();
            let output = Output { component, path: file(&name), base: None, in_place: false };
            outputs.push(output);
            listing.push(name);
        }
        pkg_install::apply(verified, &outputs, &pkg_install::Options::default())?;
    }
    let made = folder.keep();
    std::fs::rename(&made, &args.out).map_err(|e| {
        let _ = std::fs::remove_dir_all(&made);
        let hint = format!("give a folder that does not exist yet in {}", shown(&parent));
        match e.kind() {
            std::io::ErrorKind::DirectoryNotEmpty
            | std::io::ErrorKind::AlreadyExists
            | std::io::ErrorKind::NotADirectory => {
                Failure::cannot(format!("{} exists already", shown(&args.out))).hint(hint)
            }
            _ => Failure::file("create", &args.out, &e),
        }
    })?;
    out::in_place("the folder is there");
    for name in listing {
        data(&format!("{}\n", shown(&args.out.join(name))))?;
    }
    if delta {
        note("a delta: its images need their bases: pkg apply --base NAME=FILE --image NAME=FILE");
    }
    Ok(Status::Done)
}

/// A folder beside the one that is to be made, which vanishes unless it is kept.
fn beside(out: &Path) -> Outcome<(PathBuf, tempfile::TempDir)> {
    let parent = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf();
    if std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) || out.is_file() {
        return Err(Failure::cannot(format!("{} exists already", shown(out)))
            .hint("give a folder that does not exist yet"));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pkg-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755));
    let folder = builder.tempdir_in(&parent).map_err(|e| Failure::file("create a folder in", &parent, &e))?;
    Ok((parent, folder))
}
