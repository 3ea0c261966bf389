//! Records of what devices offered and users chose, as `pkg decide --record` writes them: one JSON
//! object a line, each with the digest of the line before.

use crate::model::RecordFile;
use pkg_format::Digest;
use serde_json::Value;

/// Checks the chain of a file of records. A record that was changed, left out or added breaks it;
/// that the last ones were cut off, nobody can see from the file alone.
pub fn check(path: &str, bytes: &[u8]) -> RecordFile {
    let mut file = RecordFile { path: path.into(), digest: Digest::of(bytes), records: 0, broken: None };
    let mut before = Digest::of(b"");
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let number = file.records + 1;
        match follows(line, number, before) {
            Ok(()) => file.records = number,
            Err(why) => {
                file.broken = Some(format!("line {number}: {why}"));
                break;
            }
        }
        before = Digest::of(line);
    }
    file
}

fn follows(line: &[u8], number: usize, before: Digest) -> Result<(), &'static str> {
    if !line.ends_with(b"\n") {
        return Err("cut off");
    }
    let record: Value = serde_json::from_slice(line).map_err(|_| "not a JSON object")?;
    let record = record.as_object().ok_or("not a JSON object")?;
    let says = |key: &str, value: Value| record.get(key) == Some(&value);
    if !says("sequence", number.into()) {
        return Err("its sequence is not that of the line");
    }
    match says("previous", before.to_string().into()) {
        true => Ok(()),
        false => Err("its previous is not the digest of the line before"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(lines: usize) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let mut before = Digest::of(b"");
        for n in 1..=lines {
            let line = format!("{{\"sequence\":{n},\"previous\":\"{before}\",\"decision\":\"notify\"}}\n");
            before = Digest::of(line.as_bytes());
            all.push(line);
        }
        all
    }

    #[test]
    fn a_whole_chain_is_whole_and_any_change_breaks_it() {
        let lines = chain(4);
        let whole = check("r", lines.concat().as_bytes());
        assert_eq!((whole.records, whole.broken), (4, None));
        let broken = |lines: &[String]| check("r", lines.concat().as_bytes()).broken;
        let mut changed = lines.clone();
        changed[1] = changed[1].replace("notify", "wait");
        assert!(broken(&changed).unwrap().starts_with("line 3"), "a changed line breaks the next");
        let mut missing = lines.clone();
        missing.remove(1);
        assert!(broken(&missing).unwrap().starts_with("line 2"));
        let mut swapped = lines.clone();
        swapped.swap(1, 2);
        assert!(broken(&swapped).unwrap().starts_with("line 2"));
        assert!(broken(&lines[1..]).unwrap().starts_with("line 1"), "the first line is gone");
        let torn = lines.concat();
        assert!(check("r", &torn.as_bytes()[..torn.len() - 2]).broken.unwrap().contains("cut off"));
        assert_eq!(check("r", b"").records, 0);
    }
}
