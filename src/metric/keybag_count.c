/* The end of a bag: partitions to a file, and all that there is of one partition into a table. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "metric/keybag_parts.h"
#include "metric/spill.h"

/* Spilling ------------------------------------------------------------------------------------------------------- */

static bool
open_file(struct keybag *b, const char *folder, struct err *err)
{
	struct spill *s;

	if (b->nfile > 0)
		return true;
	s = spill_new(folder, err);
	if (s == NULL)
		return false;
	b->file = xrealloc(b->file, sizeof(*b->file));
	b->file[b->nfile++] = s;
	return true;
}

static void
add_chunk(struct keybag *b)
{
	const int64_t at = spill_size(b->file[0]);

	if (b->nchunk == b->chunk_cap) {
		b->chunk_cap = MAX(b->chunk_cap * 2, 8);
		b->chunk = xrealloc(b->chunk, b->chunk_cap * sizeof(*b->chunk));
	}
	b->chunk[b->nchunk++] = (struct keybag_chunk){
		.file = b->file[0], .index = at, .at = at + (int64_t)(PARTS * sizeof(uint32_t))};
}

/* The array, sorted into partitions by counting. */
static bool
write_flat(struct keybag *b, struct err *err)
{
	uint32_t count[PARTS] = {0}, at[PARTS];
	size_t n = (size_t)b->n, words = b->words;
	uint64_t *key;
	bool ok;

	for (size_t i = 0; i < n; i++)
		count[keybag_part_of(b->flat + i * words, b->words)]++;
	at[0] = 0;
	for (size_t i = 1; i < PARTS; i++)
		at[i] = at[i - 1] + count[i - 1];
	key = xmalloc(n * words * sizeof(*key));
	for (size_t i = 0; i < n; i++) {
		const uint64_t *k = b->flat + i * words;

		memcpy(key + at[keybag_part_of(k, b->words)]++ * words, k, words * sizeof(*k));
	}
	ok = spill_write(b->file[0], count, sizeof(count), err) &&
	     spill_write(b->file[0], key, n * words * sizeof(*key), err);
	free(key);
	return ok;
}

static bool
write_parts(struct keybag *b, struct err *err)
{
	uint32_t count[PARTS] = {0};

	for (size_t i = 0; i < PARTS; i++) {
		size_t n = 0;

		keybag_close_part(b, i);
		for (const struct keybag_block *k = b->part[i].head; k != NULL; k = k->next)
			n += k->n;
		count[i] = (uint32_t)(n / b->words);
	}
	if (!spill_write(b->file[0], count, sizeof(count), err))
		return false;
	for (size_t i = 0; i < PARTS; i++)
		for (const struct keybag_block *k = b->part[i].head; k != NULL; k = k->next)
			if (!spill_write(b->file[0], k->word, k->n * sizeof(k->word[0]), err))
				return false;
	return true;
}

bool
keybag_spill(struct keybag *b, const char *folder, struct err *err)
{
	struct keybag kept;

	keybag_deal_ranges(b);
	if (b->distinct && b->part != NULL)
		keybag_compact(b);
	if (b->n > 0) {
		if (!open_file(b, folder, err))
			return false;
		add_chunk(b);
		if (!(b->part != NULL ? write_parts(b, err) : write_flat(b, err)) ||
		    !spill_flush(b->file[0], err))
			return false;
	}
	b->in_chunks += (size_t)b->n;
	kept = *b;
	b->file = NULL;
	b->nfile = 0;
	b->chunk = NULL;
	keybag_fini(b);
	b->file = kept.file;
	b->nfile = kept.nfile;
	b->chunk = kept.chunk;
	b->nchunk = kept.nchunk;
	b->chunk_cap = kept.chunk_cap;
	b->in_chunks = kept.in_chunks;
	return true;
}

/* Counting ------------------------------------------------------------------------------------------------------- */

struct counting {
	struct keybag *b;
	struct keytable t;
	struct keybag_count count;
	uint64_t *key; /* READ_WORDS of a chunk */
};

static void
count_some(struct counting *c, const uint64_t *key, size_t n)
{
	c->count.distinct += (int64_t)keytable_meet(&c->t, key, n, &c->count.repeated);
}

/* What a chunk has of partition i; chunks are gone through in the order of the partitions. */
static bool
count_chunk(struct counting *c, struct keybag_chunk *k, size_t i, struct err *err)
{
	size_t words = c->b->words;
	uint32_t n;

	if (!spill_read(k->file, k->index + (int64_t)(i * sizeof(n)), &n, sizeof(n), err))
		return false;
	for (size_t some; n > 0; n -= (uint32_t)some) {
		some = MIN(n, READ_WORDS / words);
		if (!spill_read(k->file, k->at, c->key, some * words * sizeof(*c->key), err))
			return false;
		k->at += (int64_t)(some * words * sizeof(*c->key));
		count_some(c, c->key, some);
	}
	return true;
}

/* All that there is of partition i. */
static bool
count_part(struct counting *c, size_t i, struct err *err)
{
	struct keybag *b = c->b;
	size_t n = 0;

	keybag_close_part(b, i);
	for (const struct keybag_block *k = b->part[i].head; k != NULL; k = k->next)
		n += k->n / b->words;
	keytable_clear(&c->t, n);
	for (const struct keybag_block *k = b->part[i].head; k != NULL; k = k->next)
		count_some(c, k->word, k->n / b->words);
	for (size_t j = 0; j < b->nchunk; j++)
		if (!count_chunk(c, &b->chunk[j], i, err))
			return false;
	return true;
}

