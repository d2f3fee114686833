/* Partitioned collection of keys; see the header for the picture. */
#include "metric/keybag.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"

enum {
	PART_BITS = 10,
	PARTS = 1 << PART_BITS,
	FLAT_FIRST = 256,
	FLAT_MAX = 1 << 16, /* keys in the array before they are dealt out */
	BLOCK_WORDS = 510,  /* with its header 4 KiB */
	SLAB_BLOCKS = 64
};

struct keybag_block {
	struct keybag_block *next;
	size_t n; /* words; of a part's tail the part knows */
	uint64_t word[BLOCK_WORDS];
};

struct keybag_slab {
	struct keybag_slab *next;
	struct keybag_block block[SLAB_BLOCKS];
};

/* An open-addressing set for one partition.  `seen` is 0 for a free slot, 1 for a key met once, 2 for more. */
struct table {
	uint64_t *key;
	uint8_t *seen;
	size_t cap, mask;
};

void
keybag_init(struct keybag *b, unsigned words, bool distinct)
{
	*b = (struct keybag){.words = words, .distinct = distinct, .next_compaction = 4 * FLAT_MAX};
}

void
keybag_fini(struct keybag *b)
{
	for (struct keybag_slab *s = b->slab, *next; s != NULL; s = next) {
		next = s->next;
		free(s);
	}
	free(b->flat);
	free(b->part);
	keybag_init(b, b->words, b->distinct);
}

size_t
keybag_bytes(const struct keybag *b)
{
	return b->bytes;
}

/* Two-word keys are hashes: their first word is as good as one. */
static inline uint64_t
key_hash(const uint64_t *key, unsigned words)
{
	return words == 1 ? hash64_u64(key[0]) : key[0];
}

static struct keybag_block *
take_block(struct keybag *b)
{
	struct keybag_block *ret;

	if (b->unused == NULL) {
		struct keybag_slab *s = xmalloc(sizeof(*s));

		s->next = b->slab;
		b->slab = s;
		b->bytes += sizeof(*s);
		for (size_t i = SLAB_BLOCKS; i-- > 0;) {
			s->block[i].next = b->unused;
			b->unused = &s->block[i];
		}
	}
	ret = b->unused;
	b->unused = ret->next;
	ret->next = NULL;
	ret->n = 0;
	return ret;
}

/* Writes down how full the tail is. */
static void
part_close(struct keybag_part *p)
{
	if (p->tail != NULL)
		p->tail->n = (size_t)(p->at - p->tail->word);
}

static void
part_open(struct keybag_part *p, unsigned words)
{
	if (p->tail == NULL) {
		p->at = p->end = NULL;
		return;
	}
	p->at = p->tail->word + p->tail->n;
	p->end = p->tail->word + BLOCK_WORDS / words * words;
}

static void
part_extend(struct keybag *b, struct keybag_part *p)
{
	struct keybag_block *new = take_block(b);

	part_close(p);
	if (p->tail != NULL)
		p->tail->next = new;
	else
		p->head = new;
	p->tail = new;
	part_open(p, b->words);
}

static inline __attribute__((always_inline)) void
deal(struct keybag *b, const uint64_t *key, size_t n, unsigned words)
{
	for (size_t i = 0; i < n; i++, key += words) {
		struct keybag_part *p = &b->part[key_hash(key, words) >> (64 - PART_BITS)];

		if (UNLIKELY(p->at == p->end))
			part_extend(b, p);
		for (unsigned w = 0; w < words; w++)
			p->at[w] = key[w];
		p->at += words;
	}
}

static void
deal_out(struct keybag *b, const uint64_t *key, size_t n)
{
	if (b->words == 1)
		deal(b, key, n, 1);
	else
		deal(b, key, n, 2);
}

/* Clears the table for n keys. */
static void
table_prepare(struct table *t, size_t n, unsigned words)
{
	size_t slots = 64;

	while (slots < n * 2)
		slots *= 2;
	if (slots > t->cap) {
		t->key = xrealloc(t->key, slots * words * sizeof(*t->key));
		t->seen = xrealloc(t->seen, slots);
		t->cap = slots;
	}
	memset(t->seen, 0, slots);
	t->mask = slots - 1;
}

