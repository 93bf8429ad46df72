# SPDX-License-Identifier: BSD-3-Clause
# Hazel. `make help` lists the targets and the variables.
MAKEFLAGS += --no-builtin-rules --no-builtin-variables
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

O      ?= build
V      ?= 0
PYTHON ?= /usr/bin/python3
BOARD  ?= qemu_virt
ifeq ($(wildcard configs/$(BOARD)_defconfig),)
$(error BOARD=$(BOARD): no such board: use one of $(sort $(patsubst configs/%_defconfig,%,$(wildcard configs/*_defconfig))))
endif
RK3588 := $(filter rk3588,$(BOARD))
VMS    ?= $(if $(RK3588),rk3588-linux,linux)
GUEST  ?= standard
# A bundle may say what it wants: a line "/* run: SMP=2 MEM=2G */".
RUN    := $(shell sed -n 's|^/\* run: \(.*\) \*/$$|\1|p' configs/vms/$(VMS).its 2>/dev/null)
SMP    ?= $(or $(patsubst SMP=%,%,$(filter SMP=%,$(RUN))),$(if $(RK3588),8,1))
MEM    ?= $(or $(patsubst MEM=%,%,$(filter MEM=%,$(RUN))),$(if $(RK3588),4G,1G))
CPU    ?= cortex-a76
SECURE ?= on
QEMU_RK3588 := $(O)/qemu-rk3588/qemu-system-aarch64-rk3588
QEMU   ?= $(if $(RK3588),$(QEMU_RK3588),qemu-system-aarch64)
HV_ARGS ?=
export O PYTHON BOARD VMS GUEST SMP MEM CPU SECURE DTB QEMU HV_ARGS QEMU_EXTRA_ARGS GUEST_KERNEL GUEST_INITRD
export LIBFDT_SRC ZLIB_SRC HAZEL_CACHE

export KCONFIG_CONFIG ?= .config
TC  := $(if $(filter-out 0,$(LLVM)),llvm,gcc)
OBJ := $(O)/obj/$(TC)
NPROC := $(shell nproc 2>/dev/null || echo 1)
# For targets that call make again: all processors, unless the user chose a number.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(NPROC))
Q   := $(if $(filter 0,$(V)),@)
say  = @printf '  %-7s %s\n' '$(1)' '$(2)'

# Goals that compile nothing must not install a compiler first.
PASSIVE := help clean distclean deps deps-check defconfig menuconfig savedefconfig olddefconfig format check-format \
	check-layers check-qemu check-bench bench bench-% qemu-rk3588 run gdb check check-host coverage fuzz guest bundle \
	%.stamp %/autoconf.h
ifneq ($(filter-out $(PASSIVE),$(or $(MAKECMDGOALS),all)),)
include $(OBJ)/toolchain.mk
endif
$(OBJ)/toolchain.mk: scripts/toolchain.sh
	@scripts/deps.sh $(if $(filter llvm,$(TC)),llvm,build)
	@mkdir -p $(@D)
	@CROSS_COMPILE='$(CROSS_COMPILE)' scripts/toolchain.sh $(TC) > $@

include hypervisor/sources.mk
include scripts/third_party.mk
include scripts/hypervisor.mk
include scripts/guest.mk
include scripts/image.mk
include scripts/check.mk
include scripts/bench.mk
include scripts/rk3588.mk

.PHONY: all
all: $(O)/hypervisor.elf $(O)/hypervisor.bin $(O)/compile_commands.json ## hypervisor.elf and hypervisor.bin (LLVM=1: with clang)

.PHONY: defconfig menuconfig savedefconfig olddefconfig
KCONFIG_TOOLS := scripts/deps.sh kconfig
defconfig: ## copy configs/BOARD_defconfig (or DEFCONFIG=) to .config; BOARD=qemu_virt or rk3588
	@$(KCONFIG_TOOLS)
	$(Q)$(PYTHON) -m defconfig configs/$(or $(DEFCONFIG),$(BOARD)_defconfig)
menuconfig: ## edit .config
	@$(KCONFIG_TOOLS)
	$(Q)$(PYTHON) -m menuconfig
olddefconfig: ## fill .config with defaults for what it lacks
	@$(KCONFIG_TOOLS)
	$(Q)$(PYTHON) -m olddefconfig
savedefconfig: ## write .config back to configs/BOARD_defconfig (or DEFCONFIG=), without the defaults
	@$(KCONFIG_TOOLS)
	$(Q)$(PYTHON) -m savedefconfig --out configs/$(or $(DEFCONFIG),$(BOARD)_defconfig)

.PHONY: deps deps-check
deps: ## install what `make run` needs, by Debian package name
	@scripts/deps.sh run
deps-check: ## install what `make check` needs
	@scripts/deps.sh check

.PHONY: run gdb
# The model of the RK3588 is built when it is not there.
RUN_QEMU = $(if $(filter $(QEMU_RK3588),$(QEMU)),$(if $(wildcard $(QEMU_RK3588)),,qemu-rk3588))
run: ## boot VMS=linux under Hazel in QEMU (BOARD= SMP= MEM= CPU= QEMU= DTB= SECURE= HV_ARGS= QEMU_EXTRA_ARGS=); Ctrl-A x leaves
	@scripts/deps.sh run
	@+$(MAKE) --no-print-directory $(JOBS) all bundle $(RUN_QEMU)
	@scripts/run-qemu
gdb: ## QEMU stopped at its first instruction, and gdb-multiarch attached to it
	@scripts/deps.sh run gdb
	@+$(MAKE) --no-print-directory $(JOBS) all bundle $(RUN_QEMU)
	@scripts/run-gdb

.PHONY: clean distclean help
clean: ## remove what was built; downloads stay in the cache
	rm -rf $(O) compile_commands.json
distclean: clean ## clean, and remove .config and the downloads
	rm -f .config .config.old
	rm -rf "$${HAZEL_CACHE:-$$HOME/.cache/hazel}"
help: ## this list
	@scripts/make-help $(MAKEFILE_LIST)
