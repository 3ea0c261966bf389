//! What verification cannot see: chunks that do not decode, and images that are not what was signed.

use pkg_codec::{ChunkDecoder, Codec};
use pkg_format::{Digest, Rule, Tree};
use pkg_install::{Output, apply};
use pkg_tests::fake::path::{digest, num, text};
use pkg_tests::fake::{content, stored_zstd};
use pkg_tests::{Fake, keyrings, run};
use pkg_verify::{Policy, open};

/// Writes both images of a package into a new folder. Gives them, or the rule that was broken, in
/// which case nothing may be left behind.
fn applied(package: &Fake) -> Result<[Vec<u8>; 2], Rule> {
    let bytes = package.package();
    assert!(run::stream(&bytes[..], &keyrings::standard()).is_ok(), "verification sees nothing");
    let folder = tempfile::tempdir().expect("a folder");
    let outputs = ["boot", "rootfs"].map(|c| Output::new(c, folder.path().join(c)).expect("an output"));
    let verified = open(&bytes[..]).and_then(|p| p.verify(&keyrings::standard(), &Policy::default()));
    match apply(verified.expect("a sound package"), &outputs, &|_| ()) {
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
        let mut decoder = ChunkDecoder::new(Codec::Zstd).expect("a decoder");
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
