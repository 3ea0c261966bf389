//! The earlier packages that a description builds on, from a repository.

use crate::listed::{Depth, Listed};
use crate::out::{Failure, Outcome};
use crate::packages;
use crate::progress::{Mode, Progress};
use crate::repository::Address;
use pkg_audit::load;
use pkg_audit::set::Set;
use pkg_builder::{Description, Subject, full_package_name};
use pkg_format::Id;
use pkg_format::repository::{Entry, Object};
use pkg_publish::{Borrowed, Wanted, download};
use pkg_repository::{Remote, Transport};
use pkg_verify::io::Read as _;
use pkg_verify::{Keyring, Statements};
use std::collections::BTreeSet;
use std::path::Path;
use tempfile::TempDir;

/// What a repository has of the product that a description is about.
pub(crate) struct Earlier {
    /// Its statements, for an audit.
    pub(crate) set: Set,
    /// The packages; the folder goes when this is dropped.
    _folder: TempDir,
}

/// What is read of the packages whose images a build compares or makes deltas from.
#[derive(Clone, Copy)]
pub(crate) enum Images {
    /// They are downloaded, with progress.
    Needed(Mode),
    /// Nothing looks at them.
    Unread,
}

/// A package of the repository.
struct Found<'a> {
    name: String,
    object: Object,
    statements: &'a Statements,
}

/// Has a description find its earlier packages in a repository. `None` for one that does not say yet what it is about:
/// its faults are found without.
pub(crate) fn earlier(
    description: &mut Description,
    address: &Address,
    keyring: &Keyring,
    images: Images,
) -> Outcome<Option<Earlier>> {
    let Some(subject) = description.subject() else { return Ok(None) };
    let (Ok(vendor), Ok(name)) = (Id::new(&subject.vendor), Id::new(&subject.name)) else { return Ok(None) };
    let listed = Listed::read(address, &[(vendor, name)], keyring, Depth::Statements)?;
    let folder = TempDir::new().map_err(|e| Failure::file("make a folder in", &std::env::temp_dir(), &e))?;
    let accepted = listed.catalogues.iter().flat_map(|catalogue| catalogue.accepted());
    let found: Vec<_> = accepted.filter_map(|(entry, statements)| found(entry, statements)).collect();
    let previous = previous(&subject, &found);
    let mut reader = address.reader()?;
    let mut whole = subject.whole.clone();
    whole.extend(previous.clone());
    let mut names = BTreeSet::new();
    for package in &found {
        // Two channels may have a package of one name: the first one is the stable one.
        if !names.insert(package.name.as_str()) {
            continue;
        }
        let to = folder.path().join(&package.name);
        match images {
            Images::Needed(mode) if whole.contains(&package.name) => {
                fetch_whole(reader.as_mut(), package, keyring, &to, mode)?;
            }
            _ => fetch_front(reader.as_mut(), package, &to)?,
        }
    }
    description.look_in(folder.path(), previous.as_deref())?;
    let products = load::products(found.iter().map(|package| package.statements));
    let mut set = Set { products, ..Set::default() };
    listed.add_faults(&mut set);
    packages::all_accepted(&set, "build")?;
    Ok(Some(Earlier { set, _folder: folder }))
}

fn found<'a>(entry: &Entry, statements: &'a Statements) -> Option<Found<'a>> {
    let manifest = statements.manifest();
    let (common, object) = (manifest.common(), entry.object?);
    let name = match manifest.release() {
        Some(release) => full_package_name(&common.product.name, &release.identity.version),
        None => format!("{}-{}.{}.pkg", common.product.name, common.id, manifest.kind()),
    };
    Some(Found { name, object, statements })
}

/// The newest release of the line, before the described one if that is listed itself.
fn previous(subject: &Subject, found: &[Found<'_>]) -> Option<String> {
    let described = subject.release.as_ref().filter(|release| !release.has_previous)?;
    let on_line = found.iter().filter_map(|package| {
        let manifest = package.statements.manifest();
        let of = &manifest.release()?.identity;
        let same = of.scope.as_str() == described.scope && of.line.as_str() == described.line;
        same.then(|| (manifest.common().sequence, of.version.as_str() == described.version, &package.name))
    });
    let on_line: Vec<_> = on_line.collect();
    let own = on_line.iter().find(|(_, is_own, _)| *is_own).map_or(u64::MAX, |(sequence, ..)| *sequence);
    let before = on_line.into_iter().filter(|(sequence, ..)| *sequence < own);
    before.max().map(|(.., name)| name.clone())
}

fn fetch_whole(
    reader: &mut dyn Transport,
    package: &Found<'_>,
    keyring: &Keyring,
    to: &Path,
    mode: Mode,
) -> Outcome<()> {
    let progress = Progress::new(mode, &package.name, package.object.size);
    let manifest = package.statements.manifest_digest();
    let wanted = Wanted::Package(&package.object);
    download(reader, wanted, &manifest, keyring, to, &|bytes| progress.advance(bytes))?;
    Ok(())
}

/// The first bytes of a package, with its statements. Nothing looks behind them.
fn fetch_front(reader: &mut dyn Transport, package: &Found<'_>, to: &Path) -> Outcome<()> {
    let mut remote = Remote::package(Borrowed(reader), &package.object);
    // An entry is refused if this number is larger than statements can be.
    let mut front = vec![0; usize::try_from(package.object.front).unwrap_or_default()];
    let mut rest = front.as_mut_slice();
    while !rest.is_empty() {
        match remote.read(rest) {
            Ok(n) if n > 0 => rest = rest.get_mut(n..).unwrap_or_default(),
            Ok(_) => return Err(Failure::cannot(format!("{} ends too early", package.name))),
            Err(error) => return Err(Failure::cannot(format!("{}: {error}", package.name))),
        }
    }
    std::fs::write(to, front).map_err(|e| Failure::file("write", to, &e))
}
