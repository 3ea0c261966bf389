//! A server that answers late: packages are asked for a few at a time, and waiting for one can be interrupted.

use super::{KEY, RELEASE, RING, json, maker, notice, opened, published, started};
use pkg_publish::{Catalogue, FolderStore};
use pkg_repository::Web;
use pkg_tests::heads;
use pkg_tests::keyrings::standard;
use pkg_tests::project::{SECURITY, edited};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// A web server over a folder. It answers requests for packages late.
struct Slow {
    root: PathBuf,
    address: String,
    /// How long it thinks about a package.
    pause: Duration,
    /// After so many of them it thinks for ever.
    patience: usize,
    asked: AtomicUsize,
    open: AtomicUsize,
    /// How many requests for packages were open at once.
    most: AtomicUsize,
}

impl Slow {
    fn start(root: &Path, pause: Duration, patience: usize) -> Arc<Slow> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let [asked, open, most] = [0; 3].map(AtomicUsize::new);
        let slow = Arc::new(Slow { root: root.into(), address, pause, patience, asked, open, most });
        let server = Arc::clone(&slow);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = Arc::clone(&server);
                thread::spawn(move || server.serve(stream));
            }
        });
        slow
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
        loop {
            let (mut path, mut range) = (String::new(), None);
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap_or(0) == 0 {
                    return;
                }
                let line = line.trim_end().to_ascii_lowercase();
                if let Some(rest) = line.strip_prefix("get /") {
                    path = rest.split(' ').next().unwrap_or_default().to_owned();
                } else if let Some(asked) = line.strip_prefix("range: bytes=") {
                    let (first, last) = asked.split_once('-').expect("a range");
                    range = Some((first.parse().expect("a number"), last.parse().ok()));
                } else if line.is_empty() {
                    break;
                }
            }
            if stream.write_all(&self.answer(&path, range)).is_err() {
                return;
            }
        }
    }

    fn answer(&self, path: &str, range: Option<(usize, Option<usize>)>) -> Vec<u8> {
        if path.starts_with("packages/") {
            self.most.fetch_max(self.open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(self.pause);
            while self.asked.fetch_add(1, Ordering::SeqCst) >= self.patience {
                thread::sleep(Duration::from_millis(100));
            }
            self.open.fetch_sub(1, Ordering::SeqCst);
        }
        let Ok(file) = fs::read(self.root.join(path)) else {
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec();
        };
        let (first, last) = range.unwrap_or((0, None));
        let end = last.map_or(file.len(), |last| file.len().min(last + 1));
        let status = match range {
            Some(_) => {
                format!("206 Partial Content\r\nContent-Range: bytes {first}-{}/{}", end - 1, file.len())
            }
            None => "200 OK".into(),
        };
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", end - first);
        [head.as_bytes(), &file[first..end]].concat()
    }
}

/// The order of a log and what is refused in it do not depend on which answer comes first.
#[test]
fn statements_are_read_a_few_at_a_time_with_the_same_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("repo");
    let mut store = FolderStore::new(&root);
    started(&mut store);
    let packages: Vec<_> = (1..=40).map(|n| opened(folder.path(), &format!("{n}.pkg"), &notice(n))).collect();
    published(&mut store, &packages).expect("published");
    // One is missing, and one is another file.
    let mut names: Vec<_> = fs::read_dir(root.join("packages")).expect("packages").collect();
    let mut taken = || names.pop().expect("a package").expect("a package").path();
    fs::remove_file(taken()).expect("removed");
    fs::write(taken(), "something else").expect("written");

    let here = Catalogue::read(&mut store, &heads::name(), &standard()).expect("a log");
    let slow = Slow::start(&root, Duration::from_millis(50), usize::MAX);
    let begun = Instant::now();
    let mut web = Web::new(&slow.address).expect("an address");
    let there = Catalogue::read(&mut web, &heads::name(), &standard()).expect("a log");
    let took = begun.elapsed();
    let most = slow.most.load(Ordering::SeqCst);
    println!("{took:?} for {} requests, {most} at once", slow.asked.load(Ordering::SeqCst));
    assert!((2..=8).contains(&most), "{most} at once");
    let accepted = |c: &Catalogue| {
        let one = |(entry, s): (&_, &pkg_verify::Statements)| (format!("{entry:?}"), s.manifest_digest());
        c.accepted().into_iter().map(one).collect::<Vec<_>>()
    };
    let lost = |c: &Catalogue| {
        c.lost().into_iter().map(|(entry, why)| (entry.manifest, why.to_string())).collect::<Vec<_>>()
    };
    assert_eq!((accepted(&here).len(), accepted(&here)), (38, accepted(&there)));
    assert_eq!((lost(&here).len(), lost(&here)), (2, lost(&there)));
}

/// Ctrl-C and SIGTERM while a build waits for a package of a repository leave no temporary folder, and nothing built.
#[test]
fn an_interrupted_build_leaves_no_folder() {
    let project = maker();
    project.done(&[&["build", "first.toml", "-o", "first"][..], &RELEASE].concat());
    json(&project, &[&["publish", "first", "--to", "repo", "--json"][..], &KEY].concat());
    project.write("next.toml", edited(SECURITY, &[("rootfs.img", "fixed.img")]));
    for signal in ["INT", "TERM"] {
        // The front of the only package is read with the log; the one after it never comes.
        let slow = Slow::start(&project.path("repo"), Duration::ZERO, 1);
        let temporary = format!("tmp-{signal}");
        fs::create_dir(project.path(&temporary)).expect("a folder");
        let build = ["build", "next.toml", "-o", "out", "--repository", &slow.address];
        let mut command = project.command(&[&build[..], &RELEASE].concat());
        command.env("TMPDIR", project.path(&temporary)).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("pkg runs");
        let deadline = Instant::now() + Duration::from_secs(60);
        while project.list(&temporary).is_empty() {
            assert!(Instant::now() < deadline && child.try_wait().expect("a status").is_none());
            thread::sleep(Duration::from_millis(20));
        }
        let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
        let ended = child.wait().expect("a status");
        assert!(!ended.success());
        assert!(project.list(&temporary).is_empty(), "SIG{signal}: {:?}", project.list(&temporary));
    }
    assert!(!project.path("out").exists() || project.list("out").is_empty());
    project.done(&[&["repository", "check", "repo"][..], &RING].concat());
}
