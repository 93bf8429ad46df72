/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef ASM_PAGE_H
#define ASM_PAGE_H

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096UL
#define BLOCK_2M_SHIFT 21
#define BLOCK_2M_SIZE (1UL << BLOCK_2M_SHIFT)
#define BLOCK_1G_SHIFT 30
#define BLOCK_1G_SIZE (1UL << BLOCK_1G_SHIFT)
#define EL2_STACK_SIZE 16384 /* per pCPU, a guard page below */

#endif
