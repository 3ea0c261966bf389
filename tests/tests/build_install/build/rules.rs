//! Rules of one release: each is broken once, and pointed at.

use super::*;

#[test]
fn separation_is_held_by_the_builder() {
    let pure = "kind = \"pure\"";
    let inseparable = &inseparable();
    let by_change = &inseparable.replace("inseparable", "change-is-fix");
    let needed = &format!("{CHANGE}necessary-for = [\"CVE-2026-12345\"]\n");
    let short = &format!(
        "kind = \"inseparable\"\nrationale.en = \"It had to be.\"\n{}",
        &JUSTIFIED[JUSTIFIED.find("alt").expect("alternatives")..]
    );
    let without = |line: &str| {
        let kept = inseparable.lines().filter(|l| !l.starts_with(line));
        kept.collect::<Vec<_>>().join("\n")
    };
    let (no_rationale, no_alternatives, no_approver) =
        (&without("rationale"), &without("alternatives"), &without("approver"));
    let reason = "[[also-fix]]\nid = \"CVE-2026-12345\"\n";
    let exception =
        "exception.reason = \"not-feasible\"\nexception.rationale.en = \"It needs new hardware.\"\n";
    hold(&[
        Case(SECURITY, &[("class = \"security\"", "")], Rule::Sep1, Some("release")),
        Case(SECURITY, &[("\"security\"\n", "\"urgent\"\n")], Rule::Sep1, Some("\"urgent\"")),
        Case(SECURITY, &[("\"security\"\n", "\"Security\"\n")], Rule::Sep1, Some("\"Security\"")),
        Case(SECURITY, &[("[separation]\nkind = \"pure\"", "")], Rule::Sep2, None),
        Case(SECURITY, &[(pure, "")], Rule::Sep2, Some("[separation]")),
        Case(SECURITY, &[(pure, "kind = \"mostly\"")], Rule::Sep2, Some("\"mostly\"")),
        Case(SECURITY, &[("", needed), (pure, "kind = \"inseparable\"")], Rule::Sep3, Some("separation")),
        Case(SECURITY, &[("", needed), (pure, short)], Rule::Sep3, Some("rationale")),
        Case(SECURITY, &[("", needed), (pure, no_rationale)], Rule::Sep3, Some("separation")),
        Case(SECURITY, &[("", needed), (pure, no_alternatives)], Rule::Sep3, Some("separation")),
        Case(SECURITY, &[("", needed), (pure, no_approver)], Rule::Sep3, Some("separation")),
        Case(SECURITY, &[(pure, &format!("{pure}\n{JUSTIFIED}"))], Rule::Sep4, Some("alternatives")),
        Case(SECURITY, &[(pure, inseparable), ("", CHANGE)], Rule::Sep5, Some("[[change]]")),
        Case(
            SECURITY,
            &[(pure, inseparable), ("", &format!("{CHANGE}necessary-for = [\"CVE-2026-1\"]"))],
            Rule::Adv9,
            Some("\"CVE-2026-1\""),
        ),
        Case(
            SECURITY,
            &[(pure, inseparable), ("", &format!("{CHANGE}necessary-for = [\"CVE-2026-9999\"]"))],
            Rule::Sep6,
            Some("\"CVE-2026-9999\""),
        ),
        Case(SECURITY, &[("", needed)], Rule::Sep7, Some("\"added\"")),
        Case(SECURITY, &[("", CHANGE), ("\"added\"", "\"corrected\"")], Rule::Sep7, Some("true")),
        Case(SECURITY, &[(pure, inseparable)], Rule::Sep8, None),
        Case(SECURITY, &[(pure, by_change)], Rule::Sep8, None),
        Case(SECURITY, &[(pure, by_change), ("", needed)], Rule::Sep9, Some("\"added\"")),
        Case(
            SECURITY,
            &[(pure, by_change), ("", needed), ("\"added\"", "\"changed\"")],
            Rule::Sep9,
            Some("\"changed\""),
        ),
        Case(&following(SECURITY, "1.0.0", &[]), &[("line = \"1.0\"", "line = \"1.1\"")], Rule::Sep10, ANY),
        Case(
            &following(SECURITY, "1.0.0", &[]),
            &[("line = \"1.0\"", "line = \"1.0\"\nfeature-level = 2")],
            Rule::Sep10,
            ANY,
        ),
        Case(
            &following(FEATURE, "1.0.0", &[("\"1.0.0\"", "\"1.0.5\"")]),
            &[("line = \"1.0\"", "line = \"1.0\"\nfeature-level = 1")],
            Rule::Sep12,
            ANY,
        ),
        Case(FEATURE, &[("", reason)], Rule::Sep13, Some("[[also-fix]]")),
        Case(
            FEATURE,
            &[("", &format!("{reason}{exception}exception.approver = \"Board\"")), ("not-feasible", "hard")],
            Rule::Sep13,
            Some("\"hard\""),
        ),
        Case(FEATURE, &[("", &format!("{reason}{exception}"))], Rule::Sep3, Some("exception")),
        Case(SECURITY, &[("id = \"CVE", "level = 5\nid = \"CVE")], Rule::Sep14, Some("5")),
        Case(FEATURE, &[("id = \"night", "level = 2\nid = \"night")], Rule::Sep14, Some("2")),
        Case(
            &following(SECURITY, "1.0.0", &[]),
            &[("", needed), ("id = \"menu\"", "id = \"menu\"\nlevel = 1")],
            Rule::Sep15,
            None,
        ),
        Case(
            SECURITY,
            &[(
                "[[fix]]\nid = \"CVE-2026-12345\"\nseverity = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N\"\nimpact.en = \"Strangers can watch.\"\n",
                "",
            )],
            Rule::Sep16,
            None,
        ),
        Case(
            SECURITY,
            &[("", "[[reopen]]\nid = \"CVE-2026-9999\"\nreason.en = \"It broke the lens.\"")],
            Rule::Sep17,
            Some("reopen"),
        ),
    ]);
}

