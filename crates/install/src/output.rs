//! Where an image goes: a file, a block device, or one of two slots.

use crate::Error;
use pkg_files::{folder, name, parent};
use pkg_format::{Id, Refusal};
use std::path::{Path, PathBuf};

/// The place of one image.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Output {
    /// The component whose image goes there.
    pub component: Id,
    /// The file or block device.
    pub path: PathBuf,
    /// The base of a delta: a file, which may be the one that is replaced, or a block device. Ignored if the payload is
    /// no delta.
    pub base: Option<PathBuf>,
    /// Whether an existing file is overwritten in place, as a slot of fixed size, instead of being replaced by a new
    /// file. Block devices always are.
    pub in_place: bool,
}

impl Output {
    /// The image of `component` goes to the file or block device `path`.
    ///
    /// # Errors
    /// `component` is not an id.
    pub fn new(component: &str, path: impl Into<PathBuf>) -> Result<Self, Refusal> {
        Ok(Output { component: Id::new(component)?, path: path.into(), base: None, in_place: false })
    }

    /// If the payload is a delta, it starts from the image in `base`.
    #[must_use]
    pub fn from_base(self, base: impl Into<PathBuf>) -> Self {
        Output { base: Some(base.into()), ..self }
    }

    /// An existing file is overwritten in place.
    #[must_use]
    pub fn in_place(self) -> Self {
        Output { in_place: true, ..self }
    }

    /// The folder that it is in.
    pub(crate) fn folder(&self) -> &Path {
        parent(&self.path)
    }

    /// What it is called there.
    pub(crate) fn name(&self) -> &Path {
        name(&self.path)
    }
}

/// One of two slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// The first.
    A,
    /// The second.
    B,
}

impl Slot {
    /// The other slot.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Slot::A => Slot::B,
            Slot::B => Slot::A,
        }
    }
}

/// The two places of one component, files or block devices. The device runs from one; the other is written.
///
/// ```
/// use pkg_install::{Slot, Slots};
///
/// let slots = Slots::new("rootfs", "/dev/disk/by-partlabel/rootfs-a", "/dev/disk/by-partlabel/rootfs-b")?;
/// let output = slots.output(Slot::A)?;
/// assert_eq!(output.path, slots.path(Slot::B));
/// assert_eq!(output.base.as_deref(), Some(slots.path(Slot::A)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Slots {
    component: Id,
    a: PathBuf,
    b: PathBuf,
}

impl Slots {
    /// The slots of a component.
    ///
    /// # Errors
    /// `component` is not an id.
    pub fn new(component: &str, a: impl Into<PathBuf>, b: impl Into<PathBuf>) -> Result<Self, Refusal> {
        Ok(Slots { component: Id::new(component)?, a: a.into(), b: b.into() })
    }

    /// The place of a slot.
    pub fn path(&self, slot: Slot) -> &Path {
        match slot {
            Slot::A => &self.a,
            Slot::B => &self.b,
        }
    }

    /// An output to the slot that is not running. A delta starts from the running one.
    ///
    /// # Errors
    /// [`Error::Same`] if both paths lead to the same file or device: the running slot is never written.
    pub fn output(&self, running: Slot) -> Result<Output, Error> {
        let (from, to) = (self.path(running), self.path(running.other()));
        if same(from, to)? {
            return Err(Error::Same { path: to.into(), other: from.into() });
        }
        Ok(Output {
            component: self.component.clone(),
            path: to.into(),
            base: Some(from.into()),
            in_place: false,
        })
    }
}

/// Whether two paths lead to the same file or device. A path to nothing is like no other.
fn same(one: &Path, two: &Path) -> Result<bool, Error> {
    let which = |path: &Path| match folder::which_at(path) {
        Ok(identity) => Ok(Some(identity)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::Write { path: path.into(), error }),
    };
    Ok(match (which(one)?, which(two)?) {
        (Some(one), Some(two)) => one.is_surely(&two),
        _ => false,
    })
}
