//! Thresholds that cannot be met although the keyring is valid: for a product, a channel or a scope, fewer keys may
//! sign than the threshold requires.

use pkg_format::cose::Algorithm;
use pkg_format::keyring::{Asked, Place, ProductName};
use pkg_format::manifest::Channel;
use pkg_format::{Id, KeyringStatement};
use std::collections::BTreeSet;

/// One line for each such threshold.
pub(super) fn unmet(keyring: &KeyringStatement) -> Vec<String> {
    let products: BTreeSet<&ProductName> = keyring.keys.iter().flat_map(|k| &k.products).collect();
    // None stands for every product that no key is limited to.
    let products: Vec<_> = products.into_iter().map(Some).chain([None]).collect();
    let scopes: BTreeSet<&Id> = keyring.keys.iter().flat_map(|k| &k.scopes).collect();
    let scopes: Vec<_> = scopes.into_iter().map(Some).chain([None]).collect();
    let asked = |asked| {
        let [ed25519, ml_dsa] = [keyring.threshold(asked), keyring.post_quantum_threshold(asked)];
        [(Algorithm::Ed25519, ed25519, "keys"), (Algorithm::MlDsa65, ml_dsa, "ML-DSA-65 keys")]
    };
    let mut lines = Vec::new();
    for what in Asked::ALL {
        // Security exceptions are listed only if their threshold is different.
        if *what == Asked::SecurityException && asked(*what) == asked(Asked::Security) {
            continue;
        }
        for (alg, needed, keys) in asked(*what) {
            for product in &products {
                let short_on = |channel: &&Channel| {
                    let at = |scope| Place { channel: **channel, scope };
                    scopes.iter().any(|s| falls_short(keyring, *what, alg, needed, *product, at(*s)))
                };
                let short: Vec<_> = Channel::ALL.iter().filter(short_on).collect();
                let whose = product.map_or("other products".into(), |p| format!("{}/{}", p.vendor, p.name));
                let line = format!("{} needs {needed} {keys}, but fewer may sign for {whose}", what.as_str());
                match short[..] {
                    [] => {}
                    [channel] => lines.push(format!("{line}, {}", channel.as_str())),
                    _ => lines.push(line),
                }
            }
        }
    }
    lines
}

/// Where no key may sign at all, that is what bindings are for.
fn falls_short(
    keyring: &KeyringStatement,
    what: Asked,
    alg: Algorithm,
    needed: u64,
    product: Option<&ProductName>,
    place: Place<'_>,
) -> bool {
    // A notice or a withdrawal has no channel and no scope.
    let place = (!matches!(what, Asked::Notice | Asked::Withdrawal)).then_some(place);
    let product = product.map(|p| (&p.vendor, &p.name));
    let able: Vec<_> = keyring.keys.iter().filter(|k| k.may_sign(what.role(), product, place)).collect();
    let count = able.iter().filter(|k| k.alg == alg).count();
    !able.is_empty() && u64::try_from(count).is_ok_and(|n| n < needed)
}
