//! How far the lines of products had come when a release key was revoked (SPEC 5.5).

use crate::error::Result;
use crate::input::Input;
use crate::release::prior::{Prior, PriorPackages};
use pkg_format::keyring::{Head, LineHead};
use pkg_format::manifest::{Body, Channel};
use pkg_format::{Digest, Id};
use pkg_verify::Keyring;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The newest release of every line among these packages and folders of packages, except releases that one of them
/// withdraws. `keyring` is the version before the revocation, which still has the keys that signed them.
///
/// # Errors
/// A package cannot be read, or is refused.
pub fn heads(paths: &[PathBuf], keyring: &Keyring) -> Result<Vec<Head>> {
    let archive = PriorPackages { keyring: Some(keyring), ..PriorPackages::none() };
    let mut packages = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => packages.extend(archive.read_all(&path.to_string_lossy())?),
            false => packages.push(archive.open(Input::given(path))?),
        }
    }
    Ok(newest(&packages))
}

fn newest(packages: &[Prior]) -> Vec<Head> {
    let withdrawn: Vec<Digest> = packages
        .iter()
        .filter_map(|p| match p.manifest.body() {
            Body::Withdrawal(w) => Some(w.withdraws.iter().copied()),
            _ => None,
        })
        .flatten()
        .collect();
    let mut lines: BTreeMap<[Id; 4], LineHead> = BTreeMap::new();
    for package in packages {
        let Some(release) = package.manifest.release() else { continue };
        let (identity, product) = (&release.identity, &package.manifest.common().product);
        let taken_back = withdrawn.contains(&package.digest) || withdrawn.contains(&release.state(product));
        // A release that only testers or one customer have is not for everybody.
        if taken_back || identity.channel != Channel::Stable || release.tailor_made.is_some() {
            continue;
        }
        let at = LineHead {
            line: identity.line.clone(),
            sequence: package.manifest.common().sequence,
            feature_level: identity.feature_level,
            security_level: identity.security_level,
        };
        let place = [&product.vendor, &product.name, &identity.scope, &identity.line].map(Clone::clone);
        match lines.get_mut(&place) {
            Some(there) if there.sequence >= at.sequence => {}
            Some(there) => *there = at,
            None => drop(lines.insert(place, at)),
        }
    }
    let head = |([vendor, name, scope, _], at): ([Id; 4], LineHead)| Head { vendor, name, scope, at };
    lines.into_iter().map(head).collect()
}
