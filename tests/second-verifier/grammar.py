"""The types of SPEC 6.2: each is a function that checks a value and returns it."""

import re

from cbor import refuse, refuse_if

LABEL, TEXT, LANGUAGES = 1024, 65_536, 64  # SPEC 8


def of_type(value, kind):
    refuse_if(type(value) is not kind, "MAN-3")
    return value


def uint(value):
    refuse_if(of_type(value, int) < 0, "MAN-3")
    return value


def counter(value):
    refuse_if(uint(value) == 0, "VER-7")
    return value


def boolean(value):
    return of_type(value, bool)


def digest(value):
    refuse_if(len(of_type(value, bytes)) != 32, "MAN-4")
    return value


def word(*words, rule="MAN-4"):
    def judge(value):
        refuse_if(of_type(value, str) not in words, rule)
        return value
    return judge


def grammar(pattern, rule="MAN-4", longest=None):
    pattern = re.compile(pattern)

    def judge(value):
        fits = pattern.fullmatch(of_type(value, str))
        refuse_if(not fits or longest and len(value) > longest, rule)
        return value
    return judge


ID = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
PART = "[A-Za-z0-9!#$&^_.+-]+"

Id = grammar(ID)
Version = grammar("[A-Za-z0-9][A-Za-z0-9._+~-]{0,63}")
Cwe = grammar("CWE-[1-9][0-9]{0,5}")
Month = grammar("[0-9]{4}-(0[1-9]|1[0-2])", "SUP-1")
MediaType = grammar(f"{PART}/{PART}", longest=127)
VulnId = grammar(
    "CVE-[0-9]{4}-[0-9]{4,19}|EUVD-[0-9]{4}-[0-9]{1,19}|GHSA(-[23456789cfghjmpqrvwx]{4}){3}"
    f"|(?!(?i:CVE|EUVD|GHSA)){ID}", "ADV-9")
URL_CHARACTER = r"[!#-;=?-\[\]_a-z~]"  # 0x21..0x7e without " < > \ ^ ` { | }
Url = grammar(f"https://(?![/?#])(?![^/?#]*@){URL_CHARACTER}+", "TXT-6", longest=1024)

LANG = re.compile("[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?"
                  "(?P<variants>(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3})){0,4})")


def lang(key):
    fits = LANG.fullmatch(key)
    refuse_if(not fits or len(key) > 35, "TXT-4")
    variants = fits["variants"].split("-")
    refuse_if(len(set(variants)) < len(variants), "TXT-4")


# Severity. The order of the metrics matters in 4.0 only.

METRICS = {
    "CVSS:3.1/": (
        "AV:NALP AC:LH PR:NLH UI:NR S:UC C:NLH I:NLH A:NLH",
        "E:XUPFH RL:XOTWU RC:XURC CR:XLMH IR:XLMH AR:XLMH MAV:XNALP MAC:XLH MPR:XNLH MUI:XNR MS:XUC "
        "MC:XNLH MI:XNLH MA:XNLH"),
    "CVSS:4.0/": (
        "AV:NALP AC:LH AT:NP PR:NLH UI:NPA VC:HLN VI:HLN VA:HLN SC:HLN SI:HLN SA:HLN",
        "E:XAPU CR:XHML IR:XHML AR:XHML MAV:XNALP MAC:XLH MAT:XNP MPR:XNLH MUI:XNPA MVC:XHLN MVI:XHLN "
        "MVA:XHLN MSC:XHLN MSI:XHLNS MSA:XHLNS S:XNP AU:XNY R:XAUI V:XDC RE:XLMH U:"),
}
URGENCY = ("X", "Clear", "Green", "Amber", "Red")


def severity(value):
    if of_type(value, str) not in ("low", "medium", "high", "critical"):
        refuse_if(not is_vector(value), "ADV-8")
    return value


def is_vector(value):
    if value[:9] not in METRICS:
        return False
    mandatory, optional = ([m.split(":") for m in part.split()] for part in METRICS[value[:9]])
    values = {name: tuple(letters) or URGENCY for name, letters in mandatory + optional}
    given = [metric.partition(":") for metric in value[9:].split("/")]
    names = [name for name, _, _ in given]
    return (all(letter in values.get(name, ()) for name, _, letter in given)
            and len(set(names)) == len(names)
            and all(name in names for name, _ in mandatory)
            and (value.startswith("CVSS:3.1/") or names == [n for n in values if n in names]))


# Text.

def characters(*ranges):
    return frozenset(c for first, last in ranges for c in range(first, last + 1))


WHITE = characters((0x9, 0xD), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A),
                   (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000))
FORBIDDEN = characters((0x0, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x61C, 0x61C), (0x115F, 0x1160),
                       (0x3164, 0x3164), (0xFFA0, 0xFFA0), (0x17B4, 0x17B5), (0x180B, 0x180F),
                       (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0E),
                       (0xFEFF, 0xFEFF), (0xFFF0, 0xFFFF), (0xE0000, 0xE0FFF), (0xF0000, 0x10FFFF))


def text(longest, allowed=frozenset()):
    forbidden = FORBIDDEN - allowed

    def judge(value):
        found = set(map(ord, of_type(value, str)))
        refuse_if(found <= WHITE, "TXT-2")
        refuse_if(len(value.encode()) > longest, "TXT-3")
        refuse_if(found & forbidden, "TXT-1")
        return value
    return judge


Label = text(LABEL)
Prose = text(TEXT, allowed=frozenset({0xA}))


# Lists, sets and maps.

def list_of(kind, least, most):
    def judge(value):
        refuse_if(not of_type(value, list) and least, "MAN-9")
        refuse_if(len(value) > most, "MAN-5")
        return [kind(entry) for entry in value]
    return judge


def ascending(keys, rule="MAN-7"):
    refuse_if(any(a >= b for a, b in zip(keys, keys[1:])), rule)


def in_order(value):
    return value.encode() if type(value) is str else value


def set_of(kind, least, most, order=in_order):
    entries = list_of(kind, least, most)

    def judge(value):
        found = entries(value)
        ascending([order(entry) for entry in found])
        return found
    return judge


def by_language(kind):
    def judge(value):
        refuse_if(not of_type(value, dict), "TXT-2")
        refuse_if(len(value) > LANGUAGES, "MAN-5")
        return {key: (lang(key), kind(entry))[1] for key, entry in value.items()}
    return judge


Localized = by_language(Prose)


def either(text_allowed, kind):
    """One literal text, or a value of another type; another text: MAN-4."""
    def judge(value):
        if type(value) is not str:
            return kind(value)
        refuse_if(value != text_allowed, "MAN-4")
        return value
    return judge


class Table:
    """A map, checked row by row (SPEC 6.1)."""

    def __init__(self, value):
        self.left, self.fields = dict(of_type(value, dict)), {}

    def rows(self, *rows):
        """Each row: name, type, and the rule that refuses its absence, if one does."""
        for name, kind, absent in rows:
            if name in self.left:
                self.fields[name] = kind(self.left.pop(name))
            elif absent:
                refuse(absent)
        return self.fields

    def end(self, rule=None, names=()):
        """Refuses remaining fields; by `rule` if the first of them, bytewise, is one of `names`."""
        if self.left:
            refuse(rule if min(self.left, key=str.encode) in names else "MAN-2")
        return self.fields


def table(*rows, then=lambda fields: None):
    """The type of a map with these rows, and the checks listed below its table after "then"."""
    def judge(value):
        found = Table(value)
        found.rows(*rows)
        then(found.end())
        return found.fields
    return judge
