/* SPDX-License-Identifier: BSD-3-Clause */
/* Circular doubly linked list, intrusive. The caller holds the lock that owns the list. */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include <lib/types.h>

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

static inline void list_init(struct list_head *h)
{
	h->next = h;
	h->prev = h;
}

static inline bool list_empty(const struct list_head *h)
{
	return h->next == h;
}

static inline void list_add_tail(struct list_head *n, struct list_head *h)
{
	n->prev = h->prev;
	n->next = h;
	h->prev->next = n;
	h->prev = n;
}

/* Unlink @n and leave it as an empty list, so that a second removal is harmless. */
static inline void list_del_init(struct list_head *n)
{
	n->next->prev = n->prev;
	n->prev->next = n->next;
	list_init(n);
}

#define list_entry(p, type, member) container_of(p, type, member)
#define list_for_each(p, h) for (p = (h)->next; p != (h); p = p->next)

#endif
