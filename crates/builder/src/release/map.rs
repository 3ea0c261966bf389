//! Maps of a manifest under construction.

use pkg_format::Tree;

/// A map under construction.
pub(super) type Map = Vec<(String, Tree)>;

/// Adds a field.
pub(super) fn put(map: &mut Map, key: &str, value: Tree) {
    map.push((key.to_owned(), value));
}

/// Whether a field is there.
pub(super) fn has(map: &Map, key: &str) -> bool {
    map.iter().any(|(k, _)| k == key)
}

/// Writes a default out.
pub(super) fn default(map: &mut Map, key: &str, value: Tree) {
    if !has(map, key) {
        put(map, key, value);
    }
}

/// The entries of a list in a map, which is made where it is missing.
pub(super) fn list_in<'t>(map: &'t mut Map, key: &str) -> Option<&'t mut Vec<Tree>> {
    default(map, key, Tree::List(Vec::new()));
    map.iter_mut().find(|(k, _)| k == key).and_then(|(_, tree)| match tree {
        Tree::List(list) => Some(list),
        _ => None,
    })
}
