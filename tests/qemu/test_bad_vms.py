# SPDX-License-Identifier: BSD-3-Clause
"""Bad VMs beside good ones: one line for each that names VM, property and value, and the good ones run to their end."""
import re

import pytest

import hostdtb
from bundle import MIB, RAM_BASE, Image, Vm, cells64, make_bundle
from hazel import PARKED, SHORT_TIMEOUT, check_guest_output

SMALL = ((RAM_BASE, 4 * MIB),)
DOWN = r"\[hv\] no VM left to run: powering the machine off"
HOST_MEM = "256M"
BVT = 'scheduler = "bvt";'
RT = 'scheduler = "rt";'
RTC = "/pl031@9010000"


def vm(props=BVT, **kw):
    """A VM that says hello and powers off, on CPUs that it shares."""
    return Vm(**{"kernel": "hello", "passthrough": (), "memory": SMALL, "props": props, **kw})


def direct(base, size, props=BVT, ram=2 * RAM_BASE):
    """4 MiB of RAM, out of the way, where the guest could not run, and a direct region."""
    cells = " ".join(cells64(n) for n in (ram, 4 * MIB, base, size))
    return vm(props + f' memory = <{cells}>; memory-types = "ram", "direct";', memory=())


def boot(machine, guests, workdir, vms, names=("hello",), **kw):
    images = {n: Image(guests / f"{n}.bin") for n in names}
    extra = kw.pop("extra_nodes", "")
    kw = {"smp": 2, "mem": HOST_MEM, **kw}
    return machine(make_bundle(workdir, images, vms, extra=extra), **kw)


def lines_about(m, name):
    """Errors and warnings that name a VM."""
    return [s for s in m.hv_lines() if re.search(rf"(error|warning): .*('{name}'|/vms/{name}):", s)]


def check_refused(m, name, pattern):
    """One line, and nothing of it runs."""
    lines = lines_about(m, name)
    assert len(lines) == 1, (name, lines)
    assert "[hv] error: " in lines[0] and re.search(pattern, lines[0]), (name, pattern, lines[0])
    assert f"'{name}': started" not in m.console


def check_ran(m, *names):
    for name in names:
        assert f"'{name}': started" in m.console, name
        assert f"'{name}': power off" in m.console, name
        assert not [s for s in lines_about(m, name) if "error" in s]


def run_bad(machine, guests, workdir, bad, good, holders=None, **kw):
    """bad: {name: (Vm, pattern)}; good, holders: {name: Vm}, those that run, and those that only have what others want.
    The first bad one and the first good one come first, the other good ones last."""
    first, *rest = good
    worst, *others = bad
    vms = {worst: bad[worst][0], first: good[first], **(holders or {}), **{n: bad[n][0] for n in others},
           **{n: good[n] for n in rest}}
    m = boot(machine, guests, workdir, vms, **kw)
    m.expect(DOWN, 2 * SHORT_TIMEOUT)
    assert m.wait_exit() == 0
    check_guest_output(m.console)
    for name, (_, pattern) in bad.items():
        check_refused(m, name, pattern)
    check_ran(m, *good)
    return m


