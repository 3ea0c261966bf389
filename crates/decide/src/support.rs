//! Whether the support period is over: something to tell, never a reason to withhold a fix.

use pkg_format::manifest::Release;

const DAY: u64 = 86_400;
/// 400 years of the Gregorian calendar, days.
const CYCLE: u64 = 146_097;

/// Whether the last month of support is over at this time.
pub(super) fn ended(release: &Release, now: u64) -> bool {
    release.support.until.months() < month(now)
}

/// Months since the year 0, counted as [`pkg_format::ident::Month::months`] does.
fn month(now: u64) -> u64 {
    // Days since 1 March of the year 0, so that a leap day ends a year; then years by their lengths.
    let days = (now / DAY).saturating_add(719_468);
    let (cycle, day) = (days / CYCLE, days % CYCLE);
    let leaps = (day / 1_460).saturating_sub(day / 36_524).saturating_add(day / 146_096);
    let year = day.saturating_sub(leaps) / 365;
    let begin = year.saturating_mul(365).saturating_add(year / 4).saturating_sub(year / 100);
    // Months of 31, 30, 31, 30, 31 days: 153 days for five.
    let of_year = day.saturating_sub(begin).saturating_mul(5).saturating_add(2) / 153;
    cycle
        .saturating_mul(400)
        .saturating_add(year)
        .saturating_mul(12)
        .saturating_add(of_year)
        .saturating_add(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pkg_format::ident::Month;

    #[test]
    fn months_of_unix_times() {
        for (now, text) in [
            (0, "1970-01"),
            (951_782_399, "2000-02"),
            (951_868_799, "2000-02"),
            (951_868_800, "2000-03"),
            (1_796_083_200, "2026-12"),
            (1_798_761_599, "2026-12"),
            (1_798_761_600, "2027-01"),
            (4_107_542_399, "2100-02"),
            (4_107_542_400, "2100-03"),
        ] {
            assert_eq!(month(now), Month::new(text).unwrap().months(), "{now} {text}");
        }
        assert!(month(u64::MAX) > month(u64::MAX / 2), "no overflow");
    }
}
