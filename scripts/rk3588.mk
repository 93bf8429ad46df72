# SPDX-License-Identifier: BSD-3-Clause
# QEMU with a model of the RK3588 (tools/qemu-rk3588), from Debian's QEMU source package.
.PHONY: qemu-rk3588
qemu-rk3588: ## build QEMU's machine "rk3588" from Debian's QEMU source (some minutes; then from the cache)
	@scripts/deps.sh fetch qemu-build
	@scripts/build-qemu-rk3588.sh $(O)/qemu-rk3588
