/*
 * The footer: found from the end of the file, read in one go for nearly all files, and checked against the file.
 *
 *	… pages …  metadata  length (4 bytes, little-endian)  "PAR1"
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "parquet/conversion.h"

enum { MAGIC = 4, TAIL = 8, TAIL_READ = 64 << 10 };

bool
file_bad(const struct parquet_file *f, enum err_code code, struct err *err, const char *fmt, ...)
{
	char why[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return err_set(err, code, NOWHERE, "'" SV_FMT "': %s", SV_ARG(f->name), why);
}

bool
chunk_bad(const struct parquet_file *f, uint32_t group, uint32_t leaf, enum err_code code, struct err *err,
          const char *fmt, ...)
{
	char why[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return err_set(err, code, NOWHERE, "'" SV_FMT "': column '" SV_FMT "', row group %u: %s",
	               SV_ARG(f->name), SV_ARG(f->leaf[leaf].path), group, why);
}

/* n bytes at an offset, all of them. */
static bool
read_exactly(struct parquet_file *f, int64_t at, char *dst, size_t n, struct err *err)
{
	size_t got;

	if (!input_read(f->in, at, dst, n, &got, err))
		return false;
	if (got != n)
		return file_bad(f, ERR_CHANGED, err, "the file is shorter than it was when it was listed");
	return true;
}

static bool
check_tail(struct parquet_file *f, const char *tail, struct err *err)
{
	uint32_t n;

	if (memcmp(tail + 4, "PARE", MAGIC) == 0)
		return file_bad(f, ERR_UNSUPPORTED, err, "the file is encrypted");
	if (memcmp(tail + 4, "PAR1", MAGIC) != 0) {
		(void)file_bad(f, ERR_FORMAT, err,
		               "this is no Parquet file, or its end is missing: it does not end in PAR1");
		return err_hint(err, "Write the file again; Parquet files cannot be read in part.");
	}
	memcpy(&n, tail, sizeof(n));
	if (n > f->size - TAIL - MAGIC)
		return file_bad(f, ERR_FORMAT, err,
		                "its footer is said to have %u bytes, more than the file (at byte %" PRId64
		                ")",
		                n, f->size - TAIL);
	if (n > f->memory)
		return file_bad(f, ERR_LIMIT, err, "its footer of %u bytes is larger than the memory allowed",
		                n);
	f->footer_at = f->size - TAIL - (int64_t)n;
	return true;
}

/* The bytes of the metadata. */
static bool
read_footer(struct parquet_file *f, struct sv *ret, struct err *err)
{
	size_t n = (size_t)MIN(f->size, (int64_t)TAIL_READ);
	char head[MAGIC];

	if (!input_seekable(f->in))
		return file_bad(f, ERR_UNSUPPORTED, err,
		                "a Parquet file that is compressed as a whole cannot be read");
	if (f->size < 2 * MAGIC + 4)
		return file_bad(f, ERR_FORMAT, err, "this is no Parquet file: it has %" PRId64 " bytes",
		                f->size);

	char *tail = arena_alloc(f->a, n);

	if (!read_exactly(f, 0, head, MAGIC, err) || !read_exactly(f, f->size - (int64_t)n, tail, n, err))
		return false;
	if (!check_tail(f, tail + n - TAIL, err))
		return false;
	if (memcmp(head, "PAR1", MAGIC) != 0)
		return file_bad(f, ERR_FORMAT, err, "this is no Parquet file: it does not begin with PAR1");

	size_t size = (size_t)(f->size - TAIL - f->footer_at);

	if (size + TAIL <= n) {
		*ret = (struct sv){tail + n - TAIL - size, size};
		return true;
	}

	char *all = arena_alloc(f->a, size);

	if (!read_exactly(f, f->footer_at, all, size, err))
		return false;
	*ret = (struct sv){all, size};
	return true;
}

int64_t
chunk_start(const struct pq_column *c)
{
	bool dictionary = thrift_has(c->has, 11) && c->dictionary_at > 0;

	return dictionary ? MIN(c->data_at, c->dictionary_at) : c->data_at;
}

static bool
check_chunk(const struct parquet_file *f, uint32_t group, uint32_t leaf, struct err *err)
{
	const struct pq_chunk *chunk = file_chunk(f, group, leaf);
	const struct pq_column *c = &chunk->meta;
	const struct leaf *l = &f->leaf[leaf];
	int64_t start = chunk_start(c), rows = file_group(f, group)->rows;

	if (thrift_has(chunk->has, 8) || !thrift_has(chunk->has, 3))
		return true; /* encrypted, or without metadata: nobody can read it, see chunk_readable */
	if (c->type != l->physical)
		return chunk_bad(f, group, leaf, ERR_FORMAT, err,
		                 "its type is %s there, and %s in the schema", pq_type_name(c->type),
		                 pq_type_name(l->physical));
	if (c->values < 0)
		return chunk_bad(f, group, leaf, ERR_FORMAT, err, "it has %" PRId64 " values", c->values);
	if (l->max_rep == 0 ? c->values != rows : c->values < rows)
		return chunk_bad(f, group, leaf, ERR_FORMAT, err,
		                 "it has %" PRId64 " values for %" PRId64 " rows", c->values, rows);
	if (thrift_has(chunk->has, 1) && chunk->file_path.n > 0)
		return true;
	if (rows > 0 &&
	    (start < MAGIC || c->packed <= 0 || start > f->footer_at || c->packed > f->footer_at - start))
		return chunk_bad(f, group, leaf, ERR_FORMAT, err,
		                 "its %" PRId64 " bytes at byte %" PRId64 " do not lie before the footer",
		                 c->packed, start);
	return true;
}

