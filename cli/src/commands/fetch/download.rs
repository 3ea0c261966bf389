//! Downloads packages: as deltas where there are some.

use super::Args;
use crate::out::{Failure, Outcome, warning};
use crate::progress::{Mode, Progress};
use pkg_format::repository::Entry;
use pkg_format::{Digest, Rule};
use pkg_publish::Wanted;
use pkg_repository::{Error as FetchError, Transport};
use pkg_verify::{Keyring, Statements};
use std::path::{Path, PathBuf};

/// A package that was downloaded, or would be.
pub(super) struct Fetched {
    pub(super) path: Option<PathBuf>,
    pub(super) bytes: u64,
    pub(super) statements: Statements,
}

/// Downloads a package: as a delta where there is one from the base.
pub(super) fn get(
    args: &Args,
    transport: &mut dyn Transport,
    entry: &Entry,
    statements: Statements,
    base: Option<&Digest>,
    keyring: &Keyring,
) -> Outcome<Fetched> {
    let object = entry.object.ok_or_else(|| Failure::cannot("the package was removed"))?;
    let Some(folder) = &args.out else { return Ok(Fetched { path: None, bytes: object.size, statements }) };
    std::fs::create_dir_all(folder).map_err(|e| Failure::file("make the folder", folder, &e))?;
    let manifest = statements.manifest();
    let target = manifest.release().map(|r| r.state(&manifest.common().product));
    if let (Some(base), Some(target)) = (base, &target) {
        let to = folder.join(name(&statements, Some(base)));
        match save_package(
            args,
            transport,
            Wanted::Delta { target, base, most: object.size },
            entry,
            keyring,
            &to,
        ) {
            Ok(statements) => return fetched(to, statements),
            Err(pkg_publish::Error::Fetch(FetchError::Missing(_))) => {}
            Err(failed) => {
                warning(&format!("the delta cannot be used: {failed}; the full package is fetched"))
            }
        }
    }
    let to = folder.join(name(&statements, None));
    let wanted = Wanted::Package(&object);
    match save_package(args, transport, wanted, entry, keyring, &to) {
        // Another package has this name.
        Err(error) if error.rule() == Some(Rule::Rep8) && to.exists() => {
            let to = folder.join(marked(&name(&statements, None), &entry.manifest));
            let statements = save_package(args, transport, wanted, entry, keyring, &to)?;
            fetched(to, statements)
        }
        saved => fetched(to, saved?),
    }
}

fn fetched(path: PathBuf, statements: Statements) -> Outcome<Fetched> {
    let there = std::fs::metadata(&path).map_err(|e| Failure::file("read", &path, &e))?;
    Ok(Fetched { path: Some(path), bytes: there.len(), statements })
}

fn save_package(
    args: &Args,
    transport: &mut dyn Transport,
    wanted: Wanted<'_>,
    entry: &Entry,
    keyring: &Keyring,
    to: &Path,
) -> pkg_publish::Result<Statements> {
    let (mode, all) = match (wanted, entry.object) {
        (Wanted::Package(object), _) => (args.progress.progress, object.size),
        // Nobody knows its size before it comes.
        _ => (Mode::None, 0),
    };
    crate::interrupt::goes_on();
    crate::interrupt::flag();
    let progress = Progress::new(mode, &crate::out::shown(to), all);
    pkg_publish::download(transport, wanted, &entry.manifest, keyring, to, &|n| progress.advance(n))
}

/// The first hex digits of a digest, for names of files.
fn start(digest: &Digest) -> String {
    digest.to_string().chars().take(12).collect()
}

/// A name with the start of a manifest digest in it: `cam-1.0.0.0123456789ab.full.pkg`.
fn marked(name: &str, manifest: &Digest) -> String {
    let stem = name.strip_suffix(".pkg").unwrap_or(name);
    let (stem, kind) = stem.rsplit_once('.').unwrap_or((stem, "package"));
    format!("{stem}.{}.{kind}.pkg", start(manifest))
}

/// What a package is called, as `pkg build` calls it; a delta after the state that it starts from.
pub(super) fn name(statements: &Statements, base: Option<&Digest>) -> String {
    let manifest = statements.manifest();
    let (name, id) = (&manifest.common().product.name, &manifest.common().id);
    match (manifest.release(), base) {
        (Some(release), None) => format!("{name}-{}.full.pkg", release.identity.version),
        (Some(release), Some(base)) => {
            format!("{name}-{}.from-{}.pkg", release.identity.version, start(base))
        }
        (None, _) => format!("{name}-{id}.{}.pkg", manifest.kind()),
    }
}
