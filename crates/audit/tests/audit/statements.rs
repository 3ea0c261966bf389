//! Statements that name each other (G11, VER-9), what they promise (G16), to whom (G24, G9), and what the register says of
//! them.

use crate::history::*;
use Verdict::{Exception, Fail, Pass};
use pkg_audit::set::RecordFile;
use pkg_audit::{AuditOptions, RowStatus, Severity, Verdict, audit, records};
use pkg_format::Rule::{G9, G11, G16, G24, Pol4, Ver9};
use pkg_format::ident::Month;
use pkg_format::manifest::{
    After, Automatic, Channel, PastRule, Releases, Remedy, Series, TailorMade, VexJustification, VexStatus,
    Waiver,
};
use pkg_format::{Digest, Version, state as state_of};

const A: &str = "CVE-2026-1000";
const B: &str = "CVE-2026-2000";
const ABSENT: VexStatus = VexStatus::NotAffected(VexJustification::VulnerableCodeNotPresent);

fn line_one() -> Series {
    Series::Line { scope: id("product"), line: id("1") }
}

fn after(series: Series, sequence: u64, digest: Digest) -> After {
    After { series, sequence, digest }
}

/// Three releases of a line, each of which names the one before it.
fn chain() -> Vec<Release> {
    vec![
        release("1.0", "1", (1, 1, 1), 0),
        security("1.1", "1", (2, 1, 2), 10, &[A]),
        security("1.2", "1", (3, 1, 3), 20, &[B]).but(|r| {
            fixes(r).push(fix(A, 2));
        }),
    ]
    .but(|all| {
        for i in 1..3 {
            let digest = all[i - 1].digest;
            all[i].common.after = vec![after(line_one(), i as u64, digest)];
        }
    })
}

/// G11: what a statement names as the newest that its maker knew is in the set. The numbers alone say nothing.
#[test]
fn g11_the_newest_that_was_known() {
    expect(&of(chain()), &[]);
    let gone = of(chain().but(|all| {
        all.remove(1);
        all[1].body.from = vec![state("1.0")];
    }));
    let found = failures(&gone, G11);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].text.contains("1.2 refers to number 2 of line 1, which is not"), "{}", found[0].text);
    // A number is missing, and nobody names it.
    let gap = of(chain().but(|all| {
        all.remove(1);
        all[1].body.from = vec![state("1.0")];
        all[1].common.after = Vec::new();
    }));
    assert_eq!(gap.result(G11).verdict, Pass);
    // Notices and withdrawals are series too.
    for (series, words) in
        [(Series::Notices, "number 7 of the notices"), (Series::Withdrawals, "number 7 of the withdrawals")]
    {
        let unknown = after(series, 7, state("unknown"));
        let found = of(chain().but(|all| all[2].common.after.push(unknown)));
        expect(&found, &[(G11, Fail)]);
        assert!(failures(&found, G11)[0].text.contains(words), "{}", failures(&found, G11)[0].text);
    }
}

/// G11: a base that is missing has the name that the delta gives it.
#[test]
fn g11_what_a_delta_calls_its_base() {
    let images = vec![(id("rootfs"), state("1.1"))];
    let missing =
        state_of::digest(&id("acme"), &id("cam"), &id("product"), images.iter().map(|(c, d)| (c, *d)));
    let releases = vec![
        release("1.0", "1", (1, 1, 1), 0),
        security("1.2", "1", (3, 1, 3), 20, &[B]).but(|r| {
            r.deliveries.push(Delivery::Delta(images.clone()));
            r.body.from = vec![missing, state("1.0")];
        }),
    ];
    let bases = [(images[0].clone(), Version::new("1.1").expect("a version"))].into();
    let found = of_product(Product { releases, bases, ..Product::default() });
    let texts: Vec<_> = failures(&found, G11).iter().map(|f| f.text.clone()).collect();
    assert!(texts.iter().any(|t| t.contains("refers to 1.1, the base of a delta")), "{texts:?}");
    assert!(texts.iter().any(|t| t.contains("(it names 1.1)")), "{texts:?}");
}

/// VER-9: a statement is not older than one that it names. It is a thing of the past, so the maker can answer for it.
#[test]
fn ver_9_named_before_it_was_issued() {
    let product = |issued: u64, answered: bool| {
        let releases = chain().but(|all| all[2].common.issued = day(issued));
        let answer = crate::past::answer(30, PastRule::Issued, &[], &["1.2"], (9, 10));
        let acknowledgements = if answered { vec![answer] } else { Vec::new() };
        of_product(Product { releases, acknowledgements, ..Product::default() })
    };
    assert!(product(10, false).rule(Ver9).is_none());
    let older = product(9, false);
    assert_eq!(older.rule(Ver9).map(|r| r.verdict), Some(Fail));
    let text = &failures(&older, Ver9)[0].text;
    assert!(text.contains("1.2 was issued on 2026-01-10 and names 1.1, which was issued later"), "{text}");
    assert_eq!(older.verdict, Fail);
    assert_eq!(product(9, true).rule(Ver9).map(|r| r.verdict), Some(Exception));
}

