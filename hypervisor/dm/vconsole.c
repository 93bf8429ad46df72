/* SPDX-License-Identifier: BSD-3-Clause */
#include <dm/vconsole.h>
#include <lib/bits.h>

void (*vconsole_output_hook)(void);

bool vconsole_put(struct vconsole *c, char ch)
{
	bool shown, ok = true;

	spin_lock(&c->lock);
	shown = c->focused;
	if (c->wr - c->rd == VCONSOLE_SIZE) {
		if (shown) {
			c->full = true;
			ok = false;
		} else {
			c->rd++;
			c->lost++;
		}
	}
	if (ok)
		c->out[c->wr++ % VCONSOLE_SIZE] = ch;
	spin_unlock(&c->lock);
	if (shown && vconsole_output_hook)
		vconsole_output_hook();
	return ok;
}

int vconsole_next(struct vconsole *c, bool *was_full)
{
	int ch = -1;

	*was_full = false;
	spin_lock(&c->lock);
	if (c->focused && c->rd != c->wr) {
		ch = (u8)c->out[c->rd++ % VCONSOLE_SIZE];
		/* Not for every single byte. */
		if (c->full && c->wr - c->rd <= VCONSOLE_SIZE / 2) {
			c->full = false;
			*was_full = true;
		}
	}
	spin_unlock(&c->lock);
	return ch;
}

void vconsole_focus(struct vconsole *c, bool on)
{
	spin_lock(&c->lock);
	c->focused = on;
	spin_unlock(&c->lock);
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

bool vconsole_type(struct vconsole *c, char ch)
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
		ch = (u8)c->in[c->in_rd++ % VCONSOLE_INPUT];
	spin_unlock(&c->lock);
	return ch;
}

u32 vconsole_typed_count(const struct vconsole *c)
{
	return READ_ONCE(c->in_wr) - READ_ONCE(c->in_rd);
}
