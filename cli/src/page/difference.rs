//! The page of `pkg diff`: first the answer for the auditor, then section by section.

use super::format::{self, count, plain};
use super::layout::{DIM, GOOD, Sheet, list, paint};
use crate::commands::diff::{Answer, Compared, Look, Report, Side};
use crate::commands::size;
use crate::out::{ERROR, WARNING};
use pkg_contents::{Aspect, Change, Entry, Inside};
use pkg_diff::statements::{Entries, Field};
use pkg_format::Tree;
use pkg_format::manifest::{self, Fix};
use std::collections::BTreeSet;

/// Fields that are in the table of both packages, or that follow from it.
const ABOVE: [&str; 8] = [
    "class",
    "id",
    "issued",
    "release.feature-level",
    "release.line",
    "release.security-level",
    "release.version",
    "separation.kind",
];

/// How many files are listed where only the first few are.
const FEW: usize = 8;

/// The longest value of a field that is shown whole, in characters: two of them and a name fit on a line.
const VALUE: usize = 28;

/// The page as text, no line wider than `width`; styles are embedded.
pub(crate) fn render(report: &Report<'_>, width: usize) -> String {
    let vouched = report.old.vouched && report.new.vouched;
    let mark = if vouched { (GOOD, "VERIFIED") } else { (WARNING, "UNVERIFIED") };
    let mut sheet = Sheet::new(width, mark, None, None);
    match vouched {
        true => sheet.verdict(GOOD, "VERIFIED", "every byte of both packages"),
        false => {
            sheet.verdict(
                WARNING,
                "UNVERIFIED",
                "no keyring was given; to verify both packages, give --keyring FILE",
            );
        }
    }
    unexplained(&mut sheet, report);
    if let Some(answer) = report.answer {
        what_else(&mut sheet, report, answer);
    }
    packages(&mut sheet, report);
    fixes(&mut sheet, &report.difference.fixes);
    changes(&mut sheet, &report.difference.changes);
    images(&mut sheet, report);
    components(&mut sheet, report);
    fields(&mut sheet, &report.difference.fields);
    sheet.done()
}

/// Images whose difference cannot be explained. This comes before everything else.
fn unexplained(sheet: &mut Sheet<'_>, report: &Report<'_>) {
    for image in report.images {
        if let Some(why) = image.unexplained() {
            sheet.verdict(WARNING, "UNEXPLAINED", &format!("image {}: {}", image.component, plain(why)));
        }
    }
}

/// What changed that no fix touches.
fn what_else(sheet: &mut Sheet<'_>, report: &Report<'_>, answer: &Answer) {
    sheet.head("What else changed?");
    let files = |n| count(n, "changed file", "changed files");
    let open = !answer.unexplained.is_empty();
    if open {
        let which = list_of("image", "images", &answer.unexplained);
        sheet.item(&format!("{} {which}, and no fix names the whole image", paint(ERROR, "not explained:")));
    }
    match (answer.changed, answer.outside.len()) {
        (0, _) if open => {}
        (0, _) => sheet.item(&format!("{} no file changed", paint(GOOD, "nothing:"))),
        (n, 0) if open => sheet.item(&format!("{}, all touched by fixes", files(n))),
        (n, 0) => {
            let all = if n == 1 { "the changed file is".into() } else { format!("all {} are", files(n)) };
            sheet.item(&format!("{} {all} touched by a fix", paint(GOOD, "nothing else:")));
        }
        (n, _) if answer.fixes == 0 => {
            sheet.item(&format!(
                "{} {}, and there is no new fix",
                paint(WARNING, "cannot be told:"),
                files(n)
            ));
        }
        (n, _) if answer.silent.len() == answer.fixes => {
            sheet.item(&format!(
                "{} {}, and no fix says what it touches",
                paint(WARNING, "cannot be told:"),
                files(n)
            ));
            sheet.under("list the files in each [[fix]]: touches = [\"usr/lib/libfoo.so*\"]");
        }
        (n, m) => sheet.item(&format!(
            "{} no fix touches {m} of {}",
            paint(ERROR, "more than the fixes:"),
            files(n)
        )),
    }
    let shown = if answer.outside.len() <= FEW + 1 { answer.outside.len() } else { FEW };
    for outside in answer.outside.iter().take(shown) {
        let path = outside.path.as_deref().map_or("(the whole image)".into(), plain);
        sheet.under(&format!("{} {}: {path}", sign(outside.sign), outside.component));
    }
    if answer.outside.len() > shown {
        sheet.under(&format!("… and {} more (--json shows all)", answer.outside.len() - shown));
    }
    if answer.silent.len() < answer.fixes && !answer.silent.is_empty() {
        sheet.item(&format!("touches is missing in the {}", list_of("fix", "fixes", &answer.silent)));
    }
    if !answer.everything.is_empty() {
        let which = list(&answer.everything);
        sheet.item(&format!("{} the fixes touch every file of {which}", paint(WARNING, "says nothing:")));
    }
    let d = report.difference;
    let others = [
        (d.changes.new.len(), "change listed besides the fixes", "changes listed besides the fixes"),
        (report.components.map_or(0, <[_]>::len), "software component", "software components"),
    ];
    for (n, one, many) in others.into_iter().filter(|(n, ..)| *n > 0) {
        sheet.item(&format!("also {}", count(n, one, many)));
    }
}

