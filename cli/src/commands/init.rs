//! `pkg init`: a new product.

use super::schema;
use crate::ask::Questions;
use crate::options::PassphraseArgs;
use crate::out::{Failure, Outcome, Status, command as show, data, done, note, shown};
use crate::{clock, interrupt, json, passphrase};
use clap::ValueEnum;
use pkg_builder::init::{Answers, Created, create};
use pkg_format::ident::Month;
use pkg_format::lang::Lang;
use pkg_format::{Id, Label, Refusal, Version};
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder of the product; it is created if it does not exist
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// The name of the product [default: the name of the folder]
    #[arg(long, value_parser = id)]
    name: Option<Id>,
    /// Who makes it
    #[arg(long, value_parser = id)]
    vendor: Option<Id>,
    /// A hardware revision that the images run on, as devices state it (repeatable)
    #[arg(long, value_name = "ID", value_parser = hardware)]
    hardware: Vec<Id>,
    /// An image: its component and its file (repeatable) [default component: rootfs]
    #[arg(long, value_name = "[COMPONENT=]FILE", value_parser = image)]
    image: Vec<(Id, String)>,
    /// The last month with security updates, such as 2036-12
    #[arg(long, value_name = "MONTH", value_parser = month)]
    support_until: Option<Month>,
    /// Where vulnerabilities are reported: a mail or web address
    #[arg(long, value_name = "ADDRESS", value_parser = label)]
    contact: Option<Label>,
    /// What the product does, in one sentence for its users
    #[arg(long, value_parser = label)]
    text: Option<Label>,
    /// The language of that sentence
    #[arg(long, value_name = "LANGUAGE", default_value = "en", value_parser = lang)]
    lang: Lang,
    /// The version of the first release
    #[arg(long, default_value = "1.0.0", value_parser = version)]
    version: Version,
    /// The line that the first release begins [default: the version without its last part]
    #[arg(long, value_parser = id)]
    line: Option<Id>,
    /// Write a CI file that builds, signs, audits and publishes releases (repeatable)
    #[arg(long, value_enum)]
    ci: Vec<Ci>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Do not encrypt the private keys
    #[arg(long, conflicts_with = "passphrase_file")]
    no_passphrase: bool,
    /// Ask nothing, even on a terminal
    #[arg(long)]
    no_input: bool,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Ci {
    /// GitHub Actions
    Github,
    /// GitLab CI
    Gitlab,
}

fn id(text: &str) -> Result<Id, String> {
    Id::new(text).map_err(why)
}

fn hardware(text: &str) -> Result<Id, String> {
    let several: Vec<_> = text.split([',', ' ']).filter(|part| !part.is_empty()).collect();
    match several.len() {
        0 | 1 => id(text),
        _ => {
            let each: Vec<_> = several.iter().map(|part| format!("--hardware {part}")).collect();
            Err(format!("give it once for each: {}", each.join(" ")))
        }
    }
}

/// A month that is not over.
fn month_from(now: &Month, text: &str) -> Result<Month, String> {
    let until = month(text)?;
    match until.months() < now.months() {
        true => Err(format!("{until} is over: the last month with security updates is {now} or later")),
        false => Ok(until),
    }
}

/// The month in which the product begins.
fn this_month() -> Outcome<Month> {
    let day = pkg_audit::time::date(clock::issued()?);
    let text = day.get(..7).unwrap_or_default();
    Month::new(text).map_err(|e| Failure::cannot(e.why))
}

fn month(text: &str) -> Result<Month, String> {
    Month::new(text).map_err(why)
}

fn label(text: &str) -> Result<Label, String> {
    Label::new(text).map_err(why)
}

fn version(text: &str) -> Result<Version, String> {
    Version::new(text).map_err(why)
}

fn lang(text: &str) -> Result<Lang, String> {
    Lang::new(text).map_err(why)
}

fn why(refusal: Refusal) -> String {
    refusal.why
}