/// An inseparable update that raises the feature level takes every feature on the way along.
#[test]
fn passed_features_are_listed() {
    let raising = |known: &str| {
        let class = format!("class = \"security\"\nfeature-level = 2\nknown = \"{known}\"");
        following(
            SECURITY,
            "1.0.2",
            &[
                ("class = \"security\"", &class),
                ("version = \"1.0.1\"", "version = \"1.1.9\""),
                ("line = \"1.0\"", "line = \"1.1\""),
                ("CVE-2026-12345", "CVE-2026-80008"),
                ("kind = \"pure\"", &inseparable()),
                ("", &format!("{CHANGE}necessary-for = [\"CVE-2026-80008\"]")),
            ],
        )
    };
    hold(&[Case(&raising("out"), &[("\"menu\"", "\"other\"")], Rule::Sep11, Some("change"))]);
    let listed = edit(&raising("out"), "\"menu\"", "\"onvif\"");
    let out = tempfile::tempdir().expect("a folder");
    let with = With { out: out.path().to_owned(), issued: ISSUED + 100 * DAY, ..With::all(past()) };
    let built = build_with(&listed, past().dir(), &with).unwrap_or_else(|e| panic!("{e}"));
    let new = release(&built.path);
    assert_eq!((new.identity.feature_level, new.identity.security_level), (2, 7));
    assert_eq!(manifest(&built.path).common().sequence, 5, "behind the four of line 1.1");
}

