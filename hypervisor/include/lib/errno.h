/* SPDX-License-Identifier: BSD-3-Clause */
/* Error numbers: functions return 0 or a negative one of these. */
#ifndef LIB_ERRNO_H
#define LIB_ERRNO_H

#define EPERM 1       /* not allowed for this VM */
#define ENOENT 2      /* no such node, image or device */
#define EIO 5         /* hardware or firmware refused */
#define EAGAIN 11     /* more slices of work are needed */
#define ENOMEM 12     /* out of pages or table room */
#define EFAULT 14     /* address not mapped for this VM */
#define EBUSY 16      /* owned by somebody else */
#define EEXIST 17     /* overlaps something that is there */
#define ENODEV 19     /* no driver or hardware for it */
#define EINVAL 22     /* malformed input */
#define ENOSPC 28     /* destination too small */
#define ERANGE 34     /* value out of range */
#define EBADMSG 74    /* hash mismatch, corrupt data */
#define ENOTSUP 95    /* valid but not supported */
#define ETIMEDOUT 110 /* it did not happen in time */
#define EALREADY 114  /* it is so already */

#endif
