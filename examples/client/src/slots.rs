//! The slots of each component, here files `slots/a/COMPONENT` and `slots/b/COMPONENT`. **A maker replaces this** by
//! partitions.

use crate::Result;
use pkg_install::{Output, Slot, Slots};
use pkg_verify::format::Id;
use pkg_verify::format::manifest::Image;
use std::collections::BTreeMap;
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

pub(crate) fn slot_name(slot: Slot) -> &'static str {
    match slot {
        Slot::A => "a",
        Slot::B => "b",
    }
}
