# SPDX-License-Identifier: BSD-3-Clause
# What operations cost, in instructions, beside bare metal, Xen and KVM (tools/bench), and the gate that keeps it.
.PHONY: bench bench-long bench-docs bench-compare bench-baseline check-bench
# Hazel and the bench guest, and what packs and runs them.
define bench_build
	@scripts/deps.sh build fetch bundle emulator
	@+$(CHECK_MAKE) all guests
endef

bench: ## exact instruction counts: bare, Hazel, Xen, KVM; sizes: tables, build/bench.json and bench.svg (minutes)
	$(bench_build)
	@scripts/deps.sh bench
	@$(PYTHON) tools/bench/bench
bench-long: ## Linux under Hazel and on the machine itself: boot, shell, fork, dd, hackbench, cyclictest; build/bench-long.json
	$(bench_build)
	@scripts/deps.sh bench
	@$(PYTHON) tools/bench/bench-long
bench-docs: ## put build/bench.json and bench-long.json into docs/performance.md, and draw docs/bench.svg
	@$(PYTHON) tools/bench/docs
bench-compare: ## what changed in Hazel's rows: OLD=file [NEW=build/bench.json]
	@[ -n '$(OLD)' ] || { echo "make bench-compare: OLD= is a bench.json of before" >&2; exit 2; }
	@$(PYTHON) tools/bench/compare '$(OLD)' '$(or $(NEW),$(O)/bench.json)'
bench-baseline: ## keep what Hazel's exits cost now in tests/bench/baseline.json, for this compiler and QEMU
	$(bench_build)
	@$(PYTHON) tools/bench/gate --baseline
check-bench: ## no exit of Hazel's got longer by more than 5 % than tests/bench/baseline.json says; tests of tools/bench
	@scripts/deps.sh system
	@$(PYTHON) -m pytest -q tests/bench -p no:cacheprovider
	$(bench_build)
	@$(PYTHON) tools/bench/gate
