//! The variables of a boot loader. What is unknown is kept as it is, byte for byte, in its order.

use crate::Result;

/// Entries `name=value`. An entry of another form is kept too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Variables(Vec<Vec<u8>>);

/// Where variables are stored.
pub(super) trait Environment {
    fn load(&self) -> Result<Variables>;

    /// Replaces all of them: after a power cut the old ones or the new ones are there, whole.
    fn save(&self, variables: &Variables) -> Result<()>;
}

impl Variables {
    pub(super) fn from_entries(entries: Vec<Vec<u8>>) -> Variables {
        Variables(entries)
    }

    pub(super) fn entries(&self) -> &[Vec<u8>] {
        &self.0
    }

    /// The value of a variable, if it is text and not empty. Where there are several, boot loaders take the last.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().rev().find_map(|entry| value(entry, name))?;
        std::str::from_utf8(value).ok().filter(|v| !v.is_empty())
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        let new = format!("{name}={value}").into_bytes();
        match self.0.iter().position(|entry| self::value(entry, name).is_some()) {
            None => self.0.push(new),
            Some(at) => {
                self.remove(name);
                // Those before it have other names, so its place is still there.
                self.0.insert(at.min(self.0.len()), new);
            }
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|entry| value(entry, name).is_none());
    }
}

fn value<'e>(entry: &'e [u8], name: &str) -> Option<&'e [u8]> {
    entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_replaced_in_its_place_and_others_stay() {
        let entries = ["slot=a", "# note", "slots=x", "no form", "slot=b", "odd=\u{fe}"];
        let mut all = Variables::from_entries(entries.map(|e| e.as_bytes().to_vec()).to_vec());
        assert_eq!((all.get("slot"), all.get("slo"), all.get("# note")), (Some("b"), None, None));
        all.set("slot", "c");
        all.set("new", "1");
        all.remove("gone");
        let expected = ["slot=c", "# note", "slots=x", "no form", "odd=\u{fe}", "new=1"];
        assert_eq!(all.entries(), expected.map(|e| e.as_bytes().to_vec()));
    }
}
