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