/* Calls fn for the table of each partition; with few keys there is but one, which holds all. */
static bool
each_part(struct counting *c, bool (*fn)(void *ctx, struct counting *c, struct err *err), void *ctx,
          struct err *err)
{
	struct keybag *b = c->b;
	bool ok = true;

	c->t.words = b->words;
	keybag_prepare_count(b);
	if (b->part == NULL && b->nchunk == 0) {
		keytable_clear(&c->t, (size_t)b->n);
		if (b->n > 0)
			count_some(c, b->flat, (size_t)b->n);
		ok = fn(ctx, c, err);
	} else {
		if (b->part == NULL)
			keybag_become_partitioned(b);
		c->key = xmalloc(READ_WORDS * sizeof(*c->key));
		for (size_t i = 0; ok && i < PARTS; i++)
			ok = count_part(c, i, err) && fn(ctx, c, err);
		free(c->key);
	}
	keytable_fini(&c->t);
	/* Memory was short already; the partitions were for this. */
	if (b->nchunk > 0)
		keybag_fini(b);
	return ok;
}

struct telling {
	void (*repeated)(void *ctx, const uint64_t *key);
	void *ctx;
	int64_t told; /* of count.repeated: what was there before this partition */
};

static bool
tell_repeated(void *ctx, struct counting *c, struct err *err)
{
	struct telling *t = ctx;
	size_t n, words = c->b->words;
	uint64_t *key;

	(void)err;
	if (t->repeated == NULL || c->count.repeated == t->told)
		return true;
	/* Each repeated key was met twice at least. */
	key = xmalloc(MIN((size_t)(c->count.repeated - t->told) / 2, c->t.n + 1) * words * sizeof(*key));
	t->told = c->count.repeated;
	n = keytable_sorted(&c->t, true, key);
	for (size_t i = 0; i < n; i++)
		t->repeated(t->ctx, key + i * words);
	free(key);
	return true;
}

enum { PIECE_PARTS = PARTS / KEYBAG_PIECES };

bool
keybag_share(struct keybag *b)
{
	if (b->part == NULL || b->nchunk > 0 || b->nrange > 0)
		return false;
	/* Blocks are taken here for all, so that pieces touch their own partitions only. */
	for (size_t i = 0; i < PARTS; i++)
		keybag_close_part(b, i);
	if (b->counted == NULL)
		b->counted = xcalloc(PARTS, sizeof(*b->counted));
	return true;
}

void
keybag_count_piece(struct keybag *b, size_t piece)
{
	struct counting c = {.b = b, .t.words = b->words};

	for (size_t i = piece * PIECE_PARTS; i < (piece + 1) * PIECE_PARTS; i++) {
		c.count = (struct keybag_count){0};
		(void)!count_part(&c, i, NULL); /* nothing was spilled */
		b->counted[i] = c.count;
	}
	keytable_fini(&c.t);
}

/* What the pieces found; only partitions whose keys are to be told are gone through again. */
static void
take_pieces(struct counting *c, struct telling *t)
{
	c->t.words = c->b->words;
	for (size_t i = 0; i < PARTS; i++) {
		const struct keybag_count *counted = &c->b->counted[i];

		if (counted->repeated > 0 && t->repeated != NULL) {
			(void)!count_part(c, i, NULL);
			(void)!tell_repeated(t, c, NULL);
		} else {
			c->count.distinct += counted->distinct;
			c->count.repeated += counted->repeated;
		}
	}
	keytable_fini(&c->t);
}

bool
keybag_count(struct keybag *b, void (*repeated)(void *ctx, const uint64_t *key), void *ctx,
             struct keybag_count *ret, struct err *err)
{
	struct counting c = {.b = b};
	struct telling t = {.repeated = repeated, .ctx = ctx};
	int64_t in_ranges = keybag_settle_ranges(b);

	if (b->counted != NULL)
		take_pieces(&c, &t);
	else if (!each_part(&c, tell_repeated, &t, err))
		return false;
	c.count.distinct += in_ranges;
	*ret = c.count;
	return true;
}

struct handing {
	bool (*keys)(void *ctx, const uint64_t *key, size_t n, struct err *err);
	void *ctx;
};

static bool
hand_out(void *ctx, struct counting *c, struct err *err)
{
	struct handing *h = ctx;
	uint64_t *key = xmalloc((c->t.n + 1) * c->b->words * sizeof(*key));
	size_t n = keytable_sorted(&c->t, false, key);
	bool ok = n == 0 || h->keys(h->ctx, key, n, err);

	free(key);
	return ok;
}

bool
keybag_distinct(struct keybag *b, bool (*keys)(void *ctx, const uint64_t *key, size_t n, struct err *err),
                void *ctx, struct err *err)
{
	struct counting c = {.b = b};
	struct handing h = {.keys = keys, .ctx = ctx};

	keybag_deal_ranges(b);
	return each_part(&c, hand_out, &h, err);
}
