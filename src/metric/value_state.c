/*
 * Saved values: what a metric came to over a whole set of parts, as bytes.
 *
 *	"weirV" version │ identity of the value, 32 digits │ the value │ hash of all of it, 8 bytes
 *
 *	value: number, counts, first rows, first error, list, what an approximate kind is between, keys
 */
#include "metric/state.h"

#include <stdlib.h>

/* Any change of what is written is a new one, and values of the old one are refused. */
#define VALUE_MAGIC "weirV\002"

enum { MAGIC_BYTES = sizeof(VALUE_MAGIC) - 1, HASH_BYTES = 8, KEY_BYTES = 16 };
enum { HEAD_BYTES = MAGIC_BYTES + HASH_HEX - 1 };

/* The lists that there may be, as they may be empty, too. */
enum {
	HAS_FIRST = 1,
	HAS_LIST = 2,
	HAS_LIST_COUNT = 4,
	HAS_LOW = 8,
	HAS_HIGH = 16,
	HAS_KEYS = 32,
	HAS_ALL = 63
};

static uint64_t
bits_of(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

void
metric_value_identity(const struct metric *m, char hex[HASH_HEX])
{
	struct hasher h;

	metric_identity(m, hex);
	hasher_init(&h);
	hasher_add(&h, SV(VALUE_MAGIC));
	hasher_add(&h, sv_of(hex));
	hasher_add_i64(&h, m->params.nratio);
	for (uint32_t i = 0; i < m->params.nratio; i++)
		hasher_add_i64(&h, (int64_t)bits_of(m->params.ratios[i]));
	hasher_end(&h, hex);
}

static unsigned
lists_of(const struct metric_value *v)
{
	return (v->first != NULL ? HAS_FIRST : 0U) | (v->list != NULL ? HAS_LIST : 0U) |
	       (v->list_count != NULL ? HAS_LIST_COUNT : 0U) | (v->low != NULL ? HAS_LOW : 0U) |
	       (v->high != NULL ? HAS_HIGH : 0U) | (v->keys != NULL ? HAS_KEYS : 0U);
}

static void
pack_place(struct buf *b, struct row_at at)
{
	pack_u64(b, at.part);
	pack_u64(b, (uint64_t)at.row);
}

static struct row_at
unpack_place(struct unpack *u, uint32_t parts)
{
	struct row_at at = {.part = (uint32_t)unpack_most(u, UINT32_MAX)};

	at.row = unpack_count(u);
	if (at.part >= parts)
		unpack_spoil(u);
	return at;
}

static void
pack_set(struct buf *b, const struct keyset *k)
{
	const size_t n = (size_t)keyset_size(k);
	struct hash128 *h;

	pack_u64(b, n);
	if (n > (b->max - b->n) / KEY_BYTES) {
		b->full = true;
		return;
	}
	h = xmalloc(MAX(n, (size_t)1) * sizeof(*h));
	keyset_copy(k, h);
	for (size_t i = 0; i < n; i++) {
		pack_word(b, h[i].lo);
		pack_word(b, h[i].hi);
	}
	free(h);
}

static struct keyset *
unpack_set(struct unpack *u)
{
	size_t n = unpack_number(u, KEY_BYTES);
	AUTO(keyset) k = keyset_new_sorted(n, NULL);
	struct hash128 last = {0};

	for (size_t i = 0; i < n && !u->bad; i++) {
		struct hash128 h = {.lo = unpack_word(u)};

		h.hi = unpack_word(u);
		/* Out of order they would be looked for where they are not. */
		if (i > 0 && (h.lo < last.lo || (h.lo == last.lo && h.hi <= last.hi)))
			unpack_spoil(u);
		else if (!keyset_append(k, &h, 1, NULL))
			unpack_spoil(u);
		last = h;
	}
	if (u->bad || !keyset_finish(k, NULL))
		return NULL;
	return STEAL(k);
}

static void
pack_metric_value(struct buf *b, const struct metric_value *v)
{
	pack_u64(b, lists_of(v));
	pack_value(b, v->v);
	pack_i64(b, v->count);
	pack_i64(b, v->groups);
	pack_u64(b, (uint64_t)v->errors);
	if (v->errors > 0)
		pack_place(b, v->first_error);
	pack_u64(b, v->nfirst);
	for (uint32_t i = 0; i < v->nfirst; i++)
		pack_place(b, v->first[i]);
	pack_u64(b, v->nlist);
	for (uint32_t i = 0; i < v->nlist; i++)
		pack_value(b, v->list[i]);
	for (uint32_t i = 0; i < v->nlist && v->list_count != NULL; i++)
		pack_i64(b, v->list_count[i]);
	pack_bool(b, v->list_cut);
	pack_word(b, bits_of(v->error_bound));
	if (v->low != NULL)
		pack_metric_value(b, v->low);
	if (v->high != NULL)
		pack_metric_value(b, v->high);
	if (v->keys != NULL)
		pack_set(b, v->keys);
}

/* The number of entries of a list that is there; they take a byte at least. */
static uint32_t
unpack_length(struct unpack *u, unsigned lists, unsigned which)
{
	size_t n = unpack_number(u, 1);

	if (n > UINT32_MAX || (n > 0 && (lists & which) == 0))
		unpack_spoil(u);
	return u->bad ? 0 : (uint32_t)n;
}

static void
unpack_lists(struct unpack *u, struct arena *a, uint32_t parts, unsigned lists, struct metric_value *v)
{
	v->nfirst = unpack_length(u, lists, HAS_FIRST);
	if ((lists & HAS_FIRST) != 0) {
		struct row_at *first = ARENA_ARRAY(a, struct row_at, v->nfirst);

		for (uint32_t i = 0; i < v->nfirst; i++)
			first[i] = unpack_place(u, parts);
		v->first = first;
	}
	v->nlist = unpack_length(u, lists, HAS_LIST);
	if ((lists & HAS_LIST) != 0) {
		struct value *list = ARENA_ARRAY(a, struct value, v->nlist);

		/* The bytes are gone before the value is. */
		for (uint32_t i = 0; i < v->nlist; i++)
			list[i] = value_copy(a, unpack_value(u, a));
		v->list = list;
	}
	if ((lists & HAS_LIST_COUNT) != 0) {
		int64_t *count = ARENA_ARRAY(a, int64_t, v->nlist);

		for (uint32_t i = 0; i < v->nlist; i++)
			count[i] = unpack_i64(u);
		v->list_count = count;
	}
}

static void
unpack_metric_value(struct unpack *u, struct arena *a, uint32_t parts, bool inner, struct metric_value *v)
{
	unsigned lists = (unsigned)unpack_most(u, inner ? HAS_FIRST | HAS_LIST | HAS_LIST_COUNT : HAS_ALL);
	struct metric_value *ends = ARENA_ARRAY(a, struct metric_value, 2);
	uint64_t bits;

	v->v = value_copy(a, unpack_value(u, a));
	v->count = unpack_i64(u);
	v->groups = unpack_i64(u);
	v->errors = unpack_count(u);
	if (v->errors > 0)
		v->first_error = unpack_place(u, parts);
	unpack_lists(u, a, parts, lists, v);
	v->list_cut = unpack_bool(u);
	bits = unpack_word(u);
	memcpy(&v->error_bound, &bits, sizeof(bits));
	if ((lists & HAS_LOW) != 0)
		unpack_metric_value(u, a, parts, true, &ends[0]);
	if ((lists & HAS_HIGH) != 0)
		unpack_metric_value(u, a, parts, true, &ends[1]);
	v->low = (lists & HAS_LOW) != 0 ? &ends[0] : NULL;
	v->high = (lists & HAS_HIGH) != 0 ? &ends[1] : NULL;
	if ((lists & HAS_KEYS) != 0)
		v->keys = unpack_set(u);
}

bool
metric_value_save(const struct metric_value *v, const struct metric *m, size_t max, struct buf *b)
{
	struct buf own;
	char hex[HASH_HEX];
	bool saved;

	/* The places of malformed records are found by reading them. */
	if (v->failed || !metric_is_kept(m) || v->malformed != NULL || v->nmalformed > 0 ||
	    (v->keys != NULL && keyset_in_file(v->keys)))
		return false;
	buf_init(&own, max);
	metric_value_identity(m, hex);
	buf_puts(&own, VALUE_MAGIC);
	buf_puts(&own, hex);
	pack_metric_value(&own, v);
	pack_word(&own, hash64(buf_sv(&own)));
	saved = !own.full && buf_add(b, buf_sv(&own));
	buf_fini(&own);
	return saved;
}

bool
metric_value_load(const struct metric *m, uint32_t parts, struct sv bytes, struct arena *a,
                  struct metric_value *ret)
{
	struct metric_value v = {0};
	struct unpack u, hash;
	char hex[HASH_HEX];

	if (!metric_is_kept(m) || bytes.n < HEAD_BYTES + HASH_BYTES)
		return false;
	hash = unpack_of(sv_skip(bytes, bytes.n - HASH_BYTES));
	bytes.n -= HASH_BYTES;
	metric_value_identity(m, hex);
	if (unpack_word(&hash) != hash64(bytes) || !sv_starts(bytes, SV(VALUE_MAGIC)) ||
	    !sv_starts(sv_skip(bytes, MAGIC_BYTES), sv_of(hex)))
		return false;
	u = unpack_of(sv_skip(bytes, HEAD_BYTES));
	unpack_metric_value(&u, a, parts, false, &v);
	if (!unpack_end(&u)) {
		keyset_free(v.keys);
		return false;
	}
	*ret = v;
	return true;
}
