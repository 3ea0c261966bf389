"""Checks every statement of the vectors that a verifier accepts against format-spec/package.cddl.

    python3 check.py FOLDER

FOLDER is format-spec. Prints a line for each statement that does not fit, and a summary. Each statement is also damaged, and
must then not fit. Exit status 1 if something is wrong.
"""

import io
import pathlib
import sys
import tarfile
from collections import Counter

from cddl_verifier import Validator, schema_diagnostics

# The first rule of each member of a package, of a keyring file (SPEC 2.2, 5.2) or of the file of a head.
RULES = {
    "manifest.cbor": "manifest-map",
    "manifest.cose": "cose",
    "delivery.cbor": "delivery-map",
    "delivery.cose": "cose",
    "keyring.cbor": "keyring",
    "keyring.cose": "cose",
    "head.cbor": "repository-head",
    "head.cose": "cose",
}


def statements(data):
    """The statements and signatures of a package, a keyring file or the file of a head: names and bytes."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            name = member.name.rsplit("/", 1)[-1]
            if name in RULES:
                yield name, archive.extractfile(member).read()


def accepted(spec):
    """Every package and keyring that a verifier accepts: the name of its file, and its bytes."""
    for path in sorted((spec / "vectors").glob("*.vec")):
        head, package = path.read_bytes().split(b"\n\n", 1)
        if b"expect: accepted" in head.split(b"\n"):
            yield path.name, package
    for folder in (spec / "vectors", spec / "keyring-vectors"):
        for path in sorted(folder.glob("*.keyring")):
            yield path.name, path.read_bytes()
    for path in sorted((spec / "keyring-vectors").glob("*.rotation")):
        head, offered = path.read_bytes().split(b"\n\n", 1)
        if b"\nrule: " not in head:
            yield path.name, offered


# What a repository vector has that is no container.
LOOSE = {"head": "repository-head", "page": "page", "entry": "listed-entry"}


def parts(spec):
    """The parts of every repository vector that is accepted: the name of its file, the kind of the part, and its bytes."""
    for path in sorted((spec / "repository-vectors").glob("*.repository")):
        head, rest = path.read_bytes().split(b"\n\n", 1)
        for line in head.decode().split("\n"):
            if line.startswith("part: "):
                kind, size = line.split(" ")[1:]
                if "\nrule: " not in head.decode():
                    yield path.name, kind, rest[:int(size)]
                rest = rest[int(size):]


def all_statements(spec):
    """Every statement that a verifier accepts: the name of the file, what it is, its rule, its bytes."""
    files = [*accepted(spec), *((name, data) for name, kind, data in parts(spec) if kind in ("stored", "offered"))]
    for place, data in files:
        for name, statement in statements(data):
            yield place, name, RULES[name], statement
    for place, kind, data in parts(spec):
        if kind in LOOSE:
            yield place, kind, LOOSE[kind], data


def damaged(data):
    """A value of the wrong type where the first one was, and bytes behind the end."""
    yield b"\x01"
    yield data[:1] + b"\x01" + data[2:]
    yield data + b"\x00"


def main(folder):
    text = (folder / "package.cddl").read_text("utf-8")
    for diagnostic in schema_diagnostics(text):
        print("package.cddl:", diagnostic)
    validator = Validator(text)
    fit, wrong = Counter(), 0
    for place, name, rule, statement in all_statements(folder):
        result = validator.validate(statement, rule)
        if not result.valid:
            wrong += 1
            print(f"{place}: {name}:", "; ".join(str(d) for d in result.diagnostics[:3]))
            continue
        if any(validator.validate(bad, rule).valid for bad in damaged(statement)):
            wrong += 1
            print(f"{place}: {name}: fits although it is damaged")
        fit[name] += 1
    missing = [name for name in (*RULES, *LOOSE) if not fit[name]]
    print(", ".join(f"{n} {name}" for name, n in sorted(fit.items())), f"fit package.cddl, {wrong} wrong")
    for name in missing:
        print("no vector has", name)
    return 1 if wrong or missing else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
