# SPDX-License-Identifier: BSD-3-Clause
"""Hazel's shell: wrong lines change nothing and are answered in one line; then the right ones, with their output."""
import re

from bundle import MIB, RAM_BASE, Image, Vm, make_bundle
from hazel import SHORT_TIMEOUT

USAGE_VM = "usage: vm list | info|start|stop|pause|resume|reset|console VM"
USAGE_VCPU = "usage: vcpu list [VM] | regs VM VCPU | move VM VCPU CPU"
USAGE_CPU = "usage: cpu list | on|off CPU"
USAGE_LOG = "usage: log [clear | level [N]]"


def no_vm(name):
    return f"'{name}': no such VM; vm list shows them"


WRONG = (
    ("hlp", "'hlp': no such command; try help"),
    ("VM list", "'VM': no such command; try help"),
    ('""', "'': no such command; try help"),
    ('vm "list', "a command has at most 8 words, and quotes come in pairs"),
    ("1 2 3 4 5 6 7 8 9", "a command has at most 8 words, and quotes come in pairs"),
    ("help me", "usage: help"),
    ("mem 1", "usage: mem"),
    ("sched one", "usage: sched"),
    ("audit now", "usage: audit"),
    ("reboot now", "usage: reboot"),
    ("poweroff now", "usage: poweroff"),
    ("irq one two", "usage: irq [VM]"),
    ("irq 33", no_vm("33")),
    ("stat one two", "usage: stat [VM]"),
    ("stat nobody", no_vm("nobody")),
    ("vm list one", USAGE_VM),
    ("vm stop", USAGE_VM),
    ("vm stop one two", USAGE_VM),
    ("vm kill one", USAGE_VM),
    ("vm stop nobody", no_vm("nobody")),
    ('vm stop ""', no_vm("")),
    ("vm stop 2", no_vm("2")),
    ("vm stop -1", no_vm("-1")),
    ("vm reset vm99999999999", no_vm("vm99999999999")),
    ("vm start one", "vm0 'one' is running"),
    ("vm resume one", "vm0 'one' is running: cannot resume it"),
    ("vm console mute", "vm1 'mute' has no emulated console"),
    ("vcpu list one 0", USAGE_VCPU),
    ("vcpu regs one", USAGE_VCPU),
    ("vcpu regs nobody 0", no_vm("nobody")),
    ("vcpu regs one 2", "'2': vCPU is a number from 0 to 1"),
    ("vcpu regs one x", "'x': vCPU is a number from 0 to 1"),
    ("vcpu move one 0", USAGE_VCPU),
    ("vcpu move one 0 2", "'2': CPU is a number from 0 to 1"),
    ("vcpu move one 0 0x1", "'0x1': CPU is a number from 0 to 1"),
    ("vcpu move one 0 4294967297", "'4294967297': CPU is a number from 0 to 1"),
    ("vcpu move mute 0 0", "CPU 0 is not in its cpu-affinity, it is real-time, or one of the two has scheduler \"noop\""),
    ("cpu on", USAGE_CPU),
    ("cpu on 2", "'2': CPU is a number from 0 to 1"),
    ("cpu off 0", "CPU 0 runs this shell"),
    ("cpu off 1", "CPU 1 is in use: see sched"),
    ("log clean", USAGE_LOG),
    ("log level 0", "'0': level is a number from 1 to 4"),
    ("log level debug", "'debug': level is a number from 1 to 4"),
    ("log level 3 4", USAGE_LOG),
)


def ran(m):
    """Ticks that the first VM's vCPUs ran."""
    return sum(int(n) for n in re.findall(r"stat vm0\.vcpu\d+ run=(\d+)", m.shell("stat one")))


def shell(m, line):
    """Output of a line, which may have quotes and brackets."""
    return m.shell(line, 2 * SHORT_TIMEOUT)


def boot(machine, guests, workdir):
    spin = {"spin": Image(guests / "spin.bin")}
    memory = ((RAM_BASE, 16 * MIB),)
    vms = {"one": Vm(kernel="spin", passthrough=(), memory=memory, props='vcpus = <2>; scheduler = "bvt";'),
           "mute": Vm(kernel="spin", passthrough=(), memory=memory,
                      props='scheduler = "bvt"; cpu-affinity = <1>; console = "none"; autostart = <0>;')}
    m = machine(make_bundle(workdir, spin, vms), smp=2, mem="256M")
    m.expect(r"SPIN 2")
    m.focus("shell")
    m.expect("hazel> ")
    return m


