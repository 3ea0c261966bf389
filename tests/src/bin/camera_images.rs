//! Makes the images of the example camera: small, and the same bytes on every machine.
//!
//! `camera-images DIR` writes `DIR/VERSION/{kernel,rootfs}.img` for each release of `testdata/camera`.
//! The images look like firmware to a compressor: code with repeated idioms, tables of addresses,
//! texts, and stretches that do not compress. From one release to the next some functions change
//! and what lies behind them moves, as after a real build.

use std::path::Path;

/// A pseudo-random sequence (xorshift64): the same on every machine, fit for nothing else.
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// One function of "code": a few idioms with varying operands.
fn function(number: u64, revision: u64) -> Vec<u8> {
    const IDIOMS: [&[u8]; 6] = [
        b"\x55\x48\x89\xe5",
        b"\x48\x8b\x45\xf8",
        b"\xe8\0\0\0\0",
        b"\x0f\xb6\xc0",
        b"\x5d\xc3\x90\x90",
        b"\x83\xf8",
    ];
    let mut random = Sequence(0x9e37_79b9_7f4a_7c15 ^ (number << 8) ^ revision);
    random.next();
    let mut code = Vec::new();
    for _ in 0..40 + random.below(200) {
        let idiom = IDIOMS[usize::try_from(random.below(6)).unwrap_or(0)];
        code.extend_from_slice(idiom);
        code.push(u8::try_from(random.below(64)).unwrap_or(0));
    }
    code
}

/// An image of `functions` functions, of which those in `changed` have another revision.
fn image(name: &str, functions: u64, changed: &[u64], text: &str) -> Vec<u8> {
    let mut starts = Vec::new();
    let mut code = Vec::new();
    for number in 0..functions {
        starts.push(u32::try_from(code.len()).unwrap_or(0));
        let revision = changed.iter().filter(|n| **n == number).count();
        code.extend(function(number, u64::try_from(revision).unwrap_or(0)));
    }
    let mut image = format!("ACME FIRMWARE IMAGE {name}\n").into_bytes();
    image.extend(code);
    image.resize(image.len().next_multiple_of(4096), 0);
    image.extend(starts.iter().flat_map(|s| s.to_le_bytes()));
    image.extend(text.as_bytes());
    let mut random = Sequence(0x1234_5678_9abc_def1);
    image.extend((0..4000).flat_map(|_| random.next().to_le_bytes()));
    image.resize(image.len().next_multiple_of(4096), 0xff);
    image
}

/// A release: its version, and which functions of kernel and root file system differ from the
/// first release.
const RELEASES: [(&str, &[u64], &[u64]); 5] = [
    ("1.4.2", &[], &[]),
    ("1.4.3", &[], &[17]),
    ("1.5.0", &[3, 4, 90], &[17, 40, 41, 42, 43, 44, 200]),
    ("1.5.1", &[3, 4, 90], &[17, 40, 41, 42, 42, 43, 44, 200, 201, 202]),
    ("1.5.2", &[3, 4, 90], &[17, 40, 41, 42, 42, 43, 44, 150, 200, 201, 202]),
];

fn main() -> std::io::Result<()> {
    let Some(dir) = std::env::args_os().nth(1) else {
        eprintln!("usage: camera-images DIR");
        std::process::exit(2);
    };
    for (version, kernel, rootfs) in RELEASES {
        let dir = Path::new(&dir).join(version);
        std::fs::create_dir_all(&dir)?;
        let text = format!("version={version}\nproduct=cam-x1\n").repeat(20);
        std::fs::write(dir.join("kernel.img"), image("kernel", 150, kernel, &text))?;
        std::fs::write(dir.join("rootfs.img"), image("rootfs", 400, rootfs, &text))?;
    }
    Ok(())
}
