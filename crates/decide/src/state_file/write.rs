//! Writing the text of a state.

use super::State;
use crate::Scope;
use crate::{Approval, Choices, Postponed, Target};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use pkg_format::Digest;
use pkg_format::keyring::LineHead;
use pkg_format::manifest::Corrective;
use std::fmt::{Display, Write as _};

/// The text of a state file. Names and digests have grammars that need no escape.
pub(crate) fn text(state: &State) -> String {
    let mut out = Toml(String::new());
    let device = &state.device.state;
    out.table("product");
    out.text("vendor", &device.vendor);
    out.text("name", &device.name);
    if device.hardware.is_empty() {
        // Said, and not left out: whoever reads it cannot have forgotten it.
        out.value("hardware", "[]");
    }
    out.list("hardware", &device.hardware);
    for scope in &device.scopes {
        self::scope(&mut out, scope, state);
    }
    user(&mut out, &state.choices);
    out.table("device");
    out.text("profile", state.device.profile.as_str());
    out.value("busy", state.device.busy);
    out.maybe("now", state.now);
    if let Some((version, digest)) = &state.keyring {
        out.table("keyring");
        out.value("version", version);
        out.text("digest", digest);
    }
    remembered(&mut out, &state.choices);
    out.0
}

/// What makers took back and replaced.
fn remembered(out: &mut Toml, choices: &Choices) {
    if choices.withdrawn.mark > 0 {
        out.table("withdrawn");
        out.value("mark", choices.withdrawn.mark);
    }
    for signer in &choices.withdrawn.signers {
        out.table("[withdrawn.by]");
        out.text("signer", signer.key);
        out.maybe("revoked-in", signer.revoked_in);
        if signer.mark > 0 {
            out.value("mark", signer.mark);
        }
        let target = |t: &Target| {
            let corrective = match t.corrective {
                Corrective::Withdraw => String::new(),
                stricter => format!(", corrective = \"{stricter}\""),
            };
            format!("{{ digest = \"{}\", number = {}{corrective} }}", t.digest, t.number)
        };
        out.rows("targets", signer.targets.iter().map(target));
    }
    for superseded in &choices.superseded {
        out.table("[superseded]");
        out.text("kind", superseded.kind);
        out.text("manifest", superseded.manifest);
        if let Some(signer) = superseded.signer {
            out.text("signer", signer);
        }
        out.value("number", superseded.number);
    }
}

fn scope(out: &mut Toml, scope: &Scope, state: &State) {
    out.table("[installed]");
    out.text("scope", &scope.id);
    out.list("components", &scope.components);
    let Some(installed) = &scope.installed else {
        out.value("empty", true);
        return;
    };
    if let Some(version) = state.versions.get(&scope.id) {
        out.text("version", version);
    }
    out.text("line", &installed.line);
    out.value("sequence", installed.sequence);
    out.value("feature-level", installed.feature_level);
    out.value("security-level", installed.security_level);
    if let Some(manifest) = installed.manifest {
        out.text("manifest", manifest);
    }
    if let Some(signed) = &installed.signed {
        let keys: Vec<_> = signed.keys.iter().map(|key| format!("\"{key}\"")).collect();
        let (asked, channel, keys) = (signed.asked, signed.channel, keys.join(", "));
        out.value("signed", format!("{{ asked = \"{asked}\", channel = \"{channel}\", keys = [{keys}] }}"));
    }
    let head = |h: &LineHead| {
        let levels = (h.sequence, h.feature_level, h.security_level);
        let (sequence, feature, security) = levels;
        format!(
            "{{ line = \"{}\", sequence = {sequence}, feature-level = {feature}, security-level = {security} }}",
            h.line
        )
    };
    out.rows("disowned", installed.disowned.iter().flatten().map(head));
    for (component, sha256) in &installed.images {
        out.table("[installed.image]");
        out.text("component", component);
        out.text("sha256", sha256);
    }
}

