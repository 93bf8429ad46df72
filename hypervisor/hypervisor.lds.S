/* SPDX-License-Identifier: BSD-3-Clause */
/* The image: .text at the link address with the arm64 Image header first; each part starts on a page (W^X). */
OUTPUT_ARCH(aarch64)
ENTRY(_start)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
	linking PT_LOAD FLAGS(4);
	dynamic PT_DYNAMIC FLAGS(4);
}

SECTIONS
{
	. = CONFIG_LINK_ADDR;
	__image_start = .;
	.text : {
		KEEP(*(.head.text))
		/* Together, because their alignment leaves gaps. */
		*(.text.vectors)
		*(.text .text.*)
		. = ALIGN(4096);
	} :text
	__text_end = .;

	/* Written once by the relocation loop, before the MMU is on; read-only from then on. */
	.rodata : {
		*(.rodata .rodata.*)
		*(.data.rel.ro .data.rel.ro.*)
	} :rodata
	.got : { *(.got .got.plt) } :rodata
	/* Offsets of what is relocated (scripts/relocs.awk). */
	.relocs : ALIGN(8) {
		__relocs_start = .;
		KEEP(*(.relocs))
		__relocs_end = .;
	} :rodata
	/* Last, as .relocs, so that filling the tables in a second link moves nothing before them. */
	.ksyms : ALIGN(8) {
		KEEP(*(.ksyms .ksyms.*))
		. = ALIGN(4096);
	} :rodata
	. = ALIGN(4096);
	__rodata_end = .;

	__data_start = .;
	.data : {
		*(.data .data.*)
		. = ALIGN(8);
	} :data
	__file_end = .;
	.bss (NOLOAD) : ALIGN(64) {
		__bss_start = .;
		*(.bss .bss.*)
		*(COMMON)
		. = ALIGN(4096);
		*(.bss_pages)
		. = ALIGN(4096);
		__bss_end = .;
		/* Never mapped: a stack that grows too far faults here. */
		__stack_guard = .;
		. += 4096;
		__stack_bottom = .;
		. += 16384;
		__stack_top = .;
		__crash_guard = .;
		. += 4096;
		. += 8192;
		__crash_stack_top = .;
	} :data
	__image_end = .;

	/* Not in hypervisor.bin: the makefile makes .relocs of it, in 2 bytes for a relocation instead of 24. */
	.dynamic : { *(.dynamic) } :linking :dynamic
	.dynsym : { *(.dynsym) } :linking
	.dynstr : { *(.dynstr) } :linking
	.hash : { *(.hash) } :linking
	.gnu.hash : { *(.gnu.hash) } :linking
	.rela.dyn : { *(.rela .rela.*) } :linking

	/DISCARD/ : {
		*(.comment .note .note.* .interp .eh_frame .eh_frame_hdr)
	}
}
