"""Tests of a client of a repository: every vector of a head, and what a transport may do. How a whole device follows a
repository over HTTP, tests/tests/interop/repository/clients tests with follow.py."""

import io
import unittest

import pkg_verify as pkg
from given import ROOT, Case

VECTORS = ROOT / "format-spec/repository-vectors"
HEAD = "products/acme/cam/stable/head"


def parts(path):
    """The header of a vector, and its parts by name."""
    head, data = path.read_bytes().split(b"\n\n", 1)
    header, found = {}, {}
    for line in head.decode().split("\n"):
        key, value = line.split(": ", 1)
        if key == "part":
            name, size = value.split(" ")
            found[name], data = data[: int(size)], data[int(size) :]
        header[key] = value
    return header, found


class Files:
    """Answers from memory, and notes what was asked for."""

    def __init__(self, files=()):
        self.files, self.asked = dict(files), []

    def ask(self, request):
        self.asked.append(request)
        data = self.files.get(request.path)
        return pkg.Response(404, io.BytesIO()) if data is None else self.answer(request, data)

    def answer(self, request, data):
        etag = f'"{len(data)}"'
        if request.etag == etag:
            return pkg.Response(304, io.BytesIO(), etag)
        return pkg.Response(200, io.BytesIO(data), etag)


class Followed(Case):
    def follow(self, files, keyring="standard", record=b""):
        self.keyring = pkg.Keyring((VECTORS / f"{keyring}.keyring").read_bytes(), danger_accept_example_keys=True)
        self.device, self.choices = pkg.Device("acme", "cam"), pkg.Choices()
        self.repository = pkg.Repository("acme-updates", self.device, files, self.keyring, record)
        return self.repository

    def look(self):
        return self.repository.look(self.keyring, self.device, self.choices)

    def head(self, name="ok-head-plain"):
        _, found = parts(VECTORS / f"{name}.repository")
        return found["offered"]


class Heads(Followed):
    def test_every_vector_of_a_head(self):
        found = 0
        for path in sorted(VECTORS.glob("*.repository")):
            header, given = parts(path)
            if header["check"] != "head":
                continue
            files = Files()
            self.follow(files, header["keyring"])
            verdict = "accepted"
            if "stored" in given:
                files.files[HEAD] = given["stored"]
                self.assertTrue(self.look(), path.name)
            before = self.repository.version
            files.files[HEAD] = given["offered"]
            # The ETag of these files is their size.
            files.answer = lambda request, data: pkg.Response(200, io.BytesIO(data))
            try:
                self.look()
            except pkg.Refused as error:
                verdict = error.name
                self.assertEqual(self.repository.version, before, path.name)
            self.assertEqual(verdict, header.get("rule", "accepted"), path.name)
            found += 1
        self.assertGreater(found, 60)

    def test_up_to_date_is_one_request(self):
        files = Files({HEAD: self.head()})
        self.assertIsNone(self.follow(files).overdue())
        self.assertEqual(self.repository.version, 0)
        self.assertTrue(self.look())
        record, version = self.repository.record, self.repository.version
        self.assertGreater(version, 0)
        # Another run: what was stored is in force, and the server is asked once.
        files.asked.clear()
        self.follow(files, record=record)
        self.assertEqual((self.repository.version, self.look()), (version, False))
        self.assertEqual(len(files.asked), 1)
        self.assertEqual(files.asked[0].headers, {"Accept-Encoding": "identity", "If-None-Match": files.asked[0].etag})
        self.assertEqual(self.repository.record, record)
        # What is spoilt counts as nothing.
        for spoilt in (record[:-1], b"?", record + b"?"):
            self.assertEqual(self.follow(files, record=spoilt).version, 0)
        self.assertIsNone(self.repository.keyring_file)

    def test_a_newer_head_is_overdue(self):
        files = Files({HEAD: self.head()})
        self.follow(files)
        self.look()
        self.assertEqual(self.repository.overdue(), 0)
        self.repository.elapse(259_200 + 7)
        self.assertEqual(self.repository.overdue(), 7)
        self.assertGreater(self.repository.overdue(4_000_000_000), 7)
        # "Unchanged" is no answer any more.
        self.look()
        self.assertIsNone(files.asked[-1].etag)

    def test_another_repository(self):
        files = Files({HEAD: self.head()})
        self.follow(files)
        self.repository = pkg.Repository("other-updates", self.device, files, self.keyring)
        self.refused("REP-1", self.look)
        self.repository = pkg.Repository("acme-updates", pkg.Device("acme", "lamp"), files, self.keyring)
        self.fails("MISSING", self.look)
        self.assertEqual(files.asked[-1].path, "products/acme/lamp/stable/head")
        self.repository = pkg.Repository("acme-updates", self.device, files, self.keyring, testing=True)
        self.fails("MISSING", self.look)
        self.assertEqual(files.asked[-1].path, "products/acme/cam/testing/head")


