"""Runs Python of a BitBake class without BitBake: its functions, with a data store that expands variables."""

import os
import re
import types


class Fatal(Exception):
    """What bb.fatal says."""


class Data:
    """The part of BitBake's data store that classes of this repository use."""

    def __init__(self, values, classes=()):
        self.values = dict(values)
        self.classes = set(classes)
        self.flags = {}
        self.functions = {}

    def expand(self, text):
        def value(match):
            if match[1].startswith("@"):
                return str(eval(match[1][1:], self.functions))
            found = self.getVar(match[1])
            return match[0] if found is None else found

        return re.sub(r"\$\{(@[^}]*|[A-Za-z0-9_-]+)\}", value, text)

    def getVar(self, name, expand=True):
        value = self.values.get(name)
        return self.expand(value) if expand and value is not None else value

    def setVar(self, name, value):
        self.values[name] = value

    def appendVar(self, name, value):
        self.values[name] = (self.values.get(name) or "") + value

    def setVarFlag(self, name, flag, value):
        self.flags[name, flag] = value

    def getVarFlag(self, name, flag):
        return self.flags.get((name, flag))


def load(path, values, classes=()):
    """The data store after the class: its defaults where `values` has none, its functions, and what it says."""
    text = open(path, encoding="utf-8").read()
    d = Data(values, classes)
    said = []

    def fatal(message):
        raise Fatal(message)

    bb = types.SimpleNamespace(
        fatal=fatal,
        note=lambda m: said.append(("note", m)),
        warn=lambda m: said.append(("warn", m)),
        data=types.SimpleNamespace(inherits_class=lambda name, d: name in d.classes),
        build=types.SimpleNamespace(addtask=lambda *a: said.append(("task", a[:3]))),
        parse=types.SimpleNamespace(mark_dependency=lambda d, f: None, SkipRecipe=RuntimeError),
    )
    d.functions.update({"d": d, "bb": bb, "os": os})
    for match in re.finditer(r'^([A-Z_]+) *(\?\?=|=) *"([^"]*)"', text, re.M):
        if match[1] not in d.values:
            d.values[match[1]] = match[3]
    for match in re.finditer(r"^def .*?(?=^\S)", text, re.M | re.S):
        exec(match[0], d.functions)
    bodies = re.finditer(r"^python *(\w*) *\(\) *\{\n(.*?)^\}", text, re.M | re.S)
    for n, match in enumerate(bodies):
        exec(f"def {match[1] or f'anonymous_{n}'}():\n{match[2]}", d.functions)
    return d, said
