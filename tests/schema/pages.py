"""Writes the TOML that pages of the documentation show to files of its own: pages.py DOCS FOLDER.

A block is a state file, a history or a release description by the tables that it has. Left out are files of Cargo, and
a few keys that belong into a table above them.
"""

import pathlib
import re
import sys
import tomllib

docs, folder = map(pathlib.Path, sys.argv[1:])
folder.mkdir()
CARGO = {"dependencies", "profile", "build"}
counts = {"release": 0, "history": 0, "state": 0}


def kind(page, table):
    """What a block is; None for one that is not a file."""
    if "installed" in table:
        return "state"
    if page.name == "audit.md" and ("vulnerability" in table or "documentation" in table):
        return "history"
    return "release" if table and not CARGO & set(table) else None


for page in sorted(docs.glob("**/*.md")):
    for block in re.findall(r"^```toml[^\n]*\n(.*?)^```$", page.read_text(), re.M | re.S):
        try:
            table = tomllib.loads(block)
        except tomllib.TOMLDecodeError as error:
            sys.exit(f"{page}: not TOML: {error}\n{block}")
        which = kind(page, table)
        lone = which == "release" and set(table) & {"previous", "merged", "version"} and len(table) <= 2
        if which is None or lone:
            continue
        counts[which] += 1
        (folder / f"{which}-{counts[which]:02}.toml").write_text(block)
for which, count in counts.items():
    if not count:
        sys.exit(f"no page shows a {which}")
