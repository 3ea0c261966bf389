//! Writes repositories of update packages: stores, publishing, refreshing, recovering, checking
//! and mirroring (SPEC, appendix C).
//!
//! A repository is a tree of files. Publishing writes packages first, then pages of the log; creating `heads/N` decides.
//! Whoever comes second reads again, judges again, and goes on with the next number. A process that is killed at any
//! moment leaves the repository as it was before or as it is afterwards.
//!
//! Nothing here prints or reads the clock: the caller hands in the keys and the date of issue.
//!
//! ```
//! use pkg_publish::{Content, Created, FolderStore, Store};
//!
//! let folder = tempfile::tempdir()?;
//! let mut store = FolderStore::new(folder.path());
//! assert_eq!(store.create("keyrings/1", &Content::Bytes(b"one"))?, Created::New);
//! assert_eq!(store.create("keyrings/1", &Content::Bytes(b"two"))?, Created::There);
//! # Ok::<(), std::io::Error>(())
//! ```
#![cfg_attr(
    not(test),
    deny(
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

mod catalogue;
mod check;
mod delta;
mod download;
mod error;
mod farm;
mod files;
mod free;
mod head;
mod keyrings;
mod mirror;
mod options;
mod package;
mod plan;
mod publish;
mod recover;
mod store;

pub use catalogue::{Catalogue, find, logs};
pub use check::{Fault, Report, check};
pub use download::{Wanted, download};
pub use error::{Error, Result};
pub use farm::{Census, DeltaPlan, Stored, Task, has_delta, plan_deltas, upload_delta};
pub use mirror::{Mirrored, mirror};
pub use options::{Judge, Options};
pub use package::{Fronts, Package};
pub use publish::{Outcome, Publication, create, publish, refresh};
pub use recover::{Dropped, Kept, Recovery};
pub use store::{Content, Created, FolderStore, Store};
#[cfg(feature = "s3")]
pub use store::{PART, S3Credentials, S3Error, S3Place, S3Settings, S3Store};
