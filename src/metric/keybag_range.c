/* Ranges: ascending keys of one word, kept in the order in which they came.  See keybag.h for the picture. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "metric/keybag_parts.h"

enum {
	RANGE_KEYS_MIN =
		16,   /* shorter ones cost more than their keys, so that there may only be few of them */
	BITS_GAIN = 4 /* bits are taken where they are at least this much smaller than keys */
};

static bool
is_ascending(const int64_t *key, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (key[i - 1] >= key[i])
			return false;
	return true;
}

static void
put_words(struct keybag *b, struct keybag_range *r, const uint64_t *word, size_t n)
{
	struct keybag_part *p = &b->sequence;

	b->range_words += n;
	if (p->at == p->end)
		keybag_extend(b, p);
	r->block = p->tail;
	r->at = (uint32_t)(p->at - p->tail->word);
	while (n > 0) {
		size_t some = MIN(n, (size_t)(p->end - p->at));

		memcpy(p->at, word, some * sizeof(*word));
		p->at += some;
		word += some;
		n -= some;
		if (n > 0)
			keybag_extend(b, p);
	}
}

/* Key 0 is the range's least: bit 0. */
static void
put_bits(struct keybag *b, struct keybag_range *r, const uint64_t *key, size_t n)
{
	uint64_t word[RANGE_KEYS_MAX / BITS_GAIN] = {0};

	for (size_t i = 0; i < n; i++) {
		uint64_t bit = key[i] - key[0];

		word[bit / 64] |= UINT64_C(1) << (bit % 64);
	}
	put_words(b, r, word, (key[n - 1] - key[0]) / 64 + 1);
}

static struct keybag_range *
new_range(struct keybag *b)
{
	if (b->nrange == b->range_cap) {
		b->range_cap = MAX(b->range_cap * 2, 16);
		b->range = xrealloc(b->range, b->range_cap * sizeof(*b->range));
	}
	return &b->range[b->nrange++];
}

bool
keybag_add_range(struct keybag *b, const uint64_t *key, size_t n)
{
	struct keybag_range *last = b->nrange > 0 ? &b->range[b->nrange - 1] : NULL;
	const int64_t *number = (const int64_t *)key;
	uint64_t span = key[n - 1] - key[0];
	struct keybag_range r = {.min = number[0], .max = number[n - 1], .n = (int64_t)n};

	if (n < RANGE_KEYS_MIN && ((int64_t)b->nrange + 1) * RANGE_KEYS_MIN > b->in_ranges)
		return false;
	if ((last != NULL && number[0] <= last->max) || !is_ascending(number, n))
		return false;
	b->in_ranges += (int64_t)n;
	r.kind = span == n - 1 ? RANGE_FULL : span / 64 + 1 <= n / BITS_GAIN ? RANGE_BITS : RANGE_KEYS;
	if (r.kind == RANGE_FULL && last != NULL && last->kind == RANGE_FULL && last->max + 1 == r.min) {
		last->max = r.max;
		last->n += r.n;
		return true;
	}
	if (r.kind == RANGE_BITS)
		put_bits(b, &r, key, n);
	else if (r.kind == RANGE_KEYS)
		put_words(b, &r, key, n);
	*new_range(b) = r;
	return true;
}

void
keybag_merge_ranges(struct keybag *b, struct keybag *from)
{
	struct keybag_part *p = &b->sequence, *f = &from->sequence;

	for (size_t i = 0; i < from->nrange; i++)
		*new_range(b) = from->range[i];
	b->in_ranges += from->in_ranges;
	from->nrange = 0;
	b->range_words += from->range_words;
	from->in_ranges = 0;
	from->range_words = 0;
	if (f->tail == NULL)
		return;
	if (p->tail != NULL)
		p->tail->next = f->head;
	else
		p->head = f->head;
	p->tail = f->tail;
	p->at = f->at;
	p->end = f->end;
	*f = (struct keybag_part){0};
}

/* The words of ranges one after another. */
struct reading {
	struct keybag_block *block;
	size_t at;
};

static uint64_t
next_word(struct reading *r)
{
	if (r->at == BLOCK_WORDS) {
		r->block = r->block->next;
		r->at = 0;
	}
	return r->block->word[r->at++];
}

