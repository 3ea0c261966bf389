//! Applying a package to files and block devices.
//!
//! An image for a file is written beside the file, and gets its name when every image of the package is whole; a device
//! is written in place. The journal is beside the first image. An interruption leaves the journal and the staged images;
//! the same call resumes with them, and removes them in the end.

use crate::Error;
use crate::base;
use crate::install::{InstallOptions, Target, install_bound};
use crate::journal::{Journal, binding, is_journal};
use crate::output::Output;
use crate::staging::{OwnFile, StagedImage, finished, folder_of};
use crate::storage::{FileStorage, Storage};
use pkg_codec::FileBase;
use pkg_files::{Identity, Lock, LockError, NO_NAME, beside, folder, name, parent};
use pkg_format::Digest;
use pkg_format::manifest::Image;
use pkg_verify::io::Read;
use pkg_verify::{Complete, Verified};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Rebuilds the images that `outputs` names. Each is written beside its file, or in place if that is a block device or
/// was asked for. When all images and the whole package are sound, the staged images are renamed to their names.
///
/// Called again after an interruption, it resumes, also between two renames: what is there and reads back right is
/// skipped in the package. To seek past it instead of reading, open the package as [`pkg_verify::io::Seekable`].
///
/// Images that no output names are checked as stored, but not rebuilt, and need no base.
///
/// # Errors
/// Existing files are as they were, except those written in place. Nothing else is left behind, unless the package could
/// not be read to its end: that counts as an interruption.
pub fn apply<R: Read>(
    verified: Verified<R>,
    outputs: &[Output],
    options: &InstallOptions<'_>,
) -> Result<Complete, Error> {
    apply_with(verified, outputs, None, options)
}

/// Like [`apply`], with the journal at this path. [`apply`] puts it beside the first image that is a file; if all images
/// go to block devices, it has no journal and starts again each time.
///
/// # Errors
/// Those of [`apply`], and [`Error::Stranger`] if there is a file at `journal` that is no journal.
pub fn apply_with<R: Read>(
    verified: Verified<R>,
    outputs: &[Output],
    journal: Option<&Path>,
    options: &InstallOptions<'_>,
) -> Result<Complete, Error> {
    let Some(release) = verified.manifest().release() else {
        return Err(Error::NoImages { kind: verified.manifest().kind().as_str() });
    };
    let images = release.images.clone();
    let outputs = in_order(outputs, &images)?;
    // The same places, however their paths are spelt this time.
    let real = outputs.iter().map(|o| real(o)).collect::<Result<Vec<_>, _>>()?;
    let binding =
        binding(&verified, outputs.iter().map(|o| &o.component).zip(real.iter().map(PathBuf::as_path)));
    let _locks = locks(&outputs, journal)?;
    let mut journal = match journal {
        None => beside_first(&outputs).map(|path| OwnFile::open(&path, 0o600)).transpose()?,
        Some(path) => {
            let own = OwnFile::open(path, 0o600)?;
            if !is_journal(&own.storage) {
                return Err(Error::Stranger { path: path.into(), found: "no journal" });
            }
            Some(own)
        }
    };
    let mut places = Vec::new();
    let applying = Applying { images: &images, outputs: &outputs, binding, options };
    let applied = applying.images(verified, &mut places, &mut journal);
    // Everything that could stop a rename is checked before the first one.
    let ready = applied.and_then(|complete| {
        let ready = places.iter().filter_map(Place::staged).try_for_each(StagedImage::ready);
        ready.map(|()| complete).map_err(|error| (error, Left::Nothing))
    });
    match ready {
        Ok(complete) => {
            // Nothing is undone from here on: the journal says that all images are finished, and if a rename
            // fails, the next call does the rest.
            places.iter().filter_map(Place::staged).try_for_each(StagedImage::place)?;
            journal.map_or(Ok(()), OwnFile::remove)?;
            Ok(complete)
        }
        Err((error, Left::Journal)) => Err(error),
        Err((error, Left::Nothing)) => {
            // If this fails too, the first error is the one to report.
            places.into_iter().filter_map(Place::into_staged).map(StagedImage::remove).for_each(drop);
            journal.into_iter().map(OwnFile::remove).for_each(drop);
            Err(error)
        }
    }
}

/// What an error leaves behind.
enum Left {
    Nothing,
    /// The journal and the staged images: the same call resumes with them.
    Journal,
}

/// One call of [`apply`].
struct Applying<'a> {
    images: &'a [Image],
    outputs: &'a [&'a Output],
    binding: Digest,
    options: &'a InstallOptions<'a>,
}

