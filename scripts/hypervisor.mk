# SPDX-License-Identifier: BSD-3-Clause
# How the hypervisor is compiled and linked. Needs: TC OBJ CC LD ... (toolchain.mk), HV_SRCS, TP_CPPFLAGS.

# --- flags -----------------------------------------------------------------------------------------------------------
AUTOCONF := $(O)/include/generated/autoconf.h

HV_CPPFLAGS = -nostdinc -include $(AUTOCONF) -Ihypervisor/include -Ihypervisor/include/arch/arm64 \
	-isystem hypervisor/include/third_party -isystem $(CC_INCLUDE) $(TP_CPPFLAGS)
HV_CODEGEN := -std=gnu11 -ffreestanding -fno-builtin-printf -fPIE -fvisibility=hidden -mgeneral-regs-only -mstrict-align -mno-outline-atomics \
	-fstack-protector-strong -mstack-protector-guard=global -mbranch-protection=bti -fno-common -fno-strict-aliasing \
	-fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fno-unwind-tables -ffunction-sections -fdata-sections \
	-g -fdebug-prefix-map=$(CURDIR)=.
# What runs for an exit, and what boot does per byte, page or node, is compiled for speed, the rest for size (ADR 30).
HV_OPT = $(HV_MODEL) $(if $(filter $(HV_FAST),$<),-O2,-Os)
TP_OPT = $(HV_MODEL) $(if $(filter $(TP_FAST),$*),-O2,-Os)
HV_WARN := -Wall -Wextra -Werror -Wconversion -Wsign-conversion -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla \
	-Wundef -Wpointer-arith -Wcast-align -Wwrite-strings -Wimplicit-fallthrough -Wframe-larger-than=2048
# No padding in front of loops and labels: it is executed.
ifeq ($(TC),llvm)
HV_CODEGEN += -fdirect-access-external-data
else
HV_CODEGEN += -falign-labels=1 -falign-loops=1
# One instruction for an address. lld lacks a relocation that clang's stack protector has in this model.
HV_MODEL = -mcmodel=$(if $(shell grep -s '^CONFIG_NEAR_DATA=y' $(O)/config.full),tiny,small)
endif
HV_CFLAGS  = -include hypervisor/include/lib/hidden.h $(HV_CPPFLAGS) $(HV_CODEGEN) $(HV_OPT) $(HV_WARN) $(EXTRA_CFLAGS)
HV_ASFLAGS = $(HV_CPPFLAGS) -D__ASSEMBLY__ -g -mbranch-protection=bti -fdebug-prefix-map=$(CURDIR)=. -Werror
TP_CFLAGS  = -include hypervisor/include/lib/hidden.h $(HV_CPPFLAGS) $(HV_CODEGEN) $(TP_OPT) -w -include string.h
HV_LDFLAGS := -pie --no-dynamic-linker -z text -Bsymbolic --gc-sections -z max-page-size=4096 -z noexecstack \
	--build-id=none --fatal-warnings
ifeq ($(TC),llvm)
HV_LDFLAGS += --pack-dyn-relocs=none --apply-dynamic-relocs -z norelro
endif

# --- configuration ---------------------------------------------------------------------------------------------------
$(KCONFIG_CONFIG):
	@scripts/deps.sh kconfig
	$(call say,CONFIG,$@ from configs/$(or $(DEFCONFIG),$(BOARD)_defconfig))
	@$(PYTHON) -m defconfig configs/$(or $(DEFCONFIG),$(BOARD)_defconfig) >/dev/null

$(O)/config.stamp: $(KCONFIG_CONFIG) Kconfig
	@scripts/deps.sh kconfig
	@mkdir -p $(dir $(AUTOCONF))
	@$(PYTHON) -m genconfig --header-path $(AUTOCONF).tmp --config-out $(O)/config.full
	@cmp -s $(AUTOCONF).tmp $(AUTOCONF) && rm $(AUTOCONF).tmp || mv $(AUTOCONF).tmp $(AUTOCONF)
	@touch $@
$(AUTOCONF): $(O)/config.stamp ;

# --- rebuild when the compiler or a flag changes ----------------------------------------------------------------------
.PHONY: FORCE
FORCE:
# update_if_changed FILE,TEXT: rewrite FILE only when its content differs
define update_if_changed
	@mkdir -p $(dir $(1))
	@printf '%s\n' '$(2)' > $(1).tmp
	@cmp -s $(1).tmp $(1) && rm $(1).tmp || mv $(1).tmp $(1)
endef
$(OBJ)/flags.stamp: FORCE $(AUTOCONF)
	$(call update_if_changed,$@,$(CC_ID) $(CC) $(LD) $(HV_CFLAGS) $(HV_ASFLAGS) $(HV_LDFLAGS) $(HV_FAST) $(TP_FAST))
$(OBJ)/sources.stamp: FORCE
	$(call update_if_changed,$@,$(HV_SRCS))
$(O)/toolchain.stamp: FORCE
	$(call update_if_changed,$@,$(OBJ))

# --- compile ---------------------------------------------------------------------------------------------------------
HV_OBJS := $(addsuffix .o,$(addprefix $(OBJ)/,$(HV_SRCS)))
HV_DEPS := $(OBJ)/flags.stamp $(AUTOCONF) | $(THIRD_PARTY_STAMPS)