/* Calls fn with all keys of a range, some at a time. */
static void
each_keys(const struct keybag_range *r, void (*fn)(void *ctx, const uint64_t *key, size_t n), void *ctx)
{
	struct reading at = {r->block, r->at};
	uint64_t key[RANGE_KEYS_MAX], word = 0;
	size_t n = 0;

	for (uint64_t i = 0, done = 0; done < (uint64_t)r->n; i++) {
		uint64_t k = (uint64_t)r->min + i;

		if (r->kind == RANGE_BITS && i % 64 == 0)
			word = next_word(&at);
		if (r->kind == RANGE_KEYS)
			k = next_word(&at);
		if (r->kind == RANGE_BITS && (word >> (i % 64) & 1) == 0)
			continue;
		key[n++] = k;
		done++;
		if (n == LEN(key) || done == (uint64_t)r->n) {
			fn(ctx, key, n);
			n = 0;
		}
	}
}

static void
deal_keys(void *ctx, const uint64_t *key, size_t n)
{
	struct keybag *b = ctx;

	keybag_deal(b, key, n);
	b->n += (int64_t)n;
}

/* Those that are marked, which leaves no words: blocks are given back as soon as they are read. */
static void
deal_marked(struct keybag *b)
{
	struct keybag_block *k = b->sequence.head;

	if (b->part == NULL)
		keybag_become_partitioned(b);
	for (size_t i = 0; i < b->nrange; i++) {
		const struct keybag_range *r = &b->range[i];

		/* Ranges with words stand in the order of their words. */
		while (r->kind != RANGE_FULL && k != r->block) {
			struct keybag_block *next = k->next;

			keybag_give_block(b, k);
			k = next;
		}
		if (r->overlaps)
			each_keys(r, deal_keys, b);
	}
	for (struct keybag_block *next; k != NULL; k = next) {
		next = k->next;
		keybag_give_block(b, k);
	}
	b->sequence = (struct keybag_part){0};
	b->nrange = 0;
	b->in_ranges = 0;
	b->range_words = 0;
}

void
keybag_deal_ranges(struct keybag *b)
{
	if (b->nrange == 0)
		return;
	for (size_t i = 0; i < b->nrange; i++)
		b->range[i].overlaps = true;
	deal_marked(b);
}

static int
by_min(const void *x, const void *y)
{
	const struct keybag_range *a = *(struct keybag_range *const *)x,
				  *b = *(struct keybag_range *const *)y;

	return (a->min > b->min) - (a->min < b->min);
}

/* Marks what shares numbers with another one; returns how many keys are in the others. */
static int64_t
mark_overlaps(struct keybag *b)
{
	struct keybag_range **r = xmalloc(b->nrange * sizeof(*r)), *widest;
	int64_t alone = 0;

	for (size_t i = 0; i < b->nrange; i++)
		r[i] = &b->range[i];
	qsort(r, b->nrange, sizeof(struct keybag_range *), by_min);
	widest = r[0];
	for (size_t i = 1; i < b->nrange; i++) {
		if (r[i]->min <= widest->max)
			r[i]->overlaps = widest->overlaps = true;
		if (r[i]->max > widest->max)
			widest = r[i];
	}
	for (size_t i = 0; i < b->nrange; i++)
		alone += r[i]->overlaps ? 0 : r[i]->n;
	free(r);
	return alone;
}

int64_t
keybag_settle_ranges(struct keybag *b)
{
	int64_t alone;

	if (b->nrange == 0)
		return 0;
	if (b->n > 0 || b->nchunk > 0) {
		keybag_deal_ranges(b);
		return 0;
	}
	alone = mark_overlaps(b);
	if (alone < b->in_ranges)
		deal_marked(b);
	return alone;
}

struct copying {
	uint64_t *key;
	size_t n;
};

static void
copy_keys(void *ctx, const uint64_t *key, size_t n)
{
	struct copying *c = ctx;

	memcpy(c->key + c->n, key, n * sizeof(*key));
	c->n += n;
}

size_t
keybag_copy_ranges(const struct keybag *b, uint64_t *key)
{
	struct copying c = {.key = key};

	for (size_t i = 0; i < b->nrange; i++)
		each_keys(&b->range[i], copy_keys, &c);
	return c.n;
}
