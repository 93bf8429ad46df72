/* SPDX-License-Identifier: BSD-3-Clause */
/* ESR_ELx and PSTATE in words (ARM ARM D19.2.37, C5.2.18). Pure. */
#ifndef DEBUG_ESR_TEXT_H
#define DEBUG_ESR_TEXT_H

#include <lib/types.h>

/* esr_ec_text() - exception class 0..0x3f in words. esr_fsc_text() - fault status code (DFSC, IFSC) 0..0x3f. Never
 * NULL. */
const char *esr_ec_text(u32 ec);
const char *esr_fsc_text(u32 fsc);

/* esr_describe() - all of @esr that this class defines, in one line, cut at @size - 1. Return: its length. */
size_t esr_describe(u64 esr, char *buf, size_t size);

/* pstate_describe() - an AArch64 SPSR: "EL2h DAIF nZCv". */
size_t pstate_describe(u64 pstate, char *buf, size_t size);

#endif
