//! Records of decisions: what was offered, what was told, what was chosen, and why. The maker's
//! evidence that users were informed and had the choice (CRA Annex I II(8)).
//!
//! One line of JSON for each, chained by SHA-256: `previous` is the digest of the line before, line
//! end included. A changed, missing or torn line is found. What a chain cannot show is that lines
//! were cut off at its end: who must know keeps the digest of the last line elsewhere.

use crate::clock::Clock;
use crate::decide::Decision;
use crate::verdict::{Reason, UpToDate, Verdict};
use alloc::{format, string::String};
use core::fmt::Write;
use pkg_format::{Digest, Refusal, Rule, text};
use pkg_verify::Statements;

/// The end of a chain: how many lines it has, and the digest of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// How many lines.
    pub lines: u64,
    /// The digest of the last line; of nothing at all where there is none.
    pub head: Digest,
}

impl Default for Chain {
    /// No line yet.
    fn default() -> Self {
        Chain { lines: 0, head: Digest::of(b"") }
    }
}

impl Chain {
    /// Reads a file of records from its beginning and finds its end.
    ///
    /// # Errors
    ///
    /// POL-4 where a line is changed, missing or torn.
    pub fn check(file: &[u8]) -> Result<Chain, Refusal> {
        file.split_inclusive(|b| *b == b'\n').try_fold(Chain::default(), Chain::follow)
    }

    /// Goes on by one line, given with its line end.
    ///
    /// # Errors
    ///
    /// POL-4 where it is not the next one.
    pub fn follow(self, line: &[u8]) -> Result<Chain, Refusal> {
        let number = self.lines.saturating_add(1);
        let broken = |why: &str| Err(Refusal::new(Rule::Pol4, format!("line {number} {why}")));
        let Some(text) = line.strip_suffix(b"\n") else { return broken("is cut off") };
        let whole = text.starts_with(self.begin().as_bytes()) && text.ends_with(b"}");
        match whole && !text.iter().any(u8::is_ascii_control) {
            true => Ok(Chain { lines: number, head: Digest::of(line) }),
            false => broken("does not follow the line before it"),
        }
    }

    /// How the next line begins.
    fn begin(&self) -> String {
        format!("{{\"sequence\":{},\"previous\":\"{}\",", self.lines.saturating_add(1), self.head)
    }

    /// The next line, with its line end.
    pub fn next(&self, record: &Record<'_>) -> String {
        let mut line = self.begin();
        record.put(&mut line);
        line.push_str("}\n");
        line
    }
}

/// What one line says.
pub struct Record<'a> {
    /// When.
    pub clock: Clock,
    /// The packages that were judged.
    pub offered: &'a [&'a Statements],
    /// What the user chose just before, such as `approve`, and for which manifest.
    pub choices: &'a [(&'a str, Option<Digest>)],
    /// What came of it.
    pub decision: &'a Decision,
}

impl Record<'_> {
    fn put(&self, line: &mut String) {
        match self.clock {
            Clock::None => line.push_str("\"time\":\"no clock\""),
            Clock::Trusted(now) => put(line, format_args!("\"time\":{now}")),
        }
        let Decision { verdict, reason, manifest, .. } = self.decision;
        line.push_str(",\"offered\":[");
        separated(line, self.offered, |line, package| {
            let manifest = &package.manifest();
            put(line, format_args!("{{\"manifest\":\"{}\",\"kind\":", package.manifest_digest()));
            quoted(line, manifest.kind().as_str());
            line.push_str(",\"id\":");
            quoted(line, manifest.common().id.as_str());
            if let Some(release) = manifest.release() {
                line.push_str(",\"version\":");
                quoted(line, release.identity.version.as_str());
                line.push_str(",\"class\":");
                quoted(line, release.class().as_str());
            }
            line.push('}');
        });
        line.push_str("],\"refused\":[");
        separated(line, &self.decision.refused, |line, refused| {
            if let Some(package) = self.offered.get(refused.index) {
                put(line, format_args!("{{\"manifest\":\"{}\",\"rule\":", package.manifest_digest()));
                quoted(line, refused.refusal.rule.id());
                line.push('}');
            }
        });
        line.push_str("],\"choices\":[");
        separated(line, self.choices, |line, (choice, of)| {
            line.push_str("{\"choice\":");
            quoted(line, choice);
            if let Some(manifest) = of {
                put(line, format_args!(",\"manifest\":\"{manifest}\""));
            }
            line.push('}');
        });
        line.push_str("],");
        self.decided(line, *verdict, *reason, *manifest);
    }

    fn decided(&self, line: &mut String, verdict: Verdict, reason: Reason, manifest: Option<Digest>) {
        put(line, format_args!("\"decision\":\"{verdict}\",\"reason\":\"{reason}\",\"manifest\":"));
        match manifest {
            Some(manifest) => put(line, format_args!("\"{manifest}\"")),
            None => line.push_str("null"),
        }
        let up_to_date = self.decision.up_to_date_security;
        let quote = if up_to_date == UpToDate::Unknown { "\"" } else { "" };
        put(line, format_args!(",\"up-to-date-security\":{quote}{up_to_date}{quote}"));
        if let Some(corrective) = self.decision.corrective {
            put(line, format_args!(",\"corrective\":\"{corrective}\""));
        }
    }
}

