"""The tools that are compared: the settings each is tried with, and its commands.

A tool is a generator. It yields settings and is sent back the size of each patch (None where it
failed), so that a tool may look for its best setting; the smallest patch that reproduces the new
image is "the tool at its best".
"""
import dataclasses
import os
import re
import subprocess

from . import cortex_m


@dataclasses.dataclass
class Setting:
    """Commands may use the folder `here`, which belongs to this setting. What `prepare` makes is not
    measured: a device or a server already has it."""
    name: str
    here: str
    make: list
    apply: list
    prepare: list = dataclasses.field(default_factory=list)
    size: object = None  # bytes to transfer; that of the file `patch` unless told

    @property
    def patch(self):
        return os.path.join(self.here, "patch")

    @property
    def out(self):
        return os.path.join(self.here, "out")

    def bytes(self):
        return self.size() if self.size else os.path.getsize(self.patch)


def covering(size, least=1 << 20, most=1 << 30):
    """The smallest power of two that a file of `size` fits into."""
    return min(max(least, 1 << (size - 1).bit_length()), most)


def best_score(pair, setting, scores):
    """hdiffpatch's match score: the given ones, then downhill from the best. On compressed images
    it moves the size by a few parts in a thousand for a minute a run, so there the given ones must do."""
    sizes = {}
    todo = list(scores)
    while todo:
        for score in todo:
            sizes[score] = yield setting(score)
        made = {score: size for score, size in sizes.items() if size is not None}
        if not made:
            return scores[0]
        best = min(made, key=made.get)
        near = range(max(0, best - 2), best + 3)  # two each way: the sizes have bumps
        todo = [] if pair.compressed else [score for score in near if score not in sizes]
    return best


def hdiffpatch(pair, program, here):
    """One stream or four, the match score, lzma2 or lzma, both with a dictionary that covers all."""
    dictionary = f"{covering(pair.new_size) >> 20}m"
    patcher = os.path.join(os.path.dirname(program), "hpatchz")

    def setting(*options):
        s = Setting(" ".join(options), here(), [], [])
        s.make = [program, "-f", *options, pair.old, pair.new, s.patch]
        s.apply = [patcher, "-f", pair.old, s.patch, s.out]
        return s

    def scored(container, codec="lzma2", block="-block-0"):
        # Without -block-0 blocks of 1 KiB are matched first: faster, seldom smaller. One thread: more cut the stream.
        return lambda score: setting(*container, f"-m-{score}", block, "-p-1", f"-c-{codec}-9-{dictionary}")

    yield setting("-SD", f"-c-lzma2-9-{dictionary}")  # its own defaults, for the time that they take
    # Steps of 32 MiB: the streams of smaller ones compress worse.
    one, four = ["-SD-32m"], []
    score = yield from best_score(pair, scored(one), (0, 3) if pair.compressed else (1, 4, 9))
    yield from best_score(pair, scored(four), (score,))
    score_with_blocks = yield from best_score(pair, scored(one, block="-block-1k"), (score,))
    for block in [] if pair.compressed else ["-block-128", "-block-4k"]:
        yield scored(one, block=block)(score_with_blocks)
    yield scored(one, "lzma")(score)


def detools(pair, program, here):
    def setting(*options):
        s = Setting(" ".join(options), here(), [], [])
        s.make = [program, "create_patch", "-c", "lzma", *options, pair.old, pair.new, s.patch]
        s.apply = [program, "apply_patch", pair.old, s.patch, s.out]
        return s

    # Its applier takes a minute on a compressed root file system: there one score must do.
    yield from best_score(pair, lambda score: setting("-t", "hdiffpatch", "-a", "hdiffpatch", "--match-score", str(score)),
                          (4,) if pair.compressed else (1, 4, 9))
    yield setting("-t", "sequential", "-a", "bsdiff")
    if pair.compressed:
        return
    yield setting("-t", "hdiffpatch", "-a", "match-blocks", "--match-block-size", "16")
    # It knows the code of two of the corpus's processors, slowly (Python): not for whole file systems.
    if pair.new_size < 64 << 20:
        code = ["-t", "sequential", "-a", "bsdiff", "--data-format"]
        yield setting(*code, "aarch64")
        yield setting(*code, "arm-cortex-m4")
        if ranges := cortex_m.options(pair.old, pair.new):
            yield setting(*code, "arm-cortex-m4", *ranges)