#[test]
fn what_the_user_is_told_is_held_by_the_builder() {
    let advisory =
        &SECURITY[SECURITY.find("[advisory.en]").expect("it")..SECURITY.find("[action]").expect("it")];
    let action = &SECURITY[SECURITY.find("[action]").expect("it")..SECURITY.find("[automatic]").expect("it")];
    let severity = "severity = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N\"";
    let impact = "impact.en = \"Strangers can watch.\"";
    let cve = "\"CVE-2026-12345\"";
    let delayed = |what: &str| format!("disclosure = {{ delayed = {{ {what} }} }}");
    let no_reason = &delayed("until = 2027-01-01");
    let no_until = &delayed("reason.en = \"Others have not fixed it yet.\"");
    let notice = |from: &str, to: &str| {
        NOTICE[NOTICE.find(from).expect("it")..NOTICE.find(to).expect("it")].to_owned()
    };
    let (status, remedy) =
        (&notice("[[status]]", "[[remediation]]"), &notice("[[remediation]]", "[advisory.en]"));
    let contact = "contact = \"security@acme.example\"\n";
    hold(&[
        Case(SECURITY, &[(advisory, "")], Rule::Adv1, None),
        Case(NOTICE, &[(&notice("[advisory.en]", "[action]"), "")], Rule::Adv1, None),
        Case(SECURITY, &[(action, "")], Rule::Adv2, None),
        Case(SECURITY, &[("code = \"install-and-restart\"", "")], Rule::Adv2, Some("action")),
        Case(
            SECURITY,
            &[("text.en = \"Install now; the camera restarts once.\"", "")],
            Rule::Adv2,
            Some("action"),
        ),
        Case(SECURITY, &[(severity, "")], Rule::Adv3, Some("[[fix]]")),
        Case(SECURITY, &[(impact, "")], Rule::Adv3, Some("[[fix]]")),
        Case(SECURITY, &[(severity, no_reason)], Rule::Adv4, Some("delayed")),
        Case(SECURITY, &[(severity, no_until)], Rule::Adv4, Some("delayed")),
        Case(NOTICE, &[(status, "")], Rule::Adv5, None),
        Case(NOTICE, &[(remedy, "")], Rule::Adv5, None),
        Case(NOTICE, &[("\"workaround\"", "\"fix-planned\"")], Rule::Adv6, Some("[[remediation]]")),
        Case(SECURITY, &[(severity, "severity = \"9.8\"")], Rule::Adv8, Some("\"9.8\"")),
        Case(SECURITY, &[(severity, "severity = \"CVSS:3.1/AV:N\"")], Rule::Adv8, Some("\"CVSS:3.1/AV:N\"")),
        Case(SECURITY, &[(cve, "\"CVE-26-12345\"")], Rule::Adv9, Some("\"CVE-26-12345\"")),
        Case(SECURITY, &[(cve, "\"cve-2026-12345\"")], Rule::Adv9, Some("\"cve-2026-12345\"")),
        Case(NOTICE, &[("\"affected\"", "\"not-affected\"")], Rule::Adv10, Some("[[status]]")),
        Case(
            NOTICE,
            &[("\"affected\"", "\"not-affected\"\njustification = \"luck\"")],
            Rule::Adv10,
            Some("\"luck\""),
        ),
        Case(NOTICE, &[(contact, "")], Rule::Adv11, None),
        Case(WITHDRAWAL, &[("contact = \"support@acme.example\"\n", "")], Rule::Adv11, None),
        Case(
            SECURITY,
            &[(impact, &format!("{impact}\nexploited-since = 2026-06-20"))],
            Rule::Adv12,
            Some("2026-06-20"),
        ),
    ]);
}

