//! The package comes from a network that breaks, and the power goes as well.

use super::{Device, Ended, Random, Release, empty, fates};
use pkg_format::repository::{Object, paths};
use pkg_format::{Digest, Rule};
use pkg_repository::{Remote, Request, Response, Transport};
use pkg_tests::mirror::Server;
use pkg_verify::io;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A repository behind a connection that breaks off after some bytes. Now and then nothing comes at all for so long
/// that an install gives up.
pub(super) struct Network {
    server: Server,
    object: Object,
    line: Rc<Line>,
}

/// What the connection is like.
struct Line {
    random: RefCell<Random>,
    /// About how many bytes come before it breaks.
    lasts: usize,
    /// How many bytes came, and how many times an install gave up.
    came: Cell<u64>,
    given_up: Cell<u64>,
    broke: Cell<bool>,
}

impl Network {
    pub(super) fn new(package: &[u8], lasts: usize, seed: u64) -> Network {
        let digest = Digest::of(package);
        let server = Server::new();
        server.put(&paths::package(&digest), package.to_vec());
        let object = Object { package: digest, size: package.len() as u64, front: 1 };
        let line = Line {
            random: RefCell::new(Random(seed | 1)),
            lasts,
            came: Cell::new(0),
            given_up: Cell::new(0),
            broke: Cell::new(false),
        };
        Network { server, object, line: Rc::new(line) }
    }

    pub(super) fn package(&self) -> Remote<Connection> {
        let connection = Connection { server: self.server.clone(), line: self.line.clone() };
        Remote::package(connection, &self.object)
    }

    /// Whether it was given up on since the last call.
    pub(super) fn broke(&self) -> bool {
        self.line.broke.take()
    }
}

/// How a device asks.
pub(super) struct Connection {
    server: Server,
    line: Rc<Line>,
}

impl Transport for Connection {
    fn ask(&mut self, request: &Request<'_>) -> Result<Response, io::Error> {
        let response = self.server.ask(request)?;
        let left = self.line.random.borrow_mut().next(self.line.lasts);
        Ok(Response {
            body: Box::new(Body { body: response.body, line: self.line.clone(), left }),
            ..response
        })
    }

    fn again(&mut self, tries: u32) -> bool {
        let again = tries < 3 && self.line.random.borrow_mut().next(12) > 0;
        if !again {
            self.line.given_up.set(self.line.given_up.get() + 1);
            self.line.broke.set(true);
        }
        again
    }
}

struct Body {
    body: Box<dyn io::Read>,
    line: Rc<Line>,
    left: usize,
}

impl io::Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, io::Error> {
        let most = buffer.len().min(self.left);
        if most == 0 {
            return Err(io::Error::new("the connection broke"));
        }
        let read = self.body.read(&mut buffer[..most])?;
        self.left -= read;
        self.line.came.set(self.line.came.get() + read as u64);
        Ok(read)
    }
}

/// The power goes at every write and every sync, and the connection breaks all the time: every device ends with the new
/// images, and most of what came is not asked for again.
fn both_break(what: &str, release: &Release, lasts: usize) {
    let steps = Device::new(release, empty()).clean_steps();
    let (mut given_up, mut came, mut cuts) = (0, 0, 0u64);
    for (survives, seed) in fates(1) {
        for cut in 0..steps {
            let network = Network::new(&release.package, lasts, seed.wrapping_add(cut));
            let device = Device { network: Some(network), ..Device::new(release, empty()) };
            device.power.cut_at.set(Some(cut));
            // Where the network alone ended an attempt, the device has got further by the time of the cut.
            if device.run() == Ended::Cut {
                device.restart(survives, &mut Random(seed.wrapping_add(cut) | 1));
                cuts += 1;
                assert_eq!(device.run(), Ended::Confirmed, "{survives:?} {seed} {cut}");
            }
            device.assert_before_or_after();
            let line = &device.network.as_ref().expect("a network").line;
            (given_up, came) = (given_up + line.given_up.get(), came + line.came.get());
        }
    }
    let devices = steps * fates(1).len() as u64;
    let (size, each) = (release.package.len() as u64, came / devices);
    println!("{what}: {cuts} cuts, {given_up} times given up; {each} bytes for a package of {size}");
    assert!(given_up > devices / 20 && cuts > devices / 2, "{given_up} {cuts} of {devices}");
    assert!(each < size * 2, "{each} bytes for a package of {size}");
}

#[test]
fn a_full_install_survives_cuts_and_a_network_that_breaks() {
    both_break("full", &Release::full(), 6_000);
}

#[test]
fn a_delta_install_survives_cuts_and_a_network_that_breaks() {
    both_break("delta", &Release::delta(1), 600_000);
}

/// A payload that is another one after an interruption is refused, and the old slot is as it was.
#[test]
fn a_package_that_changes_while_the_network_is_away_is_refused() {
    let release = Release::full();
    let network = Network::new(&release.package, 6_000, 5);
    let mut changed = release.package.clone();
    let at = changed.len() - 4_000;
    changed[at] ^= 1;
    let device = Device { network: Some(network), ..Device::new(&release, empty()) };
    device.power.cut_at.set(Some(device.clean_half()));
    assert_eq!(device.run(), Ended::Cut);
    device.restart(super::Survives::All, &mut Random(1));
    let network = device.network.as_ref().expect("a network");
    network.server.put(&paths::package(&network.object.package), changed);
    let refused = loop {
        match device.install() {
            Err(error) if network.broke() && error.refusal().is_none() => {}
            other => break other.expect_err("it is not what was signed"),
        }
    };
    assert_eq!(refused.refusal().map(|r| r.rule), Some(Rule::Pay1), "{refused}");
    device.assert_before_or_after();
}

impl Device<'_> {
    /// Installs from where the package is.
    pub(super) fn install(&self) -> Result<Digest, pkg_install::Error> {
        match &self.network {
            Some(network) => self.install_from(network.package()),
            None => self.install_from(&self.release.package[..]),
        }
    }

    /// Half the steps of an install that nothing interrupts.
    fn clean_half(&self) -> u64 {
        Device::new(self.release, empty()).clean_steps() / 2
    }
}
