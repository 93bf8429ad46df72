# SPDX-License-Identifier: BSD-3-Clause
"""What the regression gate decides: whether exit paths have become longer than tests/bench/baseline.json says.

The file is {"compiler / QEMU": {row: median}}. Counts are exact, so a row that grew has grown; the margin is for what
one change may cost without a word about it.
"""
import dataclasses
import json
import os

import compare
import machine
import rows

BASELINE = os.path.join(machine.ROOT, "tests", "bench", "baseline.json")
MARGIN = 5  # percent
MEANT = "if this is meant, run make bench-baseline and commit it"


def key(compiler, qemu):
    """What figures depend on."""
    return f"{compiler} / {qemu}"


def parse(text):
    """The baseline's content; an empty text has no entry."""
    return json.loads(text) if text.strip() else {}


def load(path=BASELINE):
    """The baseline; without a file it has no entry."""
    try:
        with open(path, encoding="utf-8") as f:
            return parse(f.read())
    except FileNotFoundError:
        return {}


def keep(entry, figures, path=BASELINE):
    """Write @figures as the entry; the others stay."""
    table = load(path)
    table[entry] = {name: figures[name] for name in sorted(figures, key=rows.place)}
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(dict(sorted(table.items())), f, indent=1)
        f.write("\n")


def raised(before, now):
    """Rows that a change has raised in the baseline, for any compiler and QEMU: their growth is meant."""
    return {name for entry, figures in now.items() for name, median in figures.items()
            if median > before.get(entry, {}).get(name, median)}


@dataclasses.dataclass
class Verdict:
    """What became of the rows: lists of (row, old, new, percent), or of rows."""

    grown: list
    shrunk: list
    meant: list  # grown, and the baseline says so
    gone: list
    new: list
    compared: int

    @property
    def ok(self):
        return not self.grown and not self.gone and self.compared > 0


def judge(old, new, accepted=()):
    """Compare medians. @accepted: rows that may grow."""
    found = compare.changes(old, new)
    over = [c for c in found if c[3] > MARGIN]
    return Verdict(grown=[c for c in over if c[0] not in accepted], shrunk=[c for c in found if c[3] < -MARGIN],
                   meant=[c for c in over if c[0] in accepted],
                   gone=sorted(old.keys() - new.keys(), key=rows.place),
                   new=sorted(new.keys() - old.keys(), key=rows.place), compared=len(old.keys() & new.keys()))


def line(change):
    """One row."""
    name, old, new, percent = change
    return f"{name}: {old} -> {new} instructions ({'from nothing' if not old else f'{percent:+.1f} %'})"


def report(verdict, against, entry):
    """The lines that say so; the last one is the result."""
    found = [f"bench: shrank: {line(c)}" for c in verdict.shrunk]
    if verdict.shrunk:
        found.append("bench: make bench-baseline keeps what was gained")
    found += [f"bench: grew, as the baseline says: {line(c)}" for c in verdict.meant]
    if verdict.new:
        found.append(f"bench: not in {against}: {', '.join(verdict.new)}")
    found += [f"bench: error: not measured any more: {name}" for name in verdict.gone]
    found += [f"bench: error: grew: {line(c)}" for c in verdict.grown]
    where = f"{against} ({entry.replace(' / ', ', ')})"
    if not verdict.compared:
        return found + [f"bench: error: no row to compare with {where}"]
    if not verdict.ok:
        return found + [f"bench: {len(verdict.grown)} of {verdict.compared} rows grew by more than {MARGIN} % over "
                        f"{where}: {MEANT}"]
    within = verdict.compared - len(verdict.shrunk) - len(verdict.meant)
    below = f", {len(verdict.shrunk)} below that" if verdict.shrunk else ""
    meant = f", {len(verdict.meant)} grown on purpose" if verdict.meant else ""
    return found + [f"bench: {within} rows within {MARGIN} % of {where}{below}{meant}"]
