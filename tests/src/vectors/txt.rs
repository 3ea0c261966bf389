//! Text that people read (threats T49, T51, T52).

use super::Set;
use crate::Fake;
use crate::fake::path::{map, text};
use pkg_format::{Rule, Tree};

fn notice(path: &str, value: &str) -> Fake {
    Fake::notice().set(path, text(value))
}

pub(super) fn add(set: &mut Set) {
    let long = "x".repeat(32_768);
    set.refused(
        Rule::Txt3,
        "advisory",
        "An advisory of three texts that are short enough, and too long together.",
        ["summary", "details"]
            .iter()
            .fold(Fake::notice(), |fake, field| fake.set(&format!("advisory.en.{field}"), text(&long))),
    );
    for (name, field, c) in [
        ("escape", "advisory.en.title", '\u{1b}'),
        ("nul", "advisory.en.summary", '\0'),
        ("return", "advisory.en.details", '\r'),
        ("backspace", "advisory.en.impact", '\u{8}'),
        ("tab", "action.text.en", '\t'),
        ("delete", "remediations[0].text.en", '\u{7f}'),
        ("c1-csi", "contact", '\u{9b}'),
        ("c1-next-line", "contact", '\u{85}'),
        ("soft-hyphen", "contact", '\u{ad}'),
        ("arabic-mark", "advisory.en.title", '\u{61c}'),
        ("zero-width-space", "contact", '\u{200b}'),
        ("left-to-right", "advisory.en.summary", '\u{200e}'),
        ("right-to-left", "advisory.en.summary", '\u{200f}'),
        ("override", "advisory.en.details", '\u{202e}'),
        ("embedding", "action.text.en", '\u{202a}'),
        ("isolate", "advisory.en.title", '\u{2066}'),
        ("isolate-end", "advisory.en.title", '\u{2069}'),
        ("line-separator", "advisory.en.details", '\u{2028}'),
        ("paragraph-separator", "advisory.en.details", '\u{2029}'),
        ("word-joiner", "contact", '\u{2060}'),
        ("byte-order-mark", "contact", '\u{feff}'),
        ("replacement", "contact", '\u{fffd}'),
        ("noncharacter", "contact", '\u{ffff}'),
        ("hangul-filler", "contact", '\u{3164}'),
        ("tag", "advisory.en.title", '\u{e0041}'),
        ("private-plane", "advisory.en.title", '\u{f0000}'),
    ] {
        let what = format!("U+{:04X} in {field}.", u32::from(c));
        set.refused(Rule::Txt1, name, &what, notice(field, &format!("a{c}b")));
    }
    set.refused(
        Rule::Txt1,
        "line-feed",
        "A line feed in a title.",
        notice("advisory.en.title", "a\nsignature: OK"),
    );
    set.refused(Rule::Txt1, "note", "A control character in a note.", notice("x-note", "a\u{1b}[2J"));
    set.refused(
        Rule::Txt1,
        "approver",
        "A bidirectional control in the name of who approved.",
        Fake::inseparable().set("separation.approver", text("board\u{202e}")),
    );
    set.refused(Rule::Txt2, "empty", "An empty title.", notice("advisory.en.title", ""));
    set.refused(
        Rule::Txt2,
        "spaces",
        "A text of spaces and line feeds.",
        notice("advisory.en.details", " \n \u{a0}\u{3000}"),
    );
    set.refused(
        Rule::Txt2,
        "no-language",
        "A text in no language.",
        Fake::notice().set("action.text", map([])),
    );
    set.refused(
        Rule::Txt2,
        "no-advisory-language",
        "An advisory in no language.",
        Fake::notice().set("advisory", map([])),
    );
    set.refused(
        Rule::Txt3,
        "title",
        "A title of 1,025 bytes.",
        notice("advisory.en.title", &"t".repeat(1025)),
    );
    set.refused(
        Rule::Txt3,
        "bytes",
        "A contact of 600 characters, but 1,200 bytes.",
        notice("contact", &"ä".repeat(600)),
    );
    for (name, tag) in [
        ("capitals", "EN"),
        ("region-small", "de-at"),
        ("script-small", "zh-hant"),
        ("underscore", "en_US"),
        ("private", "x-mine"),
        ("private-behind", "en-x-mine"),
        ("grandfathered", "i-klingon"),
        ("one-letter", "e"),
        ("nine-letters", "abcdefghi"),
        ("word", "english"),
        ("extension", "en-a-bcd"),
        ("two-regions", "en-US-GB"),
        ("variant-twice", "ca-valencia-valencia"),
        ("empty", ""),
        ("dash", "en-"),
    ] {
        let what = format!("A text in the language {tag:?}.");
        let texts = Tree::Map(vec![(tag.into(), text("Configure it."))]);
        set.refused(Rule::Txt4, name, &what, Fake::notice().set("action.text", texts));
    }
    for (name, url) in [
        ("http", "http://acme.example/"),
        ("javascript", "javascript:alert(1)"),
        ("file", "file:///etc/passwd"),
        ("no-host", "https://"),
        ("no-host-but-path", "https:///x"),
        ("user", "https://acme.example@evil.example/"),
        ("inside", "http://evil.example/?x=https://acme.example/"),
        ("capitals", "HTTPS://acme.example/"),
        ("space", "https://acme.example/a b"),
        ("unicode", "https://äcme.example/"),
        ("long", &*format!("https://acme.example/{}", "a".repeat(1024))),
    ] {
        let fake = notice("remediations[0].url", url);
        set.refused(Rule::Txt6, name, "An address that is not one to follow.", fake);
    }
}