MANIFEST = {
    "vcpus0": (vm(BVT + "vcpus = <0>;"), r"/vms/vcpus0: vcpus: 0 is not 1 to 16"),
    "vcpus17": (vm(BVT + "vcpus = <17>;"), r"/vms/vcpus17: vcpus: 17 is not 1 to 16"),
    "cpu16": (vm(BVT + "cpu-affinity = <0 16>;"), r"cpu-affinity: 16 is not a CPU number, 0 to 15"),
    "sched": (vm('scheduler = "edf";'), r'scheduler: "edf" is not one of "noop", "bvt", "rt"'),
    "weight0": (vm(BVT + "weight = <0>;"), r"weight: 0 is not 1 to 1000"),
    "weight1001": (vm(BVT + "weight = <1001>;"), r"weight: 1001 is not 1 to 1000"),
    "prio0": (vm(RT + "rt-priority = <0>;"), r"rt-priority: 0 is not 1 to 99"),
    "prio100": (vm(RT + "rt-priority = <100>;"), r"rt-priority: 100 is not 1 to 99"),
    "prio-bvt": (vm(BVT + "rt-priority = <5>;"), r'rt-priority: only with scheduler = "rt"'),
    "budget": (vm(RT + "rt-priority = <5>; rt-budget = <2000>; rt-period = <1000>;"),
               r"rt-budget: 2000 is not 20 to 1000"),
    "period": (vm(RT + "rt-priority = <5>; rt-period = <99>;"), r"rt-period: 99 is not 100 to 1000000"),
    "budget-only": (vm(RT + "rt-budget = <2000>;"), r"rt-budget: only with rt-priority"),
    "period-only": (vm(RT + "rt-period = <2000>;"), r"rt-period: only with rt-priority"),
    "watchdog2": (vm(BVT + "watchdog = <2>;"), r"watchdog: 2 is not 0 or 1"),
    "mailbox5": (vm(BVT + "mailbox = <5>;"), r"mailbox: 5 is not 0 or 1"),
    "no-region": (vm(BVT + 'shared-memory = "cham"; shared-memory-ipa = <0 0x30000000>;'),
                  r'shared-memory: no region "cham" in /shared-memory; there is: "chan"'),
    "window": (vm(BVT + 'shared-memory = "chan"; shared-memory-ipa = <0 0x40000000>;'),
               r"shared-memory-ipa: chan 0x40000000, size 0x1000 overlaps the memory region at 0x40000000"),
    "no-ipa": (vm(BVT + 'shared-memory = "chan";'), r"shared-memory-ipa: 0 cells for 1 regions"),
    "twice": (vm(passthrough=(RTC,)), r'/vms/twice: passthrough: "/pl031@9010000" is given to /vms/first already'),
}
REGION = 'shared-memory { compatible = "hazel,shared-memory-v1"; chan { size = <0x1000>; }; };\n'


def test_manifest(machine, guests, workdir):
    """Nineteen manifests that say what cannot be, between two that are good."""
    run_bad(machine, guests, workdir, MANIFEST, {"first": vm(passthrough=(RTC,)), "last": vm()}, extra_nodes=REGION)


