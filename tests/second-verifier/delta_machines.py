"""The machines of the codec delta-1 (DELTA.md, 8).

Each machine has three functions. `find` gives how many bytes hold nothing, or a reference as a dictionary. `write` gives the
new bytes of a field for the target n, seen from `here`. `read` gives the target in new bytes, or None.
"""

from delta_models import signed


def le32(code, at):
    return int.from_bytes(bytes(code(at + k) for k in range(4)), "little")


def ref(target, kind, form="", **more):
    return {"target": signed(target), "kind": kind, "form": form, "len": 4, "skip": 0, "gate": None, "open": 0,
            "learn": True, "back": 0, "else": 4, "relative": False, **more}


def replace(word, mask, value):
    return word & ~mask | value & mask


class X86:
    def __init__(self, absolute):
        self.absolute = absolute

    def find(self, code, old, new, own):
        b1, b2, d = code(-1), code(-2), signed(le32(code, 0), 32)
        branch = b1 in (0xE8, 0xE9) or b2 == 0x0F and b1 & 0xF0 == 0x80
        if branch or b1 & 0xC7 == 5:
            if -128 <= d < 128:
                return 1
            gate = b1 << 8 | (0 if branch else b2)
            return ref(own + 4 + d, 1 if branch else 2, "relative", gate=gate, open=1, relative=True, **{"else": 1})
        if self.absolute and not -65_536 <= d < 65_536:
            return ref(d, 3, "absolute", gate=1 << 16 | b1 << 8 | b2, **{"else": 1})
        return 1

    def write(self, form, word, n, here):
        return n - here - 4 if form == "relative" else n

    def read(self, form, code, here, back):
        d = signed(le32(code, 0), 32)
        return here + 4 + d if form == "relative" else d


MASK_21 = 0x7FFFF << 5 | 3 << 29


def is_adrp(w):
    return w & 0x9F000000 == 0x90000000


def i21(w):
    return signed((w >> 5 & 0x7FFFF) << 2 | w >> 29 & 3, 21)


def page(w, here):
    return (here >> 12) + i21(w) << 12


def adds(w):
    """What an instruction adds, and its shift."""
    if w & 0xFFC00000 == 0x91000000:
        return w >> 10 & 4095, 0
    if w & 0x3B000000 == 0x39000000:
        shift = 4 if w >> 26 & 1 and w >> 23 & 1 and w >> 30 == 0 else w >> 30
        return (w >> 10 & 4095) << shift, shift
    return None


class Aarch64:
    @staticmethod
    def row(w):
        if w & 0x7C000000 == 0x14000000:
            return "B"
        if w & 0xFF000010 == 0x54000000 or w & 0x7E000000 == 0x34000000 or w & 0xBF000000 == 0x18000000:
            return "19"
        if w & 0x7E000000 == 0x36000000:
            return "14"
        if w & 0x9F000000 == 0x10000000:
            return "ADR"
        return "ADRP" if is_adrp(w) else "low" if adds(w) else ""

    def find(self, code, old, new, own):
        if new % 4:
            return 1
        if old % 4:
            return 4
        w = le32(code, 0)
        row = self.row(w)
        if row == "B":
            return ref(own + 4 * signed(w, 26), 1, row, relative=True)
        if row == "19":
            return ref(own + 4 * signed(w >> 5, 19), 2, row, learn=False, relative=True)
        if row == "14":
            return ref(own + 4 * signed(w >> 5, 14), 2, row, learn=False, relative=True)
        if row == "ADR":
            return ref(own + i21(w), 3, row, relative=True)
        if row == "ADRP":
            low = 0
            for k in range(4, 68, 4):
                x = le32(code, k)
                if x >> 5 & 31 == w & 31 and adds(x):
                    low = adds(x)[0]
                    break
            return ref(page(w, own) + low, 4, row, learn=False)
        if row == "low":
            low, shift = adds(w)
            for back in range(4, 68, 4):
                x = le32(code, -back)
                if is_adrp(x) and x & 31 == w >> 5 & 31:
                    return ref(page(x, own - back) + low, 5, shift, back=back)
        return 4

    def write(self, form, w, n, here):
        spread = lambda x: (x >> 2 & 0x7FFFF) << 5 | (x & 3) << 29  # noqa: E731
        if form == "B":
            return replace(w, 0x3FFFFFF, n - here >> 2)
        if form in ("19", "14"):
            return replace(w, (0x7FFFF if form == "19" else 0x3FFF) << 5, (n - here >> 2) << 5)
        if form == "ADR":
            return replace(w, MASK_21, spread(n - here))
        if form == "ADRP":
            return replace(w, MASK_21, spread((n >> 12) - (here >> 12)))
        return replace(w, 4095 << 10, (n & 4095) >> form << 10)

    def read(self, form, code, here, back):
        w = le32(code, 0)
        if form == "B" and self.row(w) == "B":
            return here + 4 * signed(w, 26)
        if form == "ADR" and self.row(w) == "ADR":
            return here + i21(w)
        x = le32(code, -back)
        if isinstance(form, int) and adds(w) and is_adrp(x) and x & 31 == w >> 5 & 31:
            return page(x, here) + adds(w)[0]
        return None


