"""How the cost of applying with `pkg` grows with the image: time may grow, memory must not."""
import os

from .pairs import Pair
from .rows import medians
from .table import lines

SIZES = [10_000_000, 100_000_000, 1_000_000_000]
PIECE = 1 << 20


def report(bench, pairs, program):
    body = []
    for size in SIZES:
        pair = joined(bench.work, pairs, size)
        bench.pair(pair, {"pkg": program})
        made, applied = ([row for row in bench.raw.rows if row["pair"] == pair.name and row["step"] == step]
                         for step in ("make", "apply"))
        for path in (pair.old, pair.new):
            os.remove(path)
        failure = next((row["failure"] for row in made + applied if row["failure"]), None)
        if failure:
            body.append([f"{size / 1e6:,.0f} MB", failure] + [""] * 7)
            continue
        make, apply = medians(made), medians(applied)
        body.append([f"{size / 1e6:,.0f} MB", f"{int(made[0]['bytes']):,}",
                     f"{make['wall_s']:.2f}", f"{make['cpu_s']:.2f}", f"{make['peak_mib']:.0f}",
                     f"{apply['wall_s']:.2f}", f"{apply['cpu_s']:.2f}", f"{size / 1e6 / apply['wall_s']:.0f}",
                     f"{apply['peak_mib']:.1f}"])
    head = ["image", "patch", "making: wall s", "CPU s", "peak MiB", "applying: wall s", "CPU s", "MB/s", "peak MiB"]
    return ("\n### Memory and time by the size of the image\n\nImages of the corpus joined, the smallest first and from "
            "the start again until the size is reached.\n\n" + lines(head, body))


def joined(folder, pairs, size):
    paths = {which: os.path.join(folder, f"joined-{which}") for which in ("old", "new")}
    for which, path in paths.items():
        with open(path, "wb") as out:
            while out.tell() < size:
                for pair in pairs:
                    append(out, getattr(pair, which), size)
    return Pair(f"joined-{size // 1_000_000}", paths["old"], paths["new"], size, size, 0.0)


def append(out, path, size):
    with open(path, "rb") as file:
        while piece := file.read(min(PIECE, size - out.tell())):
            out.write(piece)