def test_wrong_lines(machine, guests, workdir):
    """Each gets its line, and the VM runs on; then what is right works, up to stop, start and power-off."""
    m = boot(machine, guests, workdir)
    before = shell(m, "vm list")
    assert re.search(r"one\s+running\s+2\s+16\s+0", before), before
    for line, answer in WRONG:
        assert shell(m, line) == answer
    assert shell(m, "vm list") == before
    assert shell(m, "log level") == "level 3: information and worse"
    ticks = ran(m)
    assert ran(m) > ticks
    right_lines(m)
    life(m)
    m.send("poweroff\r")
    assert m.wait_exit() == 0


def right_lines(m):
    """What each command shows."""
    assert re.search(r"^0 +one +running", shell(m, "vm list"), re.M)
    assert "memory 0x40000000 + 16 MiB" in shell(m, "vm info one")
    assert re.search(r"^vm0\.1 +one +runnable", shell(m, "vcpu list one"), re.M)
    assert re.search(r"^pc  0x[0-9a-f]{16} pstate", shell(m, "vcpu regs one 0"), re.M)
    assert shell(m, "vcpu move one 0 1") == ""
    assert re.search(r"^cpu 1: bvt", shell(m, "sched"), re.M)
    assert re.search(r"^host +\d+ of \d+ pages free", shell(m, "mem"), re.M)
    assert re.search(r"^ +33 Hazel", shell(m, "irq"), re.M)
    text = shell(m, "irq one")
    assert re.search(r"^ +27 PPI  vcpu 1 +group \d priority 0x..", text, re.M), text
    log = shell(m, "log")
    assert log.startswith("[hv] Hello from EL2"), log
    assert "vm0 'one': started" in log
    assert shell(m, "log clear") == ""
    assert shell(m, "log") == ""
    for name in ("help", "vcpu", "log"):
        assert re.search(rf"^{name} ", shell(m, "help"), re.M)
    assert "no finding" in shell(m, "audit")


def life(m):
    """Stop, look at what is gone, start again; a VM that stops while it is looked at."""
    shell(m, "vm stop one")
    m.expect(r"vm0 'one': stopped by the administrator")
    m.send("\r")
    m.expect("hazel> ")
    assert shell(m, "vcpu regs one 0") == "vm0 'one' is stopped: it has no vCPUs"
    assert shell(m, "vcpu move one 0 0") == "vm0 'one' is stopped: it has no vCPUs"
    assert shell(m, "irq one") == "vm0 'one' is stopped: it has no interrupts"
    assert shell(m, "vcpu list one") == ""
    assert "stopped by the administrator" in shell(m, "log")
    for _ in range(5):
        m.send("vm start one\r")
        m.expect(r"vm0 'one': started")
        m.send("vm stop one\rvcpu\rirq one\rvcpu regs one 1\rsched\rstat\rirq one\rvcpu\rvcpu move one 0 1\r")
        m.expect(r"vm0 'one': stopped by the administrator")
    m.send("\rhelp\r")
    m.expect(r"Ctrl-T goes to the next console\.\s+hazel> ")
    m.send("vm start one\r")
    m.expect(r"vm0 'one': started")
    m.focus("one")
    m.expect("SPIN 2")
    m.focus("shell")
    m.expect("hazel> ")
    assert ran(m) > 0


def test_keys(machine, guests, workdir):
    """Completion, history and editing with a terminal's keys."""
    m = boot(machine, guests, workdir)
    m.send("vm li\t\r")
    m.expect(r"0 +one +running")
    m.send("vm st\t")
    m.expect(r"start  stop  \r*\nhazel> vm st")
    m.send("\x15vcpu re\tone 9\x1b[1;5D\x1b[3~1\r")
    m.expect(r"\nit is on CPU|\npc  0x")
    m.expect("hazel> ")
    m.send("hel\x1b[\r")
    m.expect(r"'hel': no such command; try help\r*\nhazel> ")
    m.send("\x1b[A\x7fll" + "x" * 300 + "\x03")
    m.expect(r"\^C\r*\nhazel> ")
    m.send("mem\r")
    m.expect(r"host +\d+ of")
