/* SPDX-License-Identifier: BSD-3-Clause */
/* The emulated devices of a VM. */
#include <dm/dm.h>
#include <dm/vdoorbell.h>
#include <dm/vmbox.h>
#include <dm/vpl011.h>
#include <dm/vwdt.h>

static const struct dm_device *const devices[] = {
	&vpl011_device, &vdoorbell_device, &vwdt_device, &vmbox_device, NULL,
};

#define FOR_EACH(d) for (const struct dm_device *const *d = devices; *d; d++)

static int dm_create(struct vm *vm, struct vm_config_err *err)
{
	int r = 0;

	FOR_EACH(d)
	{
		if (!r)
			r = (*d)->create(vm, err);
	}
	return r;
}

static void dm_reset(struct vm *vm)
{
	FOR_EACH(d)
	{
		if ((*d)->reset)
			(*d)->reset(vm);
	}
}

static void dm_pause(struct vm *vm)
{
	FOR_EACH(d)
	{
		if ((*d)->pause)
			(*d)->pause(vm);
	}
}

static void dm_resume(struct vm *vm)
{
	FOR_EACH(d)
	{
		if ((*d)->resume)
			(*d)->resume(vm);
	}
}

static void dm_destroy(struct vm *vm)
{
	FOR_EACH(d)
	{
		if ((*d)->destroy)
			(*d)->destroy(vm);
	}
}

const struct vm_dm_ops dm_ops = {
	.create = dm_create,
	.reset = dm_reset,
	.pause = dm_pause,
	.resume = dm_resume,
	.destroy = dm_destroy,
};
