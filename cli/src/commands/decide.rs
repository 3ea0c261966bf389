//! `pkg decide`: what a device should do now, and why. It reads only statements, and it changes the state
//! file only with `--answer` or `--save`.

use crate::options::KeyringArgs;
use crate::out::{Failure, Outcome, Status, data, hint, note, shown};
use crate::package::failure;
use crate::records::Records;
use crate::state::State;
use crate::{hint as hints, inputs, json, out, page, state};
use pkg_decide::Fit;
use pkg_decide::{Clock, Decision, Reason, Record, UpToDate, Verdict, decide};
use pkg_format::lang::Lang;
use pkg_format::manifest::Corrective;
use pkg_format::{Digest, Id, Refusal, Rule};
use pkg_verify::{Keyring, Statements};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The packages to choose from
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<PathBuf>,
    #[command(flatten)]
    keyring: KeyringArgs,
    /// The state of the device
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
    /// Report the outcome of an earlier decision and save it in the state file (repeatable): notified,
    /// download, approve, postpone, decline or installed, each with =MANIFEST; or opt-out or opt-in
    #[arg(long, value_name = "ANSWER")]
    answer: Vec<String>,
    /// An id for these answers: if the client repeats the command with the same id, they count once
    ///
    /// 1 to 64 letters, digits, '.', '_' or '-', new for each answer. The state file remembers the last 32 ids.
    #[arg(long, value_name = "ID", requires = "answer")]
    answer_id: Option<String>,
    /// Save elapsed time and withdrawals in the state file, even without an answer
    #[arg(long)]
    save: bool,
    /// Append the decision to this file of records
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// The time of a trusted clock, in unix seconds or like 2026-12-01T09:00:00Z [default: `now` in the
    /// state file, or no clock]
    #[arg(long, value_name = "TIME", help_heading = "Time")]
    now: Option<String>,
    /// There is no trusted clock
    #[arg(long, conflicts_with = "now", help_heading = "Time")]
    no_clock: bool,
    /// Seconds since the state file was written, counted by a monotonic clock
    #[arg(long, value_name = "SECONDS", default_value_t = 0, help_heading = "Time")]
    elapsed: u64,
    /// The language of the notice [default: `language` in the state file]
    #[arg(long, value_name = "LANG", help_heading = "Output")]
    lang: Option<String>,
    /// Print JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
}

/// Something of each package, in the order in which they were named.
type ByPath<'a, T> = Vec<(&'a Path, T)>;

pub(crate) fn run(args: Args) -> Outcome {
    let writes = args.save || !args.answer.is_empty();
    let _alone = writes.then(|| state::alone(&args.state)).transpose()?;
    let mut state = state::read(&args.state)?;
    let clock = clock(&args, &state)?;
    let answers = args.answer.iter().map(|text| Answer::parse(text)).collect::<Outcome<Vec<_>>>()?;
    let keyring = inputs::keyring(&args.keyring)?;
    state::follow(&mut state, &keyring)?;
    let (verified, mut refused) = verify(&args.packages, &keyring, &state)?;
    let packages: Vec<&Statements> = verified.iter().map(|(_, s)| s).collect();
    // Repeated answers were counted the first time, and so was the elapsed time.
    let taken = match answer_id(&args)? {
        Some(id) => !state.choices.is_new_answer(&id),
        None => false,
    };
    if taken {
        note("these answers were already recorded; nothing is counted twice");
    } else {
        update(&mut state, &args, &answers, &packages, clock)?;
    }
    let mut asking = state.choices.clone();
    asking.language = inputs::lang(args.lang.as_deref())?.or(asking.language);
    let mut decision = decide(&state.device, &asking, &packages, clock);
    if decision.reason == Reason::NothingOffered && !refused.is_empty() {
        (decision.verdict, decision.reason) = (Verdict::Refuse, Reason::Refused);
    }
    // The record is evidence only if it is written before the decision is acted on.
    if let Some(path) = &args.record {
        let choices: Vec<_> = answers.iter().map(|a| (a.word, a.manifest)).collect();
        let record = Record { clock, offered: &packages, choices: &choices, decision: &decision };
        Records::open(path)?.append(&record)?;
    }
    if writes {
        state::save(&state, &args.state)?;
    }

    refused
        .extend(decision.refused.iter().filter_map(|r| Some((verified.get(r.index)?.0, r.refusal.clone()))));
    let about = decision.candidate.and_then(|i| verified.get(i)).map(|(path, s)| (*path, s));
    let shown = match args.json {
        true => data(&json::text(&as_json(&decision, about, &refused))),
        false => show(&decision, about, &refused),
    };
    shown.map_err(|failure| match answers.is_empty() {
        true => failure,
        false => failure.hint("the answers are saved in the state file; run the command again without them"),
    })?;
    Ok(say_why(&decision, &refused))
}

