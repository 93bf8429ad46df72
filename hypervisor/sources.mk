# SPDX-License-Identifier: BSD-3-Clause
# What is linked into the hypervisor, by layer, from left to right in the order of allowed dependencies
# (scripts/check_layers.py holds the rule). A layer is its directory: every .c and .S in it is built.
dir_srcs = $(sort $(wildcard $(addprefix hypervisor/$(1)/,*.c *.S)))

LIB_SRCS    := $(call dir_srcs,lib)
ARCH_SRCS   := $(call dir_srcs,arch/arm64) $(call dir_srcs,arch/arm64/boot)
COMMON_SRCS := $(call dir_srcs,common)
GUEST_SRCS  := $(call dir_srcs,arch/arm64/guest)
VGIC_SRCS   := $(call dir_srcs,arch/arm64/vgic)
DM_SRCS     := $(call dir_srcs,dm) $(call dir_srcs,dm/virtio)
DEBUG_SRCS  := $(call dir_srcs,debug)
BOARD_SRCS  := $(call dir_srcs,boards) $(foreach d,$(sort $(wildcard hypervisor/boards/*/)),$(call dir_srcs,$(patsubst hypervisor/%/,%,$(d))))
INIT_SRCS   := $(call dir_srcs,init)

HV_SRCS := $(LIB_SRCS) $(ARCH_SRCS) $(COMMON_SRCS) $(GUEST_SRCS) $(VGIC_SRCS) $(DM_SRCS) $(DEBUG_SRCS) $(BOARD_SRCS) \
	$(INIT_SRCS)

# Compiled for speed, all others for size (ADR 30): what exits, interrupts, switches between vCPUs and the devices' words
# go through, and what boot does for each byte, page, node or property.
HV_FAST := $(VGIC_SRCS) $(addprefix hypervisor/arch/arm64/guest/,abort.c idregs.c inject.c mmio_decode.c switch.c \
		sysreg.c trap.c trap_light.c vfp.c vicc.c vpsci.c vsmccc.c vtimer.c) \
	$(addprefix hypervisor/arch/arm64/,cpu.c gicv3.c gicv3_cpu.c ich.c pgtable.c work.c) \
	$(addprefix hypervisor/common/,fdt_scan.c fdt_util.c guest_access.c io_req.c irq.c page_alloc.c sched_bvt.c \
		sched_noop.c sched_place.c sched_rt.c schedule.c timer.c) \
	$(addprefix hypervisor/dm/,vconsole.c vdoorbell.c vmbox.c vpl011.c) \
	$(addprefix hypervisor/debug/,console.c mux.c ring.c uart_pl011.c) \
	$(addprefix hypervisor/lib/,crc32.c cstring.c printf.c sha256.c string.c)
