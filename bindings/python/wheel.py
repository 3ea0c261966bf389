"""Makes the wheel of pkg-verify: the module, and the shared library that it loads.

A backend as PEP 517 has it, without a dependency. The same library gives the same bytes.

    PKG_VERIFY_LIBRARY=libpkg_verify_c.so python3 wheel.py FOLDER

PKG_WHEEL_PLATFORM says where the library runs, such as manylinux_2_34_x86_64; by default on systems like this one.
"""

import base64
import hashlib
import os
import pathlib
import re
import sys
import sysconfig
import time
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = (HERE / "pyproject.toml").read_text(encoding="utf-8")

#: The folder of the library in the wheel; `pkg_verify._load` looks there.
FOLDER = "pkg_verify_library"


def _field(name):
    return re.search(rf'^{name} = "(.*)"$', PROJECT, re.MULTILINE).group(1)


def _metadata():
    fields = [
        ("Metadata-Version", "2.4"),
        ("Name", _field("name")),
        ("Version", _field("version")),
        ("Summary", _field("description")),
        ("License-Expression", _field("license")),
        ("Requires-Python", _field("requires-python")),
        ("Description-Content-Type", "text/markdown"),
    ]
    head = "".join(f"{key}: {value}\n" for key, value in fields)
    return f"{head}\n{(HERE / _field('readme')).read_text(encoding='utf-8')}".encode()


def _tag():
    platform = os.environ.get("PKG_WHEEL_PLATFORM") or sysconfig.get_platform()
    return f"py3-none-{re.sub('[-.]', '_', platform)}"


def _write(archive, name, data, mode):
    moment = time.gmtime(max(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), 315532800))
    member = zipfile.ZipInfo(name, moment[:6])
    member.compress_type, member.external_attr, member.create_system = zipfile.ZIP_DEFLATED, mode << 16, 3
    archive.writestr(member, data)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Makes the wheel, and returns its name."""
    library = os.environ.get("PKG_VERIFY_LIBRARY")
    if not library:
        raise SystemExit("PKG_VERIFY_LIBRARY must name the library: cargo build --release -p pkg-verify-c")
    library = pathlib.Path(library)
    name = f"{_field('name').replace('-', '_')}-{_field('version')}"
    info = f"{name}.dist-info"
    wheel = f"Wheel-Version: 1.0\nGenerator: pkg\nRoot-Is-Purelib: false\nTag: {_tag()}\n"
    files = [
        ("pkg_verify.py", (HERE / "pkg_verify.py").read_bytes(), 0o100644),
        (f"{FOLDER}/{library.name}", library.read_bytes(), 0o100755),
        (f"{info}/METADATA", _metadata(), 0o100644),
        (f"{info}/WHEEL", wheel.encode(), 0o100644),
    ]
    record = ""
    for path, data, _ in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(data)}\n"
    record += f"{info}/RECORD,,\n"
    files.append((f"{info}/RECORD", record.encode(), 0o100644))
    target = f"{name}-{_tag()}.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / target, "w") as archive:
        for path, data, mode in files:
            _write(archive, path, data, mode)
    return target


if __name__ == "__main__":
    print(build_wheel(sys.argv[1]))
