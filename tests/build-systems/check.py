"""Makes releases as Yocto and Buildroot do, of images that mksquashfs, mke2fs and genimage made, and compares them.

check.py PACKAGING FOLDER: pkg and pkg-release are in PATH, everything is written to FOLDER.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import bitbake
import bills

packaging, work = Path(sys.argv[1]), Path(sys.argv[2])
TIME = "1790000000"
PRODUCT = '[product]\nvendor = "acme"\nname = "cam"\nhardware = ["rev-a"]\n\n[support]\nuntil = "2036-12"\n'
FIRST = """include = ["product.toml", "build.toml"]

[release]
line = "1.0"
class = "feature"
fresh = true

[[change]]
id = "streaming"
effect = "added"
user-visible = true
text.en = "Streams video to your phone."
"""
SECOND = """include = ["product.toml", "build.toml"]

[release]
line = "1.0"
class = "security"
previous = "earlier/cam-1.0.0.full.pkg"

[[base]]
package = "earlier/cam-1.0.0.full.pkg"

[[fix]]
id = "CVE-2026-12345"
severity = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
impact.en = "Anybody in your network can watch the video."
touches = ["**/usr/bin/streamd"]

[separation]
kind = "pure"

[advisory.en]
title = "Video visible without a password"
summary = "The camera streamed its video without asking for a password."
details = "The streaming service accepted an empty password."
impact = "Anybody in your network may have watched the video."

[action]
code = "install-and-restart"
restart = "device"
text.en = "Install the update. The camera restarts once."

