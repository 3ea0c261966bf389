//! A small object store with the S3 interface on a port of this machine, with faults to order. It believes no request
//! whose signature it does not compute itself.

use super::signature;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is done, and the answer is this status with this code.
    Answer(u16, &'static str),
    /// Nothing is done, and the connection ends.
    Broken,
    /// It is done, and the connection ends before anybody knows.
    Unheard,
}

/// An object with the headers that it came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) bytes: Vec<u8>,
    pub(crate) cache: String,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Object>,
    /// By their ids: where an upload leads, and its parts.
    uploads: BTreeMap<String, (Object, BTreeMap<u16, Vec<u8>>)>,
    /// What goes wrong with the next request that has this in its method, path and names of the query.
    faults: Vec<(String, Fault)>,
    requests: Vec<String>,
    ignores_conditions: bool,
}

/// The store. It ends with the test.
pub(crate) struct StandIn {
    state: Arc<Mutex<State>>,
    port: u16,
}

/// Who may ask it.
pub(crate) const KEY: &str = "AKIDEXAMPLE";
pub(crate) const SECRET: &str = "secret-of-the-stand-in";
pub(crate) const TOKEN: &str = "token-of-the-stand-in";

struct Request {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

struct Answer(u16, Vec<(&'static str, String)>, Vec<u8>);

fn error(status: u16, code: &str) -> Answer {
    // What a real store echoes must not reach a message either.
    let text = format!(
        "<Error><Code>{code}</Code><AWSAccessKeyId>{KEY}</AWSAccessKeyId><StringToSign>{TOKEN}</StringToSign></Error>"
    );
    Answer(status, Vec::new(), text.into())
}

impl StandIn {
    pub(crate) fn new() -> StandIn {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                std::thread::spawn(move || serve(&stream, &state));
            }
        });
        StandIn { state, port }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on it overwrites what is to be created once.
    pub(crate) fn ignore_conditions(&self) {
        self.state.lock().unwrap().ignores_conditions = true;
    }

    /// What goes wrong with the next request that has this in it.
    pub(crate) fn fault(&self, request: &str, fault: Fault) {
        self.state.lock().unwrap().faults.push((request.into(), fault));
    }

    pub(crate) fn faults_left(&self) -> usize {
        self.state.lock().unwrap().faults.len()
    }

    pub(crate) fn objects(&self) -> BTreeMap<String, Object> {
        self.state.lock().unwrap().objects.clone()
    }

    /// How many unfinished uploads there are.
    pub(crate) fn uploads(&self) -> usize {
        self.state.lock().unwrap().uploads.len()
    }

    /// The requests since the last call, as method and path.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().requests)
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let mut state = state.lock().unwrap();
        let name = format!("{} {}", request.method, request.path);
        state.requests.push(name.clone());
        let query: Vec<_> =
            request.query.keys().filter(|k| !k.starts_with("X-Amz")).map(String::as_str).collect();
        let name = format!("{name} {}", query.join(" "));
        let fault = state.faults.iter().position(|(part, _)| name.contains(part.as_str()));
        let fault = fault.map(|n| state.faults.remove(n).1);
        let answer = match fault {
            Some(Fault::Broken) => return drop(stream.shutdown(Shutdown::Both)),
            Some(Fault::Answer(status, code)) => error(status, code),
            _ => state.answer(&request),
        };
        if fault == Some(Fault::Unheard) {
            return drop(stream.shutdown(Shutdown::Both));
        }
        drop(state);
        let is_head = request.method == "HEAD";
        let mut head = format!("HTTP/1.1 {} x\r\ncontent-length: {}\r\n", answer.0, answer.2.len());
        answer.1.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
        let mut to = stream;
        let body: &[u8] = if is_head { &[] } else { &answer.2 };
        if to.write_all((head + "\r\n").as_bytes()).and_then(|()| to.write_all(body)).is_err() {
            return;
        }
    }
}

/// The next request; none where the connection ends before a whole one came.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length").map_or(0, |n| n.parse().expect("a length"))];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let pair = |p: &str| {
        p.split_once('=').map_or((p.to_owned(), String::new()), |(n, v)| (n.to_owned(), v.to_owned()))
    };
    let query = query.split('&').map(pair).collect();
    Some(Request { method, path: path.into(), query, headers, body })
}

