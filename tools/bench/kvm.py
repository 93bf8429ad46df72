# SPDX-License-Identifier: BSD-3-Clause
"""The KVM column: the guest in a virtual machine of Linux, which itself is entered at EL2 (VHE).

Debian's 6.12 kernel, with KVM built in, and an initramfs with Debian's QEMU for arm64 as the virtual machine monitor
(kvmtool, which is smaller, has left Debian). The guest sees QEMU's virt machine: RAM at 1 GiB, a PL011, a GICv3. There
is a CPU for each vCPU, and each vCPU's thread is bound to its own.

What is measured ends in the kernel, so the monitor does not matter, but what it switches on does: the PMU, which costs
at each exit, and stolen time stay off. Two things are the monitor's and tell about QEMU: the UART (vuart_write), and
the GPIO controller, so that spi_hw is no hardware interrupt here. KVM's default is left: a vCPU that waits polls for
half a millisecond before its thread sleeps.
"""
import os
import shlex
import shutil
import subprocess
import tarfile

import machine

DIR = os.path.join(machine.OUT, "bench", "kvm")
# Without kernel messages after the start; whoever looks for a fault takes "quiet loglevel=1" away.
KERNEL_ARGS = "console=ttyAMA0 quiet loglevel=1 panic=-1"
RNG_SEED_BYTES = 32
# The monitor waits with the vCPUs stopped (-S) until init has bound their threads. "timeout" is for a guest that sleeps
# for ever, in seconds of the machine's clock; one that spins is ended by machine.run().
INIT = """\
#!/bin/busybox sh
export PATH=/bin:/usr/bin
/bin/busybox --install -s /bin
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mkfifo /monitor.in /monitor.out
timeout -s KILL 60 qemu-system-aarch64 -accel kvm -M virt,gic-version=3 -cpu host,pmu=off,kvm-steal-time=off \\
	-smp {smp} -m 64 -nodefaults -display none -no-reboot -name bench,debug-threads=on -S \\
	-chardev pipe,id=monitor,path=/monitor -mon monitor -serial file:/dev/console \\
	-kernel /guest -append {bootargs} &
vmm=$!
bound=0
while [ $bound -lt {smp} ] && kill -0 $vmm 2>/dev/null; do
	sleep 0.1
	bound=0
	for t in /proc/[0-9]*/task/*; do
		read -r name < $t/comm || continue
		case $name in
		"CPU "*/KVM)
			cpu=${{name#CPU }}
			taskset -pc ${{cpu%/KVM}} ${{t##*/}} >/dev/null && bound=$((bound + 1))
			;;
		esac
	done 2>/dev/null
done
[ $bound -lt {smp} ] || echo cont > /monitor.in
wait $vmm
echo "The monitor ended with $?"
poweroff -f
"""


def fetched(word, what):
    """What scripts/fetch-guest.sh WORD prints: a path in its cache."""
    script = os.path.join(machine.ROOT, "scripts", "fetch-guest.sh")
    result = subprocess.run([script, word], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if result.returncode:
        raise machine.Missing(f"Debian's {what} for arm64 cannot be fetched: " +
                              (result.stderr.strip().splitlines() or ["no message"])[-1])
    return result.stdout.strip()


def tool(*command):
    """Run a program that makes or changes a file."""
    if not shutil.which(command[0]):
        raise machine.Missing(f"{command[0]} is not installed")
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, check=False)
    if result.returncode:
        raise machine.Failed(f"{' '.join(command)}:\n{result.stdout}")


def seed(path):
    """Put a seed for random numbers into the device tree @path, always the same."""
    tool("fdtput", "-t", "bx", path, "/chosen", "rng-seed", *[f"{i:x}" for i in range(RNG_SEED_BYTES)])


def device_tree(path, qemu):
    """Write @path: QEMU's own device tree, with a seed for Linux' random numbers.

    The monitor waits for random numbers when it starts. Where every run has the same clock, Linux finds them late, and
    later by many seconds when as much as a byte of the initramfs has changed.
    """
    tool(*[a + ",dumpdtb=" + path if a.startswith("virt,") else a for a in qemu])
    seed(path)


class Archive:
    """An initramfs: cpio in the format "newc". Not compressed: to unpack it would take longer than to boot."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.inode = 0

    def _pad(self):
        self.file.write(bytes(-self.file.tell() % 4))

    def add(self, name, mode, content=None, size=0):
        """A file of @size bytes from the open file @content; a directory has none."""
        self.inode += 1
        fields = [self.inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, len(name) + 1, 0]
        self.file.write(b"070701" + b"".join(b"%08x" % f for f in fields) + name.encode() + b"\0")
        self._pad()
        if content:
            shutil.copyfileobj(content, self.file)
            self._pad()

    def add_file(self, name, path):
        with open(path, "rb") as f:
            self.add(name, 0o100755, f, os.path.getsize(path))

    def close(self):
        self.add("TRAILER!!!", 0)
        self.file.close()


def initramfs(path, files, tar):
    """Write @path with @files, a dictionary of names and paths, and all that is in @tar."""
    archive = Archive(path)
    for directory in ("bin", "dev", "proc", "sys"):
        archive.add(directory, 0o40755)
    for name, source in files.items():
        archive.add_file(name, source)
    with tarfile.open(tar) as members:
        for member in members:
            name = os.path.normpath(member.name)
            if member.isdir() and name != ".":
                archive.add(name, 0o40755)
            elif member.isfile():
                archive.add(name, 0o100755, members.extractfile(member), member.size)
    archive.close()


def run(guest, bootargs="", smp=2, log=None):
    """Boot @guest, an arm64 Image, under KVM with @smp vCPUs on @smp CPUs; return what the machine wrote."""
    kernel = fetched("standard", "kernel")
    busybox = fetched("busybox", "busybox-static")
    vmm = fetched("vmm", "qemu-system-arm")
    os.makedirs(DIR, exist_ok=True)
    init = os.path.join(DIR, "init")
    with open(init, "w", encoding="ascii") as f:
        f.write(INIT.format(smp=smp, bootargs=shlex.quote(bootargs)))
    image = os.path.join(DIR, "initramfs.cpio")
    initramfs(image, {"init": init, "bin/busybox": busybox, "guest": guest}, vmm)
    qemu = machine.qemu(smp=smp)
    dtb = os.path.join(DIR, "machine.dtb")
    device_tree(dtb, qemu)
    return machine.run(qemu + ["-kernel", kernel, "-dtb", dtb, "-initrd", image, "-append", KERNEL_ARGS], log=log)
