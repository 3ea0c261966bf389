//! A device client in forty lines: verify a package, hold it against what runs here, rebuild its
//! images in the other slot.
//!
//! `cargo run -p pkg-install --example client -- PACKAGE KEYRING FOLDER`

use pkg_format::Id;
use pkg_install::{Options, Output};
use pkg_verify::{DeviceState, ExampleKeys, Fit, Keyring, Policy};
use std::fs::{File, read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(package), Some(keyring), Some(slot)) = (args.next(), args.next(), args.next()) else {
        return Err("usage: client PACKAGE KEYRING FOLDER".into());
    };

    // What this device is, and what it accepts. Nothing is installed yet.
    let device = DeviceState {
        vendor: Id::new("acme")?,
        name: Id::new("cam-x1")?,
        hardware: vec![Id::new("rev-b")?],
        installed: vec![],
    };
    let policy = Policy { decode_memory: 32 << 20, ..Policy::default() };
    // On a device: ExampleKeys::Refuse.
    let keyring = Keyring::open(&read(keyring)?, ExampleKeys::DangerAccept)?;

    let verified = pkg_verify::open(File::open(package)?)?.verify(&keyring, &policy)?;
    if verified.fits(&device, &policy)? != Fit::Step {
        println!("nothing to install");
        return Ok(());
    }
    if let (Some(advisory), _) = verified.manifest().advice() {
        println!("{}", advisory.best(None).map_or("", |(_, text)| text.title.as_str()));
    }
    let images = verified.manifest().release().map_or(&[][..], |r| &r.images);
    let place = |c: &Id| Output { component: c.clone(), path: format!("{slot}/{c}.img").into(), base: None };
    let outputs: Vec<_> = images.iter().map(|i| place(&i.component)).collect();

    // `complete` proves that every byte was read and matched: now the slot may be activated.
    let complete = pkg_install::apply(verified, &outputs, &Options::default())?;
    println!("ready to activate {}", complete.manifest().common().id);
    Ok(())
}
