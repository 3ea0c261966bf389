//! The two statements of a package: as bytes that were received, and verified.

use crate::keyring::Keyring;
use crate::policy::{Policy, Testing};
use crate::signers::{self, Ask, Signer};
use alloc::{format, vec::Vec};
use pkg_format::cose::{KeyId, StatementKind};
use pkg_format::keyring::Asked;
use pkg_format::manifest::release::{Channel, Release};
use pkg_format::manifest::{Body, Kind, SeparationKind};
use pkg_format::{Delivery, Digest, Manifest, Refusal, Rule};

/// The bytes of the statements as they were received; nobody vouches for them.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) manifest: Vec<u8>,
    pub(crate) manifest_cose: Option<Vec<u8>>,
    pub(crate) delivery: Option<Vec<u8>>,
    pub(crate) delivery_cose: Option<Vec<u8>>,
}

/// What a package says of itself when nobody vouched for it: for display only.
#[derive(Debug)]
#[non_exhaustive]
pub struct UnverifiedStatements {
    /// The manifest, if it breaks no rule.
    pub manifest: Result<Manifest, Refusal>,
    /// The delivery, if there is one and it breaks no rule.
    pub delivery: Option<Result<Delivery, Refusal>>,
}

/// The statements of a package that passed every check: what is released and why, and how it is delivered.
#[derive(Debug, Clone)]
pub struct Statements {
    pub(crate) manifest: Manifest,
    pub(crate) delivery: Option<Delivery>,
    pub(crate) digest: Digest,
    pub(crate) delivery_digest: Option<Digest>,
    pub(crate) signers: Vec<Signer>,
    pub(crate) others: Vec<Signer>,
}

impl Statements {
    /// What is released and why.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The delivery: how the payload is stored. A notice or a withdrawal has none.
    pub fn delivery(&self) -> Option<&Delivery> {
        self.delivery.as_ref()
    }

    /// The digest of the manifest: the identity of the step.
    pub fn manifest_digest(&self) -> Digest {
        self.digest
    }

    /// The digest of the delivery: with the manifest's it names a package, byte for byte but for the
    /// signatures. None where there is no delivery.
    pub fn delivery_digest(&self) -> Option<Digest> {
        self.delivery_digest
    }

    /// The keys that vouch for the manifest, sorted.
    pub fn manifest_signers(&self) -> Vec<KeyId> {
        let signed = |s: &&Signer| s.statement == StatementKind::Manifest;
        let mut keys: Vec<_> = self.signers.iter().filter(signed).map(|s| s.key).collect();
        keys.sort_unstable();
        keys
    }

    /// The trusted keys that vouch for each statement: they signed it and may sign it.
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// Trusted keys that signed too but have not the role: their signatures match and count for nothing.
    pub fn uncounted_signers(&self) -> &[Signer] {
        &self.others
    }
}

