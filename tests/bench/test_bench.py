# SPDX-License-Identifier: BSD-3-Clause
"""The logic of tools/bench that needs no QEMU: reading, comparing, the gate, tables, the picture, sizes."""
import copy
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "bench"))

import compare  # noqa: E402
import gate  # noqa: E402
import machine  # noqa: E402
import measure  # noqa: E402
import parent  # noqa: E402
import rows  # noqa: E402
import settings  # noqa: E402
import size  # noqa: E402
import svg  # noqa: E402
import table  # noqa: E402

# Names that readers of build/bench.json rely on.
OPS = """hvc_psci_version hvc_smccc_version hvc_unknown id_reg gicd_typer_r spi_disable_enable sgi_self_entry
vtimer_entry spi_hw_entry spi_pend_entry ipi_roundtrip wfi_vtimer_late s2_first_touch_faults reset_to_guest""".split()
COLUMNS = ("bare", "hazel", "xen", "kvm")


def figures(median, low=None, high=None):
    """What is kept of a row in a column."""
    return {"min": median if low is None else low, "median": median, "max": median if high is None else high}


@pytest.fixture
def data():
    """A whole bench.json."""
    counts = {"instructions": 53, "sysreg_writes": 1, "sysreg_reads": 3, "barriers": 2, "atomics": 0, "tlb": 0,
              "cache": 0, "eret": 1, "device": 0, "functions": {"f": 53}}
    parts = {"text": 240_000, "rodata": 48_000, "data": 6_000, "bss": 240_000}
    bench = measure.Bench()
    for i, column in enumerate(COLUMNS):
        bench.add(column, {name: figures(50 * (i + 1)) for name in OPS})
    bench.add("hazel", {"id_reg@default": figures(130), "id_reg@vms1": figures(50), "id_reg@vms32": figures(51),
                        "ipi_roundtrip@onecpu": figures(5241, 5239, 5846), "reset_to_guest@44mb": figures(31_000_000)})
    return {"compiler": "gcc 12.2.0", "qemu": "QEMU 7.2.22", "qemu_xen": "QEMU 10.0.2", "rows": bench.rows,
            "profile": {"hvc_psci_version": counts},
            "size": {"image": {"total": {**parts, "symbols": 25_000}, "core": parts, "directories": {"lib": parts},
                               "file": 320_000}, "memory": {"vm": 249_856, "vcpu": 12_288}}}


# --- reading ---------------------------------------------------------------------------------------------------------
def test_lines_of_all_guests_are_read():
    text = ("BENCH hvc_unknown 80 81 90 1000\r\n"
            "(XEN) DOM1: BENCH id_reg 527 527 527 1000\n"
            "BENCHMARK hvc 1 2 3 4\nBENCH broken 1 2\n[hv] something\nBENCH done\n")
    assert rows.parse(text) == {"hvc_unknown": figures(81, 80, 90), "id_reg": figures(527)}


def test_a_guest_that_started_again_is_no_measurement():
    with pytest.raises(machine.Failed):
        rows.parse("BENCH id_reg 1 1 1 9\nBENCH id_reg 2 2 2 9\n")


def test_a_run_counts_when_all_vms_were_there():
    first = "[hv] vm1 'sleep0': started, entry 0x80080000\n"
    own = "[hv] vm0 'bench': started, entry 0x80080000\n"
    measure.started_first(first + own + "BENCH id_reg 1 1 1 9\n", {"bench": 0, "sleep0": 0})
    with pytest.raises(machine.Failed):
        measure.started_first(own + "BENCH id_reg 1 1 1 9\n" + first, {"bench": 0, "sleep0": 0})


@pytest.mark.parametrize("line, name", [
    ("aarch64-linux-gnu-gcc (Debian 12.2.0-14) 12.2.0", "gcc 12.2.0"),
    ("gcc (Debian 14.2.0-19) 14.2.0", "gcc 14.2.0"),
    ("Debian clang version 14.0.6", "clang 14.0.6"),
    ("clang version 19.1.7 (3+b1)", "clang 19.1.7"),
])
def test_compiler_names(line, name):
    assert measure.compiler_name(line) == name


