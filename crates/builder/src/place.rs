//! Where in the files of a description something is written.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// A place in the description, or in a file that it includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The included file; `None` for the description itself.
    pub file: Option<Arc<Included>>,
    /// The byte range of its text.
    pub range: Range<usize>,
}

/// A file that a description includes.
#[derive(Debug, PartialEq, Eq)]
pub struct Included {
    /// The folder of the description, and the name that the description has for the file.
    pub path: PathBuf,
    /// Its text, without a byte order mark, and with LF line ends.
    pub text: String,
}

impl From<Range<usize>> for Place {
    /// A place in the description itself.
    fn from(range: Range<usize>) -> Place {
        Place { file: None, range }
    }
}
