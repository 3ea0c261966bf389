//! Packages and keyrings with something changed at random and truly signed as changed, and deltas with bytes
//! changed, each with this library's verdict, as vectors: for holding another verifier to it. COUNT is that of the
//! packages; of the others there are a quarter as many.
//!
//! ```text
//! cargo run -p pkg-tests --example mutations -- FOLDER COUNT [SEED]
//! python3 tests/second-verifier/run.py FOLDER
//! ```

use pkg_decide::DeviceState;
use pkg_format::{Rule, Tree};
use pkg_tests::delta_vectors;
use pkg_tests::rotations::{self, Rotation};
use pkg_tests::vector_file::Vector;
use pkg_tests::{Fake, device, keyrings, run, vectors};
use pkg_verify::{ExampleKeys, Keyring, Policy};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

/// Numbers that look random, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides.max(1)
    }

    fn of<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }
}

/// Every value in a tree, and every name of a field.
fn parts(tree: &Tree, values: &mut Vec<Tree>, names: &mut Vec<String>) {
    values.push(tree.clone());
    match tree {
        Tree::Map(entries) => entries.iter().for_each(|(name, value)| {
            names.push(name.clone());
            parts(value, values, names);
        }),
        Tree::List(entries) => entries.iter().for_each(|entry| parts(entry, values, names)),
        _ => {}
    }
}

/// What is put in the place of something.
struct Stock {
    values: Vec<Tree>,
    names: Vec<String>,
}

impl Stock {
    fn of(samples: &[(&str, Fake)]) -> Stock {
        let mut stock = Stock { values: Vec::new(), names: Vec::new() };
        for (_, fake) in samples {
            parts(fake.tree(), &mut stock.values, &mut stock.names);
        }
        let texts = ["", " ", "x", "none", "line", "CVE-2026-1", "en", "a\u{202e}b", "CWE-0", "https://x"];
        stock.values.extend(texts.map(Tree::text));
        stock.values.extend([0, 1, 2, 5, 6, 7, 8, 65_536, u64::MAX].map(Tree::Uint));
        stock.values.extend([Tree::Int(-1), Tree::Bool(true), Tree::Bool(false)]);
        stock.values.extend([0, 31, 32, 33].map(|n| Tree::Bytes(vec![7; n])));
        stock.values.extend([Tree::List(Vec::new()), Tree::Map(Vec::new())]);
        stock.names.extend(["x-note", "x-", "unknown", "de", "EN"].map(String::from));
        stock
    }

