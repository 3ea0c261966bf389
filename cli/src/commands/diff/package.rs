//! One of the two packages: opened, and who signed it.

use crate::interrupt::Interruptible;
use crate::out::{Failure, Outcome};
use crate::package::failure;
use crate::page::difference::PackageFile;
use pkg_install::PreviewBase;
use pkg_verify::{Keyring, Policy, Preview, SignatureReport};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Opens a package, and verifies its statements if there is a keyring.
pub(crate) fn open(
    path: &Path,
    keyring: Option<&Keyring>,
    bases: Vec<PreviewBase>,
) -> Outcome<(PackageFile, pkg_diff::Package<Interruptible<BufReader<File>>>)> {
    let cannot = |e: std::io::Error| Failure::file("read", path, &e);
    let file = File::open(path).map_err(cannot)?;
    let size = file.metadata().map_err(cannot)?.len();
    let refused = |e| failure(e, path);
    let unverified = pkg_verify::open(Interruptible(BufReader::new(file))).map_err(refused)?;
    let reports = unverified.signatures(keyring).map_err(|r| refused(r.into()))?;
    let policy = Policy::default();
    let preview = match keyring {
        Some(keyring) => unverified.verify(keyring, &policy).map(Preview::from),
        None => unverified.danger_preview_unverified(&policy),
    };
    let named = |report: SignatureReport| {
        let keys = keyring.map_or(&[][..], |k| &k.statement().keys);
        let key = keys.iter().find(|k| k.id() == report.key);
        (report, key.map(|k| k.label.as_str().to_owned()))
    };
    let signatures = reports.into_iter().map(named).collect();
    let package = pkg_diff::Package { path: path.into(), preview: preview.map_err(refused)?, bases };
    Ok((PackageFile { path: path.into(), size, signatures }, package))
}
