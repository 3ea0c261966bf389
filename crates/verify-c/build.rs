//! How the shared library is linked: its SONAME, and which symbols it exports.

use std::env::var;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Where ELF is linked by a linker that takes the options of GNU ld. cargo-c sets the same SONAME by itself:
    // package.metadata.capi.library in Cargo.toml.
    if !matches!(
        var("CARGO_CFG_TARGET_OS").as_deref(),
        Ok("linux" | "android" | "freebsd" | "netbsd" | "openbsd")
    ) {
        return;
    }
    if let Ok(major) = var("CARGO_PKG_VERSION_MAJOR") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libpkg_verify_c.so.{major}");
    }
    // rustc exports what Rust declares of statically linked C as well: hundreds of ZSTD_ names, which would take
    // the place of those of a program that uses another zstd.
    println!("cargo:rustc-cdylib-link-arg=-Wl,--exclude-libs,ALL");
}
