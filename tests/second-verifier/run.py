#!/usr/bin/env python3
"""Checks the second verifier against every vector of format-spec/vectors, delta-vectors, keyring-vectors and
repository-vectors (their README.md describe the files), and the worked examples of SPEC.md and REPOSITORY.md.

    python3 run.py [FOLDER]

Prints a line for each disagreement and a summary. Exit status 1 if there is a disagreement, or if no vector shows some
refusal of this verifier.
"""

import ast
import io
import pathlib
import sys
import time
import tomllib
from hashlib import sha256

sys.dont_write_bytecode = True

import delta  # noqa: E402
import examples  # noqa: E402
import repository  # noqa: E402
from cbor import Refused  # noqa: E402
from delta_layout import Map  # noqa: E402
from device import Device  # noqa: E402
from package import KEYRING_FILE, Keyring, Policy, keyring_versions  # noqa: E402
from verify import judge  # noqa: E402

SPEC = pathlib.Path(__file__).resolve().parents[2] / "format-spec"
VECTORS, DELTAS, ROTATIONS = SPEC / "vectors", SPEC / "delta-vectors", SPEC / "keyring-vectors"
REPOSITORIES = SPEC / "repository-vectors"
OPTIONAL = {"state", "policy-decode-memory", "policy-jump", "policy-testing", "rule", "fit"}
REQUIRED = {"name", "description", "kind", "keyring", "expect", "released", "released-sha256", "package-bytes"}


# Places where this verifier refuses, as file and line: those that a vector reached, and those that none can reach.
REACHED = set()
UNREACHABLE = {("shared.py", "CBR-11")}  # no bytes that pass the first guard have a second form


def rule_of(refused):
    """Returns the rule, after recording where it was named."""
    place = refused.__traceback__
    while place:
        REACHED.add((pathlib.Path(place.tb_frame.f_code.co_filename).name, place.tb_lineno))
        place = place.tb_next
    return refused.rule


def too_large():
    """Tries what is too large for a vector: a keyring file, a base. Returns how many are not refused correctly."""
    wrong = 0
    for rule, attempt in (("CON-4", lambda: keyring_versions(io.BytesIO(bytes(KEYRING_FILE + 1)))),
                          ("CON-4", lambda: repository.page(bytes(repository.PAGE_BYTES + 1))),
                          ("DLT-2", lambda: Map(b"\2", range(2**40 - 1), 1, 2**30))):
        try:
            attempt()
            wrong += 1
        except Refused as refused:
            wrong += rule_of(refused) != rule
    return wrong