# Three CPUs; RAM is 0x40000000 to 0x4fffffff. These never run, so that they have what they have to the end.
WAIT = "autostart = <0>;"
HOLDERS = {
    "dev": vm(BVT + WAIT + "cpu-affinity = <0>;", passthrough=(RTC,)),
    "rt1": vm(RT + WAIT + "cpu-affinity = <1>; rt-priority = <5>; rt-budget = <600>; rt-period = <1000>;"),
    "own": vm(WAIT + "cpu-affinity = <2>;"),
    "pages": direct(0x4c000000, 0x2000, BVT + WAIT + "cpu-affinity = <0>;"),
    "regs": direct(0x9030000, 0x1000, BVT + WAIT + "cpu-affinity = <0>;"),
    "big": vm(BVT + WAIT + "cpu-affinity = <0>;", memory=((RAM_BASE, 100 * MIB),)),
    "blind": vm(BVT + WAIT + 'cpu-affinity = <0>; memory = <0 0 0 0x400000 1 0 0 0x1000>; '
                'memory-types = "direct-ram", "direct"; dma-unprotected;', memory=()),
}
NO_CPU = "no free CPU for vcpu 0: every allowed one "
MACHINE = {
    "all-ram": (direct(0x40000000, 256 * MIB),
                r"vm0 'all-ram': memory: direct region 0x40000000 \+ 0x10000000 covers Hazel itself"),
    "cpu7": (vm(BVT + "cpu-affinity = <7>;"),
             r"cpu-affinity: CPU 7: none is up; the host has 3, CPU 0 to 2, and 3 are up"),
    "cpus3": (vm("vcpus = <2>; cpu-affinity = <1 3>;"), NO_CPU + r'has vCPUs \(scheduler "noop".*; not up: CPU 3'),
    "alone": (vm(""), NO_CPU + r'has vCPUs \(scheduler "noop" takes a CPU for each\)'),
    "shared": (vm(BVT + "cpu-affinity = <2>;"), NO_CPU + r'belongs to a VM with scheduler "noop"'),
    "rt2": (vm(RT + "cpu-affinity = <1>; rt-priority = <6>; rt-budget = <401>; rt-period = <1000>;"),
            NO_CPU + 'belongs to a "noop" VM, or has no room for rt-budget 401 in rt-period 1000'),
    "intc": (vm(passthrough=("/intc@8000000",)), r"passthrough: /intc@8000000: is Hazel's own"),
    "dma": (vm(passthrough=("/virtio_mmio@a000000",)), r"may do DMA, .* the VM has to say dma-unprotected"),
    "page": (vm(BVT + 'memory = <0 0 0 0x400000>; memory-types = "direct-ram"; dma-unprotected;', memory=(),
                passthrough=("/virtio_mmio@a000000",)), r"page 0xa000000 also holds registers of /virtio_mmio@a000200"),
    "rtc": (direct(0x900f000, 0x2000), r"direct region 0x900f000 \+ 0x2000 covers a device that is .* to VM dev"),
    "gpio": (vm(passthrough=("/pl061@9030000",)), r"reg 0x9030000 is in a direct memory region of VM regs"),
    "image": (direct(0x40080000, 0x1000), r"direct region 0x40080000 \+ 0x1000 covers Hazel itself"),
    "nowhere": (direct((1 << 32) + 0x10000, 0x1000, ram=RAM_BASE),
                r"direct region 0x100010000 \+ 0x1000 covers devices that may do DMA"),
    "beyond": (direct(0x4f000000, 32 * MIB),
               r"0x4f000000 \+ 0x2000000 is not all in the host's RAM, 0x40000000 \+ 0x10000000 there"),
    "part": (direct(0x4c001000, 0x2000), r"direct region 0x4c001000, size 0x2000 is partly given to /vms/pages already"),
    "giant": (vm(memory=((RAM_BASE, 1024 * MIB),)), r"region at 0x40000000 needs 1024 MiB of RAM, \d+ MiB are free"),
    "sum": (vm(memory=((RAM_BASE, 160 * MIB),)), r"region at 0x40000000 needs 160 MiB of RAM, \d+ MiB are free"),
}


def test_machine(machine, guests, workdir):
    """VMs that ask for what this machine does not have, or what others have. The first one of all cannot be created:
    the next gets its number, and lacks nothing; and what the former wanted others can have."""
    good = {"first": vm(BVT + "cpu-affinity = <0>;"), "mixed": vm(BVT + "cpu-affinity = <0 7>;"),
            "last": vm()}
    m = run_bad(machine, guests, workdir, MACHINE, good, HOLDERS, smp=3)
    assert "vm0 'first': started" in m.console
    assert not lines_about(m, "first") and not lines_about(m, "last")
    mixed, blind = lines_about(m, "mixed"), lines_about(m, "blind")
    assert len(mixed) == 1 and "cpu-affinity: not up, and left out: CPU 7; the host has 3" in mixed[0], mixed
    assert len(blind) == 1 and "0x100000000 + 0x1000: the host's device tree has neither RAM nor" in blind[0], blind
    for name in set(HOLDERS) - {"blind"}:
        assert f"'{name}'" not in m.console
    assert "-> abort" not in m.console


@pytest.mark.parametrize("number", (32, 33))
def test_many(machine, guests, workdir, number):
    """As many VMs as there may be run; one more, and the bundle is refused."""
    m = boot(machine, guests, workdir, {f"n{i}": vm() for i in range(number)})
    if number > 32:
        m.expect(r"\[hv\] error: /vms: more than 32 VMs")
        m.expect(PARKED)
        assert "': started" not in m.console
        return
    m.expect(DOWN, 2 * SHORT_TIMEOUT)
    assert m.wait_exit() == 0
    assert not [s for s in m.hv_lines() if "error" in s or "warning" in s]
    check_ran(m, *(f"n{i}" for i in range(number)))