impl Received {
    /// Checks signatures over the received bytes, then parses those bytes, then applies the rules.
    pub(crate) fn verify(&self, keyring: &Keyring, policy: &Policy) -> Result<Statements, Refusal> {
        let (bytes, cose) = (&self.manifest, self.manifest_cose.as_deref());
        let authentic = signers::authenticate(keyring, StatementKind::Manifest, bytes, cose)?;
        let manifest = Manifest::decode(bytes)?;
        let ask = Ask::new(&manifest, StatementKind::Manifest);
        authentic.meets_threshold(keyring, asked(&manifest), &ask)?;
        if let Some(besides) = Ask::of_exception(&manifest, StatementKind::Manifest, keyring) {
            authentic.meets_threshold(keyring, Asked::SecurityException, &besides)?;
        }
        if let Some(min) = manifest.common().keyring_min.filter(|min| *min > keyring.version()) {
            return Err(Refusal::new(
                Rule::Key6,
                format!("keyring version {}, expected {min} or newer", keyring.version()),
            ));
        }
        let is_testing = ask.place.is_some_and(|p| p.channel == Channel::Testing);
        if is_testing && policy.testing == Testing::Refuse {
            return Err(Refusal::new(Rule::Pol2, "a release for testing"));
        }
        let digest = Digest::of(bytes);
        let (mut signers, mut others) =
            authentic.signers(&Ask::all(&manifest, StatementKind::Manifest, keyring));
        let delivery = match &self.delivery {
            None => None,
            Some(bytes) => {
                let authentic = signers::authenticate(
                    keyring,
                    StatementKind::Delivery,
                    bytes,
                    self.delivery_cose.as_deref(),
                )?;
                let delivery = Delivery::decode(bytes, &manifest, digest)?;
                let ask = Ask::new(&manifest, StatementKind::Delivery);
                authentic.meets_threshold(keyring, Asked::Delivery, &ask)?;
                let (counted, besides) = authentic.signers(&[ask]);
                signers.extend(counted);
                others.extend(besides);
                Some(delivery)
            }
        };
        complete(&manifest, delivery.as_ref())?;
        bounded(delivery.as_ref(), policy)?;
        let delivery_digest = self.delivery.as_deref().map(Digest::of);
        Ok(Statements { manifest, delivery, digest, delivery_digest, signers, others })
    }

    /// The statements as far as they hold without any key, for a package that is only looked at.
    pub(crate) fn unsigned(&self) -> Result<Statements, Refusal> {
        let UnverifiedStatements { manifest, delivery } = self.claims();
        Ok(Statements {
            manifest: manifest?,
            delivery: delivery.transpose()?,
            digest: Digest::of(&self.manifest),
            delivery_digest: self.delivery.as_deref().map(Digest::of),
            signers: Vec::new(),
            others: Vec::new(),
        })
    }

    /// What the statements say, judged by form and rules but by no key.
    pub(crate) fn claims(&self) -> UnverifiedStatements {
        let manifest = Manifest::decode(&self.manifest);
        let delivery = match (&manifest, &self.delivery) {
            (Ok(manifest), Some(bytes)) => {
                Some(Delivery::decode(bytes, manifest, Digest::of(&self.manifest)))
            }
            _ => None,
        };
        let manifest = manifest.and_then(|m| {
            match &delivery {
                Some(Err(_)) => {} // the delivery's own refusal is shown
                found => complete(&m, found.as_ref().and_then(|d| d.as_ref().ok()))?,
            }
            Ok(m)
        });
        UnverifiedStatements { manifest, delivery }
    }
}

/// The delivery needs no more memory than the policy allows.
pub(crate) fn bounded(delivery: Option<&Delivery>, policy: &Policy) -> Result<(), Refusal> {
    match delivery.map(Delivery::decode_memory).filter(|needed| *needed > policy.decode_memory) {
        Some(needed) => {
            let why = format!("{needed} bytes to decode, {} allowed", policy.decode_memory);
            Err(Refusal::new(Rule::Pol1, why))
        }
        None => Ok(()),
    }
}

/// A release has a delivery; every other kind has none.
fn complete(manifest: &Manifest, delivery: Option<&Delivery>) -> Result<(), Refusal> {
    match (manifest.body(), delivery) {
        (Body::Release(_), None) => Err(Refusal::new(Rule::Del7, "a release without a delivery")),
        _ => Ok(()), // a notice with a delivery is refused where the delivery is read
    }
}

/// Which threshold a manifest must meet.
pub(crate) fn asked(manifest: &Manifest) -> Asked {
    // From level 0 on, so that every state the step may start from is covered.
    let exception = |r: &Release| {
        r.security().is_some_and(|s| s.effective_kind(r.identity.security_level, 0) != SeparationKind::Pure)
    };
    let answers = manifest.kind() == Kind::Acknowledgement;
    match answers || manifest.release().is_some_and(exception) {
        true => Asked::SecurityException,
        false => manifest.role().into(),
    }
}
