//! Keeping security releases apart from other changes: what is reported, and whether it is refused (SPEC 7.9).

use pkg_format::Version;

/// What to do about changed files that no fix mentions.
#[derive(Clone, Copy)]
pub struct Separation<'a> {
    /// Refuse the release (SEP-18).
    pub strict: bool,
    /// Called with what was found, if there is anything.
    pub tell: &'a dyn Fn(&UnattributedChanges),
}

impl Default for Separation<'_> {
    /// Refuses nothing and tells nobody.
    fn default() -> Self {
        Separation { strict: false, tell: &|_| () }
    }
}

/// Changes since a base that the fixes do not account for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnattributedChanges {
    /// The version that the images were compared with.
    pub base: Version,
    /// How many files changed in all.
    pub changed: usize,
    /// The files that no fix mentions: `~ rootfs: usr/bin/tool`; `+` added, `-` removed, `~` changed.
    pub files: Vec<String>,
    /// Whether any of the fixes says what it touches.
    pub told: bool,
    /// Images that differ although no differing file was found, and that no fix names: the component, and the reason.
    pub unexplained: Vec<(String, String)>,
    /// Components whose every file the fixes claim to touch, changed or not.
    pub everything: Vec<String>,
}

impl UnattributedChanges {
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.unexplained.is_empty() && self.everything.is_empty()
    }
}