fn user(out: &mut Toml, choices: &Choices) {
    let maybe = |out: &mut Toml, key, digest: Option<Digest>| {
        if let Some(digest) = digest {
            out.text(key, digest);
        }
    };
    out.table("user");
    out.maybe("automatic-security", choices.automatic_security);
    if choices.automatic_feature {
        out.value("automatic-feature", true);
    }
    if choices.approval != Approval::None {
        out.text("approval", choices.approval);
    }
    maybe(out, "approved", choices.approved);
    maybe(out, "approved-download", choices.approved_download);
    out.list("declined", &choices.declined);
    if choices.postponed.left > 0 {
        out.maybe("postponed-until", choices.postponed.until);
        out.value("postponed-left", choices.postponed.left);
    }
    out.value("postponed-count", choices.postponed.count);
    let feature = &choices.postponed_feature;
    if *feature != Postponed::default() {
        let until = feature.until.map_or_else(String::new, |until| format!(", until = {until}"));
        let (count, left) = (feature.count, feature.left);
        out.value("postponed-feature", format!("{{ count = {count}, left = {left}{until} }}"));
    }
    let notified = choices.notified.iter().map(|n| {
        let at = n.at.map_or_else(String::new, |at| format!("at = {at}, "));
        let by = n.signer.map_or_else(String::new, |key| format!(", signer = \"{key}\""));
        format!("{{ manifest = \"{}\", {at}elapsed = {}{by} }}", n.manifest, n.elapsed)
    });
    out.rows("notified", notified);
    if let Some(language) = &choices.language {
        out.text("language", language);
    }
    out.list("answered", &choices.answered);
}

struct Toml(String);

