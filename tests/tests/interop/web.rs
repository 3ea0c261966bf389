//! A web server in a thread, over a folder: it counts what comes and goes, and does to an answer what a test wants.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Without the slash at its start.
    pub(crate) path: String,
    /// The first byte and the last one.
    pub(crate) range: Option<(usize, Option<usize>)>,
    pub(crate) etag: Option<String>,
    /// As it came, in lower case.
    pub(crate) head: String,
}

/// An answer.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// After so many bytes of the body the connection ends.
    pub(crate) cut: Option<usize>,
    /// So many bytes are sent at a time, with a pause after each.
    pub(crate) pace: Option<(usize, Duration)>,
    /// The last byte is sent for ever.
    pub(crate) endless: bool,
}

impl Answer {
    pub(crate) fn new(status: u16, body: Vec<u8>) -> Answer {
        Answer { status, headers: Vec::new(), body, cut: None, pace: None, endless: false }
    }
}

/// What a server does to an honest answer.
type Habit = Box<dyn FnMut(&Asked, Answer) -> Answer + Send>;

struct Shared {
    root: PathBuf,
    habit: Mutex<Habit>,
    asked: Mutex<Vec<Asked>>,
    received: AtomicU64,
    sent: AtomicU64,
}

/// A server, until the test ends.
pub(crate) struct Web {
    shared: Arc<Shared>,
    pub(crate) address: String,
}

/// What went over the wire, both ways, with all headers.
#[derive(Debug)]
pub(crate) struct Traffic {
    pub(crate) asked: Vec<Asked>,
    pub(crate) received: u64,
    pub(crate) sent: u64,
}

impl Traffic {
    /// How often a path that begins like this was asked for.
    pub(crate) fn count(&self, start: &str) -> usize {
        self.asked.iter().filter(|a| a.path.starts_with(start)).count()
    }
}

impl Web {
    /// An honest server of this folder.
    pub(crate) fn new(root: &Path) -> Web {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared {
            root: root.into(),
            habit: Mutex::new(Box::new(|_, answer| answer)),
            asked: Mutex::default(),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
        });
        let serving = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = serving.clone();
                // Whoever goes away has heard enough.
                thread::spawn(move || drop(shared.serve(&stream)));
            }
        });
        Web { shared, address }
    }

    /// From now on the server does this to each answer.
    pub(crate) fn habit(&self, habit: impl FnMut(&Asked, Answer) -> Answer + Send + 'static) {
        *self.shared.habit.lock().expect("a habit") = Box::new(habit);
    }

    /// From now on it is honest.
    pub(crate) fn honest(&self) {
        self.habit(|_, answer| answer);
    }

    /// How many bytes it sent since traffic was looked at.
    pub(crate) fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::SeqCst)
    }

    /// What went over the wire since the last call.
    pub(crate) fn traffic(&self) -> Traffic {
        Traffic {
            asked: std::mem::take(&mut self.shared.asked.lock().expect("requests")),
            received: self.shared.received.swap(0, Ordering::SeqCst),
            sent: self.shared.sent.swap(0, Ordering::SeqCst),
        }
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?);
        stream.set_nodelay(true)?;
        loop {
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                if lines.read_line(&mut head)? == 0 {
                    return Ok(());
                }
            }
            self.received.fetch_add(head.len() as u64, Ordering::SeqCst);
            let asked = read(&head);
            self.asked.lock().expect("requests").push(asked.clone());
            let answer = self.habit.lock().expect("a habit")(&asked, self.answer(&asked));
            if !self.send(stream, &answer)? {
                return Ok(());
            }
        }
    }

    fn answer(&self, asked: &Asked) -> Answer {
        let Ok(bytes) = fs::read(self.root.join(&asked.path)) else { return Answer::new(404, Vec::new()) };
        let etag = format!("\"{}\"", pkg_format::Digest::of(&bytes));
        let size = bytes.len();
        let mut answer = match asked.range {
            _ if asked.etag.as_ref() == Some(&etag) => Answer::new(304, Vec::new()),
            None => Answer::new(200, bytes),
            Some((first, _)) if first >= size => Answer::new(416, Vec::new()),
            Some((first, last)) => {
                let last = last.unwrap_or(size).min(size - 1);
                let mut part = Answer::new(206, bytes[first..=last].to_vec());
                part.headers.push(("Content-Range", format!("bytes {first}-{last}/{size}")));
                part
            }
        };
        answer.headers.push(("ETag", etag));
        answer
    }

    /// Whether the connection may be used again.
    fn send(&self, mut stream: &TcpStream, answer: &Answer) -> io::Result<bool> {
        let mut send = |bytes: &[u8]| {
            stream.write_all(bytes)?;
            self.sent.fetch_add(bytes.len() as u64, Ordering::SeqCst);
            io::Result::Ok(())
        };
        let mut head = format!("HTTP/1.1 {} -\r\n", answer.status);
        for (name, value) in &answer.headers {
            head += &format!("{name}: {value}\r\n");
        }
        match (answer.status, answer.endless) {
            (304, _) => {}
            (_, true) => head += "Connection: close\r\n",
            (_, false) => head += &format!("Content-Length: {}\r\n", answer.body.len()),
        }
        send(format!("{head}\r\n").as_bytes())?;
        let (piece, pause) = answer.pace.unwrap_or((1 << 20, Duration::ZERO));
        for part in answer.body[..answer.cut.unwrap_or(answer.body.len())].chunks(piece) {
            send(part)?;
            thread::sleep(pause);
        }
        if answer.endless {
            loop {
                send(&vec![0; piece])?;
                thread::sleep(pause);
            }
        }
        if answer.cut.is_some() {
            stream.shutdown(std::net::Shutdown::Both)?;
        }
        Ok(answer.cut.is_none())
    }
}

fn read(head: &str) -> Asked {
    let head = head.to_lowercase();
    let header = |name: &str| head.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(": "));
    let path = head.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    let range = header("range").and_then(|r| r.strip_prefix("bytes=")?.split_once('-'));
    let range = range.map(|(first, last)| (first.parse().expect("a number"), last.parse().ok()));
    Asked { path, range, etag: header("if-none-match").map(str::to_owned), head }
}
