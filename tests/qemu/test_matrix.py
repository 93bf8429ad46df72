# SPDX-License-Identifier: BSD-3-Clause
"""
Acceptance A5: kernels x CPUs x memory. COVERING has every value of each axis, and 16 KiB pages on
every CPU that has them; HAZEL_MATRIX=full runs all combinations.
"""
import itertools
import os
import re

import pytest

from hazel import BOOT_TIMEOUT

KERNELS = {"standard": r"6\.12\.\S+-arm64", "16k": r"6\.12\.\S+-16k", "rt": r"6\.12\.\S+-rt-arm64",
           "6.1": r"6\.1\.\S+-arm64"}
CPUS = ("cortex-a72", "cortex-a76", "max")
MEMORY = {"256M": (130, 256), "1G": (800, 1024), "6G": (5800, 6144)}
# Cores without a 16 KiB granule.
NO_16K = ("cortex-a53", "cortex-a57", "cortex-a72")

COVERING = (
    ("standard", "cortex-a72", "256M"),
    ("standard", "cortex-a76", "6G"),
    ("standard", "max", "1G"),
    ("16k", "cortex-a76", "1G"),
    ("16k", "max", "256M"),
    ("rt", "cortex-a72", "6G"),
    ("rt", "cortex-a76", "1G"),
    ("6.1", "cortex-a72", "1G"),
    ("6.1", "max", "6G"),
)
FULL = tuple(c for c in itertools.product(KERNELS, CPUS, MEMORY) if not (c[0] == "16k" and c[1] in NO_16K))
COMBINATIONS = FULL if os.environ.get("HAZEL_MATRIX") == "full" else COVERING


@pytest.mark.parametrize("variant,cpu,mem", COMBINATIONS)
def test_boot(machine, linux_bundle, variant, cpu, mem):
    m = machine(linux_bundle(variant), cpu=cpu, mem=mem)
    m.expect_prompt(2 * BOOT_TIMEOUT)
    release = m.run("uname -r")
    assert re.fullmatch(KERNELS[variant], release), release
    low, high = MEMORY[mem]
    total = int(m.run("grep MemTotal /proc/meminfo").split()[1]) // 1024
    assert low <= total <= high, f"{total} MiB"
    m.send("poweroff\r")
    assert m.wait_exit() == 0


def test_16k_kernel_on_a_cpu_without_16k(machine, linux_bundle):
    """Started, the kernel would stop without a word; Hazel says what is missing instead."""
    m = machine(linux_bundle("16k"), cpu="cortex-a72")
    m.expect(r"\[hv\] error: vm0 'linux': image kernel: is built for 16 KiB pages, which this CPU does not have")


@pytest.mark.parametrize("smp", (2, pytest.param(4, marks=pytest.mark.whole_host)))
def test_more_host_cpus(machine, linux_bundle, smp):
    """One vCPU on a host with more CPUs: the others stay off and do no harm."""
    m = machine(linux_bundle(), smp=smp)
    m.expect_prompt()
    assert m.run("grep -c ^processor /proc/cpuinfo") == "1"


def test_other_board_options(machine, linux_bundle):
    """An SMMU, no ITS, EL3 below: more nodes and other firmware than the default."""
    m = machine(linux_bundle(), machine="iommu=smmuv3,its=off,secure=on")
    m.expect_prompt()
