//! Times as documents and people write them.

use super::Error;

/// RFC 3339 years have four digits, so a time after 9999 is not a date.
fn timestamp(seconds: u64) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

/// `2026-11-22T12:00:00Z` (RFC 3339).
pub(super) fn rfc3339(seconds: u64) -> Result<String, Error> {
    let time = timestamp(seconds).ok_or(Error::NoDate(seconds))?;
    Ok(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// `2026-11-22`; with the time of day where it is not midnight.
pub(super) fn date(seconds: u64) -> String {
    let form = if seconds.is_multiple_of(86_400) { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M UTC" };
    timestamp(seconds).map_or_else(|| format!("1970-01-01 + {seconds} s"), |t| t.strftime(form).to_string())
}

pub(super) fn year(seconds: u64) -> Result<String, Error> {
    let time = timestamp(seconds).ok_or(Error::NoDate(seconds))?;
    Ok(time.strftime("%Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_end_with_the_year_9999() {
        assert_eq!(rfc3339(1_796_083_200).unwrap(), "2026-12-01T00:00:00Z");
        assert_eq!(
            (date(1_796_083_200), date(1_796_083_260)),
            ("2026-12-01".into(), "2026-12-01 00:01 UTC".into())
        );
        // The last second that is in the year 9999 in every time zone.
        let last = 253_402_207_200;
        assert_eq!(rfc3339(last).unwrap(), "9999-12-30T22:00:00Z");
        for far in [last + 1, u64::MAX] {
            assert_eq!(rfc3339(far), Err(Error::NoDate(far)));
        }
        assert_eq!(year(0).unwrap(), "1970");
    }
}
