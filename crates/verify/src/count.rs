//! How many keys signed, of each algorithm.

use alloc::{format, string::String};
use pkg_format::cose::Algorithm;

/// How many distinct keys of each algorithm signed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count {
    pub(crate) ed25519: u64,
    pub(crate) ml_dsa_65: u64,
}

impl Count {
    pub(crate) fn add(&mut self, alg: Algorithm) {
        let of = match alg {
            Algorithm::Ed25519 => &mut self.ed25519,
            Algorithm::MlDsa65 => &mut self.ml_dsa_65,
        };
        *of = of.saturating_add(1);
    }

    /// What is missing, as text. Each algorithm has a threshold of its own, and neither replaces the other.
    pub(crate) fn short_of(&self, ed25519: u64, ml_dsa_65: u64) -> Option<String> {
        if self.ed25519 < ed25519 {
            return Some(format!("{} of {ed25519}", self.ed25519));
        }
        (self.ml_dsa_65 < ml_dsa_65).then(|| format!("{} of {ml_dsa_65} ML-DSA-65", self.ml_dsa_65))
    }
}
