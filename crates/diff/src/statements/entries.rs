//! Entries of two lists that are told apart by what they are about.

/// Entries of two lists.
#[derive(Debug)]
pub struct Entries<'m, T> {
    /// Only in the new one.
    pub new: Vec<&'m T>,
    /// In both: as the old one has it, as the new one has it.
    pub carried: Vec<(&'m T, &'m T)>,
    /// Only in the old one.
    pub gone: Vec<&'m T>,
}

impl<'m, T> Entries<'m, T> {
    /// Sorts the entries of two lists; `same` says whether two are about the same thing.
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
