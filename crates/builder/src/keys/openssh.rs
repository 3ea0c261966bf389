//! Ed25519 keys in the form of OpenSSH, plain or encrypted, as `ssh-keygen -t ed25519` writes them.

use crate::error::{Error, KeyError, Result};
use ed25519_dalek::SigningKey;
use ssh_key::private::KeypairData;
use zeroize::Zeroizing;

/// The most rounds of bcrypt that are done: `ssh-keygen` writes 16 or 24, and 100 take seconds.
const ROUNDS: u32 = 1_000;

/// The label of such a PEM file.
pub(super) const LABEL: &str = "OPENSSH PRIVATE KEY";

/// Reads a key; asks for the passphrase where it is encrypted.
pub(super) fn read(
    pem: &str,
    passphrase: &mut dyn FnMut() -> Result<Zeroizing<String>>,
    error: &dyn Fn(KeyError) -> Error,
) -> Result<SigningKey> {
    let kind = |_| error(KeyError::Kind { expected: "an Ed25519 key in OpenSSH format" });
    let mut key = ssh_key::PrivateKey::from_openssh(pem).map_err(|e| match e {
        ssh_key::Error::PublicKey => error(KeyError::Halves),
        e => kind(e),
    })?;
    if !matches!(key.algorithm(), ssh_key::Algorithm::Ed25519) {
        return Err(kind(ssh_key::Error::AlgorithmUnknown));
    }
    if key.is_encrypted() {
        if let ssh_key::Kdf::Bcrypt { rounds, .. } = key.kdf()
            && *rounds > ROUNDS
        {
            return Err(error(KeyError::Encryption("its key derivation is too expensive".into())));
        }
        let passphrase = passphrase()?;
        key = key.decrypt(passphrase.as_bytes()).map_err(|e| match e {
            // A wrong passphrase shows in the check words of the form, or in no key at all.
            ssh_key::Error::Crypto | ssh_key::Error::Encoding(_) | ssh_key::Error::FormatEncoding => {
                error(KeyError::WrongPassphrase)
            }
            ssh_key::Error::PublicKey => error(KeyError::Halves),
            e => error(KeyError::Encryption(e.to_string())),
        })?;
    }
    let KeypairData::Ed25519(pair) = key.key_data() else {
        return Err(kind(ssh_key::Error::AlgorithmUnknown));
    };
    let key = SigningKey::from_bytes(&Zeroizing::new(pair.private.to_bytes()));
    match key.verifying_key().as_bytes() == &pair.public.0 {
        true => Ok(key),
        false => Err(error(KeyError::Halves)),
    }
}
