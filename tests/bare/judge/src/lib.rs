//! A package, its keyring and the terms on which it is judged, and a delta, for programs without a standard
//! library; and how much memory that takes.
#![no_std]

extern crate alloc;

mod bounded;
mod counted;
mod delta;
mod terms;

pub use counted::Counted;
pub use delta::{Delta, decode};
pub use terms::Terms;

use bounded::Bounded;
use core::cell::Cell;
use pkg_verify::format::Rule;
use pkg_verify::io::Read;
use pkg_verify::{Error, ExampleKeys, Keyring, open};

/// Why a package was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It breaks this rule.
    By(Rule),
    /// It could not be read.
    Unread,
}

impl Refused {
    /// The rule's number, or one that no rule has.
    pub fn number(self) -> u16 {
        match self {
            Refused::By(rule) => rule.number(),
            Refused::Unread => u16::MAX,
        }
    }

    /// The rule's id, or another word.
    pub fn word(self) -> &'static str {
        match self {
            Refused::By(rule) => rule.id(),
            Refused::Unread => "unread",
        }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        error.rule().map_or(Refused::Unread, Refused::By)
    }
}

/// Reads a keyring of examples or tests.
pub fn keyring(bytes: &[u8]) -> Result<Keyring, Refused> {
    Ok(Keyring::open(bytes, ExampleKeys::DangerAccept)?)
}

/// What is read of a package before anybody vouched for it, bytes. A stranger's statements fill no more of
/// the heap than that, and what grows with it.
const STATEMENTS: u64 = 32 << 10;

/// Judges a package as a device does: statements, then `verified` is told, fit, chunks, end.
pub fn judge(
    package: impl Read,
    keyring: &Keyring,
    terms: &Terms,
    verified: impl FnOnce(),
) -> Result<(), Refused> {
    let bound = Cell::new(STATEMENTS);
    let mut package = open(Bounded::new(package, &bound))?.verify(keyring, &terms.policy)?;
    bound.set(u64::MAX);
    verified();
    if let Some(device) = &terms.device {
        device.fits(&package, &terms.policy).map_err(|refusal| Refused::By(refusal.rule))?;
    }
    while let Some(mut payload) = package.next_payload()? {
        while payload.next_chunk()?.is_some() {}
    }
    package.finish()?;
    Ok(())
}
