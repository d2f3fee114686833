/* Keys into partitions; see the header for the picture. */
#include "metric/keybag.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/arena.h"
#include "metric/keybag_parts.h"
#include "metric/spill.h"

enum {
	FLAT_FIRST = 256,
	FLAT_MAX = 1 << 16, /* keys in the array that are counted there */
	/*
	 * And before they are dealt out, where repeated ones are not dropped.  Partitions of fewer keys would be blocks with little in them, and bags of
	 * many parts are merged into one.
	 */
	FLAT_ALL_MAX = 1 << 20,
	SLAB_FIRST = 3, /* blocks; each slab is twice the one before, as its header takes the place of one */
	SLAB_BYTES = 2 << 20 /* the largest: a large page of the processor */
};

struct keybag_slab {
	struct keybag_slab *next;
	size_t n;
	uint64_t unused[LINE_WORDS - 2];
	struct keybag_block block[];
};

/* Lines are written whole, so they begin where the processor's do. */
static void *
alloc_lines(size_t align, size_t size)
{
	void *p = aligned_alloc(align, size);

	if (p == NULL)
		give_up("out of memory");
	return p;
}

void
keybag_init(struct keybag *b, unsigned words, bool distinct)
{
	*b = (struct keybag){.words = words, .distinct = distinct, .next_compaction = 4 * FLAT_MAX};
}

/* Forgets what is in memory. */
static void
drop_memory(struct keybag *b)
{
	for (struct keybag_slab *s = b->slab, *next; s != NULL; s = next) {
		next = s->next;
		free(s);
	}
	free(b->flat);
	free(b->part);
	free(b->line);
	free(b->range);
	free(b->counted);
}

void
keybag_fini(struct keybag *b)
{
	drop_memory(b);
	for (size_t i = 0; i < b->nfile; i++)
		spill_free(b->file[i]);
	free(b->file);
	free(b->chunk);
	keybag_init(b, b->words, b->distinct);
}

size_t
keybag_bytes(const struct keybag *b)
{
	return b->bytes + b->range_cap * sizeof(*b->range) +
	       ((size_t)b->in_ranges - b->range_words) * sizeof(uint64_t);
}

int64_t
keybag_size(const struct keybag *b)
{
	return b->n + b->in_ranges;
}

bool
keybag_spilled(const struct keybag *b)
{
	return b->nchunk > 0;
}

size_t
keybag_spilled_keys(const struct keybag *b)
{
	return b->in_chunks;
}

static size_t
slab_bytes(const struct keybag_slab *s)
{
	return (s->n + 1) * sizeof(s->block[0]);
}

/* Memory that comes in large pages costs a fortieth of the faults. */
static struct keybag_slab *
alloc_slab(size_t size)
{
	void *p = alloc_lines(size == SLAB_BYTES ? SLAB_BYTES : 64, size);

	if (size == SLAB_BYTES)
		(void)madvise(p, size, MADV_HUGEPAGE);
	return p;
}

static void
add_slab(struct keybag *b)
{
	const size_t most = SLAB_BYTES / sizeof(b->slab->block[0]) - 1;
	size_t n = b->slab == NULL ? SLAB_FIRST : MIN(2 * b->slab->n + 1, most);
	struct keybag_slab *s = alloc_slab((n + 1) * sizeof(s->block[0]));

	s->n = n;
	s->next = b->slab;
	b->slab = s;
	b->bytes += slab_bytes(s);
	while (n-- > 0)
		keybag_give_block(b, &s->block[n]);
}

struct keybag_block *
keybag_take_block(struct keybag *b)
{
	struct keybag_block *ret;

	if (b->unused == NULL)
		add_slab(b);
	assert(b->unused != NULL); /* a slab has blocks */
	ret = b->unused;
	b->unused = ret->next;
	ret->next = NULL;
	ret->n = 0;
	return ret;
}

void
keybag_give_block(struct keybag *b, struct keybag_block *k)
{
	k->next = b->unused;
	b->unused = k;
}

void
keybag_extend(struct keybag *b, struct keybag_part *p)
{
	struct keybag_block *new = keybag_take_block(b);

	if (p->tail != NULL) {
		p->tail->n = (size_t)(p->at - p->tail->word);
		p->tail->next = new;
	} else {
		p->head = new;
	}
	p->tail = new;
	p->at = new->word;
	p->end = new->word + BLOCK_WORDS;
}

static void
write_line(struct keybag *b, size_t i)
{
	struct keybag_part *p = &b->part[i];

	if (UNLIKELY(p->at == p->end))
		keybag_extend(b, p);
	memcpy(__builtin_assume_aligned(p->at, 64), b->line->word[i], sizeof(b->line->word[i]));
	p->at += LINE_WORDS;
}