static void
table_fini(struct table *t)
{
	free(t->key);
	free(t->seen);
}

/* The slot of the key, entered if it is new; *times: how often it was met before, 2 for more than once. */
static inline __attribute__((always_inline)) size_t
table_meet(struct table *t, const uint64_t *key, unsigned words, uint8_t *times)
{
	size_t i = key_hash(key, words) & t->mask;

	for (; t->seen[i] != 0; i = (i + 1) & t->mask)
		if (t->key[i * words] == key[0] && (words == 1 || t->key[i * words + 1] == key[1]))
			break;
	*times = t->seen[i];
	if (*times == 0)
		for (unsigned w = 0; w < words; w++)
			t->key[i * words + w] = key[w];
	if (*times < 2)
		t->seen[i]++;
	return i;
}

/* Moves the first of equal keys to the front; returns how many there are. */
static size_t
drop_repeated(struct table *t, uint64_t *key, size_t n, unsigned words)
{
	size_t kept = 0;

	assert(key != NULL || n == 0);
	for (size_t i = 0; i < n; i++) {
		uint8_t times;

		(void)table_meet(t, key + i * words, words, &times);
		if (times > 0)
			continue;
		memmove(key + kept * words, key + i * words, words * sizeof(*key));
		kept++;
	}
	return kept;
}

static size_t
part_keys(const struct keybag_part *p, unsigned words)
{
	size_t n = 0;

	for (const struct keybag_block *k = p->head; k != NULL; k = k->next)
		n += k->n;
	return n / words;
}

/* Drops repeated keys of a partition and gives back the blocks that it no longer needs.  Its tail is closed before and after. */
static size_t
part_compact(struct keybag *b, struct keybag_part *p, struct table *t)
{
	struct keybag_block *chain = p->head;
	size_t kept = 0;

	table_prepare(t, part_keys(p, b->words), b->words);
	p->head = p->tail = NULL;
	p->at = p->end = NULL;
	while (chain != NULL) {
		struct keybag_block *k = chain;
		size_t n = drop_repeated(t, k->word, k->n / b->words, b->words);

		chain = k->next;
		kept += n;
		for (size_t i = 0; i < n; i++) {
			/* The first keys may go into room that earlier blocks have left. */
			if (p->at == p->end)
				part_extend(b, p);
			memcpy(p->at, k->word + i * b->words, b->words * sizeof(uint64_t));
			p->at += b->words;
		}
		k->next = b->unused;
		b->unused = k;
	}
	part_close(p);
	return kept;
}

static void
compact(struct keybag *b)
{
	struct table t = {0};

	b->n = 0;
	for (size_t i = 0; i < PARTS; i++) {
		part_close(&b->part[i]);
		b->n += (int64_t)part_compact(b, &b->part[i], &t);
		part_open(&b->part[i], b->words);
	}
	table_fini(&t);
	b->next_compaction = MAX(b->n * 2, 4 * FLAT_MAX);
}

static void
become_partitioned(struct keybag *b)
{
	b->part = xcalloc(PARTS, sizeof(*b->part));
	b->bytes += PARTS * sizeof(*b->part);
	if (b->flat == NULL)
		return;
	deal_out(b, b->flat, (size_t)b->n);
	b->bytes -= b->flat_cap * b->words * sizeof(*b->flat);
	free(b->flat);
	b->flat = NULL;
	b->flat_cap = 0;
}

/* Room for one more key in the array, or no array any longer.  Half of it is new at least, so dropping is cheap by the key. */
static void
flat_grow(struct keybag *b)
{
	struct table t = {0};
	size_t size = b->words * sizeof(*b->flat);

	if (b->distinct && b->n > 0) {
		table_prepare(&t, (size_t)b->n, b->words);
		b->n = (int64_t)drop_repeated(&t, b->flat, (size_t)b->n, b->words);
		table_fini(&t);
		if ((size_t)b->n <= b->flat_cap / (b->flat_cap < FLAT_MAX ? 4 : 2))
			return;
	}
	if (b->flat_cap < FLAT_MAX) {
		size_t cap = b->flat_cap == 0 ? FLAT_FIRST : b->flat_cap * 2;

		b->flat = xrealloc(b->flat, cap * size);
		b->bytes += (cap - b->flat_cap) * size;
		b->flat_cap = cap;
		return;
	}
	become_partitioned(b);
}

