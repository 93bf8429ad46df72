# SPDX-License-Identifier: BSD-3-Clause
"""GDB commands for a Hazel that is being debugged through QEMU's GDB stub (or any other that shows EL2's memory).

    gdb-multiarch build/hypervisor.elf -ex 'target remote :1234' -x tools/gdb/hazel.py

    hazel vms                  the VMs: state, vCPUs, memory
    hazel vcpu [VM [VCPU]]     registers of a vCPU as its last exit saved them
    hazel s2walk VM IPA        the stage-2 walk of an address, a line for each level
    hazel log                  the log ring, which holds the newest output even when nothing reached the UART

While a guest runs, plain memory reads go through the guest's page tables. All of EL2 is mapped VA = PA, so these commands
switch QEMU to physical addresses for as long as they run.
"""
import gdb

PTE_VALID = 1 << 0
PTE_TABLE = 1 << 1
PTE_AF = 1 << 10
PTE_ADDR = ((1 << 48) - 1) & ~0xFFF
LAST_LEVEL = 3
MEMATTR = {0x0: "Device-nGnRnE", 0x1: "Device-nGnRE", 0x2: "Device-nGRE", 0x3: "Device-GRE", 0x5: "Normal-NC",
           0xA: "Normal-WT", 0xF: "Normal-WB"}


class PhysicalMemory:
    """Physical addresses inside a `with`; stubs that do not know the packet answer nothing and are left alone."""

    @staticmethod
    def _mode(on):
        try:
            gdb.execute("maintenance packet Qqemu.PhyMemMode:%d" % on, to_string=True)
            gdb.execute("maintenance flush dcache", to_string=True)
        except gdb.error:
            pass

    def __enter__(self):
        self._mode(1)

    def __exit__(self, *exc):
        self._mode(0)


def read_u64(addr):
    return int.from_bytes(gdb.selected_inferior().read_memory(addr, 8).tobytes(), "little")


def number(text):
    return int(gdb.parse_and_eval(text))


def enum_name(value, prefix):
    return str(value).replace(prefix, "").lower()


def all_vms():
    table = gdb.parse_and_eval("vms")
    first, last = table.type.range()
    for i in range(first, last + 1):
        if int(table[i]) != 0:
            yield table[i].dereference()


def find_vm(vm_id):
    for vm in all_vms():
        if int(vm["id"]) == vm_id:
            return vm
    raise gdb.GdbError("no VM %d; `hazel vms` lists them" % vm_id)


def arguments(arg, least, most, usage):
    argv = gdb.string_to_argv(arg)
    if not least <= len(argv) <= most:
        raise gdb.GdbError("usage: hazel " + usage)
    return [number(a) for a in argv]


class Hazel(gdb.Command):
    """Commands that know Hazel's data: hazel vms, hazel vcpu, hazel s2walk, hazel log."""

    def __init__(self):
        super().__init__("hazel", gdb.COMMAND_DATA, prefix=True)


class HazelVms(gdb.Command):
    """hazel vms: list the VMs."""

    def __init__(self):
        super().__init__("hazel vms", gdb.COMMAND_DATA)

    def invoke(self, arg, from_tty):
        arguments(arg, 0, 0, "vms")
        with PhysicalMemory():
            count = 0
            for vm in all_vms():
                count += 1
                print("vm%d '%s': %s, %d vCPUs, %d resets" % (int(vm["id"]), vm["cfg"]["name"].string(),
                      enum_name(vm["state"], "VM_"), int(vm["nr_vcpus"]), int(vm["resets"])))
                for i in range(int(vm["nr_ram"])):
                    r = vm["ram"][i]["r"]
                    print("    %-4s ipa 0x%x, %d MiB" % (enum_name(r["type"], "VM_MEM_"), int(r["ipa"]),
                                                      int(r["size"]) >> 20))
                for i in range(int(vm["nr_vcpus"])):
                    v = vm["vcpu"][i].dereference()
                    print("    vcpu %d: %s, pcpu %s, pc 0x%x" % (
                        i, enum_name(v["state"], "VCPU_"),
                        int(v["pcpu"]["id"]) if int(v["pcpu"]) else "-", int(v["arch"]["regs"]["pc"])))
            if not count:
                print("no VMs")


