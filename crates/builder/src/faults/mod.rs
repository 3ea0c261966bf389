//! Every fault of a description in one run, as far as it can be found without the bytes of the images.

mod repair;

use crate::base::{Base, within};
use crate::description::expected::expected_at;
use crate::description::places::is_within;
use crate::description::{Fault, Places, Table, Value};
use crate::error::{Error, Result};
use crate::release::draft::Draft;
use crate::release::prior::{Prior, PriorPackages};
use crate::release::statement::completed;
use crate::release::{checks, let_in, own_state, statuses};
use crate::secrets;
use crate::warning::Before;
use pkg_format::manifest::Manifest;
use pkg_format::{Digest, Refusal, Rule, Tree};
use repair::{Example, repair, with_empty_text};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Whether the files of the images must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageFiles {
    /// A build reads them.
    Needed,
    /// A check does not.
    MayBeMissing,
}

/// More faults than anybody mends in one run.
const MOST: usize = 100;

/// A description without a fault, as far as can be told without its images.
pub(crate) struct Sound {
    pub(crate) draft: Draft,
    pub(crate) bases: Vec<Table>,
    /// What it says, with stand-ins for the sizes and digests of the images.
    pub(crate) manifest: Manifest,
    /// The image files that are not there.
    pub(crate) absent: Vec<String>,
    /// The same release, if it was built before, and the state that it leads to.
    pub(crate) before: Option<(Before, Digest)>,
}

/// Looks for faults.
pub(crate) struct Search<'a> {
    pub(crate) places: &'a Places,
    pub(crate) archive: &'a PriorPackages<'a>,
    pub(crate) issued: u64,
    pub(crate) images: ImageFiles,
}

/// What was found.
#[derive(Default)]
struct Found {
    errors: Vec<Error>,
    /// The keys of the description that are faulty. What follows from them is no fault of its own.
    faulty: Vec<String>,
    /// The keys from which one was removed, which others in them may miss, and the name of that one.
    reduced: Vec<(String, String)>,
    absent: Vec<String>,
    /// What was said of which key: nothing is said twice.
    said: BTreeSet<(&'static str, String)>,
}

impl Search<'_> {
    /// Looks through a description, of which some faults are known already.
    ///
    /// # Errors
    /// Its faults: the one, or [`Error::Several`].
    pub(crate) fn run(&self, table: &Table, known: Vec<Fault>) -> Result<Sound> {
        let mut found = Found::default();
        let mut is_whole = true;
        for fault in known {
            // Much may be missing that is in a file that could not be included.
            is_whole &= fault.path != "include";
            found.faulty.push(fault.path);
            found.errors.push(fault.error);
        }
        let sound = if is_whole { self.look(table.clone(), &mut found) } else { None };
        match (sound, found.errors.is_empty()) {
            (Some(sound), true) => Ok(sound),
            _ => Err(gathered(found.errors)),
        }
    }

    fn look(&self, mut table: Table, found: &mut Found) -> Option<Sound> {
        let (draft, bases) = self.draft(&mut table, found)?;
        let order = image_order(&draft);
        let kind = draft.kind();
        self.image_files(&draft, found);
        let priors = self.priors(&bases, found);
        let stand_ins: Vec<_> = draft.images.iter().map(|_| (1, Digest([0; 32]))).collect();
        let mut tree = completed(&draft, &stand_ins);
        sort_images(&mut tree, &order);
        self.texts(&tree, found);
        let example = Example::new(&kind);
        let mut done = BTreeSet::new();
        let mut only_texts = found.faulty.iter().all(|path| says_only(path));
        let manifest = loop {
            let refusal = match own_state::refuse(&tree).and_then(|()| Manifest::decode(&tree.to_bytes())) {
                Ok(manifest) => break Some(manifest),
                Err(refusal) => explained(refusal, &tree, self.places),
            };
            let at = refusal.at.clone();
            let path = self.places.path_of(&at);
            // An id that nobody writes is made of the version, which has its own fault.
            let is_derived = at == "id" && path != at;
            if !is_derived {
                self.add(original(refusal, &order), found);
            }
            if path == "release.class" {
                // The class decides what else is derived: it is guessed, and all is derived again.
                let class = if table.has("fix") || table.has("separation") { "security" } else { "feature" };
                table.set("release", "class", Value::Plain(Tree::text(class)));
                return self.look(table, found);
            }
            let repaired = repair(&mut tree, &at, &example, &mut done);
            let Some(repaired) = repaired.filter(|_| path != "kind" && found.errors.len() < MOST) else {
                break None;
            };
            let gone_from = repaired.gone_from.as_deref();
            only_texts &= says_only(gone_from.unwrap_or(&repaired.path));
            if !is_derived {
                found.faulty.push(self.places.path_of(&repaired.path));
                let name = repaired.path.rsplit('.').next().unwrap_or_default();
                found.reduced.extend(gone_from.map(|path| (self.places.path_of(path), name.to_owned())));
            }
        };
        self.add_all(checks::languages(&tree, &draft.languages), found);
        let manifest = manifest?;
        self.add_all(checks::touched_images(&manifest), found);
        if only_texts {
            self.past(&draft, &tree, &manifest, priors, found);
        }
        let before = draft.before.as_ref().map(|prior| (self.before(prior), prior.state()));
        Some(Sound { draft, bases, manifest, absent: std::mem::take(&mut found.absent), before })
    }

