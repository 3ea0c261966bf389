//! The entries of two lists, matched by what they are about.

/// The entries of two lists, by whether the old list, the new list or both have them.
#[derive(Debug)]
pub struct Entries<'m, T> {
    /// Only in the new list.
    pub new: Vec<&'m T>,
    /// In both lists: the old entry, then the new one. They may differ.
    pub carried: Vec<(&'m T, &'m T)>,
    /// Only in the old list.
    pub gone: Vec<&'m T>,
}

impl<'m, T> Entries<'m, T> {
    /// Matches the entries of two lists; `same` says whether two entries are about the same thing.
    pub fn between(old: &'m [T], new: &'m [T], same: impl Fn(&T, &T) -> bool) -> Self {
        let mut entries = Entries { new: Vec::new(), carried: Vec::new(), gone: Vec::new() };
        for entry in new {
            match old.iter().find(|o| same(o, entry)) {
                Some(before) => entries.carried.push((before, entry)),
                None => entries.new.push(entry),
            }
        }
        entries.gone.extend(old.iter().filter(|o| !new.iter().any(|n| same(o, n))));
        entries
    }
}
