/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The place of boot ROM, TPL and SPL: what they leave in memory, and how the cores start after a reset. Either BL31 is
 * entered at EL3 with the parameters that SPL gives it, or QEMU answers PSCI itself and the payload starts at EL2.
 */
#include "qemu/osdep.h"

#include "elf.h"
#include "hw/loader.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "rk3588.h"
#include "system/reset.h"

#define LCR_8_BITS 3
#define UBOOT_TEXT_BASE 0x00a00000 /* of U-Boot's rk3588 boards; -bios is loaded there */
#define ATAGS_BASE 0x001fe000
#define SCMI_SHMEM_BASE 0x0010f000
#define SCMI_CHANNEL_FREE 1
#define PARAMS_BASE 0x0003f000 /* below BL31, where SPL was */

/* TF-A's parameter structures, version 2: include/common/ep_info.h, bl_common.h */
#define PARAM_EP 1
#define PARAM_IMAGE_BINARY 2
#define PARAM_BL_PARAMS 5
#define VERSION_1 1
#define VERSION_2 2
#define BL33_IMAGE_ID 5
#define EP_NON_SECURE 1
#define SPSR_EL2H_MASKED 0x3c9

struct param_header {
	uint8_t type, version;
	uint16_t size;
	uint32_t attr;
} QEMU_PACKED;

struct bl31_params {
	struct param_header h;
	uint64_t head;
	uint64_t pad;
	struct {
		uint32_t image_id, pad;
		uint64_t image, ep, next;
	} QEMU_PACKED node;
	struct {
		struct param_header h;
		uint64_t base;
		uint32_t size, max_size;
		uint64_t pad[2];
	} QEMU_PACKED image;
	struct {
		struct param_header h;
		uint64_t pc;
		uint32_t spsr, pad;
		uint64_t args[8];
	} QEMU_PACKED ep;
} QEMU_PACKED;

static void load_params(Rk3588State *s)
{
	struct bl31_params p = {
		.h = { PARAM_BL_PARAMS, VERSION_2, cpu_to_le16(offsetof(struct bl31_params, node)), 0 },
		.head = cpu_to_le64(PARAMS_BASE + offsetof(struct bl31_params, node)),
		.node = { .image_id = cpu_to_le32(BL33_IMAGE_ID),
			  .image = cpu_to_le64(PARAMS_BASE + offsetof(struct bl31_params, image)),
			  .ep = cpu_to_le64(PARAMS_BASE + offsetof(struct bl31_params, ep)) },
		.image = { .h = { PARAM_IMAGE_BINARY, VERSION_2, cpu_to_le16(sizeof(p.image)), 0 } },
		.ep = { .h = { PARAM_EP, VERSION_1, cpu_to_le16(sizeof(p.ep)), cpu_to_le32(EP_NON_SECURE) },
			.pc = cpu_to_le64(s->bl33_entry),
			.spsr = cpu_to_le32(SPSR_EL2H_MASKED) },
	};

	rom_add_blob_fixed("bl31-params", &p, sizeof(p), PARAMS_BASE);
}

/* The DDR_MEM tag that TPL leaves for U-Boot: count, version, addresses, sizes, and no hash, which is not checked then
 */
static void load_atags(Rk3588State *s)
{
	uint64_t high = memory_region_size(&s->dram_high);
	struct {
		uint32_t size, magic, count, version;
		uint64_t bank[20];
		uint32_t flags, data[2], hash;
		uint32_t end[2];
	} QEMU_PACKED tag = {
		.size = cpu_to_le32((sizeof(tag) - sizeof(tag.end)) / 4),
		.magic = cpu_to_le32(0x54410052),
		.count = cpu_to_le32(high ? 2 : 1),
		.bank = { 0, cpu_to_le64(memory_region_size(&s->dram_low)) },
	};

	if (high) {
		tag.bank[1] = cpu_to_le64(RK3588_DRAM_HIGH_BASE);
		tag.bank[2] = cpu_to_le64(memory_region_size(&s->dram_low));
		tag.bank[3] = cpu_to_le64(high);
	}
	rom_add_blob_fixed("atags", &tag, sizeof(tag), ATAGS_BASE);
}