class Thumb:
    @staticmethod
    def distance(w):
        f, s = w & 65_535, w >> 16
        if f & 0xF800 != 0xF000 or s & 0x9000 != 0x9000:
            return None
        sign = f >> 10 & 1
        i1, i2 = s >> 13 & 1 ^ sign ^ 1, s >> 11 & 1 ^ sign ^ 1
        return signed(sign << 24 | i1 << 23 | i2 << 22 | (f & 0x3FF) << 12 | (s & 0x7FF) << 1, 25)

    def find(self, code, old, new, own):
        if new % 2:
            return 1
        if old % 2:
            return 2
        w = le32(code, 0)
        distance = self.distance(w)
        if distance is not None:
            return ref(own + 4 + distance, 1, "branch", relative=True)
        if old % 4 or new % 4:
            return 2
        return ref(signed(w, 32), 2, "literal", **{"else": 2})

    def write(self, form, w, n, here):
        if form == "literal":
            return n
        d = n - here - 4
        sign, i1, i2 = d >> 24 & 1, d >> 23 & 1, d >> 22 & 1
        f = 0xF000 | sign << 10 | d >> 12 & 0x3FF
        return f | (w >> 16 & 0xD000 | (i1 ^ 1 ^ sign) << 13 | (i2 ^ 1 ^ sign) << 11 | d >> 1 & 0x7FF) << 16

    def read(self, form, code, here, back):
        w = le32(code, 0)
        if form == "literal":
            return signed(w, 32)
        distance = self.distance(w)
        return None if distance is None else here + 4 + distance


class Arm:
    @staticmethod
    def is_lower(w):
        return w & 0x0FF00000 == 0x03000000

    @staticmethod
    def is_upper(w):
        return w & 0x0FF00000 == 0x03400000

    @staticmethod
    def whole(upper, lower):
        half = lambda w: w >> 4 & 0xF000 | w & 0xFFF  # noqa: E731
        return signed(half(upper) << 16 | half(lower), 32)

    def find(self, code, old, new, own):
        if new % 4:
            return 1
        if old % 4:
            return 4
        w = le32(code, 0)
        if w >> 25 & 7 == 5:
            return ref(own + 8 + 4 * signed(w, 24), 1, "branch", relative=True)
        register = w >> 12 & 15
        if self.is_lower(w):
            for k in range(4, 36, 4):
                x = le32(code, k)
                if self.is_upper(x) and x >> 12 & 15 == register:
                    return ref(self.whole(x, w), 2, "lower", learn=False)
            return 4
        if self.is_upper(w):
            for back in range(4, 36, 4):
                x = le32(code, -back)
                if self.is_lower(x) and x >> 12 & 15 == register:
                    return ref(self.whole(w, x), 3, "upper", back=back)
            return 4
        return ref(signed(w, 32), 4, "word", gate=1, open=1)

    def write(self, form, w, n, here):
        if form == "branch":
            return replace(w, 0xFFFFFF, n - here - 8 >> 2)
        if form == "word":
            return n
        half = n >> 16 if form == "upper" else n
        return replace(w, 0xF0FFF, (half & 0xF000) << 4 | half & 0xFFF)

    def read(self, form, code, here, back):
        w, x = le32(code, 0), le32(code, -back)
        if form == "branch":
            return here + 8 + 4 * signed(w, 24) if w >> 25 & 7 == 5 else None
        if form == "word":
            return signed(w, 32)
        both = self.is_upper(w) and self.is_lower(x) and w >> 12 & 15 == x >> 12 & 15
        return self.whole(w, x) if both else None