[automatic]
applicable = true
install-within = "72h"
max-postpone = "14d"
opt-out.en = "Settings, Updates, Automatic security updates: off"
"""


def run(*command, status=0, **options):
    done = subprocess.run([str(c) for c in command], text=True, capture_output=True, **options)
    assert done.returncode == status, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def refuses(text, action):
    try:
        action()
    except bitbake.Fatal as fault:
        assert text in str(fault), fault
    else:
        raise AssertionError(f"it was not refused: {text}")


def keys():
    folder = work / "keys"
    folder.mkdir(mode=0o700)
    for role in ("root", "feature", "security", "delivery"):
        run("pkg", "key", "new", folder / role, "--no-passphrase")
    roles = [a for role in ("feature", "security", "delivery") for a in ("--add", f"{role}={folder}/{role}.pub")]
    run("pkg", "keyring", "new", "--name", "cam", "--root", folder / "root.pub", *roles,
        "--sign", folder / "root.key", "-o", work / "cam.keyring")


def images(version, text):
    """A root file system as squashfs, ext4, and on a disk with partitions, with the names that Yocto gives them."""
    root, deploy = work / f"root-{version}", work / f"deploy-{version}"
    (root / "usr/bin").mkdir(parents=True)
    deploy.mkdir()
    (root / "usr/bin/streamd").write_text(text * 400)
    (root / "etc").mkdir()
    (root / "etc/issue").write_text("camera\n")
    name = deploy / "cam-image-qemuarm64.rootfs"
    run("mksquashfs", root, f"{name}.squashfs-20260101", "-comp", "xz", "-all-root", "-mkfs-time", TIME, "-all-time", TIME)
    os.symlink(f"{name}.squashfs-20260101", f"{name}.squashfs")
    run("mke2fs", "-q", "-t", "ext4", "-d", root, "-U", "6f6f6f6f-0000-4000-8000-000000000001", f"{name}.ext4", "4M",
        env={**os.environ, "E2FSPROGS_FAKE_TIME": TIME})
    config = work / f"genimage-{version}.cfg"
    config.write_text('image disk.wic {\n hdimage { disk-signature = 0x12345678 }\n'
                      ' partition root { partition-type = 0x83\n image = "%s.ext4" }\n}\n' % name)
    run("genimage", "--config", config, "--rootpath", root, "--tmppath", work / f"tmp-{version}",
        "--inputpath", deploy, "--outputpath", deploy)
    (deploy / "disk.wic").rename(f"{name}.wic")
    return deploy, str(name)


def yocto(version, deploy, description, role, sbom, **more):
    """do_pkg_release of an image recipe."""
    layer = work / "meta-cam"
    recipe = layer / "recipes/cam-image.bb"
    recipe.parent.mkdir(parents=True, exist_ok=True)
    recipe.write_text(more.pop("recipe", "inherit core-image pkg-release\n"))
    files = layer / f"files-{version}"
    files.mkdir(exist_ok=True)
    (files / "product.toml").write_text(PRODUCT)
    (files / "release.toml").write_text(description)
    values = {
        "PATH": os.environ["PATH"], "FILE": str(recipe), "BBLAYERS": str(layer), "WORKDIR": str(work), "PN": "cam-image",
        "DEPLOY_DIR_IMAGE": str(deploy), "IMAGE_LINK_NAME": "cam-image-qemuarm64.rootfs", "DISTRO_VERSION": version,
        "PKG_RELEASE_DEPLOYDIR": str(work / "out"), "PKG_RELEASE_DESCRIPTION": str(files / "release.toml"),
        "PKG_RELEASE_IMAGES": "rootfs=squashfs data=ext4 disk=wic", "PKG_RELEASE_TIME": TIME,
        "PKG_RELEASE_KEYRING": str(work / "cam.keyring"), "PKG_RELEASE_KEYS": str(work / f"keys/{role}.key"),
        "PKG_RELEASE_DELIVERY_KEY": str(work / "keys/delivery.key"), "PKG_RELEASE_OPTIONS": "--strict-separation",
        **more,
    }
    d, said = bitbake.load(packaging / "yocto/meta-pkg/classes/pkg-release.bbclass", values, [sbom])
    d.functions["do_pkg_release"]()
    return said


def check_yocto():
    deploy, name = images("1.0.0", "echo no password\n")
    Path(f"{name}.spdx.tar.zst").write_bytes(bills.yocto_archive({"openssl": "3.0.1", "zlib": "1.3"}))

    def first(**more):
        return yocto("1.0.0", deploy, FIRST, "feature", "create-spdx-2.2", **more)

    # Without keys the description is checked, and nothing is built.
    said = first(PKG_RELEASE_KEYS="")
    assert any(kind == "warn" and "no package built" in m for kind, m in said), said
    assert not (work / "out").exists()
    # What must not be.
    refuses("is in a layer", lambda: first(PKG_RELEASE_KEYS=str(work / "meta-cam/files/feature.key")))
    refuses("PKG_RELEASE_TIME is not set", lambda: first(PKG_RELEASE_TIME=""))
    refuses("PKG_RELEASE_KEYRING is not set", lambda: first(PKG_RELEASE_KEYRING=""))
    refuses("is set in a recipe", lambda: first(recipe='PKG_RELEASE_KEYS ?= "/x"\n'))
    refuses("does not exist", lambda: first(PKG_RELEASE_IMAGES="rootfs=squashfs-xz"))
    refuses("two images of rootfs", lambda: first(PKG_RELEASE_IMAGES="rootfs=squashfs rootfs=ext4"))
    refuses("media type", lambda: first(PKG_RELEASE_EVIDENCE=f"test={work}/cam.keyring"))
    refuses("names no component", lambda: first(PKG_RELEASE_IMAGES="a/b=squashfs"))
    refuses("security", lambda: first(PKG_RELEASE_KEYS=str(work / "keys/security.key")))
    for table in ("image", "evidence"):
        refuses(f"has [[{table}]]", lambda: yocto("1.0.0", deploy, FIRST + f"[[{table}]]\n", "feature", ""))
    refuses("does not include", lambda: yocto("1.0.0", deploy, FIRST.replace(', "build.toml"', ""), "feature", ""))
    assert not list(work.glob("out/*")), "what failed left something behind"

    first()
    package = work / "out/cam-1.0.0.full.pkg"
    before = package.read_bytes()
    first()
    assert package.read_bytes() == before, "the same inputs give the same bytes"
    run("pkg", "verify", package, "--keyring", work / "cam.keyring")
    # The same release with another image does not replace it.
    refuses("another package of the same release", lambda: first(PKG_RELEASE_IMAGES="rootfs=ext4 data=ext4 disk=wic"))
    assert package.read_bytes() == before

    # The next release, with SPDX 3.0 as newer releases of Yocto write it.
    deploy, name = images("1.0.1", "echo a password\n")
    Path(f"{name}.spdx.json").write_text(bills.spdx_3({"openssl": "3.0.2", "zlib": "1.3"}))
    yocto("1.0.1", deploy, SECOND, "security", "create-spdx-3.0", PKG_RELEASE_EARLIER=str(work / "out"))
    found = json.loads(run("pkg", "diff", work / "out/cam-1.0.0.full.pkg", work / "out/cam-1.0.1.full.pkg",
                           "--keyring", work / "cam.keyring", "--json"))
    assert found["what-else"]["outside"] == [], found["what-else"]
    assert found["unexplained"] == [], found["unexplained"]
    changed = {c["name"]: (c["old"], c["new"]) for c in found["components"]}
    assert changed["openssl"] == (["3.0.1"], ["3.0.2"]), changed
    assert (work / "out/cam-1.0.1.from-1.0.0.pkg").exists(), "the delta"

    # Where the bill is a task of its own, the release comes after it.
    d, said = bitbake.load(packaging / "yocto/meta-pkg/classes/pkg-release.bbclass", {})
    d.setVarFlag("do_create_image_sbom_spdx", "task", "1")
    for name, function in d.functions.items():
        if name.startswith("anonymous"):
            function()
    assert said == [("task", ("do_pkg_release", "do_build", "do_image_complete do_create_image_sbom_spdx"))], said


def check_crates():
    lock = packaging.parent / "Cargo.lock"
    d, _ = bitbake.load(packaging / "yocto/meta-pkg/classes/pkg-source.bbclass", {"PKG_SOURCE_DIR": str(lock.parent)})
    next(f for name, f in d.functions.items() if name.startswith("anonymous"))()
    listed = d.getVar("SRC_URI").split()
    assert len(listed) == lock.read_text().count("\nchecksum = ") == len(d.flags), len(listed)
    for url in listed:
        assert len(d.getVarFlag("SRC_URI", "-".join(url.split("/")[-2:]) + ".sha256sum")) == 64, url


def buildroot(out, version, files, role, status=0, **more):
    environment = {
        **os.environ, "BR2_EXTERNAL_PKG_PATH": str(packaging / "buildroot"), "HOST_DIR": str(work / "host"), "BINARIES_DIR": str(out),
        "PKG_RELEASE_DESCRIPTION": str(files / "release.toml"), "PKG_RELEASE_VERSION": version,
        "PKG_RELEASE_IMAGES": "rootfs=rootfs.squashfs", "PKG_RELEASE_KEYRING": str(work / "cam.keyring"),
        "PKG_RELEASE_KEYS": str(work / f"keys/{role}.key"), "PKG_RELEASE_DELIVERY_KEY": str(work / "keys/delivery.key"),
        "PKG_RELEASE_TIME": TIME, **more,
    }
    return run(packaging / "buildroot/board/pkg/post-image.sh", out, status=status, env=environment)


def check_buildroot():
    outs = {}
    for version, openssl in (("1.0.0", "3.0.1"), ("1.0.1", "3.0.2")):
        out = outs[version] = work / f"buildroot-{version}/images"
        out.mkdir(parents=True)
        (out / "rootfs.squashfs").write_bytes(
            (work / f"deploy-{version}/cam-image-qemuarm64.rootfs.squashfs").read_bytes())
        (out / "rootfs.cdx.json").write_text(bills.cyclonedx_json({"openssl": openssl, "zlib": "1.3"}))
    files = [work / "meta-cam/files-1.0.0", work / "meta-cam/files-1.0.1"]
    said = buildroot(outs["1.0.0"], "1.0.0", files[0], "feature", PKG_RELEASE_KEYS="")
    assert "no package was built" in said, said
    assert not (outs["1.0.0"] / "release").exists()
    for name in ("DESCRIPTION", "VERSION", "IMAGES", "TIME"):
        said = buildroot(outs["1.0.0"], "1.0.0", files[0], "feature", status=2, **{f"PKG_RELEASE_{name}": ""})
        assert f"PKG_RELEASE_{name} is not set" in said, said
    said = buildroot(outs["1.0.0"], "1.0.0", files[0], "feature", status=2,
                     PKG_RELEASE_KEYS=str(packaging / "buildroot/x.key"))
    assert "is in the external tree" in said, said

    buildroot(outs["1.0.0"], "1.0.0", files[0], "feature")
    buildroot(outs["1.0.1"], "1.0.1", files[1], "security", PKG_RELEASE_EARLIER=str(outs["1.0.0"] / "release"))
    packages = [outs[v] / f"release/cam-{v}.full.pkg" for v in outs]
    found = json.loads(run("pkg", "diff", *packages, "--keyring", work / "cam.keyring", "--json"))
    assert [(c["name"], c["old"], c["new"]) for c in found["components"]] == [("openssl", ["3.0.1"], ["3.0.2"])], found
    assert found["what-else"]["outside"] == [], found["what-else"]


def check_bills():
    """Each form of a bill of materials, as evidence of two packages: pkg diff shows what changed."""
    old, new = {"openssl": "3.0.1", "zlib": "1.3"}, {"openssl": "3.0.2", "zlib": "1.3"}
    for name, make in bills.FORMS.items():
        folder = work / f"bill-{name}"
        packages = []
        for version, components in (("1.0.0", old), ("1.0.1", new)):
            place = folder / version
            place.mkdir(parents=True)
            made = make(components)
            (place / f"image.{name}").write_bytes(made if isinstance(made, bytes) else made.encode())
            (place / "rootfs").write_text(version)
            (place / "product.toml").write_text(PRODUCT)
            (place / "release.toml").write_text(FIRST)
            run("pkg-release", "--version", version, "--image", f"rootfs={place}/rootfs", "--keyring", work / "cam.keyring",
                "--evidence", f"sbom={place}/image.{name}", place / "release.toml", folder, "--", "--key",
                work / "keys/feature.key", "--delivery-key", work / "keys/delivery.key",
                env={**os.environ, "SOURCE_DATE_EPOCH": TIME})
            packages.append(folder / f"cam-{version}.full.pkg")
        found = json.loads(run("pkg", "diff", *packages, "--json"))
        changed = {c["name"]: (c["old"], c["new"]) for c in found["components"]}
        if name == "image-alone.spdx.json":
            # Only the reference is there, with the digest of the document.
            assert all("document sha1" in side[0] for side in changed["openssl"]), changed
            page = " ".join(run("pkg", "diff", *packages).split())
            assert "! not checked in the bills of the new package: documents that are referred to" in page, page
        else:
            assert changed["openssl"] == (["3.0.1"], ["3.0.2"]), (name, changed)
        assert "zlib" not in changed, (name, changed)
        assert found["old"]["sboms-not-compared"] == [], (name, found["old"])
        unchecked = found["new"]["sboms-not-checked"]
        missing = "documents that are referred to and not in the package: openssl, runtime-openssl, runtime-zlib, zlib"
        wanted = [missing] if name == "image-alone.spdx.json" else []
        assert unchecked == wanted, (name, unchecked)


keys()
check_yocto()
check_crates()
check_bills()
check_buildroot()
