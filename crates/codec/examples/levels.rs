//! What a level and a chunk size cost and give: chunks encoded here against `zstd -T0` on the whole.
//!
//! ```text
//! cargo run --release -p pkg-codec --example levels -- [--levels=3,9,19] [--chunks=1,4,16] FILE...
//! ```
//!
//! Chunk sizes are in MiB. A line per level and chunk size: bytes stored, CPU seconds of all
//! threads and elapsed seconds, each also in percent above what `zstd -T0` took. CPU seconds come
//! from the kernel, so they can be compared on a machine that does other work as well; elapsed
//! seconds cannot. `zstd` is the one on the PATH: its version may differ from ours.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

use pkg_codec::zstd::{Decoder, Encoder};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What one way to encode a file came to.
#[derive(Default)]
struct Cost {
    stored: usize,
    cpu: f64,
    elapsed: f64,
    /// CPU seconds to decode it all again; not known of `zstd -T0`.
    decode_cpu: f64,
}

fn main() -> Result<()> {
    let mut levels = vec![1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 17, 18, 19, 22];
    let mut chunks = vec![1, 2, 4, 8, 16];
    let mut files = Vec::new();
    for argument in std::env::args().skip(1) {
        if let Some(list) = argument.strip_prefix("--levels=") {
            levels = numbers(list)?;
        } else if let Some(list) = argument.strip_prefix("--chunks=") {
            chunks = numbers(list)?;
        } else {
            files.push(argument);
        }
    }
    for file in files {
        let image = fs::read(&file)?;
        println!("{file}: {} bytes", image.len());
        println!("level chunk     stored    +%  cpu s    +%  elapsed    +%  decode cpu s  image MiB/cpu s");
        for &level in &levels {
            let peer = zstd_t0(&file, level)?;
            print_line(level, "-T0", &peer, &peer, image.len());
            for &mib in &chunks {
                let cost = chunked(&image, level, usize::try_from(mib)? << 20)?;
                print_line(level, &format!("{mib}M"), &cost, &peer, image.len());
            }
        }
    }
    Ok(())
}

fn numbers(list: &str) -> Result<Vec<i32>> {
    Ok(list.split(',').map(str::parse).collect::<std::result::Result<_, _>>()?)
}

fn print_line(level: i32, what: &str, cost: &Cost, peer: &Cost, image: usize) {
    let above = |ours: f64, theirs: f64| (ours / theirs - 1.0) * 100.0;
    println!(
        "{level:5} {what:>5} {:10} {:+5.2} {:6.2} {:+5.1} {:8.2} {:+5.1} {:13.3} {:17.1}",
        cost.stored,
        above(cost.stored as f64, peer.stored as f64),
        cost.cpu,
        above(cost.cpu, peer.cpu),
        cost.elapsed,
        above(cost.elapsed, peer.elapsed),
        cost.decode_cpu,
        image as f64 / cost.cpu / f64::from(1 << 20),
    );
}

/// Encodes the image in chunks, on as many threads as there are cores, and decodes it again.
fn chunked(image: &[u8], level: i32, chunk: usize) -> Result<Cost> {
    let threads = std::thread::available_parallelism()?.get();
    let queue = Mutex::new(image.chunks(chunk));
    let start = Instant::now();
    let workers = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| work(&queue, level))).collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        joined.collect::<std::thread::Result<Vec<_>>>()
    });
    let mut total = Cost::default();
    for cost in workers.map_err(|_| "a worker panicked")? {
        let cost = cost?;
        total.stored += cost.stored;
        total.cpu += cost.cpu;
        total.decode_cpu += cost.decode_cpu;
    }
    // The decode check is not part of what is compared.
    total.elapsed = start.elapsed().as_secs_f64() - total.decode_cpu / threads as f64;
    Ok(total)
}

/// One worker: takes chunks until there are none.
fn work(queue: &Mutex<std::slice::Chunks<'_, u8>>, level: i32) -> Result<Cost> {
    let mut encoder = Encoder::new(level)?;
    let mut decoder = Decoder::new()?;
    let (mut stored, mut decoded) = (Vec::new(), Vec::new());
    let mut cost = Cost::default();
    loop {
        let next = queue.lock().map_err(|_| "a worker panicked")?.next();
        let Some(chunk) = next else { break Ok(cost) };
        let begun = thread_cpu()?;
        encoder.encode(chunk, &mut stored)?;
        let encoded = thread_cpu()?;
        decoder.decode(&stored, u64::try_from(chunk.len())?, &mut decoded)?;
        if decoded != chunk {
            return Err("a chunk did not come back".into());
        }
        cost.stored += stored.len();
        cost.cpu += encoded - begun;
        cost.decode_cpu += thread_cpu()? - encoded;
    }
}

/// Encodes the file with the zstd program at its full number of threads.
fn zstd_t0(file: &str, level: i32) -> Result<Cost> {
    let begun = children_cpu()?;
    let start = Instant::now();
    let mut child = Command::new("zstd")
        .args(["--ultra", &format!("-{level}"), "-T0", "-c", "-q", file])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stored = Vec::new();
    if let Some(mut output) = child.stdout.take() {
        output.read_to_end(&mut stored)?;
    }
    if !child.wait()?.success() {
        return Err("zstd failed".into());
    }
    Ok(Cost {
        stored: stored.len(),
        cpu: children_cpu()? - begun,
        elapsed: start.elapsed().as_secs_f64(),
        decode_cpu: 0.0,
    })
}

/// CPU seconds of this thread: proc(5), the first field of schedstat, in nanoseconds.
fn thread_cpu() -> Result<f64> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat")?;
    let field = stat.split_whitespace().next().ok_or("an empty schedstat")?;
    Ok(field.parse::<f64>()? / 1e9)
}

/// CPU seconds of all ended child processes: proc(5), cutime and cstime of stat, in ticks of 10 ms.
fn children_cpu() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, after_name) = stat.rsplit_once(')').ok_or("a stat without a name")?;
    let mut ticks = 0.0;
    for field in after_name.split_whitespace().skip(13).take(2) {
        ticks += field.parse::<f64>()?;
    }
    Ok(ticks / 100.0)
}