class Riscv:
    @staticmethod
    def jump(w):
        return signed(w >> 31 << 20 | (w >> 12 & 255) << 12 | (w >> 20 & 1) << 11 | (w >> 21 & 0x3FF) << 1, 21)

    @staticmethod
    def lower(w, register):
        """The low bits of an instruction, and whether it stores."""
        if w >> 15 & 31 != register:
            return None
        code, function = w & 127, w >> 12 & 7
        if code in (3, 7) or code in (0x13, 0x1B, 0x67) and function == 0:
            return signed(w >> 20, 12), "lower"
        if code in (0x23, 0x27):
            return signed(w >> 25 << 5 | w >> 7 & 31, 12), "store"
        return None

    def find(self, code, old, new, own):
        if new % 2:
            return 1
        w = le32(code, 0)
        if old % 2 or w & 3 != 3:
            return 2
        if w & 127 == 0x6F:
            return ref(own + self.jump(w), 1, "jump", relative=True)
        if w & 127 == 0x17:
            low = 0
            for k in range(4, 34, 2):
                found = self.lower(le32(code, k), w >> 7 & 31)
                if found:
                    low = found[0]
                    break
            return ref(own + signed(w & 0xFFFFF000, 32) + low, 2, "upper", learn=False)
        found = self.lower(w, w >> 15 & 31)
        for back in range(4, 34, 2) if found else ():
            x = le32(code, -back)
            if x & 127 == 0x17 and x >> 7 & 31 == w >> 15 & 31:
                return ref(own - back + signed(x & 0xFFFFF000, 32) + found[0], 3, found[1], back=back)
        return 4

    def write(self, form, w, n, here):
        d = n - here
        if form == "jump":
            return w & 0xFFF | (d >> 20 & 1) << 31 | (d >> 12 & 255) << 12 | (d >> 11 & 1) << 20 | (d >> 1 & 0x3FF) << 21
        if form == "upper":
            return replace(w, 0xFFFFF000, d + 2048)
        if form == "lower":
            return replace(w, 0xFFF00000, d << 20)
        return replace(w, 0xFE000F80, (d >> 5 & 127) << 25 | (d & 31) << 7)

    def read(self, form, code, here, back):
        w, x = le32(code, 0), le32(code, -back)
        if form == "jump":
            return here + self.jump(w) if w & 127 == 0x6F else None
        found = self.lower(w, x >> 7 & 31)
        if x & 127 != 0x17 or not found or found[1] != form:
            return None
        return here + signed(x & 0xFFFFF000, 32) + found[0]


class Videocore:
    @staticmethod
    def distance(w):
        f, s = w & 65_535, w >> 16
        return 2 * signed((f >> 8 & 15) << 23 | (f & 127) << 16 | s, 27)

    def find(self, code, old, new, own):
        if new % 2 or old % 2:
            return 1
        w = le32(code, 0)
        if w & 0xF080 == 0x9080:
            return ref(own + self.distance(w), 1, "branch", relative=True, **{"else": 2})
        d = signed(le32(code, 2), 32)
        if w & 0xFFE0 == 0xE500:
            return ref(own + d, 2, "relative", skip=2, relative=True, **{"else": 2})
        if w & 0xFFE0 == 0xE800:
            return ref(d, 2, "absolute", skip=2, **{"else": 2})
        return 2

    def write(self, form, w, n, here):
        if form == "branch":
            d = n - here >> 1
            return 0x9080 | (d >> 23 & 15) << 8 | d >> 16 & 127 | (d & 65_535) << 16
        return n - (here - 2) if form == "relative" else n

    def read(self, form, code, here, back):
        w = le32(code, 0)
        if form == "branch":
            return here + self.distance(w) if w & 0xF080 == 0x9080 else None
        d = signed(w, 32)
        return here - 2 + d if form == "relative" else d


MACHINES = {1: X86(False), 2: X86(True), 3: Aarch64(), 4: Thumb(), 5: Arm(), 6: Riscv(), 7: Videocore()}
