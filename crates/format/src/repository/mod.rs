//! A repository: which packages of a product exist, as signed statements beside static files (SPEC, appendix C).
//!
//! [`Entry`] names one manifest and where its package is. The entries of one product and channel are a log that
//! only grows; [`TreeHead`] is its size and the Merkle root over all of it. [`Head`] is the statement that a
//! repository signs about its log; [`Page`] is the file with the entries of one publication.
//!
//! ```
//! use pkg_format::repository::{MerkleTree, Page, TreeHead};
//!
//! // The root of nothing, and of pages that follow each other.
//! let mut tree = MerkleTree::default();
//! assert_eq!(tree.head(), TreeHead::EMPTY);
//! tree.push(b"an entry");
//! assert_eq!(tree.head().size, 1);
//! assert!(Page::decode(b"no page").is_err());
//! ```

mod entry;
mod head;
mod merkle;
mod page;
pub mod paths;

pub use entry::{Entry, Listed, ListedRelease, Object};
pub use head::{Head, LogName};
pub use merkle::{MerkleTree, TreeHead};
pub use page::Page;
