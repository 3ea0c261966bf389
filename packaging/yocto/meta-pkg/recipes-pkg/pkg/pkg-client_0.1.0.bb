SUMMARY = "Example client for signed firmware update packages"
DESCRIPTION = "Verifies packages, decides which one the device takes, installs it, and tells the boot loader."
SECTION = "base"

# The sources are those around this layer, and pkg-source adds the crates.
SRC_URI = ""

inherit pkg-source

CARGO_BUILD_FLAGS:append = " -p pkg-client-example"

# The keyring that devices trust from the factory on: an absolute path, set in the configuration of the product.
PKG_RELEASE_KEYRING ??= ""
do_install[file-checksums] += "${@'${PKG_RELEASE_KEYRING}:True' if d.getVar('PKG_RELEASE_KEYRING') else ''}"

do_install:append() {
    mv ${D}${bindir}/client ${D}${bindir}/pkg-client
    install -d ${D}${libexecdir}/pkg
    install -m 0755 ${S}/examples/client/hooks/* ${D}${libexecdir}/pkg/
    if [ -n "${PKG_RELEASE_KEYRING}" ]; then
        install -d ${D}${sysconfdir}/pkg
        install -m 0644 "${PKG_RELEASE_KEYRING}" ${D}${sysconfdir}/pkg/factory.keyring
    fi
}

# Hooks for other updaters: a device needs one of them, or none.
PACKAGES =+ "${PN}-hooks"
FILES:${PN}-hooks += "${libexecdir}/pkg"

BBCLASSEXTEND = "native"
