//! What can go wrong with reading an image.

/// Why an image was not listed. What is wrong with the image itself is no error: see
/// [`crate::Listing::unread`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The image could not be read.
    #[error("{0}")]
    Read(std::io::Error),
    /// A temporary file for what was decompressed could not be written.
    #[error("a temporary file: {0}")]
    Scratch(std::io::Error),
    /// The work was interrupted by its caller.
    #[error("interrupted")]
    Interrupted,
}

/// Why reading stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The command could not do its work.
    Error(Error),
    /// The image is unsound, beyond a limit, or uses what is not read here.
    Unread(String),
}

/// What the readers return.
pub(crate) type Result<T, E = Stop> = std::result::Result<T, E>;

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Error(error)
    }
}

/// Stops: the image is not what it seems.
pub(crate) fn unread<T>(why: impl Into<String>) -> Result<T> {
    Err(Stop::Unread(why.into()))
}

/// The same for what is missing.
pub(crate) trait OrUnread<T> {
    /// The value, or the reason to stop.
    fn or_unread(self, why: &str) -> Result<T>;
}

impl<T> OrUnread<T> for Option<T> {
    fn or_unread(self, why: &str) -> Result<T> {
        self.ok_or_else(|| Stop::Unread(why.into()))
    }
}
