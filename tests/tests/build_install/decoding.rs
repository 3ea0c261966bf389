//! What verification cannot see: chunks that do not decode, bases that are not the right ones, and
//! images that are not what was signed.

use pkg_codec::{delta, zstd};
use pkg_format::{Digest, Rule, Tree};
use pkg_install::{InstallOptions, Output, apply};
use pkg_tests::fake::path::{digest, num, text};
use pkg_tests::fake::{content, stored_zstd};
use pkg_tests::{Fake, device, keyrings, run};
use pkg_verify::{Policy, open};
use std::num::NonZeroUsize;
use std::path::Path;

/// Writes both images of a package into a new folder, with what runs as the bases, by one job and by
/// two. Gives them, or the rule that was broken, in which case nothing may be left behind.
fn applied(package: &Fake) -> Result<[Vec<u8>; 2], Rule> {
    let base = tempfile::tempdir().expect("a folder");
    for component in ["boot", "rootfs"] {
        std::fs::write(base.path().join(component), device::running(component)).expect("a file");
    }
    let [one, two] = [1, 2].map(|jobs| applied_by(package, base.path(), jobs));
    assert_eq!(one, two, "by one job and by two");
    one
}

fn applied_by(package: &Fake, bases: &Path, jobs: usize) -> Result<[Vec<u8>; 2], Rule> {
    let bytes = package.package();
    assert!(run::stream(&bytes[..], &keyrings::standard()).is_ok(), "verification sees nothing");
    let folder = tempfile::tempdir().expect("a folder");
    let output = |c| Output::new(c, folder.path().join(c)).expect("an output").from_base(bases.join(c));
    let outputs = ["boot", "rootfs"].map(output);
    let verified = open(&bytes[..]).and_then(|p| p.verify(&keyrings::standard(), &Policy::default()));
    let options =
        InstallOptions { jobs: NonZeroUsize::new(jobs).expect("a job"), ..InstallOptions::default() };
    match apply(verified.expect("a sound package"), &outputs, &options) {
        Ok(_) => Ok(["boot", "rootfs"].map(|c| std::fs::read(folder.path().join(c)).expect("an image"))),
        Err(error) => {
            let left: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder").collect();
            assert!(left.is_empty(), "left behind: {left:?}");
            Err(error.refusal().expect("a refusal").rule)
        }
    }
}

#[test]
fn the_frames_written_here_are_zstandard() {
    for length in [1, 100, 255] {
        let (image, mut out) = (content("image", length), Vec::new());
        let mut decoder = zstd::Decoder::new().expect("a decoder");
        decoder.decode(&stored_zstd(&image), length as u64, &mut out).expect("a sound frame");
        assert_eq!(out, image);
    }
}

#[test]
fn sound_packages_become_their_images() {
    let images = [content("boot 1.4.3", 150), content("rootfs 1.4.3", 500)];
    for package in [Fake::security(), Fake::feature(), Fake::zstd()] {
        assert_eq!(applied(&package), Ok(images.clone()));
    }
}

#[test]
fn a_chunk_that_does_not_decode_is_refused() {
    // Raw chunks, said to be Zstandard frames; and frames that hold a byte more or less.
    let relabelled = Fake::security().set_delivery("payloads[1].codec", text("zstd"));
    assert_eq!(applied(&relabelled), Err(Rule::Pay3));
    for image_bytes in [99, 101] {
        let package = Fake::zstd()
            .set("images[1].size", num(400 + image_bytes))
            .set_delivery("payloads[1].chunks[2][0]", num(image_bytes));
        assert_eq!(applied(&package), Err(Rule::Pay3), "{image_bytes}");
    }
    // A raw chunk that is a byte longer than its stretch of image.
    let longer =
        Fake::security().set("images[1].size", num(501)).set_delivery("payloads[1].chunks[2][0]", num(101));
    assert_eq!(applied(&longer), Err(Rule::Pay3));
}

