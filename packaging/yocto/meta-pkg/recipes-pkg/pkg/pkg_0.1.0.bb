SUMMARY = "Makes and checks signed firmware update packages"
DESCRIPTION = "The program pkg, and pkg-release, which turns the images of a build into a release."
SECTION = "devel"

# The sources are those around this layer, and pkg-source adds the crates.
SRC_URI = ""

inherit pkg-source

CARGO_BUILD_FLAGS:append = " -p pkg-cli"

do_install:append() {
    install -m 0755 ${S}/packaging/pkg-release ${D}${bindir}/pkg-release
}

BBCLASSEXTEND = "native nativesdk"
