//! One round: update the keyring, look at what is offered, decide, act.

use crate::ask::{self, Answer};
use crate::offers::{self, Offer, Place};
use crate::remember::Memory;
use crate::repository::{self, Repository};
use crate::sources::{self, log};
use crate::{Args, Result, slots};
use pkg_decide::Fit;
use pkg_decide::{Clock, Decision, Reason, Verdict, decide};
use pkg_install::InstallOptions;
use pkg_verify::format::repository::Entry;
use pkg_verify::io::Read;
use pkg_verify::{Complete, ExampleKeys, Statements, Verified};
use std::path::Path;

pub(crate) fn run(args: &Args, memory: &mut Memory) -> Result<()> {
    let clock = args.now.map_or(Clock::None, Clock::Trusted);
    if args.elapsed > 0 {
        memory.change(|choices| choices.pass(args.elapsed))?;
    }
    if memory.pending.is_some() {
        println!("installed, and waits for its start: --booted ok or failed says how that went");
        return Ok(());
    }
    keyrings(args, memory)?;
    let mut repository = Repository::open(args, memory)?;
    if let Some(repository) = &mut repository {
        repository.look(memory, clock)?;
    }
    let mut after = memory.state.clone();
    let mut found =
        offers::gather(&args.folders, repository.as_mut(), memory, false, |package| after.hear(package));
    if memory.state.to_text() != after.to_text() {
        memory.change_state(|state| *state = after.clone())?;
    }
    repository.as_mut().map_or(Ok(()), Repository::store)?;
    let (mut shown, mut ended, mut failed, mut withdrawn) = (Vec::new(), false, false, None);
    loop {
        let candidates: Vec<_> = found.iter().map(|o| &o.package).collect();
        let decision = decide(&memory.state.device, &memory.state.choices, &candidates, clock);
        let refused =
            |r: &'_ pkg_decide::Refused| Some((found.get(r.index)?.places.first()?, r.refusal.clone()));
        for (place, why) in decision.refused.iter().filter_map(refused) {
            log(&format!("{place}: {why}"));
        }
        if decision.support_ended && !std::mem::replace(&mut ended, true) {
            println!("the support period has ended: there may be no more security updates");
        }
        if let Some(corrective) = decision.corrective.filter(|c| withdrawn.replace(*c) != Some(*c)) {
            println!("what is installed was withdrawn by its maker: {corrective}");
        }
        let about = decision.candidate.and_then(|index| candidates.get(index)).copied();
        let (verdict, reason) = (decision.verdict, decision.reason);
        match (verdict, about) {
            (Verdict::Advise, _) if shown.contains(&decision.manifest) => {
                println!("more is to be told than can be remembered; the next round goes on");
                return Ok(());
            }
            (Verdict::Notify | Verdict::Advise, Some(package)) => {
                shown.push(decision.manifest);
                decision.notice.as_ref().map(ask::show);
                // Shown before it is noted: after a power cut it may be shown twice, but never not at all.
                memory.change(|choices| choices.notified(package, clock))?;
                // Somebody who is there may answer at once; nobody has to wait.
                if verdict == Verdict::Notify && !answered(args, memory, package, clock)? {
                    println!("told; the next round goes on");
                    return Ok(());
                }
            }
            (Verdict::AskDownload | Verdict::AskApproval, Some(package)) => {
                // A user who declined is not asked again and again.
                let ask = reason != Reason::Declined || args.ask;
                if ask {
                    decision.notice.as_ref().map(ask::show);
                }
                if !ask || !answered(args, memory, package, clock)? {
                    println!("waits for an answer: {reason}");
                    return Ok(());
                }
                // Only one question a round.
                if decide(&memory.state.device, &memory.state.choices, &candidates, clock) == decision {
                    return Ok(());
                }
            }
            (Verdict::Install, Some(_)) => {
                // A user who postponed it is reminded what is coming now.
                let choices = &memory.state.choices;
                if choices.postponed.count > 0 || choices.postponed_feature.count > 0 {
                    decision.notice.as_ref().map(ask::show);
                }
                if install(memory, repository.as_mut(), &decision, &found)? {
                    return Ok(());
                }
                if repository.is_some() && !failed {
                    found = offers::gather(&args.folders, repository.as_mut(), memory, true, |_| ());
                }
                // Another fix is better than none; a feature is no replacement for a fix.
                failed = true;
                let is_security =
                    |p: &Statements| p.manifest().release().is_some_and(|r| r.security().is_some());
                found.retain(|o| {
                    Some(o.package.manifest_digest()) != decision.manifest && is_security(&o.package)
                });
            }
            _ if failed => return Err("no copy of it could be installed; the next round tries again".into()),
            _ => {
                println!("{verdict}: {reason}");
                return Ok(());
            }
        }
    }
}

/// Updates the keyring, from the firmware and from the sources, until there is no newer one.
fn keyrings(args: &Args, memory: &mut Memory) -> Result<()> {
    let mut paths = sources::list(&args.folders, "keyring", sources::KEYRINGS);
    paths.insert(0, args.keyring.clone());
    let mut newer = true;
    while std::mem::take(&mut newer) {
        for path in &paths {
            let read = sources::keyring(path).map_err(|e| e.to_string());
            match read.and_then(|b| memory.keyring.update(&b, ExampleKeys::Refuse).map_err(|e| e.to_string()))
            {
                Ok(update) if update.versions() > 0 => {
                    memory.take_keyring(update.keyring())?;
                    log(&format!("{path:?}: keyring version {} is in force", memory.keyring.version()));
                    newer = true;
                }
                Ok(_) => {}
                Err(why) if !newer => log(&format!("{path:?}: {why}")),
                Err(_) => {}
            }
        }
    }
    Ok(())
}

