//! A component belongs to one scope (G21): a device declares its scopes once, and refuses a release with a component
//! of another scope.

use crate::finding::Finding;
use crate::scope::Scope;
use pkg_format::{Digest, Rule};
use std::collections::BTreeMap;

/// Fails each scope with a component that another scope already has.
pub(super) fn check(scopes: &[Scope<'_>], findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<&str, (&str, &[Digest])> = BTreeMap::new();
    for scope in scopes {
        for state in &scope.graph.states {
            let name = state.identity.scope.as_str();
            for (component, _) in &state.images {
                let here = (name, state.manifests.as_slice());
                let (other, manifests) = *first.entry(component.as_str()).or_insert(here);
                if other == name {
                    continue;
                }
                let text = format!(
                    "{component} is a component of scope {other} and of scope {name}: a device declares it in one of them and refuses the releases of the other"
                );
                let finding = Finding::fail(Rule::G21, state.identity.version.to_string(), text);
                let by = manifests.iter().chain(&state.manifests).copied();
                findings.push(finding.about(state.digest).by(by));
            }
        }
    }
}
