//! Keys of ML-DSA-65: their files (RFC 9881) and their signatures. Never the only signature.

use crate::error::KeyError;
use ml_dsa::{EncodedVerifyingKey, MlDsa65, SigningKey, VerifyingKey};
use pkcs8::spki::{DecodePublicKey, EncodePublicKey};
use pkcs8::{EncodePrivateKey, LineEnding, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument};
use zeroize::Zeroizing;

/// id-ml-dsa-65.
pub(super) const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.18");

/// Before the seed alone; before the seed where the expanded key follows; between the two; before the
/// expanded key alone. Lengths are fixed, and DER has one form.
const SEED: &[u8] = &[0x80, 32];
const BOTH: &[u8] = &[0x30, 0x82, 0x0f, 0xe6, 0x04, 32];
const EXPANDED: &[u8] = &[0x04, 0x82, 0x0f, 0xc0];

/// A private key: wiped when dropped, and without `Debug`.
pub(super) struct PrivateKey(SigningKey<MlDsa65>);

impl PrivateKey {
    pub(super) fn from_seed(seed: &[u8; 32]) -> Self {
        PrivateKey(SigningKey::from_seed(&Zeroizing::new((*seed).into())))
    }

    /// The form with the seed, which this tool writes, or that with seed and expanded key, which
    /// OpenSSL writes; the two must belong together.
    pub(super) fn from_pkcs8(info: &PrivateKeyInfoRef<'_>) -> Result<Self, KeyError> {
        let no_key = KeyError::Kind { expected: "an ML-DSA-65 private key in the format of RFC 9881" };
        let bytes = info.private_key.as_bytes();
        let (seed, rest) = match (bytes.strip_prefix(SEED), bytes.strip_prefix(BOTH)) {
            (Some(seed), _) | (None, Some(seed)) => seed.split_first_chunk::<32>().ok_or(no_key.clone())?,
            (None, None) if bytes.starts_with(EXPANDED) => return Err(KeyError::NoSeed),
            (None, None) => return Err(no_key),
        };
        let key = PrivateKey::from_seed(seed);
        match bytes.starts_with(SEED) {
            true if rest.is_empty() => {}
            false if rest.strip_prefix(EXPANDED).is_some_and(|e| key.is_expanded(e)) => {}
            true => return Err(no_key),
            false => return Err(KeyError::Halves),
        }
        let public = info.public_key.map(|p| p.as_bytes() == Some(&*key.public()));
        if public == Some(false) { Err(KeyError::Halves) } else { Ok(key) }
    }

    #[expect(deprecated, reason = "compared with what was read; never made a key from")]
    fn is_expanded(&self, bytes: &[u8]) -> bool {
        Zeroizing::new(self.0.expanded_key().to_expanded()).as_slice() == bytes
    }

    pub(super) fn to_pkcs8(&self) -> pkcs8::Result<SecretDocument> {
        self.0.to_pkcs8_der()
    }

    pub(super) fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_seed().into())
    }

    pub(super) fn public(&self) -> Vec<u8> {
        self.0.as_ref().encode().to_vec()
    }

    /// Pure, deterministic, with the empty context. What finds no signature gives none, which is then
    /// found not to match.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signed = self.0.expanded_key().sign_deterministic(message, b"");
        signed.map_or_else(|_| Vec::new(), |s| s.encode().to_vec())
    }
}

/// A public key as SPKI PEM.
pub(super) fn public_pem(key: &[u8]) -> Option<String> {
    let key = VerifyingKey::<MlDsa65>::decode(&EncodedVerifyingKey::<MlDsa65>::try_from(key).ok()?);
    key.to_public_key_pem(LineEnding::LF).ok()
}

/// The public key in SPKI PEM.
pub(super) fn read_public(pem: &str) -> Option<Vec<u8>> {
    VerifyingKey::<MlDsa65>::from_public_key_pem(pem).ok().map(|key| key.encode().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pkcs8::AlgorithmIdentifierRef;

    fn key() -> PrivateKey {
        PrivateKey::from_seed(&std::array::from_fn(|i| u8::try_from(i).unwrap()))
    }

    #[expect(deprecated)]
    fn expanded(key: &PrivateKey) -> Vec<u8> {
        key.0.expanded_key().to_expanded().to_vec()
    }

    fn read(private_key: &[u8]) -> Result<Vec<u8>, KeyError> {
        let algorithm = AlgorithmIdentifierRef { oid: OID, parameters: None };
        let info =
            PrivateKeyInfoRef::new(algorithm, pkcs8::der::asn1::OctetStringRef::new(private_key).unwrap());
        PrivateKey::from_pkcs8(&info).map(|key| key.public())
    }

    #[test]
    fn both_forms_with_a_seed_are_read_and_must_agree() {
        let key = key();
        let seed = &*key.seed();
        let document = key.to_pkcs8().unwrap();
        assert_eq!(document.as_bytes().len(), 54, "as OpenSSL 3.5 reads it");
        assert_eq!(read(&[SEED, seed].concat()), Ok(key.public()));
        let both = [BOTH, seed, EXPANDED, &expanded(&key)].concat();
        assert_eq!(read(&both), Ok(key.public()));
        for at in [6, 42, both.len() - 1] {
            let mut other = both.clone();
            other[at] ^= 1;
            assert_eq!(read(&other), Err(KeyError::Halves), "byte {at}");
        }
        assert_eq!(read(&[EXPANDED, &expanded(&key)].concat()), Err(KeyError::NoSeed));
        for wrong in [&[SEED, seed, &[0]].concat()[..], &seed[..], &both[..20], &[], &[0x80, 31]] {
            assert!(matches!(read(wrong), Err(KeyError::Kind { .. })), "{wrong:02x?}");
        }
    }

    #[test]
    fn a_public_half_of_another_key_is_refused() {
        let key = key();
        let other = PrivateKey::from_seed(&[9; 32]).public();
        let private = [SEED, &*key.seed()].concat();
        for (public, expected) in [(key.public(), Ok(key.public())), (other, Err(KeyError::Halves))] {
            let algorithm = AlgorithmIdentifierRef { oid: OID, parameters: None };
            let octets = pkcs8::der::asn1::OctetStringRef::new(&private).unwrap();
            let mut info = PrivateKeyInfoRef::new(algorithm, octets);
            info.public_key = Some(pkcs8::der::asn1::BitStringRef::new(0, &public).unwrap());
            assert_eq!(PrivateKey::from_pkcs8(&info).map(|key| key.public()), expected);
        }
    }
}
