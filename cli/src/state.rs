//! The state file of a device; what stands in it is [`pkg_decide::state_file`]'s.

use crate::hint;
use crate::inputs::{text_file, without_rule};
use crate::out::{Failure, Outcome};
use crate::write::LOCK_WAIT;
use pkg_decide::DeviceState;
pub(crate) use pkg_decide::state_file::State;
use pkg_files::{AtomicFile, Durability, Lock, Rights, real_target};
use pkg_verify::Keyring;
use std::io::Write as _;
use std::path::Path;

const HINT: &str = "the state file is described in README, \"The state of a device\"";

/// The part of a state file that verification needs. A keyring that the device left behind is refused.
pub(crate) fn device(path: &Path, keyring: &Keyring) -> Outcome<DeviceState> {
    accepted(path, keyring).map(|state| state.device.state)
}

/// A state file. A keyring that the device left behind is refused.
pub(crate) fn accepted(path: &Path, keyring: &Keyring) -> Outcome<State> {
    let mut state = read(path)?;
    follow(&mut state, keyring)?;
    Ok(state)
}

/// Follows a keyring; refuses one that the device left behind.
pub(crate) fn follow(state: &mut State, keyring: &Keyring) -> Outcome<()> {
    state.accept(keyring).map_err(|refusal| {
        let message = format!("[{}] the keyring: {}", refusal.rule.id(), without_rule(&refusal));
        Failure::refused(message).hint(hint::refusal(&refusal))
    })?;
    state.follow(keyring);
    Ok(())
}

/// Reads a state file.
pub(crate) fn read(path: &Path) -> Outcome<State> {
    let text = text_file(path, "the state of a device in TOML")?;
    State::from_text(&text).map_err(|e| Failure::cannot(e.why).at(path, &text, e.at).hint(HINT))
}

/// Keeps others who write this state file away while it is held: of two that read the same state, the second would
/// undo what the first wrote, as an opt-out.
pub(crate) fn alone(path: &Path) -> Outcome<Lock> {
    let real = real_target(path).map_err(|e| Failure::file("read", path, &e))?;
    Lock::beside(&real, LOCK_WAIT).map_err(Failure::from)
}

/// Puts a state in the place of the file it was read from, so that a power cut leaves the one or the
/// other.
pub(crate) fn save(state: &State, path: &Path) -> Outcome<()> {
    let cannot = |e: &std::io::Error| Failure::file("write", path, e);
    let write = || {
        // What a link names is replaced, not the link.
        let mut file = AtomicFile::create(&real_target(path)?, Rights::Usual)?;
        file.write_all(state.to_text().as_bytes())?;
        file.commit(Durability::PowerCut)
    };
    write().map_err(|e| cannot(&e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_state_takes_the_place_of_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.toml");
        std::fs::write(&path, "[product]\nvendor = \"acme\"\nname = \"cam\"\nhardware = \"rev-a\"\n")
            .unwrap();
        let link = folder.path().join("link.toml");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let mut state = read(&link).unwrap_or_else(|_| panic!("a state"));
        state.choices.opt_in();
        assert!(save(&state, &link).is_ok());
        assert!(
            link.is_symlink()
                && std::fs::read_to_string(&path).unwrap().contains("automatic-security = true")
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside it");
    }
}