/// Asks about this package, and keeps the answer; false if nobody answered.
fn answered(args: &Args, memory: &mut Memory, package: &Statements, clock: Clock) -> Result<bool> {
    let manifest = package.manifest_digest();
    let question = format!("Install {} now?", package.manifest().common().id);
    let Some(answer) = ask::ask(args, &question) else { return Ok(false) };
    let kept = memory.change(|choices| {
        match answer {
            Answer::Yes => {
                choices.approve_download(manifest);
                choices.approve(manifest);
            }
            Answer::No => choices.decline(manifest),
            Answer::Later => return choices.postpone(package, clock),
            Answer::Never => {
                choices.decline(manifest);
                choices.opt_out();
            }
        }
        Ok(())
    })?;
    if let Err(why) = kept {
        println!("{why}");
    }
    Ok(true)
}

/// Installs what was decided on, from the smallest of its packages; if that fails, from the next one. False if none can
/// be installed.
fn install(
    memory: &mut Memory,
    mut repository: Option<&mut Repository>,
    decision: &Decision,
    found: &[Offer],
) -> Result<bool> {
    memory.check()?;
    let device = &memory.state.device;
    let fits = |p: &Statements| device.state.fits(p, &device.policy) == Ok(Fit::Step);
    let decided = |o: &&Offer| Some(o.package.manifest_digest()) == decision.manifest && fits(&o.package);
    let mut ways: Vec<_> = found.iter().filter(decided).collect();
    let stored = |p: &Statements| {
        p.delivery().map_or(u64::MAX, |d| {
            d.payloads
                .iter()
                .flat_map(|p| &p.chunks)
                .fold(0, |sum: u64, c| sum.saturating_add(c.stored_bytes))
        })
    };
    ways.sort_by_key(|o| stored(&o.package));
    for (place, package) in ways.iter().flat_map(|o| o.places.iter().map(move |place| (place, &o.package))) {
        let again = |e: &(dyn std::error::Error + 'static)| {
            matches!(e.downcast_ref(), Some(pkg_install::Error::LyingJournal { .. }))
        };
        let mut write = || match (place, repository.as_deref_mut()) {
            (Place::Listed(entry), Some(repository)) => from_repository(memory, repository, entry, package),
            (Place::Listed(_), None) => Err("there is no repository".into()),
            (Place::File(path), _) => from_file(memory, path, package),
        };
        // After a false journal the image is written from its start.
        let written = match write() {
            Err(error) if again(&*error) => write(),
            first => first,
        };
        match written {
            Ok((complete, slots)) => {
                memory.stage(&complete, slots)?;
                let is_delta =
                    complete.delivery().is_some_and(|d| d.payloads.iter().any(|p| p.base.is_some()));
                let how = if is_delta { "by delta" } else { "in full" };
                println!("installed {} {how}; restart to run it", package.manifest().common().id);
                return Ok(true);
            }
            Err(error) => log(&format!("{place}: {error}")),
        }
    }
    Ok(false)
}

/// Installs from a file. The decision was about what was read then; the file may be a different one by now.
fn from_file(memory: &Memory, path: &Path, decided: &Statements) -> Result<(Complete, slots::SlotMap)> {
    let package = offers::verified(path, memory)?;
    match package.delivery_digest() == decided.delivery_digest() {
        true => written(memory, package, decided),
        false => Err("was replaced meanwhile".into()),
    }
}

/// Installs from the repository, without a copy: the delta from what runs if there is one, else the full package. What
/// breaks a rule at one address may be good at another.
fn from_repository(
    memory: &Memory,
    repository: &mut Repository,
    entry: &Entry,
    decided: &Statements,
) -> Result<(Complete, slots::SlotMap)> {
    if let Some(delta) = repository.delta(decided, memory) {
        match written(memory, delta, decided) {
            Err(error) if repository::is_final(&*error) => log(&format!("the delta: {error}")),
            other => return other,
        }
    }
    let mut tries = 1..repository.addresses();
    loop {
        match written(memory, repository.package(entry, memory)?, decided) {
            Err(error) if repository::is_final(&*error) && tries.next().is_some() => {
                log(&format!("{error}; another address is asked"));
                repository.turn();
            }
            other => return other,
        }
    }
}

/// Writes the images to the slots that are not running. After an interruption it resumes.
fn written<R: Read>(
    memory: &Memory,
    package: Verified<R>,
    decided: &Statements,
) -> Result<(Complete, slots::SlotMap)> {
    // Another manifest is another decision.
    if package.manifest_digest() != decided.manifest_digest() {
        return Err("was replaced meanwhile".into());
    }
    let images = package.manifest().release().map(|r| r.images.clone()).unwrap_or_default();
    let (outputs, slots) = slots::outputs(memory.folder(), &images, &memory.slots)?;
    memory.accepts(&slots)?;
    Ok((pkg_install::apply(package, &outputs, &InstallOptions::default())?, slots))
}
