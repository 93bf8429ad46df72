# SPDX-License-Identifier: BSD-3-Clause
"""Unlike cores (ADR 27): VMs on Cortex-A55s, on Cortex-A76s and on both, on the machine model of the RK3588."""
import re

import pytest

from bundle import MIB, RAM_BASE, Image, Vm, make_bundle
from hazel import BOOT_TIMEOUT, check_guest_output

A55, A76 = "0x412fd050", "0x414fd0b1"
# QEMU's CTR_EL0: the A55's instruction cache is VIPT, the A76's PIPT; and what is true for both.
CTR_A55, CTR_A76, CTR_BOTH = "0x84448004", "0x8444c004", "0x84448004"
KINDS = "4 x arm,cortex-a55 (CPU 0 to 3), 4 x arm,cortex-a76 (CPU 4 to 7)"


@pytest.fixture
def cores(rk3588, hypervisor, guests, workdir):
    """cores(props, ...) - the CPUs of a VM as its guest saw them: a list of (MIDR_EL1, CTR_EL0)."""

    def run(props, **kw):
        vm = Vm(passthrough=(), memory=((RAM_BASE, 16 * MIB),), props=props)
        bundle = make_bundle(workdir, {"kernel": Image(guests / "cores.bin")}, {"cores": vm})
        m = rk3588(kernel=hypervisor, initrd=bundle, **kw)
        m.expect(r"DONE \d+ passed, \d+ failed", BOOT_TIMEOUT)
        assert m.wait_exit(BOOT_TIMEOUT) == 0
        check_guest_output(m.console)
        assert f"[hv] CPUs: {KINDS}\n" in m.console
        return re.findall(r"CORE \d+ midr (\S+) ctr (\S+) ", m.console)

    return run


# More vCPUs than CPUs, moved all the time: whatever can be moved is.
STORM = "hv.sched=storm"


@pytest.mark.parametrize("props,want", (
    ('cpu-affinity = "little"; vcpus = <6>;', [(A55, CTR_A55)] * 6),
    ('cpu-affinity = "big"; vcpus = <6>;', [(A76, CTR_A76)] * 6),
    ('cpu-affinity = "little", "big"; vcpus = <12>;',
     [(A55, CTR_BOTH)] * 4 + [(A76, CTR_BOTH)] * 4 + [(A55, CTR_BOTH)] * 4),
    # Dealt in the order of the device tree, whatever the order in the manifest, and round again.
    ("cpu-affinity = <6 1 4>; vcpus = <5>;",
     [(A55, CTR_BOTH), (A76, CTR_BOTH), (A76, CTR_BOTH), (A55, CTR_BOTH), (A76, CTR_BOTH)]),
), ids=("little", "big", "both", "numbers"))
def test_a_vcpu_stays_on_its_kind(cores, props, want):
    assert cores(props + ' scheduler = "bvt";', append=STORM) == want


@pytest.mark.parametrize("secure", (False, True))
def test_one_on_each(cores, secure):
    """Scheduler "noop": vCPU n on CPU n, with one Security state in the GIC and with two."""
    assert cores("vcpus = <8>;", secure=secure) == [(A55, CTR_BOTH)] * 4 + [(A76, CTR_BOTH)] * 4


def test_taken(rk3588, hypervisor, guests, workdir):
    """The second VM without a wish finds the small cores taken, and is on the others."""
    vm = Vm(passthrough=(), memory=((RAM_BASE, 16 * MIB),), props="vcpus = <4>;")
    m = rk3588(kernel=hypervisor, initrd=make_bundle(workdir, {"kernel": Image(guests / "cores.bin")},
                                                    {"first": vm, "second": vm}))
    m.wait_exit(BOOT_TIMEOUT)
    assert "vm1 'second': power off" in m.console, m.console
    assert re.findall(r"CORE \d+ midr (\S+)", m.console) == [A55] * 4


@pytest.fixture
def wants_big(guests, workdir):
    """A bundle whose VM asks for big cores."""
    vm = Vm(passthrough=(), memory=((RAM_BASE, 16 * MIB),), props='cpu-affinity = "big";')
    return make_bundle(workdir, {"kernel": Image(guests / "cores.bin")}, {"cores": vm})


# Whoever asks for a big core where all are equal is told what there is.
ONE_KIND = r"error: vm0 'cores': cpu-affinity: \"big\": this machine has one kind of CPU: "


def test_words_on_one_kind(machine, wants_big):
    machine(wants_big, smp=2, mem="512M").expect(ONE_KIND + r"2 x arm,cortex-a76 \(CPU 0 to 1\)")


def test_words_on_four_cores(rk3588, hypervisor, wants_big):
    """The Cortex-A76s are not there."""
    rk3588(kernel=hypervisor, initrd=wants_big, smp=4).expect(ONE_KIND + r"4 x arm,cortex-a55 \(CPU 0 to 3\)")
