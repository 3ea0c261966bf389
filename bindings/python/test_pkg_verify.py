"""Tests of pkg_verify.py; `cargo test -p pkg-tests --test python` builds the library and runs them."""

import contextlib
import ctypes
import gc
import hashlib
import io
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import unittest
import weakref

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
    return pkg.Package(package if isinstance(package, bytes) else GOLDEN / package).verify(keyring(), device)


def camera():
    device = pkg.Device("acme", "cam-x1")
    device.add_hardware("rev-b")
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


class Header(Case):
    """What the module says of C is what the header says."""

    def test_functions(self):
        text = re.sub(r"/\*.*?\*/", "", HEADER, flags=re.S)
        there = {}
        for returns, name, arguments in re.findall(r"^([\w ]+[ *])(pkg_\w+)\(([^;{]*?)\);", text, re.M):
            arguments = [] if arguments == "void" else arguments.split(",")
            there[name] = (self.plain(returns), [self.plain(re.sub(r"\w+\s*$", "", a)) for a in arguments])
        self.assertGreater(len(there), 60)
        lent = {pkg._Reader: "struct pkg_reader", pkg._Storage: "struct pkg_storage", pkg._Target: "struct pkg_target"}
        results = {"": "enum pkg_result", "verdict": "enum pkg_verdict", "text": "char*", "bool": "bool",
                   "u32": "enum pkg_result", "u64": "uint64_t", "i64": "int64_t"}
        used = set()
        for function in vars(pkg._c).values():
            name = f"pkg_{function.name}"
            used.add(name)
            returns, arguments = there[name]
            self.assertEqual(results[function.returns], returns, name)
            tokens = [t.rstrip("?") for t in function.tokens] + [""] * (not function.returns)
            expected = []
            for token in tokens:
                kind = token.lstrip("+-=")
                if kind in pkg._Handle._kinds or kind == "error":
                    expected.append(f"struct pkg_{kind}*" + "*" * (token[0] in "+-"))
                elif kind in ("reader", "storage", "targets"):
                    expected.append(lent[pkg._ARGUMENTS[kind][0][0]._type_] + "*")
                    expected += ["size_t"] * (kind == "targets")
                else:
                    expected += {
                        "": ["struct pkg_error**"], "packages": ["struct pkg_verified**", "size_t"],
                        "bytes": ["uint8_t*", "size_t"], "buffer": ["uint8_t*", "size_t"], "digest": ["uint8_t*"],
                        "text": ["char*" + "*" * (token[:1] == "=")], "fit": ["enum pkg_fit*"], "u32": ["uint32_t"],
                        "u64": ["uint64_t" + "*" * (token[:1] == "=")], "i64": ["int64_t"],
                        "size": ["size_t" + "*" * (token[:1] == "=")], "bool": ["bool" + "*" * (token[:1] == "=")],
                    }[kind]
            self.assertEqual(expected, arguments, name)
            self.assertEqual(len(function.c.argtypes), len(arguments), name)
        frees = {f"pkg_{kind}_free" for kind in [*pkg._Handle._kinds, "text"]}
        self.assertEqual(used | frees, set(there))

    @staticmethod
    def plain(kind):
        """A type without what does not change the call."""
        return re.sub(r"\s*\*\s*", "*", re.sub(r"\s+", " ", re.sub(r"\bconst\b", "", kind))).strip()

    def test_numbers(self):
        for enum, prefix in ((pkg.Verdict, "VERDICT"), (pkg.Fit, "FIT")):
            there = {name: int(n) for name, n in re.findall(rf"PKG_{prefix}_(\w+) = (\d+)", HEADER)}
            self.assertEqual(there, {member.name: member.value for member in enum})
        numbers = re.findall(r"PKG_(\w+) = (\d+),\n", HEADER[: HEADER.index("} pkg_result")])
        self.assertGreater(len(numbers), 100)
        for name, number in numbers:
            error = pkg._error(int(number), "why")
            self.assertEqual(error.name, name.replace("_", "-"))
            if number != "0":
                self.assertEqual(isinstance(error, pkg.Refused), bool(re.search(r"-\d|^G\d", error.name)), name)
        self.assertIn("a number below 9000 is that of the rule", re.sub(r"\s+\*\s+", " ", HEADER))

    def test_structures(self):
        for struct in (pkg._Reader, pkg._Base, pkg._Storage, pkg._Target):
            name = f"pkg_{struct.__name__[1:].lower()}"
            body = re.search(rf"typedef struct {name} \{{(.*?)\}} {name};", HEADER, re.S).group(1)
            body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
            names = [(a or b) for a, b in re.findall(r"\(\*(\w+)\)\([^;]*;|(\w+);", body)]
            self.assertEqual(names, [name for name, _ in struct._fields_])


