//! What no package can do to the page, whatever it says and however wide the terminal is.

use super::*;
use pkg_format::cbor::MapBuilder;
use pkg_format::{Rule, Tree};
use textwrap::core::display_width;

fn map(entries: &[(&str, Tree)]) -> Tree {
    Tree::Map(entries.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect())
}

fn texts(text: &str) -> Tree {
    map(&[("de", Tree::text(text)), ("en", Tree::text(text))])
}

fn states(n: u8) -> Tree {
    Tree::List((0..n).map(|i| Tree::Bytes(vec![i; 32])).collect())
}

fn common(kind: &str) -> MapBuilder {
    let long = "x".repeat(64);
    let hardware = (10..60).map(|i| Tree::Text(format!("rev-{i}"))).collect();
    MapBuilder::new()
        .put("format", &1u64)
        .text("kind", kind)
        .text("id", &long)
        .put("sequence", &u64::MAX)
        .put("issued", &253_402_300_799)
        .text("contact", &"VERIFIED ".repeat(100))
        .text("x-note", &"VERIFIED: ".repeat(100))
        .tree(
            "product",
            map(&[
                ("vendor", Tree::text(long.as_str())),
                ("name", Tree::text("VERIFIED")),
                ("hardware", Tree::List(hardware)),
            ]),
        )
}

fn advice(manifest: MapBuilder, text: &str) -> MapBuilder {
    let advisory = map(&[
        ("title", Tree::Text(text.replace('\n', " ").trim().chars().take(200).collect())),
        ("summary", Tree::text("VERIFIED")),
        ("details", Tree::text(text)),
        ("impact", Tree::text("VERIFIED: statements verified, payload not read")),
    ]);
    let action = map(&[
        ("code", Tree::text("install")),
        ("restart", Tree::text("none")),
        ("deadline", Tree::Uint(1)),
        ("text", texts(text)),
    ]);
    manifest.tree("advisory", map(&[("en", advisory)])).tree("action", action)
}

const IMAGE: u64 = 1 << 20;

/// A security release whose every text is `text`.
fn release(text: &str) -> Manifest {
    let fix = |i: u64| {
        map(&[
            ("id", Tree::Text(format!("CVE-2026-{}", 10_000 + i))),
            ("level", Tree::Uint(1 + i % 2)),
            ("status", Tree::text("fixed")),
            ("severity", Tree::text("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N")),
            ("impact", texts(text)),
            ("affected", states(30)),
            ("upstream", Tree::Text("VERIFIED: ".repeat(90))),
            ("touches", Tree::List(vec![Tree::Text("VERIFIED: ".repeat(90))])),
            ("exploited", Tree::Bool(i.is_multiple_of(3))),
            ("disclosure", Tree::text("public")),
        ])
    };
    let change = map(&[
        ("id", Tree::text("x".repeat(64))),
        ("level", Tree::Uint(2)),
        ("effect", Tree::text("removed")),
        ("user-visible", Tree::Bool(true)),
        ("text", texts(text)),
        (
            "necessary-for",
            Tree::List((0..40).map(|i| Tree::Text(format!("CVE-2026-{}", 10_000 + i))).collect()),
        ),
    ]);
    let counters = ["feature-level", "security-level", "generation"].map(|k| (k, Tree::Uint(2)));
    let names = [("scope", "product"), ("version", "1+VERIFIED"), ("line", "1"), ("channel", "testing")];
    let mut identity: Vec<_> = names.map(|(k, v)| (k, Tree::text(v))).into_iter().chain(counters).collect();
    identity.push(("environment-cost", texts(text)));
    let image = |name: &str| {
        map(&[
            ("component", Tree::text(name)),
            ("size", Tree::Uint(IMAGE)),
            ("sha256", Tree::Bytes(vec![7; 32])),
        ])
    };
    let separation = map(&[
        ("kind", Tree::text("inseparable")),
        ("rationale", texts(&text.repeat(100).chars().take(600).collect::<String>())),
        ("alternatives", texts(text)),
        ("approver", Tree::Text("VERIFIED: ".repeat(90))),
    ]);
    let automatic = map(&[
        ("applicable", Tree::Bool(false)),
        ("default", Tree::text("off")),
        ("reason", Tree::text("other")),
        ("text", texts(text)),
    ]);
    let manifest = advice(common("release"), text)
        .tree("release", map(&identity))
        .text("class", "security")
        .tree("applies-to", states(40))
        .tree("images", Tree::List(vec![image("VERIFIED"), image("b")]))
        .tree("separation", separation)
        .tree("fixes", Tree::List((0..40).map(fix).collect()))
        .tree("changes", Tree::List(vec![change]))
        .tree("automatic", automatic)
        .text("cost", "free")
        .tree("support", map(&[("from", Tree::text("2026-12")), ("until", Tree::text("2041-12"))]))
        .done();
    Manifest::decode(&manifest.to_bytes()).unwrap()
}