def test_all_wait(machine, guests, workdir):
    """No autostart: said in a line, with the shell in front. Then one is stopped by hand, and the other, which powers
    itself off, takes the machine with it."""
    vms = {"one": vm(BVT + WAIT), "two": vm(BVT + WAIT, kernel="spin"), "bad": vm(BVT + "cpu-affinity = <9>;")}
    m = boot(machine, guests, workdir, vms, names=("hello", "spin"))
    m.expect(r"\[hv\] error: vm2 'bad': cpu-affinity: CPU 9: none is up")
    m.expect(r"no VM starts by itself: 2 with autostart = <0> wait for 'vm start NAME' at the shell")
    m.expect("hazel> ")
    text = m.shell("vm list")
    assert re.search(r"one\s+created", text) and re.search(r"two\s+created", text), text
    m.send("vm start two\r")
    m.expect(r"vm1 'two': started")
    m.send("vm stop two\r")
    m.expect(r"vm1 'two': stopped by the administrator")
    assert re.search(r"two\s+stopped", m.shell("vm list"))
    m.send("vm start one\r")
    m.expect(r"vm0 'one': started")
    m.expect(DOWN)
    assert m.wait_exit() == 0


def test_all_wait_without_a_shell(machine, guests, workdir):
    m = boot(machine, guests, workdir, {"one": vm(BVT + WAIT, passthrough=("console",))})
    m.expect(r"\[hv\] error: all VMs wait to be started, and there is no shell: a VM has the console")
    m.expect(PARKED)


CPU_NODE = re.compile(r"\t\tcpu@(\d) \{.*?\n\t\t\};\n", re.S)


@pytest.mark.whole_host
def test_cpus_that_do_not_come(machine, guests, workdir, hypervisor):
    """CPU 1 is not there, 2 is disabled, which means off until PSCI starts it, 3 wants a spin table, 4 says nothing."""
    assert hypervisor.exists()
    on = "cpu-affinity = <{}>;"
    vms = {"absent": vm(BVT + on.format("1")), "table": vm(BVT + on.format("3 4")), "off": vm(BVT + on.format("2")),
           "any": vm(), "both": vm(BVT + on.format("1 2"))}
    bundle = make_bundle(workdir, {"hello": Image(guests / "hello.bin")}, vms, wrap=False)
    _, text = hostdtb.dump(workdir, smp=5)
    nodes = {int(n.group(1)): n.group(0) for n in CPU_NODE.finditer(text)}
    changed = {
        1: re.sub(r"reg = <[^>]*>", "reg = <0x105>", nodes[1]),
        2: nodes[2].replace("reg =", 'status = "disabled";\n\t\t\treg ='),
        3: nodes[3].replace('"psci"', '"spin-table"'),
        4: re.sub(r"\s*enable-method = .*;", "", nodes[4]),
    }
    for i, node in changed.items():
        assert node != nodes[i], node
        text = text.replace(nodes[i], node)
    end = hostdtb.BUNDLE_ADDR + bundle.stat().st_size
    text = text.replace("chosen {", f"chosen {{\n\t\tlinux,initrd-start = <{hostdtb.BUNDLE_ADDR:#x}>;"
                                    f"\n\t\tlinux,initrd-end = <{end:#x}>;", 1)
    m = machine(kernel=None, mem="512M", smp=5,
                extra=hostdtb.loader_args(workdir, hostdtb.compile_dts(workdir, text), bundle=bundle))
    m.expect(DOWN, 2 * SHORT_TIMEOUT)
    assert m.wait_exit() == 0
    left_out = [s.split("error: ")[1] for s in m.hv_lines() if "left out: " in s and "error: " in s]
    assert left_out == ["CPU 1 (/cpus/cpu@1): left out: firmware refused PSCI CPU_ON (-2)",
                        'CPU 3 (/cpus/cpu@3): left out: enable-method is not "psci"',
                        'CPU 4 (/cpus/cpu@4): left out: enable-method is not "psci"']
    assert "[hv] 2 CPUs, " in m.console
    check_refused(m, "absent", r"cpu-affinity: CPU 1: none is up; the host has 5, CPU 0 to 4, and 2 are up")
    check_refused(m, "table", r"cpu-affinity: CPU 3, 4: none is up")
    check_ran(m, "off", "any", "both")
    assert len(lines_about(m, "both")) == 1 and "not up, and left out: CPU 1; " in lines_about(m, "both")[0]
