//! A whole payload: chunks are read in order, decoded on several threads, and written in order.

use crate::delta::{self, Base, Map};
use crate::{Codec, Error, raw, zstd};
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

/// How the stored bytes of a payload are decoded.
#[derive(Clone, Copy)]
pub enum Recipe<'a> {
    /// Each chunk is decoded on its own.
    Plain(Codec),
    /// Each chunk is a difference from a base.
    Delta {
        /// The decoded preamble: which part of the base resembles which part of the image.
        map: &'a Map,
        /// The image that the delta starts from.
        base: &'a dyn Base,
        /// Bytes of memory that one chunk may take: [`delta::Sizes::left_for_chunk`].
        memory: u64,
    },
}

/// A chunk that the caller has checked against its digest.
#[derive(Default)]
pub struct Stored {
    /// Image bytes that it decodes to.
    pub image_bytes: u64,
    /// Its stored bytes.
    pub bytes: Vec<u8>,
}

/// Why decoding a payload stopped.
#[derive(Debug)]
pub enum Fault<E> {
    /// A chunk does not decode.
    Codec(Error),
    /// One of the caller's functions failed.
    Caller(E),
}

impl<E> From<Error> for Fault<E> {
    fn from(error: Error) -> Self {
        Fault::Codec(error)
    }
}

/// Decodes the chunks that `next` yields and passes the image bytes to `write`, in order. The first
/// chunk holds image byte `start`: 0, or where an earlier call stopped between two chunks.
///
/// At most `jobs` chunks are decoded at once, while one more is written: this needs at most `jobs`
/// times the memory of one decoder, and one more chunk. With one job everything happens in the
/// calling thread, and one chunk is held. If several chunks fail, the first one in the payload is
/// reported, whatever the number of jobs.
///
/// # Errors
/// The error of the decoder, `next` or `write`. Every byte written before it is right.
pub fn decode_payload<E>(
    recipe: Recipe<'_>,
    start: u64,
    jobs: NonZeroUsize,
    next: &mut dyn FnMut() -> Result<Option<Stored>, E>,
    write: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), Fault<E>> {
    if jobs == NonZeroUsize::MIN {
        // A chunk before the first, which is decoded already.
        let (mut decoder, mut work) = (Decoder::new(recipe)?, Work { at: start, ..Work::default() });
        while let Some(stored) = next().map_err(Fault::Caller)? {
            work = Work { at: work.end(), stored, image: work.image };
            decoder.decode(&mut work)?;
            write(&work.image).map_err(Fault::Caller)?;
        }
        return Ok(());
    }
    std::thread::scope(|scope| {
        let (mut idle, mut busy) = (Vec::new(), VecDeque::new());
        let (mut at, mut spare, mut end) = (start, Vec::new(), None);
        // An image that is decoded and not written.
        let mut decoded: Option<Vec<u8>> = None;
        loop {
            while end.is_none() && busy.len() < jobs.get() {
                match next() {
                    Ok(Some(stored)) => {
                        let work = Work { at, stored, image: std::mem::take(&mut spare) };
                        at = work.end();
                        let lane = idle.pop().map_or_else(|| Lane::new(scope, recipe), Ok)?;
                        busy.push_back(lane.begin(work)?);
                    }
                    Ok(None) => end = Some(Ok(())),
                    // A chunk that was read before may be faulty, and is reported first.
                    Err(error) => end = Some(Err(Fault::Caller(error))),
                }
            }
            if let Some(image) = decoded.take() {
                write(&image).map_err(Fault::Caller)?;
                spare = image;
            }
            let Some(lane) = busy.pop_front() else { break };
            let (lane, work) = lane.end()?;
            idle.push(lane);
            decoded = Some(work.image);
        }
        end.unwrap_or(Ok(()))
    })
}

/// A chunk on its way: where in the image it goes, what it is, what it becomes.
#[derive(Default)]
struct Work {
    at: u64,
    stored: Stored,
    image: Vec<u8>,
}

impl Work {
    fn end(&self) -> u64 {
        self.at.saturating_add(self.stored.image_bytes)
    }
}

/// The decoder that a recipe asks for.
enum Decoder<'a> {
    Raw,
    Zstd(zstd::Decoder),
    Delta(Box<delta::Decoder>, &'a Map, &'a dyn Base),
}

impl<'a> Decoder<'a> {
    fn new(recipe: Recipe<'a>) -> Result<Self, Error> {
        Ok(match recipe {
            Recipe::Plain(Codec::Raw) => Decoder::Raw,
            Recipe::Plain(Codec::Zstd) => Decoder::Zstd(zstd::Decoder::new()?),
            Recipe::Delta { map, base, memory } => {
                Decoder::Delta(Box::new(delta::Decoder::new(memory)), map, base)
            }
        })
    }

