//! What the caller lends: a package to read, a base, storage.

use crate::error::Failure;
use crate::guard::Outcome;
use crate::result::pkg_result::*;
use pkg_install::{Base, Storage};
use std::ffi::c_void;
use std::io::{self, Read};

/// Where a package is read from, once, from its first byte to its last.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
#[derive(Clone, Copy)]
pub struct pkg_reader {
    /// Given to the callback.
    pub user: *mut c_void,
    /// Reads up to `size` bytes into `buffer`; returns how many, 0 at the end, below 0 where it fails.
    pub read: Option<unsafe extern "C" fn(user: *mut c_void, buffer: *mut u8, size: usize) -> i64>,
}

/// The image that a delta starts from.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
#[derive(Clone, Copy)]
pub struct pkg_base {
    /// Given to the callback.
    pub user: *mut c_void,
    /// Bytes of the image.
    pub size: u64,
    /// Fills `buffer` with the `size` bytes at `at`; returns 0, or anything else where it fails.
    pub read_at:
        Option<unsafe extern "C" fn(user: *mut c_void, at: u64, buffer: *mut u8, size: usize) -> i32>,
}

/// Storage: a slot, a partition, flash behind a driver. Callbacks return 0, or anything else where they fail.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
#[derive(Clone, Copy)]
pub struct pkg_storage {
    /// Given to the callbacks.
    pub user: *mut c_void,
    /// The most bytes it can hold.
    pub capacity: u64,
    /// Fills `buffer` with the `size` bytes at `at`, also such as were never written. NULL where what was
    /// written cannot be read again: such an image is not to be used before `pkg_install` returned, and is
    /// written from its begin after an interruption.
    pub read_at:
        Option<unsafe extern "C" fn(user: *mut c_void, at: u64, buffer: *mut u8, size: usize) -> i32>,
    /// Writes the `size` bytes at `at`.
    pub write_at:
        Option<unsafe extern "C" fn(user: *mut c_void, at: u64, bytes: *const u8, size: usize) -> i32>,
    /// Returns once everything that was written outlasts a power cut.
    pub sync: Option<unsafe extern "C" fn(user: *mut c_void) -> i32>,
}

/// A callback's answer.
fn answer(code: i32, what: &str) -> io::Result<()> {
    if code == 0 { Ok(()) } else { Err(io::Error::other(format!("the callback {what} failed: {code}"))) }
}

fn no(what: &str) -> io::Error {
    io::Error::other(format!("there is no callback {what}"))
}

impl pkg_reader {
    pub(crate) fn checked(self) -> Outcome<Self> {
        match self.read {
            Some(_) => Ok(self),
            None => Err(Failure::new(PKG_NULL_ARGUMENT, "reader.read is NULL")),
        }
    }
}

impl Read for pkg_reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.read.ok_or_else(|| no("read"))?;
        // SAFETY: the callback gets its own `user` and a buffer of that size.
        let count = unsafe { read(self.user, buffer.as_mut_ptr(), buffer.len()) };
        match usize::try_from(count) {
            Ok(count) if count <= buffer.len() => Ok(count),
            Ok(_) => Err(io::Error::other("the callback read says more than it was asked for")),
            Err(_) => Err(io::Error::other(format!("the callback read failed: {count}"))),
        }
    }
}

// SAFETY: this interface installs with one job, so only the thread that called reads a base.
unsafe impl Sync for pkg_base {}

impl Base for pkg_base {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_exact_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        let read_at = self.read_at.ok_or_else(|| no("read_at"))?;
        // SAFETY: the callback gets its own `user` and a buffer of that size.
        answer(unsafe { read_at(self.user, at, buffer.as_mut_ptr(), buffer.len()) }, "read_at")
    }
}

impl pkg_storage {
    pub(crate) fn checked(self, readable: bool) -> Outcome<Self> {
        let missing = self.write_at.is_none() || self.sync.is_none() || (readable && self.read_at.is_none());
        match missing {
            true => Err(Failure::new(PKG_NULL_ARGUMENT, "a callback of the storage is NULL")),
            false => Ok(self),
        }
    }

    fn holds(&self, at: u64, size: usize) -> bool {
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        at.checked_add(size).is_some_and(|end| end <= self.capacity)
    }
}

impl Storage for pkg_storage {
    fn capacity(&self) -> io::Result<u64> {
        Ok(self.capacity)
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        if !self.holds(at, buffer.len()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let read_at = self.read_at.ok_or_else(|| no("read_at"))?;
        // SAFETY: the callback gets its own `user` and a buffer of that size.
        answer(unsafe { read_at(self.user, at, buffer.as_mut_ptr(), buffer.len()) }, "read_at")
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        // A journal or a state may be given less than it needs, and a callback need not look.
        if !self.holds(at, bytes.len()) {
            let why = format!("{} bytes at {at} of storage of {}", bytes.len(), self.capacity);
            return Err(io::Error::new(io::ErrorKind::StorageFull, why));
        }
        let write_at = self.write_at.ok_or_else(|| no("write_at"))?;
        // SAFETY: the callback gets its own `user` and bytes of that size.
        answer(unsafe { write_at(self.user, at, bytes.as_ptr(), bytes.len()) }, "write_at")
    }

    fn sync(&mut self) -> io::Result<()> {
        let sync = self.sync.ok_or_else(|| no("sync"))?;
        // SAFETY: the callback gets its own `user`.
        answer(unsafe { sync(self.user) }, "sync")
    }

    fn reads_back(&self) -> bool {
        self.read_at.is_some()
    }
}
