# SPDX-License-Identifier: BSD-3-Clause
"""The rows: what they are called, in which order they are shown, their goals, and how a guest's output is read.

A row is called as the bench guest calls it (tests/guest/bench), and row@setting where Hazel's setting is not the one
that the goals are for (settings.py).
"""
import re

import machine

LINE = re.compile(r"BENCH (\w+) (\d+) (\d+) (\d+) (\d+)\b")

# In the order of the tables: name and description.
ROWS = {
    "hvc_psci_version": "HVC PSCI_VERSION",
    "hvc_smccc_version": "HVC SMCCC_VERSION",
    "hvc_unknown": "HVC, unknown function",
    "hvc_psci_features": "HVC PSCI_FEATURES",
    "hvc_affinity_info": "HVC AFFINITY_INFO",
    "id_reg": "read of a trapped ID register",
    "id_reg_x19": "the same, to x19",
    "gicd_typer_r": "read of GICD_TYPER",
    "gicd_typer_r_x19": "the same, to x19",
    "gicd_isenabler_r": "read of GICD_ISENABLER",
    "gicr_isenabler_r": "read of GICR_ISENABLER0",
    "spi_disable_enable": "disable and enable an SPI",
    "spi_hw_disable_enable": "the same, a device's SPI",
    "vuart_write": "a character to the UART",
    "s2_first_touch_faults": "faults on first touch of 4 MiB",
    "sgi_self_entry": "SGI to self, entry",
    "sgi_self_total": "SGI to self, total",
    "vtimer_entry": "virtual timer, entry",
    "vtimer_total": "virtual timer, total",
    "wfi_vtimer_late": "virtual timer out of WFI, entry",
    "wfi_vtimer_total": "virtual timer out of WFI, total",
    "spi_pend_entry": "SPI set pending, entry",
    "spi_pend_total": "SPI set pending, total",
    "spi_hw_entry": "hardware SPI, entry",
    "spi_hw_total": "hardware SPI, total",
    "ipi_roundtrip": "IPI round trip, WFI at both ends",
    "ipi_send": "its send alone",
    **{f"sgi_bcast_{n}{suffix}": text for n in range(1, 8) for suffix, text in
       (("", f"SGI to {n} vCPUs, until the last one answers"), ("_send", f"SGI to {n} vCPUs, send alone"))},
    "doorbell_roundtrip": "doorbell round trip, two VMs",
    "doorbell_roundtrip_fp": "the same, FP registers in use",
    "reset_to_guest": "reset to the guest, 8 MiB",
}
RESET = "reset_to_guest"

# Last column of table 1 of the goals, and of its size row; with hv.bhb=off.
GOALS = {
    "hvc_psci_version": 60, "hvc_smccc_version": 60, "hvc_unknown": 80, "id_reg": 80, "gicd_typer_r": 110,
    "spi_disable_enable": 300, "sgi_self_entry": 130, "vtimer_entry": 80, "spi_hw_entry": 100, "spi_pend_entry": 190,
    "ipi_roundtrip": 520, "wfi_vtimer_late": 85, "s2_first_touch_faults": 0, RESET: 1_200_000,
    RESET + "@44mb": 22_000_000,
}
GOAL_IMAGE = 160_000

# Measured earlier with the same method (QEMU 10.0.2, a guest that does the same operations): hypervisors that are not
# run here. Bao 738e3dc; it reads no device tree, checks no image and zeroes no memory.
BAO = {
    "hvc_psci_version": 192, "gicd_typer_r": 225, "spi_disable_enable": 7181, "sgi_self_entry": 790,
    "vtimer_entry": 204, "spi_hw_entry": 207, "spi_pend_entry": 3726, "ipi_roundtrip": 1646, "wfi_vtimer_late": 204,
    "s2_first_touch_faults": 0, RESET: 285_626, RESET + "@44mb": 55_000_000,
}
IMAGES = {"Bao": 100_568, "Xen": 964_278, "Xvisor": 1_917_792}

# Rows that say nothing about the hypervisor. KVM's monitor emulates the GPIO controller, and its VM starts long after
# reset.
NOT_IN_KVM = ("spi_hw", RESET)


def parse(text):
    """{row: {"min", "median", "max"}} of what a guest wrote."""
    found = {}
    for name, *figures in LINE.findall(text):
        low, median, high, _ = map(int, figures)
        if name in found:
            raise machine.Failed(f"row {name} came twice: the guest has started again")
        found[name] = {"min": low, "median": median, "max": high}
    return found


def place(name):
    """Sorts rows: the order of ROWS, new ones at the end, settings of a row behind it."""
    base, _, setting = name.partition("@")
    order = list(ROWS)
    # vms8 before vms32
    number = int(re.sub(r"\D", "", setting) or 0)
    return (order.index(base) if base in ROWS else len(order), base, re.sub(r"\d+", "", setting), number)


def counted_as(word):
    """The row that a profile of the guest's word @word belongs to: the whole of the operation."""
    for name in (word, word + "_total"):
        if name in ROWS:
            return name
    raise KeyError(word)


def medians(table, column="hazel"):
    """{row: median} of one column of a table of rows."""
    return {name: columns[column]["median"] for name, columns in table.items() if column in columns}