/// Writing to a string does not fail.
fn put(line: &mut String, text: core::fmt::Arguments<'_>) {
    let _ = line.write_fmt(text);
}

fn separated<T>(line: &mut String, list: &[T], mut one: impl FnMut(&mut String, &T)) {
    for (i, entry) in list.iter().enumerate() {
        if i > 0 {
            line.push(',');
        }
        one(line, entry);
    }
}

/// A JSON string. Whatever could begin a line, act on a terminal or hide is escaped.
fn quoted(line: &mut String, text: &str) {
    line.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => line.extend(['\\', c]),
            c if text::is_forbidden(c) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    put(line, format_args!("\\u{unit:04x}"));
                }
            }
            c => line.push(c),
        }
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::DeviceState;
    use crate::{Choices, Device, decide};
    use alloc::{vec, vec::Vec};
    use pkg_format::Id;

    fn three() -> String {
        let id = |text| Id::new(text).unwrap();
        let state = DeviceState { vendor: id("acme"), name: id("cam"), hardware: vec![], scopes: vec![] };
        let device = Device::new(state);
        let decision = decide(&device, &Choices::default(), &[], Clock::None);
        let mut file = String::new();
        for clock in [Clock::None, Clock::Trusted(1_796_083_200), Clock::None] {
            let chain = Chain::check(file.as_bytes()).unwrap();
            let choices = [("say \"no\"\n\u{1b}[2J\u{e0041}", Some(Digest::of(b"m")))];
            file += &chain.next(&Record { clock, offered: &[], choices: &choices, decision: &decision });
        }
        file
    }

    /// Threat T95: what comes from outside begins no line and acts on no terminal.
    #[test]
    fn fields_are_escaped() {
        let file = three();
        assert_eq!(file.lines().count(), 3);
        assert!(file.bytes().all(|b| b == b'\n' || (0x20..0x7f).contains(&b)), "{file}");
        assert!(file.contains(r#"{"choice":"say \"no\"\u000a\u001b[2J\udb40\udc41","manifest":""#), "{file}");
        assert!(file.contains("\"time\":\"no clock\"") && file.contains("\"time\":1796083200"));
        let first = file.lines().next().unwrap();
        assert!(first.starts_with("{\"sequence\":1,\"previous\":\"e3b0c442"), "{first}");
    }

    #[test]
    fn a_chain_is_whole_or_says_where_it_breaks() {
        let file = three();
        let lines: Vec<_> = file.split_inclusive('\n').collect();
        let torn = |line| Err(Refusal::new(Rule::Pol4, format!("line {line} is cut off")));
        let link =
            |line| Err(Refusal::new(Rule::Pol4, format!("line {line} does not follow the line before it")));
        let whole = Chain { lines: 3, head: Digest::of(lines[2].as_bytes()) };
        assert_eq!(Chain::check(file.as_bytes()), Ok(whole));
        assert_eq!(Chain::check(b""), Ok(Chain::default()));
        for cut in 1..lines[2].len() {
            let less = &file.as_bytes()[..file.len() - cut];
            assert_eq!(Chain::check(less), torn(3), "{cut} bytes less");
        }
        let without =
            |i: usize| lines.iter().enumerate().filter(|(n, _)| *n != i).map(|(_, l)| *l).collect::<String>();
        assert_eq!(Chain::check(without(0).as_bytes()), link(1));
        assert_eq!(Chain::check(without(1).as_bytes()), link(2));
        assert_eq!(Chain::check([lines[0], lines[2], lines[1]].concat().as_bytes()), link(2));
        // Any byte of a line that another follows.
        let bytes = file.as_bytes();
        for at in 0..lines[0].len() + lines[1].len() {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1;
            assert!(Chain::check(&changed).is_err(), "byte {at}");
        }
    }
}