def test_qemu_name():
    assert measure.qemu_name("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)") == "QEMU 7.2.22"


def test_rows_are_in_order():
    names = ["id_reg", "hvc_unknown@vms32", "hvc_unknown@vms8", "new_one", "hvc_unknown"]
    names.sort(key=rows.place)
    assert names == ["hvc_unknown", "hvc_unknown@vms8", "hvc_unknown@vms32", "id_reg", "new_one"]


# --- runs ------------------------------------------------------------------------------------------------------------
def test_a_step_that_fails_does_not_end_the_others(capsys):
    bench = measure.Bench()

    def raising(error):
        raise error

    bench.column("xen", "Xen", [("2 vCPUs", lambda: raising(machine.Missing("no package"))),
                                ("8 vCPUs", lambda: {"id_reg": figures(1)})])
    bench.column("kvm", "KVM", [("2 vCPUs", lambda: raising(machine.Failed("it hung"))),
                                ("8 vCPUs", lambda: {"id_reg": figures(2)})])
    assert bench.missing == {"Xen column": "no package"} and bench.failed == ["KVM: 2 vCPUs"]
    assert bench.rows == {"id_reg": {"kvm": figures(2)}}
    assert "bench: no Xen column: no package\n" in capsys.readouterr().out


def test_settings_have_names_of_their_own():
    names = [run.name for run in settings.every()]
    assert len(names) == len(set(names))
    assert {run.suffix for run in settings.every()} == {"", "default", "shared", "vms1", "vms2", "vms8", "vms32",
                                                        "vcpus8", "onecpu", "1mb", "8mb", "44mb"}
    # The names of VMs differ, or there would be fewer.
    assert [len(run.vms) for run in settings.every() if run.name.startswith("vms")] == [1, 2, 8, 32]


def test_goals_are_measured_with_the_mitigation_off_and_only_they():
    for run in settings.every():
        assert ("hv.bhb=off" in run.hv_args) == (run.suffix != "default"), run.name


def test_the_gate_has_every_exit_path_and_no_reset():
    assert {run.name for run in settings.gate()} == {"alone", "default", "shared", "bcast", "onecpu", "doorbell",
                                                     "doorbell-onecpu"}


def test_grown_image_says_its_size():
    header = bytearray(64)
    struct.pack_into("<Q", header, 16, 100)
    assert struct.unpack_from("<Q", settings.grown(bytes(header), bytes(1000)), 16) == (1064,)
    assert struct.unpack_from("<Q", settings.grown(bytes(header), bytes(4)), 16) == (100,)


# --- the gate --------------------------------------------------------------------------------------------------------
def test_gate_is_green_up_to_five_percent():
    verdict = gate.judge({"a": 100, "b": 200, "c": 0}, {"a": 105, "b": 190, "c": 0})
    assert verdict.ok and not verdict.shrunk
    assert gate.report(verdict, "the baseline", "gcc 12.2.0 / QEMU 7.2.22") == [
        "bench: 3 rows within 5 % of the baseline (gcc 12.2.0, QEMU 7.2.22)"]


@pytest.mark.parametrize("old, new", [(100, 106), (55, 58), (0, 1)])
def test_gate_is_red_above_five_percent(old, new):
    verdict = gate.judge({"id_reg": old, "other": 10}, {"id_reg": new, "other": 10})
    assert not verdict.ok
    lines = gate.report(verdict, "the baseline", "gcc 12.2.0 / QEMU 7.2.22")
    assert lines[0].startswith(f"bench: error: grew: id_reg: {old} -> {new} instructions (")
    assert lines[-1] == ("bench: 1 of 2 rows grew by more than 5 % over the baseline (gcc 12.2.0, QEMU 7.2.22): "
                         "if this is meant, run make bench-baseline and commit it")


def test_twenty_instructions_more_turn_the_gate_red_on_every_short_path():
    old = {name: goal for name, goal in rows.GOALS.items() if 0 < goal <= 300}
    verdict = gate.judge(old, {name: n + 20 for name, n in old.items()})
    assert {c[0] for c in verdict.grown} == set(old)


