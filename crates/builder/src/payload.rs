//! Images become payloads: each is read once, hashed as it is read, and compressed chunk by chunk on several threads.

use crate::error::{Error, Result};
use crate::input::Input;
use crate::level::Level;
use crate::options::BuildOptions;
use pkg_codec::Codec;
use pkg_codec::zstd::{Decoder, Encoder};
use pkg_format::Digest;
use pkg_format::delivery::Chunk;
use pkg_sha256::Hasher;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// An image that was read and compressed.
pub(crate) struct Compressed {
    pub(crate) size: u64,
    pub(crate) sha256: Digest,
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) decode_memory: u64,
}

/// A chunk of an image, for a worker.
struct Work {
    order: usize,
    image: usize,
    bytes: Arc<Vec<u8>>,
}

/// A chunk from a worker.
struct Done {
    image: usize,
    chunk: Chunk,
    stored: Vec<u8>,
}

/// How often the collector checks whether to stop.
const LOOK: Duration = Duration::from_millis(50);

/// Compresses `images` one after the other into `spool`. Each file is read once: the bytes that
/// are hashed are the bytes that are compressed.
///
/// The threads are not scoped: a chunk at the highest level takes half a minute, and an interrupted build must not wait
/// for it. They hold only memory and the image that is being read.
pub(crate) fn compress(
    images: &[Input],
    spool: &mut File,
    options: &BuildOptions<'_>,
) -> Result<Vec<Compressed>> {
    let (jobs, level) = (options.package.jobs.get(), options.package.level);
    let (to_workers, work) = sync_channel::<Work>(jobs);
    let (to_collector, done) = sync_channel::<(usize, Result<Done>)>(jobs);
    let (work, stop) = (Arc::new(Mutex::new(work)), Arc::new(AtomicBool::new(false)));
    let reader = {
        let (images, chunk, stop) = (images.to_vec(), level.chunk(), Arc::clone(&stop));
        std::thread::spawn(move || read_all(&images, chunk, to_workers, &stop))
    };
    for _ in 0..jobs {
        let (work, to_collector, stop) = (Arc::clone(&work), to_collector.clone(), Arc::clone(&stop));
        std::thread::spawn(move || worker(&work, &to_collector, level, &stop));
    }
    drop((work, to_collector));
    let collected = collect(images.len(), &done, spool, options);
    if collected.is_err() {
        stop.store(true, Ordering::Relaxed);
    }
    let mut images = collected?;
    let digests = reader.join().unwrap_or(Err(Error::Interrupted))?;
    for (image, (size, sha256)) in images.iter_mut().zip(digests) {
        (image.size, image.sha256) = (size, sha256);
    }
    Ok(images)
}

/// Reads and hashes every image, handing its chunks to the workers.
fn read_all(
    images: &[Input],
    chunk: usize,
    to_workers: SyncSender<Work>,
    stop: &AtomicBool,
) -> Result<Vec<(u64, Digest)>> {
    let mut order = 0;
    let mut digests = Vec::new();
    for (image, path) in images.iter().enumerate() {
        let mut file = path.open()?;
        let stamp = |file: &File| file.metadata().and_then(|m| Ok((m.len(), m.modified()?)));
        let before = stamp(&file).map_err(|e| Error::file("read", path.to_path_buf(), e))?;
        let (mut hash, mut size) = (Hasher::new(), 0u64);
        loop {
            let mut bytes = Vec::new();
            let limit = u64::try_from(chunk).unwrap_or(u64::MAX);
            Read::by_ref(&mut file)
                .take(limit)
                .read_to_end(&mut bytes)
                .map_err(|e| Error::file("read", path.to_path_buf(), e))?;
            if bytes.is_empty() {
                break;
            }
            let bytes = Arc::new(bytes);
            if stop.load(Ordering::Relaxed)
                || to_workers.send(Work { order, image, bytes: Arc::clone(&bytes) }).is_err()
            {
                return Err(Error::Interrupted);
            }
            hash.update(&bytes);
            size = size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            order += 1;
        }
        // What is hashed is what is packed, even if the file changes; but half of one image and half of another is
        // worthless. If the times are too coarse to show a change, the lengths may.
        if before.0 != size || stamp(&file).map_err(|e| Error::file("read", path.to_path_buf(), e))? != before
        {
            return Err(Error::changed(path));
        }
        digests.push((size, Digest(hash.finish())));
    }
    Ok(digests)
}

fn worker(
    work: &Mutex<Receiver<Work>>,
    to_collector: &SyncSender<(usize, Result<Done>)>,
    level: Level,
    stop: &AtomicBool,
) {
    let mut coder = match (Encoder::new(level.zstd()), Decoder::new()) {
        (Ok(encoder), Ok(decoder)) => (encoder, decoder),
        (Err(e), _) | (_, Err(e)) => {
            let _ = to_collector.send((0, Err(e.into())));
            return;
        }
    };
    let mut decoded = Vec::new();
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Work { order, image, bytes }) = next else { return };
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let result =
            encode(&mut coder, &bytes, &mut decoded).map(|(chunk, stored)| Done { image, chunk, stored });
        if to_collector.send((order, result)).is_err() {
            return;
        }
    }
}

/// Compresses one chunk, decodes it again, and compares.
fn encode(
    (encoder, decoder): &mut (Encoder, Decoder),
    bytes: &[u8],
    decoded: &mut Vec<u8>,
) -> Result<(Chunk, Vec<u8>)> {
    let mut stored = Vec::new();
    encoder.encode(bytes, &mut stored)?;
    let image_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    decoder.decode(&stored, image_bytes, decoded)?;
    if decoded.as_slice() != bytes {
        return Err(Error::Missing(
            "a chunk does not decode to its original bytes: the memory may be faulty".into(),
        ));
    }
    let stored_bytes = u64::try_from(stored.len()).unwrap_or(u64::MAX);
    Ok((Chunk { image_bytes, stored_bytes, sha256: Digest(pkg_sha256::digest(&stored)) }, stored))
}

/// Writes chunks to the spool in order, whatever order they arrive in.
fn collect(
    images: usize,
    done: &Receiver<(usize, Result<Done>)>,
    spool: &mut File,
    options: &BuildOptions<'_>,
) -> Result<Vec<Compressed>> {
    let empty = || Compressed { size: 0, sha256: Digest([0; 32]), chunks: Vec::new(), decode_memory: 0 };
    let mut compressed: Vec<_> = (0..images).map(|_| empty()).collect();
    let mut waiting = BTreeMap::new();
    let mut next = 0usize;
    loop {
        if options.package.interrupted.load(Ordering::Relaxed) {
            return Err(Error::Interrupted);
        }
        let (order, result) = match done.recv_timeout(LOOK) {
            Ok(next) => next,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        waiting.insert(order, result?);
        while let Some(Done { image, chunk, stored }) = waiting.remove(&next) {
            spool.write_all(&stored).map_err(|e| Error::file("write", Path::new("a temporary file"), e))?;
            if let Some(image) = compressed.get_mut(image) {
                image.chunks.push(chunk);
                let need = Codec::Zstd.decode_memory(chunk.image_bytes, chunk.stored_bytes);
                image.decode_memory = image.decode_memory.max(need);
            }
            (options.package.progress)(chunk.image_bytes);
            next += 1;
        }
    }
    Ok(compressed)
}
