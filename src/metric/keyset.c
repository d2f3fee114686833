/*
 * Open addressing with linear probing over the hashes themselves: they are uniform, so their low bits are the slot.
 * The all-zero hash marks a free slot, and stands beside the table when it is a member.
 */
#include "metric/keyset.h"

#include <stdlib.h>

struct keyset {
	struct hash128 *slot;
	size_t nslot; /* a power of two, or 0 */
	size_t used;  /* slots taken: at most half, so that runs stay short */
	bool zero;    /* the all-zero hash is a member */
};

enum { FIRST_SLOTS = 64 };

struct keyset *
keyset_new(void)
{
	return xcalloc(1, sizeof(struct keyset));
}

void
keyset_free(struct keyset *k)
{
	if (k == NULL)
		return;
	free(k->slot);
	free(k);
}

static bool
is_zero(struct hash128 h)
{
	return (h.lo | h.hi) == 0;
}

/* The slot of h, or the free one where it belongs.  There is a free one. */
static struct hash128 *
find(struct hash128 *slot, size_t nslot, struct hash128 h)
{
	size_t i = h.lo & (nslot - 1);

	while (!is_zero(slot[i]) && (slot[i].lo != h.lo || slot[i].hi != h.hi))
		i = (i + 1) & (nslot - 1);
	return &slot[i];
}

static void
grow(struct keyset *k)
{
	size_t nslot = k->nslot == 0 ? FIRST_SLOTS : k->nslot * 2;
	struct hash128 *slot = xcalloc(nslot, sizeof(*slot));

	for (size_t i = 0; i < k->nslot; i++)
		if (!is_zero(k->slot[i]))
			*find(slot, nslot, k->slot[i]) = k->slot[i];
	free(k->slot);
	k->slot = slot;
	k->nslot = nslot;
}

bool
keyset_add(struct keyset *k, struct hash128 h)
{
	if (is_zero(h)) {
		bool was = k->zero;

		k->zero = true;
		return !was;
	}
	if (k->used * 2 >= k->nslot)
		grow(k);
	struct hash128 *at = find(k->slot, k->nslot, h);
	if (!is_zero(*at))
		return false;
	*at = h;
	k->used++;
	return true;
}

bool
keyset_has(const struct keyset *k, struct hash128 h)
{
	if (is_zero(h))
		return k->zero;
	return k->nslot > 0 && !is_zero(*find(k->slot, k->nslot, h));
}

void
keyset_merge(struct keyset *k, const struct keyset *from)
{
	for (size_t i = 0; i < from->nslot; i++)
		if (!is_zero(from->slot[i]))
			keyset_add(k, from->slot[i]);
	k->zero |= from->zero;
}

int64_t
keyset_size(const struct keyset *k)
{
	return (int64_t)k->used + k->zero;
}

size_t
keyset_bytes(const struct keyset *k)
{
	return sizeof(*k) + k->nslot * sizeof(*k->slot);
}

struct hash128
tuple_hash(const struct value *v, uint32_t n)
{
	struct hash128 h[64];

	if (n == 1)
		return value_hash(v[0]);
	if (n <= LEN(h)) {
		for (uint32_t i = 0; i < n; i++)
			h[i] = value_hash(v[i]);
		return hash128((struct sv){(const char *)h, n * sizeof(h[0])});
	}
	/* Longer than any key: the tuple of the first 63 and the hash of the rest. */
	for (uint32_t i = 0; i < LEN(h) - 1; i++)
		h[i] = value_hash(v[i]);
	h[LEN(h) - 1] = tuple_hash(v + LEN(h) - 1, n - (uint32_t)LEN(h) + 1);
	return hash128((struct sv){(const char *)h, sizeof(h)});
}
