//! What every statement has: a format version, counters, and one form.

use crate::cbor::{Table, Tree};
use crate::{FORMAT, Refusal, Result, Rule};
use alloc::format;

/// Refuses a statement of another format version.
pub(crate) fn format_is_ours(fields: &mut Table<'_>) -> Result<()> {
    match fields.req::<u64>("format")? {
        FORMAT => Ok(()),
        other => Err(Refusal::new(Rule::Man8, format!("format version {other}, this reader knows {FORMAT}"))
            .within("format")),
    }
}

/// The second guard of one meaning, one form.
pub(crate) fn same_bytes(tree: &Tree, bytes: &[u8]) -> Result<()> {
    if tree.to_bytes() == bytes {
        Ok(())
    } else {
        Err(Refusal::new(Rule::Cbr11, "encoding the statement again gives other bytes"))
    }
}

/// A counter: a number from 1.
pub(crate) fn counter(fields: &mut Table<'_>, key: &str) -> Result<u64> {
    match fields.req(key)? {
        0 => Err(Refusal::new(Rule::Ver7, "counters start at 1").within(key)),
        n => Ok(n),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_form_is_refused() {
        // The scanner refuses these bytes before; the second guard must do so on its own.
        assert_eq!(same_bytes(&Tree::Uint(1), &[0x18, 1]).unwrap_err().rule, Rule::Cbr11);
    }
}