    /// The same release as it was built before, and where its version is written.
    fn before(&self, prior: &Prior) -> Before {
        Before {
            package: prior.path.file_name().map(PathBuf::from).unwrap_or_default(),
            place: self.places.of("release.version"),
        }
    }

    /// The draft, without the files that cannot be read.
    fn draft(&self, table: &mut Table, found: &mut Found) -> Option<(Draft, Vec<Table>)> {
        loop {
            let mut rest = table.clone();
            // A notice has no bases. They stay in the table, so that the reader of manifests refuses them.
            let is_release = rest.peek("kind").is_none_or(|kind| kind == "release");
            let bases = if is_release { rest.tables("base") } else { Vec::new() };
            match Draft::new(rest, self.archive, self.issued) {
                Ok(draft) => return Some((draft, bases)),
                Err(Error::Named { field, error, .. }) => {
                    let is_removed = table.remove(&field);
                    let is_image = field.starts_with("image[") && self.images == ImageFiles::MayBeMissing;
                    match (*error, is_image) {
                        (Error::File { path, error, .. }, true) if is_not_found(&error) => {
                            found.absent.push(path.display().to_string());
                            found.faulty.push(field);
                        }
                        (error, _) => {
                            let place = self.places.of(&field);
                            // What else an entry must say may have come from the file.
                            let entry = field.rsplit_once('.').filter(|(entry, _)| entry.ends_with(']'));
                            found.faulty.push(entry.map_or(field.clone(), |(entry, _)| entry.to_owned()));
                            found.errors.push(Error::Named { field, place, error: Box::new(error) });
                        }
                    }
                    if !is_removed {
                        return None;
                    }
                }
                Err(error) => {
                    found.errors.push(error);
                    return None;
                }
            }
        }
    }

    /// Adds a refusal, unless it follows from another fault.
    fn add(&self, refusal: Refusal, found: &mut Found) {
        let path = self.places.path_of(&refusal.at);
        // A list or text is empty where all that is in it is faulty.
        let is_lack = [Rule::Man1, Rule::Man9, Rule::Txt2, Rule::Adv7].contains(&refusal.rule);
        let follows = |f: &String| *f == path || is_within(&path, f) || is_lack && is_within(f, &path);
        // What says "neither this nor that" follows from the loss of either.
        let is_named = |name: &String| refusal.why.split(' ').any(|word| word == name);
        let is_missed = |(path, name): &(String, String)| {
            follows(path) && (!is_of_its_own(refusal.rule) || is_named(name))
        };
        let follows_from_loss = found.reduced.iter().any(is_missed);
        if follows_from_loss
            || found.faulty.iter().any(follows)
            || !found.said.insert((refusal.rule.id(), path.clone()))
        {
            return;
        }
        let place = self.places.of(&refusal.at);
        let refusal = Refusal { at: path, ..refusal };
        found.errors.push(Error::Refused { refusal, place });
    }

    fn add_all(&self, refusals: impl IntoIterator<Item = Refusal>, found: &mut Found) {
        for refusal in refusals {
            self.add(refusal, found);
        }
    }

    fn image_files(&self, draft: &Draft, found: &mut Found) {
        for (i, (_, file)) in draft.images.iter().enumerate() {
            if file.is_none() {
                let why = "missing: expected the path of the image";
                let refusal = Refusal::new(Rule::Man1, why).within("file").at_index(i).within("images");
                self.add(refusal, found);
            }
        }
    }

    /// What is wrong with single texts: secrets and characters.
    fn texts(&self, tree: &Tree, found: &mut Found) {
        if let Some((at, secret)) = secrets::in_texts(tree, "") {
            found.errors.push(Error::PrivateKey { at, found: secret });
        }
        self.add_all(checks::characters(tree), found);
    }

    /// What earlier releases do not allow.
    fn past(
        &self,
        draft: &Draft,
        tree: &Tree,
        manifest: &Manifest,
        priors: Vec<(String, Prior)>,
        found: &mut Found,
    ) {
        let (past, given) = (&draft.past, &draft.given);
        let mut tree = tree.clone();
        statuses::complete(&mut tree, manifest, past, given);
        let manifest = match Manifest::decode(&tree.to_bytes()) {
            Ok(manifest) => manifest,
            Err(refusal) => return self.add(refusal, found),
        };
        let steps =
            checks::follows(&manifest, past, given).and_then(|()| checks::leads(&manifest, past, given));
        self.add_all(steps.err(), found);
        // A build does this once it knows the images: a release that supersedes may have those of an earlier state.
        if self.images == ImageFiles::MayBeMissing && manifest.common().supersedes.is_empty() {
            self.add_all(statuses::check(&manifest, past, given).err(), found);
        }
        let dir = self.archive.roots.map(|roots| roots.dir());
        for (field, prior) in priors {
            if let Some(refusal) = let_in::refuse(&prior, &manifest, past, dir) {
                self.add(refusal.within(&field), found);
                continue;
            }
            if let Err(error) = Base::package(prior, &manifest).map_err(|e| within(e, &field)) {
                self.add_error(error, found);
            }
        }
    }