class Packages(Case):
    def test_what_a_package_says(self):
        with verified(FULL) as package:
            self.assertEqual((package.product, package.version, package.is_security), ("acme cam-x1", "1.4.3", True))
            self.assertEqual(package.fixes, ("CVE-2026-12345",))
            self.assertEqual(package.title("de-AT"), "Videostream ohne Passwort lesbar")
            self.assertEqual(package.title(), package.title("en"))
            self.assertGreater(package.decode_memory, 0)
            with tarfile.open(GOLDEN / FULL) as tar:
                manifest = tar.extractfile("manifest.cbor").read()
            self.assertEqual(package.manifest, hashlib.sha256(manifest).digest())

    def test_only_what_is_verified_installs(self):
        package = pkg.Package(GOLDEN / FULL)
        self.assertFalse(hasattr(package, "install"))
        for kind in (pkg.Verified, pkg.Decision):
            self.assertRaises(TypeError, kind)
        public = {name for name in dir(pkg.Verified) if not name.startswith("_")}
        says = {"product", "version", "is_security", "fixes", "decode_memory", "manifest", "title"}
        self.assertEqual(public, says | {"install", "install_to_file", "check", "close"})

    def test_readers(self):
        class Slow(io.BytesIO):
            def read(self, size):
                return super().read(min(size, 7))

        data = (GOLDEN / FULL).read_bytes()
        with open(GOLDEN / FULL, "rb") as file:
            for source in (data, Slow(data), file, str(GOLDEN / FULL), GOLDEN / FULL):
                verified_ = pkg.Package(source).verify(keyring())
                verified_.check()
                self.fails("WRONG-ORDER", verified_.check)

    def test_a_flipped_bit_has_its_rule(self):
        error = self.refused("SIG-3", verified, flipped(FULL, "manifest.cose"))
        self.assertEqual((error.result, str(error)), (303, f"{error.message}\n{error.fix}"))
        self.assertTrue(error.fix and error.title and error.message.startswith("[SIG-3] "))
        target = Memory()
        package = verified(flipped(FULL, "payload/0"))
        self.refused("PAY-1", package.install, [pkg.Target("kernel", target)])
        self.assertEqual(target.written, [])
        self.refused("KEY-2", pkg.Keyring, (GOLDEN / "EXAMPLE.keyring").read_bytes())
        self.refused("CON-1", pkg.Package, b"")
        self.assertIn("\nSee ", str(self.fails("IO", pkg.Package, "/no/such/file")))

    def test_every_vector(self):
        found = 0
        keyrings = {path.stem: keyring(path) for path in VECTORS.glob("*.keyring")}
        for path in sorted(VECTORS.glob("*.vec")):
            head, package = path.read_bytes().split(b"\n\n", 1)
            header = dict(line.split(": ", 1) for line in head.decode().split("\n"))
            device = pkg.Device("none", "none")
            if "state" in header:
                device, _ = pkg.state_read((VECTORS / f"{header['state']}.state.toml").read_text())
            device.set_policy(
                decode_memory=int(header.get("policy-decode-memory", 0)),
                jump=int(header.get("policy-jump", 0)),
                accept_testing=header.get("policy-testing") != "refuse",
            )
            verdict, fit = "accepted", None
            try:
                with pkg.Package(package).verify(keyrings[header["keyring"]], device) as verified_:
                    if "state" in header:
                        fit = device.fits(verified_).name.lower()
                    verified_.check()
            except pkg.Refused as error:
                verdict = error.name
            self.assertEqual((verdict, fit if verdict == "accepted" else None),
                             (header.get("rule", "accepted"), header.get("fit")), path.name)
            found += 1
        self.assertGreaterEqual(found, 250)


