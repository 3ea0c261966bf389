//! Times and durations as a person writes them.

/// Unix seconds of a date (midnight UTC) or a date-time with an offset.
pub(crate) fn seconds_of(text: &str) -> Option<u64> {
    let timestamp = match text.parse::<jiff::Timestamp>() {
        Ok(timestamp) => timestamp,
        // A time of day without an offset is no date: nobody knows which moment it is.
        Err(_) if text.contains(':') => return None,
        Err(_) => text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp(),
    };
    u64::try_from(timestamp.as_second()).ok()
}

/// Seconds of a duration such as `72h`.
pub(crate) fn duration_of(text: &str) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(split)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_durations() {
        assert_eq!(seconds_of("1970-01-02"), Some(86_400));
        assert_eq!(seconds_of("2026-11-22T12:00:00Z"), Some(1_795_348_800));
        assert_eq!((seconds_of("yesterday"), seconds_of("2026-11-22T12:00:00")), (None, None));
        assert_eq!(
            (duration_of("72h"), duration_of("14d"), duration_of("h")),
            (Some(259_200), Some(1_209_600), None)
        );
        assert_eq!(duration_of("99999999999999999999d"), None);
    }
}