def test_a_row_that_shrank_is_mentioned_only():
    verdict = gate.judge({"id_reg": 100, "a": 1}, {"id_reg": 50, "a": 1})
    lines = gate.report(verdict, "the baseline", "k / q")
    assert verdict.ok and lines[0] == "bench: shrank: id_reg: 100 -> 50 instructions (-50.0 %)"
    assert lines[-1] == "bench: 1 rows within 5 % of the baseline (k, q), 1 below that"


def test_a_row_that_is_gone_is_an_error_and_a_new_one_is_not():
    assert not gate.judge({"a": 1, "b": 1}, {"a": 1}).ok
    verdict = gate.judge({"a": 1}, {"a": 1, "b": 1})
    assert verdict.ok and verdict.new == ["b"]
    assert not gate.judge({}, {"a": 1}).ok


def test_growth_that_the_same_change_writes_into_the_baseline_is_meant():
    before = {"gcc 12 / QEMU 7": {"a": 100, "b": 100}}
    now = {"gcc 12 / QEMU 7": {"a": 120, "b": 90}, "gcc 14 / QEMU 10": {"c": 7}}
    assert gate.raised(before, now) == {"a"}
    verdict = gate.judge({"a": 101, "b": 101}, {"a": 121, "b": 101}, gate.raised(before, now))
    assert verdict.ok and [c[0] for c in verdict.meant] == ["a"]
    assert not gate.judge({"a": 101, "b": 101}, {"a": 121, "b": 140}, gate.raised(before, now)).ok


def test_baseline_keeps_other_entries(tmp_path):
    path = tmp_path / "baseline.json"
    assert gate.load(path) == {}
    gate.keep("gcc 12.2.0 / QEMU 7.2.22", {"id_reg": 1}, path)
    gate.keep("gcc 14.2.0 / QEMU 10.0.2", {"id_reg": 2}, path)
    assert gate.load(path) == {"gcc 12.2.0 / QEMU 7.2.22": {"id_reg": 1}, "gcc 14.2.0 / QEMU 10.0.2": {"id_reg": 2}}


def gate_program():
    """tools/bench/gate, which is not a module by name."""
    code = (ROOT / "tools/bench/gate").read_text(encoding="utf-8")
    space = {"__name__": "gate_program"}
    exec(compile(code, "tools/bench/gate", "exec"), space)  # pylint: disable=exec-used
    return space


def test_without_an_entry_the_parent_is_measured(monkeypatch, capsys):
    program = gate_program()
    monkeypatch.setattr(gate, "load", lambda: {"another": {"id_reg": 1}})
    monkeypatch.setattr(parent, "commit", lambda: "0123456789abcdef")
    monkeypatch.setattr(parent, "build", lambda of, config=None: f"{of}.bin")
    monkeypatch.setattr(parent, "baseline", lambda of: {})
    old = {"0123456789abcdef.bin": {"id_reg": 77}}
    program["figures"] = lambda hypervisor, who, all_of_them: old[hypervisor]
    assert program["check"]("gcc 99 / QEMU 99", True, {"id_reg": 78}) == 0
    assert capsys.readouterr().out.endswith("bench: 1 rows within 5 % of commit 0123456789ab (gcc 99, QEMU 99)\n")
    assert program["check"]("gcc 99 / QEMU 99", True, {"id_reg": 97}) == 1
    # Another configuration has other figures, even where the baseline has an entry.
    assert program["check"]("another", False, {"id_reg": 77}) == 0


def test_without_an_entry_and_a_parent_it_says_so(monkeypatch, capsys):
    def none():
        raise machine.Missing("HEAD has no parent here")

    program = gate_program()
    monkeypatch.setattr(gate, "load", lambda: {})
    monkeypatch.setattr(parent, "commit", none)
    assert program["check"]("gcc 99 / QEMU 99", True, {"id_reg": 78}) == 0
    assert "HEAD has no parent here: 1 rows measured, compared with nothing" in capsys.readouterr().out