# Each object leaves the command that made it, for compile_commands.json.
define compile
	$(call say,$(1),$<)
	@mkdir -p $(@D)
	$(Q)$(2) -MMD -MP -c $< -o $@
	@printf '{"directory": "%s", "file": "%s", "command": "%s"}\n' '$(CURDIR)' '$<' '$(2) -c $< -o $@' > $@.json
endef
$(OBJ)/hypervisor/%.c.o: hypervisor/%.c $(HV_DEPS)
	$(call compile,CC,$(CC) $(HV_CFLAGS))
$(OBJ)/hypervisor/%.S.o: hypervisor/%.S $(HV_DEPS)
	$(call compile,AS,$(CC) $(HV_ASFLAGS))

LIBFDT_OBJS := $(LIBFDT_FILES:%=$(OBJ)/libfdt/%.o)
ZLIB_OBJS   := $(ZLIB_FILES:%=$(OBJ)/zlib/%.o)
define compile_third_party
	@mkdir -p $(@D)
	$(Q)$(CC) $(TP_CFLAGS) -c $(1) -o $@
endef
$(LIBFDT_OBJS): $(OBJ)/libfdt/%.o: $(LIBFDT_DIR)/.stamp $(HV_DEPS)
	$(call say,CC,libfdt/$*)
	$(call compile_third_party,$(LIBFDT_DIR)/$*)
$(ZLIB_OBJS): $(OBJ)/zlib/%.o: $(ZLIB_DIR)/.stamp $(HV_DEPS)
	$(call say,CC,zlib/$*)
	$(call compile_third_party,$(ZLIB_DIR)/$*)
$(OBJ)/libfdt.a: $(LIBFDT_OBJS)
$(OBJ)/libinflate.a: $(ZLIB_OBJS)
$(OBJ)/libfdt.a $(OBJ)/libinflate.a:
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# --- link ------------------------------------------------------------------------------------------------------------
$(OBJ)/hypervisor.lds: hypervisor/hypervisor.lds.S $(HV_DEPS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HV_CPPFLAGS) -D__ASSEMBLY__ -DLINKER_SCRIPT -E -P -x assembler-with-cpp -MMD -MP -MT $@ -MF $@.d $< -o $@

HV_LINK_DEPS := $(OBJ)/hypervisor.lds $(OBJ)/sources.stamp $(HV_OBJS) $(OBJ)/libfdt.a $(OBJ)/libinflate.a
link = $(LD) $(HV_LDFLAGS) -T $(OBJ)/hypervisor.lds -Map $@.map -o $@ $(HV_OBJS) $(1) $(OBJ)/libfdt.a $(OBJ)/libinflate.a

# Twice: the second time with the symbol table and the relocations of the first. Both tables come after all code and all
# pointers, so that none of these moves; the comparison proves it.
ksyms  = $(NM) -n $(1) | awk -f scripts/ksyms.awk
relocs = $(READELF) -r -W $(1) | awk -v base=$$(sed -n 's/^CONFIG_LINK_ADDR=//p' $(O)/config.full) -f scripts/relocs.awk
# Behind the image (hypervisor.lds.S); boot reads .relocs instead.
NOT_IN_IMAGE := .rela.dyn .dynamic .dynsym .dynstr .hash .gnu.hash
$(OBJ)/ksyms0.S $(OBJ)/relocs0.S: $(OBJ)/%0.S: scripts/%.awk
	@mkdir -p $(@D)
	@awk -v base=0 -f $< </dev/null > $@
$(OBJ)/pass1.elf: $(HV_LINK_DEPS) $(OBJ)/ksyms0.S.o $(OBJ)/relocs0.S.o
	$(Q)$(call link,$(OBJ)/ksyms0.S.o $(OBJ)/relocs0.S.o)
$(OBJ)/ksyms1.S $(OBJ)/relocs1.S: $(OBJ)/%1.S: $(OBJ)/pass1.elf scripts/%.awk
	@$(call $*,$<) > $@
$(OBJ)/ksyms%.S.o: $(OBJ)/ksyms%.S $(OBJ)/flags.stamp
	$(Q)$(CC) -c $< -o $@
$(OBJ)/relocs%.S.o: $(OBJ)/relocs%.S $(OBJ)/flags.stamp
	$(Q)$(CC) -c $< -o $@
$(OBJ)/hypervisor.elf: $(OBJ)/pass1.elf $(OBJ)/ksyms1.S.o $(OBJ)/relocs1.S.o
	$(call say,LD,$@)
	$(Q)$(call link,$(OBJ)/ksyms1.S.o $(OBJ)/relocs1.S.o)
	@$(call ksyms,$@) | cmp - $(OBJ)/ksyms1.S && $(call relocs,$@) | cmp - $(OBJ)/relocs1.S || \
		{ echo "[build] error: functions or pointers moved between the two links: .relocs and .ksyms must come after them" >&2; \
		rm -f $@; exit 1; }

$(O)/hypervisor.elf: $(OBJ)/hypervisor.elf $(O)/toolchain.stamp
	@cp $< $@
$(O)/hypervisor.bin: $(O)/hypervisor.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary $(addprefix -R ,$(NOT_IN_IMAGE)) $< $@

$(O)/compile_commands.json: $(HV_OBJS)
	@awk 'BEGIN { print "[" } { print (NR > 1 ? "," : "") $$0 } END { print "]" }' $(HV_OBJS:.o=.o.json) > $@
ifeq ($(O),build)
	@cp $@ compile_commands.json
endif

-include $(HV_OBJS:.o=.d) $(OBJ)/hypervisor.lds.d
