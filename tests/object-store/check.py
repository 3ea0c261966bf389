"""Publishes to moto: as docs/repository.md says, at once with others, killed at random moments, mirrored, fetched.

tests/object-store/run starts it.
"""

import contextlib
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import boto3

PUBLISHERS = int(os.environ.get("PUBLISHERS", "8"))
EACH = int(os.environ.get("EACH", "25"))
KILLS = int(os.environ.get("KILLS", "30"))
STORE = "s3://acme-updates/race"
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/repository.md"
LOG = ["--product", "acme/cam-x1", "--keyring", "cam.keyring"]
SIGN = ["--key", "catalogue.key", "--keyring", "cam.keyring"]
NOTICE = """kind = "notice"
id = "notice-{n}"
contact = "security@acme.example"
sequence = {n}

[product]
vendor = "acme"
name = "cam-x1"
hardware = ["rev-a"]
languages = ["en"]

[[status]]
id = "CVE-2026-{cve}"
status = "affected"
states = ["{ones}"]

[[remediation]]
category = "workaround"
ids = ["CVE-2026-{cve}"]
states = ["{ones}"]
text.en = "Switch off UPnP."

[advisory.en]
title = "UPnP restarts the camera"
summary = "A message makes the camera restart."
details = "The service reads past the end of a message."
impact = "Recording is interrupted."

[action]
code = "configure"
restart = "none"
text.en = "Switch off UPnP until the update is there."
"""


def pkg(*args, check=True):
    """Runs pkg; what it printed and said."""
    run = subprocess.run(["pkg", "-q", *args], capture_output=True, text=True)
    if check and run.returncode != 0:
        sys.exit(f"FAIL: pkg {' '.join(args)}: {run.returncode}\n{run.stdout}{run.stderr}")
    return run


def publish(package):
    return ["pkg", "-q", "publish", package, "--to", STORE, *SIGN]


def report(check=True):
    return json.loads(pkg("repository", "check", STORE, *LOG, "--json", check=check).stdout)


def sequences():
    shown = json.loads(pkg("repository", "show", STORE, *LOG, "--json").stdout)
    return [entry["sequence"] for entry in shown["entries"]], shown["version"]


