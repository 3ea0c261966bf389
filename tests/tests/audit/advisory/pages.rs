//! The pages for people: whole, in the language asked for, and safe whatever the texts say.

use pkg_format::Tree;
use pkg_tests::Fake;
use pkg_tests::advisories::{Case, cases, scored};
use pkg_tests::fake::path::{list, map, text};

fn html(fake: Fake) -> String {
    Case::new("case", fake).made(pkg_advisory::html).expect("a page").text
}

#[test]
fn no_text_becomes_markup() {
    let evil = "</title></style><script>alert(1)</script><img src=x onerror=\"a()\">'&";
    let action = map([("en", text(evil))]);
    let fake = scored()
        .set("advisory.en.title", text(evil))
        .set("advisory.en.summary", text(evil))
        .set("advisory.en.details", text(evil))
        .set("advisory.en.impact", text(evil))
        .set("action.text", action.clone())
        .set("fixes[0].impact", action.clone())
        .set("fixes[0].description", action)
        .set("contact", text(evil));
    let page = html(fake);
    for markup in ["<script", "<img", "</style><", "</title></"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_eq!(page.matches("</title>").count(), 1);
}

/// One file, nothing from elsewhere, nothing that runs.
#[test]
fn a_page_needs_nothing_else() {
    for case in cases() {
        let page = case.made(pkg_advisory::html).expect("a page").text;
        for what in [" src=", " href=", "<link", "@import", "url(", "<script", " on", "javascript:"] {
            let markup: String =
                page.split('>').filter_map(|p| p.rsplit_once('<')).map(|(_, tag)| tag).collect();
            assert!(!markup.contains(what.trim_start_matches('<')), "{}: {what}", case.name);
        }
        let style = page.split("<style>").nth(1).and_then(|s| s.split("</style>").next()).expect("a style");
        assert!(!style.contains("url(") && !style.contains("@import"), "{}", case.name);
        assert_eq!(page.matches("<h1>").count(), 1, "{}", case.name);
        for tag in [
            "main", "header", "section", "article", "dl", "div", "dt", "dd", "p", "ul", "li", "h1", "h2",
            "h3", "span",
        ] {
            let opened =
                page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{}: {tag}", case.name);
        }
        // No level of heading is skipped.
        let levels: Vec<u32> = page
            .match_indices("<h")
            .filter_map(|(i, _)| page[i + 2..].chars().next()?.to_digit(10))
            .collect();
        assert!(levels.windows(2).all(|w| w[1] <= w[0] + 1), "{}: {levels:?}", case.name);
    }
}

#[test]
fn languages_are_marked_where_they_change() {
    let both = |en: &str, other: (&str, &str)| {
        let advisory = |t: &str| {
            map([("title", text(t)), ("summary", text(t)), ("details", text(t)), ("impact", text(t))])
        };
        map([("en", advisory(en)), (other.0, advisory(other.1))])
    };
    let fake = scored().set("advisory", both("Watched", ("he", "נצפה")));
    let case = Case::new("case", fake);
    let asked = |lang: &str| {
        let lang = pkg_format::lang::Lang::new(lang).unwrap();
        case.made(|s, o| {
            let options =
                pkg_advisory::Options { lang: Some(&lang), namespace: o.namespace, ..Default::default() };
            let page = pkg_advisory::html(s, &options).expect("a page");
            (page.text, page.fell_back, page.file_name)
        })
    };
    let (page, fell_back, name) = asked("he");
    assert!(page.contains("<html lang=\"he\" dir=\"rtl\">"));
    // The tool's own words are English there, and so is the action: both say so.
    assert!(page.contains("<h2 lang=\"en\" dir=\"ltr\">What to do first</h2>"));
    assert!(page.contains("<p lang=\"en\" dir=\"ltr\">Install the update, then restart.</p>"));
    assert_eq!((fell_back, name.as_str()), (None, "cam-case-he.html"));
    let (page, fell_back, name) = asked("fr");
    assert!(page.contains("<html lang=\"en\" dir=\"ltr\">"));
    assert!(page.contains("There is no text in the language fr; this is en."));
    assert_eq!((fell_back.as_deref(), name.as_str()), (Some("en"), "cam-case.html"));
    // A shorter form of what was asked for is no falling back (RFC 4647, lookup).
    assert_eq!(asked("he-IL").1, None);
}

/// Plain text keeps to its width, but for words that are wider.
#[test]
fn lines_are_as_wide_as_they_may_be() {
    for case in cases().iter().filter(|c| !c.name.starts_with("c")) {
        for width in [40, 80] {
            let page = case.made(|s, o| pkg_advisory::text(s, o, width)).expect("a page").text;
            let wide = page.lines().filter(|l| l.chars().count() > width && l.split_whitespace().count() > 3);
            assert_eq!(wide.collect::<Vec<_>>(), Vec::<&str>::new(), "{} at {width}", case.name);
        }
    }
}

#[test]
fn what_nobody_vouches_for_says_so_first() {
    let case = Case::new("case", Fake::withdrawal());
    let page = case.made(|s, o| pkg_advisory::text(s, o, 80)).expect("a page").text;
    assert!(page.lines().nth(1).is_some_and(|l| l.starts_with("UNVERIFIED")), "{page}");
    let page = html(Fake::withdrawal());
    let (before, _) = page.split_once("<main>").expect("a page");
    assert!(before.contains("UNVERIFIED"));
}

/// A feature update is never said to install itself, nor to change something "else".
#[test]
fn a_feature_update_waits_to_be_wanted() {
    let change = map([
        ("id", text("night-mode")),
        ("level", Tree::Uint(4)),
        ("effect", text("added")),
        ("user-visible", Tree::Bool(true)),
        ("text", map([("en", text("Sees in the dark."))])),
    ]);
    let feature = html(Fake::feature().set("changes", list([change])));
    assert!(feature.contains("<h2>What changes</h2>") && feature.contains("<li>Sees in the dark.</li>"));
    assert!(feature.contains("only if you have switched that on") && !feature.contains("within 24 h "));
    let security = html(scored());
    assert!(security.contains("<h2>What else changes</h2>") && security.contains("within 24 h "));
}

/// What attackers use comes first, then the worst.
#[test]
fn the_most_urgent_comes_first() {
    let fix = |id: &str, severity: &str, exploited: bool| {
        map([
            ("id", text(id)),
            ("level", Tree::Uint(7)),
            ("status", text("fixed")),
            ("severity", text(severity)),
            ("impact", map([("en", text("Bad."))])),
            ("affected", text("applies-to")),
            ("exploited", Tree::Bool(exploited)),
            ("disclosure", text("public")),
        ])
    };
    let fixes = list([fix("A-1", "low", true), fix("B-2", "medium", false), fix("C-3", "critical", false)]);
    let page = html(Fake::security().set("fixes", fixes));
    let places: Vec<_> = ["<h3>A-1", "<h3>C-3", "<h3>B-2"].map(|h| page.find(h).expect(h)).to_vec();
    assert!(places.is_sorted(), "{places:?}");
    assert!(page.contains("<p><span class=\"badge critical\">critical</span></p>"));
}
