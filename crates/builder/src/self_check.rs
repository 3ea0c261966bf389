//! Verifying a package that was built before it gets its name: by the keyring that was given, or by the keys that sign.

use crate::error::{Error, Result};
use crate::keys::Signer;
use crate::options::{BuildOptions, PackageOptions};
use pkg_format::keyring::{PostQuantum, Role, TrustedKey};
use pkg_format::manifest::Manifest;
use pkg_format::{Id, KeyringStatement, Label};
use pkg_verify::{ExampleKeys, Keyring, Policy};
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;

/// A keyring of exactly the signing keys, in all roles; none without keys. It verifies earlier packages if no keyring
/// was given.
pub(crate) fn keyring_of_signers(signers: &[&[&dyn Signer]]) -> Result<Option<Keyring>> {
    let all: Vec<_> = signers.iter().copied().flatten().map(|s| (*s, Role::ALL.to_vec())).collect();
    keyring_of(&all)
}

/// A keyring of the given keys in the given roles; none without keys.
fn keyring_of(keys: &[(&dyn Signer, Vec<Role>)]) -> Result<Option<Keyring>> {
    let mut trusted: Vec<TrustedKey> = Vec::new();
    for (signer, roles) in keys {
        let key = signer.public_key();
        match trusted.iter_mut().find(|t| t.id() == key.id()) {
            Some(known) => known.roles.extend(roles.iter().copied()),
            None => trusted.push(TrustedKey {
                key: key.as_bytes().to_vec(),
                alg: key.alg(),
                label: Label::new("signing key")?,
                roles: roles.clone(),
                products: Vec::new(),
                channels: Vec::new(),
                scopes: Vec::new(),
            }),
        }
    }
    if trusted.is_empty() {
        return Ok(None);
    }
    let statement = KeyringStatement {
        name: Id::new("build")?,
        // No keyring-min can ask for more: the keys vouch for themselves here.
        version: u64::MAX,
        roots: Vec::new(),
        root_threshold: 1,
        keys: trusted,
        thresholds: Vec::new(),
        post_quantum: PostQuantum::default(),
        revoked: Vec::new(),
        heads: Vec::new(),
    };
    // The caller signs with these keys; it warns if they are examples.
    match Keyring::vouched_by_caller(statement, ExampleKeys::DangerAccept) {
        Ok(keyring) => Ok(Some(keyring)),
        Err(pkg_verify::Error::Refused(refusal)) => Err(refusal.into()),
        Err(pkg_verify::Error::Io(error)) => Err(Error::file("read", "a keyring", error.into())),
        Err(error) => Err(Error::Missing(error.to_string())),
    }
}

/// How a package that was built is verified before it is kept.
pub(crate) enum SelfCheck<'a> {
    /// By the keyring that was given.
    Given(&'a Keyring),
    /// By the signing keys in the roles that they used.
    Own(Box<Keyring>),
    /// With every check but signatures: nobody signed.
    Form,
}

impl<'a> SelfCheck<'a> {
    /// For a release that this build signs.
    pub(crate) fn new(options: &BuildOptions<'a>, manifest: &Manifest) -> Result<SelfCheck<'a>> {
        if options.signers.is_empty() {
            return Ok(SelfCheck::Form);
        }
        if let Some(keyring) = options.package.keyring {
            return Ok(SelfCheck::Given(keyring));
        }
        let mut keys: Vec<_> = options.signers.iter().map(|s| (*s, vec![manifest.role()])).collect();
        keys.extend(options.package.delivery_signers.iter().map(|s| (*s, vec![Role::Delivery])));
        Ok(keyring_of(&keys)?.map_or(SelfCheck::Form, |own| SelfCheck::Own(own.into())))
    }

    /// Verifies what was written.
    pub(crate) fn check(&self, file: &File, path: &Path, options: &PackageOptions<'_>) -> Result<()> {
        let refused = |error| Error::package("the package that was built,", path, error);
        let keyring = match self {
            SelfCheck::Given(keyring) => *keyring,
            SelfCheck::Own(keyring) => keyring,
            SelfCheck::Form => {
                let mut file = file.try_clone().map_err(|e| Error::file("read", path, e))?;
                file.seek(SeekFrom::Start(0)).map_err(|e| Error::file("read", path, e))?;
                return pkg_verify::open(file).and_then(pkg_verify::Unverified::check_form).map_err(refused);
            }
        };
        let policy = Policy::default().with_decode_memory(options.decode_memory);
        pkg_verify::verify_whole(file, keyring, &policy, options.jobs, &|_| ()).map(drop).map_err(refused)
    }
}