@contextlib.contextmanager
def store():
    """A store with a bucket."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    moto = pathlib.Path(sys.executable).with_name("moto_server")
    server = subprocess.Popen([moto, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        os.environ.update(
            AWS_ACCESS_KEY_ID="key", AWS_SECRET_ACCESS_KEY="secret", AWS_REGION="us-east-1",
            AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
        )
        client = boto3.client("s3", region_name="us-east-1")
        for _ in range(100):
            with contextlib.suppress(Exception):
                client.create_bucket(Bucket="acme-updates")
                break
            time.sleep(0.2)
        yield client
    finally:
        server.terminate()
        server.wait()


def packages(count):
    """Keys, a keyring, and so many notices."""
    for key in ["root", "release", "catalogue"]:
        pkg("key", "new", key, "--no-passphrase")
    roles = ["--add", "security,feature,notice,withdrawal,delivery=release.pub", "--add", "catalogue=catalogue.pub"]
    pkg("keyring", "new", "--root", "root.pub", *roles, "--sign", "root.key", "-o", "cam.keyring")
    for n in range(1, count + 1):
        path = pathlib.Path(f"{n}.toml")
        path.write_text(NOTICE.format(n=n, cve=20000 + n, ones="1" * 64))
        pkg("build", str(path), "-o", "out", "--key", "release.key", "--keyring", "cam.keyring")


def package(n):
    return f"out/cam-x1-notice-{n}.notice.pkg"


def documented():
    """The commands of the page, as they stand there."""
    text = PAGE.read_text()
    sections = [text.split(f"## {name}\n")[1].split("\n## ")[0] for name in ["S3 and other object stores", "An embargo"]]
    work = pathlib.Path("documented")
    (work / "out").mkdir(parents=True)
    for name in ["catalogue.key", "cam.keyring"]:
        (work / name).write_bytes(pathlib.Path(name).read_bytes())
        (work / name).chmod(0o600)
    count = 0
    for n, section in enumerate(sections, start=1):
        (work / f"out/{n}.pkg").write_bytes(pathlib.Path(package(n)).read_bytes())
        for command in [line[2:] for line in section.splitlines() if line.startswith("$ pkg ")]:
            run = subprocess.run(["sh", "-c", command], cwd=work, capture_output=True, text=True)
            assert run.returncode == 0, f"{command}\n{run.stdout}{run.stderr}"
            count += 1
    assert count == 7, f"{count} commands"
    print(f"{PAGE.name}: {count} commands of the publishers at object stores work")


def race():
    """Everybody publishes at once, each release with a process of its own."""
    failed = []

    def publisher(number):
        for n in range(number * EACH + 1, number * EACH + EACH + 1):
            run = subprocess.run(publish(package(n)), capture_output=True, text=True)
            if run.returncode != 0:
                failed.append(f"{n}: {run.stderr}")

    begin = time.monotonic()
    threads = [threading.Thread(target=publisher, args=[number]) for number in range(PUBLISHERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed
    found, version = sequences()
    count = PUBLISHERS * EACH
    assert sorted(found) == list(range(1, count + 1)), f"{len(found)} entries, {len(set(found))} of them different"
    # One head for each publication after the first head; the check compares the root of each with the log.
    assert version == count + 1, version
    assert report()["verdict"] == "whole"
    took = time.monotonic() - begin
    print(f"{PUBLISHERS} publishers at once: {count} entries, none lost, none double, {version} heads follow from the log; {took:.0f} s")


def kills(first):
    """Publishers are killed at random moments. What is there is as before or as after, and publishing again completes it."""
    moments = random.Random(1)
    took = time.monotonic()
    subprocess.run(publish(package(first)), check=True, capture_output=True)
    took = time.monotonic() - took
    before = after = 0
    for n in range(first + 1, first + 1 + KILLS):
        process = subprocess.Popen(publish(package(n)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0, took * 1.1))
        process.send_signal(signal.SIGKILL)
        process.wait()
        found, _ = sequences()
        assert sorted(found) in [list(range(1, n)), list(range(1, n + 1))], found
        before, after = before + (len(found) == n - 1), after + (len(found) == n)
        # The copy in `head` may be behind until somebody publishes again; nothing else is wrong.
        faults = report(check=False)["faults"]
        assert all(fault["rule"] == "REP-3" and fault["path"].endswith("/head") for fault in faults), faults
        subprocess.run(publish(package(n)), check=True, capture_output=True)
        assert sorted(sequences()[0]) == list(range(1, n + 1))
    assert report()["verdict"] == "whole"
    print(f"{KILLS} publishers killed: {before} left it as before, {after} as after")


def copies(client, count):
    """What is there, and what is made of it."""
    pkg("repository", "mirror", STORE, "copy", *LOG)
    pkg("repository", "check", "copy", *LOG)
    pkg("repository", "mirror", "copy", "s3://acme-updates", *LOG)
    pkg("fetch", STORE, "-o", "fetched", *LOG)
    assert len(os.listdir("fetched")) == count, os.listdir("fetched")
    caches = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="acme-updates", Prefix="race/"):
        for found in page["Contents"]:
            head = client.head_object(Bucket="acme-updates", Key=found["Key"])
            caches.setdefault(head["CacheControl"], []).append(found["Key"])
    assert caches.pop("max-age=60, no-transform") == ["race/products/acme/cam-x1/stable/head"]
    assert list(caches) == ["max-age=31536000, immutable, no-transform"], list(caches)
    print(f"mirrored to a folder and to another prefix, fetched: {count} packages")


def large():
    """A file that goes in parts arrives as it was."""
    image = random.Random(2).randbytes(150 << 20)
    pathlib.Path("large.img").write_bytes(image)
    pathlib.Path("large.toml").write_text(LARGE)
    pkg("build", "large.toml", "-o", "large", "--key", "release.key", "--keyring", "cam.keyring", "--level", "fast")
    pkg("publish", "large", "--to", STORE, *SIGN)
    assert report()["bytes"] > 150 << 20
    print("a package of 150 MiB went in parts, and was read back")


LARGE = """[release]
version = "1.0.0"
line = "1.0"
class = "feature"
fresh = true

[product]
vendor = "acme"
name = "cam-x1"
hardware = ["rev-a"]

[support]
until = "2036-12"

[[image]]
component = "rootfs"
file = "large.img"

[[change]]
id = "streaming"
effect = "added"
user-visible = true
text.en = "Streams video to your phone."
"""


def main():
    with tempfile.TemporaryDirectory() as work, store() as client:
        os.chdir(work)
        count = PUBLISHERS * EACH
        packages(count + 1 + KILLS)
        pkg("repository", "new", STORE, "--product", "acme/cam-x1", *SIGN)
        documented()
        race()
        kills(count + 1)
        copies(client, count + 1 + KILLS)
        large()
        os.chdir("/")
    print("passed: object store")


main()
