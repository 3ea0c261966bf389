//! The repository agrees with itself: crates, licences, generated files and references.

mod architecture;
mod circles;
mod generated;
mod links;
mod spec;
