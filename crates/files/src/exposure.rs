//! Whether users other than the one of this process can read or replace a secret file.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// How a secret file is exposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exposure {
    /// Its mode lets others read or write it.
    Readable {
        /// Its permission bits.
        mode: u32,
    },
    /// It belongs to a user other than us and root.
    Owner {
        /// The user's number.
        uid: u32,
    },
    /// Others can write to a folder above it, and so put another file in its place.
    Folder {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// Whether the file is directly in it.
        direct: bool,
    },
    /// A folder above it belongs to a user other than us and root.
    FolderOwner {
        /// The folder.
        path: PathBuf,
        /// The user's number.
        uid: u32,
    },
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exposure::Readable { mode } => write!(f, "others can read it (mode {mode:o})"),
            Exposure::Owner { uid } => write!(f, "it belongs to another user (uid {uid})"),
            Exposure::Folder { mode, direct: true, .. } => {
                write!(f, "others can write to its folder (mode {mode:o}) and so replace it")
            }
            Exposure::Folder { path, mode, direct: false } => {
                write!(f, "others can write to {} above it (mode {mode:o}) and so replace it", path.display())
            }
            Exposure::FolderOwner { path, uid } => {
                write!(
                    f,
                    "the folder {} belongs to another user (uid {uid}), who can replace it",
                    path.display()
                )
            }
        }
    }
}

impl std::error::Error for Exposure {}

impl Exposure {
    /// As an [`io::Error`].
    pub fn error(self) -> io::Error {
        io::Error::new(io::ErrorKind::PermissionDenied, self)
    }

    /// The `Exposure` inside an error, if there is one.
    pub fn from_error(error: &io::Error) -> Option<&Exposure> {
        error.get_ref()?.downcast_ref()
    }
}

/// How many links are followed.
#[cfg(unix)]
const LINKS: usize = 40;