class Installing(Case):
    def test_full_and_delta(self):
        old, new = images(FIRST), images(FULL)
        self.assertNotEqual(old, new)
        for name in (FULL, DELTA):
            targets = [pkg.Target(c, Memory(), Memory(data=old[c])) for c in COMPONENTS]
            verified(name).install(targets, Memory(8 << 10))
            for component, target, _, _ in targets:
                self.assertEqual(bytes(target.data[: len(new[component])]), new[component])
                self.assertGreater(target.syncs, 0)
        self.fails("NEEDS-BASE", verified(DELTA).install, [pkg.Target("rootfs", Memory())])
        wrong = pkg.Target("rootfs", Memory(), Memory(data=new["rootfs"][:-1] + b"?"))
        self.refused("DLT-1", verified(DELTA).install, [wrong])
        self.assertEqual(wrong.storage.written, [])
        self.fails("NO-SUCH-IMAGE", verified(FULL).install, [pkg.Target("radio", Memory())])
        self.fails("STORAGE", verified(FULL).install, [pkg.Target("rootfs", Memory(100))])

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            a, b, c = (pathlib.Path(folder, name) for name in "abc")
            verified(FIRST).install_to_file("rootfs", a)
            with pkg.FileStorage(a) as base, pkg.FileStorage(b, 1 << 20) as place:
                with pkg.FileStorage(os.path.join(folder, "journal"), 8 << 10) as journal:
                    verified(DELTA).install([pkg.Target("rootfs", place, base)], journal)
            verified(DELTA).install_to_file("rootfs", c, a)
            self.assertEqual(b.read_bytes(), c.read_bytes())
            self.assertEqual(b.read_bytes(), images(FULL)["rootfs"])
            self.fails("IO", verified(FULL).install_to_file, "rootfs", os.path.join(folder, "no", "file"))

    def test_storage_that_cannot_be_read(self):
        target = Memory()
        target.read_at = None
        verified(FULL).install([pkg.Target("rootfs", target)])
        new = images(FULL)["rootfs"]
        self.assertEqual(bytes(target.data[: len(new)]), new)
        self.fails("NULL-ARGUMENT", verified(FULL).install, [pkg.Target("rootfs", Memory())], target)

    def test_an_interrupted_install_goes_on(self):
        for name, kernel_again in ((DELTA, False), (LARGE, False)):
            old, new = images(FIRST), images(LARGE if name == LARGE else FULL)
            kernel, rootfs, journal = Memory(16 << 20), Memory(16 << 20), Memory(8 << 10)
            base = {c: Memory(data=old[c]) for c in COMPONENTS}
            power = OSError("the power is gone")
            broken = Failing(power, fail_at=1 if name == LARGE else 0, capacity=16 << 20)
            broken.data = rootfs.data
            targets = [pkg.Target("kernel", kernel, base["kernel"]), pkg.Target("rootfs", broken, base["rootfs"])]
            package = verified(name)
            with self.assertRaises(OSError) as caught:
                package.install(targets, journal)
            self.assertIs(caught.exception, power)
            self.fails("WRONG-ORDER", package.install, targets, journal)
            device = camera()
            self.fails("WRONG-ORDER", device.installed, package)
            kernel.written.clear()
            package = verified(name)
            package.install([targets[0], targets[1]._replace(storage=rootfs)], journal)
            self.assertEqual(kernel.written, [], "what was finished is not written again")
            self.assertEqual(min(rootfs.written) > 0, name == LARGE, "where it goes on")
            self.assertEqual(bytes(kernel.data[: len(new["kernel"])]), new["kernel"])
            self.assertEqual(bytes(rootfs.data[: len(new["rootfs"])]), new["rootfs"])
            device.installed(package)

    def test_a_journal_too_small_is_not_written_beyond(self):
        journal = Memory(4 << 10)
        self.fails("IO", verified(FULL).install, [pkg.Target("rootfs", Memory())], journal)
        self.assertEqual((journal.written, len(journal.data)), ([], 4 << 10))


