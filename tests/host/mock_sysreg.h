/* SPDX-License-Identifier: BSD-3-Clause */
/* A table of system registers behind read_sysreg() and write_sysreg(). Included by one test file once. */
#ifndef MOCK_SYSREG_H
#define MOCK_SYSREG_H

#include <asm/sysreg.h>
#include <stdio.h>
#include <string.h>

#define MOCK_SYSREG_MAX 128

static struct {
	char name[32];
	u64 v;
} mock_sysregs[MOCK_SYSREG_MAX];

static u64 *mock_sysreg(const char *name)
{
	unsigned i;

	for (i = 0; i < MOCK_SYSREG_MAX - 1 && mock_sysregs[i].name[0]; i++)
		if (strcmp(mock_sysregs[i].name, name) == 0)
			break;
	snprintf(mock_sysregs[i].name, sizeof(mock_sysregs[i].name), "%s", name);
	return &mock_sysregs[i].v;
}

u64 mock_sysreg_read(const char *name)
{
	return *mock_sysreg(name);
}

void mock_sysreg_write(const char *name, u64 v)
{
	*mock_sysreg(name) = v;
}

static inline void mock_sysreg_clear(void)
{
	memset(mock_sysregs, 0, sizeof(mock_sysregs));
}

#endif
