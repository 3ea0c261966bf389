"""Where code ends and data begins in a Cortex-M image: detools makes smaller patches when it is given
this, and the builder of such an image knows it from the linker. Here it is derived from the image."""
import array
import bisect

PAGE = 4096
WINDOW = 1024          # bytes that are judged together
POINTERS = 0.4         # of the words of a window: from there on it is tables and initial data
ALIGN = 2048
RAM = range(0x20000000, 0x21000000)
MOST = 16 << 20        # no such flash is larger


def options(old, new):
    """Options of detools for both images, or None if either is not of this kind."""
    found = []
    for side, path in (("from", old), ("to", new)):
        ranges = layout(path)
        if not ranges:
            return None
        offset, base, size = ranges
        found += [f"--{side}-data-offsets", f"{offset:#x}-{size:#x}",
                  f"--{side}-code-addresses", f"{base:#x}-{base + offset:#x}",
                  f"--{side}-data-addresses", f"{base + offset:#x}-{base + size:#x}"]
    return found


def layout(path):
    """Offset of the data, load address, size."""
    with open(path, "rb") as file:
        image = file.read(MOST + 1)
    words = array.array("I", image[:len(image) // 4 * 4])
    # The first two words are the initial stack pointer and the reset handler, in Thumb state.
    if not PAGE < len(image) <= MOST or words[0] not in RAM or not words[1] & 1:
        return None
    size, reset = len(image), words[1]
    near = sorted(word for word in words if abs(word - reset) < size)
    base = max(range((reset - size + PAGE) // PAGE * PAGE, reset, PAGE),
               key=lambda at: bisect.bisect_left(near, at + size) - bisect.bisect_left(near, at))
    for at in range(PAGE, size - WINDOW, WINDOW):
        window = words[at // 4:(at + WINDOW) // 4]
        if sum(base <= word < base + size for word in window) > POINTERS * len(window):
            return at // ALIGN * ALIGN, base, size
    return None
