/* SPDX-License-Identifier: BSD-3-Clause */
OUTPUT_ARCH(aarch64)
ENTRY(_start)
PHDRS
{
	text PT_LOAD FLAGS(5);
	data PT_LOAD FLAGS(6);
}
SECTIONS
{
	. = LINK_ADDR;
	.text : { *(.head.text) *(.text .text.*) *(.rodata .rodata.*) } :text
	. = ALIGN(4096);
	.data : { *(.data .data.*) . = ALIGN(8); } :data
	bss_start = .;
	.bss : { *(.bss .bss.*) *(COMMON) . = ALIGN(16); } :data
	bss_end = .;
	.stack (NOLOAD) : { . += 16384; stack_top = .; } :data
	. = ALIGN(4096);
	image_end = .;
	image_size = image_end - LINK_ADDR;
	/DISCARD/ : { *(.note*) *(.comment) *(.eh_frame*) }
}
