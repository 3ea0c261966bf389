//! What an image is to another updater: RAUC, SWUpdate, Mender or MCUboot.

/// The longest text that is kept of what a bundle says.
const TEXT: usize = 256;

/// The most texts of a kind that are kept.
pub(crate) const TEXTS: usize = 64;

/// An updater with image files of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Updater {
    /// RAUC, whose bundles are `.raucb` files.
    Rauc,
    /// SWUpdate, whose images are `.swu` files.
    Swupdate,
    /// Mender, whose artifacts are `.mender` files.
    Mender,
    /// MCUboot, a boot loader of microcontrollers.
    Mcuboot,
}

impl Updater {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Updater::Rauc => "rauc",
            Updater::Swupdate => "swupdate",
            Updater::Mender => "mender",
            Updater::Mcuboot => "mcuboot",
        }
    }
}

/// A bundle of another updater, as its own manifest or header describes it. **Nothing of this is verified**: the
/// updater checks its bundle with its own keys.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bundle {
    /// The updater.
    pub updater: Updater,
    /// Which devices it is for: RAUC's `compatible`, SWUpdate's `hardware-compatibility`, Mender's `device_type`.
    pub compatible: Vec<String>,
    /// The version: of a Mender artifact its name.
    pub version: Option<String>,
    /// What identifies the whole: the root hash of a verity bundle, the image hash of MCUboot; hex digits.
    pub hash: Option<String>,
    /// The images in it.
    pub images: Vec<BundleImage>,
}

/// An image in a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BundleImage {
    /// Where it goes: a slot class of RAUC, a device, volume or name of SWUpdate, a payload type of Mender.
    pub slot: String,
    /// The file in the bundle.
    pub file: Option<String>,
    /// The digest that the bundle states for it, hex digits.
    pub sha256: Option<String>,
}

impl Bundle {
    pub(crate) fn new(updater: Updater) -> Bundle {
        Bundle { updater, compatible: Vec::new(), version: None, hash: None, images: Vec::new() }
    }

    /// Adds a kind of device.
    pub(crate) fn for_device(&mut self, text: &str) {
        let text = short(text);
        if self.compatible.len() < TEXTS && !self.compatible.contains(&text) {
            self.compatible.push(text);
        }
    }

    /// Adds an image.
    pub(crate) fn image(&mut self, slot: &str, file: Option<&str>, sha256: Option<&str>) {
        let image = BundleImage { slot: short(slot), file: file.map(short), sha256: sha256.map(short) };
        if self.images.len() < TEXTS && !self.images.contains(&image) {
            self.images.push(image);
        }
    }

    /// Notes its version.
    pub(crate) fn version(&mut self, text: Option<&str>) {
        self.version = text.map(short);
    }
}

/// A text, cut where it is too long.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(TEXT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into(),
    }
}
