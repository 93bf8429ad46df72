/* SPDX-License-Identifier: BSD-3-Clause */
/* mem: page pools, and RAM of VMs. */
#include <common/page_alloc.h>
#include <common/vm.h>
#include <debug/shell.h>
#include <lib/errno.h>

static void pool(const char *name, const struct page_pool *p)
{
	shell_printf("%-5s %llu of %llu pages free\n", name, (unsigned long long)p->nr_free,
		     (unsigned long long)p->nr_pages);
}

static int mem(int argc, char **argv)
{
	u32 i, k;

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	pool("host", &host_pool);
	pool("el2", &el2_pool);
	for (i = 0; i < nr_vms; i++) {
		for (k = 0; vms[i] && k < vms[i]->nr_ram; k++) {
			const struct vm_ram *r = &vms[i]->ram[k];

			shell_printf("vm%u '%s': 0x%llx + %llu MiB in %llu blocks\n", i, vms[i]->cfg.name,
				     (unsigned long long)r->r.ipa, (unsigned long long)(r->r.size >> 20),
				     (unsigned long long)r->nr_blocks);
		}
	}
	return 0;
}

const struct shell_cmd shell_cmd_mem = { "mem", "", "memory: free, and whose", mem };