class Packages(Followed):
    def test_statements_that_are_withheld_or_cut(self):
        head = self.head()
        files = Files({HEAD: head})
        self.follow(files)
        self.look()
        failed = []
        while True:
            try:
                if self.repository.next(self.keyring, self.device, self.choices) is None:
                    break
            except pkg.Error as error:
                failed.append(error.name)
        self.assertGreater(len(failed), 0)
        self.assertEqual(set(failed), {"MISSING"})
        asked = [request for request in files.asked if request.path.startswith("packages/")]
        self.assertEqual({request.first for request in asked}, {0})
        self.assertEqual(asked[0].headers["Range"], f"bytes=0-{asked[0].length - 1}")
        # Each is asked for in each round, and a part that says the wrong place is refused.
        lies = {"bytes 1-2/3": "REP-9", "words": "REP-9", None: "REP-9"}
        for content_range, rule in lies.items():
            files.files = {request.path: b"x" for request in asked}
            files.answer = lambda request, data: pkg.Response(206, io.BytesIO(data), None, content_range)
            self.repository.rewind(all=True)
            self.refused(rule, self.repository.next, self.keyring, self.device, self.choices)

    def test_before_the_first_look_there_is_nothing(self):
        self.follow(Files())
        self.assertIsNone(self.repository.next(self.keyring, self.device, self.choices))


class Transports(Followed):
    def test_what_a_transport_raises_comes_out(self):
        files = Files({HEAD: self.head()})
        self.follow(files)
        for exception in (TimeoutError("slow"), KeyboardInterrupt(), ZeroDivisionError()):
            def raising(*_, exception=exception):
                raise exception

            files.ask, answer = raising, files.ask
            with self.assertRaises(type(exception)) as caught:
                self.look()
            self.assertIs(caught.exception, exception)
            files.ask = answer

            class Broken:
                read = staticmethod(raising)

            files.answer = lambda request, data: pkg.Response(200, Broken())
            with self.assertRaises(type(exception)):
                self.look()
            del files.answer
            self.assertEqual(self.repository.version, 0)
        self.assertTrue(self.look())

    def test_a_body_has_a_limit(self):
        class Endless:
            sent = 0

            def read(self, size):
                self.sent += size
                return bytes(size)

        files, body = Files({HEAD: b""}), Endless()
        files.answer = lambda request, data: pkg.Response(200, body)
        self.follow(files)
        self.assertIn("has more than 591872 bytes", self.fails("IO", self.look).message)
        self.assertLess(body.sent, 700_000)

    def test_wrong_transports(self):
        with self.assertRaises(TypeError):
            self.follow(object())
        files = Files({HEAD: self.head()})
        self.follow(files)
        for wrong in (None, pkg.Response(-1, io.BytesIO()), pkg.Response(200, io.BytesIO(), 7)):
            files.ask = lambda _, wrong=wrong: wrong
            with self.assertRaises((TypeError, ValueError, OverflowError)):
                self.look()

    def test_headers_that_are_no_text_count_as_none(self):
        for header in ("a\0b", "\ud800", "a" * 2000):
            files = Files({HEAD: self.head()})
            files.answer = lambda request, data: pkg.Response(200, io.BytesIO(data), header, header)
            self.follow(files)
            self.assertTrue(self.look())
            self.assertFalse(self.look())
            self.assertEqual([request.etag for request in files.asked], [None, None])

    def test_a_redirect_is_no_answer(self):
        files = Files({HEAD: self.head()})
        files.answer = lambda request, data: pkg.Response(302, io.BytesIO())
        self.follow(files)
        self.assertIn("has the status 302", self.fails("IO", self.look).message)


if __name__ == "__main__":
    unittest.main()
