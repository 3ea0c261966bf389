//! Applying a package to files and block devices.
//!
//! A file is written beside its place and gets its name when every image of the package is whole; a
//! device is written in place. The journal stands beside the first image. What an interruption leaves is
//! that journal and the files beside: the same call goes on with them, and removes them.

use crate::Error;
use crate::base;
use crate::install::{Options, Target, install_bound};
use crate::journal::{Journal, binding, is_journal};
use crate::output::Output;
use crate::staging::{Own, Part, finished, folder_of};
use crate::storage::{FileStorage, Storage};
use pkg_codec::FileBase;
use pkg_files::{Identity, Lock, LockError, NO_NAME, beside, folder, name, parent};
use pkg_format::Digest;
use pkg_format::manifest::Image;
use pkg_verify::{Complete, Verified};
use pkg_verify::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Rebuilds the images that `outputs` names. Each is written beside its place, or in place where that is a
/// block device or was asked for; when all of them and the whole package are sound, those beside get
/// their names by renames. Called again after an interruption, it goes on where that one came to, also
/// between two renames.
///
/// Images that no output names are checked as stored, but not rebuilt, and need no base.
///
/// # Errors
/// What was there is as it was, but for what is written in place. Nothing else is left behind, unless the
/// package could not be read further: that is an interruption.
pub fn apply<R: Read>(
    verified: Verified<R>,
    outputs: &[Output],
    options: &Options<'_>,
) -> Result<Complete, Error> {
    apply_with(verified, outputs, None, options)
}

/// The same with a journal at a place of its own. Without one it stands beside the first image that is a
/// file; a block device has no beside: without a journal it is written from its begin each time.
pub fn apply_with<R: Read>(
    verified: Verified<R>,
    outputs: &[Output],
    journal: Option<&Path>,
    options: &Options<'_>,
) -> Result<Complete, Error> {
    let Some(release) = verified.manifest().release() else {
        return Err(Error::Words { kind: verified.manifest().kind().as_str() });
    };
    let images = release.images.clone();
    let outputs = in_order(outputs, &images)?;
    // The same places, however they are spelt this time.
    let real = outputs.iter().map(|o| real(o)).collect::<Result<Vec<_>, _>>()?;
    let binding =
        binding(&verified, outputs.iter().map(|o| &o.component).zip(real.iter().map(PathBuf::as_path)));
    let _locks = locks(&outputs, journal)?;
    let mut journal = match journal {
        None => beside_first(&outputs).map(|path| Own::open(&path, 0o600)).transpose()?,
        Some(path) => {
            let own = Own::open(path, 0o600)?;
            if !is_journal(&own.storage) {
                return Err(Error::Stranger { path: path.into(), found: "no journal" });
            }
            Some(own)
        }
    };
    let mut places = Vec::new();
    let applying = Applying { images: &images, outputs: &outputs, binding, options };
    let applied = applying.images(verified, &mut places, &mut journal);
    // What could stop a rename is looked for before the first.
    let ready = applied.and_then(|complete| {
        let ready = places.iter().filter_map(Place::part).try_for_each(Part::ready);
        ready.map(|()| complete).map_err(|error| (error, Left::Nothing))
    });
    match ready {
        Ok(complete) => {
            // Nothing is undone any more: the journal says that all is finished, and should a rename fail,
            // the next call gives the other names.
            places.iter().filter_map(Place::part).try_for_each(Part::place)?;
            journal.map_or(Ok(()), Own::remove)?;
            Ok(complete)
        }
        Err((error, Left::Journal)) => Err(error),
        Err((error, Left::Nothing)) => {
            // That this fails too is no news beside what went wrong.
            places.into_iter().filter_map(Place::into_part).map(Part::remove).for_each(drop);
            journal.into_iter().map(Own::remove).for_each(drop);
            Err(error)
        }
    }
}

/// What an error leaves behind.
enum Left {
    Nothing,
    /// The journal, and what it speaks of: the same call goes on with them.
    Journal,
}

/// One call of [`apply`].
struct Applying<'a> {
    images: &'a [Image],
    outputs: &'a [&'a Output],
    binding: Digest,
    options: &'a Options<'a>,
}

