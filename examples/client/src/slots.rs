//! The slots of each component, here files `slots/a/COMPONENT` and `slots/b/COMPONENT`, and the flag by
//! which the boot loader chooses. **A maker replaces this**: by partitions, and by the variables of the
//! boot loader.

use crate::Result;
use pkg_install::{Output, Slot, Slots};
use pkg_verify::format::Id;
use pkg_verify::format::manifest::Image;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// The slot that each component runs from.
pub(crate) type SlotMap = BTreeMap<Id, Slot>;

/// Where each image goes: to the slots that are not running. Also those slots.
pub(crate) fn outputs(folder: &Path, images: &[Image], running: &SlotMap) -> Result<(Vec<Output>, SlotMap)> {
    let (mut outputs, mut written) = (Vec::new(), SlotMap::new());
    for image in images {
        let component = &image.component;
        let path = |slot| folder.join("slots").join(slot_name(slot)).join(component.as_str());
        for slot in [Slot::A, Slot::B] {
            std::fs::create_dir_all(path(slot).parent().unwrap_or(folder))?;
        }
        // Where nothing runs yet, the first to be written is a.
        let runs = running.get(component).copied().unwrap_or(Slot::B);
        outputs.push(Slots::new(component.as_str(), path(Slot::A), path(Slot::B))?.output(runs)?);
        written.insert(component.clone(), runs.other());
    }
    Ok((outputs, written))
}

/// What the boot loader reads, a line for each component: the slot that runs, and the one to try once if
/// there is one. `-` where nothing runs yet.
pub(crate) fn boot_flag(running: &SlotMap, tried: Option<&SlotMap>) -> String {
    let mut flag = String::new();
    for component in tried.unwrap_or(running).keys() {
        let (runs, tries) = (running.get(component), tried.and_then(|t| t.get(component)));
        // Writing to a string does not fail.
        let _ = write!(flag, "{component} {}", runs.map_or("-", |s| slot_name(*s)));
        if let Some(slot) = tries.filter(|t| runs != Some(t)) {
            let _ = write!(flag, " try {}", slot_name(*slot));
        }
        flag.push('\n');
    }
    flag
}

/// The slots as a line that is a comment in a state file.
pub(crate) fn to_line(slots: &SlotMap) -> String {
    let each: String =
        slots.iter().map(|(component, slot)| format!(" {component}={}", slot_name(*slot))).collect();
    format!("# slots:{each}")
}

pub(crate) fn from_line(line: &str) -> Option<SlotMap> {
    let each = line.strip_prefix("# slots:")?.split_whitespace();
    each.map(|entry| {
        let (component, slot) = entry.split_once('=')?;
        let slot = [Slot::A, Slot::B].into_iter().find(|s| slot_name(*s) == slot)?;
        Some((Id::new(component).ok()?, slot))
    })
    .collect()
}

fn slot_name(slot: Slot) -> &'static str {
    match slot {
        Slot::A => "a",
        Slot::B => "b",
    }
}
