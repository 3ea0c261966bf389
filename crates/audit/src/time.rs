//! Times as people write them, and months as support periods count them.

/// The month of a time, counted from the year 0, as [`pkg_format::ident::Month::months`] counts them.
pub fn month(seconds: u64) -> u64 {
    let day = date(seconds);
    let number = |text: &str| text.parse::<u64>().unwrap_or(0);
    number(day.get(..4).unwrap_or_default()) * 12 + number(day.get(5..7).unwrap_or_default())
}

/// `2026-11`, from months since the year 0.
pub fn month_name(months: u64) -> String {
    let (year, month) = (months.saturating_sub(1) / 12, (months + 11) % 12 + 1);
    format!("{year:04}-{month:02}")
}

/// The first moment after a month, which is counted from the year 0; 0 before 1970, the end of time after 9999.
pub fn end_of_month(months: u64) -> u64 {
    let next = months.saturating_add(1);
    match next > 1970 * 12 {
        true => seconds(&format!("{}-01", month_name(next))).unwrap_or(u64::MAX),
        false => 0,
    }
}

/// `2026-11-22`. The last day of 9999 if the time is out of range.
pub fn date(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
    time.map_or_else(|| "9999-12-31".into(), |t| t.strftime("%Y-%m-%d").to_string())
}

/// `2026-11-22T12:00:00Z`. The last moment of 9999 if the time is out of range.
pub fn moment(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
    time.map_or_else(|| "9999-12-31T23:59:59Z".into(), |t| t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// `2026-11-22` for a midnight, `2026-11-22T12:00:00Z` for any other moment.
pub fn exact(seconds: u64) -> String {
    if seconds.is_multiple_of(86_400) { date(seconds) } else { moment(seconds) }
}

/// Parses a date (midnight UTC), a date-time with an offset, or a number, into Unix seconds.
pub fn seconds(text: &str) -> Option<u64> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(seconds);
    }
    let timestamp = match text.parse::<jiff::Timestamp>() {
        Ok(timestamp) => timestamp,
        // A time of day without an offset is no date: nobody knows which moment it is.
        Err(_) if text.contains(':') => return None,
        Err(_) => text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp(),
    };
    u64::try_from(timestamp.as_second()).ok()
}

/// A day, seconds. A promise is kept until the end of its day.
pub(crate) const DAY: u64 = 86_400;

/// `90 days`, `36 h`, `5 min`.
pub fn span(seconds: u64) -> String {
    match seconds {
        s if s >= 3 * 86_400 => format!("{} days", s / 86_400),
        s if s >= 3_600 => format!("{} h", s / 3_600),
        s => format!("{} min", s / 60),
    }
}

/// The same of what is longer than a limit, so that both do not read alike: `92 days 9 h`.
pub(crate) fn longer(seconds: u64, limit: u64) -> String {
    let text = span(seconds);
    let unit = match seconds {
        s if s >= 3 * 86_400 => 86_400,
        s if s >= 3_600 => 3_600,
        _ => 60,
    };
    match seconds % unit {
        rest if rest == 0 || text != span(limit) => text,
        rest if rest < 60 => format!("{text} {rest} s"),
        rest => format!("{text} {}", span(rest)),
    }
}

/// Ten years later, by the average length of a calendar year.
pub fn ten_years_after(seconds: u64) -> u64 {
    seconds.saturating_add(315_576_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_format() {
        let december = pkg_format::ident::Month::new("2026-12").unwrap();
        assert_eq!(month(1_796_083_200), december.months());
        assert_eq!(month_name(december.months()), "2026-12");
        assert_eq!(month_name(month(1_767_571_200)), "2026-01");
        assert_eq!(moment(end_of_month(december.months())), "2027-01-01T00:00:00Z");
        assert_eq!((end_of_month(0), end_of_month(9999 * 12 + 12)), (0, u64::MAX));
        assert_eq!((date(0), moment(0)), ("1970-01-01".into(), "1970-01-01T00:00:00Z".into()));
        assert_eq!(seconds("2026-11-22T12:00:00+01:00"), seconds("2026-11-22T11:00:00Z"));
        assert_eq!((seconds("1970-01-02"), seconds("2026-11-22T12:00:00")), (Some(86_400), None));
        assert_eq!((span(90 * 86_400), span(7_200)), ("90 days".into(), "2 h".into()));
        let days = |n: u64| n * 86_400;
        for (seconds, limit, text) in [
            (days(92) + 9 * 3_600 + 60, days(92), "92 days 9 h"),
            (days(92) + 1, days(92), "92 days 1 s"),
            (days(92) + 1, days(91), "92 days"),
            (days(1) + 120, days(1), "24 h 2 min"),
            (days(93), days(92), "93 days"),
            (65, 60, "1 min 5 s"),
        ] {
            assert_eq!(longer(seconds, limit), text);
        }
    }
}
