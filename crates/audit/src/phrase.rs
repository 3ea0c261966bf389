//! Pieces of sentences that findings and reports share.

/// `a, b and c`; of more than eight the first seven, and how many more there are.
pub(crate) fn list(items: &[String]) -> String {
    const SHOWN: usize = 8;
    match items {
        [] => "nothing".into(),
        [one] => one.clone(),
        [most @ .., last] if items.len() <= SHOWN => format!("{} and {last}", most.join(", ")),
        more => format!("{} and {} more", more[..SHOWN - 1].join(", "), more.len() + 1 - SHOWN),
    }
}

/// `stays open` of one item, `stay open` of several.
pub(crate) fn stay_open(items: &[String]) -> &'static str {
    if items.len() == 1 { "stays open" } else { "stay open" }
}

/// `3 releases`, `1 release`.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
