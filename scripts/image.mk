# SPDX-License-Identifier: BSD-3-Clause
# A disk image for every way that U-Boot boots Hazel, and U-Boot for the RK3588.
IMAGE := $(O)/image/hazel-$(BOARD).img

# Where bootm puts the hypervisor: kernel_addr_r of the board's U-Boot, and the 512 KiB that the Image header asks for.
IMAGE_LOAD_qemu_virt := 0x40480000
IMAGE_LOAD_rk3588    := 0x02080000

# DTB= is a path, or the name of a device tree in Debian's kernel package. qemu_virt has none: U-Boot's is handed on.
IMAGE_DTB := $(or $(DTB),$(if $(RK3588),rk3588-rock-5b.dtb))
image_dtb  = $(if $(findstring /,$(IMAGE_DTB)),$(IMAGE_DTB),$$(scripts/fetch-guest.sh dtbs)/$(IMAGE_DTB))

.PHONY: image u-boot-rk3588
image: $(O)/hypervisor.bin $(BUNDLE_IMG) ## a disk that U-Boot boots: BOARD=qemu_virt or rk3588, VMS=, DTB=, HV_ARGS=
	@scripts/deps.sh image $(if $(IMAGE_DTB),fetch)
	@mkdir -p $(dir $(IMAGE))
	$(call say,IMAGE,$(IMAGE))
	@scripts/mkdisk --route all --hypervisor $(O)/hypervisor.bin --bundle $(BUNDLE_IMG) --append '$(HV_ARGS)' \
		--load $(IMAGE_LOAD_$(BOARD)) $(if $(IMAGE_DTB),--dtb "$(image_dtb)") $(IMAGE)
u-boot-rk3588: ## U-Boot for the Rock 5B from Debian's source, for the machine model: build/u-boot-rk3588/u-boot.bin
	@scripts/deps.sh build fetch uboot
	@scripts/build-uboot.sh $(O)/u-boot-rk3588
	$(call say,UBOOT,$(O)/u-boot-rk3588/u-boot.bin)