class Raising(Case):
    """What callbacks raise."""

    def test_it_comes_out_as_itself(self):
        class Odd(BaseException):
            pass

        for exception in (Odd(), KeyboardInterrupt(), KeyError("key"), OSError("disk"), SystemExit(3)):
            storage = Failing(exception)
            with self.assertRaises(type(exception)) as caught:
                verified(FULL).install([pkg.Target("rootfs", storage)])
            self.assertIs(caught.exception, exception)
            self.assertEqual(storage.calls, 1)

            class Broken(io.BytesIO):
                def read(self, size):
                    raise exception

            with self.assertRaises(type(exception)) as caught:
                pkg.Package(Broken())
            self.assertIs(caught.exception, exception)
            with self.assertRaises(type(exception)) as caught:
                pkg.Store.create(Failing(exception, capacity=128 << 10), b"state")
            self.assertIs(caught.exception, exception)

    def test_a_reader_that_fails_late(self):
        class Late(io.BytesIO):
            def read(self, size):
                if self.tell() > 8000:
                    raise ConnectionResetError("gone")
                return super().read(min(size, 512))

        package = pkg.Package(Late((GOLDEN / FULL).read_bytes())).verify(keyring())
        self.assertRaises(ConnectionResetError, package.install, [pkg.Target("rootfs", Memory())])

    def test_an_unreadable_journal_costs_time_only_but_a_fault_ends_the_call(self):
        journal = Memory(8 << 10)
        journal.read_at = self.raising(OSError("bad sector"))
        target = Memory()
        verified(FULL).install([pkg.Target("rootfs", target)], journal)
        self.assertGreater(len(target.written), 0)
        target, journal.read_at = Memory(), self.raising(NameError("a fault"))
        self.assertRaises(NameError, verified(FULL).install, [pkg.Target("rootfs", target)], journal)
        self.assertEqual(target.written, [])
        # The refusal is what is told, and what was put up with before stands behind it.
        journal.read_at = self.raising(OSError("bad sector"))
        package = verified(flipped(FULL, "payload/1"))
        error = self.refused("PAY-1", package.install, [pkg.Target("rootfs", Memory())], journal)
        self.assertIsInstance(error.__cause__, OSError)

    @staticmethod
    def raising(exception):
        def read_at(at, size):
            raise exception

        return read_at

    def test_wrong_answers(self):
        def store(**methods):
            storage = Memory(128 << 10)
            vars(storage).update(methods)
            return storage

        self.assertRaises(ValueError, pkg.Store, store(read_at=lambda at, size: b"short"))
        self.assertRaises(TypeError, pkg.Store, store(read_at=lambda at, size: "text"))
        self.assertRaises(TypeError, pkg.Store, store(read_at=lambda at, size: None))
        self.assertRaises(OSError, pkg.Store.create, store(write_at=lambda at, data: len(data) - 1), b"state")
        pkg.Store.create(store(write_at=lambda at, data: len(data)), b"state")

        class Generous:
            def read(self, size):
                return bytes(size + 1)

        self.assertRaises(ValueError, pkg.Package, Generous())

    def test_callbacks_of_others_are_not_ours(self):
        """What ctypes ignores in a callback of the user's own."""

        class Sorting(Memory):
            def write_at(self, at, data):
                super().write_at(at, data)
                compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda a, b: 1 // 0)
                two, one = ctypes.c_size_t(2), ctypes.c_size_t(1)
                ctypes.CDLL(None).qsort(ctypes.create_string_buffer(b"ba"), two, one, compare)

        seen, hook = [], sys.unraisablehook
        try:
            sys.unraisablehook = lambda args: seen.append(args.exc_type)
            verified(FULL).install([pkg.Target("rootfs", Sorting())])
        finally:
            sys.unraisablehook = hook
        self.assertIn(ZeroDivisionError, seen)

    def test_an_interrupt_during_c(self):
        """It strikes where a callback begins, before anything in there could catch it."""

        class Interrupted(Memory):
            def write_at(self, at, data):
                super().write_at(at, data)
                if len(self.written) == 1:
                    threading.Thread(target=self.interrupt).start()

            @staticmethod
            def interrupt():
                time.sleep(0.01)
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

        target, hook = Interrupted(16 << 20), sys.unraisablehook
        with self.assertRaises(KeyboardInterrupt), contextlib.redirect_stderr(io.StringIO()) as said:
            verified(LARGE).install([pkg.Target("rootfs", target)])
            time.sleep(5)
        self.assertEqual(said.getvalue(), "")
        self.assertLess(len(target.written), 3)
        self.assertIs(sys.unraisablehook, hook)

    def test_no_stack_left(self):
        """Whatever the depth, it is installed, or the exception comes out."""

        def deep(depth, target):
            return deep(depth - 1, target) if depth else verified(FULL).install([pkg.Target("rootfs", target)])

        new, outcomes = images(FULL)["rootfs"], set()
        limit = sys.getrecursionlimit()
        here = len(list(self.frames()))
        try:
            sys.setrecursionlimit(here + 120)
            for depth in range(60, 120):
                target = Memory()
                try:
                    deep(depth, target)
                    self.assertEqual(bytes(target.data[: len(new)]), new)
                    outcomes.add(None)
                except (RecursionError, ctypes.ArgumentError):  # which is how ctypes wraps one
                    outcomes.add(RecursionError)
        finally:
            sys.setrecursionlimit(limit)
        self.assertEqual(outcomes, {None, RecursionError})

    @staticmethod
    def frames():
        frame = sys._getframe()
        while frame:
            yield frame
            frame = frame.f_back


