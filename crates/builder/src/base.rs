//! The bases of a build: states that deltas start from.

use crate::description::{Table, Value};
use crate::error::{Error, Result};
use crate::image_file::{digest, private_copy};
use crate::input::Input;
use crate::options::PackageOptions;
use crate::release::checks::holds_from;
use crate::release::prior::{Prior, PriorPackages};
use crate::unpack;
use pkg_codec::FileBase;
use pkg_codec::delta::Base as _;
use pkg_format::manifest::release::AppliesTo;
use pkg_format::manifest::{Manifest, Release};
use pkg_format::{Digest, Id, Refusal, Rule, Version, delivery, state};
use std::io::BufReader;
use std::path::PathBuf;

/// An earlier state of devices, with images to make deltas from.
pub(crate) struct Base {
    pub(crate) version: Version,
    pub(crate) state: Digest,
    source: Source,
}

/// Where the images of a base are.
enum Source {
    /// In a full package that was released before.
    Package(Box<Prior>),
    /// In files: component, path, content.
    Files(Vec<(Id, Input, Digest)>),
}

/// An image that a delta starts from.
pub(crate) struct BaseImage {
    pub(crate) component: Id,
    pub(crate) bytes: FileBase,
    /// What the delivery will say about it.
    pub(crate) stated: delivery::Base,
}

impl Base {
    /// The base in a `[[base]]` table of a description.
    pub(crate) fn described(
        mut table: Table,
        archive: &PriorPackages<'_>,
        manifest: &Manifest,
        options: &PackageOptions<'_>,
    ) -> Result<Base> {
        let refuse = |rule, at: &str, why: &str| Err(Refusal::new(rule, why).within(at).into());
        let images = match table.take("images") {
            Some(Value::Table(images)) => images.0,
            _ => Vec::new(),
        };
        match (table.text("package"), table.text("version")) {
            (Some(_), Some(_)) => refuse(Rule::Man6, "version", "a base package has its own version"),
            (Some(_), None) if !images.is_empty() => {
                refuse(Rule::Man6, "images", "a base package has its own images")
            }
            (Some(package), None) => {
                Base::package(archive.read(&package)?, manifest).map_err(|e| within(e, "package"))
            }
            (None, Some(_)) if images.is_empty() => refuse(Rule::Man1, "images", "missing"),
            (None, Some(version)) => {
                let version = Version::new(&version).map_err(|e| e.within("version"))?;
                let mut files = Vec::new();
                for (component, file) in images {
                    if let Value::Path(path) = file {
                        files.push((component, archive.input(&path)?));
                    }
                }
                Base::files(version, files.into_iter(), manifest, options)
            }
            (None, None) => refuse(Rule::Man1, "package", "neither package nor version is given"),
        }
    }

    /// The state after this package. The new release must be installable on it.
    pub(crate) fn package(prior: Prior, manifest: &Manifest) -> Result<Base> {
        let version = prior.manifest.release().map(|r| r.identity.version.clone());
        let Some(version) = version.filter(|_| prior.is_full) else {
            return Err(Error::NotFull { what: WHAT, path: prior.path.to_path_buf() });
        };
        holds_from(manifest, &prior)?;
        Ok(Base { version, state: prior.state(), source: Source::Package(prior.into()) })
    }

    /// The state after the previous release, if its package has every image. It is only compared, so the
    /// new release need not be installable on it.
    pub(crate) fn before(prior: &Prior) -> Option<Base> {
        let version = prior.manifest.release().filter(|_| prior.is_full)?.identity.version.clone();
        Some(Base { version, state: prior.state(), source: Source::Package(Box::new(prior.clone())) })
    }

    /// Its security level; 0 where nothing is known of it but images.
    pub(crate) fn security_level(&self) -> u64 {
        match &self.source {
            Source::Package(prior) => prior.manifest.release().map_or(0, |r| r.identity.security_level),
            Source::Files(_) => 0,
        }
    }

