"""The bytes of bases for drawn layouts (layouts_numbers.py): code, records, rows and strings whose references are to
values of a space, so that they are found."""

from delta_machines import MACHINES
from delta_models import signed
from delta_rows import words

KINDS = (1, 2, 3, 4, 4, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 13, 14, 15, 16, 17, 18, 19, 20, 31)  # of rows (DELTA.md 7.4)
COUNTED = (4, 5, 6, 13, 15, 19)  # those whose head says how many groups there are
WORDS = "foo bar net dev skb ops size list lock irq _ page".split()


def rows(dice, count):
    """Rows, and the strings that they name."""
    strings, known, data = bytearray(b"\0"), {"": 0}, b""
    for _ in range(count):
        kind = dice.choice(KINDS)
        groups = dice.randrange(7) if kind in COUNTED else dice.choice((0, 0, 3))
        head = kind << 24 | groups
        for place, name in enumerate(words(head, groups)):
            number = dice.randrange(64) * 8
            if place == 1:
                number = head
            elif name == "S":
                word = "".join(dice.choice(WORDS) for _ in range(dice.choice((0, 1, 2, 3, 90))))
                number = known.setdefault(word, len(strings))
                if number == len(strings):
                    strings += word.encode() + b"\0"
            elif name == "T":
                number = dice.choice((0, 1, dice.randrange(count + 2), dice.randrange(count + 2), 2**32 - 1))
            data += number.to_bytes(4, "little")
    return data, bytes(strings)


# Words of each machine: the bits that make an instruction, and those that are any.
FORMS = {
    3: [(0x14000000, 0x83FFFFFF), (0x54000000, 0x00FFFFEF), (0x34000000, 0x81FFFFFF), (0x18000000, 0x40FFFFFF),
        (0x36000000, 0x81FFFFFF), (0x10000000, 0x60FFFFE3), (0x90000000, 0x00000001), (0x90000000, 0x00000001),
        (0x91000000, 0x00000023), (0x39000000, 0xC4C00023)],
    4: [(0xD000F000, 0x2FFF07FF), (0x9000F000, 0x6FFF07FF), (0, 0xFFFFFFFF)],
    5: [(0x0A000000, 0xF1FFFFFF), (0x03000000, 0x00001000), (0x03400000, 0xF0001000), (0, 0xFFFFFFFF)],
    6: [(0x6F, 0xF00), (0x17, 0xF0000080), (0x13, 0x00008000), (0x3, 0x0000F080), (0x23, 0x02007080),
        (0x67, 0x00008000), (0x9002, 0xFFFC)],
    7: [(0x9080, 0xFFFF0F7F), (0xE500, 0xFFFF001F), (0xE800, 0xFFFF001F), (0, 0xFFFF)],
}


def instruction(dice, machine):
    if machine > 2:
        form, some = dice.choice(FORMS[machine])
        return (form | dice.getrandbits(32) & some).to_bytes(4, "little") + dice.randbytes(4 if machine == 7 else 0)
    before = dice.choice((b"\xe8", b"\xe9", b"\x0f\x84", b"\x0f\x8f", b"\x8b\x05", b"\x8d\x3d", b"\x68", b"\xc7\x05"))
    return before + dice.randbytes(4) + dice.randbytes(dice.randrange(3))


def code(dice, machine, space, value, base, section):
    """Puts code into a section of the base. `value` draws a value of the space."""
    at = section.start
    while at < section.stop:
        some = instruction(dice, machine)[:section.stop - at]
        base[at:at + len(some)] = some
        at += len(some)
    at = section.start

    def byte(k):
        return base[at + k] if 0 <= at + k < len(base) else 0

    while at < section.stop:
        found = MACHINES[machine].find(byte, at, at, space.own_old(at))
        if isinstance(found, int):
            # What x86 does not find at a distance of a few bytes, it finds further away.
            branch = machine < 3 and base[at - 1] in (0xE8, 0xE9, 0x05)
            at += found
            if not branch:
                continue
            found, at = {"skip": 0, "form": "relative", "back": 0}, at - found
        field = at + found["skip"]
        if field + 4 > section.stop:
            return
        if dice.random() < 0.85:
            here = space.own_old(field - found["back"])
            before = int.from_bytes(base[field:field + 4], "little")
            word = MACHINES[machine].write(found["form"], before, value(), here)
            base[field:field + 4] = (word & 2**32 - 1).to_bytes(4, "little")
        at = field + 4


def records(dice, mode, spaces, value, base, section):
    """Puts records into a section of the base. `value` draws a value of a space by its number."""
    _, stride, columns = mode
    last = 0
    for start in range(section.start, section.stop, stride):
        for offset in {column["offset"] for column in columns}:
            column = dice.choice([column for column in columns if column["offset"] == offset])
            at, width, number = start + offset, column["width"], column["space"]
            if column["kind"] == 0:
                last = value(number)
                x = last - column["old"]
            elif column["kind"] == 1:
                last = value(number)
                x = last - spaces[number].own_old(at)
            elif column["kind"] == 2:
                x = dice.randrange(at + 1)
            else:
                x = dice.choice((0, 1, 4, 24, 60, value(number) - last))
            if at + width <= section.stop and dice.random() < 0.9:
                base[at:at + width] = (signed(x, 64) & 2**(8 * width) - 1).to_bytes(width, column["order"])
