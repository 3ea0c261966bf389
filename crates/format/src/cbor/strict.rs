//! The scanner: one pass over untrusted bytes that refuses every encoding but the one form.
//!
//! It allocates nothing and recurses at most [`limits::DEPTH`] deep.

use crate::refusal::quote;
use crate::{Refusal, Result, Rule, limits};
use alloc::format;

/// Which bytes are scanned: statements have text keys, COSE headers have integer keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// Map keys are text.
    Text,
    /// Map keys are integers.
    Integer,
}

/// Refuses `bytes` unless they are exactly one data item in its one form.
///
/// # Errors
///
/// The CBR rule that the first wrong byte breaks.
pub fn check(bytes: &[u8], keys: Keys) -> Result<()> {
    let mut scan = Scan { rest: bytes, keys, items: 0 };
    scan.item(0)?;
    if scan.rest.is_empty() {
        Ok(())
    } else {
        Err(Refusal::new(Rule::Cbr10, format!("{} bytes after the end of the statement", scan.rest.len())))
    }
}

/// The head of a data item: its major type and its argument.
#[derive(Clone, Copy)]
struct Head {
    major: u8,
    argument: u64,
}

struct Scan<'a> {
    rest: &'a [u8],
    keys: Keys,
    items: u64,
}

impl<'a> Scan<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        match self.rest.split_at_checked(n) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(Refusal::new(Rule::Cbr1, format!("{n} bytes announced, {} left", self.rest.len()))),
        }
    }

    fn byte(&mut self) -> Result<u8> {
        let taken = self.take(1)?;
        taken.first().copied().ok_or_else(|| Refusal::new(Rule::Cbr1, "no byte left"))
    }

    fn head(&mut self) -> Result<Head> {
        let first = self.byte()?;
        let (major, info) = (first >> 5, first & 0x1f);
        if major > 5 && !(0xf4..=0xf5).contains(&first) {
            let name = if major == 6 { "a tag" } else { "a float, null or simple value" };
            return Err(Refusal::new(Rule::Cbr6, format!("{name} (byte {first:#04x})")));
        }
        let width = match info {
            0..=23 => return Ok(Head { major, argument: u64::from(info) }),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            31 if (2..=5).contains(&major) => {
                return Err(Refusal::new(Rule::Cbr3, "a string, list or map without a length"));
            }
            _ => return Err(Refusal::new(Rule::Cbr6, format!("reserved byte {first:#04x}"))),
        };
        let argument = self.take(width)?.iter().fold(0u64, |n, byte| (n << 8) | u64::from(*byte));
        // The smallest number that needs this width; anything below has a shorter form.
        let least = match width {
            1 => 24,
            2 => 1 << 8,
            4 => 1 << 16,
            _ => 1 << 32,
        };
        if argument < least {
            return Err(Refusal::new(Rule::Cbr2, format!("{argument} written in {width} bytes")));
        }
        Ok(Head { major, argument })
    }

    fn length(&self, head: Head) -> Result<usize> {
        // A string needs one byte for each byte, a list or map at least one for each entry.
        match usize::try_from(head.argument) {
            Ok(n) if n <= self.rest.len() => Ok(n),
            _ => Err(Refusal::new(
                Rule::Cbr1,
                format!("length {} announced, {} bytes left", head.argument, self.rest.len()),
            )),
        }
    }

    fn item(&mut self, depth: u32) -> Result<()> {
        if depth > limits::DEPTH {
            return Err(Refusal::new(Rule::Cbr9, format!("more than {} levels", limits::DEPTH)));
        }
        self.items = self.items.saturating_add(1);
        if self.items > limits::ITEMS {
            return Err(Refusal::new(Rule::Cbr12, format!("more than {} items", limits::ITEMS)));
        }
        let head = self.head()?;
        let inner = depth.saturating_add(1);
        match head.major {
            2 => {
                let n = self.length(head)?;
                self.take(n)?;
            }
            3 => {
                let n = self.length(head)?;
                let bytes = self.take(n)?;
                core::str::from_utf8(bytes)
                    .map_err(|e| Refusal::new(Rule::Cbr8, format!("byte {} of a text", e.valid_up_to())))?;
            }
            4 => {
                for _ in 0..self.length(head)? {
                    self.item(inner)?;
                }
            }
            5 => self.map(self.length(head)?, inner)?,
            _ => {} // integers and booleans are all head
        }
        Ok(())
    }

    fn map(&mut self, entries: usize, inner: u32) -> Result<()> {
        let mut before: &[u8] = &[];
        for _ in 0..entries {
            let start = self.rest;
            let major = start.first().map_or(0, |b| b >> 5);
            let fits = match self.keys {
                Keys::Text => major == 3,
                Keys::Integer => major < 2,
            };
            // The head is judged first, so that a key with a float, say, is named as that.
            self.item(inner)?;
            if !fits {
                return Err(Refusal::new(Rule::Cbr7, format!("a key of major type {major}")));
            }
            let length = start.len().saturating_sub(self.rest.len());
            let key = start.get(..length).unwrap_or_default();
            // RFC 8949, 4.2.1: bytewise order of the encoded keys.
            match before.cmp(key) {
                core::cmp::Ordering::Less => before = key,
                order => {
                    let rule = if order.is_eq() { Rule::Cbr5 } else { Rule::Cbr4 };
                    let text = core::str::from_utf8(key.get(1..).unwrap_or_default());
                    return Err(Refusal::new(rule, format!("key {}", quote(text.unwrap_or("?")))));
                }
            }
            self.item(inner)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn hex(s: &str) -> Vec<u8> {
        let digits: Vec<u8> = s.bytes().filter(|b| *b != b' ').collect();
        digits.chunks(2).map(|p| u8::from_str_radix(core::str::from_utf8(p).unwrap(), 16).unwrap()).collect()
    }

    fn refused(input: &str) -> &'static str {
        check(&hex(input), Keys::Text).unwrap_err().rule.id()
    }

    #[test]
    fn accepts_the_one_form() {
        for ok in [
            "00",
            "17",
            "1818",
            "1903e8",
            "1a000f4240",
            "1b000000e8d4a51000",
            "20",
            "3863",
            "40",
            "4401020304",
            "60",
            "6161",
            "62c3bc",
            "80",
            "83010203",
            "a0",
            "f4",
            "f5",
            "a26161016162820203",
            "826161a161626163",
            "1bffffffffffffffff",
        ] {
            check(&hex(ok), Keys::Text).unwrap_or_else(|e| std::panic!("{ok}: {e}"));
        }
    }

    #[test]
    fn refuses_every_other_form_by_its_own_rule() {
        for (input, rule) in [
            ("", "CBR-1"),
            ("18", "CBR-1"),
            ("43 0102", "CBR-1"),
            ("5bffffffffffffffff", "CBR-1"),
            ("9bffffffffffffffff", "CBR-1"),
            ("9a00ffffff00", "CBR-1"),
            ("1817", "CBR-2"),
            ("1900ff", "CBR-2"),
            ("1a0000ffff", "CBR-2"),
            ("1b00000000ffffffff", "CBR-2"),
            ("580100", "CBR-2"),
            ("5f42010243030405ff", "CBR-3"),
            ("7f657374726561646d696e67ff", "CBR-3"),
            ("9fff", "CBR-3"),
            ("bfff", "CBR-3"),
            ("a2 6162 01 6161 02", "CBR-4"),
            ("a2 626161 01 6162 02", "CBR-4"),
            ("a2 6161 01 6161 02", "CBR-5"),
            ("f6", "CBR-6"),
            ("f7", "CBR-6"),
            ("f97e00", "CBR-6"),
            ("fb3ff199999999999a", "CBR-6"),
            ("c074323031332d30332d32315432303a30343a30305a", "CBR-6"),
            ("f818", "CBR-6"),
            ("ff", "CBR-6"),
            ("1c", "CBR-6"),
            ("a1 01 02", "CBR-7"),
            ("a1 41 61 02", "CBR-7"),
            ("62 c328", "CBR-8"),
            ("63 eda080", "CBR-8"),
            ("00 00", "CBR-10"),
        ] {
            assert_eq!(refused(input), rule, "{input}");
        }
    }

    #[test]
    fn depth_and_items_are_bounded() {
        let mut deep = [0x81u8; 100_000];
        deep[99_999] = 0;
        assert_eq!(check(&deep, Keys::Text).unwrap_err().rule, Rule::Cbr9);
        let mut wide = std::vec![0x9a, 0x00, 0x04, 0x00, 0x00];
        wide.resize(5 + 0x4_0000, 0);
        assert_eq!(check(&wide, Keys::Text).unwrap_err().rule, Rule::Cbr12);
    }

    #[test]
    fn integer_keys_only_where_asked_for() {
        let header = hex("a2 01 32 04 41 aa");
        assert!(check(&header, Keys::Integer).is_ok());
        assert_eq!(check(&header, Keys::Text).unwrap_err().rule, Rule::Cbr7);
        assert_eq!(check(&hex("a1616101"), Keys::Integer).unwrap_err().rule, Rule::Cbr7);
    }
}