/// A delta for [`release`].
fn delta(manifest: &Manifest) -> Delivery {
    let digest = || Tree::Bytes(vec![9; 32]);
    let chunk = |image, stored| Tree::List(vec![Tree::Uint(image), Tree::Uint(stored), digest()]);
    let base = [("sha256", digest()), ("size", Tree::Uint(5)), ("version", Tree::text("VERIFIED"))];
    let payload = |name| {
        map(&[
            ("component", Tree::text(name)),
            ("codec", Tree::text("delta-1")),
            ("base", map(&base)),
            ("decode-memory", Tree::Uint(u64::MAX)),
            ("chunks", Tree::List(vec![chunk(0, 10), chunk(IMAGE, 1000)])),
        ])
    };
    let payloads = Tree::List(vec![payload("VERIFIED"), payload("b")]);
    let delivery = MapBuilder::new()
        .put("format", &1u64)
        .put("manifest", &Digest::of(b""))
        .text("kind", "delta")
        .tree("payloads", payloads);
    Delivery::decode(&delivery.done().to_bytes(), manifest, Digest::of(b"")).unwrap()
}

fn withdrawal(text: &str) -> Manifest {
    let manifest = advice(common("withdrawal"), text)
        .text("scope", "product")
        .tree("withdraws", states(20))
        .text("corrective", "stop-use")
        .tree("reason", texts(text));
    Manifest::decode(&manifest.done().to_bytes()).unwrap()
}

fn notice(text: &str) -> Manifest {
    let status = map(&[
        ("id", Tree::text("VERIFIED")),
        ("states", states(20)),
        ("status", Tree::text("affected")),
        ("outcome", Tree::Text("VERIFIED: ".repeat(90))),
    ]);
    let remediation = map(&[
        ("category", Tree::text("workaround")),
        ("ids", Tree::List(vec![Tree::text("VERIFIED")])),
        ("states", states(20)),
        ("text", texts(text)),
        ("url", Tree::Text(format!("https://a.example/{}", "VERIFIED".repeat(50)))),
    ]);
    let manifest = advice(common("notice"), text)
        .tree("statuses", Tree::List(vec![status]))
        .tree("remediations", Tree::List(vec![remediation]));
    Manifest::decode(&manifest.done().to_bytes()).unwrap()
}

/// Every page of manifests that try their worst.
fn pages(verdict: &Verdict, width: usize) -> Vec<String> {
    let fake = "VERIFIED: statements verified, payload not read\n\nVERIFIED\nIn short ──── VERIFIED\n";
    let wide = "広い文字🔒".repeat(300);
    let marks = format!("a{}", "\u{301}".repeat(5000));
    let spaces = format!("{}VERIFIED", " ".repeat(500));
    let words = "VERIFIED ".repeat(3000);
    let emoji = "✔\u{fe0f}".repeat(500);
    let lang = Lang::new("de").unwrap();
    let mut all = Vec::new();
    for text in [fake, &wide, &marks, &spaces, &words, &emoji, &"x".repeat(60_000), &fake.repeat(500)] {
        // Release texts are many: they share the 1 MiB of a statement.
        let short: String = text.chars().take(2000).collect();
        for manifest in [release(&short), notice(text), withdrawal(text)] {
            let delivery = manifest.release().map(|_| delta(&manifest));
            let page = Page {
                manifest: Some(&manifest),
                delivery: delivery.as_ref(),
                digest: Some(Digest::of(b"")),
                lang: Some(&lang),
                ..Page::empty(Path::new("a\nVERIFIED: b\u{1b}[2J\u{9b}\u{202e}.pkg"), u64::MAX, verdict)
            };
            all.push(render(&page, width));
        }
    }
    all
}

/// The text without SGR sequences; anything else that begins with ESC fails the test.
fn plain_text(styled: &str) -> String {
    let mut out = String::new();
    let mut rest = styled;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        let (codes, next) = after.strip_prefix('[').unwrap().split_once('m').unwrap();
        assert!(codes.bytes().all(|b| b.is_ascii_digit() || b == b';'), "{codes:?}");
        out.push_str(before);
        rest = next;
    }
    out + rest
}

fn refused() -> Verdict {
    Verdict::Refused(Refusal::new(
        Rule::Sig2,
        format!("signed,\nVERIFIED: by\u{1b}[2J {}", "VERIFIED: ".repeat(50)),
    ))
}

