# SPDX-License-Identifier: BSD-3-Clause
"""The machine model of the RK3588 without Hazel: Linux with a board's own device tree, natively and under BL31."""
import re
import subprocess

import pytest

from hazel import BOOT_TIMEOUT, GUEST_DONE, ROOT, check_guest_output, icount
from rk3588 import CONSOLE, bl31

# Part numbers of MIDR_EL1, from the Technical Reference Manuals of the cores.
CORTEX_A55, CORTEX_A76 = "0xd05", "0xd0b"
EARLYCON = "earlycon=uart8250,mmio32,0xfeb50000"


@pytest.fixture
def linux(rk3588, kernel):
    """linux(...) - Debian's kernel and an initramfs on the board."""

    def boot(append="", **kw):
        guest = kernel("standard")
        return rk3588(kernel=guest / "Image", initrd=guest / "initrd.gz", append=f"{CONSOLE} {append}".strip(), **kw)

    return boot


@pytest.fixture
def probe(workdir):
    """A payload that looks at the machine, as a raw image."""
    lines = subprocess.run([ROOT / "scripts/toolchain.sh", "gcc"], text=True, stdout=subprocess.PIPE, check=True).stdout
    tool = dict(line.split(" := ", 1) for line in lines.splitlines())
    source, elf, image = ROOT / "tests/qemu/rk3588_probe", workdir / "probe.elf", workdir / "probe.bin"
    subprocess.run([tool["CC"], "-std=gnu11", "-O2", "-ffreestanding", "-nostdlib", "-static", "-no-pie", "-fno-pic",
                    "-fno-stack-protector", "-mgeneral-regs-only", "-mstrict-align", "-mno-outline-atomics", "-Wall",
                    "-Wextra", "-Werror", "-Wl,--build-id=none,--no-warn-rwx-segments", "-T", f"{source}.lds",
                    f"{source}.c", "-o", elf], check=True)
    subprocess.run([tool["OBJCOPY"], "-O", "binary", elf, image], check=True)
    return image


@pytest.mark.parametrize("mem, mib", [("2G", 2048), ("4G", 4096), ("8G", 8192), ("16G", 16384)])
def test_probe(rk3588, probe, mem, mib):
    """What firmware and chip promise at EL2: the UART's busy behaviour, OTP, the memory size, cores by PSCI."""
    m = rk3588(bios=probe, mem=mem, extra=icount())
    m.expect(GUEST_DONE.pattern)
    check_guest_output(m.console)
    assert f"DRAM {mib} MiB by the tag, {mib} MiB by OS_REG" in m.console
    assert "DS 1" in m.console


@pytest.mark.parametrize("firmware", [False, True], ids=["qemu-psci", "bl31"])
def test_probe_secure(rk3588, probe, firmware):
    """The same with two security states: the GIC shows its non-secure view, and BL31 does not change the rest."""
    m = rk3588(bios=probe, secure=True, bl31_file=bl31() if firmware else None, extra=icount())
    m.expect(GUEST_DONE.pattern)
    check_guest_output(m.console)
    # BL31 lies in the first MiB, but the tag is older than BL31.
    assert "DRAM 4096 MiB by the tag, 4096 MiB by OS_REG" in m.console
    assert "DS 0" in m.console
    assert ("BL31: v2." in m.console) == firmware


def check_cores(m, little=4, big=4):
    """The cores that Linux runs on are those of the chip."""
    assert m.run("nproc") == str(little + big)
    parts = re.findall(r"CPU part\s*: (\S+)", m.run("cat /proc/cpuinfo"))
    assert parts == [CORTEX_A55] * little + [CORTEX_A76] * big


def mem_total_mib(m):
    """MemTotal of /proc/meminfo."""
    return int(re.search(r"MemTotal:\s+(\d+) kB", m.run("cat /proc/meminfo")).group(1)) // 1024


@pytest.mark.parametrize("secure", [False, True], ids=["one-security-state", "two-security-states"])
def test_linux(linux, secure):
    """Linux finds eight cores of two kinds, both banks of memory, and its console on the DesignWare UART."""
    m = linux(EARLYCON, secure=secure)
    m.expect("started at EL2", BOOT_TIMEOUT)
    m.expect_prompt()
    check_cores(m)
    # 4 GiB less the firmware's 2 MiB and what the kernel keeps for itself, of which 256 MiB lie above 4 GiB
    assert 3800 < mem_total_mib(m) < 4096
    assert "100000000-10fffffff : System RAM" in m.run("cat /proc/iomem")
    assert re.search(r"ttyS2 at MMIO 0xfeb50000 \(irq = \d+, base_baud = 1500000\) is a 16550A",
                     m.run("dmesg | grep ttyS2"))
    # Input comes by interrupt 365 of the GIC, which is SPI 333.
    assert re.search(r"GICv3 365 Level\s+ttyS2", m.run("grep ttyS2 /proc/interrupts"))
    m.send("poweroff\r")
    assert m.wait_exit(BOOT_TIMEOUT) == 0


@pytest.mark.parametrize("smp, mem, mib", [(1, "2G", 2048), (4, "8G", 8192), (6, "16G", 16384)])
def test_sizes(linux, smp, mem, mib):
    """Fewer cores and other amounts of memory."""
    m = linux(smp=smp, mem=mem)
    m.expect_prompt()
    check_cores(m, min(smp, 4), max(smp - 4, 0))
    assert mib * 0.93 < mem_total_mib(m) < mib


def test_bl31(linux):
    """Debian's BL31 starts Linux at EL2, brings up all cores, answers SCMI, resets the board and switches it off."""
    m = linux(bl31_file=bl31())
    m.expect(r"NOTICE:  BL31: v2\.\d+")
    m.expect("started at EL2", BOOT_TIMEOUT)
    m.expect_prompt()
    check_cores(m)
    assert "SCMI Protocol v2.0 'rockchip:'" in m.run("dmesg | grep SCMI")
    assert "nonboot cpus status" not in m.console
    # A core goes off at its WFI, and comes back through the reset vector.
    m.run("echo 0 > /sys/devices/system/cpu/cpu5/online")
    assert m.run("nproc") == "7"
    m.run("echo 1 > /sys/devices/system/cpu/cpu5/online")
    assert m.run("nproc") == "8"
    m.send("reboot\r")
    m.expect(r"NOTICE:  BL31: v2\.\d+", BOOT_TIMEOUT)
    m.expect_prompt()
    check_cores(m)
    m.send("poweroff\r")
    assert m.wait_exit(BOOT_TIMEOUT) == 0


def test_bl31_idle(linux):
    """The boards' idle state: BL31 takes the power from an idle core, and an interrupt or the chip's timer brings it back."""
    m = linux(bl31_file=bl31(), machine="idle-states=on")
    m.expect_prompt()
    check_cores(m)
    for _ in range(10):
        assert m.run("sleep 0.3; nproc") == "8"
    usage = m.run("cat /sys/devices/system/cpu/cpu*/cpuidle/state1/usage").split()
    assert len(usage) == 8 and min(int(n) for n in usage) > 10
    assert "rk_timer" in m.run("cat /proc/interrupts")