#[test]
fn an_image_that_was_not_signed_is_refused() {
    for other in [Tree::Bytes(vec![0; 32]), digest(b""), digest(&content("rootfs 1.4.2", 480))] {
        let package = Fake::security().set("images[1].sha256", other);
        assert_eq!(applied(&package), Err(Rule::Pay4));
    }
    let package = Fake::zstd().set("images[0].sha256", Tree::Bytes(Digest::of(b"boot").0.to_vec()));
    assert_eq!(applied(&package), Err(Rule::Pay4));
}

/// Of several faults the one is named that comes first, reading forward and decoding chunk by chunk (SPEC 9.1),
/// by one job and by two.
#[test]
fn the_fault_that_comes_first_is_named() {
    let wrong_digest = |fake: Fake, image: usize, chunk: usize| {
        fake.set_delivery(&format!("payloads[{image}].chunks[{chunk}][2]"), Tree::Bytes(vec![0; 32]))
    };
    let relabelled = || Fake::security().set_delivery("payloads[1].codec", text("zstd"));
    let another_boot = || Fake::security().set("images[0].sha256", digest(b"another"));
    let cases: [(&str, Vec<u8>, Rule); 5] = [
        (
            "a chunk does not decode, the next has another digest",
            wrong_digest(relabelled(), 1, 1).package(),
            Rule::Pay3,
        ),
        (
            "a chunk has another digest, and would not decode",
            wrong_digest(relabelled(), 1, 0).package(),
            Rule::Pay1,
        ),
        (
            "an image is another, the next payload is wrong",
            wrong_digest(another_boot(), 1, 0).package(),
            Rule::Pay4,
        ),
        (
            "an image is another, and bytes follow the end",
            [another_boot().package(), vec![0]].concat(),
            Rule::Pay4,
        ),
        (
            "padding behind a chunk that does not decode",
            relabelled().container().with("payload/1", |m| m.padding[0] = 1).to_bytes(),
            Rule::Pay3,
        ),
    ];
    for (what, package, rule) in cases {
        for jobs in [1, 2] {
            let folder = tempfile::tempdir().expect("a folder");
            let output = |c| Output::new(c, folder.path().join(c)).expect("an output");
            let outputs = ["boot", "rootfs"].map(output);
            let verified =
                open(&package[..]).and_then(|p| p.verify(&keyrings::standard(), &Policy::default()));
            let options =
                InstallOptions { jobs: NonZeroUsize::new(jobs).expect("a job"), ..InstallOptions::default() };
            let error = apply(verified.expect("sound statements"), &outputs, &options).map(|_| ());
            let found = error.expect_err(what).refusal().expect("a refusal").rule;
            assert_eq!(found, rule, "{what}, by {jobs}");
        }
    }
}

// ---------------------------------------------------------------- deltas

/// The new image of the component that travels as a delta.
fn new() -> Vec<u8> {
    // Like what runs, but for some bytes, and twenty longer.
    let mut image = device::running("rootfs");
    image[100] ^= 1;
    image.splice(300..310, content("new", 30));
    image
}

/// The chunks of the delta between two images: image bytes and stored bytes.
fn difference(base: &[u8], image: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let options = delta::EncodeOptions { memory: 1 << 30, ..delta::EncodeOptions::default() };
    let mut chunks = Vec::new();
    let made = delta::encode(&base, &image, &options, &mut |image_bytes, stored| {
        chunks.push((usize::try_from(image_bytes).expect("small"), stored.to_vec()));
        Ok(())
    });
    made.expect("a delta");
    chunks
}

/// A package whose second image travels as these chunks.
fn delta_of(chunks: &[(usize, Vec<u8>)]) -> Fake {
    let image = new();
    Fake::delta()
        .set("images[1].size", num(image.len() as u64))
        .set("images[1].sha256", digest(&image))
        .set_delivery("payloads[1].decode-memory", num(48 << 20))
        .storing_chunks(1, chunks)
}

fn sound() -> Vec<(usize, Vec<u8>)> {
    difference(&device::running("rootfs"), &new())
}

/// The sound delta with one chunk's stored bytes altered.
fn altered(chunk: usize, edit: impl FnOnce(&mut Vec<u8>)) -> Result<[Vec<u8>; 2], Rule> {
    let mut chunks = sound();
    edit(&mut chunks[chunk].1);
    applied(&delta_of(&chunks))
}

