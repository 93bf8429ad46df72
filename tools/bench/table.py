# SPDX-License-Identifier: BSD-3-Clause
"""What build/bench.json holds, as tables: for the terminal, and as Markdown for docs/performance.md."""
import dataclasses

import rows

MANY = ("vms1", "vms2", "vms8", "vms32", "vcpus8")
# What EL2 executes that costs more than an instruction on silicon (profile.py).
KINDS = {"sysreg_writes": "writes", "sysreg_reads": "reads", "barriers": "barriers", "atomics": "atomics",
         "tlb": "TLB", "cache": "cache", "device": "device"}
PARTS = ("text", "rodata", "data", "bss")


@dataclasses.dataclass
class Table:
    """A title, a line of headings, lines of cells, and notes."""

    title: str
    head: list
    lines: list
    notes: tuple = ()

    def text(self):
        """In columns: the first one to the left, the others to the right."""
        widths = [max(len(line[i]) for line in [self.head, *self.lines]) for i in range(len(self.head))]
        found = [self.title, ""]
        for line in [self.head, ["-" * w for w in widths], *self.lines]:
            cells = [line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:]))]
            found.append("  ".join(cells).rstrip())
        return "\n".join(found + [""] * bool(self.notes) + list(self.notes)) + "\n"

    def markdown(self):
        """The same, as Markdown."""
        lines = [self.head, ["---", *["---:"] * (len(self.head) - 1)],
                 *[[f"`{line[0]}`" if line[0] in NAMES else line[0], *line[1:]] for line in self.lines]]
        found = [f"**{self.title}**", "", *("| " + " | ".join(line) + " |" for line in lines)]
        for note in self.notes:
            found += ["", note]
        return "\n".join(found) + "\n"


class Names:
    """Cells that are names: printed as code in Markdown."""

    def __contains__(self, cell):
        return "_" in cell


NAMES = Names()


def count(value):
    """A whole number, with commas; one decimal for others."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def cell(figures):
    """Median, and minimum and maximum where they differ."""
    if figures is None:
        return "-"
    low, median, high = figures["min"], figures["median"], figures["max"]
    return count(median) if low == high else f"{count(median)} ({count(low)}..{count(high)})"


def ratio(figures, base):
    """How many times as much."""
    if figures is None or base is None or not base["median"]:
        return "-"
    return f"{figures['median'] / base['median']:.1f}"


def goal(name, figures):
    """The goal; a figure above it says by how much."""
    value = rows.GOALS.get(name)
    if value is None:
        return "-"
    over = figures["median"] - value if figures else 0
    return f"{count(value)} (+{count(over)})" if over > 0 else count(value)


def main_table(data):
    """The four side by side."""
    table = data["rows"]
    lines = []
    for name in sorted((n for n in table if "@" not in n or "xen" in table[n] or n in rows.GOALS), key=rows.place):
        c = table[name]
        lines.append([name, *(cell(c.get(column)) for column in ("bare", "hazel", "xen", "kvm")),
                      goal(name, c.get("hazel")), ratio(c.get("xen"), c.get("hazel")),
                      ratio(c.get("kvm"), c.get("hazel"))])
    notes = ["Executed instructions of all CPUs together: median, and (minimum..maximum) where they differ. Hazel: VMs "
             "alone on their CPUs, hv.bhb=off. (+n): over the goal. s2_first_touch_faults counts faults.",
             f"Built with {data['compiler']}, run in {data['qemu']}" +
             (f"; Xen in {data['qemu_xen']}" if data.get("qemu_xen", data["qemu"]) != data["qemu"] else "") + "."]
    if any("kvm" in columns for columns in table.values()):
        notes.append("KVM: vuart_write ends in the monitor in user space, the other rows in the kernel.")
    return Table("Instructions per operation", ["row", "bare", "Hazel", "Xen", "KVM", "goal", "Xen/Hazel", "KVM/Hazel"],
                 lines, tuple(notes))


def settings_table(data, title, settings, notes=()):
    """Hazel's rows in several settings; the column "alone" is the row without one."""
    table = data["rows"]

    def at(base, setting):
        return table.get(f"{base}@{setting}" if setting else base, {}).get("hazel")

    bases = sorted({n.split("@")[0] for n in table if n.partition("@")[2] in settings and "@" in n}, key=rows.place)
    lines = [[base, cell(at(base, "")), *(cell(at(base, s)) for s in settings)] for base in bases]
    return Table(title, ["row", "alone", *("@" + s for s in settings)], lines, notes)


def reset_table(data):
    """The reset row by the size of the image."""
    names = [n for n in sorted(data["rows"], key=rows.place) if n.startswith(rows.RESET + "@")]
    lines = [[name, cell(data["rows"][name].get("hazel")), cell(data["rows"][name].get("xen"))] for name in names]
    return Table("Reset to the guest's first instruction, by size of the image, 256 MiB of RAM",
                 ["row", "Hazel", "Xen"], lines)


def profile_table(data):
    """What of EL2's instructions costs more on silicon."""
    lines = []
    for name in sorted(data["profile"], key=rows.place):
        p = data["profile"][name]
        lines.append([name, count(p["instructions"]), *(count(p[kind]) for kind in KINDS)])
    return Table("What EL2 executes for the whole of an operation (hv.bhb=off)",
                 ["row", "instructions", *KINDS.values()], lines,
                 ("writes, reads: of system registers. TLB: TLB maintenance and address translation. device: accesses. "
                  "Each is one instruction here and tens of cycles on silicon.",))


