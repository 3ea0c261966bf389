//! GRUB's environment block, a file of 1,024 bytes that GRUB itself also writes; and GRUB's way to start an entry once
//! (`saved_entry`, `next_entry`) on it.
//!
//! The file starts with a line of its own. Lines `name=value` follow, in which a backslash stands before each
//! backslash and line end of a value. The rest is filled with `#`.

use super::variables::{Environment, Variables};
use super::{BootLoader, Status, Wanted};
use crate::slots::slot_name;
use crate::{Result, put};
use std::path::{Path, PathBuf};

const SIZE: usize = 1024;
const FIRST_LINE: &[u8] = b"# GRUB Environment Block\n";

/// The file, mostly `/boot/grub/grubenv`.
pub(super) struct GrubBlock(PathBuf);

impl GrubBlock {
    pub(super) fn new(path: &Path) -> GrubBlock {
        GrubBlock(path.into())
    }
}

impl Environment for GrubBlock {
    fn load(&self) -> Result<Variables> {
        // One byte more than the block has tells it from a larger file.
        let block = pkg_files::read_small(&self.0, 1025);
        let read = block.map_err(|e| e.to_string()).and_then(|b| from_block(&b).map_err(str::to_owned));
        read.map_err(|why| format!("{}: {why}", self.0.display()).into())
    }

    fn save(&self, variables: &Variables) -> Result<()> {
        Ok(put(&self.0, &to_block(variables)?)?)
    }
}

fn from_block(block: &[u8]) -> std::result::Result<Variables, &'static str> {
    if block.len() != SIZE {
        return Err("an environment block of GRUB has 1,024 bytes");
    }
    let mut rest = block.strip_prefix(FIRST_LINE).ok_or("it is no environment block of GRUB")?;
    let mut entries = Vec::new();
    while let Some((line, after)) = next_line(rest) {
        entries.push(line.to_vec());
        rest = after;
    }
    match rest.iter().all(|byte| *byte == b'#') {
        true => Ok(Variables::from_entries(entries)),
        false => Err("its last line has no end"),
    }
}

/// Up to a line end without a backslash before it, and what follows it.
fn next_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut escaped = false;
    let end = text.iter().position(|byte| {
        let ends = *byte == b'\n' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })?;
    let (line, rest) = text.split_at(end);
    Some((line, rest.get(1..).unwrap_or_default()))
}

fn to_block(variables: &Variables) -> Result<Vec<u8>> {
    let mut block = FIRST_LINE.to_vec();
    for entry in variables.entries() {
        block.extend(entry);
        block.push(b'\n');
    }
    if block.len() > SIZE {
        return Err("GRUB's environment block is full".into());
    }
    block.resize(SIZE, b'#');
    Ok(block)
}

/// GRUB's own scripts start `next_entry` once, delete it, and start `saved_entry` otherwise. `pkg_try` stays, so that
/// the client can tell a try that was made from one that was never asked for.
pub(super) struct Grub<E>(E);

impl<E: Environment> Grub<E> {
    pub(super) fn new(environment: E) -> Grub<E> {
        Grub(environment)
    }

    fn settle(&self, wanted: &Wanted<'_>) -> Result<()> {
        let mut variables = self.0.load()?;
        variables.set("saved_entry", slot_name(wanted.needed_slot()?));
        variables.remove("next_entry");
        variables.remove("pkg_try");
        self.0.save(&variables)
    }
}

impl<E: Environment> BootLoader for Grub<E> {
    fn status(&self, wanted: &Wanted<'_>) -> Result<Status> {
        let variables = self.0.load()?;
        let slot = Some(slot_name(wanted.needed_slot()?));
        let (tried, next) = (variables.get("pkg_try"), variables.get("next_entry"));
        Ok(match (tried, next, variables.get("saved_entry")) {
            (try_, next, _) if try_ == slot && next == slot => Status::Armed,
            (try_, None, _) if try_ == slot => Status::Started,
            (None, None, saved) if saved == slot => Status::Good,
            _ => Status::Elsewhere,
        })
    }

    fn try_once(&self, wanted: &Wanted<'_>) -> Result<()> {
        let mut variables = self.0.load()?;
        let slot = slot_name(wanted.needed_slot()?);
        if let Some(running) = wanted.running_slot()? {
            variables.set("saved_entry", slot_name(running));
        }
        variables.set("next_entry", slot);
        variables.set("pkg_try", slot);
        self.0.save(&variables)
    }

    fn mark_good(&self, wanted: &Wanted<'_>) -> Result<()> {
        self.settle(wanted)
    }

    fn revert(&self, wanted: &Wanted<'_>) -> Result<()> {
        self.settle(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot::slot_from_text;
    use crate::boot::tests::lives;
    use std::fs;

    fn block(folder: &tempfile::TempDir, text: &str) -> GrubBlock {
        let path = folder.path().join("grubenv");
        let mut bytes = [FIRST_LINE, text.as_bytes()].concat();
        bytes.resize(SIZE, b'#');
        fs::write(&path, bytes).expect("written");
        GrubBlock::new(&path)
    }

    #[test]
    fn it_starts_an_entry_once_as_grubs_scripts_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "# WARNING: a comment\nkept=a\\\nb\\\\\nno form\n";
        let loader = Grub::new(block(&folder, text));
        let start = || {
            let mut variables = loader.0.load().expect("whole");
            let next = variables.get("next_entry").map(str::to_owned);
            if next.is_some() {
                variables.set("next_entry", "");
                loader.0.save(&variables).expect("saved");
            }
            let saved = variables.get("saved_entry").map(str::to_owned);
            slot_from_text(&next.or(saved).expect("an entry")).expect("a or b")
        };
        lives(&loader, &start);
        let bytes = fs::read(folder.path().join("grubenv")).expect("it is there");
        assert_eq!(bytes.len(), SIZE);
        assert!(bytes.starts_with(&[FIRST_LINE, text.as_bytes()].concat()), "what is unknown stays");
    }

    #[test]
    fn what_is_broken_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let good = to_block(&block(&folder, "a=1\n").load().expect("whole")).expect("it fits");
        for size in (0..2 * SIZE).filter(|s| *s != SIZE) {
            let mut other = good.clone();
            other.resize(size, b'#');
            assert_eq!(from_block(&other).err(), Some("an environment block of GRUB has 1,024 bytes"));
        }
        let path = folder.path().join("grubenv");
        fs::write(&path, [&good[..], b"#"].concat()).expect("written");
        assert!(GrubBlock::new(&path).load().expect_err("too large").to_string().contains("1,024"));
        let mut other = good.clone();
        other[0] = b'x';
        assert_eq!(from_block(&other).err(), Some("it is no environment block of GRUB"));
        for (text, why) in [("a=1\nb=2", "no end"), ("a=1\\\n", "no end"), ("\0\0", "no end")] {
            let error = block(&folder, text).load().expect_err(text).to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_full_block_is_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let full = block(&folder, &format!("x={}\n", "x".repeat(SIZE - FIRST_LINE.len() - 3)));
        let mut variables = full.load().expect("it is full, and whole");
        let before = fs::read(&full.0).expect("it is there");
        variables.set("y", "1");
        assert!(full.save(&variables).expect_err("too much").to_string().contains("full"));
        assert_eq!(fs::read(&full.0).expect("it is there"), before);
    }
}