static inline __attribute__((always_inline)) void
deal(struct keybag *b, const uint64_t *key, size_t n, unsigned words)
{
	struct keybag_lines *line = b->line;

	for (size_t i = 0; i < n; i++, key += words) {
		size_t p = keybag_part_of(key, words);
		uint8_t at = line->n[p];

		for (unsigned w = 0; w < words; w++)
			line->word[p][at + w] = key[w];
		at = (uint8_t)(at + words);
		if (at == LINE_WORDS) {
			write_line(b, p);
			at = 0;
		}
		line->n[p] = at;
	}
}

void
keybag_deal(struct keybag *b, const uint64_t *key, size_t n)
{
	if (b->words == 1)
		deal(b, key, n, 1);
	else
		deal(b, key, n, 2);
}

void
keybag_close_part(struct keybag *b, size_t i)
{
	struct keybag_part *p = &b->part[i];
	uint8_t n = b->line->n[i];

	if (n > 0 && p->at == p->end)
		keybag_extend(b, p);
	if (p->tail == NULL)
		return;
	/* It stays in the line, too: what is dealt later writes the whole line over it. */
	memcpy(p->at, b->line->word[i], n * sizeof(uint64_t));
	p->tail->n = (size_t)(p->at - p->tail->word) + n;
}

static size_t
part_keys(const struct keybag_part *p, unsigned words)
{
	size_t n = 0;

	for (const struct keybag_block *k = p->head; k != NULL; k = k->next)
		n += k->n;
	return n / words;
}

/* Drops repeated keys of a partition and gives back the blocks that it no longer needs. */
static size_t
compact_part(struct keybag *b, size_t i, struct keytable *t)
{
	struct keybag_part *p = &b->part[i];
	struct keybag_block *chain;
	size_t kept = 0;

	keybag_close_part(b, i);
	chain = p->head;
	keytable_clear(t, part_keys(p, b->words));
	*p = (struct keybag_part){0};
	b->line->n[i] = 0;
	while (chain != NULL) {
		struct keybag_block *k = chain;
		size_t n = keytable_drop_repeated(t, k->word, k->n / b->words);

		chain = k->next;
		kept += n;
		keybag_deal(b, k->word, n);
		keybag_give_block(b, k);
	}
	return kept;
}

void
keybag_compact(struct keybag *b)
{
	struct keytable t = {.words = b->words};

	b->n = 0;
	for (size_t i = 0; i < PARTS; i++)
		b->n += (int64_t)compact_part(b, i, &t);
	keytable_fini(&t);
	b->next_compaction = MAX(b->n * 2, 4 * FLAT_MAX);
}

void
keybag_become_partitioned(struct keybag *b)
{
	b->part = xcalloc(PARTS, sizeof(*b->part));
	b->line = alloc_lines(64, (sizeof(*b->line) + 63) & ~(size_t)63);
	memset(b->line->n, 0, sizeof(b->line->n));
	b->bytes += PARTS * sizeof(*b->part) + sizeof(*b->line);
	if (b->flat == NULL)
		return;
	keybag_deal(b, b->flat, (size_t)b->n);
	b->bytes -= b->flat_cap * b->words * sizeof(*b->flat);
	free(b->flat);
	b->flat = NULL;
	b->flat_cap = 0;
}

/* Room for one more key in the array, or no array any longer.  Half of it is new at least, so dropping is cheap by the key. */
static void
flat_grow(struct keybag *b)
{
	struct keytable t = {.words = b->words};
	size_t size = b->words * sizeof(*b->flat);

	if (b->distinct && b->n > 0) {
		keytable_clear(&t, (size_t)b->n);
		b->n = (int64_t)keytable_drop_repeated(&t, b->flat, (size_t)b->n);
		keytable_fini(&t);
		if ((size_t)b->n <= b->flat_cap / (b->flat_cap < FLAT_MAX ? 4 : 2))
			return;
	}
	if (b->flat_cap < (size_t)(b->distinct ? FLAT_MAX : FLAT_ALL_MAX)) {
		size_t cap = b->flat_cap == 0 ? FLAT_FIRST : b->flat_cap * 2;

		b->flat = xrealloc(b->flat, cap * size);
		b->bytes += (cap - b->flat_cap) * size;
		b->flat_cap = cap;
		return;
	}
	keybag_become_partitioned(b);
}

