#include "metric/tally_file.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdlib.h>

#include "metric/packed.h"

enum { TALLY_PARTS = 256 };

void
tally_file_fini(struct tally_file *f)
{
	for (size_t i = 0; i < f->nfile; i++)
		spill_free(f->file[i]);
	free(f->file);
	free(f->chunk);
	*f = (struct tally_file){0};
}

static size_t
part_of(const struct tally_entry *e)
{
	return (size_t)(e->h.hi >> 56);
}

static int
by_hash(const void *a, const void *b)
{
	const struct tally_entry *x = a, *y = b;

	return (x->h.hi > y->h.hi) - (x->h.hi < y->h.hi);
}

static bool
open_file(struct tally_file *f, const char *folder, struct err *err)
{
	struct spill *s;

	if (f->nfile > 0)
		return true;
	s = spill_new(folder, err);
	if (s == NULL)
		return false;
	f->file = xrealloc(f->file, sizeof(*f->file));
	f->file[f->nfile++] = s;
	return true;
}

static bool
write_entries(struct spill *s, const struct value_tally *t, int64_t *begin, struct err *err)
{
	AUTO(buf) b = buf_new(SIZE_MAX);
	size_t part = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		while (part <= part_of(&t->e[i]))
			begin[part++] = spill_size(s);
		buf_clear(b);
		pack_u64(b, (uint64_t)t->e[i].count);
		pack_value(b, t->e[i].v);
		if (!spill_write(s, b->p, b->n, err))
			return false;
	}
	while (part <= TALLY_PARTS)
		begin[part++] = spill_size(s);
	return true;
}

bool
tally_file_add(struct tally_file *f, struct value_tally *t, const char *folder, struct err *err)
{
	int64_t begin[TALLY_PARTS + 1];

	if (t->n == 0)
		return true;
	if (!open_file(f, folder, err))
		return false;
	qsort(t->e, t->n, sizeof(*t->e), by_hash);
	if (!write_entries(f->file[0], t, begin, err))
		return false;
	if (f->nchunk == f->cap) {
		f->cap = MAX(2 * f->cap, 8);
		f->chunk = xrealloc(f->chunk, f->cap * sizeof(*f->chunk));
	}
	f->chunk[f->nchunk++] = (struct tally_chunk){.file = f->file[0], .index = spill_size(f->file[0])};
	value_tally_fini(t);
#ifdef __GLIBC__
	/* Texts are many small blocks, which the C library would keep for later. */
	(void)malloc_trim(0);
#endif
	return spill_write(f->file[0], begin, sizeof(begin), err) && spill_flush(f->file[0], err);
}

void
tally_file_merge(struct tally_file *f, struct tally_file *from)
{
	if (from->nchunk == 0)
		return;
	f->file = xrealloc(f->file, (f->nfile + from->nfile) * sizeof(*f->file));
	memcpy(f->file + f->nfile, from->file, from->nfile * sizeof(*f->file));
	f->nfile += from->nfile;
	f->cap = f->nchunk + from->nchunk;
	f->chunk = xrealloc(f->chunk, f->cap * sizeof(*f->chunk));
	memcpy(f->chunk + f->nchunk, from->chunk, from->nchunk * sizeof(*f->chunk));
	f->nchunk = f->cap;
	from->nfile = 0;
	tally_file_fini(from);
}

/* What a chunk has of partition i. */
static bool
add_chunk(const struct tally_chunk *k, size_t i, struct value_tally *t, struct err *err)
{
	int64_t begin[2];
	struct unpack u;
	char *bytes;
	size_t n;
	bool ok;

	if (!spill_read(k->file, k->index + (int64_t)(i * sizeof(begin[0])), begin, sizeof(begin), err))
		return false;
	n = (size_t)(begin[1] - begin[0]);
	bytes = xmalloc(MAX(n, 1));
	ok = spill_read(k->file, begin[0], bytes, n, err);
	u = unpack_of((struct sv){bytes, ok ? n : 0});
	while (u.p < u.end) {
		AUTO(arena) a = arena_new();
		int64_t count = (int64_t)unpack_u64(&u);
		struct value v = unpack_value(&u, a);

		if (!u.bad)
			value_tally_add(t, v, count);
	}
	free(bytes);
	if (ok && u.bad)
		return err_set(err, ERR_IO, NOWHERE, "a temporary file was damaged");
	return ok;
}

bool
tally_file_each(struct tally_file *f, void (*fn)(void *ctx, struct value_tally *t), void *ctx,
                struct err *err)
{
	bool ok = true;

	for (size_t i = 0; ok && i < TALLY_PARTS; i++) {
		struct value_tally t = {.keep = UINT32_MAX};

		for (size_t j = 0; ok && j < f->nchunk; j++)
			ok = add_chunk(&f->chunk[j], i, &t, err);
		if (ok && t.n > 0)
			fn(ctx, &t);
		value_tally_fini(&t);
	}
	return ok;
}
