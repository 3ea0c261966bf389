"""Tests of the border to C: what the module says of the header, what callbacks raise, who owns what, loading."""

import contextlib
import ctypes
import ctypes.util
import gc
import io
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import unittest
import weakref

import pkg_verify as pkg
from given import FULL, GOLDEN, HEADER, HERE, LARGE, Case, Failing, Memory, camera, flipped, images, keyring, verified


class Header(Case):
    """What the module says of C is what the header says."""

    def test_functions(self):
        text = re.sub(r"/\*.*?\*/", "", HEADER, flags=re.S)
        there = {}
        for returns, name, arguments in re.findall(r"^([\w ]+[ *])(pkg_\w+)\(([^;{]*?)\);", text, re.M):
            arguments = [] if arguments == "void" else arguments.split(",")
            there[name] = (self.plain(returns), [self.plain(re.sub(r"\w+\s*$", "", a)) for a in arguments])
        self.assertGreater(len(there), 60)
        lent = {pkg._Reader: "pkg_reader", pkg._Storage: "pkg_storage", pkg._Target: "pkg_target",
                pkg._Transport: "pkg_transport"}
        results = {"": "pkg_result", "result": "pkg_result", "verdict": "pkg_verdict", "text": "char*", "bool": "bool",
                   "u32": "uint32_t", "u64": "uint64_t", "i64": "int64_t", "image": "pkg_image*"}
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
                    expected.append(f"pkg_{kind}*" + "*" * (token[0] in "+-"))
                elif kind in ("reader", "storage", "targets", "transport"):
                    expected.append(lent[pkg._ARGUMENTS[kind][0][0]._type_] + "*")
                    expected += ["size_t"] * (kind == "targets")
                else:
                    expected += {
                        "": ["pkg_error**"], "packages": ["pkg_verified**", "size_t"],
                        "bytes": ["uint8_t*", "size_t"], "buffer": ["uint8_t*", "size_t"], "large": ["uint8_t*", "size_t"], "digest": ["uint8_t*"],
                        "text": ["char*" + "*" * (token[:1] == "=")], "fit": ["pkg_fit*"], "result": ["pkg_result"],
                        "u64": ["uint64_t" + "*" * (token[:1] == "=")], "i64": ["int64_t"],
                        "size": ["size_t" + "*" * (token[:1] == "=")], "bool": ["bool" + "*" * (token[:1] == "=")],
                    }[kind]
            self.assertEqual(expected, arguments, name)
            self.assertEqual(len(function.c.argtypes), len(arguments), name)
        frees = {f"pkg_{kind}_free" for kind in [*pkg._Handle._kinds, "text"]}
        self.assertEqual(used | frees, set(there), "a new function needs a line in _FUNCTIONS and a method")

    @staticmethod
    def plain(kind):
        """A type without what does not change the call."""
        return re.sub(r"\s*\*\s*", "*", re.sub(r"\s+", " ", re.sub(r"\bconst\b", "", kind))).strip()

    def test_numbers(self):
        for enum, prefix in ((pkg.Verdict, "VERDICT"), (pkg.Fit, "FIT"), (pkg.Codec, "CODEC")):
            there = {name: int(n) for name, n in re.findall(rf"PKG_{prefix}_(\w+) = (\d+)", HEADER)}
            self.assertEqual(there, {member.name: member.value for member in enum})
        numbers = re.findall(r"PKG_(\w+) = (\d+),\n", HEADER[HEADER.index("/* Numbers of the results"):])
        self.assertGreater(len(numbers), 100)
        for name, number in numbers:
            error = pkg._error(int(number), "why")
            self.assertEqual(error.name, name.replace("_", "-"))
            if number != "0":
                self.assertEqual(isinstance(error, pkg.Refused), bool(re.search(r"-\d|^G\d", error.name)), name)
        self.assertIn("A number below 9000 is the number of the rule", re.sub(r"\s+\*\s+", " ", HEADER))

    def test_structures(self):
        for struct in (pkg._Reader, pkg._Base, pkg._Storage, pkg._Target, pkg._Image):
            name = f"pkg_{struct.__name__[1:].lower()}"
            body = re.search(rf"typedef struct \{{((?:(?!typedef).)*?)\}} {name};", HEADER, re.S).group(1)
            body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
            names = [(a or b) for a, b in re.findall(r"\(\*(\w+)\)\([^;]*;|(\w+)(?:\[\d+\])?;", body)]
            self.assertEqual(names, [name for name, _ in struct._fields_])


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
                pkg.Store.create(Failing(exception, capacity=256 << 10), b"state")
            self.assertIs(caught.exception, exception)

    def test_a_reader_that_fails_late(self):
        class Late(io.BytesIO):
            def read(self, size):
                if self.tell() > 8000:
                    raise ConnectionResetError("gone")
                return super().read(min(size, 512))

        package = pkg.Package(Late((GOLDEN / FULL).read_bytes())).verify_statements(keyring())
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
            storage = Memory(256 << 10)
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
        """It waits for code of the user, or for the end of the call, and strikes there."""
        # What runs in the background of a script ignores the signal, and Python leaves that as it is.
        self.addCleanup(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        strike, handler = lambda: signal.raise_signal(signal.SIGINT), signal.getsignal(signal.SIGINT)
        called = []
        callback = pkg._lend(pkg._SYNC, -1, lambda: called.append(None) or 0)
        said = []

        def c():  # in the place of a function of the library
            strike()
            said.append(callback(None))
            said.append(callback(None))
            return 5

        result, raised = pkg._run(c, [])
        self.assertEqual((result, said, called), (5, [-1, -1], []))
        self.assertTrue(raised.ends)
        self.assertIsInstance(raised.exception, KeyboardInterrupt)
        with self.assertRaises(KeyboardInterrupt):
            pkg._run(strike, [])
        self.assertEqual(pkg._run(lambda: callback(None), [])[0], 0)
        self.assertIs(signal.getsignal(signal.SIGINT), handler)

        class Interrupted(Memory):
            def sync(self):
                strike()

        with self.assertRaises(KeyboardInterrupt):
            verified(FULL).install([pkg.Target("rootfs", Interrupted())])
        self.assertIs(signal.getsignal(signal.SIGINT), handler)

    @unittest.skipUnless(os.environ.get("PKG_INTERRUPTS"), "by chance: PKG_INTERRUPTS=600 tries so many")
    def test_an_interrupt_at_any_time(self):
        """Whenever it strikes, it comes out, and nothing else does."""

        class Interrupted(Memory):
            def write_at(self, at, data):
                super().write_at(at, data)
                if len(self.written) == 1:
                    threading.Thread(target=self.interrupt).start()

            @staticmethod
            def interrupt():
                time.sleep(random.random() / 50)
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

        hook = sys.unraisablehook
        for _ in range(int(os.environ["PKG_INTERRUPTS"])):
            # Kept: Python ignores what is raised in a finalizer, an interrupt too.
            update, target = verified(LARGE), pkg.Target("rootfs", Interrupted(16 << 20))
            with self.assertRaises(KeyboardInterrupt), contextlib.redirect_stderr(io.StringIO()) as said:
                update.install([target])
                time.sleep(60)
            self.assertEqual(said.getvalue(), "")
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


class Handles(Case):
    def test_closed(self):
        trust, package = keyring(), pkg.Package(GOLDEN / FULL)
        update = package.verify_statements(trust)
        self.assertRaises(ValueError, package.verify, trust)
        for handle in (trust, package, update):
            handle.close()
            handle.close()
        self.assertRaises(ValueError, pkg.Package(GOLDEN / FULL).verify, trust)
        self.assertRaises(ValueError, lambda: trust.version)
        self.assertRaises(ValueError, lambda: update.fixes)
        self.assertRaises(ValueError, update.install, [])
        self.assertRaises(ValueError, pkg.decide, camera(), pkg.Choices(), [update])
        store = pkg.Store.create(Memory(256 << 10), b"")
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
            (pkg.Store, object()), (pkg.Store, Memory(256 << 10), "1"), (pkg.state_from_text, b"state"),
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
            return pkg.Package(reader).verify_statements(keyring()), weakref.ref(reader)

        package, reader = opened()
        gc.collect()
        self.assertIsNotNone(reader())
        target = Storage(64 << 10)
        package.install([pkg.Target("rootfs", target, Storage(data=b"base"))], Storage(8 << 10))
        package.close()
        gc.collect()
        self.assertIsNone(reader())

        def stored():
            storage = Storage(256 << 10)
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
        reader.package = pkg.Package(reader).verify_statements(keyring())
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
                    pkg.Store(Memory(256 << 10))
                pkg.Package(GOLDEN / FULL).close()
                store = pkg.Store.create(Memory(256 << 10), b"")
                pkg.Records(b"").line(pkg.decide(device, choices, [update]))
                pkg.state_from_text(pkg.state_to_text(device, choices))
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
        find = ctypes.util.find_library
        cases = [("/no/such/library.so", "/no/such/library.so"), (find("c"), "is another library")]
        if not find("pkg_verify_c") and not pkg._bundled():
            cases.append(("", "is not installed"))
        for path, says in cases:
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
holder.package = pkg.Package({str(GOLDEN / FULL)!r}).verify_statements(keyring)
sys.modules["elsewhere"] = holder
print("done")
"""
        status, out, said = self.run_python(code)
        self.assertEqual((status, out), (0, "done\n"), said)
        self.assertNotIn("Exception ignored", said)
        self.assertNotIn("Traceback", said)


if __name__ == "__main__":
    unittest.main()