def bsdiff(pair, program, here):
    s = Setting("default", here(), [], [])
    s.make = [program, pair.old, pair.new, s.patch]
    s.apply = ["bspatch", pair.old, s.out, s.patch]
    yield s


def xdelta3(pair, program, here):
    # -D: it must not decompress gzip input; compressing it again would give other bytes.
    window = str(covering(pair.old_size, 1 << 19))
    for options in ([], ["-W", str(1 << 24)]):
        s = Setting(" ".join(["-9 -S lzma -B", window, *options]), here(), [], [])
        s.make = [program, "-e", "-D", "-9", "-S", "lzma", "-B", window, *options, "-s", pair.old, pair.new, s.patch]
        s.apply = [program, "-d", "-D", "-R", "-B", window, "-s", pair.old, s.patch, s.out]
        yield s


def zstd(pair, program, here):
    for level in (["-19"], ["--ultra", "-22"]):
        s = Setting(" ".join([*level, "--long=31"]), here(), [], [])
        s.make = [program, "-q", *level, "--long=31", "--patch-from", pair.old, pair.new, "-o", s.patch]
        s.apply = [program, "-q", "-d", "--long=31", "--patch-from", pair.old, s.patch, "-o", s.out]
        yield s


def rdiff(pair, program, here):
    """Its deltas are not compressed, so xz compresses them. The device would send the signature: it is not counted."""
    for block in ("256", "1024"):
        s = Setting(f"-b {block}, xz -9", here(), [], [])
        signature = os.path.join(s.here, "signature")
        s.prepare = [[program, "-b", block, "signature", pair.old, signature]]
        s.make = ["sh", "-c", f'{program} delta "$1" "$2" | xz -9 -c > "$3"', "sh", signature, pair.new, s.patch]
        s.apply = ["sh", "-c", f'xz -d -c "$2" | {program} patch "$1" - "$3"', "sh", pair.old, s.patch, s.out]
        yield s


def zchunk(pair, program, here):
    """Its own tool counts the header and the chunks that the old file lacks. The applier needs a web
    server, so the whole new file is unpacked instead: its time to apply is not comparable."""
    s = Setting("default", here(), [], [])
    old = os.path.join(s.here, "old.zck")
    s.prepare = [[program, "-o", old, pair.old]]
    s.make = [program, "-o", s.patch, pair.new]
    s.apply = ["sh", "-c", 'unzck -c "$1" > "$2"', "sh", s.patch, s.out]

    def size():
        told = subprocess.run(["zck_delta_size", old, s.patch], capture_output=True, text=True).stdout
        return int(re.search(r"Would download (\d+) of", told).group(1))

    s.size = size
    yield s


def casync(pair, program, here):
    """The index, and the chunks that the store of the old file lacks."""
    for average in (16384, 65536):
        s = Setting(f"--chunk-size={average} --compression=xz", here(), [], [])
        stores = {which: os.path.join(s.here, which + ".castr") for which in ("old", "new")}
        indexes = {which: os.path.join(s.here, which + ".caibx") for which in ("old", "new")}

        def make(which, image):
            return [program, "make", f"--chunk-size={average}", "--compression=xz", f"--store={stores[which]}",
                    indexes[which], image]

        s.prepare = [make("old", pair.old)]
        s.make = make("new", pair.new)
        s.apply = [program, "extract", f"--store={stores['new']}", f"--seed={pair.old}", "--seed-output=no",
                   indexes["new"], s.out]
        s.size = lambda index=indexes["new"], stores=stores: os.path.getsize(index) + lacking(**stores)
        yield s


def lacking(old, new):
    """Bytes of the chunks in the store `new` that `old` does not have."""
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(new) for name in names
               if not os.path.exists(os.path.join(old, os.path.relpath(folder, new), name)))


def pkg(pair, program, here):
    s = Setting("default", here(), [], [])
    s.make = [program, "patch", "make", pair.old, pair.new, "-o", s.patch]
    s.apply = [program, "patch", "apply", pair.old, s.patch, "-o", s.out]
    yield s


# The order of a run, of the legend and of ties.
TOOLS = {"pkg": pkg, "hdiffpatch": hdiffpatch, "detools": detools, "bsdiff": bsdiff, "zstd": zstd,
         "xdelta3": xdelta3, "rdiff": rdiff, "zchunk": zchunk, "casync": casync}