class Deciding(Case):
    def setUp(self):
        self.device = camera()
        first = verified(FIRST, self.device)
        for component in COMPONENTS:
            with tempfile.TemporaryDirectory() as folder:
                first = verified(FIRST, self.device)
                first.install_to_file(component, os.path.join(folder, "image"))
        self.device.installed(first)

    def test_notice_in_two_languages(self):
        for language, title, word in (
            ("de-AT", "Videostream ohne Passwort lesbar", "Jetzt"),
            ("en", "Video stream readable without password", "Install"),
        ):
            choices, update = pkg.Choices(language), verified(FULL, self.device)
            self.assertEqual(self.device.fits(update), pkg.Fit.STEP)
            choices.heard(update)
            decision = pkg.decide(self.device, choices, [update])
            self.assertEqual((decision.verdict, decision.reason), (pkg.Verdict.NOTIFY, "not-notified"))
            self.assertEqual(decision.title, title)
            self.assertTrue(decision.text and decision.action.startswith(word))
            self.assertIs(decision.package, update)
            choices.notified(update, 1773187200)
            decision = pkg.decide(self.device, choices, [update], 1773187200)
            self.assertEqual((decision.verdict, decision.reason), (pkg.Verdict.INSTALL, "automatic"))
            self.assertGreater(decision.seconds_left, 0)
        nothing = pkg.decide(self.device, choices, [])
        self.assertEqual((nothing.verdict, nothing.package), (pkg.Verdict.NOTHING, None))
        self.assertEqual((nothing.title, nothing.seconds_left), ("", None))

    def test_what_the_user_chose_is_kept(self):
        choices, update, trust = pkg.Choices("de"), verified(FULL, self.device), keyring()
        choices.heard(update)
        choices.set_automatic(security=False, feature=False)
        choices.notified(update)
        text = pkg.state_write(self.device, choices, trust)
        self.assertIn("automatic-security = false", text)
        device, choices = pkg.state_read(text, trust)
        decision = pkg.decide(device, choices, [update])
        self.assertEqual((decision.verdict, decision.reason), (pkg.Verdict.ASK_APPROVAL, "opted-out"))
        choices.approve(update)
        self.assertEqual(pkg.decide(device, choices, [update]).verdict, pkg.Verdict.INSTALL)
        choices.decline(update)
        self.assertNotEqual(pkg.decide(device, choices, [update]).verdict, pkg.Verdict.INSTALL)
        choices.set_approval("download-and-install")
        self.assertEqual(pkg.decide(device, pkg.state_read(text)[1], [update]).reason, "opted-out")
        choices.approve_download(update)
        choices.elapse(60)
        self.fails("STATE", pkg.state_read, "no = state")

    def test_putting_off_ends(self):
        choices, update = pkg.Choices(), verified(FULL, self.device)
        choices.notified(update)
        for _ in range(100):
            try:
                choices.postpone(update)
            except pkg.Error as error:
                self.assertEqual(error.name, "NO-MORE")
                return
            self.assertEqual(pkg.decide(self.device, choices, [update]).verdict, pkg.Verdict.WAIT)
            choices.elapse(86400)
        self.fail("it can be put off for ever")

    def test_records(self):
        choices, update = pkg.Choices(), verified(FULL, self.device)
        records, lines = pkg.Records(b""), ""
        for choice in (None, "notified", "approve"):
            decision = pkg.decide(self.device, choices, [update], 1773187200)
            lines += records.line(decision, choice, update if choice else None)
            choices.notified(update, 1773187200)
        self.assertEqual(lines.count("\n"), 3)
        data = lines.encode()
        again = pkg.Records(data).line(pkg.decide(self.device, choices, [update]))
        pkg.Records(data + again.encode())
        self.refused("POL-4", pkg.Records, data.replace(b"not-notified", b"not-mentioned", 1))
        self.refused("POL-4", pkg.Records, data[:-1])
        self.refused("POL-4", pkg.Records, data[data.index(b"\n") + 1 :])

    def test_device_by_hand(self):
        sums = {component: hashlib.sha256(image).digest() for component, image in images(FIRST).items()}
        device, update = camera(), verified(FULL)
        self.fails("WRONG-ORDER", device.add_image, "product", "rootfs", sums["rootfs"])
        text = pkg.state_write(self.device, pkg.Choices())
        fact = lambda name: re.search(rf"^{name} = \"?([\w.]+)", text, re.M).group(1)
        numbers = [int(fact(name)) for name in ("sequence", "feature-level", "security-level")]
        device.set_installed(fact("scope"), fact("line"), *numbers, bytes.fromhex(fact("manifest")))
        for component, sha256 in sums.items():
            device.add_image(fact("scope"), component, sha256)
        self.assertEqual(device.fits(update), pkg.Fit.STEP)
        self.assertEqual(device.fits(verified(DELTA)), pkg.Fit.STEP)
        self.assertEqual(device.fits(verified(FIRST)), pkg.Fit.INSTALLED)
        self.assertEqual(device.fits(verified("cam-x1-2026-01-upnp.notice.pkg")), pkg.Fit.WORDS)
        self.fails("WORDS", verified("cam-x1-2026-01-upnp.notice.pkg").install, [])
        self.refused("APP-1", pkg.Device("acme", "cam-x2").fits, update)
        device.set_profile("industrial", busy=True)
        device.set_policy(decode_memory=1)
        self.refused("POL-1", verified, FULL, device)

    def test_keyring_update(self):
        trust = keyring()
        self.assertEqual(trust.version, 1)
        self.assertEqual(trust.update((GOLDEN / "EXAMPLE.keyring").read_bytes(), self.device), 0)
        self.refused("CON-1", trust.update, b"")
        self.assertEqual(trust.version, 1)


