# SPDX-License-Identifier: BSD-3-Clause
"""Random seeds in the guests' device trees: another one for each VM and each start, and none without a source."""
import re

import pexpect
import pytest

from bundle import Image, make_bundle
from hazel import BOOT_TIMEOUT, SCALE, icount
from test_smp import guest_vm

HOST_SEEDS = r"\[hv\] rng: (\d+) bytes from the device tree, (\d+) from the CPU: guests get (\w+)\r*\n"
NO_RANDOMNESS = "dtb-randomness=off"
CRNG = "random: crng init done"


ANSWER = r"seeds {}: rng-seed=(\w+) kaslr-seed=(\w+)\."


def seed_machine(start, guests, workdir, vms=("a", "b"), **kw):
    """VMs on one CPU, of which b asks for kaslr-seed."""
    props = {name: 'vcpus = <1>; scheduler = "bvt";' + ("kaslr;" if name == "b" else "") for name in vms}
    bundle = make_bundle(workdir, {"seed": Image(guests / "seed.bin")},
                         {name: guest_vm("seed", text) for name, text in props.items()})
    return start(bundle, mem="256M", append="hv.loglevel=4", **kw)


def seeds(m, key):
    """[rng-seed, kaslr-seed] of the VM whose console is shown. key: a digit that is not used again."""
    # What is typed too early is lost, and Hazel's own lines may come in the middle: again, until there is an answer.
    for _ in range(20):
        m.send(key)
        if m.child.expect([ANSWER.format(key), pexpect.TIMEOUT], timeout=5 * SCALE) == 0:
            return list(m.child.match.groups())
    raise AssertionError(f"no seeds; console ends:\n{m.console[-2000:]}")


def all_seeds(m):
    """Of four starts: of VM a, of b, of a after a reset by itself, of b after one by the administrator."""
    found = [seeds(m, "1")]
    m.focus("b")
    found.append(seeds(m, "2"))
    m.focus("a")
    m.send("r")
    m.expect(r"vm0 'a': reset 1 done")
    found.append(seeds(m, "3"))
    m.focus("shell")
    m.shell("vm reset b")
    m.expect(r"vm1 'b': reset 1 done")
    m.focus("b")
    found.append(seeds(m, "4"))
    return found


def check_random(found):
    """Nothing twice, and kaslr-seed where it was asked for."""
    rng, kaslr = zip(*found)
    assert all(re.fullmatch("[0-9a-f]{64}", seed) for seed in rng), rng
    assert len(set(rng)) == 4, rng
    assert kaslr[0] == kaslr[2] == "none"
    assert re.fullmatch("[0-9a-f]{16}", kaslr[1]) and re.fullmatch("[0-9a-f]{16}", kaslr[3]), kaslr
    assert kaslr[1] != kaslr[3]
    # Not constants, and one is no part of the other: the guest forgets one of them only.
    for seed in (*rng, kaslr[1], kaslr[3]):
        assert len(set(re.findall("..", seed))) > 4, seed
    assert kaslr[1] not in rng[1] and kaslr[3] not in rng[3]


def test_each_start_has_its_own(machine, guests, workdir):
    """The host's seed comes from QEMU."""
    m = seed_machine(machine, guests, workdir)
    assert m.expect(HOST_SEEDS).groups() == ("32", "0", "seeds")
    check_random(all_seeds(m))


def test_each_run_has_its_own(machine, guests, workdir):
    """At the same time of a clock that counts instructions, it is the host's seed that differs."""
    found = []
    for _ in range(2):
        m = seed_machine(machine, guests, workdir, ("b",), extra=icount())
        found.append((m.expect(r"first line at tick (\d+) ").group(1), *m.expect(ANSWER.format(0)).groups()))
    first, second = found
    assert first[0] == second[0]
    assert first[1] != second[1] and first[2] != second[2], found


def test_from_the_cpu(machine, guests, workdir):
    """FEAT_RNG alone."""
    m = seed_machine(machine, guests, workdir, cpu="max", machine=NO_RANDOMNESS)
    assert m.expect(HOST_SEEDS).groups() == ("0", "32", "seeds")
    check_random(all_seeds(m))


def test_no_source(machine, guests, workdir):
    """No property at all, though one VM asks for one."""
    m = seed_machine(machine, guests, workdir, machine=NO_RANDOMNESS)
    assert m.expect(HOST_SEEDS).groups() == ("0", "0", "none")
    assert all_seeds(m) == [["none", "none"]] * 4


@pytest.mark.parametrize("source", (True, False))
def test_linux_is_ready_at_once(machine, linux_bundle, source):
    """With a seed it needs nothing else; it does not keep it where others could read it. Without kaslr it is where it was."""
    m = machine(linux_bundle(), machine="" if source else NO_RANDOMNESS)
    m.expect_prompt(BOOT_TIMEOUT)
    log = m.run("dmesg")
    if source:
        # Before it looks at its CPU, or has any interrupt from which it could gather something.
        assert CRNG in log and log.index(CRNG) < log.index("Detected PIPT I-cache"), log
    else:
        assert CRNG not in log or log.index(CRNG) > log.index("Run /init"), log
    assert "KASLR disabled due to lack of seed" in log
    chosen = m.run("ls /sys/firmware/devicetree/base/chosen").split()
    assert "bootargs" in chosen
    assert "rng-seed" not in chosen and "kaslr-seed" not in chosen
