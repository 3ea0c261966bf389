//! Ranges of versions, where known releases prove them.
//!
//! What a scanner reads as a range it compares with every version that it meets. So a range is written only where
//! all known versions have one order and lie on its right side.

/// The range from the lowest affected version to `end`, which has the fix, as `vers`; none unless each of `versions`,
/// and whether it is affected, agrees with it.
pub(super) fn proven<'v>(versions: impl Iterator<Item = (&'v str, bool)>, end: &str) -> Option<String> {
    let high = Version::read(end)?;
    let all = versions.map(|(text, affected)| Some((Version::read(text)?, text, affected)));
    let all = all.collect::<Option<Vec<_>>>()?;
    let (low, start, _) = all.iter().filter(|(.., affected)| *affected).min()?;
    let lies = |version: &Version| low <= version && *version < high;
    let proven = all.iter().all(|(version, _, affected)| lies(version) == *affected);
    proven.then(|| format!("vers:generic/>={start}|<{end}"))
}

/// A version that everybody puts in the same order: numbers with points between them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Version(Vec<u64>);

impl Version {
    fn read(text: &str) -> Option<Version> {
        let number = |part: &str| {
            let plain = part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
            part.parse().ok().filter(|_| plain)
        };
        let mut numbers: Vec<u64> = text.split('.').map(number).collect::<Option<_>>()?;
        // 1.5 and 1.5.0 are one version.
        while numbers.last() == Some(&0) && numbers.len() > 1 {
            numbers.pop();
        }
        Some(Version(numbers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_covers_what_is_affected_and_nothing_else() {
        let range = |versions: &[(&str, bool)], end| proven(versions.iter().copied(), end);
        let line = [("1.5.0", true), ("1.5.9", true), ("1.5.10", false), ("1.4.1", false)];
        assert_eq!(range(&line, "1.5.10").as_deref(), Some("vers:generic/>=1.5.0|<1.5.10"));
        // A version of another line lies between; one behind the fix is affected; there is none at all.
        assert_eq!(range(&[("1.0", true), ("1.1", false), ("1.2", true), ("1.3", false)], "1.3"), None);
        assert_eq!(range(&[("1.0", true), ("1.3", false), ("2.0", true)], "1.3"), None);
        assert_eq!(range(&[("1.3", false)], "1.3"), None);
        // Two states of one version, one of them with the fix; versions that have no one order.
        assert_eq!(range(&[("1.0", true), ("1.0.0", false), ("1.1", false)], "1.1"), None);
        for odd in ["1.0-rc1", "2.0+git~rc1", "01.2", "1..2", "", "v1", "1.99999999999999999999"] {
            assert_eq!(range(&[(odd, true), ("3.0", false)], "3.0"), None, "{odd}");
            assert_eq!(range(&[("1.0", true), (odd, false)], odd), None, "{odd}");
        }
    }
}