#[test]
fn a_sound_delta_becomes_its_image() {
    assert_eq!(applied(&delta_of(&sound())), Ok([content("boot 1.4.3", 150), new()]));
}

/// Threat T64: the whole base is compared, also what the delta does not use.
#[test]
fn another_base_is_refused() {
    type Edit = fn(&mut Vec<u8>);
    let edits: [(&str, Edit); 6] = [
        ("first byte", |b| b[0] ^= 1),
        ("last byte", |b| b[479] ^= 0x80),
        ("truncated", |b| b.truncate(479)),
        ("extended", |b| b.push(0)),
        ("empty", Vec::clear),
        ("another image", |b| *b = content("rootfs 1.4.1", 480)),
    ];
    for (what, edit) in edits {
        let folder = tempfile::tempdir().expect("a folder");
        let mut base = device::running("rootfs");
        edit(&mut base);
        std::fs::write(folder.path().join("rootfs"), base).expect("a file");
        for jobs in [1, 2] {
            let result = applied_by(&delta_of(&sound()), folder.path(), jobs);
            assert_eq!(result, Err(Rule::Dlt1), "{what}");
        }
    }
}

#[test]
fn a_delta_of_an_unknown_version_is_refused() {
    for chunk in [0, 1] {
        for version in [7, 0x80, 0xff] {
            let found = altered(chunk, |stored| stored[0] = version);
            assert_eq!(found, Err(Rule::Dlt2), "chunk {chunk}, version {version}");
        }
    }
}

/// Threat T65: where a delta may read is bounded by the base, whatever its map says.
#[test]
fn a_delta_that_reaches_outside_its_base_is_refused() {
    // Made from a larger base, in which the image lies behind the end of the real one.
    let larger = [content("something else", 480), new()].concat();
    assert_eq!(applied(&delta_of(&difference(&larger, &new()))), Err(Rule::Dlt3));
    // One byte too far.
    let shifted = [&content("?", 31)[..], &device::running("rootfs")].concat();
    assert_eq!(applied(&delta_of(&difference(&shifted, &new()))), Err(Rule::Dlt3));
}

#[test]
fn stretches_that_are_not_the_image_are_refused() {
    // The map of a longer image: one stretch, which goes on behind the end of this one.
    let longer = content("unlike all else", 900);
    let mut chunks = sound();
    chunks[0].1 = difference(&device::running("rootfs"), &longer)[0].1.clone();
    assert_eq!(applied(&delta_of(&chunks)), Err(Rule::Dlt4));
}

#[test]
fn a_delta_that_ends_early_or_goes_on_is_refused() {
    assert_eq!(altered(0, Vec::clear), Err(Rule::Dlt5), "no preamble");
    for chunk in [0, 1] {
        assert_eq!(altered(chunk, |stored| stored.push(0)), Err(Rule::Dlt5), "chunk {chunk} goes on");
        let twice = altered(chunk, |stored| stored.extend(stored.clone()));
        assert_eq!(twice, Err(Rule::Dlt5), "chunk {chunk} twice");
    }
    assert_eq!(altered(1, |stored| stored.truncate(1)), Err(Rule::Dlt5), "nothing behind the first byte");
    // Without its last byte a chunk may decode to other bytes, which the digest of the image refuses.
    let found = altered(1, |stored| stored.truncate(stored.len() - 1));
    assert!(matches!(found, Err(Rule::Dlt5 | Rule::Pay4)), "without its last byte: {found:?}");
    // What comes of half a map may be wrong in other ways before it ends.
    for left in [1, 2, 3, 8] {
        let found = altered(0, |stored| stored.truncate(left));
        assert!(
            matches!(found, Err(Rule::Dlt2 | Rule::Dlt3 | Rule::Dlt4 | Rule::Dlt5 | Rule::Dlt6)),
            "{left} bytes left: {found:?}"
        );
    }
}

