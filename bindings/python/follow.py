"""A client on a device that follows a repository. Each run does one round and ends; however it ends, also by a power cut,
the next one resumes. It does what examples/client-c does, with the same files.

    follow.py [-y] [-e SECONDS] [-p SECONDS] FOLDER KEYRING ID ADDRESS...
    follow.py -b ok|failed FOLDER KEYRING

FOLDER has factory.toml, a state file of `pkg decide` that says what the device is. KEYRING is the keyring that the device
was made with, ID the id of the repository. Two slots, FOLDER/a and FOLDER/b, hold an image for each component.
"""

from __future__ import annotations

import argparse
import enum
import http.client
import os
import pathlib
import random
import sys
import time
import urllib.error
import urllib.request
from typing import Any, Callable, List, Optional, Tuple

import pkg_verify as pkg

STATE = 256 << 10
#: How often in a row it is tried again without a byte having come.
TRIES = 5


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The maker names the addresses."""

    def http_error_302(self, *_):
        return None

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


class _Body:
    """What http.client raises becomes an OSError, so that the library asks again."""

    def __init__(self, answer, seconds: float):
        self.answer, self.end = answer, time.monotonic() + seconds

    def read(self, size: int) -> bytes:
        if time.monotonic() > self.end:
            raise TimeoutError("the answer comes too slowly")
        try:
            # What has come, not all that was asked for: a slow answer is noticed.
            return self.answer.read1(size)
        except http.client.HTTPException as error:
            raise ConnectionError(f"the answer broke off: {error}") from error


class Web:
    """Any of the addresses may serve any file; the first is asked first."""

    #: Parts of at most so many bytes are statements. They may take a few times the patience as a whole.
    SMALL = 4 << 20

    def __init__(self, addresses: List[str], patience: float = 60):
        self.addresses, self.patience = addresses, patience
        self.opener = urllib.request.build_opener(_NoRedirect)
        self.answer: Any = None

    def turn(self) -> None:
        """From now on the next address is asked first: what this one serves was refused, or is old."""
        self.addresses = self.addresses[1:] + self.addresses[:1]

    def close(self) -> None:
        """Ends the last answer."""
        if self.answer is not None:
            self.answer.close()
            self.answer = None

    def again(self, tries: int) -> bool:
        self.turn()
        if tries < TRIES:
            time.sleep(random.random() * self.patience / 300 * 4**tries)
        return tries < TRIES

    def ask(self, request: pkg.Request) -> pkg.Response:
        best: Optional[pkg.Response] = None
        failed: Exception = OSError("the repository has no address")
        for _ in self.addresses:
            try:
                answer = self._ask(self.addresses[0], request)
            except (OSError, http.client.HTTPException) as error:
                failed = error
            else:
                if answer.status in (200, 206, 304):
                    return answer
                best = best or answer  # an answer says more than none
            self.turn()
        if best is None:
            raise OSError(str(failed)) from failed
        return best

    def _ask(self, address: str, request: pkg.Request) -> pkg.Response:
        self.close()
        asked = urllib.request.Request(f"{address}/{request.path}", headers=request.headers)
        try:
            self.answer = self.opener.open(asked, timeout=self.patience)
        except urllib.error.HTTPError as error:  # an answer, too: 304, 404 and others
            self.answer = error
        headers = self.answer.headers
        if headers.get("Content-Encoding", "identity") != "identity":
            raise OSError("the server encodes the file although it was asked not to")
        small = request.first is None or (request.length or self.SMALL + 1) <= self.SMALL
        body = _Body(self.answer, 4 * self.patience if small else 24 * 3600)
        return pkg.Response(self.answer.status, body, headers.get("ETag"), headers.get("Content-Range"))


def replace(path: pathlib.Path, data: bytes) -> None:
    """Replaces a file: after a power cut the old one or the new one is there, whole."""
    beside = path.with_name(path.name + ".new")
    with open(beside, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def log(what: str, error: pkg.Error | OSError) -> None:
    name = f"[{error.name}] {error.message}" if isinstance(error, pkg.Error) else str(error)
    print(f"log: {what}: {name}", file=sys.stderr)


class Client:
    """What the device remembers."""

    def __init__(self, folder: pathlib.Path, pinned: pathlib.Path):
        self.folder = folder
        newest = folder / "keyring"
        self.keyring = pkg.Keyring((newest if newest.exists() else pinned).read_bytes())
        path = folder / "state"
        if path.exists():
            self.store = pkg.Store(pkg.FileStorage(path, STATE))
            text = self.store.current.decode()
            # The first line is this client's own: which slot runs, "-" before anything does.
            self.slot = text.split("\n", 1)[0].removeprefix("# slot ")
            self.device, self.choices = pkg.state_from_text(text, self.keyring)
        else:  # the first start; a state that is lost later is no reason to come here again
            self.slot = "-"
            factory = (folder / "factory.toml").read_text(encoding="utf-8")
            self.device, self.choices = pkg.state_from_text(factory, self.keyring)
            self.store = pkg.Store.create(pkg.FileStorage(path, STATE), self.text(self.slot))

    def text(self, slot: str) -> bytes:
        return f"# slot {slot}\n{pkg.state_to_text(self.device, self.choices, self.keyring)}".encode()

    def save(self) -> None:
        self.store.update(self.text(self.slot))

    def booted(self, how: str) -> None:
        """How the start of what was installed went. What did not start is not tried again by itself."""
        manifest = self.store.pending
        if manifest is None:
            print("nothing waits to be confirmed")
        elif how == "ok":
            self.store.confirm(manifest)
            print("confirmed: it runs")
        else:
            replace(self.folder / "failed", manifest)
            self.store.revert()
            print("taken back: what ran before runs")


class Outcome(enum.Enum):
    """What became of an install."""

    INSTALLED = enum.auto()
    UNREAD = enum.auto()  # a connection broke: it resumes in the next round
    REFUSED = enum.auto()  # it breaks a rule at every address


class Round:
    """One round: is there something new, and what is to be done about it?"""

    def __init__(self, client: Client, web: Web, id: str, elapsed: int, yes: bool):
        self.client, self.web, self.yes = client, web, yes
        self.path = client.folder / "repository"
        self.stored = self.path.read_bytes() if self.path.exists() else b""
        self.repository = pkg.Repository(id, client.device, web, client.keyring, self.stored)
        client.choices.elapse(elapsed)
        self.repository.elapse(elapsed)

    def run(self) -> int:
        try:
            self.look()
            found = self.gather()
            self.client.save()
            self.keep_record()  # once all that it lists was heard
            return self.act(found)
        finally:
            self.web.close()

    def keep_record(self) -> None:
        record = self.repository.record
        if record != self.stored:
            replace(self.path, record)
            self.stored = record

    def look(self) -> None:
        """Asks for the head. Where that fails, or the head is old, the other addresses are asked."""
        client, overdue = self.client, None
        for _ in self.web.addresses:
            version, failed = client.keyring.version, False
            try:
                self.repository.look(client.keyring, client.device, client.choices)
            except (pkg.Error, OSError) as error:
                failed = True
                log("nothing new", error)
                if isinstance(error, pkg.Refused) and error.name == "REP-4":
                    print(f"alarm: [REP-4] {error.message}")
                    self.keep_record()  # the other head is evidence
            if client.keyring.version > version:
                # The file first, then the state, which refuses an older one from now on.
                replace(client.folder / "keyring", self.repository.keyring_file or b"")
                client.save()
                print(f"log: keyring version {client.keyring.version} is in force", file=sys.stderr)
            overdue = self.repository.overdue()
            if not failed and overdue == 0:
                return
            self.web.turn()
        if overdue:
            print(f"may be behind: a newer head is overdue by {overdue} seconds, updates may be withheld")

    def gather(self) -> List[pkg.Verified]:
        """The packages that the device should look at."""
        client, found = self.client, []
        path = client.folder / "failed"
        failed = path.read_bytes() if path.exists() else None
        while True:
            try:
                package = self.repository.next(client.keyring, client.device, client.choices)
            except (pkg.Error, OSError) as error:
                log("a package", error)
                continue
            if package is None:
                break
            client.device.seen(package)
            client.choices.heard(package)
            if package.manifest_digest == failed:
                client.choices.decline(package)
            found.append(package)
        if failed is not None:
            client.save()
            path.unlink()
        return found

    def act(self, found: List[pkg.Verified]) -> int:
        """Decides on what was found, and does it. Where a package breaks a rule, the next one that fits is tried. What merely
        could not be read resumes in the next round: nothing else may be written over it meanwhile."""
        choices, Verdict, has_failed = self.client.choices, pkg.Verdict, False
        while True:
            decision = pkg.decide(self.client.device, choices, found)
            package, verdict = decision.package, decision.verdict
            if package is not None and verdict == Verdict.INSTALL:
                outcome = self.install(package)
                if outcome is Outcome.INSTALLED:
                    return 0
                if outcome is Outcome.UNREAD:
                    return self.failed()
                if not has_failed:  # steps went up to the first that fits
                    self.repository.rewind(all=True)
                    found = self.gather()
                    has_failed = True
                # Another fix is better than none; a feature is no replacement for a fix.
                found = [p for p in found if p.is_security and p.manifest_digest != package.manifest_digest]
            elif package is not None and verdict in (Verdict.NOTIFY, Verdict.ADVISE):
                print(decision.title, decision.action, sep="\n")
                choices.notified(package)
                self.client.save()
                if verdict == Verdict.NOTIFY and not self.yes:
                    print("told; the next round goes on")
                    return 0
            elif package is not None and verdict in (Verdict.ASK_DOWNLOAD, Verdict.ASK_APPROVAL) and self.yes:
                choices.approve_download(package)
                choices.approve(package)
                self.client.save()
            elif has_failed:
                return self.failed()
            else:
                print(decision.reason)
                return 0

    def failed(self) -> int:
        print("it could not be installed; the next round tries again", file=sys.stderr)
        return 2

    def install(self, decided: pkg.Verified) -> Outcome:
        """From the network into the slot. The delta first; where there is none or it is refused, the full package, at each
        address."""
        client, repository = self.client, self.repository
        client.store.check()
        packages: List[Tuple[str, Callable[..., pkg.Verified]]] = [("the delta", repository.delta)]
        packages += [("the package", repository.package)] * len(self.web.addresses)
        for what, way in packages:
            try:
                with way(client.keyring, client.device, decided) as package:
                    self.write(package)
                return Outcome.INSTALLED
            except (pkg.Error, OSError) as error:
                if what == "the delta" and isinstance(error, pkg.Error) and error.name == "MISSING":
                    continue
                log(what, error)
                if isinstance(error, OSError) or error.name == "IO":
                    return Outcome.UNREAD
                if what == "the package":
                    self.web.turn()
        return Outcome.REFUSED

    def write(self, package: pkg.Verified) -> None:
        """Writes the images to the slot that does not run, and stores what will be true once they run."""
        client = self.client
        to = "b" if client.slot == "a" else "a"
        (client.folder / to).mkdir(exist_ok=True)
        targets, how = [], "in full"
        for image in package.images:
            storage = pkg.FileStorage(client.folder / to / image.component, image.size)
            base: Optional[pkg.FileStorage] = None
            if image.codec == pkg.Codec.DELTA:
                how, base = "by delta", pkg.FileStorage(client.folder / client.slot / image.component)
            targets.append(pkg.Target(image.component, storage, base, f"{to}/{image.component}"))
        package.install(targets, pkg.FileStorage(client.folder / "journal", 8 << 10))
        for image in package.images:  # what an older, longer image left there
            os.truncate(client.folder / to / image.component, image.size)
        client.device.installed(package)
        client.choices.installed(package)
        client.store.stage(package.manifest_digest, client.text(to))
        print(f"installed {package.version} {how}; restart to run it")


def main() -> int:
    parser = argparse.ArgumentParser(description="One round of a device that follows a repository.")
    parser.add_argument("-y", action="store_true", help="answer yes to every question")
    parser.add_argument("-e", type=int, default=0, help="seconds since the last round, by a clock that only goes forward")
    parser.add_argument("-p", type=float, default=60, help="give up on an answer that stops for so many seconds")
    parser.add_argument("-b", choices=["ok", "failed"], help="how the start of what was installed went")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("keyring", type=pathlib.Path)
    parser.add_argument("id", nargs="?")
    parser.add_argument("address", nargs="*")
    args = parser.parse_args()
    client = Client(args.folder, args.keyring)
    if args.b:
        client.booted(args.b)
    elif client.store.pending is not None:
        print("installed, and waits for its start")
    elif args.id is None or not args.address:
        parser.error("the id and the addresses of the repository are missing")
    else:
        return Round(client, Web(args.address, args.p), args.id, args.e, args.y).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