class Storing(Case):
    def test_staged_confirmed_taken_back(self):
        storage, manifest = Memory(128 << 10), bytes(range(32))
        self.fails("STATE", pkg.Store, storage)
        store = pkg.Store.create(storage, b"one")
        self.fails("STATE", pkg.Store.create, storage, b"another")
        self.assertEqual((store.current, store.pending), (b"one", None))
        store.update(b"two")
        store.check()
        store.stage(manifest, b"three")
        self.assertEqual((store.current, store.pending), (b"two", manifest))
        self.fails("STATE", store.confirm, bytes(32))
        store.revert()
        self.assertEqual((store.current, store.pending), (b"two", None))
        store.stage(manifest, b"")
        again = pkg.Store(storage)
        again.confirm(manifest)
        self.assertEqual(again.current, b"")
        largest = self.largest(again)
        self.assertEqual(again.current, bytes(largest))
        self.fails("STATE", pkg.Store, storage, 1 << 40)
        power = OSError("the power is gone")
        self.assertRaises(OSError, pkg.Store.create, Failing(power, capacity=128 << 10), b"one")

    @staticmethod
    def largest(store):
        """Fills the store."""
        low, high = 0, 64 << 10
        while high - low > 1:
            middle = (low + high) // 2
            try:
                store.update(bytes(middle))
                low = middle
            except pkg.Error:
                high = middle
        store.update(bytes(low))
        return low


