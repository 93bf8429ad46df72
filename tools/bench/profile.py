# SPDX-License-Identifier: BSD-3-Clause
"""Which instructions EL2 executes for one operation of the bench guest, counted by a plugin in QEMU.

The guest calls bench_begin() and bench_end() around each operation. Between the two the plugin (plugin/profile.c)
counts what EL2 executes, on every CPU, by address. Here addresses become functions and classes. Figures are per
operation. With -icount they repeat exactly.
"""
import bisect
import functools
import glob
import os
import re
import subprocess
import tempfile
import threading
from collections import Counter

import hazel
import machine

HAZEL_ELF = os.path.join(machine.OUT, "hypervisor.elf")
GUEST_ELF = os.path.splitext(hazel.GUEST)[0] + ".elf"
PLUGINS = os.path.join(machine.ROOT, "tools", "bench", "plugin")
MARKS = ("bench_begin", "bench_end")
# Operations that the guest does not count either: BENCH_WARM_UP of tests/guest/bench/bench.h.
WARM_UP = 8

# Of QEMU's virt machine, and where an arm64 Image's header says how far above it wants to be.
RAM_BASE = 0x40000000
TEXT_OFFSET_AT = 8

# How a mnemonic is counted. Loads and stores with acquire and release (ldar, stlr) are neither barriers nor atomics.
CLASSES = {name: re.compile(pattern) for name, pattern in {
    "sysreg_writes": r"msr",
    "sysreg_reads": r"mrs",
    "barriers": r"dsb|dmb|isb|sb|ssbb|pssbb",
    "atomics": r"lda?x[rp][bh]?|stl?x[rp][bh]?|casp?a?l?[bh]?|swpp?a?l?[bh]?|"
               r"(?:ld|st)(?:add|clr|eor|set|smax|smin|umax|umin)a?l?[bh]?",
    "tlb": r"tlbi|at",
    "cache": r"dc|ic",
    "eret": r"eret",
}.items()}
# Parts that gcc splits from a function or makes of it are the function.
SPLIT = re.compile(r"(?:\.(?:constprop|isra|part|cold)(?:\.\d+)?)+$")
INSTRUCTION = re.compile(r"\s*([0-9a-f]+):\t[0-9a-f]{8} \t(\S+)\s*(.*)")
# Address, seven flags, section, size, perhaps visibility, name.
SYMBOL = re.compile(r"([0-9a-f]+) (.{7}) (\S+)\t[0-9a-f]+ +(?:\.\w+ +)?(\S+)")


def cross(tool):
    """The binutils of the compiler that built Hazel."""
    prefix = os.environ.get("CROSS_COMPILE")
    if prefix is None:
        prefix = "aarch64-linux-gnu-"
        for path in glob.glob(os.path.join(machine.OUT, "obj", "*", "toolchain.mk")):
            with open(path, encoding="utf-8") as f:
                found = re.search(r"CROSS_COMPILE=(\S*)", f.read())
            prefix = found.group(1) if found else prefix
    return prefix + tool


def output(*command):
    """What a program prints."""
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True).stdout
    except FileNotFoundError as e:
        raise machine.Missing(f"{command[0]} is not installed") from e
    except subprocess.CalledProcessError as e:
        raise machine.Failed(f"{' '.join(command)}:\n{e.stderr.strip()}") from e


@functools.lru_cache(maxsize=None)
def symbols(elf):
    """{name: address} of all symbols of @elf; of names that there are several times, one of them."""
    return {m.group(4): int(m.group(1), 16) for m in map(SYMBOL.match, output(cross("objdump"), "-t", elf).split("\n"))
            if m}


@functools.lru_cache(maxsize=None)
def functions(elf):
    """[(address, name)] in order of addresses: what is executed from an address on is of that function."""
    found, locals_of, file = [], {}, ""
    for m in filter(None, map(SYMBOL.match, output(cross("objdump"), "-t", elf).split("\n"))):
        address, flags, section, name = int(m.group(1), 16), m.group(2), m.group(3), SPLIT.sub("", m.group(4))
        if "f" in flags:
            file = name
        elif section.startswith(".text") and name[0] not in "$.":
            if flags[0] == "l":
                locals_of.setdefault(name, set()).add(file)
            # Of several names at an address a function's is best, and one made by the linker is worst.
            found.append((address, "F" not in flags, name.startswith("__"), name, file if flags[0] == "l" else ""))
    result = {}
    for address, _, _, name, file in sorted(found):
        label = f"{name} ({file})" if file and len(locals_of[name]) > 1 else name
        result.setdefault(address, label)
    return sorted(result.items())


