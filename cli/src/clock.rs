//! The time: `SOURCE_DATE_EPOCH`, or else the clock of this machine.

use crate::hint as hints;
use crate::out::{Failure, Outcome};
use pkg_format::Rule;
use pkg_format::manifest::ISSUED;
use std::time::{SystemTime, UNIX_EPOCH};

/// How far in the future the date of issue may be, in seconds: one year, for releases that are built in advance. No
/// release with an earlier date could follow.
const AHEAD: u64 = 366 * 86_400;

/// SOURCE_DATE_EPOCH, or else the current time.
pub(crate) fn issued() -> Outcome<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map(|d| d.as_secs());
    let Ok(text) = std::env::var("SOURCE_DATE_EPOCH") else {
        return now
            .map_err(|_| Failure::cannot("the clock is set to a date before 1970").hint("set the clock"));
    };
    let issued: u64 = text.parse().map_err(|_| {
        Failure::cannot("SOURCE_DATE_EPOCH is not a number of seconds")
            .hint("export SOURCE_DATE_EPOCH=$(date +%s)")
    })?;
    // A machine without a clock can build too: a time before this format existed is not checked.
    match now {
        Ok(now) if ISSUED.contains(&now) && issued.saturating_sub(now) > AHEAD => {
            let rule = Rule::Ver13;
            let why = format!(
                "[{}] SOURCE_DATE_EPOCH is {issued}, more than a year after the clock's {now}",
                rule.id()
            );
            Err(Failure::refused(why).hint(hints::rule(rule)))
        }
        _ => Ok(issued),
    }
}
