//! Storage that the caller lends: where images, the journal and the state go, and the base of a delta.

use crate::failure::{Failure, Outcome};
use crate::result::PKG_NULL_ARGUMENT;
use pkg_install::{Base, ReadError, Storage};
use std::ffi::c_void;
use std::io;

/// Storage that the library writes to: a slot, a partition, flash behind a driver. The callbacks return 0
/// when they succeed and anything else when they fail.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
#[derive(Clone, Copy)]
pub struct pkg_storage {
    /// Passed to the callbacks; may be NULL.
    pub user: *mut c_void,
    /// The number of bytes that it holds at most.
    pub capacity: u64,
    /// Fills `buffer` with the `size` bytes at offset `at`, also where nothing was ever written. May be NULL
    /// in the storage of an image, if that cannot be read back: then the image must not be used before
    /// `pkg_install` has returned PKG_OK, and an interrupted install starts again from its first byte.
    pub read_at:
        Option<unsafe extern "C" fn(user: *mut c_void, at: u64, buffer: *mut u8, size: usize) -> i32>,
    /// Writes the `size` bytes at `bytes` to offset `at`.
    pub write_at:
        Option<unsafe extern "C" fn(user: *mut c_void, at: u64, bytes: *const u8, size: usize) -> i32>,
    /// Returns once everything that was written survives a power cut: `fdatasync`, not `fflush`.
    pub sync: Option<unsafe extern "C" fn(user: *mut c_void) -> i32>,
}

/// The image that a delta starts from.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
#[derive(Clone, Copy)]
pub struct pkg_base {
    /// Passed to the callback; may be NULL.
    pub user: *mut c_void,
    /// The size of the image in bytes.
    pub size: u64,
    /// Fills `buffer` with the `size` bytes at offset `at`. Returns 0, or anything else when it fails.
    pub read_at:
        Option<unsafe extern "C" fn(user: *mut c_void, at: u64, buffer: *mut u8, size: usize) -> i32>,
}

/// The answer of a callback.
fn answer(code: i32, what: &str) -> io::Result<()> {
    if code == 0 { Ok(()) } else { Err(io::Error::other(format!("the callback {what} failed: {code}"))) }
}

fn no(what: &str) -> io::Error {
    io::Error::other(format!("there is no callback {what}"))
}

// SAFETY: this interface installs with one job, so only the thread that called reads a base.
unsafe impl Sync for pkg_base {}

impl Base for pkg_base {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_exact_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let read_at = self.read_at.ok_or_else(|| no("read_at"))?;
        // SAFETY: the callback gets its own `user` and a buffer of that size.
        Ok(answer(unsafe { read_at(self.user, at, buffer.as_mut_ptr(), buffer.len()) }, "read_at")?)
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
