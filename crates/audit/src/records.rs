//! Records of what devices offered and users chose, as `pkg decide --record` writes them.

use crate::set::RecordFile;
use pkg_decide::Chain;
use pkg_format::Digest;

/// Checks the chain of a file of records. A record that was changed, left out or added breaks it. The file alone
/// cannot show that its last records are missing.
pub fn check(path: &str, bytes: &[u8]) -> RecordFile {
    RecordFile {
        path: path.into(),
        digest: Digest::of(bytes),
        records: bytes.split_inclusive(|b| *b == b'\n').count(),
        broken: Chain::check(bytes).err().map(|refusal| format!("[{}] {}", refusal.rule.id(), refusal.why)),
    }
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