    /// The packages of the bases that can be read, each with the key that names it.
    fn priors(&self, bases: &[Table], found: &mut Found) -> Vec<(String, Prior)> {
        let mut priors = Vec::new();
        for (i, base) in bases.iter().enumerate() {
            let Some(Value::Path(package)) = base.clone().take("package") else { continue };
            let field = format!("base[{i}].package");
            match self.archive.read(&package) {
                Ok(prior) => priors.push((field, prior)),
                Err(error) => self.add_error(error.named(&field), found),
            }
        }
        priors
    }

    fn add_error(&self, error: Error, found: &mut Found) {
        match error {
            Error::Refused { refusal, .. } => self.add(refusal, found),
            // The class may be guessed, and all is looked at again.
            Error::Named { field, .. } if !found.said.insert(("file", field.clone())) => {}
            Error::Named { field, error, .. } => {
                let place = self.places.of(&field);
                found.errors.push(Error::Named { field, place, error });
            }
            error => found.errors.push(error),
        }
    }
}

/// Whether a value breaks this rule, or is missing, whatever is written next to it.
fn is_of_its_own(rule: Rule) -> bool {
    use Rule::*;
    [Man1, Man3, Man4, Adv3, Adv8, Adv9, Txt1, Txt2, Txt3, Txt5, Txt6].contains(&rule)
}

fn is_not_found(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::NotFound
}

/// Whether a fault of this key or field changes nothing that follows from earlier releases.
fn says_only(path: &str) -> bool {
    let first = path.split(['.', '[']).next().unwrap_or_default();
    let last = path.rsplit('.').next().unwrap_or_default();
    const TABLES: [&str; 6] = ["advisory", "action", "automatic", "support", "contact", "evidence"];
    const KEYS: [&str; 8] =
        ["text", "impact", "description", "severity", "effect", "user-visible", "file", "cwe"];
    TABLES.contains(&first) || KEYS.contains(&last) || path.contains(".text.") || path.contains(".impact.")
}

/// What was expected of a field that is missing, in words.
fn explained(refusal: Refusal, tree: &Tree, places: &Places) -> Refusal {
    if refusal.why != "missing" {
        return refusal;
    }
    let probe = Manifest::decode(&with_empty_text(tree, &refusal.at).to_bytes()).err();
    let probe = probe.filter(|probe| probe.at == refusal.at).map(|probe| probe.why);
    let grammar = probe.as_deref().and_then(|why| match why.strip_prefix("'' is not ") {
        Some(words) => Some(format!("give {words}")),
        None => {
            let (expected, _) = why.strip_prefix("expected ")?.rsplit_once(" found ")?;
            // CBOR's word is of no use to who writes TOML.
            (expected != "a map,").then(|| format!("expected {}", expected.trim_end_matches([',', ';'])))
        }
    });
    let expected = expected_at(&places.path_of(&refusal.at)).map(|kind| format!("expected {kind}"));
    match expected.or(grammar) {
        Some(expected) => Refusal { why: format!("missing: {expected}"), ..refusal },
        None => refusal,
    }
}

/// The images in the order of the manifest, each by its place in the description.
fn image_order(draft: &Draft) -> Vec<usize> {
    let mut order: Vec<_> = (0..draft.images.len()).collect();
    order.sort_by_key(|i| draft.images.get(*i).and_then(|(component, _)| component.clone()));
    order
}

fn sort_images(tree: &mut Tree, order: &[usize]) {
    if let Tree::Map(map) = tree
        && let Some((_, Tree::List(images))) = map.iter_mut().find(|(k, _)| k == "images")
    {
        *images = order.iter().filter_map(|i| images.get(*i).cloned()).collect();
    }
}

/// A refusal of an image, with the place of that image in the description.
fn original(refusal: Refusal, order: &[usize]) -> Refusal {
    let index = refusal.at.strip_prefix("images[").and_then(|rest| rest.split_once(']'));
    let written = index.and_then(|(i, rest)| Some((order.get(i.parse::<usize>().ok()?)?, rest)));
    match written {
        Some((i, rest)) => Refusal { at: format!("images[{i}]{rest}"), ..refusal },
        None => refusal,
    }
}

/// One fault as it is, several in the order of their lines.
fn gathered(mut errors: Vec<Error>) -> Error {
    if errors.len() == 1
        && let Some(one) = errors.pop()
    {
        return one;
    }
    let order = |e: &Error| e.place().map(|p| (p.file.as_ref().map(|f| f.path.clone()), p.range.start));
    errors.sort_by_key(|e| (order(e).is_none(), order(e)));
    Error::Several(errors)
}