fn list_of(one: &str, many: &str, names: &[String]) -> String {
    format!("{} {}", if names.len() == 1 { one } else { many }, list(names))
}

fn sign(sign: char) -> String {
    match sign {
        '+' => paint(GOOD, "+"),
        '-' => paint(ERROR, "-"),
        other => paint(WARNING, &other.to_string()),
    }
}

/// Both packages side by side.
fn packages(sheet: &mut Sheet<'_>, report: &Report<'_>) {
    sheet.head("Packages");
    let both = [report.old, report.new];
    let row = |label: &str, of: &dyn Fn(&Side) -> String| {
        std::iter::once(label.to_owned()).chain(both.iter().map(|s| of(s))).collect::<Vec<_>>()
    };
    let release = |s: &Side, of: &dyn Fn(&pkg_format::manifest::Release) -> String| {
        s.manifest.release().map_or_else(|| "-".into(), of)
    };
    let class = |s: &Side| {
        release(s, &|r| match r.security() {
            Some(security) => format!("security ({})", security.separation.kind()),
            None => r.class().to_string(),
        })
    };
    let product =
        |s: &Side| format!("{} {}", s.manifest.common().product.vendor, s.manifest.common().product.name);
    let rows = vec![
        vec!["".into(), "old".into(), "new".into()],
        row("product", &product),
        row("release", &Side::name),
        row("kind", &|s| format!("{}, {}", s.kind(), size(s.size))),
        row("class", &class),
        row("line", &|s| release(s, &|r| r.identity.line.to_string())),
        row("feature level", &|s| release(s, &|r| r.identity.feature_level.to_string())),
        row("security level", &|s| release(s, &|r| r.identity.security_level.to_string())),
        row("issued", &|s| format::time(s.manifest.common().issued)),
        row("manifest", &|s| s.digest.short()),
        row("sbom", &sboms),
    ];
    sheet.table(rows, &[]);
    for (word, side) in [("old", report.old), ("new", report.new)] {
        sheet.quote(word, &side.path.display().to_string());
        sheet.field("  signed by", &signers(side));
    }
}

/// The formats of the bills of materials, and how many could not be read.
fn sboms(side: &Side) -> String {
    let mut all: Vec<String> = side.sbom.iter().flat_map(|s| &s.formats).map(|f| plain(f)).collect();
    match side.unread_sboms.len() {
        0 => {}
        n => all.push(format!("{n} not read")),
    }
    if all.is_empty() { "-".into() } else { all.join(", ") }
}