/// Only a builder knows which languages the product is sold in.
#[test]
fn required_languages_are_held_by_the_builder() {
    let both = ("languages = [\"en\"]", "languages = [\"en\", \"de\"]");
    let german = "[advisory.de]\ntitle = \"Video\"\nsummary = \"Sichtbar.\"\ndetails = \"Ohne Passwort.\"\nimpact = \"Keine.\"";
    let act = (
        "text.en = \"Install now; the camera restarts once.\"",
        "text = { en = \"Install.\", de = \"Installieren.\" }",
    );
    let out = (
        "opt-out.en = \"Settings, Updates, Automatic: off.\"",
        "opt-out = { en = \"Settings.\", de = \"Einstellungen.\" }",
    );
    hold(&[
        Case(SECURITY, &[both], Rule::Adv7, Some("advisory")),
        Case(SECURITY, &[both, ("", german)], Rule::Adv7, Some("text")),
        Case(SECURITY, &[both, ("", german), act], Rule::Adv7, Some("opt-out")),
        Case(FEATURE, &[both], Rule::Adv7, Some("opt-out")),
        Case(NOTICE, &[both], Rule::Adv7, Some("advisory")),
        Case(WITHDRAWAL, &[both], Rule::Adv7, Some("advisory")),
    ]);
    let project = Project::new();
    build(&project, &edited(SECURITY, &[both, ("", german), act, out])).unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn automatic_cost_support_and_defaults_are_held_by_the_builder() {
    let automatic =
        &SECURITY[SECURITY.find("[automatic]").expect("it")..SECURITY.find("[support]").expect("it")];
    let support = &SECURITY[SECURITY.find("[support]").expect("it")..];
    let opt_out = "opt-out.en = \"Settings, Updates, Automatic: off.\"";
    let (yes, no) = ("applicable = true", "applicable = false");
    let contact = "contact = \"security@acme.example\"";
    let paid = &format!("cost = \"paid\"\n{contact}");
    let tailor = "[tailor-made]\ncustomer = \"Metro\"\ncontract-digest = \"1111111111111111111111111111111111111111111111111111111111111111\"\npurpose.en = \"Tunnel cameras.\"\nwaives = [\"free-of-charge\"]";
    let less = |line: &str| tailor.lines().filter(|l| !l.starts_with(line)).collect::<Vec<_>>().join("\n");
    let latest = "[[evidence]]\nkind = \"risk\"\nmedia-type = \"text/plain\"\nfile = \"boot.img\"\n[latest-only]\nkind = \"sub-version\"\nfree = true\nhardware = [\"rev-a\"]\nevidence = [0]";
    let weaker = "[[default]]\nid = \"console\"\ndirection = \"weaker\"\ntext.en = \"The console is on.\"";
    hold(&[
        Case(SECURITY, &[(automatic, "")], Rule::Aut1, None),
        Case(SECURITY, &[(yes, "applicable = true\ndefault = \"off\"")], Rule::Aut2, Some("\"off\"")),
        Case(SECURITY, &[(opt_out, "")], Rule::Aut3, Some("automatic")),
        Case(SECURITY, &[(yes, no), (opt_out, "")], Rule::Aut4, Some("automatic")),
        Case(SECURITY, &[(yes, no), (opt_out, "reason = \"component\"")], Rule::Aut4, Some("automatic")),
        Case(
            SECURITY,
            &[(yes, no), (opt_out, "text.en = \"Part of others.\"")],
            Rule::Aut4,
            Some("automatic"),
        ),
        Case(SECURITY, &[(yes, no), (opt_out, "reason = \"lazy\"")], Rule::Aut4, Some("\"lazy\"")),
        Case(SECURITY, &[(yes, "applicable = false\ndefault = \"on\"")], Rule::Aut5, Some("\"on\"")),
        Case(SECURITY, &[(contact, paid)], Rule::Cst1, Some("\"paid\"")),
        Case(SECURITY, &[("", &less("customer"))], Rule::Cst2, Some("tailor-made")),
        Case(SECURITY, &[("", &less("contract"))], Rule::Cst2, Some("tailor-made")),
        Case(SECURITY, &[("", &less("purpose"))], Rule::Cst2, Some("tailor-made")),
        Case(SECURITY, &[("", &less("waives"))], Rule::Cst2, Some("tailor-made")),
        Case(
            SECURITY,
            &[("", tailor), ("\"free-of-charge\"", "\"separation\"")],
            Rule::Cst2,
            Some("\"separation\""),
        ),
        Case(SECURITY, &[("", latest), ("free = true", "free = false")], Rule::Cst3, Some("latest-only")),
        Case(
            SECURITY,
            &[
                ("", latest),
                ("class = \"security\"", "class = \"security\"\nenvironment-cost.en = \"A new hub.\""),
            ],
            Rule::Cst3,
            Some("latest-only"),
        ),
        Case(SECURITY, &[(support, "")], Rule::Sup1, None),
        Case(SECURITY, &[("until = \"2036-12\"", "")], Rule::Sup1, Some("support")),
        Case(SECURITY, &[("\"2036-12\"", "\"2036-13\"")], Rule::Sup1, Some("\"2036-13\"")),
        Case(SECURITY, &[("\"2036-12\"", "\"2025-12\"")], Rule::Sup1, Some("\"2025-12\"")),
        Case(SECURITY, &[("\"2036-12\"", "\"2030-12\"")], Rule::Sup2, Some("\"2030-12\"")),
        Case(SECURITY, &[("", weaker)], Rule::Def1, Some("\"weaker\"")),
    ]);
    // What an agreement may waive, and that it waives nothing else.
    let project = Project::new();
    let secure = tailor.replace("free-of-charge", "secure-default");
    for edits in [[(contact, paid.as_str()), ("", tailor)], [("", weaker), ("", &secure)]] {
        build(&project, &edited(SECURITY, &edits)).unwrap_or_else(|e| panic!("{e}"));
    }
    hold(&[
        Case(SECURITY, &[("", tailor), ("", weaker)], Rule::Def1, Some("\"weaker\"")),
        Case(SECURITY, &[("", &secure), (contact, paid)], Rule::Cst1, Some("\"paid\"")),
    ]);
}

/// AUTO-7: that a release may not install itself relaxes nothing else.
#[test]
fn what_is_not_automatic_is_held_to_every_other_rule() {
    let off = |text: &str| {
        edited(
            text,
            &[
                (
                    "applicable = true",
                    "applicable = false\nreason = \"industrial\"\ntext.en = \"By the operator.\"",
                ),
                ("opt-out.en = \"Settings, Updates, Automatic: off.\"\n", ""),
            ],
        )
    };
    let project = Project::new();
    build(&project, &off(SECURITY)).unwrap_or_else(|e| panic!("{e}"));
    build(&project, &off(FEATURE)).unwrap_or_else(|e| panic!("{e}"));
    let action = &SECURITY[SECURITY.find("[action]").expect("it")..SECURITY.find("[automatic]").expect("it")];
    hold(&[
        Case(&off(SECURITY), &[(action, "")], Rule::Adv2, None),
        Case(&off(SECURITY), &[("", CHANGE)], Rule::Sep7, Some("\"added\"")),
        Case(&off(SECURITY), &[("contact", "cost = \"paid\"\ncontact")], Rule::Cst1, Some("\"paid\"")),
    ]);
}

#[test]
fn the_form_is_held_by_the_builder() {
    let image = "[[image]]\ncomponent = \"boot\"\nfile = \"boot.img\"\n";
    let images = &format!("{image}\n[[image]]\ncomponent = \"rootfs\"\nfile = \"rootfs.img\"\n");
    let fix = "[[fix]]\nid = \"CVE-2026-12345\"\nseverity = \"high\"\nimpact.en = \"Bad.\"";
    let contact = "contact = \"security@acme.example\"";
    let status = "[[status]]\nid = \"CVE-2026-9999\"\nstatus = \"affected\"\nstates = [\"1111111111111111111111111111111111111111111111111111111111111111\"]";
    let id = "\"CVE-2026-12345\"";
    hold(&[
        Case(SECURITY, &[("vendor = \"acme\"", "")], Rule::Man1, Some("product")),
        Case(SECURITY, &[("hardware = [\"rev-a\", \"rev-b\"]", "")], Rule::Man1, Some("product")),
        Case(SECURITY, &[("version = \"1.0.1\"", "")], Rule::Man1, Some("release")),
        Case(SECURITY, &[("version = \"1.0.1\"", ""), (contact, "id = \"a\"")], Rule::Man1, Some("release")),
        Case(SECURITY, &[("line = \"1.0\"", "")], Rule::Man1, Some("release")),
        Case(SECURITY, &[(images, "")], Rule::Man1, None),
        Case(SECURITY, &[("component = \"boot\"", "")], Rule::Man1, Some("[[image]]")),
        Case(SECURITY, &[("file = \"boot.img\"", "")], Rule::Man1, Some("[[image]]")),
        Case(SECURITY, &[("restart = \"device\"", "")], Rule::Man1, Some("action")),
        Case(SECURITY, &[("max-postpone = \"14d\"", "")], Rule::Man1, Some("automatic")),
        Case(SECURITY, &[("details = \"The camera took any password.\"", "")], Rule::Man1, Some("en")),
        Case(NOTICE, &[("id = \"2026-01-upnp\"", "")], Rule::Man1, None),
        Case(WITHDRAWAL, &[("corrective = \"withdraw\"", "")], Rule::Man1, None),
        Case(SECURITY, &[(contact, "\"x-a b\" = \"a note\"")], Rule::Man2, None),
        Case(SECURITY, &[("\"acme\"", "\"a c m e\"")], Rule::Man4, Some("\"a c m e\"")),
        Case(SECURITY, &[("\"1.0.1\"", "\"../1.0.1\"")], Rule::Man4, Some("\"../1.0.1\"")),
        Case(
            SECURITY,
            &[("\"1.0.1\"", "\"../1.0.1\""), (contact, "id = \"a\"")],
            Rule::Man4,
            Some("\"../1.0.1\""),
        ),
        Case(SECURITY, &[(contact, "id = \"../../etc\"")], Rule::Man4, Some("\"../../etc\"")),
        Case(SECURITY, &[(contact, "kind = \"relase\"")], Rule::Man4, Some("\"relase\"")),
        Case(
            SECURITY,
            &[("line = \"1.0\"", "line = \"1.0\"\nchannel = \"beta\"")],
            Rule::Man4,
            Some("\"beta\""),
        ),
        Case(SECURITY, &[("line = \"1.0\"", "line = \"1.0\"\nsequence = -1")], Rule::Man4, Some("-1")),
        Case(SECURITY, &[("\"72h\"", "\"soon\"")], Rule::Man4, Some("\"soon\"")),
        Case(SECURITY, &[("\"72h\"", "-3")], Rule::Man4, Some("-3")),
        Case(SECURITY, &[("\"install-and-restart\"", "\"reboot\"")], Rule::Man4, Some("\"reboot\"")),
        Case(
            SECURITY,
            &[("restart = \"device\"", "restart = \"device\"\ndeadline = \"soon\"")],
            Rule::Man4,
            Some("\"soon\""),
        ),
        Case(SECURITY, &[("\"boot.img\"", "\"empty.img\"")], Rule::Man5, Some("[[image]]")),
        Case(FEATURE, &[("", fix)], Rule::Man6, Some("fix")),
        Case(FEATURE, &[("", "[separation]\nkind = \"pure\"")], Rule::Man6, Some("separation")),
        Case(NOTICE, &[("", image)], Rule::Man6, Some("image")),
        Case(WITHDRAWAL, &[("", fix)], Rule::Man6, Some("fix")),
        Case(
            NOTICE,
            &[(contact, "contact = \"a@b.example\"\ncost = \"free\"")],
            Rule::Man6,
            Some("\"free\""),
        ),
        Case(NOTICE, &[("", "[release]\nversion = \"1.0.1\"")], Rule::Man6, Some("release")),
        Case(
            SECURITY,
            &[("applicable = true", "applicable = true\nreason = \"other\"")],
            Rule::Man6,
            Some("\"other\""),
        ),
        Case(SECURITY, &[("", fix)], Rule::Man7, Some("fix")),
        Case(SECURITY, &[("component = \"rootfs\"", "component = \"boot\"")], Rule::Man7, Some("[[image]]")),
        Case(SECURITY, &[(id, "\"CVE-2026-12345\"\ntouches = []")], Rule::Man9, Some("[]")),
        Case(SECURITY, &[("", &format!("{status}\nrisk = 3"))], Rule::Man10, Some("3")),
        Case(
            SECURITY,
            &[("", "[[require]]\nscope = \"product\"\nline = \"1.0\"\nfrom = 1")],
            Rule::Man4,
            Some("\"product\""),
        ),
    ]);
}

#[test]
fn texts_are_held_by_the_builder() {
    let summary = "\"Video could be seen by others.\"";
    let long = &format!("\"{}\"", "a".repeat(64 << 10));
    let url = |url: &str| format!("text.en = \"Off.\"\nurl = \"{url}\"");
    let off = "text.en = \"Switch off UPnP.\"";
    let evidence = "[[evidence]]\nkind = \"sbom\"\nmedia-type = \"text/plain\"\nfile = \"boot.img\"\nuri = \"file:///etc/passwd\"";
    hold(&[
        Case(SECURITY, &[(summary, r#""seen \u001b[31mred""#)], Rule::Txt1, Some(r#""seen \u001b[31mred""#)),
        Case(SECURITY, &[(summary, r#""a\rb""#)], Rule::Txt1, Some(r#""a\rb""#)),
        Case(SECURITY, &[(summary, r#""a\tb""#)], Rule::Txt1, Some(r#""a\tb""#)),
        Case(SECURITY, &[(summary, r#""a\u202eb""#)], Rule::Txt1, Some(r#""a\u202eb""#)),
        Case(SECURITY, &[(summary, "\"a\u{200b}b\"")], Rule::Txt1, Some("\"a\u{200b}b\"")),
        Case(
            SECURITY,
            &[("\"Video without password\"", r#""Video\nVERIFIED""#)],
            Rule::Txt1,
            Some(r#""Video\nVERIFIED""#),
        ),
        Case(SECURITY, &[("security@acme.example", r"a\u009bb")], Rule::Txt1, Some(r#""a\u009bb""#)),
        Case(SECURITY, &[(summary, "\"\"")], Rule::Txt2, Some("\"\"")),
        Case(SECURITY, &[(summary, "\" \\n \"")], Rule::Txt2, Some("\" \\n \"")),
        Case(
            SECURITY,
            &[("text.en = \"Install now; the camera restarts once.\"", "text = {}")],
            Rule::Txt2,
            Some("{}"),
        ),
        Case(SECURITY, &[(summary, long)], Rule::Txt3, Some("en")),
        Case(SECURITY, &[("impact.en", "impact.EN")], Rule::Txt4, Some("impact")),
        Case(SECURITY, &[("advisory.en", "advisory.english1")], Rule::Txt4, Some("advisory")),
        Case(NOTICE, &[(off, &url("http://acme.example"))], Rule::Txt6, Some("\"http://acme.example\"")),
        Case(NOTICE, &[(off, &url("javascript:alert(1)"))], Rule::Txt6, Some("\"javascript:alert(1)\"")),
        Case(
            NOTICE,
            &[(off, &url("https://a:b@acme.example"))],
            Rule::Txt6,
            Some("\"https://a:b@acme.example\""),
        ),
        Case(SECURITY, &[("", evidence)], Rule::Txt6, Some("\"file:///etc/passwd\"")),
    ]);
}

/// Builders are stricter than verifiers: what no verifier refuses, since a later Unicode may give it
/// a meaning, no builder writes.
#[test]
fn characters_of_no_category_are_not_written() {
    let summary = "\"Video could be seen by others.\"";
    // Private use, unassigned, a noncharacter, a soft hyphen.
    for c in ['\u{e000}', '\u{10fffd}', '\u{378}', '\u{fdd0}', '\u{ad}'] {
        let text = format!("\"odd {c} here\"");
        let rule = if pkg_format::text::is_forbidden(c) { Rule::Txt1 } else { Rule::Txt5 };
        hold(&[Case(SECURITY, &[(summary, &text)], rule, Some(&text))]);
    }
    // Letters of every script, marks, symbols and line feeds are written.
    let project = Project::new();
    let text = r#""Größe ≤ 5 €, пароль, パスワード, كلمة, पासवर्ड 🔒\nnext line""#;
    build(&project, &edit(SECURITY, summary, text)).unwrap_or_else(|e| panic!("{e}"));
}

/// A field is too long for a statement, or evidence for a package.
#[test]
fn bounds_are_held_by_the_builder() {
    let mut large = SECURITY.to_owned();
    for a in 'a'..='r' {
        let details = "x".repeat(63 << 10);
        large.push_str(&format!(
            "\n[advisory.a{a}]\ntitle = \"T\"\nsummary = \"S\"\ndetails = \"{details}\"\nimpact = \"I\"\n"
        ));
    }
    hold(&[Case(&large, &[("", "")], Rule::Con4, None)]);
    let mut many = SECURITY.replace("impact.en = \"Strangers can watch.\"\n", "");
    let languages: String =
        ('a'..='z').flat_map(|a| ['a', 'b', 'c'].map(|b| format!("impact.{a}{b} = \"x\"\n"))).collect();
    many = edit(&many, "[separation]", &format!("{languages}[separation]"));
    hold(&[Case(&many, &[("", "")], Rule::Man5, Some("impact"))]);
}
