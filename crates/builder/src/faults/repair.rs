//! Repairs a statement where it breaks a rule, so that the next fault shows.
//!
//! The reader of manifests stops at the first fault. What is faulty or missing is replaced by the value of an example, and
//! the statement is read again. So no second opinion is needed about what a statement must say.

use crate::description::read::{Source, read_source};
use crate::release::draft::Draft;
use crate::release::prior::PriorPackages;
use crate::release::statement::completed;
use pkg_format::{Digest, Tree};
use std::collections::BTreeSet;

/// A step of a path such as `fixes[0].severity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// The steps of a path.
fn steps(path: &str) -> Vec<Step<'_>> {
    path.split(['.', '['])
        .filter(|part| !part.is_empty())
        .map(|part| match part.strip_suffix(']').and_then(|n| n.parse().ok()) {
            Some(index) => Step::Index(index),
            None => Step::Key(part),
        })
        .collect()
}

/// A path from its steps.
fn path(steps: &[Step<'_>]) -> String {
    let mut out = String::new();
    for step in steps {
        match step {
            Step::Key(key) if out.is_empty() => out.push_str(key),
            Step::Key(key) => out.push_str(&format!(".{key}")),
            Step::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

/// Values that a statement may have.
pub(super) struct Example(Tree);

impl Example {
    /// For a statement of this kind.
    pub(super) fn new(kind: &str) -> Example {
        let text = match kind {
            "release" => include_str!("example/release.toml"),
            _ => include_str!("example/notice.toml"),
        };
        let archive = PriorPackages::none();
        let read = read_source(Source::Own(text)).map(|read| read.table);
        let draft = read.and_then(|table| Draft::new(table, &archive, EXAMPLE_TIME));
        Example(
            draft.map_or_else(|_| Tree::Map(Vec::new()), |draft| completed(&draft, &[(1, Digest([1; 32]))])),
        )
    }

    /// The value at a path. Every entry of a list is like the first, and every language like English.
    fn value(&self, steps: &[Step<'_>]) -> Option<&Tree> {
        steps.iter().try_fold(&self.0, |tree, step| match (step, tree) {
            (Step::Key(key), Tree::Map(_)) => tree.get(key).or_else(|| tree.get("en")),
            (Step::Index(_), Tree::List(list)) => list.first(),
            _ => None,
        })
    }
}

/// A time of issue of the example: 2027-01-15.
const EXAMPLE_TIME: u64 = 1_800_000_000;

/// Sets the value at a path, or removes it. Says whether that changed anything.
fn set(tree: &mut Tree, steps: &[Step<'_>], value: Option<&Tree>) -> bool {
    match (steps, tree) {
        ([Step::Key(key)], Tree::Map(map)) => {
            let before = map.iter().position(|(k, _)| k == key).map(|at| map.remove(at).1);
            if let Some(value) = value {
                map.push(((*key).to_owned(), value.clone()));
            }
            before.as_ref() != value
        }
        ([Step::Index(index)], Tree::List(list)) => match (list.get_mut(*index), value) {
            (Some(there), Some(value)) => {
                // Two entries with one id would be a fault of their own.
                let id = there.get("id").cloned();
                let mut value = value.clone();
                if let (Some(id @ Tree::Text(_)), Tree::Map(map)) = (id, &mut value) {
                    map.retain(|(k, _)| k != "id");
                    map.push(("id".into(), id));
                }
                let changed = *there != value;
                *there = value;
                changed
            }
            _ => false,
        },
        ([Step::Key(key), rest @ ..], Tree::Map(map)) => {
            map.iter_mut().find(|(k, _)| k == key).is_some_and(|(_, inner)| set(inner, rest, value))
        }
        ([Step::Index(index), rest @ ..], Tree::List(list)) => {
            list.get_mut(*index).is_some_and(|inner| set(inner, rest, value))
        }
        _ => false,
    }
}

/// What was repaired.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repaired {
    /// The path that has another value now, or that is gone.
    pub(super) path: String,
    /// What it is gone from, which may miss it.
    pub(super) gone_from: Option<String>,
}

/// Repairs the field `at`, or what is around it. `done` has the repairs so far: none is tried twice. `None` if nothing is
/// left to repair.
pub(super) fn repair(
    tree: &mut Tree,
    at: &str,
    example: &Example,
    done: &mut BTreeSet<String>,
) -> Option<Repaired> {
    let steps = steps(at);
    for length in (1..=steps.len()).rev() {
        let inner = steps.get(..length)?;
        let name = path(inner);
        let value = example.value(inner);
        if done.insert(name.clone()) && set(tree, inner, value) {
            let around = inner.get(..length.saturating_sub(1)).filter(|_| value.is_none() && length > 1);
            return Some(Repaired { path: name, gone_from: around.map(path) });
        }
    }
    // A field that is refused whatever it says does not belong in this statement.
    let is_new = steps.len() == 1 && done.insert(format!("{at} removed"));
    (is_new && set(tree, &steps, None)).then(|| Repaired { path: at.to_owned(), gone_from: None })
}

/// The statement with a text at `at`, which no field accepts that has a grammar. Its refusal says what is expected.
pub(super) fn with_empty_text(tree: &Tree, at: &str) -> Tree {
    let mut tree = tree.clone();
    set(&mut tree, &steps(at), Some(&Tree::text("")));
    tree
}

#[cfg(test)]
mod tests {
    use super::*;
    use pkg_format::manifest::Manifest;

    #[test]
    fn the_examples_are_statements_but_for_what_only_one_class_has() {
        for (kind, spare) in [
            ("release", vec!["changes", "also-fixes", "latest-only", "tailor-made", "requires", "reopens"]),
            (
                "notice",
                vec![
                    "scope",
                    "withdraws",
                    "corrective",
                    "reason",
                    "cause",
                    "remedy",
                    "approver",
                    "acknowledges",
                ],
            ),
        ] {
            let Example(mut tree) = Example::new(kind);
            for field in spare {
                assert!(set(&mut tree, &[Step::Key(field)], None), "{field}");
            }
            Manifest::decode(&tree.to_bytes()).unwrap_or_else(|e| panic!("{kind}: {e}"));
        }
    }

    #[test]
    fn paths_are_taken_apart_and_put_together() {
        let at = "fixes[12].impact.en";
        assert_eq!(steps(at), [Step::Key("fixes"), Step::Index(12), Step::Key("impact"), Step::Key("en")]);
        assert_eq!(path(&steps(at)), at);
    }

    #[test]
    fn a_repair_is_never_tried_twice() {
        let example = Example::new("release");
        let mut tree = Tree::Map(vec![("fixes".into(), Tree::List(vec![Tree::Map(Vec::new())]))]);
        let mut done = BTreeSet::new();
        let mut repaired = Vec::new();
        while let Some(one) = repair(&mut tree, "fixes[0].severity", &example, &mut done) {
            repaired.push(one.path);
        }
        assert_eq!(repaired, ["fixes[0].severity", "fixes[0]"]);
    }
}
