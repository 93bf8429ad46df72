# SPDX-License-Identifier: BSD-3-Clause
"""
Host device trees that QEMU would never hand over. With -dtb QEMU repairs memory, PSCI and chosen, so the tree is put
into RAM beside the hypervisor and a few instructions, which QEMU takes for the kernel, start it with x0 pointing there.
"""
import struct
import subprocess

from hazel import BUILD, QEMU

RAM_BASE = 0x40000000
STUB_ADDR = 0x46000000
DTB_ADDR = 0x47000000
# 0x48000000 is where QEMU puts its own tree, which nobody looks at.
BUNDLE_ADDR = 0x4A000000
HYPERVISOR_ADDR = 0x40080000


def dump(workdir, cpu="cortex-a76", mem="512M", smp=1):
    """QEMU's own tree for this board, as source text and as bytes."""
    dtb = workdir / "host.dtb"
    subprocess.run([QEMU, "-M", f"virt,virtualization=on,gic-version=3,dumpdtb={dtb}", "-cpu", cpu, "-m", mem,
                    "-smp", str(smp), "-nographic", "-nic", "none"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    text = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", dtb], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    return dtb, text


def compile_dts(workdir, text, name="changed"):
    """Source text to bytes."""
    src, dtb = workdir / f"{name}.dts", workdir / f"{name}.dtb"
    src.write_text(text)
    subprocess.run(["dtc", "-q", "-f", "-I", "dts", "-O", "dtb", "-o", dtb, src], check=True)
    return dtb.read_bytes()


def remove_node(text, name):
    """Cut a root node out of dtc's output (tabs show the depth)."""
    lines, out, skipping = text.splitlines(), [], False
    for line in lines:
        if not skipping and line.startswith(f"\t{name}") and line.endswith("{") and line[1] != "\t":
            skipping = True
        if not skipping:
            out.append(line)
        elif line == "\t};":
            skipping = False
    assert len(out) < len(lines), f"no node {name}"
    return "\n".join(out) + "\n"


def loader_args(workdir, dtb, x0=DTB_ADDR, bundle=None, at=HYPERVISOR_ADDR):
    """QEMU arguments that start Hazel, loaded at `at`, with this tree; x0 = 0 hands over none."""
    stub = workdir / "stub.bin"
    # An arm64 Image: b 1f; header; 1: ldr x0, =x0; ldr x1, =hypervisor; mov x2, #0; br x1
    header = struct.pack("<2I3Q3Q4sI", 0x14000010, 0, STUB_ADDR - RAM_BASE, 4096, 0xA, 0, 0, 0, b"ARMd", 0)
    stub.write_bytes(header + struct.pack("<4I2Q", 0x58000080, 0x580000A1, 0xD2800002, 0xD61F0020, x0, at))
    tree = workdir / "given.dtb"
    tree.write_bytes(dtb)
    args = ["-device", f"loader,file={BUILD / 'hypervisor.bin'},addr={at:#x},force-raw=on",
            "-device", f"loader,file={tree},addr={DTB_ADDR:#x},force-raw=on",
            "-kernel", str(stub)]
    if bundle:
        args += ["-device", f"loader,file={bundle},addr={BUNDLE_ADDR:#x},force-raw=on"]
    return args
