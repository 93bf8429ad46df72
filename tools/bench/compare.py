# SPDX-License-Identifier: BSD-3-Clause
"""What is different between two sets of figures of Hazel's."""
import rows
import table


def percent(old, new):
    """The change in percent of @old; none from 0 to 0, and infinite from 0."""
    if old == new:
        return 0.0
    return (new - old) * 100 / old if old else float("inf")


def changes(old, new):
    """[(row, old, new, percent)] of the rows that both have and that differ, the largest growth first."""
    found = [(name, old[name], new[name], percent(old[name], new[name])) for name in old.keys() & new.keys()
             if old[name] != new[name]]
    return sorted(found, key=lambda change: (-change[3], rows.place(change[0])))


def sizes(data):
    """The size rows of a bench.json, as {name: bytes}."""
    size = data.get("size", {})
    core = size.get("image", {}).get("core", {})
    found = {f"size of {part}, without debug and symbols": n for part, n in core.items()}
    return {**found, **{f"EL2's memory for a {what}": n for what, n in size.get("memory", {}).items()}}


def change_lines(found):
    """The changes as lines of cells."""
    return [[name, table.count(a), table.count(b), f"{b - a:+,}", "new" if a == 0 else f"{p:+.1f} %"]
            for name, a, b, p in found]


def report(old, new):
    """What changed between two bench.json, as text."""
    parts = []
    for key in ("compiler", "qemu"):
        if old.get(key) != new.get(key):
            parts.append(f"{key}: {old.get(key)}, now {new.get(key)}: not the same measurement\n")
    before, after = ({**rows.medians(data["rows"]), **sizes(data)} for data in (old, new))
    found = changes(before, after)
    if found:
        parts.append(table.Table("What changed in Hazel's rows", ["row", "old", "new", "change", "percent"],
                                 change_lines(found)).text())
    for text, names in (("new", after.keys() - before.keys()), ("gone", before.keys() - after.keys())):
        if names:
            parts.append(f"{text}: {', '.join(sorted(names, key=rows.place))}\n")
    same = len(before.keys() & after.keys()) - len(found)
    return "\n".join(parts + [f"{same} rows are the same, {len(found)} changed"])
