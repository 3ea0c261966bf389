//! Files that a description names. None may be outside the folders that its user allows.

use crate::open::regular;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A file outside those folders was named. It is the inner error of an [`io::Error`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// Where the path leads.
    pub real: PathBuf,
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is outside the folder of the description")
    }
}

impl std::error::Error for Outside {}

impl Outside {
    /// The `Outside` inside an error, if there is one.
    pub fn from_error(error: &io::Error) -> Option<&Outside> {
        error.get_ref()?.downcast_ref()
    }
}

/// The folder of a description, and more folders that its user allows.
#[derive(Debug, Clone)]
pub struct Roots {
    dir: PathBuf,
    real: Vec<PathBuf>,
}

/// A file or folder inside one of the roots. Its path has no link and no `..`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    root: PathBuf,
    within: PathBuf,
}

impl Roots {
    /// The folder that names are relative to, and more folders.
    ///
    /// # Errors
    /// One of them cannot be found.
    pub fn new(dir: &Path, more: &[PathBuf]) -> io::Result<Roots> {
        let real = [dir].into_iter().chain(more.iter().map(PathBuf::as_path)).map(Path::canonicalize);
        Ok(Roots { dir: dir.into(), real: real.collect::<io::Result<_>>()? })
    }

    /// The folder that names are relative to.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Finds what a description names. A link is followed if it stays inside.
    ///
    /// # Errors
    /// [`Outside`] inside an [`io::Error`], or what the system says.
    pub fn find(&self, name: &Path) -> io::Result<Inside> {
        let outside = |real: PathBuf| Err(io::Error::new(io::ErrorKind::PermissionDenied, Outside { real }));
        let path = self.dir.join(name);
        let real = match path.canonicalize() {
            Ok(real) => real,
            // A description must not learn whether something outside exists.
            Err(_) if !self.could_hold(&path) => return outside(path),
            Err(error) => return Err(error),
        };
        let found = self.real.iter().find_map(|root| Some((root, real.strip_prefix(root).ok()?)));
        match found {
            Some((root, within)) => Ok(Inside { root: root.clone(), within: within.into() }),
            None => outside(real),
        }
    }

    /// Whether the nearest folder of a path that exists is inside.
    fn could_hold(&self, path: &Path) -> bool {
        let real = path.ancestors().skip(1).find_map(|above| match above.as_os_str().is_empty() {
            true => Path::new(".").canonicalize().ok(),
            false => above.canonicalize().ok(),
        });
        real.is_some_and(|real| self.real.iter().any(|root| real.starts_with(root)))
    }
}

impl Inside {
    /// Where it is, without links.
    pub fn path(&self) -> PathBuf {
        self.root.join(&self.within)
    }

    /// Opens it; it must be a regular file. No link in any part of the path is followed, so that nobody can redirect it
    /// after it was found.
    ///
    /// # Errors
    /// [`crate::NotRegular`] inside an [`io::Error`], or what the system says.
    #[cfg(unix)]
    pub fn open(&self) -> io::Result<File> {
        use rustix::fs::{CWD, Mode, OFlags, openat};
        let step = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::RDONLY | OFlags::CLOEXEC;
        let mut folder = openat(CWD, &self.root, step, Mode::empty())?;
        for part in self.within.parent().into_iter().flat_map(Path::components) {
            folder = openat(&folder, part.as_os_str(), step, Mode::empty())?;
        }
        // Opening a device may have an effect, so its kind is checked first, and again once it is open.
        let name = self.within.file_name().unwrap_or(std::ffi::OsStr::new("."));
        let there = crate::folder::kind_at(&folder, Path::new(name))?;
        if let Some(found) = there {
            return Err(crate::NotRegular::error(found));
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        regular(openat(&folder, name, flags, Mode::empty())?.into())
    }

    /// Opens the regular file.
    #[cfg(not(unix))]
    pub fn open(&self) -> io::Result<File> {
        regular(File::open(self.path())?)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_what_is_inside_is_opened() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir_all(at("project/in")).unwrap();
        for name in ["secret", "project/img", "project/in/img"] {
            std::fs::write(at(name), name).unwrap();
        }
        symlink("../secret", at("project/out")).unwrap();
        symlink(at("project/in/img"), at("project/absolute")).unwrap();
        symlink("../img", at("project/in/up")).unwrap();
        let roots = Roots::new(&at("project"), &[]).unwrap();
        let open = |roots: &Roots, name: &Path| roots.find(name).and_then(|found| found.open());
        for name in ["img", "in/img", "in/../img", "absolute", "in/up", "../project/img"] {
            assert!(open(&roots, Path::new(name)).is_ok(), "{name}");
        }
        assert!(open(&roots, &at("project/img")).is_ok());
        for name in ["../secret", "out", "/etc/passwd", "/proc/self/environ", "../none", "/dev/zero", ".."] {
            let error = open(&roots, Path::new(name)).unwrap_err();
            assert!(Outside::from_error(&error).is_some(), "{name}: {error}");
        }
        assert_eq!(open(&roots, Path::new("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(open(&roots, Path::new("in")).is_err());
        let wider = Roots::new(&at("project"), &[at("project/..")]).unwrap();
        assert!(open(&wider, Path::new("../secret")).is_ok() && open(&wider, Path::new("out")).is_ok());
        assert!(open(&wider, Path::new("/etc/passwd")).is_err());
    }

    #[test]
    fn what_became_a_link_since_it_was_found_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir_all(at("project/in")).unwrap();
        std::fs::create_dir(at("elsewhere")).unwrap();
        for name in ["project/in/img", "project/img", "elsewhere/img"] {
            std::fs::write(at(name), name).unwrap();
        }
        let roots = Roots::new(&at("project"), &[]).unwrap();
        let (inner, img) = (roots.find(Path::new("in/img")).unwrap(), roots.find(Path::new("img")).unwrap());
        std::fs::rename(at("project/in"), at("project/away")).unwrap();
        symlink(at("elsewhere"), at("project/in")).unwrap();
        std::fs::remove_file(at("project/img")).unwrap();
        symlink(at("elsewhere/img"), at("project/img")).unwrap();
        assert!(inner.open().is_err() && img.open().is_err());
    }
}