impl Applying<'_> {
    /// Opens the places and writes the images to them.
    fn images<R: Read>(
        &self,
        verified: Verified<R>,
        places: &mut Vec<Place>,
        journal: &mut Option<OwnFile>,
    ) -> Result<Complete, (Error, Left)> {
        let claim = |journal: &mut Option<OwnFile>| Journal::open(storage_of(journal), self.binding).claim;
        let done = claim(journal).map_or(0, |c| usize::try_from(c.image).unwrap_or(usize::MAX));
        // If some have their names already, the others are needed to make it whole, whatever fails now.
        let half = self.written(done).any(|o| !StagedImage::exists(&o.path).is_ok_and(|there| there));
        let written = self.open(done, places).and_then(|()| self.write(verified, places, journal));
        written.map_err(|error| {
            let unread = matches!(error, Error::Package(pkg_verify::Error::Io(_)));
            let some = claim(journal).is_some_and(|c| c.image > 0 || c.bytes > 0);
            (error, if half || (unread && some) { Left::Journal } else { Left::Nothing })
        })
    }

    /// The outputs whose images were staged and finished when the journal was written: the first `done`.
    fn written(&self, done: usize) -> impl Iterator<Item = &Output> {
        let images = self.images.iter().take(done);
        let outputs = images.filter_map(|i| self.outputs.iter().find(|o| o.component == i.component));
        outputs.copied().filter(|o| !o.in_place && !is_device(o))
    }

    /// Opens the place of each image. Some of the first `done`, which the journal says are finished, may have their names
    /// already.
    fn open(&self, done: usize, places: &mut Vec<Place>) -> Result<(), Error> {
        for output in self.outputs {
            let of_output = |(_, i): &(usize, &Image)| i.component == output.component;
            let Some((at, image)) = self.images.iter().enumerate().find(of_output) else { continue };
            places.push(if output.in_place || is_device(output) {
                Place::Slot(in_place(output)?)
            } else if let Some(storage) =
                (at < done).then(|| named(&output.path, image)).transpose()?.flatten()
            {
                Place::Finished(storage)
            } else {
                let mut staged = StagedImage::open(&output.path)?;
                staged.own().cut(image.size)?;
                Place::Staged(staged)
            });
        }
        Ok(())
    }

    fn write<R: Read>(
        &self,
        verified: Verified<R>,
        places: &mut [Place],
        journal: &mut Option<OwnFile>,
    ) -> Result<Complete, Error> {
        let payloads = verified.delivery().map(|d| d.payloads.as_slice()).unwrap_or_default();
        let mut bases = Vec::new();
        for output in self.outputs {
            let payload = payloads.iter().find(|p| p.component == output.component);
            let stated = payload.and_then(|p| p.base.as_ref()).zip(output.base.as_deref());
            bases.push(match stated {
                Some((stated, path)) => Some((base::open(path, stated.size)?, path)),
                None => None,
            });
        }
        self.distinct(places, &bases)?;
        // The names must survive a power cut if the contents do.
        places.iter().filter_map(Place::staged).try_for_each(StagedImage::sync_name)?;
        journal.iter().try_for_each(OwnFile::sync_name)?;
        let mut targets = Vec::new();
        for ((output, place), base) in self.outputs.iter().zip(places).zip(&bases) {
            targets.push(Target {
                component: output.component.clone(),
                name: &output.path,
                storage: place.storage(),
                base: match base {
                    Some(((bytes, _), path)) => Some((bytes, *path)),
                    None => None,
                },
            });
        }
        install_bound(verified, &mut targets, storage_of(journal), self.binding, self.options)
    }

    /// Checks that no two images are written to one place, and that none overwrites a base.
    fn distinct(
        &self,
        places: &[Place],
        bases: &[Option<((FileBase, Identity), &Path)>],
    ) -> Result<(), Error> {
        let mut written: Vec<Identity> = Vec::new();
        for (output, place) in self.outputs.iter().zip(places) {
            let Place::Slot(storage) = place else { continue };
            let failed = |error| Error::Write { path: output.path.clone(), error };
            let identity = folder::which(storage.file()).map_err(failed)?;
            if written.iter().any(|other| other.is_surely(&identity)) {
                return Err(Error::Twice { path: output.path.clone() });
            }
            if let Some((_, other)) = bases.iter().flatten().find(|((_, base), _)| base.is_surely(&identity))
            {
                return Err(Error::Same { path: output.path.clone(), other: (*other).into() });
            }
            written.push(identity);
        }
        Ok(())
    }
}

/// The storage of a journal, and its path.
fn storage_of(journal: &mut Option<OwnFile>) -> Option<(&mut dyn Storage, &Path)> {
    match journal {
        Some(own) => Some((&mut own.storage, own.path.as_path())),
        None => None,
    }
}

/// Where one image is written.
enum Place {
    /// Beside its file.
    Staged(StagedImage),
    /// In place.
    Slot(FileStorage),
    /// It has its name already, from an earlier attempt.
    Finished(FileStorage),
}

