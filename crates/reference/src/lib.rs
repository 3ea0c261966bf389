//! Describes the keys of files that people write in TOML.
//!
//! The crate that reads a file has the table of its keys ([`File`]). This crate defines what such a table says. The
//! reference and the schemas for editors are made from these tables by `pkg schema`.
//!
//! ```
//! use pkg_reference::{Keys, Kind, key};
//!
//! const KEYS: Keys = &[key("line", Kind::Text, "The line of development.").required().eg("\"1.4\"")];
//! assert_eq!(KEYS[0].example, "\"1.4\"");
//! ```

mod key;
mod sample;

pub use key::{Absent, File, Key, Keys, Kind, key, words};
pub use sample::{Sample, disagreement, samples};
