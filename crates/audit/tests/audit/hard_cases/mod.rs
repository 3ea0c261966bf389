//! The hard cases H1 to H24 of separation, each with its expected result.

use crate::history::*;

mod content;
mod ways;

/// 1.4.2, the first release, and 1.5.0, a feature release on it.
fn two_lines() -> Vec<Release> {
    vec![release("1.4.2", "1.4", (1, 1, 1), 0), feature("1.5.0", "1.5", (1, 2, 1), 10, &["1.4.2"])]
}

fn with(mut releases: Vec<Release>, more: impl IntoIterator<Item = Release>) -> Vec<Release> {
    releases.extend(more);
    releases
}
