//! Work in pieces, on as many threads as there may be.

use super::EncodeOptions;
use crate::Error;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

/// Does `count` pieces of work on all threads, and hands the results over in order. A thread that
/// is far ahead of the slowest waits, so that results do not pile up.
pub(super) fn in_order<S, T: Send>(
    options: &EncodeOptions<'_>,
    count: usize,
    start: impl Fn() -> S + Sync,
    work: &(dyn Fn(&mut S, usize) -> Result<T, Error> + Sync),
    take: &mut dyn FnMut(usize, T) -> Result<(), Error>,
) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let (send, receive) = mpsc::sync_channel(2 * options.jobs.get());
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.get().min(count) {
            let (send, start, next, failed) = (send.clone(), &start, &next, &failed);
            scope.spawn(move || {
                let mut state = start();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count || failed.load(Ordering::Relaxed) {
                        break;
                    }
                    let done = match options.interrupted.load(Ordering::Relaxed) {
                        true => Err(Error::Interrupted),
                        false => work(&mut state, n),
                    };
                    if send.send((n, done)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let (mut waiting, mut due, mut result) = (BTreeMap::new(), 0, Ok(()));
        for (n, done) in receive {
            match done {
                Ok(done) => drop(waiting.insert(n, done)),
                Err(error) => result = result.and(Err(error)),
            }
            while let Some(done) = waiting.remove(&due).filter(|_| result.is_ok()) {
                result = take(due, done);
                due += 1;
            }
            failed.store(result.is_err(), Ordering::Relaxed);
        }
        result
    })
}

/// Two pieces of work, at the same time if there may be two threads.
pub(super) fn both<A: Send, B>(
    options: &EncodeOptions<'_>,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B,
) -> (A, B) {
    if options.jobs.get() == 1 {
        return (one(), other());
    }
    std::thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        match one.join() {
            Ok(one) => (one, other),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
