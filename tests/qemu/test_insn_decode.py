# SPDX-License-Identifier: BSD-3-Clause
"""The load and store decoder against an independent one: the disassembler of GNU binutils."""
import random
import re
import subprocess

import pytest

from hazel import BUILD, ROOT

OTHER, ATOMIC, PREFETCH, ACCESS = range(4)
BASE, PRE, POST, REG, LITERAL = range(5)
FIELDS = ("kind", "addr", "load", "fp", "sign", "reg64", "nr", "size", "rt", "rt2", "rn", "rm", "extend", "shift", "imm")
SIZES = {"b": 1, "h": 2, "s": 4, "d": 8, "q": 16, "w": 4, "x": 8}
EXTEND = {"uxtw": 2, "lsl": 3, "sxtw": 6, "sxtx": 7}
RANDOM_WORDS = 300000
ATOMIC_NAME = re.compile(r"(ld|st)[al]{0,2}x(r|p)|(ld|st)(ax|lx|x)(r|p)|cas|swp|ld(add|clr|eor|set|smax|smin|umax|umin)|"
                         r"st(add|clr|eor|set|smax|smin|umax|umin)|st64b|ld64b|rcw")
ACCESS_NAME = re.compile(r"(ldr|str|ldur|stur|ldtr|sttr|ldar|stlr|ldlar|stllr|ldapr|ldapur|stlur)(s?)(b|h|w)?$|"
                         r"(ldp|stp|ldnp|stnp)(sw)?$")


def words():
    """All combinations of the fields that choose the instruction, with a few registers; and random ones of the group."""
    out = []
    for top in range(1 << 12):  # bits 31:20
        word = top << 20
        if not (word >> 27) & 1 or (word >> 25) & 1:
            continue
        for low in range(64):  # bits 15:10
            out.append(word | 0x1f << 16 | low << 10 | 3 << 5 | 4)
            out.append(word | 5 << 16 | low << 10 | 31 << 5 | 30)
    rng = random.Random(1)
    while len(out) < RANDOM_WORDS:
        word = rng.getrandbits(32)
        out.append(word & ~(1 << 25) | 1 << 27)
    # LDAR and its like with fields that should be ones but are not: the disassembler takes some of them and not others.
    return [w for w in out if (w >> 24) & 0x3f != 8 or not (w >> 23) & 1 or (w >> 16) & 0x1f == 0x1f == (w >> 10) & 0x1f]


