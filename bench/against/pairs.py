"""The pairs of the corpus, and which of their images are compressed."""
import dataclasses
import os
import zlib

BLOCK = 1 << 16
PADDING = 0.05  # a block that zlib shrinks below this holds nothing: images are padded to round sizes
DENSE = 0.90    # a block that zlib leaves above this was compressed before
MOSTLY = 0.5    # of what is not padding

RULE = (f"An image counts as compressed when more than {MOSTLY:.0%} of it, padding left out, lies in blocks of "
        f"{BLOCK >> 10} KiB that zlib at level 1 does not bring below {DENSE:.0%} "
        f"(padding: blocks that it brings below {PADDING:.0%}).")


@dataclasses.dataclass
class Pair:
    name: str
    old: str
    new: str
    old_size: int
    new_size: int
    dense: float  # share of the new image that was compressed before

    @property
    def compressed(self):
        return self.dense > MOSTLY


def dense_share(path):
    dense = content = 0
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            left = len(zlib.compress(block, 1)) / len(block)
            content += len(block) * (left >= PADDING)
            dense += len(block) * (left > DENSE)
    return dense / content if content else 0.0


def load(corpus, only):
    """The pairs from the smallest to the largest, so that a run shows results early."""
    folder = os.path.join(os.path.abspath(corpus), "pairs")
    names = only or os.listdir(folder)
    found = []
    for name in names:
        old, new = (os.path.join(folder, name, which) for which in ("old", "new"))
        found.append(Pair(name, old, new, os.path.getsize(old), os.path.getsize(new), dense_share(new)))
    return sorted(found, key=lambda pair: pair.new_size)
