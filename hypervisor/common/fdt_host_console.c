/* SPDX-License-Identifier: BSD-3-Clause */
/* /chosen: the stdout UART (also before anything else is known), the ramdisk and the command line. */
#include <common/fdt_host.h>
#include <common/fdt_host_parse.h>
#include <common/fdt_scan.h>
#include <debug/logmsg.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <libfdt.h>

#define UART_IO_WIDTH_MMIO32 4U
#define UART_IO_WIDTH_BYTE 1U
/* Register 0x1f, the last one a driver touches, stays in the one page that is mapped. */
#define UART_SHIFT_MAX 6U

/* Register layouts that Hazel has a driver for; a UART's list goes from special to general. */
static const char *const uart_known[] = { "arm,pl011", "arm,sbsa-uart", "snps,dw-apb-uart", "ns16550a" };

static void uart_compatible(const void *fdt, int node, struct host_uart *uart)
{
	const char *first = fdt_prop_string(fdt, node, "compatible");

	for (u32 i = 0; i < ARRAY_SIZE(uart_known); i++) {
		if (fdt_has_string(fdt, node, "compatible", uart_known[i])) {
			first = uart_known[i];
			break;
		}
	}
	snprintf(uart->compatible, sizeof(uart->compatible), "%s", first ? first : "");
}

/* The node behind stdout-path, whose value is a path or alias and, after a colon, line settings. */
static int stdout_node(const void *fdt)
{
	int chosen = fdt_find_path(fdt, "/chosen", (u32)strlen("/chosen"));
	const char *path, *colon;

	if (chosen < 0)
		return -ENODEV;
	path = fdt_prop_string(fdt, chosen, "stdout-path");
	if (!path)
		path = fdt_prop_string(fdt, chosen, "linux,stdout-path");
	if (!path)
		return -ENODEV;
	colon = strchr(path, ':');
	return fdt_find_path(fdt, path, colon ? (u32)(colon - path) : (u32)strlen(path));
}

int fdt_host_console(const void *fdt, u64 max, struct host_uart *uart)
{
	struct fdt_chain c;
	const char *why;
	u32 width;
	int node;

	memset(uart, 0, sizeof(*uart));
	if (fdt_open(fdt, max, &why))
		return -EINVAL;
	node = stdout_node(fdt);
	if (node < 0 || fdt_chain_get(fdt, node, &c) || !fdt_enabled(fdt, node))
		return -ENODEV;
	if (fdt_chain_reg(fdt, &c, 0, &uart->reg) || !uart->reg.size ||
	    fdt_path_of(fdt, &c, uart->path, sizeof(uart->path))) {
		memset(uart, 0, sizeof(*uart));
		return -ENODEV;
	}
	uart_compatible(fdt, node, uart);
	width = strcmp(uart->compatible, "arm,pl011") ? UART_IO_WIDTH_BYTE : UART_IO_WIDTH_MMIO32;
	uart->reg_shift = fdt_prop_u32(fdt, node, "reg-shift", 0);
	uart->reg_io_width = fdt_prop_u32(fdt, node, "reg-io-width", width);
	if (uart->reg_shift > UART_SHIFT_MAX ||
	    (uart->reg_io_width != UART_IO_WIDTH_BYTE && uart->reg_io_width != UART_IO_WIDTH_MMIO32)) {
		memset(uart, 0, sizeof(*uart));
		return -ENODEV;
	}
	return 0;
}

bool fdt_host_is_ram(const void *fdt, u64 max, paddr_t pa)
{
	struct mem_range r;
	const char *why;
	int node, depth = 0;

	if (fdt_open(fdt, max, &why))
		return false;
	for (node = fdt_scan_next(fdt, 0, &depth); node >= 0; node = fdt_scan_next(fdt, node, &depth)) {
		if (depth != 1 || !fdt_has_string(fdt, node, "device_type", "memory"))
			continue;
		for (u32 i = 0; !fdt_host_reg(fdt, node, i, &r); i++) {
			if (pa >= r.base && pa - r.base < r.size)
				return true;
		}
	}
	return false;
}

static int read_initrd(struct host_walk *w)
{
	int slen, elen;
	const void *start = fdt_scan_prop(w->fdt, w->chosen, "linux,initrd-start", &slen);
	const void *end = fdt_scan_prop(w->fdt, w->chosen, "linux,initrd-end", &elen);
	struct mem_range *r = &w->h->initrd;
	u64 last;

	if (!start || !end)
		return 0;
	if ((slen != 4 && slen != 8) || (elen != 4 && elen != 8))
		return host_err_at(w, -EINVAL, "/chosen", "linux,initrd-start and -end must be 4 or 8 bytes");
	r->base = fdt_read_cells(start, (u32)slen / FDT_CELL_BYTES);
	last = fdt_read_cells(end, (u32)elen / FDT_CELL_BYTES);
	if (last < r->base)
		return host_err_at(w, -EINVAL, "/chosen", "linux,initrd-end 0x%llx is below linux,initrd-start 0x%llx",
				   (unsigned long long)last, (unsigned long long)r->base);
	r->size = last - r->base;
	for (u32 i = 0; r->size && i < w->h->nr_mem; i++) {
		const struct mem_range *m = &w->h->mem[i];

		if (r->base >= m->base && r->size <= m->size && r->base - m->base <= m->size - r->size)
			return 0;
	}
	return r->size ? host_err_at(w, -EINVAL, "/chosen", "linux,initrd-start 0x%llx + 0x%llx is not in host RAM",
				     (unsigned long long)r->base, (unsigned long long)r->size)
		       : 0;
}

int host_finish_chosen(struct host_walk *w)
{
	struct host_info *h = w->h;
	const char *args;
	bool edge;
	int node;

	h->chosen = w->chosen;
	if (w->chosen < 0)
		return 0;
	args = fdt_prop_string(w->fdt, w->chosen, "bootargs");
	if (args && strlen(args) >= sizeof(h->bootargs))
		pr_warn("/chosen: bootargs: cut at %d bytes", HOST_BOOTARGS_MAX - 1);
	if (args)
		snprintf(h->bootargs, sizeof(h->bootargs), "%s", args);
	if (!fdt_host_console(w->fdt, h->fdt_size, &h->uart)) {
		node = fdt_find_path(w->fdt, h->uart.path, (u32)strlen(h->uart.path));
		if (node < 0 || fdt_host_irq(h, node, 0, &h->uart.intid, &edge))
			h->uart.intid = 0;
	}
	return read_initrd(w);
}

int bootargs_get(const char *args, const char *key, char *buf, size_t size)
{
	size_t klen = strlen(key);

	for (const char *p = args; *p;) {
		size_t len = 0;

		while (p[len] && p[len] != ' ')
			len++;
		if (len > klen && !strncmp(p, key, klen) && p[klen] == '=') {
			size_t n = len - klen - 1;

			if (!size)
				return -ENOSPC;
			memcpy(buf, p + klen + 1, MIN(n, size - 1));
			buf[MIN(n, size - 1)] = 0;
			return n < size ? 0 : -ENOSPC;
		}
		p += len;
		while (*p == ' ')
			p++;
	}
	return -ENOENT;
}
