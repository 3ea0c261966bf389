//! How long a search is: short in the gate, longer when the environment asks for it, as `tests/all` does.

/// The number in the environment variable `name`, or `usual` without one.
pub fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |n| n.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}