class Handles(Case):
    def test_closed(self):
        trust, package = keyring(), pkg.Package(GOLDEN / FULL)
        update = package.verify(trust)
        self.assertRaises(ValueError, package.verify, trust)
        for handle in (trust, package, update):
            handle.close()
            handle.close()
        self.assertRaises(ValueError, pkg.Package(GOLDEN / FULL).verify, trust)
        self.assertRaises(ValueError, lambda: trust.version)
        self.assertRaises(ValueError, lambda: update.fixes)
        self.assertRaises(ValueError, update.install, [])
        self.assertRaises(ValueError, pkg.decide, camera(), pkg.Choices(), [update])
        store = pkg.Store.create(Memory(128 << 10), b"")
        with store:
            pass
        self.assertRaises(ValueError, store.check)

    def test_wrong_types(self):
        device, choices, update = camera(), pkg.Choices(), verified(FULL)
        for call, *arguments in (
            (pkg.Keyring, "text"), (pkg.Keyring, 5), (pkg.Keyring, None), (pkg.Package, 5), (pkg.Package, None),
            (pkg.Device, b"acme", "cam"), (pkg.Device, "acme", None), (device.add_hardware, 1),
            (device.set_installed, "product", "1", 1.5, 1, 1), (device.set_installed, "product", "1", "1", 1, 1),
            (device.add_image, "product", "rootfs", "00" * 32), (device.fits, pkg.Package(GOLDEN / FULL)),
            (device.fits, None), (device.installed, device), (choices.approve, choices), (choices.elapse, "1"),
            (choices.notified, update, "now"), (update.install, [pkg.Target("rootfs", object())]),
            (update.install, ["rootfs"]), (update.install, [pkg.Target("rootfs", None)]),
            (update.install, [pkg.Target("rootfs", Memory(), object())]),
            (update.install, [pkg.Target(b"rootfs", Memory())]), (update.install_to_file, "rootfs", 1),
            (pkg.decide, device, choices, update), (pkg.decide, device, choices, [device]), (pkg.Records, "line"),
            (pkg.Store, object()), (pkg.Store, Memory(128 << 10), "1"), (pkg.state_read, b"state"),
            (pkg.Package(GOLDEN / FULL).verify, device), (pkg.Package(GOLDEN / FULL).verify, keyring(), update),
        ):
            self.assertRaises(TypeError, call, *arguments)
        for wrong in ("yes", 1, None):
            self.assertRaises(TypeError, lambda: pkg.Keyring(b"", danger_accept_example_keys=wrong))
        self.assertRaises(ValueError, pkg.Device, "acme\0", "cam")
        self.assertRaises(ValueError, pkg.Device, "acme", "\udc80")
        self.assertRaises(ValueError, device.add_image, "product", "rootfs", bytes(31))
        self.assertRaises(OverflowError, choices.elapse, -1)
        self.assertRaises(OverflowError, choices.elapse, 1 << 64)
        self.assertRaises(ValueError, choices.notified, update, -1)
        self.fails("INVALID-ARGUMENT", pkg.Device, "Not An Id", "cam")
        update.check()  # nothing of this used it up

    def test_in_use(self):
        """A callback that reaches for what is in use."""
        update, seen = verified(FULL), []

        class Reaching(Memory):
            def write_at(self, at, data):
                super().write_at(at, data)
                for call in (update.close, lambda: update.version, lambda: update.install([])):
                    try:
                        call()
                    except RuntimeError as error:
                        seen.append(str(error))
                # Other handles are free.
                verified(FULL).check()

        update.install([pkg.Target("rootfs", Reaching())])
        self.assertEqual(set(seen), {"this Verified is in use by another call"})
        self.assertEqual(len(seen) % 3, 0)
        self.assertEqual(update.version, "1.4.3")

    def test_other_threads(self):
        """A second thread is told; a callback waits in the first."""
        update, inside, told = verified(FULL), threading.Event(), threading.Event()

        class Waiting(Memory):
            def write_at(self, at, data):
                super().write_at(at, data)
                inside.set()
                told.wait(10)

        thread = threading.Thread(target=update.install, args=([pkg.Target("rootfs", Waiting())],))
        thread.start()
        self.assertTrue(inside.wait(10))
        self.assertRaises(RuntimeError, lambda: update.version)
        self.assertRaises(RuntimeError, update.close)
        told.set()
        thread.join()
        self.assertEqual(update.version, "1.4.3")

    def test_what_is_lent_lives_as_long_as_it_is_used(self):
        class Collected(io.BytesIO):
            def read(self, size):
                gc.collect()
                return super().read(min(size, 4096))

        class Storage(Memory):
            def write_at(self, at, data):
                gc.collect()
                super().write_at(at, data)

            def read_at(self, at, size):
                gc.collect()
                return super().read_at(at, size)

        def opened():
            reader = Collected((GOLDEN / FULL).read_bytes())
            return pkg.Package(reader).verify(keyring()), weakref.ref(reader)

        package, reader = opened()
        gc.collect()
        self.assertIsNotNone(reader())
        target = Storage(64 << 10)
        package.install([pkg.Target("rootfs", target, Storage(data=b"base"))], Storage(8 << 10))
        package.close()
        gc.collect()
        self.assertIsNone(reader())

        def stored():
            storage = Storage(128 << 10)
            return pkg.Store.create(storage, b"one"), weakref.ref(storage)

        store, storage = stored()
        gc.collect()
        store.update(b"two")
        self.assertEqual(store.current, b"two")
        del store
        gc.collect()
        self.assertIsNone(storage())

    def test_a_cycle_is_collected(self):
        class Reader(io.BytesIO):
            package = None

        reader = Reader((GOLDEN / FULL).read_bytes())
        reader.package = pkg.Package(reader).verify(keyring())
        gone = weakref.ref(reader)
        del reader
        gc.collect()
        self.assertIsNone(gone())

    def test_everything_is_freed(self):
        """Each function that frees is called for whatever was made, errors and texts too."""
        freed = {}

        def counting(kind, free):
            def call(at):
                freed[kind] = freed.get(kind, 0) + bool(ctypes.cast(at, ctypes.POINTER(ctypes.c_void_p))[0])
                free(at)

            return call

        kinds = [*pkg._Handle._kinds, "text"]
        real = {kind: getattr(pkg._library, f"pkg_{kind}_free") for kind in kinds}
        gc.collect()
        try:
            for kind, free in real.items():
                setattr(pkg._library, f"pkg_{kind}_free", counting(kind, free))
            for _ in range(3):
                device, choices, update = camera(), pkg.Choices(), verified(FULL)
                with contextlib.suppress(pkg.Refused):
                    verified(flipped(FULL, "manifest.cose"))
                with contextlib.suppress(pkg.Error):
                    pkg.Device("Not An Id", "cam")
                with contextlib.suppress(pkg.Error):
                    pkg.Store(Memory(128 << 10))
                pkg.Package(GOLDEN / FULL).close()
                store = pkg.Store.create(Memory(128 << 10), b"")
                pkg.Records(b"").line(pkg.decide(device, choices, [update]))
                pkg.state_read(pkg.state_write(device, choices))
            del device, choices, update, store
            gc.collect()
        finally:
            for kind, free in real.items():
                setattr(pkg._library, f"pkg_{kind}_free", free)
        expected = {"device": 2, "choices": 2, "verified": 1, "keyring": 2, "error": 3, "package": 1, "store": 1,
                    "records": 1, "decision": 1, "text": 2}
        self.assertEqual(freed, {kind: 3 * n for kind, n in expected.items()})


