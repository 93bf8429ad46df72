# SPDX-License-Identifier: BSD-3-Clause
"""The Xen column: the guest as a domU that Xen builds from the device tree itself (dom0less), without a dom0.

Debian's Xen, unchanged. The domain has a vCPU for each CPU. The guest's console is Xen's emulated PL011: Xen collects
a line (up to 126 characters) and prints it behind "(XEN) DOM1: ".

Xen's CPUs wait for each other in loops while it boots. With -icount, QEMU before 8.1 lets the first CPU that spins use
up the time of those behind it, for ever: such a QEMU is replaced by a later one from Debian's archive, for this column
only.
"""
import glob
import os
import re
import shutil
import subprocess

import machine

DIR = os.path.join(machine.OUT, "bench", "xen")
# Away from what QEMU loads: Xen at 2 MiB into RAM, its device tree at 128 MiB. Xen moves itself to the end of RAM.
KERNEL = 0x50000000
DEVICES = 0x54000000
FAIR_QEMU = (8, 1)
TIMEOUT = 180  # seconds; a run takes three
# vwfi=native: a guest's WFI waits on the CPU, as it may when each vCPU has one. The console is the device tree's
# stdout-path. Log levels stay as they are: with a higher one Xen prints a line for each unknown hypercall, and that is
# what the row measures. The guest's own lines are not rate-limited.
XEN_ARGS = "console=dtuart sched=credit2 vwfi=native"

# Merged into QEMU's own device tree. #address-cells and #size-cells of /chosen belong to the modules of a dom0.
OVERLAY = """\
/dts-v1/;
/plugin/;
&{{/chosen}} {{
	#address-cells = <2>;
	#size-cells = <2>;
	xen,xen-bootargs = {xen_args};
	bench {{
		compatible = "xen,domain";
		#address-cells = <2>;
		#size-cells = <2>;
		cpus = <{cpus}>;
		memory = <0 {memory_kib}>;
		vpl011;
		module@{kernel:x} {{
			compatible = "multiboot,kernel", "multiboot,module";
			reg = <0 {kernel:#x} 0 {kernel_size:#x}>;
			bootargs = {bootargs};
		}};
		module@{devices:x} {{
			compatible = "multiboot,device-tree", "multiboot,module";
			reg = <0 {devices:#x} 0 {devices_size:#x}>;
		}};
	}};
}};
&{{/pl061@9030000}} {{
	xen,passthrough;
}};
"""

# What the domain's device tree gets: the GPIO controller, whose interrupt line software can raise. It is where it is
# on the machine, and so is its interrupt: Xen takes that from the node that xen,path names. Xen gives its own virtual
# GIC the phandle of the node "gic" here.
PASSTHROUGH = """\
/dts-v1/;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	gic: gic {
		#interrupt-cells = <3>;
		interrupt-controller;
	};
	passthrough {
		compatible = "simple-bus";
		ranges;
		#address-cells = <2>;
		#size-cells = <2>;
		pl061@9030000 {
			compatible = "arm,pl061", "arm,primecell";
			interrupt-parent = <&gic>;
			interrupts = <0 7 4>;
			reg = <0 0x9030000 0 0x1000>;
			xen,reg = <0 0x9030000 0 0x1000 0 0x9030000>;
			xen,path = "/pl061@9030000";
			xen,force-assign-without-iommu;
		};
	};
};
"""


def fetched(word, what):
    """The path of what scripts/fetch-guest.sh has in the cache, or gets from Debian's archive; it says so itself."""
    script = os.path.join(machine.ROOT, "scripts", "fetch-guest.sh")
    result = subprocess.run([script, word], stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode:
        raise machine.Missing(f"{what} cannot be fetched")
    return result.stdout.strip()


def tool(*command, text=None):
    """Run a program that makes a file; @text is its input."""
    if not shutil.which(command[0]):
        raise machine.Missing(f"{command[0]} is not installed")
    result = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            check=False)
    if result.returncode:
        raise machine.Failed(f"{' '.join(command)}:\n{result.stdout}")


def is_fair(qemu):
    """True when this QEMU shares the instructions of -icount between CPUs."""
    if not shutil.which(qemu):
        return False
    text = subprocess.run([qemu, "--version"], stdout=subprocess.PIPE, text=True, check=False).stdout
    version = re.search(r"version (\d+)\.(\d+)", text)
    return bool(version) and tuple(map(int, version.groups())) >= FAIR_QEMU


def emulator():
    """The words that start a QEMU that Xen boots in: the common one, or Debian's later one with its own libraries."""
    if is_fair(machine.QEMU):
        return [machine.QEMU]
    tar = fetched("qemu", f"{machine.QEMU} is older than {'.'.join(map(str, FAIR_QEMU))}, and another QEMU")
    place = os.path.join(DIR, "qemu")
    stamp = os.path.join(place, "sha256")
    with open(tar + ".sha256", encoding="utf-8") as f:
        wanted = f.read()
    have = ""
    if os.path.exists(stamp):
        with open(stamp, encoding="utf-8") as f:
            have = f.read()
    if have != wanted:
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
        tool("tar", "-C", place, "-xf", tar)
        with open(stamp, "w", encoding="utf-8") as f:
            f.write(wanted)
    libraries = {os.path.dirname(path) for path in glob.glob(place + "/**/*.so.*", recursive=True)}
    return [glob.glob(place + "/lib/ld-linux*")[0], "--library-path", ":".join(sorted(libraries)),
            os.path.join(place, "usr", "bin", "qemu-system-aarch64")]


def dts_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def device_trees(qemu, guest, bootargs, smp, memory):
    """Make Xen's device tree and the domain's part; return both paths."""
    os.makedirs(DIR, exist_ok=True)
    base, overlay, merged, devices = (os.path.join(DIR, name) for name in
                                      ("machine.dtb", "overlay.dtbo", "xen.dtb", "passthrough.dtb"))
    tool("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", devices, "-", text=PASSTHROUGH)
    # The same options, with dumpdtb among those of the machine: QEMU writes the file and exits.
    dump = [a + ",dumpdtb=" + base if a.startswith("virt,") else a for a in qemu]
    tool(*dump)
    text = OVERLAY.format(xen_args=dts_string(XEN_ARGS), bootargs=dts_string(bootargs), cpus=smp,
                          memory_kib=memory * 1024, kernel=KERNEL, kernel_size=os.path.getsize(guest),
                          devices=DEVICES, devices_size=os.path.getsize(devices))
    tool("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", overlay, "-", text=text)
    tool("fdtoverlay", "-i", base, "-o", merged, overlay)
    return merged, devices


def run(guest, bootargs="", smp=2, memory=64, log=None):
    """Boot @guest, an arm64 Image, as a domU with @smp vCPUs on @smp CPUs and @memory MiB; return what was written.

    How long Xen takes from reset says something with one CPU only: with two, the time is QEMU's, which changes from one
    CPU to the other once in 50 ms while the first waits.
    """
    xen = fetched("xen", "Debian's package of Xen for arm64")
    qemu = emulator() + machine.qemu(smp=smp)[1:]
    dtb, devices = device_trees(qemu, guest, bootargs, smp, memory)
    return machine.run(qemu + [
        "-kernel", xen, "-dtb", dtb,
        "-device", f"loader,file={guest},addr={KERNEL:#x},force-raw=on",
        "-device", f"loader,file={devices},addr={DEVICES:#x},force-raw=on",
    ], timeout=TIMEOUT, log=log)
