"""What the tests are given: golden packages, storage in memory, and words for what must fail."""

import pathlib
import tarfile
import tempfile
import unittest

import pkg_verify as pkg

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
GOLDEN = ROOT / "testdata/golden/format-1"
VECTORS = ROOT / "format-spec/vectors"
HEADER = (ROOT / "crates/verify-c/include/pkg_verify.h").read_text()
FIRST, FULL, DELTA = "cam-x1-1.4.2.full.pkg", "cam-x1-1.4.3.full.pkg", "cam-x1-1.4.3.from-1.4.2.pkg"
LARGE = "cam-x1-1.5.2.full.pkg"
COMPONENTS = ("kernel", "rootfs")


class Memory:
    """Storage, and a base."""

    def __init__(self, capacity=1 << 20, data=b""):
        self.data, self.capacity, self.size = bytearray(data.ljust(capacity, b"\0")), capacity, len(data)
        self.written, self.syncs = [], 0

    def read_at(self, at, size):
        return self.data[at : at + size]

    def write_at(self, at, data):
        self.written.append(at)
        self.data[at : at + len(data)] = data

    def sync(self):
        self.syncs += 1


class Failing(Memory):
    """Storage whose write number `fail_at` raises."""

    def __init__(self, exception, fail_at=0, **more):
        super().__init__(**more)
        self.exception, self.fail_at, self.calls = exception, fail_at, 0

    def write_at(self, at, data):
        self.calls += 1
        if self.calls > self.fail_at:
            raise self.exception
        super().write_at(at, data)


def keyring(path=GOLDEN / "EXAMPLE.keyring"):
    return pkg.Keyring(path.read_bytes(), danger_accept_example_keys=True)


def verified(package, device=None):
    return pkg.Package(package if isinstance(package, bytes) else GOLDEN / package).verify_statements(keyring(), device)


def camera():
    device = pkg.Device("acme", "cam-x1")
    device.add_hardware("rev-b")
    for component in COMPONENTS:
        device.declare("product", component)
    return device


def images(name):
    """What a golden package installs, by the other way: to files."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for component in COMPONENTS:
            path = pathlib.Path(folder, component)
            verified(name).install_to_file(component, path)
            found[component] = path.read_bytes()
    return found


def flipped(name, member):
    """A golden package with one bit of the last byte of a member changed."""
    data = bytearray((GOLDEN / name).read_bytes())
    with tarfile.open(GOLDEN / name) as tar:
        info = tar.getmember(member)
        data[info.offset_data + info.size - 1] ^= 1
    return bytes(data)


class Case(unittest.TestCase):
    def refused(self, name, call, *args):
        with self.assertRaises(pkg.Refused) as caught:
            call(*args)
        self.assertEqual(caught.exception.name, name)
        return caught.exception

    def fails(self, name, call, *args):
        with self.assertRaises(pkg.Error) as caught:
            call(*args)
        self.assertEqual(caught.exception.name, name)
        self.assertNotIsInstance(caught.exception, pkg.Refused)
        return caught.exception
