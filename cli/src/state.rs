//! Reads and writes the state file of a device; [`pkg_decide::state_file`] defines its content.

use crate::inputs::text_file;
use crate::out::{Failure, Outcome};
use crate::write::{LOCK_WAIT, replace};
use pkg_decide::DeviceState;
pub(crate) use pkg_decide::state_file::State;
use pkg_files::{Lock, real_target};
use pkg_verify::Keyring;
use std::path::Path;

const HINT: &str = "pkg schema state --markdown lists every key of a state file";

/// The part of a state file that verification needs. Refuses a keyring that is older than the one of the device.
pub(crate) fn device(path: &Path, keyring: &Keyring) -> Outcome<DeviceState> {
    accepted(path, keyring).map(|state| state.device.state)
}

/// Reads a state file. Refuses a keyring that is older than the one of the device.
pub(crate) fn accepted(path: &Path, keyring: &Keyring) -> Outcome<State> {
    let mut state = read(path)?;
    follow(&mut state, keyring)?;
    Ok(state)
}

/// Moves the state to a newer keyring. Refuses an older one.
pub(crate) fn follow(state: &mut State, keyring: &Keyring) -> Outcome<()> {
    state.accept(keyring).map_err(|refusal| Failure::rule("the keyring", &refusal))?;
    state.follow(keyring);
    Ok(())
}

/// Reads a state file.
pub(crate) fn read(path: &Path) -> Outcome<State> {
    let text = text_file(path, "the state of a device in TOML")?;
    State::from_text(&text).map_err(|e| Failure::cannot(e.why).at(path, &text, e.at).hint(HINT))
}

/// Locks the state file against other writers: if two processes read the same state, the second would undo what
/// the first wrote, such as an opt-out.
pub(crate) fn alone(path: &Path) -> Outcome<Lock> {
    let real = real_target(path).map_err(|e| Failure::file("read", path, &e))?;
    Lock::beside(&real, LOCK_WAIT).map_err(Failure::from)
}

/// Replaces the state file atomically: after a power cut either the old or the new state is there.
pub(crate) fn save(state: &State, path: &Path) -> Outcome<()> {
    // Replaces the target of a link, not the link.
    let written = real_target(path).and_then(|real| replace(&real, &state.to_text()));
    written.map_err(|e| Failure::file("write", path, &e))
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
