//! Several addresses of one repository: any of them may serve any file.

use crate::transport::{Request, Response, Transport};
use alloc::vec::Vec;
use pkg_verify::io;

/// Asks one address, and the next where that one has no answer or not the file. What breaks off is asked for again at
/// the next address.
pub struct Several<T> {
    addresses: Vec<T>,
    at: usize,
}

impl<T: Transport> Several<T> {
    /// The addresses, in the order in which they are asked.
    pub fn new(addresses: Vec<T>) -> Several<T> {
        Several { addresses, at: 0 }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.addresses.len()
    }

    /// Asks the next one first from now on: what this one serves was refused, or is old.
    pub fn turn(&mut self) {
        self.at = self.at.saturating_add(1).checked_rem(self.count()).unwrap_or(0);
    }
}

impl<T: Transport> Transport for Several<T> {
    fn ask(&mut self, request: &Request<'_>) -> Result<Response, io::Error> {
        let mut best = Err(io::Error::new("the repository has no address"));
        for _ in 0..self.count() {
            let Some(address) = self.addresses.get_mut(self.at) else { break };
            let answer = address.ask(request);
            if answer.as_ref().is_ok_and(|a| matches!(a.status, 200 | 206 | 304)) {
                return answer;
            }
            // An answer says more than none.
            if best.is_err() {
                best = answer;
            }
            self.turn();
        }
        best
    }

    fn again(&mut self, tries: u32) -> bool {
        self.turn();
        self.addresses.get_mut(self.at).is_some_and(|address| address.again(tries))
    }
}