static bool
check_group(struct parquet_file *f, uint32_t group, int64_t *rows, struct err *err)
{
	const struct pq_group *g = file_group(f, group);

	if (g->rows < 0 || __builtin_add_overflow(*rows, g->rows, rows))
		return file_bad(f, ERR_FORMAT, err, "row group %u is said to have %" PRId64 " rows", group,
		                g->rows);
	if (g->columns.n != f->nleaf)
		return file_bad(f, ERR_FORMAT, err, "row group %u has %u columns, and the schema %u", group,
		                g->columns.n, f->nleaf);
	for (uint32_t i = 0; i < f->nleaf; i++)
		if (!check_chunk(f, group, i, err))
			return false;
	return true;
}

/* The codecs that its chunks name; one that cannot be had matters when such a chunk is read. */
static void
load_codecs(struct parquet_file *f)
{
	uint32_t met = 0;

	for (uint32_t g = 0; g < f->meta.groups.n; g++)
		for (uint32_t i = 0; i < f->nleaf; i++) {
			int32_t codec = file_chunk(f, g, i)->meta.codec;

			if (codec >= 0 && codec < CODEC_COUNT)
				met |= UINT32_C(1) << codec;
		}
	for (int32_t codec = 0; codec < CODEC_COUNT; codec++)
		if ((met >> codec & 1) != 0 && !codec_load(&f->codecs, codec, NULL))
			continue;
}

static bool
file_read(struct parquet_file *f, struct err *err)
{
	struct sv bytes;
	int64_t rows = 0;

	if (!read_footer(f, &bytes, err))
		return false;

	struct thrift_source in = {.bytes = bytes, .memory = f->memory};

	if (!thrift_read(&in, f->a, &pq_file_table, &f->meta))
		return file_bad(f, in.why == thrift_memory ? ERR_LIMIT : ERR_FORMAT, err,
		                "the footer cannot be read: %s (at byte %" PRId64 ")", in.why,
		                f->footer_at + (int64_t)in.at);
	if (!schema_build(f, err))
		return false;
	for (uint32_t g = 0; g < f->meta.groups.n; g++)
		if (!check_group(f, g, &rows, err))
			return false;
	/* Some writers left it at 0. */
	if (f->meta.rows != 0 && f->meta.rows != rows)
		return file_bad(f, ERR_FORMAT, err,
		                "the footer tells of %" PRId64 " rows, but its row groups have %" PRId64,
		                f->meta.rows, rows);
	load_codecs(f);
	return true;
}

bool
parquet_open(struct input *in, const struct part *p, size_t memory_bytes, struct parquet_file **ret,
             struct err *err)
{
	AUTO(parquet_file) f = xcalloc(1, sizeof(*f));

	f->a = arena_new();
	f->in = in;
	f->name = arena_sv(f->a, p->name);
	f->size = p->size_bytes;
	f->memory = memory_bytes;
	if (!file_read(f, err))
		return false;
	*ret = STEAL(f);
	return true;
}

void
parquet_close(struct parquet_file *f)
{
	if (f == NULL)
		return;
	arena_free(f->a);
	free(f);
}

bool
chunk_readable(const struct parquet_file *f, uint32_t group, uint32_t leaf, struct err *err)
{
	const struct pq_chunk *c = file_chunk(f, group, leaf);

	if (thrift_has(c->has, 8))
		return chunk_bad(f, group, leaf, ERR_UNSUPPORTED, err, "the column is encrypted");
	if (!thrift_has(c->has, 3))
		return chunk_bad(f, group, leaf, ERR_FORMAT, err, "the footer says nothing about it");
	if (thrift_has(c->has, 1) && c->file_path.n > 0)
		return chunk_bad(f, group, leaf, ERR_UNSUPPORTED, err, "its values lie in another file");
	if (f->leaf[leaf].refused != NULL)
		return chunk_bad(f, group, leaf, ERR_UNSUPPORTED, err, "%s", f->leaf[leaf].refused);

	struct codecs loaded = f->codecs;

	if (codec_load(&loaded, c->meta.codec, err))
		return true;
	return err_prefix(err, "'" SV_FMT "': column '" SV_FMT "', row group %u", SV_ARG(f->name),
	                  SV_ARG(f->leaf[leaf].path), group);
}

uint32_t
parquet_columns(const struct parquet_file *f, const struct parquet_column **ret)
{
	*ret = f->column;
	return f->ncolumn;
}

uint32_t
parquet_groups(const struct parquet_file *f)
{
	return f->meta.groups.n;
}

int64_t
parquet_group_rows(const struct parquet_file *f, uint32_t group)
{
	return file_group(f, group)->rows;
}