def git(directory, *command):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *command], cwd=directory, check=True,
                   stdout=subprocess.DEVNULL)


@pytest.mark.skipif(not shutil.which("git"), reason="no git")
def test_which_commit_is_the_parent(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "ROOT", str(tmp_path))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(machine.Missing):
        parent.commit()
    (tmp_path / "hypervisor").mkdir()
    source = tmp_path / "hypervisor" / "a.c"
    commits = []
    for text in ("one", "two"):
        source.write_text(text)
        if not commits:
            git(tmp_path, "init", "-q")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", text)
        commits.append(subprocess.run(["git", "rev-parse", "HEAD"], cwd=tmp_path, check=True, text=True,
                                      stdout=subprocess.PIPE).stdout.strip())
        if len(commits) == 1:
            with pytest.raises(machine.Missing):
                parent.commit()
    assert parent.commit() == commits[0]
    source.write_text("three")
    assert parent.commit() == commits[1]


def test_committed_baseline_is_whole():
    table_of = gate.load()
    assert table_of
    for entry, kept in table_of.items():
        assert entry.count(" / ") == 1 and all(isinstance(n, int) and n >= 0 for n in kept.values())
        # Those goals that are exit paths, in each setting that the gate has.
        for name in rows.GOALS:
            if not name.startswith(rows.RESET):
                assert {name, f"{name}@default", f"{name}@shared"} <= kept.keys(), entry


# --- comparing -------------------------------------------------------------------------------------------------------
def test_compare_sorts_by_change(data):
    new = copy.deepcopy(data)
    new["rows"]["id_reg"]["hazel"] = figures(90)
    new["rows"]["hvc_unknown"]["hazel"] = figures(110)
    new["rows"]["spi_hw_entry"]["hazel"] = figures(150)
    new["rows"]["spi_hw_entry"]["xen"] = figures(1)
    new["rows"]["another"] = {"hazel": figures(1)}
    new["size"]["image"]["core"]["text"] -= 24_000
    lines = [line.split() for line in compare.report(data, new).splitlines()]
    assert [line[0] for line in lines if line and line[-1] == "%"] == ["spi_hw_entry", "hvc_unknown", "id_reg", "size"]
    assert ["spi_hw_entry", "100", "150", "+50", "+50.0", "%"] in lines
    assert ["new:", "another"] in lines
    assert lines[-1][-2:] == ["4", "changed"]


def test_compare_says_when_the_compiler_is_another(data):
    other = {**data, "compiler": "clang 14.0.6"}
    assert compare.report(data, other).startswith("compiler: gcc 12.2.0, now clang 14.0.6: not the same measurement\n")


# --- what is written -------------------------------------------------------------------------------------------------
def test_json_shape(data):
    again = json.loads(json.dumps(data))
    for name in OPS:
        assert set(again["rows"][name]) == set(COLUMNS)
        for kept in again["rows"][name].values():
            assert set(kept) == {"min", "median", "max"}


def test_table_has_all_goals(data):
    text = table.main_table(data).text()
    lines = {line.split()[0]: line for line in text.splitlines() if line}
    for name in rows.GOALS:
        assert f"{rows.GOALS[name]:,}" in lines[name]
    assert set(OPS) <= set(rows.ROWS) and set(rows.GOALS) - {"reset_to_guest@44mb"} == set(OPS)


def test_table_says_how_much_is_missing_to_the_goal(data):
    data["rows"]["id_reg"]["hazel"] = figures(84)
    line = next(l for l in table.main_table(data).text().splitlines() if l.startswith("id_reg "))
    assert line.split() == ["id_reg", "50", "84", "150", "200", "80", "(+4)", "1.8", "2.4"]


def test_tables_without_peers(data):
    data["rows"] = {name: {"hazel": c["hazel"]} for name, c in data["rows"].items() if "hazel" in c}
    del data["profile"], data["size"]
    assert any(line.split()[:4] == ["id_reg", "-", "100", "-"] for t in table.all_tables(data)
               for line in t.text().splitlines())