def disassemble(path, data):
    """objdump's (mnemonic, operands) of each word."""
    path.write_bytes(b"".join(w.to_bytes(4, "little") for w in data))
    text = subprocess.run(["aarch64-linux-gnu-objdump", "-D", "-b", "binary", "-m", "aarch64", "-z", str(path)],
                          stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = re.findall(r"^ *([0-9a-f]+):\t([0-9a-f]{8}) \t([a-z0-9.]+)\t?([^\n/]*)", text, re.M)
    assert len(rows) == len(data)
    return [(m, ops.split(";")[0].strip(), int(pc, 16)) for pc, _, m, ops in rows]


def number(reg):
    """Register number; sp and the zero registers are 31."""
    return 31 if reg in ("sp", "wsp", "xzr", "wzr") else int(reg[1:])


def address(text, pc, want):
    """Fill addressing mode fields from the text behind the registers."""
    if not text.startswith("["):
        target = text.split()[0]
        imm = int(target, 16) - pc
        want.update(addr=LITERAL, rn=31, imm=imm - (1 << 64) if imm >= 1 << 63 else imm)
        return
    inner, after = re.match(r"\[([^\]]*)\](.*)", text).groups()
    parts = [p.strip() for p in inner.split(",")]
    want.update(addr=BASE, rn=number(parts[0]), imm=0)
    if after.startswith("!"):
        want["addr"] = PRE
    elif after.startswith(","):
        want.update(addr=POST, imm=int(after[1:].strip().lstrip("#"), 0))
        return
    if len(parts) > 1 and parts[1].startswith("#"):
        want["imm"] = int(parts[1][1:], 0)
    elif len(parts) > 1:
        ext, _, amount = (parts[2] if len(parts) > 2 else "lsl").partition(" ")
        want.update(addr=REG, rm=number(parts[1]), extend=EXTEND[ext], shift=int(amount.lstrip("#") or "0", 0))
        if want["extend"] == 7 and ext == "lsl":
            want["extend"] = 3


def expected(mnemonic, ops, pc):
    """Fields that the disassembly implies; None when any refusal is right."""
    if mnemonic in ("prfm", "prfum"):
        return {"kind": PREFETCH}
    if ATOMIC_NAME.match(mnemonic):
        return {"kind": ATOMIC}
    name = ACCESS_NAME.match(mnemonic)
    if not name:
        return None
    pair = name.group(4)
    regs = re.match(r"([bhsdqwx]\d+|[wx]zr|w?sp)" + (r",\s*([bhsdqwx]\d+|[wx]zr)" if pair else ""), ops)
    rest = ops[regs.end():].lstrip(", ")
    kind = regs.group(1)[0]
    suffix = "w" if name.group(5) else name.group(3)
    want = {"kind": ACCESS, "load": mnemonic.startswith("ld"), "fp": kind in "bhsdq",
            "sign": bool(name.group(2) or name.group(5)), "nr": 2 if pair else 1, "rt": number(regs.group(1)),
            "size": {"b": 1, "h": 2, "w": 4}.get(suffix) if suffix else SIZES[kind]}
    if kind in "wx" and want["load"]:
        want["reg64"] = kind == "x"
    if pair:
        want["rt2"] = number(regs.group(2))
    address(rest, pc, want)
    # CONSTRAINED UNPREDICTABLE: refused.
    wback = want["addr"] in (PRE, POST) and not want["fp"] and want["rn"] != 31
    if wback and want["rn"] in (want["rt"], want.get("rt2")) or pair and want["load"] and want["rt"] == want["rt2"]:
        return {"kind": OTHER}
    return want


@pytest.fixture(scope="module")
def decoded():
    """(words, what our decoder says, what objdump says)"""
    directory = BUILD / "tests"
    directory.mkdir(parents=True, exist_ok=True)
    program = directory / "insn_dump"
    subprocess.run(["gcc", "-O1", "-DHOST_TEST", "-Itests/host/include", "-Ihypervisor/include",
                    "-Ihypervisor/include/arch/arm64", "tests/host/insn_dump.c", "hypervisor/arch/arm64/guest/insn.c",
                    "-o", str(program)], cwd=ROOT, check=True)
    data = words()
    out = subprocess.run([str(program)], input="\n".join(f"{w:x}" for w in data), stdout=subprocess.PIPE, text=True,
                         check=True).stdout
    ours = [dict(zip(FIELDS, map(int, line.split()))) for line in out.splitlines()]
    return data, ours, disassemble(directory / "insn.bin", data)


def test_against_disassembler(decoded):
    """Each word means the same to both."""
    bad, seen = [], {}
    for word, got, (mnemonic, ops, pc) in zip(*decoded):
        want = expected(mnemonic, ops, pc)
        if want is None:
            # Undefined, or not emulated: anything but an access. Undefined words never get here on a CPU.
            ok = got["kind"] in (OTHER, ATOMIC, PREFETCH)
        else:
            ok = all(got[k] == v for k, v in want.items())
            seen[mnemonic] = seen.get(mnemonic, 0) + 1
        if not ok:
            bad.append(f"{word:08x} {mnemonic} {ops}: got {got}, want {want}")
    assert not bad, f"{len(bad)} differ:\n" + "\n".join(bad[:400:20])
    for mnemonic in ("ldr", "str", "ldrsw", "ldrsh", "ldrsb", "ldp", "stp", "ldpsw", "ldnp", "stnp", "ldtr", "sttrb", "ldur",
                     "stur", "ldar", "stlrb", "ldapr", "ldapur", "stlur", "prfm", "ldxr", "cas", "ldadd"):
        assert seen.get(mnemonic), f"{mnemonic} was never tried"
