//! Where a package is read from: a reader that the caller lends, or a file.

use crate::error::Failure;
use crate::guard::Outcome;
use crate::result::PKG_NULL_ARGUMENT;
use std::ffi::c_void;
use std::fs::File;
use std::io::{self, Read};

/// Where a package is read from, from its first byte to its last: a download, a pipe, flash.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
#[derive(Clone, Copy)]
pub struct pkg_reader {
    /// Passed to the callbacks; may be NULL.
    pub user: *mut c_void,
    /// Reads up to `size` bytes into `buffer`. Returns how many bytes it read, 0 at the end of the package, and a
    /// negative number when it fails. It may return fewer bytes than it was asked for.
    pub read: Option<unsafe extern "C" fn(user: *mut c_void, buffer: *mut u8, size: usize) -> i64>,
    /// Makes the next `read` start at byte `at` of the package, counted from the first byte, which is 0. It is only
    /// called to go forward: an install that resumes skips what it has already written, so that a download need
    /// not fetch it again. Returns 0, or anything else when it fails. May be NULL: then those bytes are read.
    pub seek: Option<unsafe extern "C" fn(user: *mut c_void, at: u64) -> i32>,
}

/// What a package is read from, and how far.
pub(crate) enum Source {
    Callbacks { reader: pkg_reader, position: u64 },
    File(File),
}

impl Source {
    pub(crate) fn new(reader: pkg_reader) -> Outcome<Self> {
        match reader.read {
            Some(_) => Ok(Source::Callbacks { reader, position: 0 }),
            None => Err(Failure::new(PKG_NULL_ARGUMENT, "reader.read is NULL")),
        }
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (reader, position) = match self {
            Source::Callbacks { reader, position } => (reader, position),
            Source::File(file) => return file.read(buffer),
        };
        let read = reader.read.ok_or_else(|| io::Error::other("there is no callback read"))?;
        // SAFETY: the callback gets its own `user` and a buffer of that size.
        let count = unsafe { read(reader.user, buffer.as_mut_ptr(), buffer.len()) };
        match usize::try_from(count) {
            Ok(count) if count <= buffer.len() => {
                *position = position.saturating_add(count as u64);
                Ok(count)
            }
            Ok(_) => Err(io::Error::other("the callback read returned more than it was asked for")),
            Err(_) => Err(io::Error::other(format!("the callback read failed: {count}"))),
        }
    }
}