def test_markdown_is_a_table(data):
    for t in table.all_tables(data):
        lines = [line for line in t.markdown().splitlines() if line.startswith("|")]
        assert len(lines) == len(t.lines) + 2 and len({line.count("|") for line in lines}) == 1


def test_picture_is_xml_and_shows_each(data):
    root = xml.etree.ElementTree.fromstring(svg.draw(data))
    drawn = {e.get("class") for e in root.iter() if e.tag.endswith("rect")}
    assert {"bare", "hazel", "bao", "xen", "kvm"} <= drawn
    assert "prefers-color-scheme: dark" in svg.draw(data)


# --- sizes -----------------------------------------------------------------------------------------------------------
HEADERS = """
  [ 1] .text             PROGBITS        0000000000001000 001000 001000 00  AX  0   0  8
  [ 2] .rodata           PROGBITS        0000000000002000 002000 000100 00   A  0   0  8
  [ 3] .relocs           PROGBITS        0000000000002100 002100 000030 00   A  0   0  8
  [ 4] .data             PROGBITS        0000000000003000 003000 000010 00  WA  0   0  8
"""
GNU_MAP = """ .text.gone     0x0000000000000000      0x900 build/obj/gcc/hypervisor/lib/a.c.o
Linker script and memory map
.text           0x0000000000001000     0x1000
 .text.a_function_with_a_long_name
                0x0000000000001000       0x10 build/obj/gcc/hypervisor/lib/a.c.o
 *fill*         0x0000000000001010       0x10
 .text.b        0x0000000000001020       0x20 build/obj/gcc/hypervisor/debug/b.c.o
.rodata         0x0000000000002000      0x100
 .rodata.str1.8
                0x0000000000002000       0x40 build/obj/gcc/libfdt.a(fdt.c.o)
                                         0x80 (size before relaxing)
 .rodata.str1.8
                0x0000000000002040       0x20 build/obj/gcc/hypervisor/debug/b.c.o
 *fill*         0x0000000000002040        0x0
.relocs         0x0000000000002100       0x30
 .relocs        0x0000000000002100       0x30 build/obj/gcc/hypervisor/lib/a.c.o
.data           0x0000000000003000       0x10
 .data.b        0x0000000000003000        0x8 build/obj/gcc/hypervisor/debug/b.c.o
 .data.a        0x0000000000003008        0x8 build/obj/gcc/hypervisor/arch/arm64/vgic/a.c.o
"""
LLD_MAP = """             VMA              LMA     Size Align Out     In      Symbol
            1000             1000     1000     8 .text
            1000             1000       10     4         build/obj/llvm/hypervisor/lib/a.c.o:(.text.a)
            1000             1000       10     1                 a
"""


def test_size_counts_what_is_linked_by_its_object():
    found = size.by_directory(size.sections(HEADERS), size.without_relocations(HEADERS, size.inputs(GNU_MAP)),
                              [0x3000, 0x3008])
    assert found["lib"] == {"text": 0x10, "rodata": 0, "data": 0, "bss": 0}
    # Its string was merged into another's; its relocation is its own.
    assert found["debug"] == {"text": 0x20, "rodata": 2, "data": 8, "bss": 0}
    assert found["libfdt"] == {"text": 0, "rodata": 0x40, "data": 0, "bss": 0}
    assert found["arch/arm64/vgic"] == {"text": 0, "rodata": 2, "data": 8, "bss": 0}


def test_size_reads_the_map_of_lld():
    assert size.inputs(LLD_MAP) == [(0x1000, 0x10, "build/obj/llvm/hypervisor/lib/a.c.o")]


def test_pool_of_the_shell():
    assert size.POOL.search("host  1 of 2 pages free\r\nel2   4409 of 4606 pages free\r\n").groups() == ("4409", "4606")


def test_programs_are_executable():
    for name in ("bench", "compare", "docs", "gate", "svg.py"):
        assert os.access(ROOT / "tools/bench" / name, os.X_OK)