/// G16: support lasts five years over the whole line, and its beginning does not move.
#[test]
fn g16_the_whole_line() {
    let supported = |r: &mut Release, from: &str, until: &str| {
        r.body.support.from = Month::new(from).expect("a month");
        r.body.support.until = Month::new(until).expect("a month");
    };
    let line = |first: (&str, &str), last: (&str, &str), why: bool| {
        of(chain().but(|all| {
            supported(&mut all[0], first.0, first.1);
            supported(&mut all[1], first.0, first.1);
            supported(&mut all[2], last.0, last.1);
            all[2].body.support.shorter_use = why.then(|| en("It is used for three years."));
        }))
    };
    expect(&line(("2026-01", "2028-12"), ("2026-01", "2031-01"), false), &[]);
    let short = line(("2026-01", "2028-12"), ("2026-01", "2030-12"), false);
    expect(&short, &[(G16, Fail)]);
    assert!(failures(&short, G16)[0].text.contains("59 months"), "{}", failures(&short, G16)[0].text);
    let reason = line(("2026-01", "2028-12"), ("2026-01", "2030-12"), true);
    expect(&reason, &[(G16, Exception)]);
    assert_eq!(exceptions(&reason, G16)[0].rationale.as_deref(), Some("It is used for three years."));
    // The beginning moves later, so each release alone looks long enough.
    let moved = line(("2026-01", "2031-01"), ("2026-02", "2031-02"), false);
    expect(&moved, &[(G16, Fail)]);
    assert!(failures(&moved, G16)[0].text.contains("begins support in 2026-02"));
    expect(&line(("2026-02", "2031-02"), ("2026-01", "2031-02"), false), &[]);
    // What testers had before begins no support: years before the first public release do not count.
    let early = |channel| {
        let mut public = release("1.0", "1", (1, 1, 1), 0);
        supported(&mut public, "2021-01", "2026-06");
        public.common.issued += 20 * 86_400;
        let mut first = release("0.9", "0", (1, 1, 1), 0);
        first.body.identity.channel = channel;
        first.common.issued -= 1_800 * 86_400;
        exceptions(&of(vec![first, public]), G16).iter().any(|f| f.text.contains("5 months"))
    };
    assert_eq!([Channel::Testing, Channel::Stable].map(early), [true, false]);
}

/// G16: updates that are installed late are listed.
#[test]
fn g16_installed_late() {
    let within = |days: u64| {
        of(chain().but(|all| {
            let (install_within, opt_out) = (days * DAY, en("Menu, Updates, off"));
            all[1].body.automatic =
                Some(Automatic::Applicable { install_within, max_postpone: install_within, opt_out });
        }))
    };
    expect(&within(30), &[]);
    let late = within(31);
    expect(&late, &[(G16, Exception)]);
    assert!(exceptions(&late, G16)[0].text.contains("within 31 days"));
}

/// G24: what is tailor-made is made for one customer, under a contract of its own.
#[test]
fn g24_tailor_made_for_one() {
    let terms = |customer: &str, contract: &str| {
        Some(TailorMade {
            customer: label(customer),
            contract_digest: Digest::of(contract.as_bytes()),
            purpose: en("A plant."),
            waives: vec![Waiver::FreeOfCharge],
        })
    };
    let found = |first: (&str, &str), second: (&str, &str), images: &str| {
        let one = release("1.0", "1", (1, 1, 1), 0).but(|r| r.body.tailor_made = terms(first.0, first.1));
        let two = release("1.0", "1", (1, 1, 1), 1).but(|r| {
            r.body.tailor_made = terms(second.0, second.1);
            (r.digest, r.state) = (state("second"), state(images));
            r.body.images = vec![image("rootfs", state(images))];
        });
        failures(&of(vec![one, two]), G24).iter().map(|f| f.text.clone()).collect::<Vec<_>>()
    };
    assert!(found(("acme", "a"), ("acme", "a"), "1.0").is_empty());
    assert!(found(("acme", "a"), ("other", "b"), "other").is_empty());
    let shared = found(("acme", "a"), ("other", "b"), "1.0");
    assert!(shared.len() == 1 && shared[0].contains("same images"), "{shared:?}");
    let contract = found(("acme", "a"), ("other", "a"), "other");
    assert!(contract.len() == 1 && contract[0].contains("contract of another customer"), "{contract:?}");
}