impl Place {
    fn storage(&mut self) -> &mut dyn Storage {
        match self {
            Place::Staged(staged) => &mut staged.own().storage,
            Place::Slot(storage) | Place::Finished(storage) => storage,
        }
    }

    fn staged(&self) -> Option<&StagedImage> {
        match self {
            Place::Staged(staged) => Some(staged),
            _ => None,
        }
    }

    fn into_staged(self) -> Option<StagedImage> {
        match self {
            Place::Staged(staged) => Some(staged),
            _ => None,
        }
    }
}

/// Opens a slot of fixed size.
fn in_place(output: &Output) -> Result<FileStorage, Error> {
    let path = || output.path.clone();
    let failed = |error| Error::Write { path: path(), error };
    let opened = match is_device(output) {
        true => folder::open_device(&output.path),
        false => folder_of(&output.path)?.open_in_place(output.name()),
    };
    let file = opened.map_err(failed)?.map_err(|found| Error::NotAFile { path: path(), found })?;
    let mut storage = FileStorage::fixed(file).map_err(failed)?;
    // A file has a lock beside it.
    match !is_device(output) || storage.lock() {
        true => Ok(storage),
        false => Err(Error::Busy { path: path() }),
    }
}

/// The file at `path`, if it is the image and nothing is staged for it.
fn named(path: &Path, image: &Image) -> Result<Option<FileStorage>, Error> {
    if StagedImage::exists(path)? {
        return Ok(None);
    }
    let Some(file) = finished(path)? else { return Ok(None) };
    let storage = FileStorage::fixed(file).map_err(|error| Error::Write { path: path.into(), error })?;
    let whole = storage.capacity().is_ok_and(|c| c == image.size)
        && base::digest(image.size, &mut |at, piece| storage.read_at(at, piece))
            .is_ok_and(|hash| Digest(hash.finish()) == image.sha256);
    Ok(whole.then_some(storage))
}

/// The outputs in the order of the images. Each belongs to an image of the package; no component and no place occurs
/// twice.
fn in_order<'o>(outputs: &'o [Output], images: &[Image]) -> Result<Vec<&'o Output>, Error> {
    let places = outputs.iter().map(real).collect::<Result<Vec<_>, _>>()?;
    for (i, output) in outputs.iter().enumerate() {
        let same = |(other, place): (&Output, _)| {
            Some(place) == places.get(i) || other.component == output.component
        };
        if outputs.iter().zip(&places).take(i).any(same) {
            return Err(Error::Twice { path: output.path.clone() });
        }
        if !images.iter().any(|i| i.component == output.component) {
            let there = images.iter().map(|i| i.component.as_str()).collect::<Vec<_>>().join(", ");
            return Err(Error::NoSuchImage { component: output.component.clone(), there });
        }
    }
    Ok(images.iter().filter_map(|i| outputs.iter().find(|o| o.component == i.component)).collect())
}

/// The path of an output, with its folder in canonical form.
fn real(output: &Output) -> Result<PathBuf, Error> {
    if output.path.file_name().is_none() {
        return Err(Error::NotAFile { path: output.path.clone(), found: NO_NAME });
    }
    let folder = output.folder().canonicalize();
    let folder = folder.map_err(|error| Error::Write { path: output.path.clone(), error })?;
    Ok(folder.join(output.name()))
}

fn is_device(output: &Output) -> bool {
    folder::is_device(&output.path)
}

/// Locks the files that are written, and a journal at a path of its own, against other runs. Does not wait.
fn locks(outputs: &[&Output], journal: Option<&Path>) -> Result<Vec<Lock>, Error> {
    let files = outputs.iter().filter(|o| !is_device(o)).map(|o| o.path.as_path());
    let mut paths = Vec::new();
    for path in files.chain(journal) {
        // Images are not written through the link of a folder, so nothing is made there either.
        folder_of(path)?;
        let folder = parent(path).canonicalize();
        let folder = folder.map_err(|error| Error::Write { path: path.into(), error })?;
        paths.push((folder.join(name(path)), path));
    }
    // In the same order everywhere, so that no two runs each hold what the other needs; and each once, since a journal
    // may have the name of an image.
    paths.sort();
    paths.dedup_by(|a, b| a.0 == b.0);
    let lock = |(_, path): (PathBuf, &Path)| {
        Lock::beside(path, Duration::ZERO).map_err(|e| match e {
            LockError::Held { .. } => Error::Busy { path: path.into() },
            LockError::Stranger { path, found } => Error::Stranger { path, found },
            LockError::Io { error, .. } => Error::Write { path: path.into(), error },
        })
    };
    paths.into_iter().map(lock).collect()
}

/// The journal beside the first image that is a file.
fn beside_first(outputs: &[&Output]) -> Option<PathBuf> {
    let first = outputs.iter().find(|o| !is_device(o))?;
    Some(beside(&first.path, ".pkg-journal"))
}
