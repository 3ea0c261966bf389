//! One round of a client: is there a newer head, and does it need a newer keyring?

use crate::follower::{Follower, Received};
use crate::transport::{self, Error, Transport, Whole};
use alloc::vec::Vec;
use pkg_format::repository::paths;
use pkg_format::{Rule, limits};
use pkg_verify::{ExampleKeys, Keyring};

/// The file of a head or of one keyring version: statement, signatures, two headers, padding and end.
const HEAD_FILE: u64 = limits::HEAD + limits::COSE + 4 * 512;
const KEYRING_FILE: u64 = limits::STATEMENT + limits::COSE + 4 * 512;

/// What a round brought. After it, store the record of the follower; a newer keyring is stored in one commit with what
/// follows from it on the device (`DeviceState::follow`).
#[derive(Debug)]
pub struct Round {
    /// What became of the head; none where the server said that it is unchanged.
    pub received: Option<Received>,
    /// The newer keyring that is in force now, if one came.
    pub keyring: Option<Keyring>,
    /// The file of that keyring: a client that keeps keyrings as files stores it in place of the one before.
    pub keyring_file: Option<Vec<u8>>,
}

impl Round {
    fn of(received: Option<Received>) -> Round {
        Round { received, keyring: None, keyring_file: None }
    }
}

/// Asks for the head of a log. Where the keyring in force does not verify it, newer keyrings are asked for.
///
/// # Errors
///
/// [`Error::Refused`] with the rules of [`Follower::receive`] and of [`Keyring::update`]. KEY-6 means that the
/// repository withholds a keyring that its head names. Otherwise what kept the head from being read. The head in force
/// stays, and can be decided on.
pub fn round(
    transport: &mut dyn Transport,
    follower: &mut Follower,
    keyring: &Keyring,
    example_keys: ExampleKeys,
    jump: u64,
) -> Result<Round, Error> {
    let path = paths::head(follower.log());
    let (file, etag) = match transport::whole(transport, &path, follower.etag(), HEAD_FILE)? {
        Whole::Unchanged => return Ok(Round::of(None)),
        Whole::File(file, etag) => (file, etag),
    };
    let refused = match follower.receive(&file, etag.clone(), keyring, jump) {
        Ok(received) => return Ok(Round::of(Some(received))),
        Err(error) => Error::of(&path, error),
    };
    if !refused.rule().is_some_and(may_need_newer_keys) {
        return Err(refused);
    }
    let Some((newer, keyring_file)) = newest(transport, keyring, example_keys)? else { return Err(refused) };
    follower.follow(&newer);
    let received = follower.receive(&file, etag, &newer, jump).map_err(|error| Error::of(&path, error))?;
    Ok(Round { received: Some(received), keyring: Some(newer), keyring_file: Some(keyring_file) })
}

/// Whether a newer keyring could make a head pass that is refused by this rule. By all others, the file is no head.
pub fn may_need_newer_keys(rule: Rule) -> bool {
    matches!(rule, Rule::Key6 | Rule::Sig2 | Rule::Sig4 | Rule::Sig14 | Rule::Sig15 | Rule::Sig16)
}

/// The newest keyring that the repository has, if it has one that is newer than `keyring`.
///
/// # Errors
///
/// Those of [`Keyring::update`], and what kept a keyring from being read. Nothing of the chain is in force then.
pub fn newest_keyring(
    transport: &mut dyn Transport,
    keyring: &Keyring,
    example_keys: ExampleKeys,
) -> Result<Option<Keyring>, Error> {
    Ok(newest(transport, keyring, example_keys)?.map(|(keyring, _)| keyring))
}

/// The newest keyring, and its file.
fn newest(
    transport: &mut dyn Transport,
    keyring: &Keyring,
    example_keys: ExampleKeys,
) -> Result<Option<(Keyring, Vec<u8>)>, Error> {
    let mut newest: Option<(Keyring, Vec<u8>)> = None;
    for _ in 0..limits::PREDECESSORS {
        let in_force = newest.as_ref().map_or(keyring, |(keyring, _)| keyring);
        let Some(next) = in_force.version().checked_add(1) else { break };
        let path = paths::keyring(next);
        let file = match transport::file(transport, &path, KEYRING_FILE) {
            Err(Error::Missing(_)) => break,
            other => other?,
        };
        let update = in_force.update(&file, example_keys).map_err(|error| Error::naming(&path, error))?;
        // A server that sends an old version under the next number gets no further.
        match update.versions() {
            0 => break,
            _ => newest = Some((update.keyring().clone(), file)),
        }
    }
    Ok(newest)
}
