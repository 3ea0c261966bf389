#!/usr/bin/env python3
"""Writes deltas with layouts that no encoder makes, drawn at random from all that DELTA.md allows, and some that break
a rule; each as a vector (format-spec/delta-vectors/README.md) with what this verifier makes of it.

    python3 layouts.py FOLDER COUNT SEED
    cargo run -p pkg-tests --example layouts -- FOLDER

The second command holds the library to them. The same seed draws the same deltas.
"""

import collections
import pathlib
import random
import sys
from hashlib import sha256

sys.dont_write_bytecode = True

import delta  # noqa: E402
from cbor import Refused  # noqa: E402
from delta_layout import VERSION  # noqa: E402
from layouts_coder import MEMORY, DrawnChunk, DrawnMap, Writer  # noqa: E402
from layouts_numbers import Drawn  # noqa: E402

# What is done to a whole delta: to its memory, its preamble, its first chunk, and the others.
SPOILT = {
    "memory": lambda memory, preamble, first, rest: (memory - 1, preamble, [first, *rest]),
    "image": lambda memory, preamble, first, rest: (memory + 16, preamble, [(first[0] + 1, first[1]), *rest]),
    "version": lambda memory, preamble, first, rest: (memory, b"\1" + preamble[1:], [first, *rest]),
    "chunk": lambda memory, preamble, first, rest: (memory, preamble, [(first[0], b"\3" + first[1][1:]), *rest]),
}
# What is wrong with a delta, and how often each comes in a hundred; the others are sound.
FAULTS = ["number"] * 14 + ["stretch"] * 10 + ["memory"] + "pieces columns candidates rows halved".split() + [*SPOILT]


def draw(dice):
    """A delta: what is in it, its base, memory, preamble and chunks, and what came of it when it was drawn."""
    fault = dice.choice(FAULTS + [None] * (100 - len(FAULTS)))
    layout = Drawn(dice, fault)
    base, sizes, writer = bytes(layout.base), cut(dice, layout.image), Writer()
    halved = dice.randrange(8) if fault != "halved" else dice.choice((8, 9, 64, 2**62))
    chunks, memory = [(size, b"\1\1") for size in sizes], MEMORY + layout.image
    try:
        stretches = DrawnMap(dice, writer, layout, halved, fault == "stretch")
        drawn = [DrawnChunk(dice, base, stretches, sum(sizes[:k]), size) for k, size in enumerate(sizes)]
        chunks = [(size, chunk.stored()) for size, chunk in zip(sizes, drawn)]
        memory = stretches.memory + max(chunk.taken() for chunk in drawn)
        came = sha256(b"".join(bytes(chunk.out) for chunk in drawn)).hexdigest()
        what = f"{layout.summary()}, {len(stretches.stretches)} stretches, {len(chunks)} chunks"
    except Refused as refused:
        came, what = refused.rule, f"{layout.summary()}, wrong: {fault}"
    preamble = bytes([VERSION]) + writer.stored()
    memory += len(preamble) + max(len(stored) for stored in [preamble] + [stored for _, stored in chunks])
    if fault in SPOILT:
        came, what = None, f"{what}, wrong: {fault}"
        memory, preamble, chunks = SPOILT[fault](memory, preamble, chunks[0], chunks[1:])
    return what, base, memory, preamble, chunks, came


def cut(dice, image):
    """The sizes of chunks."""
    cuts = sorted({0, image, *(dice.randrange(image) for _ in range(dice.choice((0, 0, 1, 3))))})
    return [to - at for at, to in zip(cuts, cuts[1:])]


def verdict(base, memory, preamble, chunks):
    try:
        return sha256(b"".join(delta.image(base, memory, preamble, chunks))).hexdigest()
    except Refused as refused:
        return refused.rule


def main(folder, count, seed):
    verdicts = collections.Counter()
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(count):
        name = f"l{n:06}"
        what, base, memory, preamble, chunks, came = draw(random.Random(f"{seed} {n}"))
        found = verdict(base, memory, preamble, chunks)
        if came is not None and found != came:
            sys.exit(f"{name} of seed {seed}: drawn as {came}, decoded as {found}")
        refused = "-" in found
        lines = [("name", name), ("description", what), ("base", base.hex()), ("memory", memory)]
        lines += [("preamble", preamble.hex()), *(("chunk", f"{size} {stored.hex()}") for size, stored in chunks)]
        lines.append(("rule" if refused else "sha256", found))
        (folder / f"{name}.delta").write_text("".join(f"{key}: {value}\n" for key, value in lines), "utf-8")
        verdicts[found if refused else "accepted"] += 1
    told = ", ".join(f"{number} {what}" for what, number in sorted(verdicts.items()))
    print(f"{count} layouts of seed {seed}: {told}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