/// How `file`, which was opened by `path`, is exposed; `None` if it is not. This checks the owner and the mode of the
/// file and of every folder above it, including the folders of the links that lead to it.
///
/// # Errors
/// What the system says.
#[cfg(unix)]
pub fn exposed(path: &Path, file: &File) -> io::Result<Option<Exposure>> {
    use std::os::unix::fs::MetadataExt;
    let there = file.metadata()?;
    let (mode, uid) = (there.mode() & 0o777, there.uid());
    if mode & 0o077 != 0 {
        return Ok(Some(Exposure::Readable { mode }));
    }
    if !trusted(uid) {
        return Ok(Some(Exposure::Owner { uid }));
    }
    let mut path = path.to_path_buf();
    for _ in 0..LINKS {
        if let Some(found) = folders(&crate::place::parent(&path).canonicalize()?)? {
            return Ok(Some(found));
        }
        if !std::fs::symlink_metadata(&path)?.is_symlink() {
            return Ok(None);
        }
        let target = std::fs::read_link(&path)?;
        path = crate::place::parent(&path).join(target);
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Modes mean nothing here.
#[cfg(not(unix))]
pub fn exposed(_: &Path, _: &File) -> io::Result<Option<Exposure>> {
    Ok(None)
}

#[cfg(unix)]
fn trusted(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

/// The first folder, from this one upwards, in which others could put another file or folder.
#[cfg(unix)]
fn folders(folder: &Path) -> io::Result<Option<Exposure>> {
    use std::os::unix::fs::MetadataExt;
    for (n, above) in folder.ancestors().enumerate() {
        let there = std::fs::metadata(above)?;
        if !trusted(there.uid()) {
            return Ok(Some(Exposure::FolderOwner { path: above.into(), uid: there.uid() }));
        }
        // In a sticky folder, such as /tmp, only the owner of a file replaces it.
        let sticky = there.mode() & 0o1000 != 0;
        let group = there.mode() & 0o020 != 0 && !is_ours_alone(there.gid());
        if (group || there.mode() & 0o002 != 0) && !sticky {
            let mode = there.mode() & 0o777;
            return Ok(Some(Exposure::Folder { path: above.into(), mode, direct: n == 0 }));
        }
    }
    Ok(None)
}

/// Whether the user of this process is the only member of a group: many systems give each user such a group, and new
/// folders to it. If the files of the system do not say so, it has others.
#[cfg(unix)]
fn is_ours_alone(gid: u32) -> bool {
    let us = rustix::process::geteuid().as_raw();
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    alone(&read("/etc/group"), &read("/etc/passwd"), gid, us)
}

#[cfg(unix)]
fn alone(groups: &str, users: &str, gid: u32, us: u32) -> bool {
    let field = |line: &str, n: usize| line.split(':').nth(n).map(str::to_owned);
    let number = |line: &str, n| field(line, n)?.parse::<u32>().ok();
    let Some(group) = groups.lines().find(|line| number(line, 2) == Some(gid)) else { return false };
    let Some(name) = users.lines().find(|line| number(line, 2) == Some(us)).and_then(|line| field(line, 0))
    else {
        return false;
    };
    let members = field(group, 3).unwrap_or_default();
    let only_us = members.split(',').all(|member| member.is_empty() || member == name);
    // Users whose primary group it is are not in its list.
    let mut first = users.lines().filter(|line| number(line, 3) == Some(gid)).peekable();
    only_us && first.peek().is_some() && first.all(|line| number(line, 2) == Some(us))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn chmod(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn at(path: &Path) -> Option<Exposure> {
        exposed(path, &File::open(path).unwrap()).unwrap()
    }

    #[test]
    fn modes_of_the_file_and_of_every_folder_count() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().canonicalize().unwrap();
        let (outer, inner) = (dir.join("outer"), dir.join("outer/inner"));
        std::fs::create_dir_all(&inner).unwrap();
        let key = inner.join("key");
        std::fs::write(&key, "").unwrap();
        for (mode, shows) in [(0o600, false), (0o400, false), (0o640, true), (0o602, true), (0o601, true)] {
            chmod(&key, mode);
            assert_eq!(at(&key), shows.then_some(Exposure::Readable { mode }));
        }
        chmod(&key, 0o600);
        chmod(&inner, 0o757);
        assert_eq!(at(&key), Some(Exposure::Folder { path: inner.clone(), mode: 0o757, direct: true }));
        chmod(&inner, 0o755);
        chmod(&outer, 0o777);
        assert_eq!(at(&key), Some(Exposure::Folder { path: outer.clone(), mode: 0o777, direct: false }));
        // A link in a safe folder leads there; a link in that folder leads to a safe place.
        std::fs::create_dir(dir.join("safe")).unwrap();
        symlink(&key, dir.join("safe/link")).unwrap();
        assert!(at(&dir.join("safe/link")).is_some());
        std::fs::write(dir.join("safe/key"), "").unwrap();
        chmod(&dir.join("safe/key"), 0o600);
        symlink("../safe/key", outer.join("link")).unwrap();
        assert_eq!((at(&dir.join("safe/key")), at(&outer.join("link")).is_some()), (None, true));
        chmod(&outer, 0o1777);
        assert_eq!((at(&key), at(&outer.join("link"))), (None, None));
    }

    #[test]
    fn only_root_and_we_own_it() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, key) = (dir.path().canonicalize().unwrap().join("theirs"), "key");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(key), "").unwrap();
        chmod(&folder.join(key), 0o600);
        // Only root can give a file away.
        if std::os::unix::fs::chown(folder.join(key), Some(65534), None).is_err() {
            return;
        }
        assert_eq!(at(&folder.join(key)), Some(Exposure::Owner { uid: 65534 }));
        std::os::unix::fs::chown(folder.join(key), Some(0), None).unwrap();
        std::os::unix::fs::chown(&folder, Some(65534), None).unwrap();
        assert_eq!(at(&folder.join(key)), Some(Exposure::FolderOwner { path: folder, uid: 65534 }));
    }

    #[test]
    fn a_group_of_our_own_has_nobody_else_in_it() {
        let users = "root:x:0:0::/:\nann:x:1000:1000::/:\nbob:x:1001:100::/:\n";
        assert!(alone("ann:x:1000:\n", users, 1000, 1000));
        assert!(alone("ann:x:1000:ann\n", users, 1000, 1000));
        assert!(!alone("ann:x:1000:ann,bob\n", users, 1000, 1000));
        assert!(!alone("users:x:100:\n", users, 100, 1000));
        assert!(!alone("", users, 1000, 1000) && !alone("ann:x:1000:\n", "", 1000, 1000));
    }
}
