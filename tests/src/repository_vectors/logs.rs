//! Logs that are read: pages, newest first, and the head that names them.

use super::{Set, Vector};
use crate::Fake;
use crate::fake::path::{self, list, num};
use crate::heads::{entry, log, page};
use pkg_format::repository::{Entry, Page, TreeHead};
use pkg_format::{Digest, Rule, Tree, limits};

fn vector(what: &str, named: TreeHead, pages: Vec<Vec<u8>>, expect: Result<(), Rule>) -> Vector {
    let fields = vec![("size", named.size.to_string()), ("root", named.root.to_string())];
    let parts = pages.into_iter().map(|bytes| ("page", bytes)).collect();
    Vector { description: what.into(), check: "log", expect, fields, parts }
}

fn earlier(mut vector: Vector, earlier: TreeHead) -> Vector {
    let fields = [("earlier-size", earlier.size.to_string()), ("earlier-root", earlier.root.to_string())];
    vector.fields.extend(fields);
    vector
}

fn bytes(page: &Page) -> Vec<u8> {
    page.to_tree().to_bytes()
}

/// Five entries: one of each kind, and one that is signed again.
fn entries() -> Vec<Entry> {
    let fakes = [Fake::security(), Fake::notice(), Fake::withdrawal(), Fake::acknowledgement()];
    let mut entries: Vec<_> = fakes.iter().map(entry).collect();
    entries.push(Entry { object: None, ..entries[1].clone() });
    entries
}

pub(super) fn add(set: &mut Set) {
    let all = entries();
    let named = log(&all);
    let pages = || vec![page(&all, 3), page(&all[..3], 1), page(&all[..1], 0)];
    let encoded = |pages: &[Page]| pages.iter().map(bytes).collect::<Vec<_>>();
    set.add("pages", vector("Five entries in three pages.", named, encoded(&pages()), Ok(())));
    set.add("page", vector("Five entries in one page.", named, vec![bytes(&page(&all, 0))], Ok(())));
    set.add("empty", vector("A log without entries.", log(&[]), Vec::new(), Ok(())));
    let whole = vector("It contains the log of an earlier head.", named, encoded(&pages()), Ok(()));
    set.add("grown", earlier(whole, log(&all[..2])));
    places(set, &all, &pages());
    shape(set, &all);
}

/// Pages that are not where they should be.
fn places(set: &mut Set, all: &[Entry], pages: &[Page]) {
    let named = log(all);
    let with = |edit: &dyn Fn(&mut Vec<Page>)| {
        let mut pages = pages.to_vec();
        edit(&mut pages);
        pages.iter().map(bytes).collect::<Vec<_>>()
    };
    let mut put = |rule, name: &str, what: &str, pages| set.add(name, vector(what, named, pages, Err(rule)));
    put(
        Rule::Rep5,
        "left-out",
        "An entry of the first page is left out.",
        with(&|p| drop(p[1].entries.pop())),
    );
    put(Rule::Rep5, "more", "An entry more.", with(&|p| p[1].entries.push(all[0].clone())));
    put(Rule::Rep5, "swapped", "Two entries swapped.", with(&|p| p[1].entries.swap(0, 1)));
    put(Rule::Rep5, "changed", "An entry changed.", with(&|p| p[2].entries[0].sequence += 1));
    put(Rule::Rep5, "unlinked", "A page that says it is the first.", with(&|p| p[1].after = None));
    put(Rule::Rep5, "order", "Pages in another order.", with(&|p| p.swap(0, 1)));
    let other = TreeHead { size: 1, root: Digest::of(b"another log") };
    put(
        Rule::Rep5,
        "after",
        "A page after another log of the same size.",
        with(&|p| p[1].after = Some(other)),
    );
    let longer = vector("A log longer than its head says.", log(&all[..4]), with(&|_| ()), Err(Rule::Rep5));
    set.add("longer", longer);
    let root = TreeHead { root: Digest::of(b"another root"), ..named };
    set.add("root", vector("A head that names another root.", root, with(&|_| ()), Err(Rule::Rep5)));
    let grown = |what: &str| vector(what, named, with(&|_| ()), Err(Rule::Rep6));
    set.add("other", earlier(grown("It does not contain the earlier log."), other));
    let shorter = TreeHead { size: 6, root: named.root };
    set.add("shorter", earlier(grown("It is shorter than the earlier log."), shorter));
}

/// Pages that are at fault themselves.
fn shape(set: &mut Set, all: &[Entry]) {
    let named = log(all);
    let tree = page(all, 3).to_tree();
    let mut put = |rule, name: &str, what: &str, bytes: Vec<u8>| {
        set.add(name, vector(what, named, vec![bytes], Err(rule)));
    };
    let with = |place: &str, value: Tree| {
        let mut tree = tree.clone();
        path::set(&mut tree, place, value);
        tree.to_bytes()
    };
    let without = |place: &str| {
        let mut tree = tree.clone();
        path::remove(&mut tree, place);
        tree.to_bytes()
    };
    put(Rule::Man1, "page-format", "A page without a format.", without("format"));
    put(Rule::Man1, "page-entries", "A page without entries.", without("entries"));
    put(Rule::Man1, "page-size", "A page after a log without a size.", without("after.size"));
    put(Rule::Man8, "page-format", "A page of another format version.", with("format", num(2)));
    put(Rule::Man9, "page-entries", "A page with an empty list.", with("entries", list([])));
    put(Rule::Man2, "page-more", "A field that nobody knows.", with("more", num(1)));
    put(Rule::Man3, "page-after", "A number as the log before.", with("after", num(3)));
    put(Rule::Man5, "page-after", "A page after an empty log.", {
        let nothing = path::map([("size", num(0)), ("root", Tree::Bytes(log(&[]).root.0.to_vec()))]);
        with("after", nothing)
    });
    let many = Page { after: None, entries: vec![all[4].clone(); limits::PAGE + 1] };
    put(Rule::Man5, "page-many", "A page of 1,025 entries.", bytes(&many));
    put(Rule::Man1, "page-object", "An entry with a part of a package.", without("entries[0].front"));
    put(Rule::Cbr10, "page-behind", "A byte after the page.", [tree.to_bytes(), vec![0]].concat());
    put(Rule::Cbr1, "page-none", "A page without a byte.", Vec::new());
}
