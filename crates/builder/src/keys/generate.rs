//! Making new keys.

use super::private_key::PrivateKey;
use crate::error::{Error, Result};
use pkg_format::cose::Algorithm;
use zeroize::Zeroizing;

/// Makes a key from 32 bytes of the operating system's randomness.
///
/// # Errors
/// The operating system gives no randomness.
pub fn generate(alg: Algorithm) -> Result<PrivateKey> {
    from_randomness(alg, getrandom::fill)
}

/// The same from any source. A source that fails or repeats one byte makes no key.
fn from_randomness<E: std::fmt::Display>(
    alg: Algorithm,
    fill: impl FnOnce(&mut [u8]) -> std::result::Result<(), E>,
) -> Result<PrivateKey> {
    let mut seed = Zeroizing::new([0u8; 32]);
    fill(seed.as_mut())
        .map_err(|e| Error::Missing(format!("the operating system provides no random numbers: {e}")))?;
    match seed.iter().all(|b| Some(b) == seed.first()) {
        true => Err(Error::Missing("the operating system's random numbers are not random".into())),
        false => Ok(PrivateKey::from_seed(alg, &seed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Threat T12: no randomness, no key.
    #[test]
    fn randomness_that_fails_makes_no_key() {
        assert!(from_randomness(Algorithm::Ed25519, |_| Err("no entropy")).is_err());
        assert!(from_randomness(Algorithm::Ed25519, |_| Ok::<_, String>(())).is_err(), "all zeros");
        let filled = |count: usize| {
            from_randomness(Algorithm::Ed25519, move |seed| {
                seed.iter_mut().take(count).for_each(|byte| *byte = 1);
                Ok::<_, String>(())
            })
        };
        assert!(filled(32).is_err(), "all equal");
        assert!(filled(16).is_ok());
    }
}