    /// Whether all its images are at hand.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.source, Source::Package(_))
    }

    /// The digest of its image of a component.
    pub(crate) fn digest(&self, component: &Id) -> Option<Digest> {
        match &self.source {
            Source::Package(prior) => {
                let images = prior.manifest.release().map_or(&[][..], |r| &r.images);
                images.iter().find(|i| i.component == *component).map(|i| i.sha256)
            }
            Source::Files(files) => files.iter().find(|(c, ..)| c == component).map(|(.., sha256)| *sha256),
        }
    }

    /// Components of this base that `release` no longer has.
    pub(crate) fn gone<'b>(&'b self, release: &Release) -> Vec<&'b Id> {
        let Source::Package(prior) = &self.source else { return Vec::new() };
        let there = prior.manifest.release().map_or(&[][..], |r| &r.images).iter().map(|i| &i.component);
        there.filter(|c| !release.images.iter().any(|i| i.component == **c)).collect()
    }

    /// A base given as image files and a version, from before packages were used.
    fn files(
        version: Version,
        images: impl Iterator<Item = (String, Input)>,
        manifest: &Manifest,
        options: &PackageOptions<'_>,
    ) -> Result<Base> {
        let product = &manifest.common().product;
        let Some(release) = manifest.release() else {
            return Err(Refusal::new(Rule::Man6, "only a release has bases").into());
        };
        let mut found = Vec::new();
        for (name, path) in images {
            let at = |e: Refusal| e.within(&name).within("images");
            let component = Id::new(&name).map_err(at)?;
            if !release.images.iter().any(|i| i.component == component) {
                let there: Vec<_> = release.images.iter().map(|i| i.component.as_str()).collect();
                let why = format!("the release has no image {name}; it has {}", there.join(", "));
                return Err(at(Refusal::new(Rule::Man6, why)).into());
            }
            let sha256 = digest(&path.open_image()?, &path, options.interrupted)?;
            found.push((component, path, sha256));
        }
        let images = found.iter().map(|(component, _, sha256)| (component, *sha256));
        let state = state::digest(&product.vendor, &product.name, &release.identity.scope, images);
        if found.len() == release.images.len() {
            named(release, state)?;
        }
        Ok(Base { version, state, source: Source::Files(found) })
    }

    /// The files it is read from.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        match &self.source {
            Source::Package(prior) => vec![prior.path.to_path_buf()],
            Source::Files(files) => files.iter().map(|(_, path, _)| path.to_path_buf()).collect(),
        }
    }

    /// The images of the components that are wanted.
    pub(crate) fn images(
        &self,
        wanted: &dyn Fn(&Id) -> bool,
        archive: &PriorPackages<'_>,
        options: &PackageOptions<'_>,
    ) -> Result<Vec<BaseImage>> {
        let image = |component: Id, bytes: FileBase, sha256| {
            let stated = delivery::Base { sha256, size: bytes.size(), version: self.version.clone() };
            BaseImage { component, bytes, stated }
        };
        match &self.source {
            Source::Files(files) => {
                // Its digest was taken when the description was read: what is used now must be that.
                let open = |(component, path, sha256): &(Id, Input, Digest)| {
                    let (bytes, now) = private_copy(&path.open_image()?, path, options)?;
                    match now == *sha256 {
                        true => Ok(image(component.clone(), bytes, now)),
                        false => Err(Error::changed(path)),
                    }
                };
                files.iter().filter(|(component, ..)| wanted(component)).map(open).collect()
            }
            Source::Package(prior) => {
                let there = prior.manifest.release().map_or(&[][..], |r| &r.images);
                let digest = |c: &Id| there.iter().find(|i| i.component == *c).map(|i| i.sha256);
                let files = unpacked(prior, wanted, archive, options)?;
                let files = files.into_iter().filter_map(|(c, bytes)| Some((digest(&c)?, c, bytes)));
                Ok(files.map(|(sha256, c, bytes)| image(c, bytes, sha256)).collect())
            }
        }
    }
}

/// What a base package is called in messages.
const WHAT: &str = "base";

/// Refuses a base that is given twice: both deltas would have the same name.
pub(crate) fn distinct(bases: &[Base]) -> Result<()> {
    for (i, base) in bases.iter().enumerate() {
        if bases.iter().take(i).any(|b| b.state == base.state) {
            let why = format!("the state of version {} is given twice, {}", base.version, base.state.short());
            return Err(within(Refusal::new(Rule::Man7, why).into(), &format!("base[{i}]")));
        }
    }
    Ok(())
}

/// If `applies-to` is a list, it must contain this state.
fn named(release: &Release, state: Digest) -> Result<(), Refusal> {
    match &release.applies_to {
        AppliesTo::States(states) if !states.contains(&state) => {
            let why = format!("these images are state {state}, which applies-to does not list");
            Err(Refusal::new(Rule::App3, why).within("images"))
        }
        _ => Ok(()),
    }
}

/// The images of an earlier package, if it is still the one that was read before.
fn unpacked(
    prior: &Prior,
    wanted: &dyn Fn(&Id) -> bool,
    archive: &PriorPackages<'_>,
    options: &PackageOptions<'_>,
) -> Result<Vec<(Id, FileBase)>> {
    let path = &prior.path;
    let verified = archive.verify(BufReader::new(path.open()?), path, WHAT)?;
    if verified.manifest_digest() != prior.digest {
        return Err(Error::file(
            "read",
            path.to_path_buf(),
            std::io::Error::other("the file changed while it was read"),
        ));
    }
    unpack::images(verified, (WHAT, path), wanted, options)
}

/// Puts a field in front of the place of a refusal.
pub(crate) fn within(error: Error, field: &str) -> Error {
    match error {
        Error::Refused { refusal, place } => Error::Refused { refusal: refusal.within(field), place },
        other => other,
    }
}