/// Where nothing may be used: which rules refuse what was offered.
pub(super) fn say_why(decision: &Decision, refused: &[(&Path, Refusal)]) -> Status {
    match decision.verdict {
        Verdict::Refuse => {
            for (path, refusal) in refused {
                super::verify::say_refused(path, refusal);
            }
            Status::Refused
        }
        _ => Status::Done,
    }
}

/// Packages whose statements are verified, and those that are refused. Payloads stay unread.
fn verify<'a>(
    packages: &'a [PathBuf],
    keyring: &Keyring,
    state: &State,
) -> Outcome<(ByPath<'a, Statements>, ByPath<'a, Refusal>)> {
    let (mut verified, mut refused) = (Vec::new(), Vec::new());
    for path in packages {
        let file = std::fs::File::open(path).map_err(|e| Failure::file("read", path, &e))?;
        match pkg_verify::open(file).and_then(|p| p.verify(keyring, &state.device.policy)) {
            Ok(package) => verified.push((path.as_path(), Statements::clone(&package))),
            Err(pkg_verify::Error::Refused(refusal)) => refused.push((path.as_path(), refusal)),
            Err(error) => return Err(failure(error, path)),
        }
    }
    Ok((verified, refused))
}

/// Applies what happened since the last run: elapsed time, notices and withdrawals, answers of the user.
fn update(
    state: &mut State,
    args: &Args,
    answers: &[Answer],
    packages: &[&Statements],
    clock: Clock,
) -> Outcome<()> {
    state.choices.pass(args.elapsed);
    packages.iter().for_each(|package| state.hear(package));
    answers.iter().try_for_each(|answer| answer.apply(state, packages, clock))
}

fn fit(package: &Statements, state: &State) -> Result<Fit, Refusal> {
    state.device.state.fits(package, &state.device.policy)
}

fn answer_id(args: &Args) -> Outcome<Option<Id>> {
    let id = args.answer_id.as_deref().map(Id::new).transpose();
    id.map_err(|e| Failure::cannot(format!("--answer-id: {}", e.why)).hint("write --answer-id evening-1"))
}

fn clock(args: &Args, state: &State) -> Outcome<Clock> {
    let Some(text) = &args.now else {
        return Ok(match state.now {
            Some(now) if !args.no_clock => Clock::Trusted(now),
            _ => Clock::None,
        });
    };
    let seconds = text.parse::<u64>().ok().or_else(|| {
        let time = text.parse::<jiff::Timestamp>().ok()?;
        u64::try_from(time.as_second()).ok()
    });
    seconds.map(Clock::Trusted).ok_or_else(|| {
        Failure::cannot(format!("--now {text}: expected a time"))
            .hint("write unix seconds, such as $(date +%s), or 2026-12-01T09:00:00Z")
    })
}

/// An answer: the outcome of an earlier decision.
struct Answer {
    word: &'static str,
    /// The manifest that the answer is about; none for general choices.
    manifest: Option<Digest>,
}

/// Answers about one manifest. An approval is valid only for the manifest that was shown.
const ABOUT_ONE: [&str; 6] = ["notified", "download", "approve", "postpone", "decline", "installed"];
const ABOUT_ALL: [&str; 2] = ["opt-out", "opt-in"];

