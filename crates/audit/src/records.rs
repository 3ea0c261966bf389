//! Records of what devices offered and users chose, as `pkg decide --record` writes them.

use crate::finding::Finding;
use crate::set::{RecordFile, Set};
use pkg_decide::Chain;
use pkg_format::{Digest, Rule};

/// Checks the chain of a file of records. A record that was changed, left out or added breaks it. The file alone
/// cannot show that its last records are missing.
pub fn check(path: &str, bytes: &[u8]) -> RecordFile {
    let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
    let broken = Chain::check(bytes).err();
    RecordFile {
        path: path.into(),
        digest: Digest::of(bytes),
        records: lines.len(),
        gap: broken.as_ref().and_then(|_| gap(&lines)),
        broken: broken.map(|refusal| format!("[{}] {}", refusal.rule.id(), refusal.why)),
    }
}

/// Between which times a chain was broken for the first time, if the records around the gap say when they were made and a
/// later record shows that it went on.
fn gap(lines: &[&[u8]]) -> Option<(u64, u64)> {
    let mut chain = Chain::default();
    let mut before = None;
    for line in lines {
        match chain.follow(line) {
            Ok(next) => chain = next,
            Err(_) => return before.zip(time(line)),
        }
        before = time(line);
    }
    None
}

/// When a record was made; none where the device had no clock.
fn time(line: &[u8]) -> Option<u64> {
    let record: serde_json::Value = serde_json::from_slice(line).ok()?;
    record.get("time")?.as_u64()
}

/// POL-4: what is wrong with files of records.
pub(crate) fn findings(set: &Set) -> impl Iterator<Item = Finding> {
    set.records.iter().filter_map(|file| {
        let text = format!("the chain of the records in {} is broken: {}", file.path, file.broken.as_ref()?);
        let finding = Finding::fail(Rule::Pol4, file.path.as_str(), text);
        Some(Finding { ended: file.gap, evidence: vec![file.digest], ..finding })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_chain_is_whole_and_a_missing_line_is_seen() {
        let first =
            format!("{{\"sequence\":1,\"previous\":\"{}\",\"decision\":\"notify\"}}\n", Digest::of(b""));
        let second = format!(
            "{{\"sequence\":2,\"previous\":\"{}\",\"decision\":\"wait\"}}\n",
            Digest::of(first.as_bytes())
        );
        let whole = check("r", format!("{first}{second}").as_bytes());
        assert_eq!((whole.records, whole.broken), (2, None));
        assert!(check("r", second.as_bytes()).broken.is_some_and(|b| b.starts_with("[POL-4] line 1")));
    }
}
