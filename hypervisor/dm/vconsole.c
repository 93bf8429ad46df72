/* SPDX-License-Identifier: BSD-3-Clause */
#include <dm/vconsole.h>
#include <lib/bits.h>

void (*vconsole_output_hook)(void);

static u64 room(const struct vconsole *c)
{
	return VCONSOLE_SIZE - (c->wr - c->rd);
}

/* Lock held. */
static bool put(struct vconsole *c, char ch)
{
	if (!room(c)) {
		c->lost++;
		if (c->focused)
			return false;
		c->rd++;
	}
	c->out[c->wr++ % VCONSOLE_SIZE] = ch;
	c->full = c->focused && room(c) < VCONSOLE_LOW;
	return true;
}

bool vconsole_put(struct vconsole *c, char ch)
{
	bool shown, ok;

	spin_lock(&c->lock);
	shown = c->focused;
	ok = put(c, ch);
	spin_unlock(&c->lock);
	if (shown && vconsole_output_hook)
		vconsole_output_hook();
	return ok;
}

u64 vconsole_room(struct vconsole *c)
{
	u64 n;

	spin_lock(&c->lock);
	n = c->focused ? room(c) : VCONSOLE_SIZE;
	spin_unlock(&c->lock);
	return n;
}

int vconsole_next(struct vconsole *c, bool *was_full)
{
	int ch = -1;

	*was_full = false;
	spin_lock(&c->lock);
	if (c->focused && c->rd != c->wr) {
		ch = (u8)c->out[c->rd++ % VCONSOLE_SIZE];
		/* Not for every single byte. */
		if (c->full && room(c) >= VCONSOLE_SIZE / 2) {
			c->full = false;
			*was_full = true;
		}
	}
	spin_unlock(&c->lock);
	return ch;
}

void vconsole_back(struct vconsole *c)
{
	spin_lock(&c->lock);
	/* It may be overwritten, if the focus has gone meanwhile. */
	if (room(c))
		c->rd--;
	else
		c->lost++;
	spin_unlock(&c->lock);
}

bool vconsole_focus(struct vconsole *c, bool on)
{
	bool waited;

	spin_lock(&c->lock);
	waited = c->full && !on;
	c->focused = on;
	c->full = on && room(c) < VCONSOLE_LOW;
	spin_unlock(&c->lock);
	return waited;
}

u64 vconsole_take_lost(struct vconsole *c)
{
	u64 n;

	spin_lock(&c->lock);
	n = c->lost;
	c->lost = 0;
	spin_unlock(&c->lock);
	return n;
}

bool vconsole_type(struct vconsole *c, u16 ch)
{
	bool room;

	spin_lock(&c->lock);
	room = c->in_wr - c->in_rd < VCONSOLE_INPUT;
	if (room)
		c->in[c->in_wr++ % VCONSOLE_INPUT] = ch;
	spin_unlock(&c->lock);
	return room;
}

int vconsole_typed(struct vconsole *c)
{
	int ch = -1;

	spin_lock(&c->lock);
	if (c->in_rd != c->in_wr)
		ch = c->in[c->in_rd++ % VCONSOLE_INPUT];
	spin_unlock(&c->lock);
	return ch;
}

u32 vconsole_typed_count(const struct vconsole *c)
{
	return READ_ONCE(c->in_wr) - READ_ONCE(c->in_rd);
}
