//! The versions of a keyring in a repository: each is whole, and the one before appoints it.

use crate::error::{Error, Result};
use crate::files::{SMALL, read};
use pkg_format::repository::paths;
use pkg_format::{Refusal, Rule};
use pkg_repository::{Error as FetchError, Transport};
use pkg_verify::{ExampleKeys, Keyring};

/// What is at the path of one version.
pub(crate) enum Found {
    /// The file of that version.
    Sound(Vec<u8>),
    /// Nothing.
    Missing,
    /// Something else, or a version that the one before did not appoint.
    Wrong(Refusal),
}

/// Reads every version up to `newest`. `trusted` is the keyring at hand: the version with its number must be the same.
pub(crate) fn each(
    transport: &mut dyn Transport,
    newest: u64,
    trusted: &Keyring,
    mut visit: impl FnMut(&str, Found) -> Result<()>,
) -> Result<()> {
    let mut before: Option<Keyring> = None;
    for number in 1..=newest {
        let path = paths::keyring(number);
        let found = match read(transport, &path, SMALL) {
            Ok(None) => Found::Missing,
            Ok(Some(file)) => match open(number, &file, before.take(), trusted) {
                Ok(keyring) => {
                    before = Some(keyring);
                    Found::Sound(file)
                }
                Err(pkg_verify::Error::Refused(refusal)) => Found::Wrong(refusal),
                Err(error) => return Err(Error::verify(&path, error)),
            },
            Err(Error::Fetch(FetchError::TooLong { most, .. })) => {
                Found::Wrong(Refusal::new(Rule::Con4, format!("more than {most} bytes")))
            }
            Err(error) => return Err(error),
        };
        if !matches!(found, Found::Sound(_)) {
            before = None;
        }
        visit(&path, found)?;
    }
    Ok(())
}

/// Opens one version. Where the one before is missing or damaged, its own roots must have signed it at least.
fn open(number: u64, file: &[u8], before: Option<Keyring>, trusted: &Keyring) -> pkg_verify::Result<Keyring> {
    // Nothing is trusted because of these files: `trusted` decided whether example keys are.
    let examples = ExampleKeys::DangerAccept;
    let keyring = match before {
        Some(before) => before.update(file, examples)?.keyring().clone(),
        None => Keyring::open(file, examples)?,
    };
    if keyring.version() != number {
        return Err(Refusal::new(Rule::Rep9, format!("it is version {}", keyring.version())).into());
    }
    if number == trusted.version() && keyring.digest() != trusted.digest() {
        let why = format!("the keyring that was given is another version {number}");
        return Err(Refusal::new(Rule::Key10, why).into());
    }
    Ok(keyring)
}