class HazelVcpu(gdb.Command):
    """hazel vcpu [VM [VCPU]]: registers that the vCPU's last exit saved (0 0 by default)."""

    def __init__(self):
        super().__init__("hazel vcpu", gdb.COMMAND_DATA)

    def invoke(self, arg, from_tty):
        ids = arguments(arg, 0, 2, "vcpu [VM [VCPU]]") + [0, 0]
        with PhysicalMemory():
            vm = find_vm(ids[0])
            if not 0 <= ids[1] < int(vm["nr_vcpus"]):
                raise gdb.GdbError("vm%d has vCPUs 0 to %d" % (ids[0], int(vm["nr_vcpus"]) - 1))
            v = vm["vcpu"][ids[1]].dereference()
            regs = v["arch"]["regs"]
            print("vm%d '%s' vcpu %d: %s" % (ids[0], vm["cfg"]["name"].string(), ids[1],
                                            enum_name(v["state"], "VCPU_")))
            for i in range(0, 31, 4):
                print("  " + "  ".join("x%-2d 0x%016x" % (j, int(regs["x"][j])) for j in range(i, min(i + 4, 31))))
            print("  pc  0x%016x  pstate 0x%x" % (int(regs["pc"]), int(regs["pstate"])))
            if v["loaded"]:
                print("  loaded: its EL1 system registers are in the CPU, not in memory")
                return
            sys = v["arch"]["sys"]
            names = ["sctlr_el1", "tcr_el1", "ttbr0_el1", "ttbr1_el1", "vbar_el1", "esr_el1", "far_el1", "elr_el1",
                     "spsr_el1", "sp_el0", "sp_el1", "vmpidr_el2"]
            for i in range(0, len(names), 3):
                print("  " + "  ".join("%-10s 0x%016x" % (n, int(sys[n])) for n in names[i:i + 3]))


def describe_leaf(pte, level, ipa):
    size = 1 << (12 + 9 * (LAST_LEVEL - level))
    access = ("r" if pte & (1 << 6) else "-") + ("w" if pte & (1 << 7) else "-")
    access += {0: "x", 1: "x (EL0 only)", 2: "-", 3: "x (EL1 only)"}[(pte >> 53) & 3]
    attr = MEMATTR.get((pte >> 2) & 0xF, "memattr 0x%x" % ((pte >> 2) & 0xF))
    pa = (pte & PTE_ADDR & ~(size - 1)) | (ipa & (size - 1))
    return pa, "%s, %s%s, software bits 0x%x" % (access, attr, "" if pte & PTE_AF else ", AF clear", (pte >> 55) & 0xF)


def s2walk(vm, ipa):
    """Lines of the walk."""
    s2 = vm["arch"]["s2"]
    table, level, bits = int(s2["root"]), int(s2["start_level"]), int(s2["ia_bits"])
    if ipa >> bits:
        yield "0x%x is beyond the %d bits of this VM's IPA space" % (ipa, bits)
        return
    # The first level may be several tables side by side, so its index has all the bits that are left.
    index = ipa >> (12 + 9 * (LAST_LEVEL - level))
    while True:
        pte = read_u64(table + 8 * index)
        line = "level %d: table 0x%x[%d] = 0x%016x: " % (level, table, index, pte)
        if not pte & PTE_VALID or (level == LAST_LEVEL and not pte & PTE_TABLE):
            yield line + "invalid"
            return
        if level == LAST_LEVEL or not pte & PTE_TABLE:
            pa, text = describe_leaf(pte, level, ipa)
            yield line + "%s %s" % ("page" if level == LAST_LEVEL else "block", text)
            yield "ipa 0x%x -> pa 0x%x" % (ipa, pa)
            return
        yield line + "table"
        table = pte & PTE_ADDR
        level += 1
        index = (ipa >> (12 + 9 * (LAST_LEVEL - level))) & 0x1FF


class HazelS2walk(gdb.Command):
    """hazel s2walk VM IPA: walk the stage-2 tables of a VM."""

    def __init__(self):
        super().__init__("hazel s2walk", gdb.COMMAND_DATA)

    def invoke(self, arg, from_tty):
        vm_id, ipa = arguments(arg, 2, 2, "s2walk VM IPA")
        with PhysicalMemory():
            for line in s2walk(find_vm(vm_id), ipa):
                print(line)


class HazelLog(gdb.Command):
    """hazel log: print the log ring."""

    def __init__(self):
        super().__init__("hazel log", gdb.COMMAND_DATA)

    def invoke(self, arg, from_tty):
        arguments(arg, 0, 0, "log")
        symbol = gdb.lookup_static_symbol("console")
        if symbol is None:
            raise gdb.GdbError("no symbols of debug/console.c: load build/hypervisor.elf first")
        with PhysicalMemory():
            ring = symbol.value()["ring"]
            size, end, read = ring["buf"].type.sizeof, int(ring["wr"]), int(ring["rd"])
            raw = gdb.selected_inferior().read_memory(int(ring["buf"].address), size).tobytes()
        start = max(0, end - size)
        data = bytes(raw[i % size] for i in range(start, end))
        if start:
            # The first line is what is left of one that was overwritten.
            data = data[data.find(b"\n") + 1:]
        print(data.decode("utf-8", "replace"), end="")
        if read < end:
            print("(%d bytes have not reached the UART)" % (end - read))


Hazel()
HazelVms()
HazelVcpu()
HazelS2walk()
HazelLog()
