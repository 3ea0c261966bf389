//! Where a package is read from: a reader that the caller lends, or a file.

use crate::failure::{Failure, Outcome};
use crate::result::PKG_NULL_ARGUMENT;
use pkg_verify::io::{Error, Read, Seekable};
use std::ffi::c_void;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};

/// Where a package is read from, from its first byte to its last: a download, a pipe, flash. Initialise the whole
/// structure with zeros before you fill it.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
#[derive(Clone, Copy)]
pub struct pkg_reader {
    /// Passed to the callbacks; may be NULL.
    pub user: *mut c_void,
    /// Reads up to `size` bytes into `buffer`. Returns how many bytes it read, 0 at the end of the package,
    /// and a negative number when it fails. It may return fewer bytes than it was asked for.
    pub read: Option<unsafe extern "C" fn(user: *mut c_void, buffer: *mut u8, size: usize) -> i64>,
    /// Makes the next `read` start at byte `at` of the package, counted from the first byte, which is 0. It
    /// is only called to go forward: an install that resumes skips what it has already written, so that a
    /// download need not fetch it again. Returns 0, or anything else when it fails; it must fail when it cannot
    /// go there, for example when a server answers a range request with the whole file (HTTP 200, not 206). May
    /// be NULL: then those bytes are read.
    pub seek: Option<unsafe extern "C" fn(user: *mut c_void, at: u64) -> i32>,
}

/// What a package is read from.
pub(crate) enum Source {
    Callbacks(Callbacks),
    /// A regular file or a block device.
    File(Seekable<File>),
    /// A pipe or the like: what is skipped has to be read.
    Stream(File),
    /// A package of a repository. Behind a trait, so that a program that follows none does not link what reads it.
    #[cfg(feature = "repository")]
    Remote(Box<dyn Read>),
}

/// A reader of the caller, and where in the package it is to read next.
pub(crate) struct Callbacks {
    reader: pkg_reader,
    position: u64,
    /// Whether `seek` is still to be told of the position: many small skips are one seek.
    moved: bool,
}

impl Source {
    pub(crate) fn file(mut file: File) -> Self {
        // A terminal may seek without an error and without an effect; what has an end can be sought in.
        let can_seek = file.seek(SeekFrom::End(0)).is_ok_and(|end| end > 0) && file.rewind().is_ok();
        if can_seek { Source::File(Seekable::new(file)) } else { Source::Stream(file) }
    }

    pub(crate) fn callbacks(reader: pkg_reader) -> Outcome<Self> {
        match reader.read {
            Some(_) => Ok(Source::Callbacks(Callbacks { reader, position: 0, moved: false })),
            None => Err(Failure::new(PKG_NULL_ARGUMENT, "reader.read is NULL")),
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        match self {
            Source::Callbacks(lent) => Read::read(lent, buffer),
            Source::File(file) => file.read(buffer),
            Source::Stream(file) => Read::read(file, buffer),
            #[cfg(feature = "repository")]
            Source::Remote(remote) => remote.read(buffer),
        }
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Error> {
        match self {
            Source::Callbacks(lent) if lent.reader.seek.is_some() => {
                lent.position = lent.position.saturating_add(bytes);
                lent.moved = true;
                Ok(())
            }
            Source::Callbacks(lent) => Read::skip(lent, bytes),
            Source::File(file) => file.skip(bytes),
            Source::Stream(file) => Read::skip(file, bytes),
            #[cfg(feature = "repository")]
            Source::Remote(remote) => remote.skip(bytes),
        }
    }
}

impl io::Read for Callbacks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let pkg_reader { user, read, seek } = self.reader;
        if let Some(seek) = seek.filter(|_| self.moved) {
            // SAFETY: the callback gets its own `user`.
            let code = unsafe { seek(user, self.position) };
            if code != 0 {
                return Err(io::Error::other(format!("the callback seek failed: {code}")));
            }
            self.moved = false;
        }
        let read = read.ok_or_else(|| io::Error::other("there is no callback read"))?;
        // SAFETY: the callback gets its own `user` and a buffer of that size.
        let count = unsafe { read(user, buffer.as_mut_ptr(), buffer.len()) };
        match usize::try_from(count) {
            Ok(count) if count <= buffer.len() => {
                self.position = self.position.saturating_add(count as u64);
                Ok(count)
            }
            Ok(_) => Err(io::Error::other("the callback read returned more than it was asked for")),
            Err(_) => Err(io::Error::other(format!("the callback read failed: {count}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Remembers where it was asked to read.
    struct Asked {
        at: u64,
        reads: Vec<(u64, usize)>,
        seeks: Vec<u64>,
    }

    unsafe extern "C" fn read(user: *mut c_void, buffer: *mut u8, size: usize) -> i64 {
        // SAFETY: `user` and the buffer are those of the test below.
        let (asked, buffer) =
            unsafe { (&mut *user.cast::<Asked>(), std::slice::from_raw_parts_mut(buffer, size)) };
        asked.reads.push((asked.at, size));
        buffer.fill(7);
        asked.at += size as u64;
        size as i64
    }

    unsafe extern "C" fn seek(user: *mut c_void, at: u64) -> i32 {
        // SAFETY: as above.
        let asked = unsafe { &mut *user.cast::<Asked>() };
        asked.at = at;
        asked.seeks.push(at);
        0
    }

    fn skipped(seek: Option<unsafe extern "C" fn(*mut c_void, u64) -> i32>) -> Asked {
        let mut asked = Asked { at: 0, reads: Vec::new(), seeks: Vec::new() };
        let reader = pkg_reader { user: (&raw mut asked).cast(), read: Some(read), seek };
        let Ok(mut source) = Source::callbacks(reader) else { panic!("a reader") };
        let mut buffer = [0; 10];
        source.read(&mut buffer).unwrap();
        source.skip(5000).unwrap();
        source.skip(90).unwrap();
        source.read(&mut buffer).unwrap();
        asked
    }

    #[test]
    fn what_is_skipped_is_not_read_where_the_caller_can_seek() {
        let asked = skipped(Some(seek));
        assert_eq!((&asked.reads[..], &asked.seeks[..]), (&[(0, 10), (5100, 10)][..], &[5100][..]));
    }

    #[test]
    fn what_is_skipped_is_read_where_the_caller_cannot() {
        let asked = skipped(None);
        assert_eq!(asked.reads.iter().map(|(_, size)| size).sum::<usize>(), 10 + 5000 + 90 + 10);
        assert_eq!(asked.reads.last(), Some(&(5100, 10)));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_skipped_in_a_pipe_is_read() {
        use std::io::Write as _;
        let (from, mut to) = io::pipe().unwrap();
        to.write_all(b"skipped, read").unwrap();
        drop(to);
        let mut source = Source::file(File::from(std::os::fd::OwnedFd::from(from)));
        source.skip(9).unwrap();
        let mut buffer = [0; 4];
        assert_eq!((source.read(&mut buffer).unwrap(), &buffer), (4, b"read"));
    }
}