@functools.lru_cache(maxsize=None)
def disassembly(elf):
    """{address: (mnemonic, operands)} of @elf."""
    found = map(INSTRUCTION.match, output(cross("objdump"), "-d", elf).split("\n"))
    return {int(m.group(1), 16): (m.group(2), m.group(3).strip()) for m in found if m}


@functools.lru_cache(maxsize=None)
def classes_of(elf):
    """{address: class} of the instructions of @elf that have a class, see CLASSES."""
    return {address: name for address, (mnemonic, _) in disassembly(elf).items()
            for name, pattern in CLASSES.items() if pattern.fullmatch(mnemonic)}


def build_plugin(name):
    """The path of the plugin plugin/NAME.c; it is compiled when it is older than its sources."""
    plugin = os.path.join(machine.OUT, "bench", f"lib{name}.so")
    source = os.path.join(PLUGINS, name + ".c")
    newest = max(os.path.getmtime(path) for path in (source, os.path.join(PLUGINS, "qemu_api.h")))
    if not os.path.exists(plugin) or os.path.getmtime(plugin) < newest:
        os.makedirs(os.path.dirname(plugin), exist_ok=True)
        # Moved into place: another run may have the old one open.
        new = f"{plugin}.{os.getpid()}"
        output(os.environ.get("HOSTCC", "gcc"), "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared",
               "-fvisibility=hidden", "-o", new, source)
        os.replace(new, plugin)
    return plugin


def image_of(elf):
    """The file that QEMU gets, beside the ELF."""
    return os.path.splitext(elf)[0] + ".bin"


def el2_range(elf):
    """Start and end of EL2's code where QEMU's -kernel puts it, and how far that is from where it is linked."""
    image = symbols(elf)
    with open(image_of(elf), "rb") as f:
        f.seek(TEXT_OFFSET_AT)
        text_offset = int.from_bytes(f.read(8), "little")
    # EL2 maps itself where it was loaded, virtual = physical.
    shift = RAM_BASE + text_offset - image["__image_start"]
    return image["__image_start"] + shift, image["__text_end"] + shift, shift


def run_to_exit(command, timeout, log=None):
    """Run QEMU until the guest is done, then end it so that the plugin writes its file; return what was printed."""
    lines = []
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    timer = threading.Timer(timeout, child.kill)
    timer.start()
    try:
        for raw in child.stdout:
            lines.append(raw.decode("utf-8", "replace").rstrip("\r\n"))
            # On SIGTERM QEMU powers the machine off and leaves as usual.
            if machine.END in lines[-1]:
                child.terminate()
        child.wait()
    finally:
        timer.cancel()
        child.kill()
        child.wait()
    if log:
        os.makedirs(os.path.dirname(log), exist_ok=True)
        with open(log, "w", encoding="utf-8") as f:
            f.write(" ".join(command) + "\n" + "\n".join(lines) + "\n")
    if not any(machine.END in line for line in lines):
        raise machine.Failed(f"no '{machine.END}' within {timeout} s" + (f" (log: {log})" if log else "") + ":\n" +
                             "\n".join(lines[-15:]))
    return "\n".join(lines)


