#include "metric/rowbag.h"

#include <stdlib.h>

#include "base/arena.h"
#include "metric/spill.h"

enum { PART_SHIFT = 64 - 10, BLOCK_FIRST = 4 << 10, BLOCK_MAX = 1 << 20 };

/* As it stands in a file: its bytes are filled up to whole words. */
struct stored {
	struct hash128 key;
	uint64_t n;
	char bytes[];
};

struct chained {
	struct chained *next;
	struct stored row;
};

struct block {
	struct block *next;
	size_t n, cap;
	uint64_t word[];
};

struct part {
	struct chained *head, *tail;
};

/* Rows of a file: a table of where each part begins, and the last one ends. */
struct chunk {
	const struct spill *file;
	int64_t table;
};

struct rowbag {
	int64_t n;
	struct part *part; /* NULL: nothing is in memory */
	struct block *block;
	size_t bytes;
	struct spill **file;
	size_t nfile;
	struct chunk *chunk;
	size_t nchunk, chunk_cap;
};

static size_t
whole_words(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static size_t
part_of(struct hash128 key)
{
	return (size_t)(key.lo >> PART_SHIFT);
}

struct rowbag *
rowbag_new(void)
{
	return xcalloc(1, sizeof(struct rowbag));
}

static void
drop_memory(struct rowbag *b)
{
	for (struct block *k = b->block, *next; k != NULL; k = next) {
		next = k->next;
		free(k);
	}
	free(b->part);
	b->block = NULL;
	b->part = NULL;
	b->bytes = 0;
}

void
rowbag_free(struct rowbag *b)
{
	if (b == NULL)
		return;
	drop_memory(b);
	for (size_t i = 0; i < b->nfile; i++)
		spill_free(b->file[i]);
	free(b->file);
	free(b->chunk);
	free(b);
}

static void *
take_room(struct rowbag *b, size_t size)
{
	struct block *k = b->block;
	void *ret;

	if (k == NULL || k->cap - k->n < size) {
		size_t cap = k == NULL ? BLOCK_FIRST : MIN(2 * k->cap, (size_t)BLOCK_MAX);

		cap = MAX(cap, size);
		k = xmalloc(sizeof(*k) + cap);
		*k = (struct block){.next = b->block, .cap = cap};
		b->block = k;
		b->bytes += sizeof(*k) + cap;
	}
	ret = (char *)k->word + k->n;
	k->n += size;
	return ret;
}

static void
make_parts(struct rowbag *b)
{
	if (b->part != NULL)
		return;
	b->part = xcalloc(ROWBAG_PARTS, sizeof(*b->part));
	b->bytes += ROWBAG_PARTS * sizeof(*b->part);
}

void
rowbag_add(struct rowbag *b, struct hash128 key, struct sv bytes)
{
	const size_t whole = whole_words(bytes.n);
	struct chained *c;
	struct part *p;

	make_parts(b);
	p = &b->part[part_of(key)];
	c = take_room(b, sizeof(*c) + whole);
	c->next = NULL;
	c->row.key = key;
	c->row.n = bytes.n;
	if (whole > 0)
		memset(c->row.bytes + whole - 8, 0, 8);
	if (bytes.n > 0)
		memcpy(c->row.bytes, bytes.p, bytes.n);
	if (p->head == NULL)
		p->head = c;
	else
		p->tail->next = c;
	p->tail = c;
	b->n++;
}

static void
join_parts(struct rowbag *b, struct rowbag *from)
{
	struct block *last = from->block;

	if (from->part == NULL)
		return;
	make_parts(b);
	for (size_t i = 0; i < ROWBAG_PARTS; i++) {
		struct part *p = &b->part[i], *f = &from->part[i];

		if (f->head == NULL)
			continue;
		if (p->head == NULL)
			p->head = f->head;
		else
			p->tail->next = f->head;
		p->tail = f->tail;
	}
	b->bytes += from->bytes - ROWBAG_PARTS * sizeof(*b->part);
	/* Behind the newest block, which goes on being filled. */
	while (last != NULL && last->next != NULL)
		last = last->next;
	if (b->block == NULL) {
		b->block = from->block;
	} else if (last != NULL) {
		last->next = b->block->next;
		b->block->next = from->block;
	}
	from->block = NULL;
	drop_memory(from);
}

static void
add_chunk(struct rowbag *b, struct chunk c)
{
	if (b->nchunk == b->chunk_cap) {
		b->chunk_cap = MAX(2 * b->chunk_cap, 8);
		b->chunk = xrealloc(b->chunk, b->chunk_cap * sizeof(*b->chunk));
	}
	b->chunk[b->nchunk++] = c;
}

static void
add_file(struct rowbag *b, struct spill *s)
{
	b->file = xrealloc(b->file, (b->nfile + 1) * sizeof(struct spill *));
	b->file[b->nfile++] = s;
}

void
rowbag_merge(struct rowbag *b, struct rowbag *from)
{
	join_parts(b, from);
	for (size_t i = 0; i < from->nchunk; i++)
		add_chunk(b, from->chunk[i]);
	for (size_t i = 0; i < from->nfile; i++)
		add_file(b, from->file[i]);
	b->n += from->n;
	from->n = 0;
	from->nchunk = from->nfile = 0;
}

int64_t
rowbag_size(const struct rowbag *b)
{
	return b->n;
}

size_t
rowbag_bytes(const struct rowbag *b)
{
	return b->bytes;
}

size_t
rowbag_stored(const struct rowbag *b)
{
	size_t n = b->bytes;

	for (size_t i = 0; i < b->nfile; i++)
		n += (size_t)spill_size(b->file[i]);
	return n;
}

static bool
write_parts(const struct rowbag *b, struct spill *s, int64_t *begin, struct err *err)
{
	for (size_t i = 0; i < ROWBAG_PARTS; i++) {
		begin[i] = spill_size(s);
		for (const struct chained *c = b->part[i].head; c != NULL; c = c->next)
			if (!spill_write(s, &c->row, sizeof(c->row) + whole_words(c->row.n), err))
				return false;
	}
	begin[ROWBAG_PARTS] = spill_size(s);
	return true;
}

bool
rowbag_spill(struct rowbag *b, const char *folder, struct err *err)
{
	int64_t begin[ROWBAG_PARTS + 1];
	struct spill *s;

	if (b->part == NULL)
		return true;
	if (b->nfile == 0) {
		s = spill_new(folder, err);
		if (s == NULL)
			return false;
		add_file(b, s);
	}
	s = b->file[0];
	if (!write_parts(b, s, begin, err))
		return false;
	add_chunk(b, (struct chunk){.file = s, .table = spill_size(s)});
	drop_memory(b);
	return spill_write(s, begin, sizeof(begin), err) && spill_flush(s, err);
}

/* Where a part lies in a chunk. */
static bool
chunk_range(const struct chunk *c, size_t part, int64_t range[2], struct err *err)
{
	return spill_read(c->file, c->table + (int64_t)(part * sizeof(*range)), range, 2 * sizeof(*range),
	                  err);
}

/* The rows of a part in memory, one behind the other; returns how many bytes they are. */
static size_t
copy_chain(const struct rowbag *b, size_t part, char *to)
{
	size_t n = 0;

	for (const struct chained *c = b->part != NULL ? b->part[part].head : NULL; c != NULL; c = c->next) {
		size_t size = sizeof(c->row) + whole_words(c->row.n);

		if (to != NULL)
			memcpy(to + n, &c->row, size);
		n += size;
	}
	return n;
}

static bool
read_chunks(const struct rowbag *b, size_t part, char **buffer, size_t *n, size_t *cap, struct err *err)
{
	for (size_t i = 0; i < b->nchunk; i++) {
		int64_t range[2];
		size_t size;

		if (!chunk_range(&b->chunk[i], part, range, err))
			return false;
		size = (size_t)(range[1] - range[0]);
		if (*cap - *n < size) {
			*cap = MAX(2 * *cap, *n + size);
			*buffer = xrealloc(*buffer, *cap);
		}
		if (!spill_read(b->chunk[i].file, range[0], *buffer + *n, size, err))
			return false;
		*n += size;
	}
	return true;
}

static int
compare_rows(const void *a, const void *b)
{
	const struct rowbag_row *x = a, *y = b;

	if (x->key.lo != y->key.lo)
		return x->key.lo < y->key.lo ? -1 : 1;
	if (x->key.hi != y->key.hi)
		return x->key.hi < y->key.hi ? -1 : 1;
	return sv_cmp(x->bytes, y->bytes);
}

static size_t
list_rows(const char *p, size_t n, struct rowbag_row *row)
{
	size_t count = 0;

	for (const char *end = p + n; p < end; count++) {
		const struct stored *s = (const struct stored *)(const void *)p;

		if (row != NULL)
			row[count] = (struct rowbag_row){.key = s->key, .bytes = {s->bytes, s->n}};
		p += sizeof(*s) + whole_words(s->n);
	}
	return count;
}

bool
rowbag_part(const struct rowbag *b, size_t part, struct rowbag_part *ret, struct err *err)
{
	size_t n = copy_chain(b, part, NULL), cap = MAX(n, (size_t)BLOCK_FIRST);
	char *buffer = xmalloc(cap);

	(void)copy_chain(b, part, buffer);
	if (!read_chunks(b, part, &buffer, &n, &cap, err)) {
		free(buffer);
		return false;
	}
	*ret = (struct rowbag_part){.buffer = buffer, .n = list_rows(buffer, n, NULL)};
	ret->row = xmalloc(MAX(ret->n, 1) * sizeof(*ret->row));
	(void)list_rows(buffer, n, ret->row);
	qsort(ret->row, ret->n, sizeof(*ret->row), compare_rows);
	return true;
}

void
rowbag_part_fini(struct rowbag_part *p)
{
	free(p->row);
	free(p->buffer);
	*p = (struct rowbag_part){0};
}