    fn decode(&mut self, work: &mut Work) -> Result<(), Error> {
        let image_bytes = work.stored.image_bytes;
        // Let go of when it is decoded, before the next chunk comes.
        let bytes = std::mem::take(&mut work.stored.bytes);
        match self {
            Decoder::Raw => raw::decode(&bytes, image_bytes, &mut work.image),
            Decoder::Zstd(decoder) => decoder.decode(&bytes, image_bytes, &mut work.image),
            Decoder::Delta(decoder, map, base) => {
                decoder.decode(map, *base, work.at, &bytes, image_bytes, &mut work.image)
            }
        }
    }
}

/// A thread with a decoder; it has one chunk at a time.
struct Lane {
    to: SyncSender<Work>,
    from: Receiver<Result<Work, Error>>,
}

impl Lane {
    fn new<'scope, 'env>(scope: &'scope Scope<'scope, 'env>, recipe: Recipe<'env>) -> Result<Self, Error> {
        let mut decoder = Decoder::new(recipe)?;
        let (to, work) = sync_channel::<Work>(1);
        let (done, from) = sync_channel(1);
        scope.spawn(move || {
            for mut work in work {
                let result = decoder.decode(&mut work).map(|()| work);
                if done.send(result).is_err() {
                    break;
                }
            }
        });
        Ok(Lane { to, from })
    }

    fn begin(self, work: Work) -> Result<Self, Error> {
        // The thread ends before its lane does only by a panic, which the scope passes on.
        self.to.send(work).map_err(|_| Error::Interrupted)?;
        Ok(self)
    }

    fn end(self) -> Result<(Self, Work), Error> {
        let work = self.from.recv().map_err(|_| Error::Interrupted)??;
        Ok((self, work))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    const CHUNKS: usize = 9;

    fn image() -> Vec<u8> {
        (0..100_000u32).flat_map(|n| (n / 7 * 31).to_le_bytes()).collect()
    }

    /// The image in nine frames, the last one shorter.
    fn frames(image: &[u8]) -> Vec<Stored> {
        let mut encoder = zstd::Encoder::new(1).unwrap();
        let chunk = |part: &[u8]| {
            let mut bytes = Vec::new();
            encoder.encode(part, &mut bytes).unwrap();
            Stored { image_bytes: part.len() as u64, bytes }
        };
        image.chunks(image.len() / (CHUNKS - 1) - 1).map(chunk).collect()
    }

    fn decode(
        chunks: Vec<Stored>,
        jobs: usize,
        fails_at: usize,
    ) -> (Vec<u8>, Result<(), Fault<&'static str>>) {
        let (mut chunks, read) = (chunks.into_iter(), Cell::new(0));
        let (mut out, mut written) = (Vec::new(), 0);
        let result = decode_payload(
            Recipe::Plain(Codec::Zstd),
            0,
            NonZeroUsize::new(jobs).unwrap(),
            &mut || {
                read.set(read.get() + 1);
                if read.get() > fails_at { Err("the reader") } else { Ok(chunks.next()) }
            },
            &mut |bytes| {
                written += 1;
                let most = jobs + usize::from(jobs > 1);
                assert!(read.get() - written < most, "{jobs} jobs hold more than {most} chunks");
                out.extend_from_slice(bytes);
                Ok(())
            },
        );
        (out, result)
    }

    #[test]
    fn threads_make_no_difference() {
        let image = image();
        assert_eq!(frames(&image).len(), CHUNKS);
        for jobs in [1, 2, 3, 20] {
            let (out, result) = decode(frames(&image), jobs, usize::MAX);
            assert!(result.is_ok() && out == image, "{jobs} jobs: {result:?}");
            let (out, result) = decode(Vec::new(), jobs, usize::MAX);
            assert!(result.is_ok() && out.is_empty());
        }
    }

    #[test]
    fn the_fault_that_stands_first_is_reported() {
        let image = image();
        for jobs in [1, 2, 3, 20] {
            let spoilt = || {
                let mut frames = frames(&image);
                frames[3].bytes.truncate(10);
                frames
            };
            for fails_at in [4, 5, usize::MAX] {
                let (out, result) = decode(spoilt(), jobs, fails_at);
                assert!(matches!(result, Err(Fault::Codec(Error::Truncated { .. }))), "{jobs}: {result:?}");
                assert!(image.starts_with(&out));
            }
            let (out, result) = decode(spoilt(), jobs, 3);
            assert!(matches!(result, Err(Fault::Caller("the reader"))), "{jobs}: {result:?}");
            assert!(image.starts_with(&out) && out.len() * CHUNKS > 2 * image.len());
        }
    }
}
