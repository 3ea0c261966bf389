//! Two packages compared: what their statements say, what their SBOMs list, what their images hold, and which changes
//! no fix accounts for.
//!
//! ```
//! use pkg_diff::{CompareOptions, ImageFinding, Package, compare};
//! use pkg_verify::Policy;
//! # let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/golden/format-1");
//! # let golden = std::path::Path::new(golden);
//! # let (old, new) = (golden.join("cam-x1-1.4.2.full.pkg"), golden.join("cam-x1-1.4.3.full.pkg"));
//!
//! // These packages are not verified. With a keyring it would be `.verify(&keyring, &policy)?.into()`.
//! let open = |path: &std::path::Path| -> Result<_, Box<dyn std::error::Error>> {
//!     let preview = pkg_verify::open(std::fs::File::open(path)?)?.danger_preview_unverified(&Policy::default())?;
//!     Ok(Package { path: path.into(), preview, bases: Vec::new() })
//! };
//! let options = CompareOptions {
//!     jobs: std::num::NonZeroUsize::MIN,
//!     scratch: &std::env::temp_dir(),
//!     interrupted: &Default::default(),
//! };
//! let difference = compare(open(&old)?, open(&new)?, &options)?;
//!
//! println!("{} to {}", difference.old.name(), difference.new.name());
//! for fix in difference.statements().fixes.new {
//!     println!("fixes {}", fix.id);
//! }
//! for image in &difference.images {
//!     match (&image.found, image.unexplained()) {
//!         (ImageFinding::Same, _) => println!("{}: the same bytes", image.component),
//!         (_, Some(why)) => println!("{}: nobody can say what changed, because {why}", image.component),
//!         (found, None) => println!("{}: {found:?}", image.component),
//!     }
//! }
//! # assert_eq!(difference.new.name(), "1.4.3");
//! # assert!(!difference.statements().fixes.new.is_empty() && difference.unattributed.is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Attribution`] finds the changes that no fix touches; the builder uses it on images that are in no package yet.

mod compare;
mod contents;
mod error;
mod images;
mod options;
mod side;
pub mod statements;
mod unattributed;

pub use compare::{PackageDifference, compare};
pub use contents::{ImageContents, contents};
pub use error::Error;
pub use images::{ImageDifference, ImageFinding, NotListed};
pub use options::CompareOptions;
pub use side::{Package, Side};
pub use unattributed::{Attribution, UnattributedChanges, UnattributedFile};
