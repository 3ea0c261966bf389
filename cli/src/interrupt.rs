//! Ctrl-C and SIGTERM. Until [`flag`] is called they end the process at once, because nothing has been written yet.
//!
//! After that, long work checks a flag and ends in an orderly way. Work that cannot check it, because it waits for a
//! pipe, a token or the disk, is ended after a moment; unfinished files are removed.

use std::io::{Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static GOES_ON: AtomicBool = AtomicBool::new(false);

/// How long work may take to see the flag; it is checked after each chunk.
const GRACE: Duration = Duration::from_secs(1);

/// The exit status after a second Ctrl-C: 128 plus the number of SIGINT.
const ENDED: i32 = 130;
/// The exit status of interrupted work, the same as when it ends in an orderly way.
const FAILED: i32 = 2;

/// From now on Ctrl-C sets the flag instead of ending the process; a second one ends it at once.
pub(crate) fn flag() -> &'static AtomicBool {
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            end(ENDED);
        }
        std::thread::spawn(|| {
            std::thread::sleep(GRACE);
            end(FAILED);
        });
    });
    &INTERRUPTED
}

fn end(status: i32) -> ! {
    pkg_files::remove_unfinished();
    crate::out::error("interrupted");
    crate::out::hint(hint());
    std::process::exit(status)
}

/// Unfinished work is kept from now on: the same command resumes from it.
pub(crate) fn goes_on() {
    GOES_ON.store(true, Ordering::Relaxed);
}

/// The hint after an interruption.
pub(crate) fn hint() -> &'static str {
    match GOES_ON.load(Ordering::Relaxed) {
        true => "run the same command again: it resumes",
        false => "nothing was left behind",
    }
}

/// The flag, without enabling it: a prompt still ends at once.
pub(crate) fn raised() -> &'static AtomicBool {
    &INTERRUPTED
}

/// Whether Ctrl-C was pressed.
pub(crate) fn pressed() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// A reader that fails once Ctrl-C was pressed.
pub(crate) struct Interruptible<R>(pub(crate) R);

impl<R: Read> Read for Interruptible<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match pressed() {
            true => Err(std::io::Error::other("interrupted; nothing was left behind")),
            false => self.0.read(buffer),
        }
    }
}

impl<R: Seek> Seek for Interruptible<R> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}
