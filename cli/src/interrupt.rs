//! Ctrl-C: a flag that long work looks at, so that what is half written is removed.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Asks for the flag instead of a sudden end; a second Ctrl-C ends at once.
pub(crate) fn flag() -> &'static AtomicBool {
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    &INTERRUPTED
}

/// The flag as it is, without asking for it: a prompt still ends at once.
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