#[test]
fn a_delta_that_needs_more_memory_than_declared_is_refused() {
    let chunks = sound();
    let stored = chunks.iter().map(|(_, stored)| stored.len()).max().expect("chunks");
    let image = chunks.iter().map(|(image, _)| *image).max().expect("chunks");
    // What the chunk itself takes, and nothing for the map and the models.
    let package = delta_of(&chunks).set_delivery("payloads[1].decode-memory", num((image + stored) as u64));
    assert_eq!(applied(&package), Err(Rule::Dlt6));
}

/// Image bytes and stored bytes of the chunks of a delta.
type Chunks = Vec<(usize, Vec<u8>)>;

/// A delta of noise, whose fresh bytes come in a frame; and the memory that its builder declares.
fn framed() -> (Vec<u8>, Chunks, u64) {
    let mut x = 1u32;
    let image: Vec<u8> = (0..100_000)
        .flat_map(|_| {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            x.to_le_bytes().into_iter().skip(1)
        })
        .collect();
    let mut chunks = Vec::new();
    let made = delta::encode(
        &&device::running("rootfs")[..],
        &&image[..],
        &delta::EncodeOptions::default(),
        &mut |image_bytes, stored| {
            chunks.push((usize::try_from(image_bytes).expect("small"), stored.to_vec()));
            Ok(())
        },
    );
    assert!(chunks.iter().skip(1).all(|(_, stored)| stored[0] == 2), "frames");
    (image, chunks, made.expect("a delta"))
}

fn framed_with(chunks: &[(usize, Vec<u8>)], memory: u64) -> Result<[Vec<u8>; 2], Rule> {
    let image = framed().0;
    let package = Fake::delta()
        .set("images[1].size", num(image.len() as u64))
        .set("images[1].sha256", digest(&image))
        .set_delivery("payloads[1].decode-memory", num(memory))
        .storing_chunks(1, chunks);
    applied(&package)
}

/// A frame is decoded whole before it is used, so its fresh bytes count beside image and stored bytes. A
/// device that was told less says so before it takes them.
#[test]
fn fresh_bytes_in_a_frame_count_as_memory() {
    let (image, chunks, memory) = framed();
    assert_eq!(framed_with(&chunks, memory).map(|[_, rootfs]| rootfs == image), Ok(true));
    assert_eq!(framed_with(&chunks, memory - 1), Err(Rule::Dlt6));
    assert_eq!(framed_with(&chunks, memory - image.len() as u64 / 4), Err(Rule::Dlt6));
}

/// Whatever is wrong with such a frame is wrong with the frame, and not with the chunk around it.
#[test]
fn a_frame_of_fresh_bytes_that_does_not_decode_is_refused() {
    let (_, chunks, memory) = framed();
    type Edit = fn(&mut Vec<u8>);
    let edits: [(&str, Edit); 3] = [
        ("ends inside a block", |frame| frame.truncate(frame.len() - 1)),
        ("goes on", |frame| frame.push(0)),
        ("is none", |frame| frame[0] ^= 1),
    ];
    for (what, edit) in edits {
        let mut chunks = chunks.clone();
        let stored = &mut chunks[1].1;
        let length = u32::from_le_bytes(stored[1..5].try_into().expect("four bytes"));
        let end = 5 + usize::try_from(length).expect("small");
        let mut frame = stored[5..end].to_vec();
        edit(&mut frame);
        let length = u32::try_from(frame.len()).expect("small").to_le_bytes();
        stored.splice(1..end, [&length[..], &frame].concat());
        assert_eq!(framed_with(&chunks, memory + 64), Err(Rule::Pay3), "a frame that {what}");
    }
}

/// A delta whose every chunk is sound, but which is not for this image.
#[test]
fn a_delta_to_another_image_is_refused() {
    let mut other = new();
    other[200] ^= 1;
    assert_eq!(applied(&delta_of(&difference(&device::running("rootfs"), &other))), Err(Rule::Pay4));
    // Chunks of two deltas.
    let mut chunks = sound();
    chunks[1] = difference(&device::running("rootfs"), &other)[1].clone();
    assert!(matches!(applied(&delta_of(&chunks)), Err(Rule::Pay4 | Rule::Dlt5)));
}
