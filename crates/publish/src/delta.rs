//! Deltas in a repository: no entry names them. Their paths follow from two states, and what is there must lead from one
//! to the other.

use crate::catalogue::Catalogue;
use crate::error::{Error, Result};
use crate::free::state as state_of;
use crate::package::policy;
use crate::plan::starts_from;
use pkg_format::delivery::DeliveryKind;
use pkg_format::repository::paths;
use pkg_format::{Digest, Refusal, Rule, limits};
use pkg_repository::{Error as FetchError, Remote, Transport};
use pkg_sha256::Hasher;
use pkg_verify::io::Read as _;
use pkg_verify::{Keyring, Statements, verify_whole};
use std::fs::File;
use std::io::Write as _;
use std::num::NonZeroUsize;

/// The deltas that devices may ask for: from every state to every release that is current. Not each is there.
pub(crate) fn possible(catalogue: &Catalogue) -> Vec<(Digest, Digest)> {
    let accepted = catalogue.accepted();
    let states: Vec<_> = accepted
        .iter()
        .filter_map(|(entry, s)| {
            let release = s.manifest().release()?;
            Some((entry.manifest, release.identity.scope.clone(), state_of(s.manifest())?))
        })
        .collect();
    let current = &catalogue.head().head().current;
    let targets = states.iter().filter(|(m, ..)| current.iter().any(|e| e.manifest == *m));
    let mut pairs: Vec<_> = targets
        .flat_map(|(_, scope, target)| {
            let bases = states.iter().filter(move |(_, other, base)| other == scope && base != target);
            bases.map(move |(.., base)| (*target, *base))
        })
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

pub(crate) fn temporary() -> Result<File> {
    tempfile::tempfile().map_err(|error| Error::Read { path: "a temporary file".into(), error })
}

/// Copies the delta between two states to a temporary file, with its digest; none where there is none.
pub(crate) fn fetch(
    from: &mut dyn Transport,
    (target, base): (&Digest, &Digest),
) -> Result<Option<(File, Digest)>> {
    let path = paths::delta(target, base);
    let unread = |cause| Error::from(FetchError::Unread { path: path.clone(), cause });
    let mut remote = match Remote::delta(from, target, base) {
        Err(FetchError::Missing(_)) => return Ok(None),
        remote => remote?,
    };
    let (mut copy, mut hasher) = (temporary()?, Hasher::new());
    let (mut piece, mut left) = (vec![0; 64 << 10], limits::MEMBER);
    loop {
        let read = remote.read(&mut piece).map_err(unread)?;
        let Some(new) = piece.get(..read).filter(|new| !new.is_empty()) else {
            return Ok(Some((copy, Digest(hasher.finish()))));
        };
        let taken = u64::try_from(read).ok().and_then(|read| left.checked_sub(read));
        left = taken.ok_or_else(|| FetchError::TooLong { path: path.clone(), most: limits::MEMBER })?;
        hasher.update(new);
        copy.write_all(new).map_err(|error| unread(error.into()))?;
    }
}

/// Verifies the delta between two states, if there is one. Whether there is.
pub(crate) fn verify(
    from: &mut dyn Transport,
    catalogue: &Catalogue,
    keyring: &Keyring,
    (target, base): (&Digest, &Digest),
) -> Result<bool> {
    let path = paths::delta(target, base);
    let Some((copy, _)) = fetch(from, (target, base))? else { return Ok(false) };
    let complete = verify_whole(&copy, keyring, &policy(), NonZeroUsize::MIN, &|_| ());
    let delta = complete.map_err(|error| Error::verify(&path, error))?.into_statements();
    leads(catalogue, &delta, (target, base)).map_err(|refusal| Error::refused(path, refusal))?;
    Ok(true)
}

/// Whether there is a delta between two states, the keyring accepts what it says, and it leads from one to the other. Its
/// payloads are not read.
pub(crate) fn is_sound(
    from: &mut dyn Transport,
    (catalogue, keyring): (&Catalogue, &Keyring),
    (target, base): (&Digest, &Digest),
) -> Result<bool> {
    let remote = match Remote::delta(from, target, base) {
        Err(FetchError::Missing(_)) => return Ok(false),
        remote => remote?,
    };
    let statements = pkg_verify::open(remote).and_then(|delta| delta.verify(keyring, &policy()));
    Ok(statements.is_ok_and(|delta| leads(catalogue, &delta, (target, base)).is_ok()))
}

/// A delta is one of the release that leads into the target, and starts from the images of the base.
fn leads(
    catalogue: &Catalogue,
    delta: &Statements,
    (target, base): (&Digest, &Digest),
) -> Result<(), Refusal> {
    let accepted = catalogue.accepted();
    let of_state = |state: &Digest| {
        let state = *state;
        accepted.iter().map(|(_, s)| *s).filter(move |s| state_of(s.manifest()) == Some(state))
    };
    let wrong = |why: String| Err(Refusal::new(Rule::Rep8, why));
    if delta.delivery().is_none_or(|delivery| delivery.kind != DeliveryKind::Delta) {
        return wrong("this is no delta".into());
    }
    if !of_state(target).any(|release| release.manifest_digest() == delta.manifest_digest()) {
        return wrong(format!(
            "manifest {}, which does not lead to this state",
            delta.manifest_digest().short()
        ));
    }
    match of_state(base).any(|release| starts_from(delta, release)) {
        true => Ok(()),
        false => wrong(format!("it does not start from the state {}", base.short())),
    }
}
