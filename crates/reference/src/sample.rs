//! The smallest text that has a key: for tests that a reader and its table agree.

use crate::key::{Absent, File, Key, Keys, Kind};

/// A text with a key, and with the keys that its tables need.
#[derive(Debug)]
pub struct Sample {
    /// The names of the tables and of the key, from the top.
    pub path: Vec<&'static str>,
    /// The keys of the table that it is in.
    pub siblings: Keys,
    /// TOML.
    pub text: String,
    /// The same text, where a key `zzz` that no table has is in the place of this one.
    pub with_unknown: String,
}

/// A sample of each key of a file.
pub fn samples(file: &File) -> Vec<Sample> {
    let mut samples = Vec::new();
    collect(file.keys, file.keys, &mut Vec::new(), &mut samples);
    samples
}

/// The first key about which a table and its reader disagree, or none: the reader takes a text with each key, and where it
/// meets a key that it does not know, its message names just the keys of the table. `read` gives the message of a refusal.
pub fn disagreement(file: &File, read: impl Fn(&str) -> Result<(), String>) -> Option<String> {
    samples(file).into_iter().find_map(|sample| {
        let Err(message) = read(&sample.with_unknown) else {
            return Some(format!("an unknown key is taken:\n{}", sample.with_unknown));
        };
        let mut named: Vec<_> =
            message.split("expected ").nth(1).unwrap_or_default().split('`').skip(1).step_by(2).collect();
        let mut keys: Vec<_> = sample.siblings.iter().map(|key| key.name).collect();
        named.sort_unstable();
        keys.sort_unstable();
        match read(&sample.text) {
            Err(message) => Some(format!("{message}:\n{}", sample.text)),
            Ok(()) => (named != keys).then(|| format!("{named:?}, not {keys:?}:\n{}", sample.with_unknown)),
        }
    })
}

fn collect(top: Keys, keys: Keys, path: &mut Vec<&'static str>, samples: &mut Vec<Sample>) {
    for key in keys {
        path.push("zzz");
        let with_unknown = text(top, path);
        path.pop();
        path.push(key.name);
        samples.push(Sample { path: path.clone(), siblings: keys, text: text(top, path), with_unknown });
        if let Some(inner) = key.kind.keys() {
            collect(top, inner, path, samples);
        }
        path.pop();
    }
}

fn text(top: Keys, path: &[&'static str]) -> String {
    entries(top, path).iter().map(|line| format!("{line}\n")).collect()
}

/// The keys that a table needs, and the first of the path.
fn entries(keys: Keys, path: &[&'static str]) -> Vec<String> {
    let (wanted, rest) = match path.split_first() {
        Some((first, rest)) => (Some(*first), rest),
        None => (None, path),
    };
    let there = |key: &&Key| key.absent == Absent::Required || Some(key.name) == wanted;
    let mut entries: Vec<_> = keys
        .iter()
        .filter(there)
        .map(|key| {
            let rest = if Some(key.name) == wanted { rest } else { &[] };
            format!("{} = {}", key.name, value(key, rest))
        })
        .collect();
    if let Some(unknown) = wanted.filter(|name| keys.iter().all(|key| key.name != *name)) {
        entries.push(format!("{unknown} = 1"));
    }
    entries
}

fn value(key: &Key, rest: &[&'static str]) -> String {
    let Some(keys) = key.kind.keys().filter(|_| key.example.is_empty() || !rest.is_empty()) else {
        return key.example.to_owned();
    };
    let inner = format!("{{ {} }}", entries(keys, rest).join(", "));
    match key.kind {
        Kind::Tables(_) => format!("[{inner}]"),
        Kind::Named(_) => format!("{{ en = {inner} }}"),
        _ => inner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::key;

    #[test]
    fn a_sample_has_what_its_tables_need() {
        const INNER: Keys =
            &[key("a", Kind::Uint, "").required().eg("1"), key("b", Kind::Bool, "").eg("true")];
        const TOP: Keys =
            &[key("c", Kind::Text, "").eg("\"x\""), key("d", Kind::Tables(INNER), "").required()];
        let file = File { name: "", title: "", text: "", keys: TOP, is_split: false, notes: None };
        let texts: Vec<_> = samples(&file).into_iter().map(|s| (s.text, s.with_unknown)).collect();
        let plain = "d = [{ a = 1 }]\n";
        assert_eq!(texts[0], (format!("c = \"x\"\n{plain}"), format!("{plain}zzz = 1\n")));
        assert_eq!(texts[1].0, plain);
        assert_eq!(texts[3], ("d = [{ a = 1, b = true }]\n".into(), "d = [{ a = 1, zzz = 1 }]\n".into()));
    }
}
