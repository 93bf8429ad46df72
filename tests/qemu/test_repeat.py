# SPDX-License-Identifier: BSD-3-Clause
"""Acceptance A4, A6: many boots in a row, and boots that are the same to the last byte."""
import os
import re
import time

import pytest

from gdb import gdb_socket, run_gdb
from hazel import BANNER, BOOT_TIMEOUT, PROMPT, SCALE

# HAZEL_BOOTS boots in all, in CHUNKS tests that run side by side. The full acceptance run sets 50.
BOOTS = int(os.environ.get("HAZEL_BOOTS", "50"))
CHUNKS = 10
# Less to zero than the default machine has: the boots are what is tested.
MEM = "256M"
BANNER_INSTRUCTIONS = 2_000_000
DETERMINISTIC = {"machine": "dtb-randomness=off",
                 "extra": ("-icount", "shift=0,sleep=off", "-rtc", "base=2026-01-01,clock=vm", "-seed", "1")}


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_boots_in_a_row(machine, linux_bundle, chunk):
    bundle = linux_bundle()
    for _ in range(chunk, BOOTS, CHUNKS):
        m = machine(bundle, mem=MEM)
        m.expect_prompt()
        m.close()


def boot_text(machine, bundle):
    """Console text of one deterministic boot up to the prompt."""
    m = machine(bundle, **DETERMINISTIC)
    m.expect_prompt(4 * BOOT_TIMEOUT)
    m.close()
    # Of what BusyBox prints after its prompt, QEMU's end may cut any part off.
    return m.console[:m.console.rindex(PROMPT)]


@pytest.mark.slow
def test_two_boots_print_the_same(machine, linux_bundle):
    bundle = linux_bundle()
    first, second = boot_text(machine, bundle), boot_text(machine, bundle)
    assert first.startswith(BANNER)
    assert first.splitlines() == second.splitlines()


def test_banner_within_two_million_instructions(machine, linux_bundle, workdir):
    """Recording counts instructions; GDB stops where the first line has just been written."""
    args, path = gdb_socket(workdir)
    m = machine(linux_bundle(), extra=args + ("-icount", f"shift=0,rr=record,rrfile={workdir}/replay.bin"))
    time.sleep(1 * SCALE)
    out = run_gdb(path, ("hbreak boot_rest", "continue", "monitor info replay", "kill"))
    count = re.search(r"instruction count = (\d+)", out)
    assert count, out
    assert m.quiet(1).startswith(BANNER[:1])
    assert m.console.startswith(BANNER)
    print(f"banner after {count.group(1)} instructions")
    assert int(count.group(1)) < BANNER_INSTRUCTIONS