impl Answer {
    fn parse(text: &str) -> Outcome<Answer> {
        let wrong = |why: &str| {
            Failure::cannot(format!("--answer {text}: {why}")).hint(
                "write --answer opt-out, or --answer approve=MANIFEST with the digest that pkg decide prints",
            )
        };
        let (word, manifest) = text.split_once('=').map_or((text, None), |(word, of)| (word, Some(of)));
        let known = |words: &[&'static str]| words.iter().copied().find(|w| *w == word);
        match (known(&ABOUT_ONE), known(&ABOUT_ALL), manifest) {
            (Some(word), _, Some(digest)) => {
                let digest = Digest::from_hex(digest).ok_or_else(|| wrong("expected 64 hex digits"))?;
                Ok(Answer { word, manifest: Some(digest) })
            }
            (_, Some(word), None) => Ok(Answer { word, manifest: None }),
            (Some(_), ..) => Err(wrong("expected =MANIFEST")),
            (_, Some(_), _) => Err(wrong("expected no =MANIFEST")),
            (None, None, _) => {
                Err(wrong(&format!("expected one of {}, {}", ABOUT_ONE.join(", "), ABOUT_ALL.join(", "))))
            }
        }
    }

    fn apply(&self, state: &mut State, packages: &[&Statements], clock: Clock) -> Outcome<()> {
        let Some(manifest) = self.manifest else {
            match self.word {
                "opt-out" => state.choices.opt_out(),
                _ => state.choices.opt_in(),
            }
            return Ok(());
        };
        let Some(package) = packages.iter().find(|p| p.manifest_digest() == manifest) else {
            let why =
                format!("--answer {}: none of the given packages has the manifest {manifest}", self.word);
            return Err(Failure::cannot(why)
                .hint("give its package too; the package that was offered earlier may have been replaced"));
        };
        let fits = fit(package, state);
        // A notice for another device must not count as shown here: a notice for this device would be suppressed.
        // An acknowledgement is not shown at all.
        let elsewhere = |r: &&Refusal| matches!(r.rule, Rule::App1 | Rule::App2 | Rule::App7);
        if let Some(refusal) = fits.as_ref().err().filter(|r| self.word == "installed" || elsewhere(r)) {
            let why = format!("[{}] --answer {}: {}", refusal.rule.id(), self.word, refusal.why);
            return Err(Failure::refused(why).hint(hints::refusal(refusal)));
        }
        match self.word {
            "notified" => state.choices.notified(package, clock),
            "download" => state.choices.approve_download(manifest),
            "approve" => state.choices.approve(manifest),
            "decline" => state.choices.decline(manifest),
            "postpone" => state.choices.postpone(package, clock).map_err(|e| {
                Failure::cannot(format!("--answer postpone: {e}"))
                    .hint("the user can still decline it, or opt out of automatic updates")
            })?,
            // A repeated answer is not a new installation, so nothing can be postponed again.
            _ if fits == Ok(Fit::Installed) => {}
            _ if fits == Ok(Fit::Informational) => {
                return Err(Failure::cannot("--answer installed: a notice or a withdrawal installs nothing")
                    .hint("report that it was shown: --answer notified=MANIFEST"));
            }
            // It fits, so the device declares its scope.
            _ => state.installed(package).map_err(|e| Failure::refused(e.to_string()))?,
        }
        Ok(())
    }
}

pub(super) fn show(
    decision: &Decision,
    about: Option<(&Path, &Statements)>,
    refused: &[(&Path, Refusal)],
) -> Outcome<()> {
    let page = about.map(|(path, statements)| (path, statements.manifest()));
    data(&page::decision(decision, page, out::width()))?;
    if decision.verdict != Verdict::Refuse {
        for (path, refusal) in refused {
            note(&format!("not for this device: {}: {refusal}", shown(path)));
        }
    }
    if let Some(next) = next(decision.verdict) {
        hint(next);
    }
    Ok(())
}

/// What the client should do next.
fn next(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Notify | Verdict::Advise => {
            Some("when the user has seen it, report it to pkg decide: --answer notified=MANIFEST")
        }
        Verdict::AskDownload => Some(
            "report the user's answer to pkg decide: --answer download=MANIFEST, postpone=… or decline=…",
        ),
        Verdict::AskApproval => {
            Some("report the user's answer to pkg decide: --answer approve=MANIFEST, postpone=… or decline=…")
        }
        Verdict::Install => {
            Some("when the device runs it, report it to pkg decide: --answer installed=MANIFEST")
        }
        Verdict::Wait | Verdict::Refuse | Verdict::Nothing => None,
    }
}

pub(super) fn as_json(
    decision: &Decision,
    about: Option<(&Path, &Statements)>,
    refused: &[(&Path, Refusal)],
) -> Value {
    let path = |path: &Path| path.display().to_string();
    let notice = decision.notice.as_ref().map(|n| {
        let lang = n.lang.as_ref().map(Lang::as_str);
        json!({"title": n.title, "text": n.text, "action": n.action, "lang": lang})
    });
    let first_refused =
        refused.first().map(|(file, _)| *file).filter(|_| decision.verdict == Verdict::Refuse);
    let refused = refused.iter().map(|(file, refusal)| {
        let message = inputs::without_rule(refusal);
        json!({"package": path(file), "rule": refusal.rule.id(), "message": message})
    });
    let class = about.and_then(|(_, s)| s.manifest().release()).map(|r| r.class().as_str());
    json!({
        "decision": decision.verdict.as_str(),
        "package": about.map(|(file, _)| file).or(first_refused).map(path),
        "reason": decision.reason.as_str(),
        "until": decision.until,
        "left": decision.left,
        "up-to-date-security": match decision.up_to_date_security {
            UpToDate::Yes => json!(true),
            UpToDate::No => json!(false),
            UpToDate::Unknown => json!("unknown"),
        },
        "corrective": decision.corrective.map(Corrective::as_str),
        "support-ended": decision.support_ended,
        "manifest-digest": decision.manifest.map(|m| m.to_string()),
        "class": class,
        "notice": notice,
        "refused": refused.collect::<Vec<_>>(),
    })
}
