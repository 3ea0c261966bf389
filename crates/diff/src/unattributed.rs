//! Unattributed changes: what changed in the images of a security release that no fix touches (SPEC 7.9).

use pkg_contents::{Change, Entry, Inside, Kind, Listing};
use pkg_format::manifest::{Fix, Release, Security};
use pkg_format::touches::{Pattern, covers_everything};
use std::fmt;

/// What changed in the images of a security release that no fix touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnattributedChanges {
    /// How many files changed, touched by a fix or not. An image that only one side has counts as one file.
    pub changed: usize,
    /// The changed files that no fix touches.
    pub files: Vec<UnattributedFile>,
    /// Images that differ without a difference that was found, and that no fix names as a whole: component and why.
    pub unexplained: Vec<(String, String)>,
    /// Components of which the fixes say that they touch every file, changed or not.
    pub everything: Vec<String>,
    /// How many fixes the new release adds.
    pub fixes: usize,
    /// The ids of those that do not say what they touch.
    pub without_touches: Vec<String>,
}

/// A changed file that no fix touches. As text: `~ rootfs: usr/bin/tool`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnattributedFile {
    /// The component in whose image it is.
    pub component: String,
    /// `+` added, `-` removed, `~` changed.
    pub sign: char,
    /// Its path; `None` for the image as a whole, which only one side has.
    pub path: Option<String>,
}

impl UnattributedFile {
    /// The entry of `touches` that names it: `rootfs:/usr/bin/tool`, or `rootfs:**` for the image as a whole.
    pub fn touches(&self) -> String {
        match &self.path {
            Some(path) => format!("{}:/{path}", self.component),
            None => format!("{}:**", self.component),
        }
    }
}

impl fmt::Display for UnattributedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.sign, self.component, self.path.as_deref().unwrap_or("the whole image"))
    }
}

impl UnattributedChanges {
    /// Whether there is nothing to tell anybody.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.unexplained.is_empty() && self.everything.is_empty()
    }

    /// Whether any of the added fixes says what it touches.
    pub fn has_touches(&self) -> bool {
        self.without_touches.len() < self.fixes
    }
}

/// Looks for unattributed changes, image by image.
pub struct Attribution<'r> {
    patterns: Vec<Pattern<'r>>,
    found: UnattributedChanges,
}

impl<'r> Attribution<'r> {
    /// Begins with the fixes of a release that came in after security level `since`.
    pub fn new(release: &'r Release, security: &'r Security, since: u64) -> Self {
        let components: Vec<_> = release.images.iter().map(|i| i.component.as_str()).collect();
        let fixes: Vec<&Fix> = security.fixes.iter().filter(|f| f.level > since).collect();
        let touches = fixes.iter().flat_map(|f| &f.touches);
        let silent = fixes.iter().filter(|f| f.touches.is_empty());
        Attribution {
            patterns: touches.map(|t| Pattern::new(t.as_str(), &components)).collect(),
            found: UnattributedChanges {
                changed: 0,
                files: Vec::new(),
                unexplained: Vec::new(),
                everything: Vec::new(),
                fixes: fixes.len(),
                without_touches: silent.map(|f| f.id.to_string()).collect(),
            },
        }
    }

    /// Whether a fix names the image of this component as a whole.
    pub fn names(&self, component: &str) -> bool {
        self.patterns.iter().any(|p| p.names(component))
    }

    /// Adds an image that only one side has: `+` if that is the new one, `-` if it is the old one.
    pub fn one_sided(&mut self, component: &str, sign: char) {
        self.found.changed += 1;
        if !self.names(component) {
            let component = component.to_owned();
            self.found.files.push(UnattributedFile { component, sign, path: None });
        }
    }

    /// Adds an image that differs without a difference that was found, and why.
    pub fn unexplained(&mut self, component: &str, why: String) {
        match self.names(component) {
            true => self.found.changed += 1,
            false => self.found.unexplained.push((component.to_owned(), why)),
        }
    }

    /// Adds an image whose bytes differ, and how. With the listing of the new image, patterns that cover all its files
    /// one by one are found to touch everything, too.
    pub fn compared(&mut self, component: &str, inside: &Inside, new: Option<&Listing>) {
        let changes = match inside {
            Inside::Files(changes) => changes,
            Inside::Unexplained(why) => return self.unexplained(component, why.clone()),
        };
        self.found.changed += changes.len();
        let file = |c: &Change| UnattributedFile {
            component: component.to_owned(),
            sign: c.sign(),
            path: Some(c.path().to_owned()),
        };
        let files: Vec<_> = self.untouched(component, changes).into_iter().map(file).collect();
        self.found.files.extend(files);
        let every_file = |listing: &Listing| {
            let covered = |e: &Entry| self.patterns.iter().any(|p| p.covers(component, &e.path));
            let mut files = listing.entries.iter().filter(|e| e.kind == Kind::File);
            files.clone().count() > changes.len().saturating_add(1) && files.all(covered)
        };
        if covers_everything(&self.patterns, component) || new.is_some_and(every_file) {
            self.found.everything.push(component.to_owned());
        }
    }

    /// What was found in all images.
    pub fn finish(self) -> UnattributedChanges {
        self.found
    }

    /// The changes that no fix touches. A directory that came or went is left to what came or went in it.
    fn untouched<'c>(&self, component: &str, changes: &'c [Change]) -> Vec<&'c Change> {
        let covers = |c: &Change| {
            self.patterns.iter().any(|p| p.covers_change(component, c.path(), c.kind().must_be_named()))
        };
        let holds = |at: usize, change: &Change| {
            let below = format!("{}/", change.path());
            let next = changes.get(at.saturating_add(1)..).unwrap_or_default();
            // Sorted by path: `a-b` stands between `a` and `a/c`.
            let mut near = next.iter().take_while(|c| c.path().starts_with(change.path()));
            near.any(|c| c.as_str() == change.as_str() && c.path().starts_with(&below))
        };
        let is_told_by_files = |at: usize, change: &Change| {
            change.kind() == Kind::Directory && !matches!(change, Change::Changed(..)) && holds(at, change)
        };
        let all = changes.iter().enumerate();
        all.filter(|(at, c)| !covers(c) && !is_told_by_files(*at, c)).map(|(_, c)| c).collect()
    }
}
