#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Source rules of the hypervisor that no compiler checks. Prints one line per finding; exit status 1 when there is one.

1. Layers: a file includes its own layer and layers to its left (docs/architecture.md), never to the right.
2. Every source file starts with its SPDX line.
3. No #if on CONFIG_ in .c files: they vary at link time.
4. No .c file over 500 lines (tests: 800, a model and its driver read best in one place), no function over 60, no line over 120 columns.
"""
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
HV = TOP / "hypervisor"
MAX_FILE, MAX_TEST_FILE, MAX_FUNCTION, MAX_COLUMNS = 500, 800, 60, 120

ORDER = ["public", "lib", "arch", "common", "guest", "dm", "debug", "init"]
RANK = {name: i for i, name in enumerate(ORDER)}

# Declarations that every layer may use: logging, counters, assertions.
LEAF = {"debug/logmsg.h", "debug/stats.h", "debug/trace.h", "lib/assert.h"}
# Plain data, no code: a host driver is told what the device tree said, boards are described to all above lib.
EXCEPTIONS = {
    "common/fdt_host.h": {"arch"},
    # What the architecture offers common/: declared with the callers, implemented by the architecture.
    "common/arch_hooks.h": {"arch"},
}
# What emulated devices may use of the architecture: locks and time.
DM_ASM = {"asm/spinlock.h", "asm/timer.h"}
THIRD_PARTY = {"libfdt.h", "fdt.h", "zlib.h"}
COMPILER = {"stddef.h", "stdint.h", "stdbool.h", "stdarg.h", "string.h", "limits.h"}
SPDX = "SPDX-License-Identifier: BSD-3-Clause"
# What becomes part of QEMU, a machine model and a plugin, is under QEMU's licence.
QEMU_PARTS = {TOP / "tools/qemu-rk3588", TOP / "tools/bench/plugin"}
QEMU_SPDX = "SPDX-License-Identifier: GPL-2.0-or-later"

# Guest-side headers outside asm/guest and asm/vgic: the per-VM and per-vCPU state embedded in common's structures.
GUEST_HEADERS = {"asm/ich.h"}


def header_layer(inc):
    """Layer of an include as written, or None when it is not ours."""
    top = inc.split("/")[0]
    if inc in GUEST_HEADERS or inc.startswith(("asm/guest/", "asm/vgic/")):
        return "guest"
    if top == "asm":
        return "arch"
    if top == "boards":
        return "lib"
    if top in RANK:
        return top
    return None


def file_layer(path):
    rel = path.relative_to(HV).as_posix()
    if rel.startswith("include/third_party/"):
        return None
    if rel.startswith("include/arch/arm64/"):
        return header_layer(rel[len("include/arch/arm64/"):])
    if rel.startswith("include/"):
        return header_layer(rel[len("include/"):])
    if rel.startswith("arch/arm64/"):
        sub = rel[len("arch/arm64/"):]
        if sub.startswith(("guest/", "vgic/")) or sub in ("ich.c",):
            return "guest"
        return "init" if sub in ("init.c", "init_cpus.c", "init_memory.c") else "arch"
    if rel.startswith("boards/"):
        return "debug"
    return rel.split("/")[0]


def own_headers(path):
    """Headers that mirror a source file: foo.c, foo_bar.c may include .../foo.h wherever it lives."""
    stem = path.stem
    return {stem + ".h", stem.split("_")[0] + ".h"}


def strip_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"",
                  lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)


def check_includes(path, text, report):
    layer = file_layer(path)
    if layer is None:
        return
    for number, line in enumerate(text.split("\n"), 1):
        m = re.match(r"\s*#\s*include\s*([<\"])([^>\"]+)[>\"]", line)
        if not m:
            continue
        inc = m.group(2)
        if inc in LEAF or inc in THIRD_PARTY or inc in COMPILER or layer in EXCEPTIONS.get(inc, ()):
            continue
        if m.group(1) == '"':
            if not (path.parent / inc).exists():
                report(path, number, f'"{inc}" is not beside this file: use <layer/name.h>')
            continue
        target = header_layer(inc)
        if target is None:
            report(path, number, f"<{inc}> belongs to no layer")
        elif layer == "dm" and inc.startswith("asm/") and inc not in DM_ASM:
            report(path, number, f"dm/ must not include <{inc}>: it reaches the architecture through common/")
        elif RANK[target] > RANK[layer] and Path(inc).name not in own_headers(path):
            report(path, number, f"layer '{layer}' must not include <{inc}> of layer '{target}' to its right")


def check_functions(path, text, report):
    """A function body starts at a line that is '{' alone in column one (the format check keeps it so)."""
    start = None
    for number, line in enumerate(strip_comments(text).split("\n"), 1):
        if line.rstrip() == "{":
            start = number
        elif line.startswith("}") and start:
            if number - start - 1 > MAX_FUNCTION:
                report(path, start - 1, f"function of {number - start - 1} lines; the limit is {MAX_FUNCTION}")
            start = None


def check_text(path, text, report):
    lines = text.split("\n")
    first = 1 if lines[0].startswith("#!") else 0
    spdx = QEMU_SPDX if QEMU_PARTS.intersection(path.parents) else SPDX
    if len(lines) <= first or spdx not in lines[first]:
        report(path, 1, f"the first line must be {spdx}")
    for number, line in enumerate(lines, 1):
        if len(line.expandtabs(8)) > MAX_COLUMNS and path.suffix in (".c", ".h", ".S"):
            report(path, number, f"longer than {MAX_COLUMNS} columns")
        if path.suffix == ".c" and re.match(r"\s*#\s*(if|ifdef|ifndef|elif)\b.*\bCONFIG_", line):
            report(path, number, "no #if CONFIG_ in .c files: vary at link time or with a plain if")
    limit = MAX_TEST_FILE if TOP / "tests" in path.parents else MAX_FILE
    if path.suffix == ".c" and len(lines) - 1 > limit:
        report(path, len(lines) - 1, f"{len(lines) - 1} lines; the limit is {limit}")


def sources(*dirs):
    for d in dirs:
        for path in sorted((TOP / d).rglob("*")):
            if path.is_file() and path.suffix in (".c", ".h", ".S", ".py", ".sh", ".mk"):
                yield path


def main():
    findings = []

    def report(path, number, text):
        findings.append(f"{path.relative_to(TOP)}:{number}: {text}")

    count = 0
    for path in sources("hypervisor", "tools", "tests", "scripts"):
        text = path.read_text(encoding="utf-8")
        count += 1
        check_text(path, text, report)
        if HV in path.parents and path.suffix in (".c", ".h", ".S"):
            check_includes(path, text, report)
        if (HV in path.parents or QEMU_PARTS.intersection(path.parents)) and path.suffix == ".c":
            check_functions(path, text, report)
    for finding in findings:
        print(finding)
    print(f"layers: {count} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