impl Toml {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{line}");
    }

    fn table(&mut self, name: &str) {
        let gap = if self.0.is_empty() { "" } else { "\n" };
        self.line(format_args!("{gap}[{name}]"));
    }

    fn value(&mut self, key: &str, value: impl Display) {
        self.line(format_args!("{key} = {value}"));
    }

    fn maybe(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.value(key, value);
        }
    }

    fn text(&mut self, key: &str, text: impl Display) {
        self.line(format_args!("{key} = \"{text}\""));
    }

    /// Texts on one line; no line where there are none.
    fn list<T: Display>(&mut self, key: &str, list: &[T]) {
        if !list.is_empty() {
            let list: Vec<_> = list.iter().map(|text| format!("\"{text}\"")).collect();
            self.value(key, format!("[{}]", list.join(", ")));
        }
    }

    /// One entry a line; no line where there are none.
    fn rows(&mut self, key: &str, rows: impl Iterator<Item = String>) {
        let rows: String = rows.map(|row| format!("  {row},\n")).collect();
        if !rows.is_empty() {
            self.value(key, format!("[\n{rows}]"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Notified, Profile};

    /// Everything that can stand in a state file.
    const FULL: &str = r#"[product]
vendor = "acme"
name = "cam"
hardware = ["rev-a", "rev-b"]

[[installed]]
scope = "product"
components = ["boot", "recovery"]
version = "1.0.0+git"
line = "1.0"
sequence = 1
feature-level = 2
security-level = 3
manifest = "1111111111111111111111111111111111111111111111111111111111111111"
signed = { asked = "security-exception", channel = "stable", keys = ["bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"] }
disowned = [
  { line = "1.0", sequence = 1, feature-level = 2, security-level = 3 },
  { line = "2.0", sequence = 4, feature-level = 5, security-level = 6 },
]

[[installed.image]]
component = "boot"
sha256 = "2222222222222222222222222222222222222222222222222222222222222222"

[[installed]]
scope = "modem"
components = ["modem"]
empty = true

[user]
automatic-security = false
automatic-feature = true
approval = "download-and-install"
approved = "3333333333333333333333333333333333333333333333333333333333333333"
approved-download = "4444444444444444444444444444444444444444444444444444444444444444"
declined = ["5555555555555555555555555555555555555555555555555555555555555555"]
postponed-until = 1796083200
postponed-left = 3600
postponed-count = 2
postponed-feature = { count = 1, left = 7, until = 1796083300 }
notified = [
  { manifest = "6666666666666666666666666666666666666666666666666666666666666666", at = 1796000000, elapsed = 7, signer = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd" },
  { manifest = "7777777777777777777777777777777777777777777777777777777777777777", elapsed = 0 },
]
language = "de-AT"
answered = ["evening-1", "evening-2"]

[device]
profile = "industrial"
busy = true
now = 1796083200

[keyring]
version = 3
digest = "8888888888888888888888888888888888888888888888888888888888888888"

[withdrawn]
mark = 3

[[withdrawn.by]]
signer = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
revoked-in = 2
mark = 7
targets = [
  { digest = "9999999999999999999999999999999999999999999999999999999999999999", number = 8 },
  { digest = "1919191919191919191919191919191919191919191919191919191919191919", number = 8, corrective = "recall" },
]

[[withdrawn.by]]
signer = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

[[superseded]]
kind = "withdrawal"
manifest = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
signer = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
number = 4

[[superseded]]
kind = "notice"
manifest = "1111111111111111111111111111111111111111111111111111111111111111"
number = 5
"#;

    fn read_text(text: &str) -> State {
        State::from_text(text).unwrap_or_else(|e| panic!("{e} at {:?} of\n{text}", e.at))
    }

    #[test]
    fn a_full_state_file_reads_and_is_written_as_it_was() {
        let state = read_text(FULL);
        assert_eq!(text(&state), FULL);
        assert_eq!(state.device.profile, Profile::Industrial);
        assert_eq!(state.choices.postponed, Postponed { count: 2, left: 3_600, until: Some(1_796_083_200) });
        assert_eq!(state.choices.automatic_security, Some(false));
        let manifest = Digest([0x77; 32]);
        assert_eq!(state.choices.notified[1], Notified { manifest, at: None, elapsed: 0, signer: None });
        let [product, modem] = state.device.state.scopes.as_slice() else { panic!("two scopes") };
        assert!(product.installed.is_some() && modem.installed.is_none());
    }

    #[test]
    fn what_a_scope_lacks_is_said() {
        let why = |scope: &str| {
            let product = "[product]\nvendor = \"acme\"\nname = \"cam\"\nhardware = \"rev-a\"\n";
            State::from_text(&format!("{product}[[installed]]\n{scope}")).map(drop).unwrap_err().why
        };
        let lost = why("scope = \"product\"\n");
        assert_eq!(lost, "line is missing; a scope that left the factory empty says empty = true");
        assert!(why("scope = \"product\"\nempty = true\n").contains("needs its components"));
        let both = "scope = \"product\"\nempty = true\ncomponents = [\"a\"]\n";
        assert!(why(&format!("{both}sequence = 1\n")).contains("has no line, no counters and no image"));
        let modem = "[[installed]]\nscope = \"modem\"\nempty = true\ncomponents = [\"a\"]\n";
        assert_eq!(why(&format!("{both}{modem}")), "a is a component of another scope too");
    }

    #[test]
    fn what_is_not_there_is_the_default() {
        let state = read_text("[product]\nvendor = \"acme\"\nname = \"cam\"\nhardware = \"rev-a\"\n");
        assert_eq!(state.choices, Choices::default());
        assert!(state.now.is_none() && state.keyring.is_none() && !state.device.busy);
        assert_eq!(text(&read_text(&text(&state))), text(&state));
        let nameless = text(&state).replace("hardware = [\"rev-a\"]", "hardware = []");
        assert_eq!(text(&read_text(&nameless)), nameless);
        // An end by the clock alone, as a person may write it, lasts a day at most.
        let by_hand = text(&state).replace("postponed-count = 0", "postponed-until = 5\npostponed-count = 1");
        assert_eq!(read_text(&by_hand).choices.postponed.left, 86_400);
    }
}
