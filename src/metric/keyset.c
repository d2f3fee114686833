/*
 * Open addressing with linear probing over the hashes themselves: they are uniform, so their low bits are the slot.
 * The all-zero hash marks a free slot, and stands beside the table when it is a member.
 */
#include "metric/keyset.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "metric/spill.h"

/*
 * Sorted hashes are cut into buckets by their first bits, and where each bucket begins is known.  Hashes are uniform, so buckets hold about
 * as many: a few in memory, some pages of a file.
 */
struct sorted {
	struct spill *file;  /* NULL: they are in memory */
	struct hash128 *key; /* in memory */
	size_t cap;
	uint64_t n;
	uint64_t *
		start; /* [buckets + 1]: the number of the first hash that is in this bucket or a later one */
	size_t buckets, filled; /* starts that are known */
	unsigned bits;
	_Atomic bool failed;
};

struct keyset {
	struct sorted *sorted; /* NULL: the table */
	struct hash128 *slot;
	size_t nslot; /* a power of two, or 0 */
	size_t used;  /* slots taken: at most half, so that runs stay short */
	bool zero;    /* the all-zero hash is a member */
};

enum { FIRST_SLOTS = 64, MEMORY_BUCKET = 8, FILE_BUCKET = 256 };

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
	if (k->sorted != NULL) {
		spill_free(k->sorted->file);
		free(k->sorted->key);
		free(k->sorted->start);
		free(k->sorted);
	}
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

static bool
among(const struct hash128 *key, size_t n, struct hash128 h)
{
	for (size_t lo = 0, hi = n; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;

		if (key[mid].lo == h.lo && key[mid].hi == h.hi)
			return true;
		if (key[mid].lo < h.lo || (key[mid].lo == h.lo && key[mid].hi < h.hi))
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static size_t
bucket_of(const struct sorted *s, struct hash128 h)
{
	return s->bits == 0 ? 0 : (size_t)(h.lo >> (64 - s->bits));
}

static bool
sorted_has(struct sorted *s, struct hash128 h)
{
	size_t i = bucket_of(s, h);
	uint64_t from = s->start[i], n = s->start[i + 1] - from;

	if (s->file == NULL)
		return n > 0 && among(s->key + from, n, h);

	/* Hashes that are spread evenly make buckets of a few pages. */
	struct hash128 own[2 * FILE_BUCKET], *key = n <= LEN(own) ? own : xmalloc(n * sizeof(*key));
	bool found = false;

	if (n > 0 && !spill_read(s->file, (int64_t)(from * sizeof(*key)), key, n * sizeof(*key), NULL))
		atomic_store(&s->failed, true);
	else
		found = among(key, n, h);
	if (key != own)
		free(key);
	return found;
}

bool
keyset_has(const struct keyset *k, struct hash128 h)
{
	if (k->sorted != NULL)
		return sorted_has(k->sorted, h);
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
	return k->sorted != NULL ? (int64_t)k->sorted->n : (int64_t)k->used + k->zero;
}

size_t
keyset_bytes(const struct keyset *k)
{
	const struct sorted *s = k->sorted;

	return sizeof(*k) + k->nslot * sizeof(*k->slot) +
	       (s != NULL ? sizeof(*s) + s->cap * sizeof(*s->key) + (s->buckets + 1) * sizeof(*s->start) : 0);
}

bool
keyset_in_file(const struct keyset *k)
{
	return k->sorted != NULL && k->sorted->file != NULL;
}

static int
by_hash(const void *a, const void *b)
{
	const struct hash128 *x = a, *y = b;

	return x->lo != y->lo ? (x->lo > y->lo) - (x->lo < y->lo) : (x->hi > y->hi) - (x->hi < y->hi);
}

void
keyset_copy(const struct keyset *k, struct hash128 *h)
{
	size_t n = 0;

	if (k->sorted != NULL) {
		assert(k->sorted->file == NULL);
		if (k->sorted->n > 0)
			memcpy(h, k->sorted->key, k->sorted->n * sizeof(*h));
		return;
	}
	if (k->zero)
		h[n++] = (struct hash128){0};
	for (size_t i = 0; i < k->nslot; i++)
		if (!is_zero(k->slot[i]))
			h[n++] = k->slot[i];
	if (n > 1)
		qsort(h, n, sizeof(*h), by_hash);
}

struct keyset *
keyset_new_sorted(size_t expected, struct spill *file)
{
	struct keyset *k = keyset_new();
	struct sorted *s = xcalloc(1, sizeof(*s));

	s->file = file;
	for (size_t bucket = file != NULL ? FILE_BUCKET : MEMORY_BUCKET; expected >> s->bits >= 2 * bucket;)
		s->bits++;
	s->buckets = (size_t)1 << s->bits;
	s->start = xcalloc(s->buckets + 1, sizeof(*s->start));
	if (file == NULL && expected > 0) {
		s->cap = expected;
		s->key = xmalloc(expected * sizeof(*s->key));
	}
	k->sorted = s;
	return k;
}

bool
keyset_append(struct keyset *k, const struct hash128 *h, size_t n, struct err *err)
{
	struct sorted *s = k->sorted;

	for (size_t i = 0; i < n; i++)
		while (s->filled <= bucket_of(s, h[i]))
			s->start[s->filled++] = s->n + i;
	if (s->file == NULL) {
		if (s->n + n > s->cap) {
			s->cap = (size_t)s->n + n + s->cap / 2;
			s->key = xrealloc(s->key, s->cap * sizeof(*s->key));
		}
		if (n > 0)
			memcpy(s->key + s->n, h, n * sizeof(*h));
	} else if (!spill_write(s->file, h, n * sizeof(*h), err)) {
		return false;
	}
	s->n += n;
	return true;
}

bool
keyset_finish(struct keyset *k, struct err *err)
{
	struct sorted *s = k->sorted;

	while (s->filled <= s->buckets)
		s->start[s->filled++] = s->n;
	if (s->file != NULL)
		return spill_flush(s->file, err);
	if (s->n < s->cap && s->n > 0) {
		s->cap = (size_t)s->n;
		s->key = xrealloc(s->key, s->cap * sizeof(*s->key));
	}
	return true;
}

bool
keyset_error(const struct keyset *k, struct err *err)
{
	if (k->sorted == NULL || !atomic_load(&k->sorted->failed))
		return false;
	err_set(err, ERR_IO, NOWHERE, "keys that were put into a temporary file cannot be read again");
	err_hint(err, "Set TMPDIR to a folder on another disk, or give more memory with --memory.");
	return true;
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