#[test]
fn only_the_tool_writes_in_the_first_column() {
    for (verdict, word) in [(Verdict::Unverified, "UNVERIFIED: "), (refused(), "REFUSED: ")] {
        for page in pages(&verdict, 80) {
            let page = plain_text(&page);
            assert!(page.starts_with(word), "{page}");
            for line in page.lines().skip(1).filter(|l| !l.starts_with("  ") && !l.is_empty()) {
                // What is left are headings, and they bear the verdict.
                assert!(line.ends_with("UNVERIFIED") && line.contains(" ─"), "{line}");
            }
        }
    }
}

#[test]
fn texts_of_several_lines_stand_behind_the_gutter() {
    for page in pages(&refused(), 80) {
        let page = plain_text(&page);
        let fake = page.lines().find(|l| l.trim_start().starts_with("VERIFIED:"));
        assert_eq!(fake, None, "{page}");
    }
}

#[test]
fn no_line_is_wider_than_the_page() {
    for width in [40, 80, 120] {
        for page in pages(&refused(), width) {
            for line in plain_text(&page).lines() {
                assert!(display_width(line) <= width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn nothing_acts_on_the_terminal() {
    for page in pages(&refused(), 80) {
        let page = plain_text(&page);
        assert!(page.chars().all(|c| c == '\n' || !pkg_format::text::is_forbidden(c)));
        assert!(!page.contains(&"\u{301}".repeat(10)), "marks are not piled up");
        assert!(!page.contains('\u{fe0f}'), "terminals differ on the width of emoji sequences");
    }
}

#[test]
fn colour_is_all_that_styles_add() {
    for page in pages(&Verdict::Unverified, 80) {
        let stripped = anstream::adapter::strip_str(&page).to_string();
        assert_eq!(stripped, plain_text(&page));
        for line in page.lines() {
            let closed = line.rsplit_once("\u{1b}[").is_none_or(|(_, code)| code.starts_with("0m"));
            assert!(closed, "a style crosses the line end: {line:?}");
        }
    }
}

#[test]
fn long_texts_and_lists_are_folded_with_counts() {
    for page in pages(&Verdict::Unverified, 80) {
        let page = plain_text(&page);
        assert!(page.lines().count() < 800, "{}", page.lines().count());
        assert!(page.contains("… and 42 more (--json shows all)"), "hardware: {page}");
    }
}

#[test]
fn a_missing_language_is_said() {
    let (manifest, lang) = (notice("text"), Lang::new("de").unwrap());
    let base = Page::empty(Path::new("p"), 1, &Verdict::Statements);
    let page = plain_text(&render(&Page { manifest: Some(&manifest), lang: Some(&lang), ..base }, 80));
    assert!(page.contains("there is no text in de; this is en"), "{page}");
    assert!(page.contains("│ (de) text"), "the action has it: {page}");
}

#[test]
fn a_verified_page_says_so_and_what_was_not_read() {
    let manifest = release(&"text ".repeat(20));
    let delivery = delta(&manifest);
    let base = Page::empty(Path::new("p"), 1, &Verdict::Statements);
    let page = Page { manifest: Some(&manifest), delivery: Some(&delivery), ..base };
    let page = plain_text(&render(&page, 80));
    assert!(page.contains("delta-1") && page.contains("b from VERIFIED, 5 B"), "{page}");
    assert!(
        page.starts_with("STATEMENTS VERIFIED: only the statements; the images were not read\n"),
        "{page}"
    );
    assert!(!page.contains("UNVERIFIED"), "{page}");
    assert!(page.contains("7.5 high") && page.contains("ACTIVELY EXPLOITED"), "{page}");
}

#[test]
fn words_for_times_and_lengths() {
    assert_eq!(format::time(1_795_348_800), "2026-11-22 12:00 UTC");
    assert_eq!(format::time(1_796_083_200), "2026-12-01");
    assert_eq!(format::time(u64::MAX), "18446744073709551615 s after 1970");
    let lengths = [(259_200, "72 h"), (1_209_600, "14 days"), (5_400, "90 min"), (0, "0 s"), (61, "61 s")];
    for (seconds, text) in lengths {
        assert_eq!(format::duration(seconds), text);
    }
}

/// A statement of each kind, with texts that would act on a terminal escaped by whoever shows them.
pub(crate) fn statements() -> Vec<Tree> {
    let release = release("One line.\nAnother.");
    let delivery = delta(&release);
    let words = [withdrawal("Gone.\nFor good."), notice("Known.")].map(|m| m.to_tree());
    [release.to_tree(), delivery.to_tree()].into_iter().chain(words).collect()
}
