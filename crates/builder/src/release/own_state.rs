//! `self` in a description: the state that the release itself leads into. It is known once the images are.

use super::draft::as_set;
use crate::description::table::OWN;
use pkg_format::cbor::Wire;
use pkg_format::{Digest, Id, Refusal, Rule, Tree, state};

/// Where `self` may be.
const PLACES: [(&str, &str); 3] =
    [("statuses", "states"), ("remediations", "states"), ("remediations", "release")];

/// Replaces `self` by the digest of the state. What is no release, or lacks a field, stays as it is: the reader of
/// manifests refuses it.
pub(crate) fn fill(tree: &mut Tree) {
    let Some(own) = digest(tree).map(|digest| digest.encode()) else { return };
    let Tree::Map(fields) = tree else { return };
    for (list, key) in PLACES {
        let Some((_, Tree::List(entries))) = fields.iter_mut().find(|(k, _)| k == list) else { continue };
        for entry in entries {
            let Tree::Map(entry) = entry else { continue };
            match entry.iter_mut().find(|(k, _)| k == key).map(|(_, value)| value) {
                Some(Tree::List(states)) if states.contains(&Tree::text(OWN)) => {
                    let named = states.iter().filter(|s| **s != Tree::text(OWN)).cloned();
                    let all = named.chain([own.clone()]).collect();
                    let Tree::List(all) = as_set(all) else { continue };
                    *states = all;
                }
                Some(value) if *value == Tree::text(OWN) => *value = own.clone(),
                _ => {}
            }
        }
    }
}

/// Refuses a `self` that is left, because there is no such state or it has no place there.
pub(crate) fn refuse(tree: &Tree) -> Result<(), Refusal> {
    match tree {
        Tree::List(list) => {
            list.iter().enumerate().try_for_each(|(i, t)| refuse(t).map_err(|e| e.at_index(i)))
        }
        Tree::Map(map) => map.iter().try_for_each(|(key, value)| {
            let states = match value {
                Tree::List(list) if STATES.contains(&key.as_str()) => list.as_slice(),
                _ => return refuse(value).map_err(|e| e.within(key)),
            };
            match states.iter().position(|state| *state == Tree::text(OWN)) {
                None => Ok(()),
                Some(i) => {
                    let why =
                        "only a status or a remediation of a release names the state that it leads into";
                    Err(Refusal::new(Rule::Man3, why).at_index(i).within(key))
                }
            }
        }),
        _ => Ok(()),
    }
}

/// Lists of states.
const STATES: [&str; 6] = ["states", "affected", "applies-to", "separately-in", "supersedes", "withdraws"];

fn digest(tree: &Tree) -> Option<Digest> {
    let text = |tree: &Tree, key: &str| match tree.get(key) {
        Some(Tree::Text(text)) => Id::new(text).ok(),
        _ => None,
    };
    let (product, release) = (tree.get("product")?, tree.get("release")?);
    let (vendor, name, scope) = (text(product, "vendor")?, text(product, "name")?, text(release, "scope")?);
    let Some(Tree::List(images)) = tree.get("images") else { return None };
    let image = |image: &Tree| match image.get("sha256") {
        Some(Tree::Bytes(bytes)) => {
            Some((text(image, "component")?, Digest(bytes.as_slice().try_into().ok()?)))
        }
        _ => None,
    };
    let images = images.iter().map(image).collect::<Option<Vec<_>>>()?;
    Some(state::digest(&vendor, &name, &scope, images.iter().map(|(component, sha256)| (component, *sha256))))
}