impl State {
    fn answer(&mut self, request: &Request) -> Answer {
        let expected =
            signature::of(&request.method, &request.path, &request.query, &request.headers, SECRET);
        if request.query.get("X-Amz-Signature") != Some(&expected) {
            return error(403, "SignatureDoesNotMatch");
        }
        let Some(path) = request.path.strip_prefix("/acme-updates/") else {
            return error(404, "NoSuchBucket");
        };
        if let Some(sum) = request.headers.get("x-amz-checksum-sha256")
            && *sum != signature::base64(&pkg_format::Digest::of(&request.body).0)
        {
            return error(400, "BadDigest");
        }
        let id = request.query.get("uploadId").map(String::as_str);
        match (request.method.as_str(), id) {
            ("GET" | "HEAD", _) => self.get(path, request),
            ("PUT", None) => self.put(path, request, request.body.clone()),
            ("POST", None) => self.start(path, request),
            ("PUT", Some(id)) => self.part(id, request),
            ("POST", Some(id)) => self.complete(path, id, request),
            ("DELETE", Some(id)) => {
                self.uploads.remove(id);
                Answer(204, Vec::new(), Vec::new())
            }
            _ => error(405, "MethodNotAllowed"),
        }
    }

    fn get(&self, path: &str, request: &Request) -> Answer {
        let Some(object) = self.objects.get(path) else { return error(404, "NoSuchKey") };
        let size = object.bytes.len();
        let Some(range) = request.headers.get("range").and_then(|r| r.strip_prefix("bytes=")) else {
            return Answer(200, Vec::new(), object.bytes.clone());
        };
        let (first, last) = range.split_once('-').expect("a range");
        let first: usize = first.parse().expect("a number");
        let end = last.parse().map_or(size, |last: usize| (last + 1).min(size));
        match first < end {
            false => error(416, "InvalidRange"),
            true => {
                let header = ("content-range", format!("bytes {first}-{}/{size}", end - 1));
                Answer(206, vec![header], object.bytes[first..end].to_vec())
            }
        }
    }

    fn put(&mut self, path: &str, request: &Request, bytes: Vec<u8>) -> Answer {
        let creates = request.headers.get("if-none-match").is_some_and(|v| v == "*");
        if creates && !self.ignores_conditions && self.objects.contains_key(path) {
            return error(412, "PreconditionFailed");
        }
        let cache = request.headers.get("cache-control").cloned().unwrap_or_default();
        self.objects.insert(path.into(), Object { bytes, cache });
        Answer(200, vec![("etag", "\"1\"".into())], Vec::new())
    }

    fn start(&mut self, path: &str, request: &Request) -> Answer {
        let id = format!("upload-{}", self.requests.len());
        let cache = request.headers.get("cache-control").cloned().unwrap_or_default();
        self.uploads.insert(id.clone(), (Object { bytes: path.into(), cache }, BTreeMap::new()));
        Answer(200, Vec::new(), format!("<R><UploadId>{id}</UploadId></R>").into())
    }

    fn part(&mut self, id: &str, request: &Request) -> Answer {
        let number = request.query["partNumber"].parse().expect("a number");
        let Some((_, parts)) = self.uploads.get_mut(id) else { return error(404, "NoSuchUpload") };
        parts.insert(number, request.body.clone());
        Answer(200, vec![("etag", format!("\"part{number}\""))], Vec::new())
    }

    fn complete(&mut self, path: &str, id: &str, request: &Request) -> Answer {
        let Some((object, parts)) = self.uploads.remove(id) else { return error(404, "NoSuchUpload") };
        let named = String::from_utf8_lossy(&request.body).matches("<PartNumber>").count();
        assert_eq!((object.bytes.as_slice(), named), (path.as_bytes(), parts.len()));
        let answer = self.put(path, request, parts.into_values().flatten().collect());
        if let Some(there) = self.objects.get_mut(path).filter(|_| answer.0 == 200) {
            there.cache = object.cache;
        }
        answer
    }
}
