//! The repository agrees with itself: crates, licences, generated files and references.

mod architecture;
mod generated;
mod spec;
