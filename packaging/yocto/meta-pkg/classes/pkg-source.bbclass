# What the recipes of this layer share: they are built from the sources that the layer is in, and the crates are those
# that Cargo.lock lists. BitBake fetches them, checks their digests and mirrors them, like any other source.

# The layer is a folder of the sources: those are five folders above the recipes.
PKG_SOURCE_DIR ?= "${@os.path.realpath(os.path.join(d.getVar('FILE_DIRNAME'), *[os.pardir] * 5))}"

CVE_PRODUCT ?= "pkg"
# Newer releases write OR, older ones know only the bar.
LICENSE = "${@bb.utils.contains('LAYERSERIES_CORENAMES', 'blacksail', 'Apache-2.0 OR MIT', 'Apache-2.0 | MIT', d)}"
LIC_FILES_CHKSUM = "\
    file://${COMMON_LICENSE_DIR}/Apache-2.0;md5=89aea4e17d99a7cacdbeed46a0096b10 \
    file://${COMMON_LICENSE_DIR}/MIT;md5=0835ade698e0bcf8506ecda2f7b4f302 \
"

# The crates in a Cargo.lock: name, version and digest of each that comes from a registry.
def pkg_crates(text):
    crates = []
    for package in text.split("[[package]]")[1:]:
        fields = {}
        for line in package.splitlines():
            key, equals, value = line.partition(" = ")
            if equals and value.startswith('"'):
                fields[key] = value.strip().strip('"')
        if fields.get("source", "").startswith("registry+"):
            crates.append((fields["name"], fields["version"], fields["checksum"]))
    return crates

# This function comes before that of externalsrc, which looks at SRC_URI.
python () {
    lock = os.path.join(d.getVar("PKG_SOURCE_DIR"), "Cargo.lock")
    bb.parse.mark_dependency(d, lock)
    try:
        with open(lock, encoding="utf-8") as f:
            crates = pkg_crates(f.read())
    except OSError as error:
        raise bb.parse.SkipRecipe("PKG_SOURCE_DIR has no Cargo.lock: %s" % error)
    for name, version, digest in crates:
        d.appendVar("SRC_URI", " crate://crates.io/%s/%s" % (name, version))
        d.setVarFlag("SRC_URI", "%s-%s.sha256sum" % (name, version), digest)
}

inherit cargo externalsrc

EXTERNALSRC = "${PKG_SOURCE_DIR}"
# No links of this build in the sources.
EXTERNALSRC_SYMLINKS = ""
