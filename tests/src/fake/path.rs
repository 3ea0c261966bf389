//! Places in a tree: `fixes[0].severity`.

use pkg_format::Tree;

/// One step down.
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

fn steps(path: &str) -> Vec<Step<'_>> {
    path.split('.')
        .flat_map(|part| {
            let mut pieces = part.split('[');
            let key = pieces.next().filter(|k| !k.is_empty()).map(Step::Key);
            key.into_iter().chain(pieces.map(|i| {
                let number = i.strip_suffix(']').and_then(|n| n.parse().ok());
                Step::Index(number.unwrap_or_else(|| panic!("bad path {path}")))
            }))
        })
        .collect()
}

fn down<'t>(tree: &'t mut Tree, step: &Step<'_>, path: &str) -> &'t mut Tree {
    match (tree, step) {
        (Tree::Map(entries), Step::Key(key)) => {
            &mut entries.iter_mut().find(|(k, _)| k == key).unwrap_or_else(|| panic!("{path}: no {key}")).1
        }
        (Tree::List(list), Step::Index(i)) => {
            list.get_mut(*i).unwrap_or_else(|| panic!("{path}: no entry {i}"))
        }
        _ => panic!("{path} does not lead anywhere"),
    }
}

/// The value at `path`, which must be there.
pub fn at<'t>(tree: &'t mut Tree, path: &str) -> &'t mut Tree {
    steps(path).iter().fold(tree, |tree, step| down(tree, step, path))
}

/// Puts a value at `path`; the last key need not be there yet.
pub fn set(tree: &mut Tree, path: &str, value: Tree) {
    let mut way = steps(path);
    let last = way.pop().expect("a path");
    let parent = way.iter().fold(tree, |tree, step| down(tree, step, path));
    match (parent, last) {
        (Tree::Map(entries), Step::Key(key)) => match entries.iter_mut().find(|(k, _)| k == key) {
            Some((_, there)) => *there = value,
            None => entries.push((key.into(), value)),
        },
        (Tree::List(list), Step::Index(i)) if i == list.len() => list.push(value),
        (parent, last) => *down(parent, &last, path) = value,
    }
}

/// Takes the value at `path` away; it must be there.
pub fn remove(tree: &mut Tree, path: &str) -> Tree {
    let mut way = steps(path);
    let last = way.pop().expect("a path");
    let parent = way.iter().fold(tree, |tree, step| down(tree, step, path));
    match (parent, last) {
        (Tree::Map(entries), Step::Key(key)) => {
            let place = entries.iter().position(|(k, _)| k == key);
            entries.remove(place.unwrap_or_else(|| panic!("{path}: not there"))).1
        }
        (Tree::List(list), Step::Index(i)) => list.remove(i),
        _ => panic!("{path} does not lead anywhere"),
    }
}

/// A map.
pub fn map<const N: usize>(entries: [(&str, Tree); N]) -> Tree {
    Tree::Map(entries.map(|(k, v)| (k.to_owned(), v)).to_vec())
}

/// A list.
pub fn list<const N: usize>(entries: [Tree; N]) -> Tree {
    Tree::List(entries.to_vec())
}

/// A text.
pub fn text(text: &str) -> Tree {
    Tree::text(text)
}

/// A text in English.
pub fn en(english: &str) -> Tree {
    map([("en", text(english))])
}

/// A number.
pub fn num(n: u64) -> Tree {
    Tree::Uint(n)
}

/// A digest.
pub fn digest(of: &[u8]) -> Tree {
    Tree::Bytes(pkg_format::Digest::of(of).0.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_places() {
        let mut tree = map([("a", list([map([("b-c", num(1))]), num(2)]))]);
        set(&mut tree, "a[0].b-c", num(3));
        set(&mut tree, "a[0].d", num(4));
        set(&mut tree, "a[2]", num(5));
        assert_eq!(remove(&mut tree, "a[1]"), num(2));
        assert_eq!(tree, map([("a", list([map([("b-c", num(3)), ("d", num(4))]), num(5)]))]));
        assert_eq!(at(&mut tree, "a[1]"), &num(5));
    }
}
