//! Keeping security releases apart from other changes: what is reported, and whether it is refused (SPEC 7.9).

use pkg_diff::UnattributedChanges;
use pkg_format::Version;

/// What to do about changed files that no fix mentions.
#[derive(Clone, Copy)]
pub struct Separation<'a> {
    /// Refuse the release (SEP-18).
    pub strict: bool,
    /// Called with the version of each base that the release has unattributed changes from, and those changes.
    pub tell: &'a dyn Fn(&Version, &UnattributedChanges),
}

impl Default for Separation<'_> {
    /// Refuses nothing and tells nobody.
    fn default() -> Self {
        Separation { strict: false, tell: &|_, _| () }
    }
}
