//! A device client in sixty lines: verify a package, hold it against what runs, rebuild its images in the
//! slot that does not run, and commit when the device has booted them.
//!
//! `cargo run -p pkg-install --example client -- PACKAGE KEYRING FOLDER`: in FOLDER are `a/` and `b/`, the
//! slots, and `state`. The device runs from `a`. Run it again and it plays the boot that succeeds.

use pkg_decide::{DeviceState, Fit, Scope};
use pkg_install::{FileStorage, InstallOptions, Slot, Slots, StateStore};
use pkg_verify::format::Id;
use pkg_verify::{ExampleKeys, Keyring, Policy};
use std::fs::{File, create_dir_all, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(package), Some(keyring), Some(folder)) = (args.next(), args.next(), args.next()) else {
        return Err("usage: client PACKAGE KEYRING FOLDER".into());
    };
    ["a", "b"].iter().try_for_each(|slot| create_dir_all(format!("{folder}/{slot}")))?;

    // What was confirmed lasts. A lost state is no empty device: only a factory creates one.
    let path = format!("{folder}/state");
    let state = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
    let (factory, mut state) = (state.metadata()?.len() == 0, FileStorage::growing(state));
    let mut state = match factory {
        true => StateStore::create(&mut state, b"nothing installed yet")?,
        false => StateStore::open(&mut state, 0)?,
    };
    // The device booted what was installed: now it counts. (One that does not boot it reverts.)
    if let Some(pending) = state.pending().cloned() {
        state.confirm(pending.manifest)?;
        println!("confirmed: {}", String::from_utf8_lossy(state.current()));
        return Ok(());
    }

    // What this device is and runs, as it keeps it in its state; and what it accepts.
    let device = DeviceState {
        vendor: Id::new("acme")?,
        name: Id::new("cam-x1")?,
        hardware: vec![Id::new("rev-b")?],
        scopes: vec![Scope::empty(Id::new("product")?, vec![Id::new("kernel")?, Id::new("rootfs")?])],
    };
    let policy = Policy { decode_memory: 32 << 20, ..Policy::default() };
    // On a device: ExampleKeys::Refuse.
    let keyring = Keyring::open(&read(keyring)?, ExampleKeys::DangerAccept)?;

    let verified = pkg_verify::open(File::open(package)?)?.verify(&keyring, &policy)?;
    if device.fits(&verified, &policy)? != Fit::Step {
        println!("nothing to install");
        return Ok(());
    }
    if let (Some(advisory), _) = verified.manifest().advice() {
        println!("{}", advisory.best(None).map_or("", |(_, text)| text.title.as_str()));
    }
    // That the state can be stored is found out before anything is written.
    state.check()?;
    let images = verified.manifest().release().map_or(&[][..], |r| &r.images);
    let slot = |s: &str, c: &Id| format!("{folder}/{s}/{c}.img");
    let slots =
        images.iter().map(|i| &i.component).map(|c| Slots::new(c.as_str(), slot("a", c), slot("b", c)));
    let outputs =
        slots.map(|s| Ok(s?.output(Slot::A)?)).collect::<Result<Vec<_>, Box<dyn std::error::Error>>>()?;

    // After an interruption the same call goes on. `complete` proves that every byte was read and matched.
    let complete = pkg_install::apply(verified, &outputs, &InstallOptions::default())?;
    state.stage(complete.manifest_digest(), complete.manifest().common().id.as_str().as_bytes())?;
    println!("ready to boot {} from slot b", complete.manifest().common().id);
    Ok(())
}
