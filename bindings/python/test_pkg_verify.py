"""Tests of what a client does; `cargo test -p pkg-tests --test interop python` builds the library and runs them."""

import contextlib
import hashlib
import io
import os
import pathlib
import re
import shutil
import tarfile
import tempfile
import unittest

import pkg_verify as pkg
from given import COMPONENTS, DELTA, FIRST, FULL, GOLDEN, HERE, LARGE, VECTORS
from given import Case, Failing, Memory, camera, flipped, images, keyring, verified


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
            self.assertEqual(package.manifest_digest, hashlib.sha256(manifest).digest())

    def test_images(self):
        with verified(FULL) as full, verified(DELTA) as delta, verified("cam-x1-2026-01-upnp.notice.pkg") as notice:
            self.assertEqual([image.component for image in full.images], ["kernel", "rootfs"])
            self.assertEqual([image[:3] for image in full.images], [image[:3] for image in delta.images])
            self.assertEqual({image.base_sha256 for image in full.images}, {None})
            with verified("cam-x1-1.4.2.full.pkg") as first:
                bases = {image.sha256: image.size for image in first.images}
            for image in delta.images:
                self.assertEqual(image.codec == pkg.Codec.DELTA, image.base_size > 0)
                if image.codec == pkg.Codec.DELTA:
                    self.assertEqual(bases[image.base_sha256], image.base_size)
            self.assertIn(pkg.Codec.DELTA, {image.codec for image in delta.images})
            self.assertEqual(notice.images, ())

    def test_only_what_is_verified_installs(self):
        package = pkg.Package(GOLDEN / FULL)
        self.assertFalse(hasattr(package, "install"))
        for kind in (pkg.Verified, pkg.Decision):
            self.assertRaises(TypeError, kind)
        public = {name for name in dir(pkg.Verified) if not name.startswith("_")}
        says = {"product", "version", "is_security", "fixes", "decode_memory", "images", "manifest_digest", "title"}
        self.assertEqual(public, says | {"install", "install_to_file", "check", "close"})

    def test_readers(self):
        class Slow(io.BytesIO):
            def read(self, size):
                return super().read(min(size, 7))

        data = (GOLDEN / FULL).read_bytes()
        with open(GOLDEN / FULL, "rb") as file:
            for source in (data, Slow(data), file, str(GOLDEN / FULL), GOLDEN / FULL):
                verified_ = pkg.Package(source).verify_statements(keyring())
                verified_.check()
                self.fails("WRONG-ORDER", verified_.check)

    def test_a_flipped_bit_has_its_rule(self):
        error = self.refused("SIG-3", verified, flipped(FULL, "manifest.cose"))
        self.assertEqual((error.result, str(error)), (303, f"[SIG-3] {error.message}\n{error.fix}"))
        self.assertTrue(error.fix and error.title and "signature" in error.message)
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
                device, _ = pkg.state_from_text((VECTORS / f"{header['state']}.state.toml").read_text())
            device.set_policy(
                decode_memory=int(header.get("policy-decode-memory", 0)),
                jump=int(header.get("policy-jump", 0)),
                accept_testing=header.get("policy-testing") != "refuse",
            )
            verdict, fit = "accepted", None
            try:
                with pkg.Package(package).verify_statements(keyrings[header["keyring"]], device) as verified_:
                    if "state" in header:
                        fit = device.fits(verified_).name.lower().replace("informational", "words")
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

    def test_an_interrupted_install_resumes(self):
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

            class Server(io.BytesIO):
                fetched = 0

                def read(self, size):
                    data = super().read(size)
                    self.fetched += len(data)
                    return data

            server = Server((GOLDEN / name).read_bytes())
            package = pkg.Package(server).verify_statements(keyring())
            package.install([targets[0], targets[1]._replace(storage=rootfs)], journal)
            self.assertLess(server.fetched, server.tell(), "what is in storage is not read again")
            self.assertEqual(kernel.written, [], "what was finished is not written again")
            self.assertEqual(min(rootfs.written) > 0, name == LARGE, "where it goes on")
            self.assertEqual(bytes(kernel.data[: len(new["kernel"])]), new["kernel"])
            self.assertEqual(bytes(rootfs.data[: len(new["rootfs"])]), new["rootfs"])
            device.installed(package)

    def test_a_stream_that_only_seems_to_seek_is_read(self):
        class Stream(io.BytesIO):
            """Knows where it is and cannot go elsewhere, as downloads do."""

            def seekable(self):
                return self.says_so

            def seek(self, *_):
                raise io.UnsupportedOperation("seek")

        for Stream.says_so in (False, True):
            self.assertIsNone(pkg._seeker(Stream()))
            pkg.Package(Stream((GOLDEN / FULL).read_bytes())).verify_statements(keyring())
        self.assertIsNotNone(pkg._seeker(io.BytesIO()))

    def test_a_journal_too_small_is_not_written_beyond(self):
        journal = Memory(4 << 10)
        self.fails("IO", verified(FULL).install, [pkg.Target("rootfs", Memory())], journal)
        self.assertEqual((journal.written, len(journal.data)), ([], 4 << 10))


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
            self.assertEqual(decision.corrective, "")
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
        text = pkg.state_to_text(self.device, choices, trust)
        self.assertIn("automatic-security = false", text)
        device, choices = pkg.state_from_text(text, trust)
        decision = pkg.decide(device, choices, [update])
        self.assertEqual((decision.verdict, decision.reason), (pkg.Verdict.ASK_APPROVAL, "opted-out"))
        choices.approve(update)
        self.assertEqual(pkg.decide(device, choices, [update]).verdict, pkg.Verdict.INSTALL)
        choices.decline(update)
        self.assertNotEqual(pkg.decide(device, choices, [update]).verdict, pkg.Verdict.INSTALL)
        choices.set_approval("download-and-install")
        self.assertEqual(pkg.decide(device, pkg.state_from_text(text)[1], [update]).reason, "opted-out")
        choices.approve_download(update)
        choices.elapse(60)
        self.fails("STATE", pkg.state_from_text, "no = state")

    def test_putting_off_ends(self):
        choices, update = pkg.Choices(), verified(FULL, self.device)
        choices.notified(update)
        for _ in range(100):
            try:
                choices.postpone(update)
            except pkg.Error as error:
                self.assertEqual(error.name, "CANNOT-POSTPONE")
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
        text = pkg.state_to_text(self.device, pkg.Choices())
        fact = lambda name: re.search(rf"^{name} = \"?([\w.]+)", text, re.M).group(1)
        numbers = [int(fact(name)) for name in ("sequence", "feature-level", "security-level")]
        device.set_installed(fact("scope"), fact("line"), *numbers, bytes.fromhex(fact("manifest")))
        for component, sha256 in sums.items():
            device.add_image(fact("scope"), component, sha256)
        self.assertEqual(device.fits(update), pkg.Fit.STEP)
        self.assertEqual(device.fits(verified(DELTA)), pkg.Fit.STEP)
        self.assertEqual(device.fits(verified(FIRST)), pkg.Fit.INSTALLED)
        self.assertEqual(device.fits(verified("cam-x1-2026-01-upnp.notice.pkg")), pkg.Fit.INFORMATIONAL)
        self.fails("NOTHING-TO-INSTALL", verified("cam-x1-2026-01-upnp.notice.pkg").install, [])
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
        storage, manifest = Memory(256 << 10), bytes(range(32))
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
        self.assertRaises(OSError, pkg.Store.create, Failing(power, capacity=256 << 10), b"one")

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