/// The component of an image without one.
const COMPONENT: &str = "rootfs";

fn image(text: &str) -> Result<(Id, String), String> {
    let (component, file) = text.split_once('=').unwrap_or((COMPONENT, text));
    if file.is_empty() {
        return Err("expected the path of a file".into());
    }
    Ok((id(component)?, file.to_owned()))
}

/// The same for a person who can be asked again: the file is there.
fn image_there(text: &str) -> Result<(Id, String), String> {
    let (component, file) = image(text)?;
    match Path::new(&file).is_file() {
        true => Ok((component, file)),
        false => {
            Err(format!("there is no file {file}; give the path of an image, or nothing to leave it open"))
        }
    }
}

pub(crate) fn run(args: &Args) -> Outcome {
    let mut roots = Vec::new();
    let answers = answers(args, &mut roots)?;
    let passphrase = match args.no_passphrase {
        true => None,
        false => Some(passphrase::new(args.passphrase.passphrase_file.as_deref())?),
    };
    interrupt::flag();
    let created =
        create(&args.dir, &answers, &schema::of_releases(), passphrase.as_ref().map(|p| p.as_str()))?;
    let next = next(args, &answers, &roots);
    match args.json {
        true => {
            let files: Vec<_> = created.files.iter().map(|f| f.display().to_string()).collect();
            data(&json::text(&json!({ "files": files, "next": next })))?;
        }
        false => report(args, &created, answers.are_complete(), &next),
    }
    Ok(Status::Done)
}

/// What the options say, and what a person answers on a terminal.
fn answers(args: &Args, roots: &mut Vec<(String, String)>) -> Outcome<Answers> {
    let mut ask = Questions::new(!args.no_input && !args.json);
    let now = this_month()?;
    if let Some(until) = &args.support_until {
        month_from(&now, until.as_str()).map_err(|why| {
            Failure::cannot(format!("--support-until: {why}")).hint("give a later month, such as 2036-12")
        })?;
    }
    let folder = args.dir.canonicalize().unwrap_or_else(|_| args.dir.clone());
    let folder = folder.file_name().and_then(|name| name.to_str()).and_then(|name| Id::new(name).ok());
    let name = match args.name.clone() {
        Some(name) => Some(name),
        None => ask.one("Name of the product", folder.as_ref().map(Id::as_str), id)?.or(folder),
    };
    let name = name.ok_or_else(|| Failure::cannot("the product has no name").hint("give --name NAME"))?;
    let vendor = ask.unless(&args.vendor, "Who makes it", id)?;
    let hardware = match args.hardware.is_empty() {
        true => ask.several("Hardware revisions that the images run on, as devices state them; several with spaces or commas between them", id)?,
        false => args.hardware.clone(),
    };
    let images = match args.image.as_slice() {
        [] => {
            let first = "Image of the first release: FILE, or COMPONENT=FILE if it is not rootfs";
            let mut images: Vec<(Id, String)> = Vec::new();
            loop {
                let what = if images.is_empty() { first } else { "Another image, COMPONENT=FILE" };
                let Some((component, file)) = ask.one(what, None, image_there)? else { break };
                let is_free = |id: &Id| !images.iter().any(|(taken, _)| taken == id);
                if is_free(&component) {
                    images.push((component, file));
                    continue;
                }
                let what = format!("Component of {file}, since {component} is that of another image");
                let other = |text: &str| match id(text)? {
                    id if is_free(&id) => Ok(id),
                    id => Err(format!("{id} is the component of another image")),
                };
                if let Some(component) = ask.one(&what, None, other)? {
                    images.push((component, file));
                }
            }
            images
        }
        given => given.to_vec(),
    };
    let mut images: Vec<_> = images
        .into_iter()
        .map(|(component, file)| (component, Some(described(&args.dir, &file, roots))))
        .collect();
    if images.is_empty() {
        images.push((Id::new(COMPONENT).map_err(|e| Failure::cannot(e.why))?, None));
    }
    let support_until =
        ask.unless(&args.support_until, "Last month with security updates, such as 2036-12", |text| {
            month_from(&now, text)
        })?;
    let contact =
        ask.unless(&args.contact, "Where vulnerabilities are reported: a mail or web address", label)?;
    let text = ask.unless(&args.text, "What the product does, in one sentence for its users", label)?;
    Ok(Answers {
        line: args.line.clone().unwrap_or_else(|| line_of(&args.version, &name)),
        version: args.version.clone(),
        lang: args.lang.clone(),
        ci: args
            .ci
            .iter()
            .map(|ci| match ci {
                Ci::Github => pkg_builder::init::Ci::GitHub,
                Ci::Gitlab => pkg_builder::init::Ci::GitLab,
            })
            .collect(),
        name,
        vendor,
        hardware,
        images,
        support_until,
        contact,
        text,
        input_roots: roots.iter().map(|(folder, _)| folder.clone()).collect(),
    })
}