static void
add_some(struct keybag *b, const uint64_t *key, size_t n)
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
	keybag_deal(b, key, n);
	b->n += (int64_t)n;
	if (b->distinct && b->n >= b->next_compaction)
		keybag_compact(b);
}

void
keybag_add(struct keybag *b, const uint64_t *key, size_t n)
{
	/* As long as all keys are in ranges. */
	while (b->words == 1 && b->n == 0 && n > 0) {
		size_t some = MIN(n, (size_t)RANGE_KEYS_MAX);

		if (!keybag_add_range(b, key, some))
			break;
		key += some;
		n -= some;
	}
	if (n > 0)
		add_some(b, key, n);
}

static void
join_parts(struct keybag *b, struct keybag *from)
{
	for (size_t i = 0; i < PARTS; i++) {
		struct keybag_part *p = &b->part[i], *f = &from->part[i];

		keybag_close_part(b, i);
		keybag_close_part(from, i);
		if (f->tail == NULL)
			continue;
		if (p->tail == NULL) {
			p->head = f->head;
		} else {
			p->tail->next = f->head;
		}
		p->tail = f->tail;
		p->at = f->at;
		p->end = f->end;
		memcpy(b->line->word[i], from->line->word[i], sizeof(b->line->word[i]));
		b->line->n[i] = from->line->n[i];
	}
}

static void
join_slabs(struct keybag *b, struct keybag *from)
{
	struct keybag_slab **last = &from->slab;
	struct keybag_block **free_one = &from->unused;
	size_t size = 0;

	for (; *last != NULL; last = &(*last)->next)
		size += slab_bytes(*last);
	while (*free_one != NULL)
		free_one = &(*free_one)->next;
	*last = b->slab;
	b->slab = from->slab;
	*free_one = b->unused;
	b->unused = from->unused;
	b->bytes += size;
	from->slab = NULL;
	from->unused = NULL;
	from->bytes -= size;
}

static void
join_files(struct keybag *b, struct keybag *from)
{
	if (from->nfile == 0)
		return;
	b->file = xrealloc(b->file, (b->nfile + from->nfile) * sizeof(*b->file));
	memcpy(b->file + b->nfile, from->file, from->nfile * sizeof(*b->file));
	b->nfile += from->nfile;
	from->nfile = 0;
	if (from->nchunk == 0)
		return;
	b->chunk_cap = b->nchunk + from->nchunk;
	b->chunk = xrealloc(b->chunk, b->chunk_cap * sizeof(*b->chunk));
	memcpy(b->chunk + b->nchunk, from->chunk, from->nchunk * sizeof(*b->chunk));
	b->nchunk += from->nchunk;
	b->in_chunks += from->in_chunks;
}

void
keybag_merge(struct keybag *b, struct keybag *from)
{
	keybag_merge_ranges(b, from);
	join_files(b, from);
	if (from->part == NULL) {
		join_slabs(b, from);
		if (from->n > 0)
			add_some(b, from->flat, (size_t)from->n);
	} else {
		if (b->part == NULL)
			keybag_become_partitioned(b);
		join_parts(b, from);
		join_slabs(b, from);
		b->n += from->n;
	}
	keybag_fini(from);
	if (b->distinct && b->part != NULL && b->n >= b->next_compaction)
		keybag_compact(b);
}

static uint64_t *
copy_all(struct keybag *b)
{
	uint64_t *key = xmalloc(MAX((size_t)keybag_size(b), 1) * b->words * sizeof(*key));
	size_t at = keybag_copy_ranges(b, key);

	if (b->part == NULL && b->n > 0)
		memcpy(key + at, b->flat, (size_t)b->n * b->words * sizeof(*key));
	for (size_t i = 0; b->part != NULL && i < PARTS; i++) {
		keybag_close_part(b, i);
		for (const struct keybag_block *k = b->part[i].head; k != NULL; k = k->next) {
			memcpy(key + at, k->word, k->n * sizeof(*key));
			at += k->n;
		}
	}
	return key;
}

const uint64_t *
keybag_keys(struct keybag *b, size_t *n, uint64_t **copy)
{
	/* The order of those in the array means nothing. */
	const bool flat = b->part == NULL && b->nrange == 0;
	uint64_t *key;

	assert(b->nchunk == 0);
	*n = (size_t)keybag_size(b);
	*copy = flat ? NULL : copy_all(b);
	key = flat ? b->flat : *copy;
	if (b->words == 1)
		keybag_sort(key, *n, 1);
	return key;
}

void
keybag_prepare_count(struct keybag *b)
{
	if (b->part == NULL && b->n > FLAT_MAX)
		keybag_become_partitioned(b);
}