/// Who signed the manifest: labels if there is a keyring, else short key ids.
fn signers(side: &Side) -> String {
    let named = |(report, label): &(pkg_verify::SignatureReport, Option<String>)| {
        label.as_ref().map_or_else(|| report.key.short(), |l| format!("“{}”", plain(l)))
    };
    let all: BTreeSet<_> = side.signatures.iter().map(named).collect();
    if all.is_empty() { "nobody".into() } else { all.into_iter().collect::<Vec<_>>().join(" ") }
}

fn fixes(sheet: &mut Sheet<'_>, fixes: &Entries<'_, Fix>) {
    let row = |sign_: char, fix: &Fix| {
        let touches: Vec<_> = fix.touches.iter().map(|t| plain(t.as_str())).collect();
        let touches = if touches.is_empty() { String::new() } else { format!("touches {}", list(&touches)) };
        vec![
            sign(sign_),
            fix.id.to_string(),
            fix.status.to_string(),
            format::severity(fix.severity()).0,
            format!("level {}", fix.level),
            touches,
        ]
    };
    entries(sheet, "Fixes", fixes, &row, &|f| f.id.to_string());
}

fn changes(sheet: &mut Sheet<'_>, changes: &Entries<'_, manifest::Change>) {
    let row = |sign_: char, change: &manifest::Change| {
        let seen = if change.user_visible { "users notice" } else { "users do not notice" };
        let needed = format::needed_for(&change.necessary_for);
        vec![sign(sign_), change.id.to_string(), change.effect.to_string(), seen.into(), needed]
    };
    entries(sheet, "Changes", changes, &row, &|c| c.id.to_string());
}

fn entries<T: PartialEq>(
    sheet: &mut Sheet<'_>,
    title: &str,
    of: &Entries<'_, T>,
    row: &dyn Fn(char, &T) -> Vec<String>,
    name: &dyn Fn(&T) -> String,
) {
    if of.new.is_empty() && of.carried.is_empty() && of.gone.is_empty() {
        return;
    }
    sheet.head(&format!(
        "{title} ({} new, {} in both, {} only in the old)",
        of.new.len(),
        of.carried.len(),
        of.gone.len()
    ));
    let altered = of.carried.iter().filter(|(old, new)| old != new);
    let rows = of.new.iter().map(|e| row('+', e)).chain(of.gone.iter().map(|e| row('-', e)));
    let rows: Vec<_> = rows.chain(altered.map(|(_, new)| row('~', new))).collect();
    let (shown, folded) = super::layout::fold(&rows);
    for line in sheet.columns(shown, &[]) {
        sheet.item(&line);
    }
    sheet.folded(folded);
    let same: Vec<_> = of.carried.iter().filter(|(old, new)| old == new).map(|(_, new)| name(new)).collect();
    if !same.is_empty() {
        sheet.item(&format!("= {}", list(&same)));
    }
}

fn images(sheet: &mut Sheet<'_>, report: &Report<'_>) {
    if report.images.is_empty() {
        return;
    }
    sheet.head("Images");
    for image in report.images {
        let sizes = match (image.old, image.new) {
            (Some((old, _)), Some((new, _))) if old == new => size(new),
            (Some((old, _)), Some((new, _))) => format!("{} → {}", size(old), size(new)),
            (Some((one, _)), None) | (None, Some((one, _))) => size(one),
            (None, None) => String::new(),
        };
        let (mark, what) = match &image.look {
            Look::Same => ("=".to_owned(), "identical".to_owned()),
            Look::OneSided if image.old.is_none() => (sign('+'), "only in the new package".into()),
            Look::OneSided => (sign('-'), "only in the old package".into()),
            Look::Inside(format, Inside::Files(changes)) => {
                (sign('~'), format!("{format}, {}", counts(changes)))
            }
            Look::Inside(_, Inside::Unexplained(why)) => (sign('~'), format!("unexplained: {}", plain(why))),
            Look::Unseen(why, _) => (sign('~'), format!("unexplained: {}", plain(why))),
        };
        sheet.item(&format!("{mark} {}  {sizes}  {what}", image.component));
        files(sheet, image, report.lines);
    }
}

