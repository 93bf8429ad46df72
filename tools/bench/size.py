# SPDX-License-Identifier: BSD-3-Clause
"""How large Hazel is: the image by parts, and what it takes at run time for a VM and for a vCPU.

Parts come from the linker's map, because what no object refers to is not linked. Each byte is of the object whose input
section it lies in, a relocation of the object that it patches. "core" is without the objects of hypervisor/debug
(console, shell, log, crash dump), without the symbol table of crash dumps, and without what fills gaps.
"""
import bisect
import os
import re
import subprocess
import threading

import hazel
import machine
import profile

# Output sections, by the part that they are counted as. The linker's own relocations lie behind the image.
PARTS = {".text": "text", ".data": "data", ".bss": "bss", ".ksyms": "symbols"}
RODATA = (".rodata", ".got", ".relocs")
PARTS.update(dict.fromkeys(RODATA, "rodata"))
LEFT_OUT = "debug"
RELOCS = ".relocs"
RELOC_SIZE = 2

SECTION = re.compile(r"\[ *\d+\] (\.\S+) +\S+ +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+)")
RELOCATION = re.compile(r"^([0-9a-f]+) +[0-9a-f]+ R_AARCH64_", re.M)
# An input section in GNU ld's map (a long name ends its line) and in lld's.
GNU_INPUT = re.compile(r"^ (?:\.\S+|COMMON|\*fill\*)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)(?: +(\S.*))?$", re.M)
LLD_INPUT = re.compile(r"^ *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +\d+ {9}(\S.*):\([^()]*\)$", re.M)
GNU_BEGIN = "Linker script and memory map"

SHELL_KEY = b"\x14"
POOL = re.compile(r"el2 +(\d+) of (\d+) pages free")
PAGE = 4096


def sections(text):
    """[(address, size, part)] of `readelf -S -W`, for the sections that are counted."""
    found = [(int(m.group(2), 16), int(m.group(3), 16), PARTS[m.group(1)]) for m in SECTION.finditer(text)
             if m.group(1) in PARTS]
    return sorted(found)


def inputs(text):
    """[(address, size, object)] of a linker's map. A section that was merged into others has what is left of it."""
    gnu = text.find(GNU_BEGIN)
    found = [(int(m.group(1), 16), int(m.group(2), 16), m.group(3) or "") for m in
             (GNU_INPUT if gnu >= 0 else LLD_INPUT).finditer(text, max(gnu, 0))]
    found.sort(key=lambda entry: entry[0])
    after = [entry[0] for entry in found[1:]] + [1 << 64]
    return [(address, min(size, end - address), name) for (address, size, name), end in zip(found, after)]


def directory(name):
    """What an object is counted under: a directory of hypervisor/, or a library."""
    library = re.search(r"(\w+)\.a\b", name)
    found = re.search(r"hypervisor/(arch/arm64/(?:vgic|guest)|\w+)/", name)
    return library.group(1) if library else found.group(1) if found else "other"


def by_directory(elf_sections, map_inputs, relocated):
    """{directory: {part: bytes}}; @relocated: addresses that are patched, each of which costs a record in rodata."""
    result = {}
    starts = [address for address, _, _ in map_inputs]

    def count(name, part, size):
        where = result.setdefault(directory(name), dict.fromkeys(("text", "rodata", "data", "bss"), 0))
        where[part] += size

    for address, size, name in map_inputs:
        for start, length, part in elf_sections:
            if name and start <= address < start + length and part != "symbols":
                count(name, part, size)
    for address in relocated:
        i = bisect.bisect_right(starts, address) - 1
        if i >= 0 and map_inputs[i][2]:
            count(map_inputs[i][2], "rodata", RELOC_SIZE)
    return result


def without_relocations(text, map_inputs):
    """The inputs that are not in .relocs, by readelf's list of sections: its records are their objects'."""
    spans = [(int(m.group(2), 16), int(m.group(3), 16)) for m in SECTION.finditer(text) if m.group(1) == RELOCS]
    return [entry for entry in map_inputs if not any(at <= entry[0] < at + size for at, size in spans)]


def image(elf):
    """
    {"total": {part: bytes}, "core": {part: bytes}, "directories": the same for each, "file": bytes of hypervisor.bin}.
    """
    readelf = profile.cross("readelf")
    headers = profile.output(readelf, "-S", "-W", elf)
    relocated = [int(m, 16) for m in RELOCATION.findall(profile.output(readelf, "-r", "-W", elf))]
    with open(elf + ".map", encoding="utf-8") as f:
        found = inputs(f.read())
    parts = sections(headers)
    total = {}
    for _, size, part in parts:
        total[part] = total.get(part, 0) + size
    directories = by_directory(parts, without_relocations(headers, found), relocated)
    core = {part: sum(where[part] for name, where in directories.items() if name != LEFT_OUT)
            for part in ("text", "rodata", "data", "bss")}
    return {"total": total, "core": core, "directories": directories,
            "file": os.path.getsize(profile.image_of(elf))}


# --- at run time -----------------------------------------------------------------------------------------------------
def ask_shell(command, vms, question, answer, timeout=60):
    """Run QEMU; when @vms VMs have started, type a line into Hazel's shell; the match of @answer."""
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    timer = threading.Timer(timeout, child.kill)
    timer.start()
    text, asked = "", False
    try:
        for raw in child.stdout:
            text += raw.decode("utf-8", "replace")
            if answer.search(text):
                return answer.search(text)
            if not asked and text.count("': started, entry ") == vms:
                # The shell comes after the consoles of the VMs.
                child.stdin.write(SHELL_KEY * vms + question + b"\r")
                child.stdin.flush()
                asked = True
    finally:
        timer.cancel()
        child.kill()
        child.wait()
    raise machine.Failed("Hazel's shell did not answer:\n" + text[-1000:])


def pages_used(vms, hypervisor, name):
    """Pages of EL2's memory that are in use when these VMs run."""
    command = hazel.command(vms, name=name, hypervisor=hypervisor, hv_args="hv.bhb=off")
    free, total = map(int, ask_shell(command, len(vms), b"mem", POOL).groups())
    return total - free


def run_time(hypervisor):
    """{"vm": bytes for a VM with one vCPU and 64 MiB, "vcpu": bytes for one more vCPU}."""
    def used(name, *vcpus):
        vms = {f"vm{i}": hazel.Vm("sleep", vcpus=n, scheduler="bvt") for i, n in enumerate(vcpus)}
        return pages_used(vms, hypervisor, "memory-" + name)

    one = used("one", 1)
    return {"vm": (used("two", 1, 1) - one) * PAGE, "vcpu": (used("vcpus", 2) - one) * PAGE}
