# Makes a signed release of the images of a recipe. An image recipe inherits this class and names its description:
#
#   inherit pkg-release
#   PKG_RELEASE_DESCRIPTION = "${THISDIR}/files/release.toml"
#   PKG_RELEASE_IMAGES = "rootfs=squashfs-xz"
#
# Keys are named in the configuration of the machine that signs, never in a recipe or a layer. Without keys the
# description is checked, and nothing is built. The packages are in DEPLOY_DIR_IMAGE. docs/build-systems.md says more.

# What a person says about the release. It includes "build.toml", which is made by this class.
PKG_RELEASE_DESCRIPTION ??= ""
# The images: COMPONENT=TYPE, the type as in IMAGE_FSTYPES.
PKG_RELEASE_IMAGES ??= ""
PKG_RELEASE_VERSION ??= "${DISTRO_VERSION}"
# The bill of materials that create-spdx makes: one file in SPDX 3.0, an archive of documents in SPDX 2.2.
PKG_RELEASE_SBOM ??= "${@pkg_release_sbom(d)}"
# Other evidence: KIND=FILE, such as test=/work/reports/tests.txt
PKG_RELEASE_EVIDENCE ??= ""
# The keyring of the product, and the folder of its earlier packages, which the description calls earlier/.
PKG_RELEASE_KEYRING ??= ""
PKG_RELEASE_EARLIER ??= ""
# The issue date in seconds since 1970. It has no default: that of a build is years old.
PKG_RELEASE_TIME ??= ""
# Keys of the role that signs this release, of the delivery, and where their passphrase or PIN is.
PKG_RELEASE_KEYS ??= ""
PKG_RELEASE_DELIVERY_KEY ??= ""
PKG_RELEASE_PASSPHRASE_FILE ??= ""
# More options of pkg build, such as --strict-separation.
PKG_RELEASE_OPTIONS ??= ""

PKG_RELEASE_DEPLOYDIR = "${WORKDIR}/pkg-release-${PN}"

def pkg_release_sbom(d):
    if bb.data.inherits_class("create-spdx-2.2", d):
        return "spdx.tar.zst"
    return "spdx.json" if bb.data.inherits_class("create-spdx-3.0", d) else ""

# What must not be: a private key in a layer, or a key named in a recipe.
def pkg_release_faults(d):
    faults = []
    for name in ("DESCRIPTION", "IMAGES", "VERSION", "TIME"):
        if not d.getVar("PKG_RELEASE_" + name):
            faults.append("PKG_RELEASE_%s is not set" % name)
    if d.getVar("PKG_RELEASE_KEYS") and not d.getVar("PKG_RELEASE_KEYRING"):
        faults.append("PKG_RELEASE_KEYRING is not set: a release that is signed must be verified")
    layers = [os.path.realpath(layer) for layer in (d.getVar("BBLAYERS") or "").split()]
    secrets = (d.getVar("PKG_RELEASE_KEYS") or "").split()
    secrets += (d.getVar("PKG_RELEASE_DELIVERY_KEY") or "").split()
    secrets += (d.getVar("PKG_RELEASE_PASSPHRASE_FILE") or "").split()
    for secret in secrets:
        path = os.path.realpath(secret)
        if any(os.path.commonpath([path, layer]) == layer for layer in layers):
            faults.append("%s is in a layer: keep keys where only the machine that signs can read them" % secret)
    with open(d.getVar("FILE"), encoding="utf-8") as recipe:
        for line in recipe:
            name = line.strip().split("=")[0].rstrip(" ?:+.")
            if name in ("PKG_RELEASE_KEYS", "PKG_RELEASE_DELIVERY_KEY", "PKG_RELEASE_PASSPHRASE_FILE"):
                faults.append("%s is set in a recipe: set it in the configuration of the machine that signs" % name)
    return faults