/// `3 files added, 1 changed`.
fn counts(changes: &[Change]) -> String {
    let words = ["added", "removed", "changed"]
        .map(|word| (changes.iter().filter(|c| c.as_str() == word).count(), word));
    let parts: Vec<_> = words.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    parts.join(", ")
}

fn files(sheet: &mut Sheet<'_>, image: &Compared, lines: usize) {
    match &image.look {
        Look::Inside(_, Inside::Files(changes)) => {
            let shown = if changes.len() <= lines.saturating_add(1) { changes.len() } else { lines };
            let row = |c: &Change| vec![format!("{} {}", sign(c.sign()), plain(c.path())), how(c)];
            let rows: Vec<_> = changes.iter().take(shown).map(row).collect();
            for line in sheet.columns(&rows, &[]) {
                sheet.under(&line);
            }
            if changes.len() > shown {
                sheet.under(&format!("… and {} more (--lines N, or --json for all)", changes.len() - shown));
            }
        }
        Look::Unseen(_, Some(help)) => sheet.under(help),
        _ => {}
    }
}

/// How a file differs.
fn how(change: &Change) -> String {
    let one = |e: &Entry| match (&e.sha256, &e.target) {
        (Some(_), _) => format!("{DIM}{}{DIM:#}", size(e.size).replace(' ', "\u{a0}")),
        (None, Some(target)) => format!("→ {}", plain(target)),
        (None, None) => e.kind.as_str().into(),
    };
    match change {
        Change::Added(entry) | Change::Removed(entry) => one(entry),
        Change::Changed(both, aspects) => {
            let (old, new) = both.as_ref();
            aspects.iter().map(|a| aspect(*a, old, new)).collect::<Vec<_>>().join(", ")
        }
    }
}

fn aspect(aspect: Aspect, old: &Entry, new: &Entry) -> String {
    let mode = |e: &Entry| e.mode.map_or_else(|| "-".into(), |m| format!("{m:o}"));
    let owner = |e: &Entry| e.owner.map_or_else(|| "-".into(), |(u, g)| format!("{u}:{g}"));
    let target = |e: &Entry| e.target.as_deref().map_or_else(|| "-".into(), plain);
    let device = |e: &Entry| e.device.map_or_else(|| "-".into(), |(a, b)| format!("{a}, {b}"));
    let word = aspect.as_str();
    match aspect {
        Aspect::Content if old.size == new.size => {
            format!("{word}, still {}{}", size(new.size), build_id(old, new))
        }
        Aspect::Content => format!("{word}, {} → {}{}", size(old.size), size(new.size), build_id(old, new)),
        Aspect::Type => format!("{word} {} → {}", old.kind.as_str(), new.kind.as_str()),
        Aspect::Mode => format!("{word} {} → {}", mode(old), mode(new)),
        Aspect::Owner => format!("{word} {} → {}", owner(old), owner(new)),
        Aspect::Target => format!("{word} {} → {}", target(old), target(new)),
        Aspect::Device => format!("{word} {} → {}", device(old), device(new)),
        Aspect::Attributes => attributes(old, new),
    }
}

/// Attributes that differ: `security.capability 0x01 → 0x02`.
fn attributes(old: &Entry, new: &Entry) -> String {
    let names: BTreeSet<_> = old.attributes.keys().chain(new.attributes.keys()).collect();
    let value = |e: &Entry, name: &str| e.attributes.get(name).map_or_else(|| "-".into(), |v| plain(v));
    let differ = names.into_iter().filter(|n| old.attributes.get(*n) != new.attributes.get(*n));
    let all: Vec<_> = differ.map(|n| format!("{} {} → {}", plain(n), value(old, n), value(new, n))).collect();
    all.join(", ")
}