/// The path of an image as a description in `dir` names it. A folder outside is one that builds must allow: as that
/// description names it, and as it was typed.
fn described(dir: &Path, file: &str, roots: &mut Vec<(String, String)>) -> String {
    let absolute = std::path::absolute(dir).ok().zip(std::path::absolute(file).ok());
    let Some(path) = absolute.and_then(|(dir, file)| super::relative(&dir, &file)) else {
        return file.to_owned();
    };
    if path.starts_with("..") {
        let folder = Path::new(&path).parent().map_or_else(String::new, |p| p.display().to_string());
        let typed = pkg_files::parent(Path::new(file)).display().to_string();
        if !roots.iter().any(|(known, _)| *known == folder) {
            roots.push((folder, typed));
        }
    }
    path
}

/// The line of a version: all but its last part.
fn line_of(version: &Version, name: &Id) -> Id {
    let cut = version.as_str().rsplit_once('.').map_or(version.as_str(), |(line, _)| line);
    Id::new(cut).unwrap_or_else(|_| name.clone())
}

/// The commands to run next, as a shell takes them.
fn next(args: &Args, answers: &Answers, roots: &[(String, String)]) -> Vec<String> {
    let path = |name: &str| {
        let path = if args.dir == Path::new(".") { PathBuf::from(name) } else { args.dir.join(name) };
        for_shell(&path.display().to_string())
    };
    let (release, keyring, out) = (path("release.toml"), path(&answers.keyring()), path("out"));
    let roots: String =
        roots.iter().map(|(_, typed)| format!(" --input-root {}", for_shell(typed))).collect();
    let unlock = match &args.passphrase.passphrase_file {
        Some(file) if !file.starts_with("fd:") => format!(" --passphrase-file {}", for_shell(file)),
        _ => String::new(),
    };
    let package = path(&format!("out/{}", answers.package()));
    vec![
        format!("pkg check {release}{roots}"),
        format!("pkg build {release} -o {out} --keyring {keyring}{roots}{unlock}"),
        format!("pkg verify {package} --keyring {keyring}"),
    ]
}

/// A word as a shell takes it.
fn for_shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:~@%".contains(c);
    match word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

fn report(args: &Args, created: &Created, is_filled_in: bool, next: &[String]) {
    let files: String = created.files.iter().map(|file| format!("{}\n", shown(file))).collect();
    done(&files);
    if args.no_passphrase {
        note("the private keys are not encrypted: anybody who can read them can sign");
    }
    let root = match args.dir == Path::new(".") {
        true => PathBuf::from("keys/root.key"),
        false => args.dir.join("keys/root.key"),
    };
    note(&format!(
        "keep {} offline, and every *.key secret; .gitignore keeps them out of version control",
        shown(&root)
    ));
    note(match is_filled_in {
        true => "next:",
        false => "replace every text in <…> in product.toml and release.toml, then run:",
    });
    for command in next {
        show(command);
    }
}
