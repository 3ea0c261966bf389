//! The earlier packages that a description builds on, from a repository.

use crate::interrupt;
use crate::listed::{Depth, Listed};
use crate::out::{Failure, Outcome};
use crate::packages;
use crate::progress::{Mode, Progress};
use crate::repository::Address;
use pkg_audit::load;
use pkg_audit::set::Set;
use pkg_builder::{Description, Subject, full_package_name};
use pkg_files::TemporaryFolder;
use pkg_format::manifest::{Channel, Manifest};
use pkg_format::repository::Object;
use pkg_format::{Digest, Id, Refusal};
use pkg_publish::{Catalogue, Wanted, download};
use pkg_repository::{Remote, Transport};
use pkg_verify::io::Read as _;
use pkg_verify::{Keyring, Statements};
use std::collections::BTreeSet;
use std::path::Path;

/// What a repository has of the product that a description is about.
pub(crate) struct Earlier {
    /// Its statements, for an audit.
    pub(crate) set: Set,
    catalogues: Vec<Catalogue>,
    /// The packages; the folder goes when this is dropped.
    _folder: TemporaryFolder,
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
    channel: Channel,
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
    let listed = Listed::read(address, Some(&(vendor, name)), keyring, Depth::Statements)?;
    let folder = temporary_folder()?;
    let found = found(&listed);
    let previous = previous(&subject, &found);
    let mut reader = address.reader()?;
    let mut whole = subject.whole.clone();
    whole.extend(previous.clone());
    for package in &found {
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
    let catalogues = listed.add_to(&mut set);
    packages::all_accepted(&set, "build")?;
    Ok(Some(Earlier { set, catalogues, _folder: folder }))
}

/// The statements of every package that a repository has of a product, in a folder that goes when this is dropped. Nothing
/// of their images is there.
pub(crate) fn statements(
    address: &Address,
    product: Option<&(Id, Id)>,
    keyring: &Keyring,
) -> Outcome<TemporaryFolder> {
    let listed = Listed::read(address, product, keyring, Depth::Statements)?;
    let folder = temporary_folder()?;
    let mut reader = address.reader()?;
    for package in &found(&listed) {
        fetch_front(reader.as_mut(), package, &folder.path().join(&package.name))?;
    }
    Ok(folder)
}

/// A folder that goes with this process, also where that is interrupted.
pub(crate) fn temporary_folder() -> Outcome<TemporaryFolder> {
    interrupt::flag();
    TemporaryFolder::new().map_err(|e| Failure::file("make a folder in", &std::env::temp_dir(), &e))
}

/// The packages of all channels, under the names that descriptions use. Of several with one name, the newest one in the
/// stable channel has it; each other one has its digest in its name.
fn found(listed: &Listed) -> Vec<Found<'_>> {
    let mut all = Vec::new();
    for catalogue in &listed.catalogues {
        let channel = catalogue.head().head().of.channel;
        for (entry, statements) in catalogue.accepted() {
            let manifest = statements.manifest();
            let (product, id) = (&manifest.common().product.name, &manifest.common().id);
            let name = match manifest.release() {
                Some(release) => full_package_name(product, &release.identity.version),
                None => format!("{product}-{id}.{}.pkg", manifest.kind()),
            };
            all.extend(entry.object.map(|object| Found { name, channel, object, statements }));
        }
    }
    let is_testing = |found: &Found<'_>| found.channel == Channel::Testing;
    all.sort_by_key(|found| {
        (is_testing(found), std::cmp::Reverse(found.statements.manifest().common().sequence))
    });
    let mut names = BTreeSet::new();
    for found in &mut all {
        if !names.insert(found.name.clone()) {
            found.name = format!("{}-{}", found.statements.manifest_digest(), found.name);
        }
    }
    all
}

/// The newest release of the line in the same channel, before the described one if that is listed itself.
fn previous(subject: &Subject, found: &[Found<'_>]) -> Option<String> {
    let described = subject.release.as_ref().filter(|release| !release.has_previous)?;
    let on_line =
        found.iter().filter(|found| found.channel.as_str() == described.channel).filter_map(|package| {
            let manifest = package.statements.manifest();
            let of = &manifest.release()?.identity;
            let same = of.scope.as_str() == described.scope && of.line.as_str() == described.line;
            same.then(|| {
                (manifest.common().sequence, of.version.as_str() == described.version, &package.name)
            })
        });
    let on_line: Vec<_> = on_line.collect();
    let own = on_line.iter().filter(|(_, is_own, _)| *is_own).map(|(sequence, ..)| *sequence).min();
    let before = on_line.into_iter().filter(|(sequence, ..)| own.is_none_or(|own| *sequence < own));
    before.max().map(|(.., name)| name.clone())
}

impl Earlier {
    /// Refuses a statement whose number or version another one has, also one that was removed since: nobody could publish
    /// it.
    pub(crate) fn is_free(&self, manifest: &Manifest, digest: Digest) -> Result<(), Refusal> {
        let channel = manifest.release().map(|release| release.identity.channel);
        let its = |catalogue: &&Catalogue| {
            channel.is_none_or(|channel| channel == catalogue.head().head().of.channel)
        };
        self.catalogues.iter().filter(its).try_for_each(|catalogue| catalogue.is_free(manifest, digest))
    }
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
    let mut remote = Remote::package(reader, &package.object);
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