    /// Changes one thing somewhere in a tree.
    fn change(&self, tree: &mut Tree, dice: &mut Dice) {
        let inside = dice.roll(6) > 0;
        match tree {
            Tree::Map(entries) if inside && !entries.is_empty() => {
                let at = dice.roll(entries.len());
                match dice.roll(12) {
                    0 => drop(entries.remove(at)),
                    1 => {
                        let name = dice.of(&self.names).clone();
                        if !entries.iter().any(|(there, _)| *there == name) {
                            entries.push((name, dice.of(&self.values).clone()));
                        }
                    }
                    2 => {
                        let name = dice.of(&self.names).clone();
                        if !entries.iter().any(|(there, _)| *there == name) {
                            entries[at].0 = name;
                        }
                    }
                    _ => self.change(&mut entries[at].1, dice),
                }
            }
            Tree::List(entries) if inside && !entries.is_empty() => {
                let at = dice.roll(entries.len());
                match dice.roll(8) {
                    0 => drop(entries.remove(at)),
                    1 => entries.push(entries[at].clone()),
                    2 => entries.reverse(),
                    3 => entries.push(dice.of(&self.values).clone()),
                    _ => self.change(&mut entries[at], dice),
                }
            }
            Tree::Uint(n) if inside => {
                *n = match dice.roll(4) {
                    0 => n.wrapping_add(1),
                    1 => n.wrapping_sub(1),
                    2 => n.saturating_mul(2),
                    _ => 0,
                }
            }
            value => *value = dice.of(&self.values).clone(),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, count, rest @ ..] = args.as_slice() else {
        return Err("mutations FOLDER COUNT [SEED]".into());
    };
    let (folder, count) = (Path::new(folder), count.parse()?);
    let mut dice = Dice(rest.first().map_or(Ok(1), |seed| seed.parse())?);
    fs::create_dir_all(folder)?;
    for (name, bytes) in vectors::files().into_iter().filter(|(name, _)| !name.ends_with(".vec")) {
        fs::write(folder.join(name), bytes)?;
    }
    let rings: Vec<(String, Keyring)> =
        keyrings::files().into_iter().map(|(name, s)| (name.into(), keyrings::vouched(s))).collect();
    let states = vectors::states().into_iter().map(|(name, toml)| (name.into(), device::from_toml(&toml)));
    let states: Vec<(String, DeviceState)> = states.collect();
    let samples = vectors::samples();
    let stock = Stock::of(&samples);
    let mut verdicts = Verdicts::new();
    for n in 0..count {
        let fake = changed(&dice.of(&samples).1, &stock, &mut dice);
        let (ring, keyring) = dice.of(&rings);
        let device = (dice.roll(3) > 0).then(|| dice.of(&states));
        let package = fake.package();
        let outcome = run::judge(&package, keyring, &Policy::default(), device.map(|(_, state)| state));
        count_verdict(&mut verdicts, outcome.verdict.err());
        let name = format!("m{n:06}");
        let vector = Vector {
            name: name.clone(),
            description: "changed at random".into(),
            kind: "unknown".into(),
            keyring: ring.clone(),
            state: device.map(|(name, _)| name.clone()),
            policy: Vec::new(),
            expect: outcome.verdict,
            released: outcome.released,
            released_sha256: outcome.released_sha256,
            package,
        };
        fs::write(folder.join(format!("{name}.vec")), vector.to_bytes())?;
    }
    println!("{verdicts:?}");
    println!("{:?}", keyring_files(folder, count / 4, &mut dice)?);
    println!("{:?}", deltas(folder, count / 4, &mut dice)?);
    Ok(())
}

/// Updates of a keyring with one thing changed, and what the library makes of each.
fn keyring_files(folder: &Path, count: usize, dice: &mut Dice) -> Result<Verdicts, Box<dyn Error>> {
    for (name, bytes) in rotations::files().into_iter().filter(|(name, _)| name.ends_with(".keyring")) {
        fs::write(folder.join(name), bytes)?;
    }
    let sample = rotations::every_field();
    let mut stock = Stock::of(&vectors::samples());
    parts(sample.tree(), &mut stock.values, &mut stock.names);
    let current = keyrings::open(&rotations::files()["version-1.keyring"]);
    let mut verdicts = Verdicts::new();
    for n in 0..count {
        let offered = sample.clone().altered(|tree| stock.change(tree, dice));
        let offered = rotations::file(&[offered]).to_bytes();
        let update = current.update(&offered, ExampleKeys::Refuse).map(|u| u.keyring().clone());
        let expect = update.map(|k| (k.version(), k.digest())).map_err(|e| e.rule().expect("a refusal"));
        count_verdict(&mut verdicts, expect.err());
        let (name, description) = (format!("k{n:06}"), "changed at random".into());
        let rotation = Rotation { description, current: "version-1".into(), offered, expect };
        fs::write(folder.join(format!("{name}.rotation")), rotation.to_bytes(&name))?;
    }
    Ok(verdicts)
}

/// Deltas with bytes changed, and what the library makes of each.
fn deltas(folder: &Path, count: usize, dice: &mut Dice) -> Result<Verdicts, Box<dyn Error>> {
    let samples: Vec<_> = delta_vectors::all().into_values().collect();
    let mut verdicts = Verdicts::new();
    for n in 0..count {
        let mut vector = dice.of(&samples).clone();
        let changed = match dice.roll(3) {
            0 => &mut vector.preamble,
            _ => &mut vector.chunks[0].1,
        };
        if !changed.is_empty() {
            let at = dice.roll(changed.len().min(40));
            match dice.roll(6) {
                0 => changed.truncate(at.max(1)),
                1 => changed.insert(at, dice.0.to_le_bytes()[0]),
                2 => drop(changed.remove(at)),
                _ => changed[at] ^= 1 << dice.roll(8),
            }
        }
        match dice.roll(6) {
            0 => vector.memory = vector.memory.saturating_sub(dice.0 % 200),
            1 => vector.chunks[0].0 += dice.0 % 40,
            2 => vector.base.truncate(vector.base.len() - dice.roll(20).min(vector.base.len())),
            _ => {}
        }
        if vector.chunks.iter().any(|(_, stored)| stored.is_empty()) {
            continue;
        }
        // Enough that no other rule than those of the codec can be named.
        vector.memory = vector.memory.max(64 << 10);
        vector.expect = vector.rebuilt();
        count_verdict(&mut verdicts, vector.expect.err());
        let name = format!("d{n:06}");
        fs::write(folder.join(format!("{name}.delta")), vector.to_text(&name))?;
    }
    Ok(verdicts)
}

/// How often each verdict came.
type Verdicts = BTreeMap<String, usize>;

fn count_verdict(verdicts: &mut Verdicts, refused: Option<Rule>) {
    let verdict = refused.map_or("accepted", |rule| rule.id());
    *verdicts.entry(verdict.to_owned()).or_default() += 1;
}

/// A package with one or two things changed, in its manifest, its delivery, or their bytes.
fn changed(sample: &Fake, stock: &Stock, dice: &mut Dice) -> Fake {
    let mut fake = sample.clone();
    for _ in 0..=dice.roll(2) {
        let in_delivery = fake.has_delivery() && dice.roll(4) == 0;
        fake = match (dice.roll(12), in_delivery) {
            (0, _) => {
                let (at, mask) = (dice.roll(4096), 1u8 << dice.roll(8));
                fake.manifest_bytes(move |bytes| {
                    let at = at % bytes.len();
                    bytes[at] ^= mask;
                })
            }
            (_, true) => fake.alter_delivery("", |tree| stock.change(tree, dice)),
            (_, false) => fake.alter("", |tree| stock.change(tree, dice)),
        };
    }
    fake
}