def refusals():
    """Every call of `refuse` and `refuse_if` in the verifier: file, lines, and the rule as written."""
    for path in sorted(pathlib.Path(__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) in ("refuse", "refuse_if"):
                rule = node.args[-1]
                rule = rule.value if isinstance(rule, ast.Constant) else ast.unparse(rule)
                yield path.name, range(node.lineno, node.end_lineno + 1), rule


def unseen():
    """Refusals that no vector shows."""
    wrong = too_large()
    for name, lines, rule in refusals():
        reached = any((name, line) in REACHED for line in lines)
        if reached == ((name, rule) in UNREACHABLE):
            wrong += 1
            print(f"{name}:{lines[0]}: {rule}:", "is listed as out of reach" if reached else "no vector shows it")
    print(f"{sum(1 for _ in refusals())} refusals, {wrong} not as listed")
    return 1 if wrong else 0


def read(path):
    """The header of a vector and its package."""
    head, package = path.read_bytes().split(b"\n\n", 1)
    header = dict(line.split(": ", 1) for line in head.decode().split("\n"))
    sound = REQUIRED <= header.keys() <= REQUIRED | OPTIONAL and header["name"] == path.stem
    if not sound or int(header["package-bytes"]) != len(package):
        raise ValueError(f"{path.name} is no vector")
    return header, package


def policy(header):
    policy = Policy()
    policy.decode_memory = int(header.get("policy-decode-memory", policy.decode_memory))
    policy.jump = int(header.get("policy-jump", policy.jump))
    policy.testing = header.get("policy-testing") != "refuse"
    return policy


def expected(header):
    return {key: header[key] for key in ("expect", "rule", "fit", "released", "released-sha256") if key in header}


def found(header, package, keyring, device):
    released = bytearray()
    try:
        fit = judge(io.BytesIO(package), keyring, policy(header), device, released.extend)
        verdict = {"expect": "accepted", **({"fit": fit} if fit else {})}
    except Refused as refused:
        verdict = {"expect": "refused", "rule": rule_of(refused)}
    return {**verdict, "released": str(len(released)), "released-sha256": sha256(released).hexdigest()}


def rebuilt(path):
    """The expected and the actual result of a delta vector."""
    fields, chunks = {}, []
    for line in path.read_text("utf-8").splitlines():
        key, value = line.split(": ", 1) if ": " in line else (line.rstrip(":"), "")
        if key == "chunk":
            size, stored = value.split(" ")
            chunks.append((int(size), bytes.fromhex(stored)))
        fields[key] = value
    base, preamble = bytes.fromhex(fields["base"]), bytes.fromhex(fields["preamble"])
    want = fields.get("rule") or fields["sha256"]
    try:
        pieces = delta.image(base, int(fields["memory"]), preamble, chunks)
        return want, sha256(b"".join(pieces)).hexdigest()
    except Refused as refused:
        return want, rule_of(refused)


def deltas(folder):
    start = time.monotonic()
    vectors = sorted(folder.glob("*.delta"))
    wrong = 0
    for path in vectors:
        want, got = rebuilt(path)
        if want != got:
            wrong += 1
            print(f"{path.name}: expected {want}, found {got}")
    print(f"{len(vectors)} deltas, {wrong} disagree, {time.monotonic() - start:.1f} s")
    return 1 if wrong or not vectors else 0


def rotated(path):
    """The expected and the actual result of a keyring vector."""
    head, offered = path.read_bytes().split(b"\n\n", 1)
    header = dict(line.split(": ", 1) for line in head.decode().split("\n"))
    want = header.get("rule") or (header["version"], header["digest"])
    try:
        if header["current"] == "none":
            keyring = Keyring(io.BytesIO(offered))
        else:
            keyring = Keyring(io.BytesIO((path.parent / (header["current"] + ".keyring")).read_bytes()))
            keyring.update(io.BytesIO(offered))
        return want, (str(keyring.fields["version"]), keyring.digest.hex())
    except Refused as refused:
        return want, rule_of(refused)


def rotations(folder):
    start = time.monotonic()
    vectors = sorted(folder.glob("*.rotation"))
    wrong = 0
    for path in vectors:
        want, got = rotated(path)
        if want != got:
            wrong += 1
            print(f"{path.name}: expected {want}, found {got}")
    print(f"{len(vectors)} rotations, {wrong} disagree, {time.monotonic() - start:.1f} s")
    return 1 if wrong or not vectors else 0


def repositories(folder):
    start = time.monotonic()
    keyrings = {path.stem: Keyring(io.BytesIO(path.read_bytes())) for path in folder.glob("*.keyring")}
    vectors = sorted(folder.glob("*.repository"))
    wrong = 0
    for path in vectors:
        head, rest = path.read_bytes().split(b"\n\n", 1)
        header, parts = [line.split(": ", 1) for line in head.decode().split("\n")], []
        for kind, size in (value.split(" ") for key, value in header if key == "part"):
            parts.append((kind, rest[:int(size)]))
            rest = rest[int(size):]
        want = dict(header).get("rule", "accepted")
        try:
            repository.judge(header, parts, keyrings)
            got = "accepted"
        except Refused as refused:
            got = rule_of(refused)
        if want != got or rest:
            wrong += 1
            print(f"{path.name}: expected {want}, found {got}")
    print(f"{len(vectors)} heads, logs and entries, {wrong} disagree, {time.monotonic() - start:.1f} s")
    return 1 if wrong or not vectors else 0


def worked(path):
    """The worked examples of the text."""
    try:
        wrong = examples.examples(path)
    except Refused as refused:
        wrong = [refused.rule]
        print(f"SPEC.md: its example is refused: {refused.rule}")
    print(f"worked examples of SPEC.md and REPOSITORY.md: {len(wrong)} wrong")
    return 1 if wrong else 0


def main(folder):
    start = time.monotonic()
    keyrings = {path.stem: Keyring(io.BytesIO(path.read_bytes())) for path in folder.glob("*.keyring")}
    devices = {path.name.removesuffix(".state.toml"): Device(tomllib.loads(path.read_text("utf-8")))
               for path in folder.glob("*.state.toml")}
    vectors = sorted(folder.glob("*.vec"))
    wrong = 0
    for path in vectors:
        header, package = read(path)
        device = devices[header["state"]] if "state" in header else None
        want, got = expected(header), found(header, package, keyrings[header["keyring"]], device)
        if want != got:
            wrong += 1
            differing = [key for key in want | got if want.get(key) != got.get(key)]
            print(f"{path.name}: expected", "; ".join(f"{k} {want.get(k)}, found {got.get(k)}" for k in differing))
    print(f"{len(vectors)} vectors, {wrong} disagree, {time.monotonic() - start:.1f} s")
    return 1 if wrong or not vectors else 0


if __name__ == "__main__":
    if sys.argv[1:]:
        folder = pathlib.Path(sys.argv[1])
        more = [judge for ending, judge in (("delta", deltas), ("rotation", rotations), ("repository", repositories)) if any(folder.glob(f"*.{ending}"))]
        sys.exit(main(folder) | max((judge(folder) for judge in more), default=0))
    sys.exit(main(VECTORS) | deltas(DELTAS) | rotations(ROTATIONS) | repositories(REPOSITORIES) | worked(SPEC / "SPEC.md") | unseen())