/// The build ids of a program, if they differ.
fn build_id(old: &Entry, new: &Entry) -> String {
    let short = |id: &Vec<u8>| id.iter().take(4).map(|b| format!("{b:02x}")).collect::<String>();
    match (&old.build_id, &new.build_id) {
        (Some(old), Some(new)) if old != new => format!(", build id {}… → {}…", short(old), short(new)),
        _ => String::new(),
    }
}

fn components(sheet: &mut Sheet<'_>, report: &Report<'_>) {
    let sides = [("old", report.old), ("new", report.new)];
    let unread: Vec<_> =
        sides.iter().flat_map(|(word, side)| side.unread_sboms.iter().map(move |why| (word, why))).collect();
    let one_sided = report.old.sbom.is_some() != report.new.sbom.is_some();
    if report.components.is_none() && unread.is_empty() && !one_sided {
        return;
    }
    match report.components {
        Some(found) => sheet.head(&format!("Software components that differ ({})", found.len())),
        None => sheet.head("Software components: not compared"),
    }
    // What could not be compared comes before what was found.
    for (word, why) in unread {
        sheet.item(&format!("! a bill of materials of the {word} package was not compared: {}", plain(why)));
    }
    for (word, _) in sides.iter().filter(|(_, s)| one_sided && s.sbom.is_none()) {
        sheet.item(&format!("! the {word} package has no readable bill of materials"));
    }
    let Some(components) = report.components else { return };
    let versions = |set: &BTreeSet<String>| plain(&set.iter().cloned().collect::<Vec<_>>().join(" "));
    let row = |c: &pkg_diff::statements::sbom::Component| {
        let (mark, what) = match (c.old.is_empty(), c.new.is_empty()) {
            (true, _) => ('+', versions(&c.new)),
            (_, true) => ('-', versions(&c.old)),
            _ => ('~', format!("{} → {}", versions(&c.old), versions(&c.new))),
        };
        vec![format!("{} {}", sign(mark), plain(&c.name)), what]
    };
    let rows: Vec<_> = components.iter().take(report.lines).map(row).collect();
    for line in sheet.columns(&rows, &[]) {
        sheet.item(&line);
    }
    sheet.folded(components.len().saturating_sub(report.lines));
}

fn fields(sheet: &mut Sheet<'_>, fields: &[Field]) {
    let fields: Vec<_> = fields.iter().filter(|f| !ABOVE.contains(&f.path.as_str())).collect();
    if fields.is_empty() {
        return;
    }
    sheet.head(&format!("Other fields ({})", fields.len()));
    let (advisory, others): (Vec<&Field>, Vec<&Field>) =
        fields.iter().partition(|f| f.path.starts_with("advisory."));
    if !advisory.is_empty() {
        let texts: Vec<_> = advisory.iter().map(|f| plain(f.path.trim_start_matches("advisory."))).collect();
        sheet.item(&format!("{} advisory  {}", sign('~'), list(&texts)));
    }
    for field in others {
        let (mark, what) = match (&field.old, &field.new) {
            (None, Some(new)) => ('+', value(new)),
            (Some(old), None) => ('-', value(old)),
            (Some(old), Some(new)) => ('~', format!("{} → {}", value(old), value(new))),
            (None, None) => continue,
        };
        sheet.item(&format!("{} {}  {what}", sign(mark), plain(&field.path)));
    }
}

/// A value on one line, cut where it is long.
fn value(tree: &Tree) -> String {
    let text = match tree {
        Tree::Text(text) => format!("“{}”", plain(text)),
        Tree::Bytes(bytes) => bytes.iter().take(4).map(|b| format!("{b:02x}")).collect::<String>() + "…",
        Tree::List(list) => format!("[{}]", list.iter().map(value).collect::<Vec<_>>().join(", ")),
        other => crate::json::tree(other).to_string(),
    };
    match text.char_indices().nth(VALUE) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}
