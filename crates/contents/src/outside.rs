//! Which differences nothing speaks for.

use crate::difference::Change;

/// The changes that `covers` does not speak for. A directory that came or went is
/// left to what came or went in it.
pub fn outside<'c>(changes: &'c [Change], covers: &dyn Fn(&Change) -> bool) -> Vec<&'c Change> {
    let holds = |at: usize, change: &Change| {
        let below = format!("{}/", change.path());
        let next = changes.get(at.saturating_add(1)..).unwrap_or_default();
        // Sorted by path: `a-b` stands between `a` and `a/c`.
        let mut near = next.iter().take_while(|c| c.path().starts_with(change.path()));
        near.any(|c| c.as_str() == change.as_str() && c.path().starts_with(&below))
    };
    let spoken_for = |at: usize, change: &Change| {
        change.kind() == crate::Kind::Directory && !matches!(change, Change::Changed(..)) && holds(at, change)
    };
    let all = changes.iter().enumerate();
    all.filter(|(at, c)| !covers(c) && !spoken_for(*at, c)).map(|(_, c)| c).collect()
}
