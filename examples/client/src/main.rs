//! A client of a device: one round of looking, deciding, telling, asking and installing.
//!
//! However a round ends, even by a power cut, the next one resumes: all that is kept is in `remember`, each change of
//! it is one commit, and everything else follows from it. `docs/client.md` draws the loop.

mod ask;
mod boot;
mod fronts;
mod offers;
mod remember;
mod repository;
mod round;
mod slots;
mod sources;

use pkg_files::{AtomicFile, Durability, Rights};
use pkg_install::Slot;
use remember::Memory;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What stops a round. The next one tries again.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Replaces a file: after a power cut the old one or the new one is there, whole.
fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = AtomicFile::create(path, Rights::Usual)?;
    file.write_all(bytes)?;
    file.commit(Durability::PowerCut)
}

#[derive(clap::Parser)]
#[command(about = "One round of a device's update client", long_about = None)]
struct Args {
    /// Where packages and keyrings are: folders or file:// URLs, the first is asked first
    #[arg(long = "folder", value_name = "DIR", num_args = 1..)]
    folders: Vec<String>,
    /// The addresses of a repository: any of them may serve any file, the first is asked first
    #[arg(long = "repository", value_name = "URL", num_args = 1.., requires = "id")]
    repositories: Vec<String>,
    /// The id of that repository, which the device was made with: heads of another one are refused
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Follow the releases for testing instead of the stable ones
    #[arg(long)]
    testing: bool,
    /// Give up on an answer that stops coming for so long
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..86_400))]
    patience: u64,
    /// The keyring that the device was made with
    #[arg(long, value_name = "FILE")]
    keyring: PathBuf,
    /// Where the device keeps its slots, its state, and the factory's description of it, factory.toml
    #[arg(long, value_name = "DIR")]
    device: PathBuf,
    /// Answer yes to every question
    #[arg(long, conflicts_with = "ask")]
    yes: bool,
    /// Ask on standard input, also where it is no terminal, and also about what was declined
    #[arg(long)]
    ask: bool,
    /// Seconds since the last round, by a clock that only goes forward
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    elapsed: u64,
    /// Unix seconds by a clock that is trusted; without it there is none
    #[arg(long, value_name = "SECONDS")]
    now: Option<u64>,
    /// Says how the start of what was installed went, instead of a round
    #[arg(long, value_name = "HOW")]
    booted: Option<Booted>,
    /// The boot loader, with the place of its variables: file, uboot:CONFIG, grub:FILE, systemd:ESP, rauc-uboot:CONFIG
    /// or rauc-grub:FILE; or hook:PROGRAM, which hands images to an updater that the device has
    #[arg(long, value_name = "LOADER", default_value = "file")]
    boot: boot::Kind,
    /// The slot that was started, a or b, as the kernel's command line says
    #[arg(long, value_name = "SLOT", value_parser = boot::slot_from_text)]
    slot: Option<Slot>,
    /// An id of this start of the device, for a hook; by default the kernel's
    #[arg(long, value_name = "ID")]
    boot_id: Option<String>,
}

/// Linux makes a random one at each start.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

#[derive(Clone, Copy, clap::ValueEnum)]
enum Booted {
    /// It runs
    Ok,
    /// It does not, and what ran before runs again
    Failed,
}

fn main() -> ExitCode {
    match run(&<Args as clap::Parser>::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("client: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let boot_id = match &args.boot_id {
        Some(id) => id.clone(),
        None => std::fs::read_to_string(BOOT_ID).unwrap_or_default(),
    };
    let loader = args.boot.open(&args.device, boot_id.trim())?;
    let mut memory = Memory::open(&args.device, &args.keyring, loader)?;
    if memory.fell_back(args.slot)? {
        println!("the boot loader fell back: what was installed did not start");
        return memory.take_back();
    }
    memory.resume()?;
    match args.booted {
        Some(Booted::Ok) => memory.confirm(args.slot),
        Some(Booted::Failed) => memory.take_back(),
        None => round::run(args, &mut memory),
    }
}
