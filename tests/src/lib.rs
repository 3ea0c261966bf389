//! Support for tests: packages that are valid but for one thing.
//!
//! * [`fake`] makes small packages from CBOR trees, byte by byte and without the build crate, so
//!   that a test can say "a valid package, minus one thing" and name the rule it must break.
//! * [`heads`] are logs and heads of repositories.
//! * [`keys`], [`keyrings`] and [`device`] are what such packages are judged with.
//! * [`container`] and [`cose`] let a test alter what no builder would write.
//! * [`vectors`] is the list behind `format-spec/vectors/`; [`vector_file`] is their file format.
//! * [`run`] takes a package through the verifier, both ways, and tells what came of it.
//! * [`project`] is a folder as a maker has it: release descriptions, images, keys.
//! * [`delta_vectors`] are deltas with one fault each, and some without.
//! * [`repository_vectors`] is the list behind `format-spec/repository-vectors/`.
//! * [`rotations`] is the list behind `format-spec/keyring-vectors/`.
//! * [`advisories`] are manifests that are hard to tell as CSAF.
//! * [`mirror`] is a repository in memory.
//! * [`tool`] finds and runs the binary `pkg`; [`longer`] says how long a search is.
//!
//! Everything here is deterministic and panics when it is used wrongly, as tests should.

pub mod advisories;
pub mod container;
mod content;
pub mod cose;
pub mod delta_vectors;
pub mod device;
pub mod fake;
pub mod heads;
pub mod keyrings;
pub mod keys;
pub mod longer;
pub mod mirror;
pub mod project;
pub mod repository_vectors;
pub mod rotations;
pub mod run;
pub mod tool;
pub mod vector_file;
pub mod vectors;

pub use fake::Fake;