class Loading(Case):
    def run_python(self, code, **env):
        run = subprocess.run([sys.executable, "-X", "dev", "-c", code], cwd=HERE, env={**os.environ, **env},
                             capture_output=True, text=True)
        return run.returncode, run.stdout, run.stderr

    def test_it_says_what_to_do(self):
        for path, says in (("", "is not installed"), ("/no/such/library.so", "/no/such/library.so"),
                           (ctypes.util.find_library("c") or "libc.so.6", "is another library")):
            status, _, said = self.run_python("import pkg_verify", PKG_VERIFY_LIBRARY=path)
            self.assertEqual(status, 1)
            self.assertIn("ImportError", said)
            self.assertIn(says, said)
        self.assertIn("cargo build", self.run_python("import pkg_verify", PKG_VERIFY_LIBRARY="/no/such")[2])

    def test_the_end_of_the_interpreter(self):
        """Handles that nobody closed, in modules, in cycles and in threads, disturb nobody."""
        code = f"""
import pkg_verify as pkg, sys
keyring = pkg.Keyring({(GOLDEN / "EXAMPLE.keyring").read_bytes()!r}, danger_accept_example_keys=True)
class Holder:
    def __del__(self): self.package.close()
holder = Holder(); holder.me = holder; holder.keyring = keyring
holder.package = pkg.Package({str(GOLDEN / FULL)!r}).verify(keyring)
sys.modules["elsewhere"] = holder
print("done")
"""
        status, out, said = self.run_python(code)
        self.assertEqual((status, out), (0, "done\n"), said)
        self.assertNotIn("Exception ignored", said)
        self.assertNotIn("Traceback", said)


class Readme(Case):
    def test_the_example_prints_what_stands_there(self):
        text = (HERE / "README.md").read_text(encoding="utf-8")
        code, shown = (re.search(rf"```{kind}\n(.*?)```", text, re.S).group(1) for kind in ("python", "text"))
        before = os.getcwd()
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out:
            for name in ("EXAMPLE.keyring", FIRST, DELTA):
                shutil.copy(GOLDEN / name, folder)
            os.chdir(folder)
            try:
                exec(compile(code, "README.md", "exec"), {})
                slot = pathlib.Path("slot-b").read_bytes()
                state = pathlib.Path("state.toml").read_text(encoding="utf-8")
            finally:
                os.chdir(before)
        self.assertEqual(out.getvalue(), shown)
        self.assertEqual(slot, images(FULL)["rootfs"])
        self.assertIn('version = "1.4.3"', state)


if __name__ == "__main__":
    unittest.main()
