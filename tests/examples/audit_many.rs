//! How an audit grows with the history: `cargo run --release -p pkg-tests --example audit_many [N]...`
//!
//! Writes a history of N packages to a folder, reads and verifies it, judges it, writes the page; prints
//! how long each took. The history is one that goes on for years: every week a vulnerability is fixed on the
//! four newest lines at once, every six weeks a feature release opens a new line; each release travels as
//! a full package and as a delta, and a line is supported for 24 weeks.

use pkg_audit::load::{self, Extent};
use pkg_audit::{AuditOptions, Verdict, audit, report, time};
use pkg_format::state;
use pkg_format::{Digest, Id, Tree};
use pkg_tests::fake::path::{self, en, num, text};
use pkg_tests::{Fake, keyrings};
use std::collections::BTreeSet;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

const WEEK: u64 = 7 * 86_400;
/// 2026-12-01.
const START: u64 = 1_796_083_200;
/// How many weeks a line gets fixes, and every how many weeks one begins.
const KEPT: u64 = 24;
const EVERY: u64 = 6;

/// A line of development on its way.
struct Line {
    number: u64,
    began: u64,
    sequence: u64,
    /// Its newest state, and how many weeks of fixes lie behind it.
    state: Digest,
    from: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut sizes: Vec<u64> = std::env::args().skip(1).map(|a| a.parse()).collect::<Result<_, _>>()?;
    if sizes.is_empty() {
        sizes = vec![2_500, 5_000, 10_000];
    }
    println!("packages  states  vulnerabilities  read and verify    judge  report (html)  in all");
    for size in sizes {
        let folder = tempfile::tempdir()?;
        write(folder.path(), size)?;
        measure(folder.path(), size)?;
    }
    Ok(())
}

fn measure(folder: &Path, size: u64) -> Result<(), Box<dyn Error>> {
    let keyring = keyrings::standard();
    let jobs = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let begun = Instant::now();
    let set = load::folders(&[folder.to_owned()], &keyring, Extent::Statements, jobs, &|_| (), Vec::new())?;
    let loaded = begun.elapsed();
    let found = audit(&set, &AuditOptions::default());
    let judged = begun.elapsed();
    let page = report::html(&set, &found);
    let written = begun.elapsed();
    let states = set.products.iter().map(|p| p.releases.len()).sum::<usize>();
    println!(
        "{:>8}  {states:>6}  {:>15}  {:>13.2} s  {:>5.2} s  {:>11.2} s  {:>4.2} s",
        set.packages.len(),
        found.vulnerabilities.len(),
        loaded.as_secs_f64(),
        (judged - loaded).as_secs_f64(),
        (written - judged).as_secs_f64(),
        written.as_secs_f64()
    );
    let failing: Vec<_> = found.failures().map(|f| f.text.as_str()).take(3).collect();
    let refused: Vec<_> = set.refused.iter().map(|r| r.why.as_str()).take(3).collect();
    if found.verdict == Verdict::Fail || set.packages.len() as u64 != size || page.is_empty() {
        return Err(format!("the history is not what it should be: {failing:?} {refused:?}").into());
    }
    Ok(())
}

/// Writes the history until there are as many packages.
fn write(folder: &Path, size: u64) -> Result<(), Box<dyn Error>> {
    let mut left = size;
    let mut lines: Vec<Line> = Vec::new();
    for week in 0.. {
        lines.retain(|line| week < line.began + KEPT);
        // A week that would be cut off is not begun: somebody would be left without a fix. What is left
        // becomes more deltas of one release, as for more bases.
        if left < 2 * (lines.len() as u64 + 3) {
            // The users of every line can go on to the last feature release.
            let (release, _) = feature(week, &lines)?;
            left = put(folder, left, &format!("{week}-last"), &release)?;
            for n in 0..left {
                put(folder, 1, &format!("{week}-more-{n}"), &release)?;
            }
            return Ok(());
        }
        if week % EVERY == 0 {
            let (release, state) = feature(week, lines.last().map_or(&[], std::slice::from_ref))?;
            left = put(folder, left, &format!("{week}-f"), &release)?;
            let number = week / EVERY;
            lines.push(Line { number, began: week, sequence: 1, state, from: week });
        }
        for line in &mut lines {
            line.sequence += 1;
            let (release, state) = security(week, line)?;
            line.state = state;
            left = put(folder, left, &format!("{week}-{}", line.number), &release)?;
        }
    }
    Ok(())
}