/// G9: a notice can speak of releases still to come. Where what it says does not hold any more it is to be replaced.
#[test]
fn g9_a_notice_for_releases_to_come() {
    let line = |from| Releases::Line { scope: id("product"), line: id("1"), from: Some(from), below: None };
    let told = |releases: Releases, last: &[&str], replaced: bool| {
        let n = notice("n", 15, A, &["1.0"], Remedy::NoFixPlanned).but(|n| {
            n.body.statuses[0].releases = vec![releases.clone()];
            n.body.remediations[0].releases = vec![releases.clone()];
        });
        let next = notice("m", 40, A, &["1.0", "1.1"], Remedy::NoFixPlanned)
            .but(|m| m.common.supersedes = vec![n.digest]);
        let notices = if replaced { vec![n, next] } else { vec![n] };
        let releases = vec![
            release("1.0", "1", (1, 1, 1), 0),
            security("1.1", "1", (2, 1, 2), 20, &[B]),
            security("1.2", "1", (3, 1, 3), 30, last),
        ];
        of_product(Product { releases, notices, ..Product::default() })
    };
    let open = [B];
    // Each release after it is named without a new notice.
    expect(&told(line(2), &open, false), &[]);
    // A notice for others does not tell them.
    assert_eq!(told(line(9), &open, false).result(G9).verdict, Fail);
    // 1.2 fixes it: the notice should end there.
    let fixed = told(line(2), &[A], false);
    expect(&fixed, &[(G9, Exception)]);
    let text = &exceptions(&fixed, G9)[0].text;
    assert!(text.contains("n still names 1.2 for CVE-2026-1000, which is closed there"), "{text}");
    expect(&told(line(2), &[A], true), &[]);
}

/// The register has the times and the severity, and says what was closed by words alone or under another id.
#[test]
fn the_register_says_who_closed_what() {
    let releases = vec![
        release("1.0", "1", (1, 1, 1), 0),
        security("1.1", "1", (2, 1, 2), 40, &["GHSA-2222-3333-4444"]).but(|r| {
            let fix = &mut fixes(r)[0];
            (fix.aliases, fix.known_since) = (vec![vuln(A)], Some(day(10)));
        }),
        feature("2.0", "2", (1, 2, 2), 50, &["1.1"]).but(|r| also_fixes(r, vec![also(A, &["1.1"])])),
    ];
    let notices = vec![
        notice("n", 15, A, &["1.0"], Remedy::Workaround),
        notice("m", 60, B, &["1.0"], Remedy::Workaround).but(|m| {
            m.body.statuses = vec![status(B, &["1.0", "1.1", "2.0"], ABSENT)];
        }),
    ];
    let found = of_product(Product { releases, notices, ..Product::default() });
    let of = |id: &str| found.vulnerabilities.iter().find(|v| v.id == id).expect("it is in the register");
    let (a, b) = (of(A), of(B));
    assert_eq!((a.days_to_tell(), a.days_to_fix(), a.severity), (Some(5), Some(30), Some(Severity::High)));
    assert_eq!((a.closed_by_alias.to_string(), a.closed_by_notice.count()), ("1.1".into(), 0));
    assert_eq!((b.closed_by_notice.count(), b.closed_by_alias.count()), (3, 0));
}

/// POL-4: a gap in the records of a device is a failure that the maker can answer for, once records go on after it.
#[test]
fn pol_4_a_gap_in_the_records() {
    let line = |sequence: u64, previous: &str, time: u64| {
        let previous = Digest::of(previous.as_bytes());
        format!("{{\"sequence\":{sequence},\"previous\":\"{previous}\",\"time\":{time}}}\n")
    };
    let first = line(1, "", day(1));
    let gap = format!("{first}{}", line(3, "lost", day(5)));
    let found = |file: RecordFile, days: (u64, u64)| {
        let answer = crate::past::answer(30, PastRule::Records, &[], &[], days);
        let product = Product { releases: chain(), acknowledgements: vec![answer], ..Product::default() };
        let set = Set { records: vec![file], ..set(product) };
        let audit = audit(&set, &AuditOptions::default());
        let row = audit.rows.iter().find(|r| r.text.contains("records of decisions")).map(|r| r.status);
        (audit.rule(Pol4).map(|r| r.verdict), row)
    };
    let broken = || records::check("records", gap.as_bytes());
    assert_eq!(broken().gap, Some((day(1), day(5))));
    assert_eq!(found(broken(), (1, 5)), (Some(Exception), Some(RowStatus::Exception)));
    assert_eq!(found(broken(), (2, 5)), (Some(Fail), Some(RowStatus::Fail)));
    // What is cut off has no end yet.
    let torn = records::check("records", first.trim_end().as_bytes());
    assert_eq!((torn.gap, found(torn.clone(), (0, 9)).0), (None, Some(Fail)));
}

/// A declared release came before the packages, so it was not placed on the market after the newest of them (VER-13).
#[test]
fn history_is_of_what_came_before() {
    let declare = |placed: &str| {
        let text = format!(
            "[[release]]\nversion = \"0.9\"\nline = \"0\"\nfeature-level = 1\nsecurity-level = 1\n\
             hardware = [\"rev-a\"]\nplaced = {placed}\n[release.images]\nrootfs = \"{}\"\n",
            state("0.9")
        );
        let mut set = set(Product { releases: chain(), ..Product::default() });
        pkg_audit::history::declare(&mut set, &text).map_err(|e| e.message)
    };
    assert_eq!(declare("2026-01-21"), Ok(()));
    assert!(declare("2026-01-22").is_err_and(|why| why.contains("after the newest package")));
}
