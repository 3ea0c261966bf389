"""Rows of types and the strings that they name in the codec delta-1 (DELTA.md, 4 and 7.4)."""

from bisect import bisect_left

# The fields behind a head, by its kind (7.4); those of `EACH` as often as the head says. S: string, T: type.
ONCE = {1: ".", 14: ".", 17: ".", 3: "TT."}
EACH = {4: "ST.", 5: "ST.", 6: "S.", 13: "ST", 15: "T..", 19: "S.."}
OTHER = {2, 8, 9, 10, 11, 12, 13, 14, 17, 18}  # kinds whose head names a type
AHEAD, LOOKED_AT = 64, 256  # how many strings are ahead, and how many bytes of a string are looked at (4)


def words(head, most):
    """What each word of a row names."""
    kind, count = head >> 24 & 31, head & 65535
    return ("S.T" if kind in OTHER else "S..") + ONCE.get(kind, "") + EACH.get(kind, "") * min(count, most)


class Rows:
    """The rows of the base: where they begin, and what each of their words names, by its position."""

    def __init__(self, base, start, length):
        self.start, self.end, self.begins, self.names = start, start + length, [], {}
        at = start
        while at + 12 <= self.end:
            self.begins.append(at)
            for name in words(int.from_bytes(base[at + 4:at + 8], "little"), length):
                if name != "." and at < self.end:
                    self.names[at] = name
                at += 4
        self.strings = [at for at, name in self.names.items() if name == "S" and at + 4 <= self.end]

    def before(self, p):
        """How many rows begin before a byte of the base."""
        return bisect_left(self.begins, p)

    def place(self, r):
        """Where a row begins."""
        return self.begins[max(0, r)] if r < len(self.begins) else self.end

    def begins_at(self, p):
        return p < self.end and self.place(self.before(p)) == p


class Table:
    """A mode of rows with its rows and strings of the image, and what is known of them at a stretch (4)."""

    def __init__(self, rows, base, strings, new_rows, new_strings):
        self.rows, self.base, self.strings = rows, base, strings
        self.new_rows, self.new_strings = new_rows, new_strings
        self.begin()

    def begin(self):
        self.used, self.ahead, self.read, self.named = bytearray(len(self.strings)), [], 0, []

    def holds(self, at):
        return at in self.new_rows or at in self.new_strings

    def numbers(self, old, length):
        """The strings that words in a stretch of the base name."""
        first, end = (bisect_left(self.rows.strings, place) for place in (old, old + length))
        found = (int.from_bytes(self.base[at:at + 4], "little") for at in self.rows.strings[first:end])
        return [number for number in found if 0 < number < len(self.strings)]

    def reader(self, stretches):
        """The next string that the rows of the image name, or None."""
        while not self.named:
            if self.read == len(stretches) or stretches[self.read][0] >= self.new_rows.stop:
                return None
            at, length, old = stretches[self.read]
            self.read += 1
            if old is not None and at + length > self.new_rows.start:
                self.named = self.numbers(old, min(length, self.new_rows.stop - at))[::-1]
        return self.named.pop()

    def string(self, n, stretches):
        """The n-th string ahead, or None."""
        while len(self.ahead) <= n and len(self.ahead) < AHEAD:
            found = self.reader(stretches)
            if found is None:
                return None
            if not self.used[found] and found not in self.ahead:
                self.ahead.append(found)
        return self.ahead[n]

    def behind(self, s):
        """The end of the string at a byte of the strings."""
        looked = self.base[self.strings.start + s:min(self.strings.start + s + LOOKED_AT, self.strings.stop)]
        return s + (looked.index(0) + 1 if 0 in looked else len(looked))

    def next_string(self, leave, stretches):
        """Where the next string begins in the base, and how many bytes it and those right behind it are."""
        leave = min(leave, AHEAD - 1)
        first = self.string(leave, stretches) or 0
        for left in self.ahead[:leave]:
            self.used[left] = 1
        del self.ahead[:leave]
        to, n = self.behind(first), 1
        while n < AHEAD and self.string(n, stretches) == to:
            to, n = self.behind(to), n + 1
        return self.strings.start + first, to - first

    def use(self, old, length):
        """Bytes of the base that a copy has used."""
        first, end = (min(max(place - self.strings.start, 0), len(self.strings)) for place in (old, old + length))
        self.used[first:end] = b"\1" * (end - first)
        self.ahead = [string for string in self.ahead if not self.used[string]]
