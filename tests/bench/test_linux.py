# SPDX-License-Identifier: BSD-3-Clause
"""What `make bench-long` makes of QEMU's log and of what Linux prints."""
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "bench"))

import linux  # noqa: E402
import machine  # noqa: E402
import table  # noqa: E402


def exception(kind, cpu, source, target, esr=None):
    """Lines of QEMU's -d int."""
    lines = [f"Taking exception 1 [{kind}] on CPU {cpu}\n", f"...from EL{source} to EL{target}\n"]
    if esr is not None:
        lines.append(f"...with ESR 0x{esr >> 26:x}/0x{esr:x}\n")
    return lines + ["...to EL2 PC 0x40089400 PSTATE 0x4003c9\n"]


LOG = [
    "mark entry 0 8:8\n",  # QEMU's boot loader
    *exception("Hypervisor Call", 0, 1, 2, 0x5a000000),
    "mark entry 0 1000:900\n",
    *exception("Hypervisor Trap", 0, 1, 2, 0x6230026d),
    *exception("SVC", 0, 0, 1, 0x56000000),
    *exception("IRQ", 1, 1, 2, 0x6230026d),
    "mark init 2 1500:950 0:0 7:0\n",  # the other VM's
    "mark init 0 2000:1000 500:40 900:0\n",
    *exception("Data Abort", 0, 1, 2, 0x93400005),
    "mark begin 1 2100:1000 600:40 1900:0\n",
    *exception("IRQ", 0, 2, 2, 0),
    *exception("IRQ", 2, 1, 2),
    *exception("IRQ", 0, 0, 2),
    *exception("IRQ", 1, 1, 2),
    *exception("Uncategorized", 1, 1, 2, 0x02000000),
    "mark end 0 2600:1060 700:45 2900:0\n",
    "mark begin 0 2700:1060 700:45 2900:0\n",
    "mark end 0 3000:1060 700:45 2900:0\n",
]
TEXT = "BENCH_ROW dd 000\nBENCH_ROW dd 000\n"


def test_marks_and_exits():
    found = linux.results(linux.marks_of(LOG), TEXT, range(2))
    # The boot begins where the kernel does, not at the boot loader; SVCs and EL2's own interrupts are no exits.
    assert found[linux.BOOT] == [linux.Result(1000 + 500, 100 + 40, {"sysreg": 1, "IRQ": 1})]
    assert found["dd"] == [linux.Result(500 + 100, 60 + 5, {"IRQ": 2, "EC 0x0": 1}), linux.Result(300, 0, {})]
    assert linux.exits(found["dd"]) == {"EC 0x0": 0, "IRQ": 1}


def test_marks_of_other_cpus_are_others():
    with pytest.raises(machine.Failed, match="3 marks for 2 rows"):
        linux.results(linux.marks_of(LOG), TEXT, range(1))


@pytest.mark.parametrize("text, message", [
    ("", "4 marks for 0 rows"),
    ("BENCH_ROW dd 000\n", "4 marks for 1 rows"),
    ("BENCH_ROW dd 000\nBENCH_ROW dd 001\n", "dd ended with 001"),
])
def test_rows_that_do_not_fit(text, message):
    with pytest.raises(machine.Failed, match=message):
        linux.results(linux.marks_of(LOG), text, range(2))


def test_linux_that_does_not_boot():
    log = [line for line in LOG if not line.startswith("mark init")]
    with pytest.raises(machine.Failed, match="did not come to /init"):
        linux.results(linux.marks_of(log), TEXT, range(2))


def test_latency_of_all_threads():
    text = ("T: 0 (  363) P:90 I:1000 C:   1000 Min:  13588 Act:   13629 Avg:   13848 Max:   21035\n"
            "T: 1 (  364) P:90 I:1500 C:    666 Min:  12000 Act:   13629 Avg:   14000 Max:   30000\n")
    assert linux.latency(text) == {"min": 12000, "median": 13924, "max": 30000}
    with pytest.raises(machine.Failed, match="no figures"):
        linux.latency("ERROR: shm_open\n")


def test_tables():
    row = {"min": 100, "median": 1000, "max": 2000}
    data = {"compiler": "gcc 12.2.0", "qemu": "QEMU 7.2.22",
            "rows": {"linux_boot@1": {"bare": row, "hazel": {**row, "median": 1003}},
                     "linux_cyclictest@1": {"bare": row, "hazel": row}},
            "el2": {"linux_boot@1": 3}, "exits": {"linux_boot@1": {"IRQ": 5, "FP": 1, "SMC": 1}}}
    first, second = table.long_tables(data)
    assert first.lines == [["linux_boot@1", "1,000 (100..2,000)", "1,003 (100..2,000)", "+0.30 %", "3",
                            "5", "0", "0", "0", "0", "2"]]
    assert second.lines == [["linux_cyclictest@1", "100", "1,000", "2,000", "100", "1,000", "2,000", *["0"] * 6]]