def size_tables(data):
    """The image, and EL2's memory at run time."""
    size = data["size"]
    image = size["image"]

    def line(name, parts):
        known = [parts.get(part, 0) for part in PARTS]
        return [name, *map(count, known), count(sum(known[:3]))]

    lines = [line("whole image", image["total"]),
             line("without debug and symbols", image["core"]),
             *(line("of it " * (name != "debug") + name, parts) for name, parts in
               sorted(image["directories"].items(), key=lambda entry: -sum(entry[1].values())))]
    over = sum(image["core"][part] for part in PARTS[:3]) - rows.GOAL_IMAGE
    more = f" (+{count(over)})" if over > 0 else ""
    notes = ("In bytes; by the linker's map, without what fills gaps, except in the first line. Goal without debug and "
             f"symbols: {count(rows.GOAL_IMAGE)}{more}. Symbol table of crash dumps: "
             f"{count(image['total'].get('symbols', 0))}. " +
             ", ".join(f"{name} {count(n)}" for name, n in rows.IMAGES.items()) + " were measured earlier.",)
    found = [Table("Size of the image", ["part", *PARTS, "text+rodata+data"], lines, notes)]
    if size.get("memory"):
        memory = size["memory"]
        found.append(Table("EL2's memory at run time", ["what", "bytes"],
                           [["a VM with one vCPU, 64 MiB of RAM, a console", count(memory["vm"])],
                            ["one more vCPU", count(memory["vcpu"])]],
                           ("By what the shell's mem says; bss comes once, whatever runs.",)))
    return found


# --- bench-long ------------------------------------------------------------------------------------------------------
# Reasons of exits that have a column.
EXITS = ("IRQ", "WFI", "HVC", "sysreg", "MMIO")


def percent(figures, base):
    """By how much more, in percent."""
    if figures is None or base is None or not base["median"]:
        return "-"
    return f"{100 * (figures['median'] / base['median'] - 1):+.2f} %"


def exit_cells(exits):
    """Columns EXITS, and one for all others."""
    other = sum(n for reason, n in exits.items() if reason not in EXITS)
    return [*(count(exits.get(reason, 0)) for reason in EXITS), count(other)]


def linux_table(data, names):
    """Linux, bare and in a VM."""
    lines = []
    for row in names:
        columns = data["rows"][row]
        lines.append([row, cell(columns.get("bare")), cell(columns.get("hazel")),
                      percent(columns.get("hazel"), columns.get("bare")), count(data["el2"].get(row, 0)),
                      *exit_cells(data["exits"].get(row, {}))])
    return Table("Linux, bare and in a VM", ["row", "bare", "Hazel", "more", "of it EL2", *EXITS, "other"], lines,
                 ("Instructions that the VM's CPUs executed, EL2's included: median, and (minimum..maximum) where they "
                  "differ; hv.bhb=off. Exits by reason. @N: N vCPUs on as many CPUs; -busy: with a busy Linux VM on "
                  "another CPU; -default: hv.bhb as shipped.",
                  f"Built with {data['compiler']}, run in {data['qemu']}."))


def latency_table(data, names):
    """cyclictest."""
    def cells(figures):
        return [count(figures[kind]) for kind in ("min", "median", "max")] if figures else ["-"] * 3

    lines = [[row, *cells(data["rows"][row].get("bare")), *cells(data["rows"][row].get("hazel")),
              *exit_cells(data["exits"].get(row, {}))] for row in names]
    return Table("cyclictest: how late 1000 wake-ups are, in ns of virtual time; exits",
                 ["row", "bare min", "avg", "max", "Hazel min", "avg", "max", *EXITS, "other"], lines,
                 ("An instruction lasts 1 ns. There is no row beside a busy VM: QEMU's CPUs take turns on one clock, and "
                  "a wake-up would wait for the end of a turn.",))


def long_tables(data):
    """The tables of build/bench-long.json."""
    order = list(dict.fromkeys(row.partition("@")[0] for row in data["rows"]))
    names = sorted(data["rows"], key=lambda row: (order.index(row.partition("@")[0]), row))
    latencies = [row for row in names if row.startswith("linux_cyclictest")]
    found = [linux_table(data, [row for row in names if row not in latencies]), latency_table(data, latencies)]
    return [t for t in found if t.lines]


def all_tables(data):
    """Every table that the data is enough for."""
    found = [main_table(data),
             settings_table(data, "Hazel as shipped, and where a VM in WFI shares each CPU", ("default", "shared"),
                            ("@default: alone, hv.bhb as shipped. @shared: hv.bhb=off; a WFI traps there.",)),
             settings_table(data, "Hazel with more VMs, all others in WFI, and with more vCPUs", MANY,
                            ("@vmsN: N VMs on one CPU. @vcpus8: one VM, eight vCPUs on eight CPUs. hv.bhb=off.",)),
             settings_table(data, "Hazel with both ends on one CPU: two switches for each round trip", ("onecpu",)),
             reset_table(data)]
    if data.get("profile"):
        found.append(profile_table(data))
    if data.get("size"):
        found += size_tables(data)
    return [t for t in found if t.lines]