/* BL31 sets up the channel; without it somebody has to, or Linux complains. Nobody answers on it then. */
static void load_scmi_channel(void)
{
	static const uint32_t shmem[32] = { [1] = const_le32(SCMI_CHANNEL_FREE) };

	rom_add_blob_fixed("scmi-shmem", shmem, sizeof(shmem), SCMI_SHMEM_BASE);
}

static void load_bl31(Rk3588State *s)
{
	ssize_t size =
		load_elf(s->bl31, NULL, NULL, NULL, &s->bl31_entry, NULL, NULL, NULL, ELFDATA2LSB, EM_AARCH64, 1, 0);

	if (size < 0) {
		error_report("rk3588: cannot load BL31 '%s': %s", s->bl31, load_elf_strerror(size));
		exit(1);
	}
}

static void load_bios(Rk3588State *s)
{
	const char *name = MACHINE(s)->firmware;

	if (load_image_targphys(name, UBOOT_TEXT_BASE, RK3588_DRAM_LOW_TOP - UBOOT_TEXT_BASE) < 0) {
		error_report("rk3588: cannot load '%s'", name);
		exit(1);
	}
	s->bl33_entry = UBOOT_TEXT_BASE;
}

/* TPL and SPL have printed on the console: 1500000 baud, 8 bits. */
static void set_up_console(Rk3588State *s)
{
	SerialState *serial = &s->uart[RK3588_CONSOLE_UART].serial;

	serial->divider = 1;
	serial->lcr = LCR_8_BITS;
}

/* After QEMU's own handler, for the first core. The others are off: PSCI or the PMU starts them. */
static void reset_boot_cpu(void *opaque)
{
	Rk3588State *s = opaque;
	ARMCPU *cpu = &s->cpu[0];

	cpu_reset(CPU(cpu));
	if (s->bl31_entry) {
		cpu_set_pc(CPU(cpu), s->bl31_entry);
		cpu->env.xregs[0] = PARAMS_BASE;
	} else {
		arm_emulate_firmware_reset(CPU(cpu), 2);
		cpu_set_pc(CPU(cpu), s->bl33_entry);
	}
	arm_rebuild_hflags(&cpu->env);
	set_up_console(s);
}

static void no_secondary_stub(ARMCPU *cpu, const struct arm_boot_info *info)
{
}

static void no_secondary_reset(ARMCPU *cpu, const struct arm_boot_info *info)
{
}

/* Payloads start at EL2. QEMU thinks of EL3 for those that are no Linux, and would leave PSCI to them. */
static void use_qemu_psci(Rk3588State *s)
{
	for (int i = 0; i < MACHINE(s)->smp.cpus; i++) {
		object_property_set_int(OBJECT(&s->cpu[i]), "psci-conduit", QEMU_PSCI_CONDUIT_SMC, &error_abort);
	}
}

void rk3588_boot(Rk3588State *s)
{
	MachineState *m = MACHINE(s);
	struct arm_boot_info *info = &s->boot;

	load_atags(s);
	if (s->bl31) {
		load_bl31(s);
	} else {
		load_scmi_channel();
	}
	info->loader_start = RK3588_NS_DRAM_BASE;
	info->ram_size = memory_region_size(&s->dram_low) - RK3588_NS_DRAM_BASE;
	info->board_id = -1;
	info->psci_conduit = s->bl31 ? QEMU_PSCI_CONDUIT_DISABLED : QEMU_PSCI_CONDUIT_SMC;
	info->write_secondary_boot = no_secondary_stub;
	info->secondary_cpu_reset_hook = no_secondary_reset;
	info->modify_dtb = rk3588_modify_dtb;
	info->firmware_loaded = m->firmware != NULL;
	info->skip_dtb_autoload = m->firmware != NULL;
	arm_load_kernel(&s->cpu[0], m, info);
	if (m->firmware) {
		load_bios(s);
	} else if (m->kernel_filename) {
		/* A Linux Image is entered through QEMU's stub at the start of memory, which sets x0. */
		s->bl33_entry = info->is_linux ? info->loader_start : info->entry;
	}
	if (s->bl31) {
		load_params(s);
	} else {
		use_qemu_psci(s);
	}
	qemu_register_reset(reset_boot_cpu, s);
}
