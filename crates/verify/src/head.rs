//! The head of a repository: from received bytes to a statement that a trusted key signed (SPEC, appendix C).

use crate::archive::Archive;
use crate::error::{Result, refuse};
use crate::keyring::Keyring;
use crate::signers::{self, Ask};
use alloc::{format, vec::Vec};
use pkg_format::container::Member;
use pkg_format::cose::{KeyId, StatementKind};
use pkg_format::keyring::Asked;
use pkg_format::repository::{Head, LogName};
use pkg_format::{Digest, Refusal, Rule};

/// A head that a key of the role `catalogue` signed. It says what its repository offers; it installs nothing, and
/// nothing of a package is believed because of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedHead {
    head: Head,
    digest: Digest,
    signers: Vec<KeyId>,
}

impl VerifiedHead {
    /// What the head says.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The digest of the statement. Two heads with one version and two digests are a fork.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The keys that vouch for it, sorted.
    pub fn signers(&self) -> &[KeyId] {
        &self.signers
    }

    /// Refuses a head that is not of this log.
    ///
    /// # Errors
    ///
    /// REP-1 for another repository, REP-2 for another product or channel.
    pub fn is_of(&self, log: &LogName) -> Result<(), Refusal> {
        is_log(&self.head.of, log)
    }
}

fn is_log(found: &LogName, log: &LogName) -> Result<(), Refusal> {
    if found.repository != log.repository {
        let why = format!("repository {}, expected {}", found.repository, log.repository);
        return Err(Refusal::new(Rule::Rep1, why));
    }
    if found != log {
        let name = |of: &LogName| format!("{}/{} {}", of.vendor, of.name, of.channel);
        return Err(Refusal::new(Rule::Rep2, format!("{}, expected {}", name(found), name(log))));
    }
    Ok(())
}

/// Refuses the file of a head that claims to be of another log, whoever signed it: for what a client stored itself, and
/// can no longer verify. Nothing of such a head is believed.
///
/// # Errors
///
/// REP-1 and REP-2 for another log; CON, CBR and MAN for a file that is not a head in its form.
pub fn claims_log(file: &[u8], log: &LogName) -> Result<()> {
    let (statement, _) = members(file)?;
    Ok(is_log(&Head::decode(&statement)?.of, log)?)
}

/// Verifies the head of a log that the caller knows by name: what a device does.
///
/// `file` is a container with `head.cbor` and `head.cose`, as it was received.
///
/// # Errors
///
/// CON, SIG, CBR and MAN for a file that is not a head in its form, or that no key signed which may sign heads of its
/// product; KEY-6 where this keyring is older than the one that the head names; REP-1 and REP-2 for another log.
pub fn verify_head(file: &[u8], keyring: &Keyring, log: &LogName) -> Result<VerifiedHead> {
    let verified = verify_head_of_any_log(file, keyring)?;
    verified.is_of(log)?;
    Ok(verified)
}

/// Verifies a head without saying of which log it should be: for tools that show a repository or learn its name. A
/// device knows the name of its log and calls [`verify_head`].
///
/// # Errors
///
/// As [`verify_head`], but for REP-1 and REP-2.
pub fn verify_head_of_any_log(file: &[u8], keyring: &Keyring) -> Result<VerifiedHead> {
    let (statement, signatures) = members(file)?;
    let authentic = signers::authenticate(keyring, StatementKind::Head, &statement, signatures.as_deref())?;
    let head = Head::decode(&statement)?;
    let ask = Ask::of_head(&head.of);
    authentic.meets_threshold(keyring, Asked::Catalogue, &ask)?;
    if head.keyring > keyring.version() {
        let why = format!("keyring version {}, expected {} or newer", keyring.version(), head.keyring);
        return refuse(Rule::Key6, why);
    }
    let mut signers: Vec<_> = authentic.signers(&[ask]).0.into_iter().map(|s| s.key).collect();
    signers.sort_unstable();
    Ok(VerifiedHead { head, digest: Digest::of(&statement), signers })
}

/// The two members of a head's file.
fn members(file: &[u8]) -> Result<(Vec<u8>, Option<Vec<u8>>)> {
    let mut archive = Archive::new(file);
    let Some(statement) = archive.member(Member::Head)? else {
        return refuse(Rule::Con1, "the first member is not head.cbor: no head of a repository");
    };
    let signatures = archive.member(Member::HeadSignatures)?;
    archive.end()?;
    Ok((statement, signatures))
}