void
keybag_add(struct keybag *b, const uint64_t *key, size_t n)
{
	while (n > 0 && b->part == NULL) {
		size_t room = b->flat_cap - (size_t)b->n, some = MIN(n, room);

		if (room == 0) {
			flat_grow(b);
			continue;
		}
		assert(b->flat != NULL);
		memcpy(b->flat + (size_t)b->n * b->words, key, some * b->words * sizeof(*key));
		b->n += (int64_t)some;
		key += some * b->words;
		n -= some;
	}
	if (n == 0)
		return;
	deal_out(b, key, n);
	b->n += (int64_t)n;
	if (b->distinct && b->n >= b->next_compaction)
		compact(b);
}

static void
join_parts(struct keybag *b, struct keybag *from)
{
	for (size_t i = 0; i < PARTS; i++) {
		struct keybag_part *p = &b->part[i], *f = &from->part[i];

		part_close(p);
		part_close(f);
		if (p->tail == NULL)
			*p = *f;
		else if (f->tail != NULL) {
			p->tail->next = f->head;
			p->tail = f->tail;
		}
		part_open(p, b->words);
	}
}

void
keybag_merge(struct keybag *b, struct keybag *from)
{
	struct keybag_slab **last = &from->slab;
	struct keybag_block **free_last = &from->unused;

	if (from->part == NULL) {
		if (from->n > 0)
			keybag_add(b, from->flat, (size_t)from->n);
		keybag_fini(from);
		return;
	}
	if (b->part == NULL)
		become_partitioned(b);
	join_parts(b, from);
	while (*last != NULL)
		last = &(*last)->next;
	*last = b->slab;
	b->slab = from->slab;
	while (*free_last != NULL)
		free_last = &(*free_last)->next;
	*free_last = b->unused;
	b->unused = from->unused;
	b->bytes += from->bytes - PARTS * sizeof(*from->part);
	b->n += from->n;
	from->slab = NULL;
	keybag_fini(from);
	if (b->distinct && b->n >= b->next_compaction)
		compact(b);
}

struct counting {
	struct table t;
	struct keybag_count count;
	void (*repeated)(void *ctx, const uint64_t *key);
	void *ctx;
};

static inline __attribute__((always_inline)) void
count_keys(struct counting *c, const uint64_t *key, size_t n, unsigned words)
{
	for (size_t i = 0; i < n; i++, key += words) {
		uint8_t times;

		(void)table_meet(&c->t, key, words, &times);
		c->count.distinct += times == 0;
		if (LIKELY(times == 0))
			continue;
		c->count.repeated += times == 1 ? 2 : 1;
		if (times == 1 && c->repeated != NULL)
			c->repeated(c->ctx, key);
	}
}

static void
count_some(struct counting *c, const uint64_t *key, size_t n, unsigned words)
{
	if (words == 1)
		count_keys(c, key, n, 1);
	else
		count_keys(c, key, n, 2);
}

struct keybag_count
keybag_count(struct keybag *b, void (*repeated)(void *ctx, const uint64_t *key), void *ctx)
{
	struct counting c = {.repeated = repeated, .ctx = ctx};

	if (b->part == NULL) {
		table_prepare(&c.t, (size_t)b->n, b->words);
		if (b->n > 0)
			count_some(&c, b->flat, (size_t)b->n, b->words);
	}
	for (size_t i = 0; b->part != NULL && i < PARTS; i++) {
		part_close(&b->part[i]);
		table_prepare(&c.t, part_keys(&b->part[i], b->words), b->words);
		for (const struct keybag_block *k = b->part[i].head; k != NULL; k = k->next)
			count_some(&c, k->word, k->n / b->words, b->words);
	}
	table_fini(&c.t);
	return c.count;
}
