//! From a release description to signed packages; keys, signers and keyrings.
//!
//! Nothing here prints, reads the clock or the environment: the caller hands in the date of issue,
//! the keys and the folders. What is built is checked by the verifier library before it is kept.
//!
//! ```
//! use pkg_builder::Description;
//!
//! // Every fault is reported; a value of the wrong type is pointed at.
//! let read = Description::read("[release]\nversion = 1", std::path::Path::new("."), &[]);
//! let Err(error) = read else { unreachable!() };
//! let wrong = error.faults().iter().find(|fault| fault.to_string().contains("found a number"));
//! assert_eq!(wrong.and_then(|fault| fault.place()).map(|place| place.range.clone()), Some(20..21));
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod base;
mod build;
mod built;
mod delta;
mod description;
mod difference;
mod earlier;
mod error;
mod faults;
mod image_file;
pub mod init;
mod input;
pub mod keyring;
pub mod keys;
mod level;
mod options;
mod package;
mod patch;
mod payload;
mod place;
mod release;
mod release_description;
mod replace;
pub mod repository;
mod seal;
mod secrets;
mod self_check;
mod separation;
mod signable;
pub mod signing;
mod unattributed_changes;
mod unpack;
mod warning;

pub use built::{Built, PackageOutcome};
pub use delta::delta;
pub use description::NO_REFERENCE;
pub use description::REFERENCE;
pub use earlier::{Subject, SubjectRelease};
pub use error::{Error, KeyError, Result, There};
pub use level::Level;
pub use options::{BuildOptions, PackageOptions};
pub use patch::make_patch;
pub use pkg_codec::delta::EncodeOptions;
pub use pkg_diff::UnattributedChanges;
pub use place::{Included, Place};
pub use release::checks::NO_IMAGE;
pub use release::let_in::NOT_LET_IN;
pub use release_description::{Checked, Description, full_package_name};
pub use replace::Replace;
pub use separation::Separation;
pub use signable::Signable;
pub use warning::{Before, Warning};
