//! A release description: what a person wrote about a release, read and searched for faults.

use crate::description::read::{Source, read_source};
use crate::description::{Places, Read, Table, read_with_includes};
use crate::error::{Error, Result};
use crate::faults::{ImageFiles, Search, Sound};
use crate::input::Input;
use crate::release::prior::{PriorPackages, Unverified};
use crate::signing::{PlannedSigner, key_beside, would_not_count};
use crate::warning::Before;
use pkg_files::Roots;
use pkg_format::cose::StatementKind;
use pkg_format::manifest::Manifest;
use pkg_format::{Id, Refusal, Version};
use pkg_verify::Keyring;
use std::path::{Path, PathBuf};

/// A release description that was read.
pub struct Description {
    pub(crate) table: Table,
    places: Places,
    pub(crate) roots: Roots,
    /// Another folder with earlier packages.
    pub(crate) elsewhere: Option<Roots>,
    /// The key files it names, relative to its folder: the release keys, and the delivery key.
    pub signing: (Vec<String>, Option<String>),
}

impl Description {
    /// Reads the text of a description that is in the folder `dir`. The files it names, such as those it includes, must
    /// be there too, or in one of `input_roots`.
    ///
    /// # Errors
    /// The text or an included file is not a description, or there is no such folder or file. If a value cannot be read,
    /// the error has all other faults too that [`Description::check`] finds.
    pub fn read(text: &str, dir: &Path, input_roots: &[PathBuf]) -> Result<Description> {
        for folder in input_roots {
            folder.canonicalize().map_err(|e| Error::file("read", folder, e))?;
        }
        let roots = Roots::new(dir, input_roots).map_err(|e| Error::file("read", dir, e))?;
        let Read { mut table, places, faults } = read_with_includes(text, &roots)?;
        if table.peek("kind").is_some_and(|kind| kind != "release") {
            // What releases share is of no use to others.
            let included = |key: &&&str| places.of(key).is_some_and(|place| place.file.is_some());
            let mut useless = ONLY_RELEASES.to_vec();
            // An acknowledgement is for auditors, who have no questions as users have.
            if table.peek("kind") == Some("acknowledgement") {
                useless.push("contact");
            }
            useless.iter().filter(included).for_each(|key| drop(table.take(key)));
        }
        if !faults.is_empty() {
            let archive = PriorPackages {
                unverified: Unverified::Believe,
                roots: Some(&roots),
                ..PriorPackages::none()
            };
            let search = Search {
                places: &places,
                archive: &archive,
                issued: EXAMPLE_TIME,
                images: ImageFiles::MayBeMissing,
            };
            table.take("signing");
            search.run(&table, faults)?;
        }
        let mut signing = table.table("signing");
        let signing = (signing.texts("keys"), signing.text("delivery-key"));
        Ok(Description { table, places, roots, elsewhere: None, signing })
    }

    /// The path of a key file that it names, if it lies in one of the folders.
    ///
    /// # Errors
    /// It lies elsewhere, or is not there.
    pub fn key_path(&self, name: &str) -> Result<PathBuf> {
        Input::described(&self.roots, name).map(|key| key.to_path_buf())
    }

    /// Where a key such as `signing.delivery-key` is written.
    pub fn written_at(&self, key: &str) -> Option<crate::Place> {
        self.places.of(key)
    }
}

impl Description {
    /// How many bytes of images a build reads, for a progress bar: once for the full package and once for each delta.
    /// A file that cannot be read counts as 0.
    pub fn image_bytes(&self) -> u64 {
        let mut table = self.table.clone();
        let times = u64::try_from(table.tables("base").len()).unwrap_or(0).saturating_add(1);
        let files = table.tables("image").into_iter().filter_map(|mut i| i.text("file"));
        let sizes = files
            .filter_map(|f| self.roots.find(Path::new(&f)).ok()?.path().metadata().ok())
            .map(|m| m.len());
        sizes.sum::<u64>().saturating_mul(times)
    }

    /// The image files that it names: component and path.
    pub fn image_files(&self) -> Vec<(String, String)> {
        let images = self.table.clone().tables("image").into_iter();
        images.filter_map(|mut image| Some((image.text("component")?, image.text("file")?))).collect()
    }

    /// The keys at the top of a file that descriptions include.
    ///
    /// # Errors
    /// The text is not TOML, or has faults.
    pub fn keys(text: &str) -> Result<Vec<String>> {
        let read = read_source(Source::Own(text))?;
        match read.faults.into_iter().next() {
            Some(fault) => Err(fault.error),
            None => Ok(read.table.0.into_iter().map(|(key, _)| key).collect()),
        }
    }

