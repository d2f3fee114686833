#include "scan_dump.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"

#define OUT_MAX ((size_t)64 << 20)

struct piece {
	struct buf text, malformed;
	int64_t n;
	uint32_t part;
	struct arena *a;
	struct {
		int64_t row; /* in the morsel */
		size_t at;   /* in text */
	} * row;
	size_t cap;
	int64_t bad_row[64], bad[64];
	int nbad;
};

struct dumper {
	const struct schema *schema;
	struct piece *piece[16]; /* by thread */
	struct buf rows, malformed_at;
	int64_t nrows, malformed;
};

static char folder[256];

const char *
dump_folder(void)
{
	if (folder[0] == '\0') {
		(void)snprintf(folder, sizeof(folder), "%s/weir-scan-XXXXXX",
		               getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
		if (mkdtemp(folder) == NULL)
			abort();
	}
	return folder;
}

const char *
dump_file(struct arena *a, const char *name, struct sv text)
{
	const char *path = arena_printf(a, "%s/%s", dump_folder(), name);
	FILE *f = fopen(path, "we");

	if (f == NULL || fwrite(text.p != NULL ? text.p : "", 1, text.n, f) != text.n || fclose(f) != 0)
		abort();
	return path;
}

void
dump_texts(struct arena *a, struct dataset *d)
{
	AUTO(pool) pool = pool_new(1);
	AUTO(scan) s = NULL;
	struct scan_options o = {.pool = pool};
	struct err err;

	if (!scan_open(d, &o, &s, &err))
		return;

	const struct schema *schema = scan_schema(s);
	struct column_decl *c = ARENA_ARRAY(a, struct column_decl, schema->n);

	for (uint32_t i = 0; i < schema->n; i++)
		c[i] = (struct column_decl){.name = arena_sv(a, schema->col[i].name),
		                            .type.kind = TYPE_STRING};
	d->column = c;
	d->ncolumn = schema->n;
}

void
dump_clean(void)
{
	struct dirent **e;
	int n = folder[0] != '\0' ? scandir(folder, &e, NULL, NULL) : -1;

	for (int i = 0; i < n; i++) {
		char path[1024];

		(void)snprintf(path, sizeof(path), "%s/%s", folder, e[i]->d_name);
		(void)unlink(path);
		free(e[i]);
	}
	if (n >= 0)
		free(e);
	(void)rmdir(folder);
	folder[0] = '\0';
}

struct dataset
dump_dataset(struct arena *a, const char *format, const char *path)
{
	struct dataset d = {
		.format = sv_of(format), .driver = source_driver_find(SV("file")), .zone = tz_utc};
	struct err err;

	d.csv = (struct csv_format){.delimiter = ',', .quote = '"', .header = true};
	if (d.driver == NULL || !d.driver->list(a, sv_of(path), &d.parts, &err))
		abort();
	return d;
}

static void
print_value(struct buf *b, const struct vector *v, uint32_t i)
{
	struct json_writer w;

	if (v->error != NULL && bit_get(v->error, i)) {
		(void)buf_printf(b, "!" SV_FMT, SV_ARG(v->raw[i]));
	} else if (!bit_get(v->valid, i)) {
		(void)buf_puts(b, "~");
	} else if (v->rep == REP_PRESENCE) {
		(void)buf_puts(b, "+");
	} else if (v->rep == REP_LENGTH) {
		(void)buf_printf(b, "#%jd", (intmax_t)v->i64[i]);
	} else if (vector_value(v, i).kind == VALUE_TEXT) {
		(void)buf_putc(b, '\'');
		(void)buf_add(b, vector_value(v, i).s);
		(void)buf_putc(b, '\'');
	} else {
		json_write_init(&w, b, 0);
		value_to_json(vector_value(v, i), &w);
	}
}

static bool
dump_batch(void *ctx, unsigned thread, const struct batch *b, struct err *err)
{
	struct dumper *d = ctx;
	struct piece *p = d->piece[thread];

	(void)err;
	if (p == NULL) {
		p = d->piece[thread] = xcalloc(1, sizeof(*p));
		buf_init(&p->text, OUT_MAX);
		p->part = b->at.part;
	}
	if (b->malformed > 0 && p->nbad < 64) {
		p->bad_row[p->nbad] = b->at.row;
		p->bad[p->nbad++] = b->malformed;
	}
	for (uint32_t i = 0; i < b->rows; i++) {
		if ((size_t)p->n == p->cap) {
			p->cap = p->cap * 2 + 16;
			p->row = xrealloc(p->row, p->cap * sizeof(*p->row));
		}
		p->row[p->n].row = b->at.row + i;
		p->row[p->n++].at = p->text.n;
		for (uint32_t k = 0; k < b->ncolumn; k++) {
			if (k > 0)
				(void)buf_putc(&p->text, '|');
			if (b->column[k] != NULL)
				print_value(&p->text, b->column[k], i);
			else
				(void)buf_puts(&p->text, "?");
		}
	}
	return true;
}

static void *
dump_cut(void *ctx, unsigned thread)
{
	struct dumper *d = ctx;

	return STEAL(d->piece[thread]);
}

static void
dump_drop(void *cut)
{
	struct piece *p = cut;

	buf_fini(&p->text);
	free(p->row);
	free(p);
}

static bool
dump_merge(void *ctx, void *cut, struct row_at first)
{
	struct dumper *d = ctx;
	struct piece *p = cut;

	for (int i = 0; i < p->nbad; i++) {
		for (int64_t k = 0; k < p->bad[i]; k++)
			(void)buf_printf(&d->malformed_at, "%" PRIu32 ".%jd ", p->part,
			                 (intmax_t)(p->bad_row[i] + first.row));
		d->malformed += p->bad[i];
	}
	for (int64_t i = 0; i < p->n; i++) {
		size_t end = i + 1 < p->n ? p->row[i + 1].at : p->text.n;

		(void)buf_printf(&d->rows, "%" PRIu32 ".%jd: ", p->part,
		                 (intmax_t)(p->row[i].row + first.row));
		(void)buf_add(&d->rows, (struct sv){p->text.p + p->row[i].at, end - p->row[i].at});
		(void)buf_putc(&d->rows, '\n');
	}
	d->nrows += p->n;
	dump_drop(p);
	return true;
}

static struct sv
schema_text(struct arena *a, const struct schema *s)
{
	struct buf b;
	char type[TYPE_TEXT_MAX];

	buf_init(&b, OUT_MAX);
	for (uint32_t i = 0; i < s->n; i++)
		(void)buf_printf(&b, "%s" SV_FMT " %s%s", i > 0 ? ", " : "", SV_ARG(s->col[i].name),
		                 type_text(s->col[i].type, type), s->col[i].missing ? " missing" : "");

	struct sv ret = arena_sv(a, buf_sv(&b));

	buf_fini(&b);
	return ret;
}

struct dump
dump_scan(struct arena *a, const struct dataset *d, unsigned threads, size_t morsel_bytes, unsigned need)
{
	AUTO(pool) pool = pool_new(threads);
	struct scan_options o = {.pool = pool, .memory_bytes = 1 << 24, .morsel_bytes = morsel_bytes};
	AUTO(scan) s = NULL;
	struct dump ret = {0};
	struct dumper out = {0};

	if (!scan_open(d, &o, &s, &ret.err))
		return ret;
	ret.schema = schema_text(a, scan_schema(s));
	out.schema = scan_schema(s);
	buf_init(&out.rows, OUT_MAX);
	buf_init(&out.malformed_at, OUT_MAX);

	unsigned *needs = xcalloc(out.schema->n + 1, sizeof(*needs));

	for (uint32_t i = 0; i < out.schema->n; i++)
		needs[i] = need;
	ret.ok = morsels_run(s,
	                     &(struct morsel_work){.ctx = &out,
	                                           .need = needs,
	                                           .batch = dump_batch,
	                                           .cut = dump_cut,
	                                           .merge = dump_merge,
	                                           .drop = dump_drop},
	                     &ret.err);
	ret.rows = arena_sv(a, buf_sv(&out.rows));
	ret.malformed_at = arena_sv(a, buf_sv(&out.malformed_at));
	ret.nrows = out.nrows;
	ret.malformed = out.malformed;
	if (ret.ok && scan_rows_before(s)[d->parts.n] != out.nrows)
		abort();
	for (size_t i = 0; i < LEN(out.piece); i++)
		if (out.piece[i] != NULL)
			dump_drop(out.piece[i]);
	buf_fini(&out.rows);
	buf_fini(&out.malformed_at);
	free(needs);
	return ret;
}