def count(command, elf=HAZEL_ELF, guest=GUEST_ELF, timeout=600, log=None):
    """
    Run @command, QEMU with Hazel and @guest in it. Returns for each length that operations had: (length in EL2's
    instructions, number of operations, {address as in @elf: (executions, device accesses)}). Lengths of all sorts, when
    there are many, are together at the end with the length None.
    """
    lo, hi, shift = el2_range(elf)
    begin, end = (symbols(guest).get(mark) for mark in MARKS)
    if begin is None or end is None or begin == end:
        raise machine.Failed(f"{guest}: {' and '.join(MARKS)} have to be two functions")
    if lo <= begin < hi or lo <= end < hi:
        raise machine.Failed(f"{guest}: linked at the addresses of EL2, {lo:#x} to {hi:#x}")
    with tempfile.TemporaryDirectory() as tmp:
        out = os.path.join(tmp, "counts")
        args = [build_plugin("profile").replace(",", ",,"), f"lo={lo:#x}", f"hi={hi:#x}", f"begin={begin:#x}",
                f"end={end:#x}", f"skip={WARM_UP}", "out=" + out.replace(",", ",,")]
        printed = run_to_exit(command + ["-plugin", ",".join(args)], timeout, log)
        try:
            with open(out, encoding="ascii") as f:
                head, *rest = map(str.split, f.read().splitlines())
        except FileNotFoundError as e:
            raise machine.Failed("the plugin wrote nothing:\n" + printed[-2000:]) from e
    kinds = []
    for first, second, third, *more in rest:
        if first == "windows":
            kinds.append((int(more[0]) if more[0].isdigit() else None, int(second), {}))
        else:
            kinds[-1][2][int(first, 16) - shift] = (int(second), int(third))
    if head[3] == "0":
        raise machine.Failed(f"EL2 ran nowhere between {lo:#x} and {hi:#x}: is {elf} what was started?")
    if head[1] != "0" or not kinds:
        raise machine.Failed(f"no operation between {' and '.join(MARKS)}, or {head[1]} times a mark out of turn")
    return kinds


def function_at(elf, pc):
    """The function of Hazel that an address is in."""
    table = functions(elf)
    index = bisect.bisect_right(table, pc, key=lambda entry: entry[0]) - 1
    return table[index][1] if index >= 0 else "?"


def summary(elf, kinds):
    """The figures of profile(), "typical" apart, from some of what count() returned."""
    windows, runs_at, device_at = 0, Counter(), Counter()
    for _, number, counts in kinds:
        windows += number
        for pc, (runs, device) in counts.items():
            runs_at[pc] += runs
            device_at[pc] += device
    by_class, by_function = Counter(), Counter()
    for pc in sorted(runs_at):
        by_function[function_at(elf, pc)] += runs_at[pc]
        by_class[classes_of(elf).get(pc)] += runs_at[pc]
    return {"windows": windows, "instructions": sum(runs_at.values()) / windows,
            **{name: by_class[name] / windows for name in CLASSES},
            "device": sum(device_at.values()) / windows,
            "functions": {name: runs / windows for name, runs in by_function.items()},
            "pcs": {pc: (runs_at[pc] / windows, device_at[pc] / windows) for pc in sorted(runs_at)}}


def setup(row):
    """The machine that a row needs: arguments of hazel.command()."""
    args = f"rows row.{row}"
    if row.startswith("doorbell"):
        return {"vms": {"bench": hazel.Vm(args, vcpus=1, cpus=(0,), shared=True),
                        "peer": hazel.Vm("peer", vcpus=1, cpus=(1,), shared=True)}}
    if row.startswith("sgi_bcast"):
        return {"vms": {"bench": hazel.Vm(args + " bcast", vcpus=8)}, "smp": 8}
    return {"vms": {"bench": hazel.Vm(args, gpio=row.startswith("spi_hw"))}}


def profile(row, bhb=False, elf=HAZEL_ELF, **machine_args):
    """
    What EL2 executes for one operation of @row, a name that the guest knows (tests/guest/bench). Without @bhb the
    branch-history mitigation is off. @machine_args replaces arguments of hazel.command(), such as vms and smp.

    {"instructions", "sysreg_writes", "sysreg_reads", "barriers", "atomics", "tlb", "cache", "eret", "device": average
    per operation, "functions": {name: instructions, in order of addresses}, "pcs": {address: (executions, device
    accesses)}, "windows": how many operations it is the average of, "typical": the same for those operations alone that
    are equally long, when that is more than half, else None}. Once in a while EL2's own timer interrupt comes in
    between: it is in the average, and not in "typical".
    """
    args = {"hv_args": "hv.bhb=auto" if bhb else "hv.bhb=off", "hypervisor": image_of(elf), "name": f"profile-{row}",
            **setup(row), **machine_args}
    kinds = count(hazel.command(**args), elf, log=os.path.join(machine.OUT, "bench", "logs", f"{args['name']}.log"))
    result = summary(elf, kinds)
    length, number, counts = max(kinds, key=lambda kind: kind[1])
    equal = length is not None and number * 2 > result["windows"]
    result["typical"] = summary(elf, [(length, number, counts)]) if equal else None
    return result
