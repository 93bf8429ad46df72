# SPDX-License-Identifier: BSD-3-Clause
# Tests and checks. `make check` runs all parts through scripts/check, which times and counts them.
# Headers of assembler macros are no C to clang-format.
C_FILES = $(shell find hypervisor tools tests \( -name '*.c' -o -name '*.h' \) -exec grep -L '^\.macro' {} + | LC_ALL=C sort)
# Builds of the checks do not disturb what the user has built.
CHECK_MAKE = $(MAKE) --no-print-directory $(JOBS)

.PHONY: fuzz check check-format check-layers check-headers check-static check-host check-build check-qemu format coverage
check: ## every test and check; installs what it needs; the last line is "N passed, N failed" (PARTS="host qemu": some)
	@scripts/deps.sh check
	@+scripts/check $(PARTS)

format: ## let clang-format rewrite the sources
	@scripts/deps.sh style
	@clang-format -i $(C_FILES)
check-format: ## sources are as clang-format writes them
	@scripts/deps.sh style
	@scripts/check-format $(C_FILES)
check-layers: ## include layers, SPDX lines, no #if CONFIG_ in .c files, lengths
	@$(PYTHON) scripts/check_layers.py
check-headers: $(AUTOCONF) $(THIRD_PARTY_STAMPS) ## every header compiles on its own
	@scripts/check-headers $(CC) $(HV_CFLAGS) -Wno-unused
check-build: ## gcc and clang, no warning; entry, segments and Image header of both
	@scripts/deps.sh build llvm
	@+$(CHECK_MAKE) O=$(O)/check/gcc LLVM=0
	@+$(CHECK_MAKE) O=$(O)/check/clang LLVM=1
	@for d in $(O)/check/gcc $(O)/check/clang; do \
		scripts/check-elf $$d $$(sed -n 's/^CONFIG_LINK_ADDR=//p' $(O)/check/gcc/config.full) || exit 1; done
check-static: ## cppcheck and clang-tidy, no finding
	@scripts/deps.sh static llvm
	@+$(CHECK_MAKE) O=$(O)/check/clang LLVM=1
	@scripts/check-static $(O)/check/clang
check-host: ## host unit tests under ASan and UBSan (TESTS=name: only some)
	@scripts/deps.sh host fetch
	@+$(MAKE) -s $(THIRD_PARTY_STAMPS) $(AUTOCONF)
	@+$(MAKE) --no-print-directory $(JOBS) -f tests/host/Makefile check O=$(O) TESTS='$(TESTS)'

FUZZ_TIME ?= 60
fuzz: ## feed random input to the code that reads untrusted data (FUZZ_TIME= seconds for each program)
	@scripts/deps.sh fuzz fetch
	@+$(MAKE) -s $(THIRD_PARTY_STAMPS) $(AUTOCONF)
	@+$(MAKE) --no-print-directory $(JOBS) -f tests/host/Makefile fuzz O=$(O) FUZZ_TIME=$(FUZZ_TIME)

# Bare-metal test guests have a makefile of their own.
.PHONY: guests
guests: ## build the bare-metal test guests of tests/guest
	@scripts/deps.sh build
	@+$(MAKE) --no-print-directory -C tests/guest $(GUEST_CROSS) O=$(abspath $(O))/tests/guest
	@+$(MAKE) --no-print-directory -C tests/guest/bench $(GUEST_CROSS) O=$(abspath $(O))/tests/guest/bench
	@+$(MAKE) --no-print-directory -C tests/guest/linux $(GUEST_CROSS) O=$(abspath $(O))/tests/guest/linux

# PYTEST_ARGS= for instance "-k reboot -x"; PYTEST_JOBS=0 runs in one process
PYTEST_JOBS ?= $(NPROC)
check-qemu: ## system tests: boots under QEMU, typed at and listened to (PYTEST_ARGS=)
	@scripts/deps.sh run system gdb
	@+$(CHECK_MAKE) all bundle guests
	@+for g in $(GUEST_VARIANTS); do $(MAKE) --no-print-directory guest GUEST=$$g || exit 1; done
	@[ -x $(O)/qemu-rk3588/qemu-system-aarch64-rk3588 ] || \
		echo "no RK3588 model: its tests are skipped. make qemu-rk3588 builds it"
	@scripts/run-system-tests $(PYTHON) $(PYTEST_JOBS) $(PYTEST_ARGS)

coverage: ## line coverage of the host tests: common/ and arch/arm64/vgic
	@scripts/deps.sh host fetch coverage
	@+$(MAKE) -s $(THIRD_PARTY_STAMPS) $(AUTOCONF)
	@find $(O)/host-cov -name '*.gcda' -delete 2>/dev/null || true
	@+$(MAKE) --no-print-directory $(JOBS) -f tests/host/Makefile check O=$(O) COVERAGE=1
	@gcovr --root . --filter 'hypervisor/common/' --filter 'hypervisor/arch/arm64/vgic/' --xml $(O)/coverage.xml \
		--txt --object-directory $(O)/host-cov $(O)/host-cov
