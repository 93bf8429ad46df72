# SPDX-License-Identifier: BSD-3-Clause
# Guests and bundles: kernels and busybox from Debian, an initramfs, configs/vms/*.its packed, each bundle checked.
GUEST_VARIANTS := standard 16k rt 6.1
BUNDLE_NAME := $(VMS)$(if $(filter-out standard,$(GUEST)),-$(GUEST))
BUNDLE_IMG  := $(O)/vms/$(BUNDLE_NAME)/bundle.img

# A kernel or initrd named by the user is copied when it changes; Debian's is a link into the cache.
$(O)/guest/initrd.gz: scripts/mkinitrd scripts/fetch-guest.sh $(wildcard scripts/initrd/*) $(GUEST_INITRD)
	@scripts/deps.sh fetch bundle
	@mkdir -p $(@D)
	@$(if $(GUEST_INITRD),cp '$(GUEST_INITRD)' $@,scripts/mkinitrd "$$(scripts/fetch-guest.sh busybox)" $@)
	$(call say,INITRD,$@)
$(O)/guest/%/Image: scripts/fetch-guest.sh $(GUEST_KERNEL)
	@scripts/deps.sh fetch bundle
	@mkdir -p $(@D)
	@f='$(GUEST_KERNEL)'; [ -n "$$f" ] || f=$$(scripts/fetch-guest.sh $*); ln -sf "$$(realpath "$$f")" $@
# Linux unpacks archives that follow each other: Debian's kernel gets its modules behind an initramfs that all share.
define with_modules
	@rm -f $@
	@m=$$(dirname "$$(realpath $(@D)/Image)")/modules.gz; if [ -z '$(GUEST_KERNEL)$(GUEST_INITRD)' ] && [ -s "$$m" ]; \
		then cat $< "$$m" > $@; else cp $< $@; fi
endef
$(O)/guest/%/initrd.gz: $(O)/guest/initrd.gz $(O)/guest/%/Image
	$(with_modules)
# Changing GUEST_KERNEL= or GUEST_INITRD= (or leaving them out again) remakes what came from them.
$(O)/guest/override.stamp: FORCE
	@mkdir -p $(@D)
	@echo '$(GUEST_KERNEL) $(GUEST_INITRD)' | cmp -s - $@ || echo '$(GUEST_KERNEL) $(GUEST_INITRD)' > $@
$(O)/guest/initrd.gz $(GUEST_VARIANTS:%=$(O)/guest/%/Image): $(O)/guest/override.stamp

# What else bundles name as guest/NAME: a bigger initramfs, firmware, another kernel, bare-metal guests.
STRESS_INITRD := $(O)/guest/initrd-stress.gz
$(STRESS_INITRD): scripts/mkinitrd scripts/fetch-guest.sh
	@scripts/deps.sh fetch bundle
	@mkdir -p $(@D)
	@scripts/mkinitrd "$$(scripts/fetch-guest.sh busybox)" $@ "$$(scripts/fetch-guest.sh stress)"
	$(call say,INITRD,$@)
$(O)/guest/$(GUEST)/initrd-stress.gz: $(STRESS_INITRD) $(O)/guest/$(GUEST)/Image
	$(with_modules)
define fetched_guest
$(O)/guest/$(GUEST)/$(1): scripts/fetch-guest.sh
	@scripts/deps.sh fetch bundle
	@mkdir -p $$(@D)
	@f=$$$$(scripts/fetch-guest.sh $(2)) && ln -sf "$$$$f" $$@
endef
$(eval $(call fetched_guest,Image-rt,rt))
$(eval $(call fetched_guest,u-boot.bin,uboot))
$(eval $(call fetched_guest,QEMU_EFI.fd,efi))
$(O)/guest/$(GUEST)/%.bin: tests/guest/%.c
	@+$(MAKE) --no-print-directory guests
	@mkdir -p $(@D)
	@ln -sf $(abspath $(O))/tests/guest/$*.bin $@
BUNDLE_FILES = $(addprefix $(O)/guest/$(GUEST)/,$(sort \
	$(shell sed -n 's|.*/incbin/("guest/\([^"]*\)").*|\1|p' configs/vms/$(VMS).its 2>/dev/null)))

.PHONY: guest bundle
guest: $(O)/guest/$(GUEST)/Image $(O)/guest/$(GUEST)/initrd.gz ## fetch the kernel (GUEST=), build the initramfs
bundle: $(BUNDLE_IMG) ## pack configs/vms/VMS.its and check it

$(O)/vms/$(BUNDLE_NAME)/bundle.img: configs/vms/$(VMS).its $(BUNDLE_FILES) \
		$(O)/tools/hvcheck scripts/mkbundle
	$(call say,BUNDLE,$@)
	@scripts/mkbundle -g $(O)/guest/$(GUEST) $< $@
	@$(O)/tools/hvcheck $@ || { mv $@ $@.rejected; exit 1; }

# --- the bundle checker: the manifest code of EL2, compiled for the host --------------------------------------------
HOSTCC ?= gcc
HVCHECK_SRCS := $(wildcard tools/hvcheck/*.c) $(wildcard hypervisor/common/vm_config*.c) hypervisor/common/fdt_scan.c hypervisor/lib/crc32.c \
	hypervisor/lib/sha256.c
HVCHECK_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -DHOST_TEST -DZ_SOLO -include $(AUTOCONF) -Itools/hvcheck \
	-Itests/host/include -Ihypervisor/include -Ihypervisor/include/arch/arm64 -isystem $(LIBFDT_DIR) -isystem $(ZLIB_DIR)
$(O)/tools/hvcheck: $(HVCHECK_SRCS) $(AUTOCONF) $(wildcard hypervisor/include/common/*.h hypervisor/include/lib/*.h) \
		$(LIBFDT_DIR)/.stamp $(ZLIB_DIR)/.stamp
	@scripts/deps.sh bundle
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(HVCHECK_CFLAGS) $(HVCHECK_SRCS) -w $(addprefix $(LIBFDT_DIR)/,$(LIBFDT_FILES)) -o $@
