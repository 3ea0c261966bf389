//! `pkg unpack`: writes the contents of a verified package into a folder.

use crate::interrupt::Interruptible;
use crate::options::KeyringArgs;
use crate::out::{Failure, Outcome, Status, done, note, shown};
use crate::package::failure;
use crate::{inputs, interrupt, json};
use pkg_files::{NewFolder, open_source, parent};
use pkg_format::cose::StatementKind;
use pkg_format::delivery::DeliveryKind;
use pkg_install::Output;
use pkg_verify::Policy;
use std::fs::File;
use std::io::{Read, Seek as _, Write as _};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The package
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    #[command(flatten)]
    keyring: KeyringArgs,
    /// The folder to create; it must not exist, or it must be empty
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(args: Args) -> Outcome {
    let keyring = inputs::keyring(&args.keyring)?;
    interrupt::flag();
    let policy = Policy::default();
    // Statements and evidence first, then, in a second pass, the images.
    let folder = NewFolder::create(&args.out).map_err(|e| exists(&args.out, &e))?;
    let source = Source::open(&args.package, parent(&args.out))?;
    let unverified = source.first()?;
    let received = |kind| unverified.received(kind).map(<[u8]>::to_vec);
    let statements = [
        (StatementKind::Manifest, received(StatementKind::Manifest)),
        (StatementKind::Delivery, received(StatementKind::Delivery)),
    ];
    let mut verified = unverified.verify(&keyring, &policy).map_err(|e| failure(e, &args.package))?;
    let file = |name: &str| folder.path().join(name);
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(file(name), bytes).map_err(|e| Failure::file("write", &args.out.join(name), &e))
    };
    let mut listing = Vec::new();
    for (kind, bytes) in statements {
        let Some(bytes) = bytes else { continue };
        write(&format!("{}.cbor", kind.as_str()), &bytes)?;
        write(&format!("{}.json", kind.as_str()), json::text(&json::statement(Some(&bytes))).as_bytes())?;
        listing.extend([format!("{}.cbor", kind.as_str()), format!("{}.json", kind.as_str())]);
    }
    let make = |name: &str| {
        std::fs::create_dir(file(name)).map_err(|e| Failure::file("create", &args.out.join(name), &e))
    };
    let mut none_yet = true;
    while let Some(evidence) = verified.next_evidence().map_err(|e| failure(e, &args.package))? {
        if std::mem::take(&mut none_yet) {
            make("evidence")?;
        }
        // The name is the index, never a text from the package.
        let name = format!("evidence/{}", evidence.index);
        write(&name, &evidence.bytes)?;
        listing.push(name);
    }
    let delta = verified.delivery().is_some_and(|d| d.kind == DeliveryKind::Delta);
    let images =
        verified.manifest().release().filter(|_| !delta).map(|r| r.images.clone()).unwrap_or_default();
    let first = (verified.manifest_digest(), verified.delivery().cloned());
    verified.finish().map_err(|e| failure(e, &args.package))?;
    if !images.is_empty() {
        make("images")?;
        let verified = source.second()?.verify(&keyring, &policy).map_err(|e| failure(e, &args.package))?;
        if first != (verified.manifest_digest(), verified.delivery().cloned()) {
            return Err(Failure::cannot(format!("{} changed while it was read", shown(&args.package)))
                .hint("run the command again"));
        }
        let mut outputs = Vec::new();
        for image in &images {
            let name = format!("images/{}", image.component);
            let output = Output::new(image.component.as_str(), file(&name));
            outputs.push(output.map_err(|e| failure(e.into(), &args.package))?);
            listing.push(name);
        }
        pkg_install::apply(verified, &outputs, &pkg_install::InstallOptions::default())?;
    }
    folder.commit().map_err(|e| exists(&args.out, &e))?;
    for name in listing {
        done(&format!("{}\n", shown(&args.out.join(name))));
    }
    if delta {
        note(
            "a delta: rebuilding its images needs their bases: pkg apply --base NAME=FILE --image NAME=FILE",
        );
    }
    Ok(Status::Done)
}

/// The package, to be read twice from its start.
struct Source<'a> {
    path: &'a Path,
    file: File,
    /// A copy of what was read from a pipe. It is never larger than the signed statements say, because reading stops there.
    copy: Option<File>,
}

/// Reads the package from its start; copies what is read.
struct Reader {
    file: File,
    copy: Option<File>,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.file.read(buffer)?;
        if let (Some(copy), Some(read)) = (&mut self.copy, buffer.get(..n)) {
            copy.write_all(read)?;
        }
        Ok(n)
    }
}

type Package = pkg_verify::Unverified<Interruptible<Reader>>;

impl<'a> Source<'a> {
    fn open(path: &'a Path, scratch: &Path) -> Outcome<Self> {
        let (file, regular) = open_source(path).map_err(|e| Failure::file("read", path, &e))?;
        let copy = (!regular).then(|| tempfile::tempfile_in(scratch)).transpose();
        let copy = copy.map_err(|e| Failure::file("create a file in", scratch, &e))?;
        Ok(Source { path, file, copy })
    }

    fn first(&self) -> Outcome<Package> {
        let copy = self.copy.as_ref().map(File::try_clone).transpose();
        self.read(&self.file, copy)
    }

    fn second(&self) -> Outcome<Package> {
        let mut file = self.copy.as_ref().unwrap_or(&self.file);
        file.rewind().map_err(|e| Failure::file("read", self.path, &e))?;
        self.read(file, Ok(None))
    }

    fn read(&self, file: &File, copy: std::io::Result<Option<File>>) -> Outcome<Package> {
        let reader = file.try_clone().and_then(|file| Ok(Reader { file, copy: copy? }));
        let reader = reader.map_err(|e| Failure::file("read", self.path, &e))?;
        pkg_verify::open(Interruptible(reader)).map_err(|e| failure(e, self.path))
    }
}

fn exists(out: &Path, error: &std::io::Error) -> Failure {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists | ErrorKind::NotADirectory => {
            Failure::cannot(format!("{} already exists", shown(out)))
                .hint("give a folder that does not exist yet")
        }
        _ => Failure::file("create", out, error),
    }
}
