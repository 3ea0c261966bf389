//! A publication that is cut off at any write leaves the repository as before or as after, and is completed by the same
//! call.

use super::{notice, opened, published, started, whole, with};
use pkg_publish::{Catalogue, Content, Created, FolderStore, Store, mirror, refresh};
use pkg_repository::{Request, Response, Transport};
use pkg_tests::keyrings::standard;
use pkg_tests::{Fake, heads};
use std::io;

/// A store that dies at a write: before it, or after it was done but before anybody knows.
struct Dying {
    store: FolderStore,
    /// How many writes are done.
    writes: usize,
    done: bool,
    dead: bool,
}

impl Dying {
    fn new(store: &FolderStore, writes: usize, done: bool) -> Dying {
        Dying { store: store.clone(), writes, done, dead: false }
    }

    fn write<T>(&mut self, write: impl FnOnce(&mut FolderStore) -> io::Result<T>) -> io::Result<T> {
        let cut = || Err(io::Error::other("cut off"));
        if self.dead {
            return cut();
        }
        if self.writes == 0 {
            self.dead = true;
            if self.done {
                write(&mut self.store)?;
            }
            return cut();
        }
        self.writes -= 1;
        write(&mut self.store)
    }
}

impl Transport for Dying {
    fn ask(&mut self, request: &Request<'_>) -> Result<Response, pkg_verify::io::Error> {
        match self.dead {
            true => Err(pkg_verify::io::Error::new("cut off")),
            false => self.store.ask(request),
        }
    }
}

impl Store for Dying {
    fn create(&mut self, path: &str, content: &Content<'_>) -> io::Result<Created> {
        self.write(|store| store.create(path, content))
    }

    fn replace(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.write(|store| store.replace(path, bytes))
    }

    fn name(&self) -> String {
        self.store.name()
    }
}

/// Runs `work` with a store that dies at each write in turn, from the state that `before` makes. `after` looks at what
/// is left; `work` is then repeated, and `end` looks again. How many cuts there were.
fn cut_everywhere(
    before: impl Fn(&mut FolderStore),
    work: impl Fn(&mut dyn Store) -> bool,
    after: impl Fn(&mut FolderStore),
    end: impl Fn(&mut FolderStore),
) -> usize {
    let mut cuts = 0;
    for done in [false, true] {
        for writes in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let mut store = FolderStore::new(folder.path());
            before(&mut store);
            let mut dying = Dying::new(&store, writes, done);
            let finished = work(&mut dying);
            if !dying.dead {
                assert!(finished);
                break;
            }
            cuts += 1;
            after(&mut store);
            assert!(work(&mut store), "the same call completes it: {writes} {done}");
            end(&mut store);
        }
    }
    cuts
}

fn entries(store: &mut FolderStore) -> usize {
    Catalogue::read(store, &heads::name(), &standard()).unwrap().log().entries().len()
}

#[test]
fn a_publication_is_there_as_a_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let first = [opened(folder.path(), "first.pkg", &notice(3))];
    let next =
        [opened(folder.path(), "next.pkg", &notice(4)), opened(folder.path(), "r.pkg", &Fake::security())];
    let cuts = cut_everywhere(
        |store| {
            started(store);
            published(store, &first).unwrap();
        },
        |store| published(store, &next).is_ok(),
        |store| {
            let n = entries(store);
            assert!(n == 1 || n == 3, "{n} entries");
            // A device that reads the copy sees a whole repository, of before or after.
            let old = store.root().join("products/acme/cam/stable/head");
            let head = pkg_verify::verify_head(&std::fs::read(old).unwrap(), &standard(), &heads::name());
            let head = head.unwrap();
            assert!([1, 3].contains(&head.head().log.size));
            for entry in &head.head().current {
                let package = format!("packages/{}", entry.object.unwrap().package);
                assert!(store.root().join(package).is_file());
            }
        },
        |store| {
            assert_eq!(whole(store).log().entries().len(), 3);
        },
    );
    // The keyring, two packages, the page, heads/N and head, each before and after.
    assert_eq!(cuts, 12);
}

#[test]
fn a_new_log_a_refresh_and_a_mirror_can_be_cut_off() {
    let start = |store: &mut dyn Store| {
        let started = with(|options| pkg_publish::create(store, &heads::name(), 259_200, options));
        // What was cut off after heads/1 was created is a log already.
        matches!(started, Ok(_) | Err(pkg_publish::Error::Exists(_)))
    };
    let repair = |store: &mut FolderStore| {
        with(|options| refresh(store, &heads::name(), options)).unwrap();
        whole(store);
    };
    assert!(cut_everywhere(|_| (), start, |_| (), repair) >= 6);

    let folder = tempfile::tempdir().unwrap();
    let packages = [opened(folder.path(), "a.pkg", &notice(3)), opened(folder.path(), "b.pkg", &notice(4))];
    let full = |store: &mut FolderStore| {
        started(store);
        published(store, &packages).unwrap();
    };
    let again = |store: &mut dyn Store| with(|options| refresh(store, &heads::name(), options)).is_ok();
    let cuts = cut_everywhere(full, again, |store| assert_eq!(entries(store), 2), |store| drop(whole(store)));
    assert!(cuts >= 4, "{cuts}");

    let from = tempfile::tempdir().unwrap();
    let mut source = FolderStore::new(from.path());
    full(&mut source);
    let copy = |to: &mut dyn Store| {
        let mut source = source.clone();
        mirror(&mut source, to, &heads::name(), &standard(), &|_| ()).is_ok()
    };
    let nothing_or_whole = |store: &mut FolderStore| {
        if store.root().join("products/acme/cam/stable/head").exists() {
            whole(store);
        }
    };
    let cuts = cut_everywhere(|_| (), copy, nothing_or_whole, |store| drop(whole(store)));
    assert!(cuts >= 12, "{cuts}");
}
