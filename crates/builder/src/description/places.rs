//! Finds the line of a description that a field of the manifest comes from.

use crate::place::Place;

/// The places of the keys and values of a description, by path such as `fix[0].severity`.
#[derive(Debug, Default, Clone)]
pub(crate) struct Places(Vec<(String, Place, Place)>);

/// Lists of the manifest and the tables of the description that fill them.
const NAMES: &[(&str, &str)] = &[
    ("images", "image"),
    ("fixes", "fix"),
    ("changes", "change"),
    ("also-fixes", "also-fix"),
    ("statuses", "status"),
    ("remediations", "remediation"),
    ("defaults", "default"),
    ("requires", "require"),
    ("reopens", "reopen"),
    ("acknowledges", "acknowledge"),
];

/// Fields of the manifest that come from a key in a table of the description, unless they are written at the top.
const DERIVED: &[(&str, &str)] = &[
    ("id", "release.version"),
    ("class", "release.class"),
    ("applies-to", "release.applies-to"),
    ("fresh", "release.fresh"),
    ("from", "release.previous"),
    ("sequence", "release.sequence"),
    ("after", "release.known"),
];

impl Places {
    pub(crate) fn add(&mut self, path: &str, key: Place, value: Place) {
        self.0.push((path.to_owned(), key, value));
    }

    pub(crate) fn append(&mut self, mut others: Places) {
        self.0.append(&mut others.0);
    }

    /// Forgets a key or table, but not what is in it.
    pub(crate) fn forget(&mut self, path: &str) {
        self.0.retain(|(p, _, _)| p != path);
    }

    /// Forgets a value and all that is in it.
    pub(crate) fn forget_all(&mut self, path: &str) {
        self.0.retain(|(p, _, _)| p != path && !is_within(p, path));
    }

    /// Whether this key or table is written.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.0.iter().any(|(p, _, _)| p == path)
    }

    /// The key of the description that a field of the manifest comes from, such as `fix[0].severity`.
    pub(crate) fn path_of(&self, field: &str) -> String {
        let end = field.find(['.', '[']).unwrap_or(field.len());
        let (first, rest) = field.split_at(end);
        // What is no release has these keys at the top.
        let is_release = !self.has("kind") || self.has("release");
        let derived = DERIVED.iter().find(|(name, _)| *name == first && !self.has(name)).map(|(_, key)| *key);
        if let Some(key) = derived.filter(|_| is_release) {
            return format!("{key}{rest}");
        }
        let renamed = NAMES.iter().find(|(name, _)| *name == first).map_or(first, |(_, table)| *table);
        format!("{renamed}{rest}")
    }

    /// The place of a field of the manifest, or of the nearest table around it.
    pub(crate) fn of(&self, field: &str) -> Option<Place> {
        let mut path = self.path_of(field);
        loop {
            // A text may be in a file that the description names.
            if let Some(place) = self.exact(&path).or_else(|| self.exact(&format!("{path}-file"))) {
                return Some(place);
            }
            let cut = path.rfind(['.', '['])?;
            path.truncate(cut);
        }
    }

    fn exact(&self, path: &str) -> Option<Place> {
        let (_, key, value) = self.0.iter().find(|(p, _, _)| p == path)?;
        // A table is pointed at by its name, anything else by its value.
        let table = self.0.iter().any(|(p, _, _)| is_within(p, path));
        Some(if table { key.clone() } else { value.clone() })
    }
}

/// Whether a path leads into a table or a list.
pub(crate) fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::super::read::{Source, read_source};

    #[test]
    fn fields_lead_back_to_what_was_written() {
        let text = "[release]\nclass = \"security\"\n[[fix]]\nid = \"X-1\"\nimpact.en = \"bad\"\n";
        let places = read_source(Source::Own(text)).unwrap().places;
        let at = |field: &str| places.of(field).map(|place| &text[place.range]);
        assert_eq!(at("class"), Some("\"security\""));
        assert_eq!(at("fixes[0].id"), Some("\"X-1\""));
        assert_eq!(at("fixes[0].impact.en"), Some("\"bad\""));
        assert_eq!(at("release.version"), Some("release"));
        assert_eq!(at("automatic"), None);
        assert!(at("fixes[0].severity").is_some(), "the table around a missing field");
    }
}
