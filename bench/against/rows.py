"""Every measurement is a row of a TSV file; the reports are calculated from the rows."""
import csv
import dataclasses
import statistics

COLUMNS = ["pair", "dense", "old_bytes", "new_bytes", "tool", "setting", "step", "bytes",
           "wall_s", "cpu_s", "peak_mib", "failure"]


class Raw:
    """The file being written: each row is written to disk as soon as it was measured."""

    def __init__(self, path, talk):
        self.file = open(path, "w", newline="")
        self.talk = talk
        self.rows = []
        self._write(COLUMNS)

    def add(self, pair, tool, setting, step, size, run):
        self.put({"pair": pair.name, "dense": f"{pair.dense:.3f}", "old_bytes": pair.old_size,
                  "new_bytes": pair.new_size, "tool": tool, "setting": setting, "step": step,
                  "bytes": "" if size is None else size, "wall_s": f"{run.wall:.4f}", "cpu_s": f"{run.cpu:.4f}",
                  "peak_mib": f"{run.mib:.1f}", "failure": run.failure})

    def put(self, row):
        row = {column: str(row[column]) for column in COLUMNS}
        self.rows.append(row)
        self._write(row.values())
        self.talk(f"{row['pair']:20} {row['tool']:11} {row['step']:6} {row['bytes']:>11} {float(row['cpu_s']):8.2f} s "
                  f"{float(row['peak_mib']):7.0f} MiB  {row['setting']}  {row['failure']}")

    def _write(self, values):
        print(*(str(value).replace("\t", " ") for value in values), sep="\t", file=self.file, flush=True)


def load(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@dataclasses.dataclass
class Result:
    """A tool at its best on one pair: medians of all runs of that setting."""
    setting: str
    size: int
    make: dict
    apply: dict


def results(rows):
    """{pair: {tool: Result}}; a tool without a patch that reproduced the image is left out."""
    settings = {}
    for row in rows:
        settings.setdefault((row["pair"], row["tool"], row["setting"]), []).append(row)
    best = {}
    for (pair, tool, setting), its in settings.items():
        steps = {step: [row for row in its if row["step"] == step] for step in ("make", "apply")}
        if not all(steps.values()) or any(row["failure"] for row in its):
            continue
        result = Result(setting, int(its[0]["bytes"]), **{step: medians(some) for step, some in steps.items()})
        known = best.setdefault(pair, {}).get(tool)
        if known is None or result.size < known.size:
            best[pair][tool] = result
    return best


def medians(rows):
    return {what: statistics.median(float(row[what]) for row in rows) for what in ("wall_s", "cpu_s", "peak_mib")}
