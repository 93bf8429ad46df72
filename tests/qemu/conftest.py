# SPDX-License-Identifier: BSD-3-Clause
"""Fixtures: built files, bundles, and a factory of machines that are ended after each test."""
import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import tempfile
import pathlib

import pytest

from bundle import Image, Vm, make_bundle
from hazel import BUILD, LOGS, ROOT, Hazel
from rk3588 import Board, require_model

KERNELS = ("standard", "16k", "rt", "6.1")


def pytest_configure(config):
    """Marks used in this directory."""
    config.addinivalue_line("markers", "slow: more than a minute; deselect with -m 'not slow'")
    config.addinivalue_line("markers", "whole_host: CPUs that run in parallel, MANY_CPUS or more; nothing runs beside it")


def pytest_addoption(parser):
    """The turns of scripts/run-system-tests."""
    parser.addoption("--whole-host", choices=("only", "no"), help="tests marked whole_host: only those, or none of them")


def pytest_collection_modifyitems(config, items):
    """One of two turns, if asked for. Slow tests first: with several workers none of them is left over for the end."""
    turn = config.getoption("whole_host")
    if turn:
        chosen = [item for item in items if bool(item.get_closest_marker("whole_host")) == (turn == "only")]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@contextlib.contextmanager
def build_lock():
    """One worker builds at a time."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / ".test-build.lock", "w", encoding="utf-8") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


MANY_CPUS = 4


@contextlib.contextmanager
def host_cpus(all_of_them):
    """A machine whose many CPUs run in parallel has the host for itself: beside another one its guest would hardly move."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / ".test-cpus.lock", "w", encoding="utf-8") as f:
        fcntl.flock(f, fcntl.LOCK_EX if all_of_them else fcntl.LOCK_SH)
        yield


def make(*targets):
    """Run make quietly at the top; its output is shown when it fails."""
    # Flags of the make that started pytest would be misread here.
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    with build_lock():
        r = subprocess.run(["make", "-s", *targets], cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False)
    assert r.returncode == 0, f"make {' '.join(targets)}:\n{r.stdout[-4000:]}"


@pytest.fixture(scope="session")
def hypervisor():
    """build/hypervisor.bin; `make check` has built it before."""
    if not (BUILD / "hypervisor.bin").exists():
        make("defconfig", "all")
    return BUILD / "hypervisor.bin"


@pytest.fixture(scope="session")
def guests():
    """Directory of the bare-metal test guests."""
    with build_lock():
        r = subprocess.run(["make", "-s", "-C", ROOT / "tests/guest", f"O={BUILD}/tests/guest"], text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                           env={k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "O")})
    assert r.returncode == 0, r.stdout
    return BUILD / "tests/guest"


@pytest.fixture(scope="session")
def kernel():
    """kernel(variant) - directory with Image and initrd.gz of one of KERNELS."""

    def get(variant="standard"):
        assert variant in KERNELS
        directory = BUILD / "guest" / variant
        if not (directory / "Image").exists() or not (directory / "initrd.gz").exists():
            make("guest", f"GUEST={variant}")
        return directory

    return get


@pytest.fixture(scope="session")
def linux_bundle(kernel):
    """linux_bundle(variant, its) - the shipped bundle with one of KERNELS, as make run packs it."""

    def get(variant="standard"):
        out = BUILD / "tests/bundles" / f"linux-{variant}.img"
        its = ROOT / "configs/vms/linux.its"
        with build_lock():
            if not out.exists() or out.stat().st_mtime < its.stat().st_mtime:
                out.parent.mkdir(parents=True, exist_ok=True)
            else:
                return out
        directory = kernel(variant)
        with build_lock():
            subprocess.run([ROOT / "scripts/mkbundle", "-g", directory, its, out], cwd=ROOT, check=True)
        return out

    return get


@pytest.fixture(scope="session")
def shipped_bundle():
    """shipped_bundle(name) - configs/vms/NAME.its as make run packs it."""

    def get(name):
        make("bundle", f"VMS={name}", "GUEST=standard")
        return BUILD / "vms" / name / "bundle.img"

    return get


@pytest.fixture
def workdir():
    """A directory for this test's files, on the build disk, removed afterwards."""
    (BUILD / "tests").mkdir(parents=True, exist_ok=True)
    path = pathlib.Path(tempfile.mkdtemp(prefix="t.", dir=BUILD / "tests"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def guest_bundle(guests, workdir):
    """guest_bundle(name, ...) - a bundle with one VM that runs a bare-metal guest."""

    def get(name, wrap=True, image=None, **vm):
        data = Image(guests / f"{name}.bin") if image is None else image
        return make_bundle(workdir, {"kernel": data}, {"test": Vm(**vm)}, wrap=wrap)

    return get


@pytest.fixture
def machine(request):
    """machine(bundle, ...) - start QEMU; ended and checked for EL2 faults after the test. Console: build/test-logs."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", request.node.nodeid.split("/")[-1])
    running, locks = [], contextlib.ExitStack()

    def start(bundle=None, **kw):
        if not running:
            many = kw.get("smp", 1) >= MANY_CPUS and "-icount" not in kw.get("extra", ())
            assert many == bool(request.node.get_closest_marker("whole_host")), f"whole_host: this machine has {kw}"
            locks.enter_context(host_cpus(many))
        suffix = f"-{len(running)}" if running else ""
        if "kernel" not in kw:
            kw["kernel"] = request.getfixturevalue("hypervisor")
        m = Hazel(name + suffix, bundle, **kw)
        running.append(m)
        return m

    LOGS.mkdir(parents=True, exist_ok=True)
    yield start
    errors = []
    for m in running:
        try:
            m.close()
        except AssertionError as e:
            errors.append(str(e))
    locks.close()
    assert not errors, "\n".join(errors)


@pytest.fixture
def rk3588(request):
    """rk3588(...) - start QEMU's machine "rk3588" (arguments: Board); ended and checked after the test."""
    require_model()
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", request.node.nodeid.split("/")[-1])
    with contextlib.ExitStack() as stack:
        running = []

        def start(**kw):
            if not running:
                # All its CPUs take turns in one thread.
                stack.enter_context(host_cpus(False))
            running.append(stack.enter_context(Board(f"{name}-{len(running)}" if running else name, **kw)))
            return running[-1]

        yield start