impl Applying<'_> {
    /// Opens the places and writes the images to them.
    fn images<R: Read>(
        &self,
        verified: Verified<R>,
        places: &mut Vec<Place>,
        journal: &mut Option<Own>,
    ) -> Result<Complete, (Error, Left)> {
        let claim = |journal: &mut Option<Own>| Journal::open(own(journal), self.binding).claim;
        let done = claim(journal).map_or(0, |c| usize::try_from(c.image).unwrap_or(usize::MAX));
        // Where some have their names already, the others are needed to make it whole, whatever fails now.
        let half = self.written(done).any(|o| !Part::is_there(&o.path).is_ok_and(|there| there));
        let written = self.open(done, places).and_then(|()| self.write(verified, places, journal));
        written.map_err(|error| {
            let unread = matches!(error, Error::Package(pkg_verify::Error::Io(_)));
            let some = claim(journal).is_some_and(|c| c.image > 0 || c.bytes > 0);
            (error, if half || (unread && some) { Left::Journal } else { Left::Nothing })
        })
    }

    /// The outputs beside which the first `done` images stood when the journal was written.
    fn written(&self, done: usize) -> impl Iterator<Item = &Output> {
        let images = self.images.iter().take(done);
        let outputs = images.filter_map(|i| self.outputs.iter().find(|o| o.component == i.component));
        outputs.copied().filter(|o| !o.in_place && !is_device(o))
    }

    /// Opens the place of each image. Of the first `done`, which the journal says are written, some may have
    /// their names: all were written once, though one may have been spoilt since.
    fn open(&self, done: usize, places: &mut Vec<Place>) -> Result<(), Error> {
        for output in self.outputs {
            let of_output = |(_, i): &(usize, &Image)| i.component == output.component;
            let Some((at, image)) = self.images.iter().enumerate().find(of_output) else { continue };
            places.push(if output.in_place || is_device(output) {
                Place::In(in_place(output)?)
            } else if let Some(storage) =
                (at < done).then(|| named(&output.path, image)).transpose()?.flatten()
            {
                Place::Finished(storage)
            } else {
                let mut part = Part::open(&output.path)?;
                part.own().cut(image.size)?;
                Place::Beside(part)
            });
        }
        Ok(())
    }

    fn write<R: Read>(
        &self,
        verified: Verified<R>,
        places: &mut [Place],
        journal: &mut Option<Own>,
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
        // The names are there after a power cut, if what they stand for is.
        places.iter().filter_map(Place::part).try_for_each(Part::keep_name)?;
        journal.iter().try_for_each(Own::keep_name)?;
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
        install_bound(verified, &mut targets, own(journal), self.binding, self.options)
    }

    /// What is written in place is written once, and is not what a delta starts from.
    fn distinct(
        &self,
        places: &[Place],
        bases: &[Option<((FileBase, Identity), &Path)>],
    ) -> Result<(), Error> {
        let mut written: Vec<Identity> = Vec::new();
        for (output, place) in self.outputs.iter().zip(places) {
            let Place::In(storage) = place else { continue };
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

/// A journal as the storage that it is, and its path.
fn own(journal: &mut Option<Own>) -> Option<(&mut dyn Storage, &Path)> {
    match journal {
        Some(own) => Some((&mut own.storage, own.path.as_path())),
        None => None,
    }
}

/// Where one image is written.
enum Place {
    /// Beside the file that it becomes.
    Beside(Part),
    /// In place.
    In(FileStorage),
    /// It has its name already: an earlier attempt got so far.
    Finished(FileStorage),
}

impl Place {
    fn storage(&mut self) -> &mut dyn Storage {
        match self {
            Place::Beside(part) => &mut part.own().storage,
            Place::In(storage) | Place::Finished(storage) => storage,
        }
    }

    fn part(&self) -> Option<&Part> {
        match self {
            Place::Beside(part) => Some(part),
            _ => None,
        }
    }

    fn into_part(self) -> Option<Part> {
        match self {
            Place::Beside(part) => Some(part),
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

/// The file at `path`, if nothing stands beside it and it is the image.
fn named(path: &Path, image: &Image) -> Result<Option<FileStorage>, Error> {
    if Part::is_there(path)? {
        return Ok(None);
    }
    let Some(file) = finished(path)? else { return Ok(None) };
    let storage = FileStorage::fixed(file).map_err(|error| Error::Write { path: path.into(), error })?;
    let whole = storage.capacity().is_ok_and(|c| c == image.size)
        && base::digest(image.size, &mut |at, piece| storage.read_at(at, piece))
            .is_ok_and(|hash| Digest(hash.finish()) == image.sha256);
    Ok(whole.then_some(storage))
}

/// The outputs in the order of the images. Each is for an image that there is; no component and no place
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

/// The path of an output in the one spelling that its folder has.
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

/// Keeps other runs away from the files that are written, and from a journal of its own: two at a time would spoil
/// both. Nobody waits for an install.
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
    // In one order everywhere, so that two runs do not each hold what the other needs; and each once: a journal may
    // have the name that its image gets in the end.
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
