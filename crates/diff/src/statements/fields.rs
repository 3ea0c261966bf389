//! Fields that differ between two statements, by their paths.

use pkg_format::Tree;
use std::collections::BTreeMap;

/// A field that differs between two statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its path: `release.version`, `defaults[telnet].direction`. An entry of a list is named by its `id`, `component`
    /// or `scope`, else by its index.
    pub path: String,
    /// The old value; `None` if only the new statement has the field.
    pub old: Option<Tree>,
    /// The new value; `None` if only the old statement has the field.
    pub new: Option<Tree>,
}

/// Lists that [`super::StatementDifference`] compares entry by entry.
const BY_ENTRY: [&str; 3] = ["fixes", "changes", "images"];

/// Fields that name the entries of a list.
const NAMES: [&str; 3] = ["id", "component", "scope"];

/// Every field that differs, in the order of the paths; `fixes`, `changes` and `images` are left out.
pub fn fields(old: &Tree, new: &Tree) -> Vec<Field> {
    let (mut olds, mut news) = (BTreeMap::new(), BTreeMap::new());
    flatten(old, String::new(), &mut olds);
    flatten(new, String::new(), &mut news);
    let mut fields = Vec::new();
    for (path, value) in &olds {
        if news.get(path) != Some(value) {
            let new = news.get(path).map(|v| (*v).clone());
            fields.push(Field { path: path.clone(), old: Some((*value).clone()), new });
        }
    }
    let added = news.into_iter().filter(|(path, _)| !olds.contains_key(path));
    fields.extend(added.map(|(path, value)| Field { path, old: None, new: Some(value.clone()) }));
    fields.sort_by(|a, b| a.path.cmp(&b.path));
    fields
}

/// Takes a value apart into those that have no parts. A list of plain values is one value.
fn flatten<'t>(tree: &'t Tree, path: String, out: &mut BTreeMap<String, &'t Tree>) {
    match tree {
        Tree::Map(map) => {
            for (key, value) in map {
                if path.is_empty() && BY_ENTRY.contains(&key.as_str()) {
                    continue;
                }
                let dot = if path.is_empty() { "" } else { "." };
                flatten(value, format!("{path}{dot}{key}"), out);
            }
        }
        Tree::List(list) if list.iter().any(|t| matches!(t, Tree::Map(_))) => {
            for (i, value) in list.iter().enumerate() {
                let name = NAMES.iter().find_map(|name| match value.get(name) {
                    Some(Tree::Text(text)) => Some(text.clone()),
                    _ => None,
                });
                let mut at = format!("{path}[{}]", name.unwrap_or_else(|| i.to_string()));
                // Two entries of one name, such as statuses of one vulnerability.
                if out.keys().any(|known| known.starts_with(&at)) {
                    at = format!("{at}[{i}]");
                }
                flatten(value, at, out);
            }
        }
        value => {
            out.insert(path, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, Tree)]) -> Tree {
        Tree::Map(entries.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect())
    }

    #[test]
    fn fields_are_found_by_their_paths() {
        let entry = |id: &str, level| map(&[("id", Tree::text(id)), ("level", Tree::Uint(level))]);
        let old = map(&[
            ("cost", Tree::text("free")),
            ("defaults", Tree::List(vec![entry("telnet", 1), entry("ssh", 2)])),
            ("fixes", Tree::List(vec![entry("CVE-2026-1", 1)])),
            ("gone", Tree::Bool(true)),
        ]);
        let new = map(&[
            ("cost", Tree::text("paid")),
            ("defaults", Tree::List(vec![entry("ssh", 2), entry("telnet", 3)])),
            ("fixes", Tree::List(vec![])),
            ("new", map(&[("inner", Tree::List(vec![Tree::Uint(1), Tree::Uint(2)]))])),
        ]);
        let found = fields(&old, &new);
        let paths: Vec<_> = found.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["cost", "defaults[telnet].level", "gone", "new.inner"]);
        assert_eq!((&found[0].old, &found[0].new), (&Some(Tree::text("free")), &Some(Tree::text("paid"))));
        assert_eq!((&found[2].new, &found[3].old), (&None, &None));
        assert_eq!(fields(&old, &old), []);
    }
}