    /// Looks for every fault of this description that can be found without keys and without the bytes of the images.
    /// Without a keyring, what earlier packages say is taken for true.
    ///
    /// # Errors
    /// The description has faults: the one, or [`Error::Several`].
    pub fn check(&self, keyring: Option<&Keyring>, issued: u64) -> Result<Checked> {
        let unverified = if keyring.is_some() { Unverified::Refuse } else { Unverified::Believe };
        let archive = self.archive(keyring, unverified);
        let sound = self.sound(&archive, issued, ImageFiles::MayBeMissing)?;
        if let Some(keyring) = keyring {
            self.signers_count(keyring, &sound.manifest)?;
        }
        let name = |table: &Table| table.clone().text("package");
        Ok(Checked {
            bases: sound.bases.iter().filter_map(name).collect(),
            earlier: sound.draft.past.all().next().is_some(),
            absent: sound.absent,
            before: sound.before.map(|(before, _)| before),
            manifest: sound.manifest,
        })
    }

    /// Refuses keys that it names and that may not sign it, by the public keys beside them.
    fn signers_count(&self, keyring: &Keyring, manifest: &Manifest) -> Result<()> {
        let signer = |field: String, name: &String| {
            let key = self.key_path(name).ok().and_then(|path| key_beside(&path));
            PlannedSigner { field, name: name.clone(), key }
        };
        let (keys, delivery) = &self.signing;
        let keys: Vec<_> =
            (0..).zip(keys).map(|(i, name)| signer(format!("signing.keys[{i}]"), name)).collect();
        let mut refusals = would_not_count(&keys, keyring, manifest, StatementKind::Manifest);
        if let Some(name) = delivery.as_ref().filter(|_| manifest.release().is_some()) {
            let delivery = [signer("signing.delivery-key".into(), name)];
            refusals.extend(would_not_count(&delivery, keyring, manifest, StatementKind::Delivery));
        }
        let error = |refusal: Refusal| Error::Refused { place: self.places.of(&refusal.at), refusal };
        let mut errors: Vec<_> = refusals.into_iter().map(error).collect();
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Error::Several(errors)),
        }
    }

    /// The draft of a description without faults.
    pub(crate) fn sound(
        &self,
        archive: &PriorPackages<'_>,
        issued: u64,
        images: ImageFiles,
    ) -> Result<Sound> {
        Search { places: &self.places, archive, issued, images }.run(&self.table, Vec::new())
    }

    pub(crate) fn archive<'a>(
        &'a self,
        keyring: Option<&'a Keyring>,
        unverified: Unverified,
    ) -> PriorPackages<'a> {
        PriorPackages { roots: Some(&self.roots), elsewhere: self.elsewhere.as_ref(), keyring, unverified }
    }

    /// Adds to a refusal where in the description its field is.
    pub(crate) fn place<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|e| match e {
            Error::Refused { refusal, place: None } => {
                let place = self.places.of(&refusal.at);
                let at = self.places.path_of(&refusal.at);
                Error::Refused { refusal: Refusal { at, ..refusal }, place }
            }
            other => other,
        })
    }
}

/// Tables that only releases have. A notice or a withdrawal may include a file that has them.
const ONLY_RELEASES: &[&str] = &["support", "automatic", "cost", "latest-only", "tailor-made"];

/// The date of issue that is assumed while a description cannot be read: 2027-01-15.
const EXAMPLE_TIME: u64 = 1_800_000_000;

/// A description without a fault, as far as can be told without keys and images.
#[derive(Debug)]
pub struct Checked {
    /// What it says, with stand-ins for the sizes and digests of the images.
    pub manifest: Manifest,
    /// The packages that deltas would start from.
    pub bases: Vec<String>,
    /// The image files that are not there yet.
    pub absent: Vec<String>,
    /// Whether it names earlier packages.
    pub earlier: bool,
    /// The same release, if a package of it is at hand already.
    pub before: Option<Before>,
}

impl Checked {
    /// The name of the package: the full one, if it is a release.
    pub fn package_name(&self) -> String {
        output_name(&self.manifest).0
    }
}

/// What the full package of a release is called.
pub fn full_package_name(name: &Id, version: &Version) -> String {
    format!("{name}-{version}.full.pkg")
}

/// `NAME-VERSION.full.pkg` for a release, `NAME-ID.KIND.pkg` for all else.
pub(crate) fn output_name(manifest: &Manifest) -> (String, &'static str) {
    let common = manifest.common();
    let name = &common.product.name;
    match manifest.release() {
        Some(release) => (full_package_name(name, &release.identity.version), "full"),
        None => (format!("{name}-{}.{}.pkg", common.id, manifest.kind()), manifest.kind().as_str()),
    }
}
