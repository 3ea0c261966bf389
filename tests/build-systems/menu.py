"""Reads the menu of the external tree with Kconfiglib, and checks that make, menu and script name the same things."""

import os
import re
import sys
import tempfile
from pathlib import Path

import kconfiglib

tree = Path(sys.argv[1])
os.environ["BR2_EXTERNAL_PKG_PATH"] = str(tree)
with tempfile.NamedTemporaryFile("w", suffix="Config.in") as top:
    # What Buildroot itself has.
    top.write("config BR2_PACKAGE_HOST_RUSTC_TARGET_ARCH_SUPPORTS\n\tdef_bool y\n"
              "config BR2_PACKAGE_HOST_RUSTC_ARCH_SUPPORTS\n\tdef_bool y\nconfig BR2_PACKAGE_HOST_RUSTC\n\tbool\n"
              f'source "{tree}/Config.in"\n')
    top.flush()
    kconf = kconfiglib.Kconfig(top.name)
assert not kconf.warnings, kconf.warnings
kconf.syms["BR2_PKG_RELEASE"].set_value(2)
assert kconf.syms["BR2_PACKAGE_HOST_PKG_TOOL"].str_value == "y", "a release needs the tool"

script = (tree / "board/pkg/post-image.sh").read_text()
asked = set(re.findall(r"value ([A-Z]+)", script)) | set(re.search(r"for need in ([A-Z ]+);", script)[1].split())
secret = {"KEYS", "DELIVERY_KEY", "PASSPHRASE_FILE", "TIME", "DELIVERY", "PASSPHRASE"}
offered = {name.removeprefix("BR2_PKG_RELEASE_") for name in kconf.syms if name.startswith("BR2_PKG_RELEASE_")}
assert offered == asked - secret, (offered, asked)

for make in tree.glob("package/*/*.mk"):
    name = make.parent.name.upper().replace("-", "_")
    text = make.read_text()
    assert f"{name}_VERSION = $(PKG_COMMIT)" in text and "cargo-package))" in text, make
    symbol = f"BR2_PACKAGE_HOST_{name}" if "host-cargo-package" in text else f"BR2_PACKAGE_{name}"
    assert symbol in kconf.syms, symbol
    folder = re.search(rf"^{name}_SUBDIR = (.*)$", text, re.M)[1]
    assert (tree.parent.parent / folder / "Cargo.toml").exists(), folder