# The command, as a list: no shell sees what is in variables.
def pkg_release_command(d):
    images = os.path.join(d.getVar("DEPLOY_DIR_IMAGE"), d.getVar("IMAGE_LINK_NAME"))
    command = ["pkg-release", "--version", d.getVar("PKG_RELEASE_VERSION")]
    for image in d.getVar("PKG_RELEASE_IMAGES").split():
        component, _, kind = image.partition("=")
        command += ["--image", "%s=%s.%s" % (component, images, kind)]
    if d.getVar("PKG_RELEASE_SBOM"):
        command += ["--evidence", "sbom=%s.%s" % (images, d.getVar("PKG_RELEASE_SBOM"))]
    for evidence in d.getVar("PKG_RELEASE_EVIDENCE").split():
        command += ["--evidence", evidence]
    for name in ("KEYRING", "EARLIER"):
        if d.getVar("PKG_RELEASE_" + name):
            command += ["--" + name.lower(), d.getVar("PKG_RELEASE_" + name)]
    keys = d.getVar("PKG_RELEASE_KEYS").split()
    if not keys:
        command.append("--without-keys")
    command += [d.getVar("PKG_RELEASE_DESCRIPTION"), d.getVar("PKG_RELEASE_DEPLOYDIR")]
    if keys:
        command.append("--")
        for key in keys:
            command += ["--key", key]
        for name in ("DELIVERY_KEY", "PASSPHRASE_FILE"):
            if d.getVar("PKG_RELEASE_" + name):
                command += ["--" + name.lower().replace("_", "-"), d.getVar("PKG_RELEASE_" + name)]
        command += d.getVar("PKG_RELEASE_OPTIONS").split()
    return command

python do_pkg_release() {
    import subprocess

    faults = pkg_release_faults(d)
    if faults:
        bb.fatal("pkg-release: " + "; ".join(faults))
    environment = dict(os.environ, PATH=d.getVar("PATH"), SOURCE_DATE_EPOCH=d.getVar("PKG_RELEASE_TIME"))
    done = subprocess.run(pkg_release_command(d), env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode != 0:
        bb.fatal("pkg-release failed:\n" + done.stdout)
    bb.note(done.stdout)
    if not d.getVar("PKG_RELEASE_KEYS"):
        bb.warn("pkg-release: PKG_RELEASE_KEYS is not set, so the description was checked and no package built")
}

SSTATETASKS += "do_pkg_release"
# Signed packages are made where the keys are: none is taken from a cache that others can write to.
SSTATE_SKIP_CREATION:task-pkg-release = "1"
do_pkg_release[sstate-inputdirs] = "${PKG_RELEASE_DEPLOYDIR}"
do_pkg_release[sstate-outputdirs] = "${DEPLOY_DIR_IMAGE}"
do_pkg_release[cleandirs] = "${PKG_RELEASE_DEPLOYDIR}"
do_pkg_release[depends] += "pkg-native:do_populate_sysroot"
do_pkg_release[stamp-extra-info] = "${MACHINE_ARCH}"
# Another key of the same role is no reason to sign again; the first one is.
PKG_RELEASE_IS_SIGNED = "${@'yes' if d.getVar('PKG_RELEASE_KEYS') else 'no'}"
PKG_RELEASE_IS_SIGNED[vardepvalue] = "${PKG_RELEASE_IS_SIGNED}"
PKG_RELEASE_PRIVATE = "PKG_RELEASE_KEYS PKG_RELEASE_DELIVERY_KEY PKG_RELEASE_PASSPHRASE_FILE BBLAYERS FILE"
pkg_release_command[vardepsexclude] = "${PKG_RELEASE_PRIVATE}"
pkg_release_faults[vardepsexclude] = "${PKG_RELEASE_PRIVATE}"
do_pkg_release[vardepsexclude] += "${PKG_RELEASE_PRIVATE}"
do_pkg_release[vardeps] += "PKG_RELEASE_IS_SIGNED PKG_RELEASE_DESCRIPTION PKG_RELEASE_IMAGES PKG_RELEASE_VERSION \
    PKG_RELEASE_SBOM PKG_RELEASE_EVIDENCE PKG_RELEASE_KEYRING PKG_RELEASE_EARLIER PKG_RELEASE_TIME PKG_RELEASE_OPTIONS"
do_pkg_release[file-checksums] += "${@pkg_release_inputs(d)}"
do_pkg_release[doc] = "Makes a signed release of the images, with the bill of materials as evidence"

# What makes the task run again: the folder of the description, and the keyring.
def pkg_release_inputs(d):
    description = d.getVar("PKG_RELEASE_DESCRIPTION")
    inputs = [os.path.dirname(description)] if description else []
    inputs += [d.getVar("PKG_RELEASE_KEYRING")] if d.getVar("PKG_RELEASE_KEYRING") else []
    return " ".join(path + ":True" for path in inputs)

python do_pkg_release_setscene() {
    sstate_setscene(d)
}
addtask do_pkg_release_setscene
do_pkg_release_setscene[doc] = "Puts the packages of an earlier run where they belong"

# After the images, and after their bill of materials where that is a task of its own.
python () {
    after = ["do_image_complete"]
    if d.getVarFlag("do_create_image_sbom_spdx", "task"):
        after.append("do_create_image_sbom_spdx")
    bb.build.addtask("do_pkg_release", "do_build", " ".join(after), d)
}
