//! Writes a new product: all of it, or nothing.

use super::text::Answers;
use crate::error::{Error, Result};
use crate::keyring::{Change, KeyringFile};
use crate::keys::{FileSigner, generate, write_new};
use pkg_files::{Rights, create_new};
use pkg_format::Label;
use pkg_format::cose::Algorithm;
use pkg_format::keyring::Role;
use std::path::{Path, PathBuf};

/// The keys of a product: a root, and one for each role.
const KEYS: [(&str, Option<Role>); 7] = [
    ("root", None),
    ("feature", Some(Role::Feature)),
    ("security", Some(Role::Security)),
    ("notice", Some(Role::Notice)),
    ("withdrawal", Some(Role::Withdrawal)),
    ("delivery", Some(Role::Delivery)),
    ("catalogue", Some(Role::Catalogue)),
];

/// The folder of the keys.
const KEY_FOLDER: &str = "keys";

/// A product that was written.
#[derive(Debug)]
pub struct Created {
    /// Its files, in the order in which they were written.
    pub files: Vec<PathBuf>,
}

/// Files and folders that are removed again unless all of them are there.
#[derive(Default)]
struct Written {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    done: bool,
}

impl Drop for Written {
    fn drop(&mut self) {
        if !self.done {
            self.files.iter().for_each(|file| drop(std::fs::remove_file(file)));
            self.folders.iter().rev().for_each(|folder| drop(std::fs::remove_dir(folder)));
        }
    }
}

impl Written {
    /// Makes the missing folders above a file. Only their owner may write to them, as to every folder with keys.
    fn folder_of(&mut self, file: &Path) -> Result<()> {
        let folder = pkg_files::parent(file);
        let missing: Vec<_> =
            folder.ancestors().take_while(|f| !f.as_os_str().is_empty() && !f.exists()).collect();
        for each in missing.into_iter().rev() {
            new_folder(each).map_err(|e| Error::file("create", each, e))?;
            self.folders.push(each.to_path_buf());
        }
        Ok(())
    }

    fn write(&mut self, path: PathBuf, text: &str) -> Result<()> {
        self.folder_of(&path)?;
        create_new(&path, Rights::Usual, text.as_bytes()).map_err(|e| Error::file("create", &path, e))?;
        self.files.push(path);
        Ok(())
    }
}

#[cfg(unix)]
fn new_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().mode(0o755).create(path)
}

#[cfg(not(unix))]
fn new_folder(path: &Path) -> std::io::Result<()> {
    std::fs::create_dir(path)
}

/// Writes the files, keys and keyring of a product to the folder `dir`, which may exist. The private keys are encrypted
/// with the passphrase, if there is one. The text `schema` is the schema of descriptions for editors.
///
/// # Errors
/// One of the files exists, or cannot be written. Nothing is replaced, and nothing is left behind.
pub fn create(dir: &Path, answers: &Answers, schema: &str, passphrase: Option<&str>) -> Result<Created> {
    let texts = answers.files(schema);
    let keyring = dir.join(answers.keyring());
    let key = |name: &str| dir.join(KEY_FOLDER).join(name);
    let halves = KEYS.iter().flat_map(|(name, _)| ["key", "pub"].map(|half| key(&format!("{name}.{half}"))));
    let paths = texts.iter().map(|(name, _)| dir.join(name)).chain([keyring.clone()]).chain(halves);
    if let Some(path) = paths.into_iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(Error::Exists { path });
    }
    let mut written = Written::default();
    for (name, text) in &texts {
        written.write(dir.join(name), text)?;
    }
    written.folder_of(&key("root.key"))?;
    let mut changes = Vec::new();
    let mut root = None;
    for (name, role) in KEYS {
        let private = generate(Algorithm::Ed25519)?;
        let (secret, public) = write_new(&key(name), &private, passphrase)?;
        let label = Label::new(name)?;
        written.files.extend([secret, public]);
        match role {
            Some(role) => changes.push(Change::Add(private.public()?, label, vec![role])),
            None => {
                changes.push(Change::AddRoot(private.public()?, label));
                root = Some(FileSigner::new(name, private)?);
            }
        }
    }
    let mut file = KeyringFile::new(answers.name.clone(), changes)?;
    if let Some(root) = &root {
        file.sign(root)?;
    }
    file.write(&keyring)?;
    written.files.push(keyring);
    written.done = true;
    Ok(Created { files: std::mem::take(&mut written.files) })
}

#[cfg(test)]
mod tests {
    use super::super::Ci;
    use super::*;
    use crate::Description;
    use pkg_format::ident::Month;
    use pkg_format::lang::Lang;
    use pkg_format::{Id, Version};

    fn answers() -> Answers {
        Answers {
            name: Id::new("cam").unwrap(),
            vendor: Some(Id::new("acme").unwrap()),
            hardware: vec![Id::new("rev-a").unwrap()],
            version: Version::new("1.0.0").unwrap(),
            line: Id::new("1.0").unwrap(),
            images: vec![(Id::new("rootfs").unwrap(), Some("rootfs.img".into()))],
            support_until: Some(Month::new("2036-12").unwrap()),
            contact: Some(Label::new("security@acme.example").unwrap()),
            text: Some(Label::new("Streams \"video\".").unwrap()),
            lang: Lang::new("en").unwrap(),
            ci: vec![Ci::GitHub, Ci::GitLab],
            input_roots: Vec::new(),
        }
    }

    fn check(dir: &Path) -> Result<crate::Checked> {
        let text = std::fs::read_to_string(dir.join("release.toml")).unwrap();
        Description::read(&text, dir, &[])?.check(None, 1_800_000_000)
    }

    #[test]
    fn a_product_with_all_answers_has_no_faults() {
        let dir = tempfile::tempdir().unwrap();
        create(dir.path(), &answers(), "{}", None).unwrap();
        let checked = check(dir.path()).unwrap();
        assert_eq!(checked.package_name(), answers().package());
        assert_eq!(checked.absent.len(), 1, "the image is not there yet");
    }

    #[test]
    fn every_answer_that_is_missing_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let none = Answers {
            vendor: None,
            hardware: Vec::new(),
            images: vec![(Id::new("rootfs").unwrap(), None)],
            support_until: None,
            contact: None,
            text: None,
            ..answers()
        };
        create(dir.path(), &none, "{}", None).unwrap();
        let error = check(dir.path()).err().unwrap();
        let all: Vec<_> = error.faults().iter().map(ToString::to_string).collect();
        assert_eq!(all.len(), 6, "{all:#?}");
        assert!(all.iter().all(|fault| fault.contains("not filled in: ")), "{all:#?}");
    }

    #[test]
    fn nothing_is_replaced_and_nothing_is_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("keys")).unwrap();
        std::fs::write(dir.path().join("keys/delivery.pub"), "mine").unwrap();
        let error = create(dir.path(), &answers(), "{}", None).err().unwrap();
        assert!(matches!(error, Error::Exists { .. }), "{error}");
        let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["keys"]);
    }
}