/// Writes a release as two packages, while any are left to write.
fn put(folder: &Path, left: u64, name: &str, release: &Fake) -> Result<u64, Box<dyn Error>> {
    // Each from the image of the first release: what it starts from is in the set.
    let base = Tree::Bytes(Digest::of(b"0.0").0.to_vec());
    let delta = release.clone().delivered_as(&Fake::delta().set_delivery("payloads[1].base.sha256", base));
    for (package, kind) in [(release, "full"), (&delta, "delta")].into_iter().take(left.min(2) as usize) {
        std::fs::write(folder.join(format!("{name}.{kind}.pkg")), package.package())?;
    }
    Ok(left.saturating_sub(2))
}

/// What both classes have in common, and the digest of the state.
fn of(
    base: Fake,
    version: &str,
    line: u64,
    counters: [u64; 3],
    week: u64,
    began: u64,
) -> Result<(Fake, Digest), Box<dyn Error>> {
    let images = [Digest::of(format!("boot {version}").as_bytes()), Digest::of(version.as_bytes())];
    let [sequence, feature_level, security_level] = counters;
    // Some weeks before its last fix: no month of support goes without.
    let until = time::month_name(time::month(START + (began + KEPT - 5) * WEEK));
    let fake = base
        .set("id", text(&format!("cam-{version}")))
        .set("sequence", num(sequence))
        .set("issued", num(START + week * WEEK))
        .set("release.version", text(version))
        .set("release.line", text(&format!("l{line}")))
        .set("release.feature-level", num(feature_level))
        .set("release.security-level", num(security_level))
        .set("images[0].sha256", Tree::Bytes(images[0].0.to_vec()))
        .set("images[1].sha256", Tree::Bytes(images[1].0.to_vec()))
        .set("support.from", text(&time::month_name(time::month(START + began * WEEK))))
        .set("support.shorter-use", en("Used for one season."))
        .set("support.until", text(&until));
    let id = |text: &str| Id::new(text).map_err(|e| e.to_string());
    let (boot, root) = (id("boot")?, id("rootfs")?);
    let named = [(&boot, images[0]), (&root, images[1])];
    let state = state::digest(&id("acme")?, &id("cam")?, &id("product")?, named.into_iter());
    Ok((fake, state))
}

/// A feature release that opens a line, from the newest states of some lines.
fn feature(week: u64, before: &[Line]) -> Result<(Fake, Digest), Box<dyn Error>> {
    let number = week.div_ceil(EVERY);
    let from: BTreeSet<Digest> = before.iter().map(|line| line.state).collect();
    let from: Vec<Tree> = from.iter().map(|state| Tree::Bytes(state.0.to_vec())).collect();
    let (fake, state) =
        of(Fake::feature(), &format!("{number}.0"), number, [1, number + 1, week + 1], week, week)?;
    let fake = if from.is_empty() { fake } else { fake.set("from", Tree::List(from.clone())) };
    Ok((fake.set("applies-to", Tree::List(from)), state))
}

/// The week's fix on a line, with those of its earlier weeks.
fn security(week: u64, line: &Line) -> Result<(Fake, Digest), Box<dyn Error>> {
    let mut fake = Fake::security();
    let mut template = Tree::Bool(false);
    fake = fake.alter("fixes[0]", |fix| template = fix.clone());
    let fix = |week: u64| {
        let mut fix = template.clone();
        path::set(&mut fix, "id", text(&format!("CVE-2026-{}", 10_000 + week)));
        path::set(&mut fix, "level", num(week + 2));
        fix
    };
    let fixes: Vec<_> = (line.from..=week).map(fix).collect();
    let version = format!("{}.{}", line.number, line.sequence);
    let counters = [line.sequence, line.number + 1, week + 2];
    let (fake, state) = of(fake, &version, line.number, counters, week, line.began)?;
    let parent = Tree::Bytes(line.state.0.to_vec());
    Ok((fake.set("fixes", Tree::List(fixes)).set("from", Tree::List(vec![parent])), state))
}
