/* Failing rows as JSON, one object a line; the row itself is in `data`, so that no column can be taken for what stands beside it. */
#include <stdlib.h>

#include "run/quarantine_write.h"

#define ROW_BYTES ((size_t)1 << 30)

struct jsonl_writer {
	struct quarantine_writer base;
	const struct quarantine_place *p;
	struct fs_new *file;
	struct buf *line;
};

static void
jsonl_free(struct quarantine_writer *base)
{
	struct jsonl_writer *w = CONTAINER_OF(base, struct jsonl_writer, base);

	fs_new_free(w->file);
	buf_free(w->line);
	free(w);
}

static bool
jsonl_open(const struct quarantine_place *p, struct quarantine_writer **ret, struct err *err)
{
	struct jsonl_writer *w = xcalloc(1, sizeof(*w));

	*w = (struct jsonl_writer){.base.form = &quarantine_jsonl, .p = p, .line = buf_new(ROW_BYTES)};
	if (!fs_new_open(p->path, &w->file, err)) {
		jsonl_free(&w->base);
		return false;
	}
	*ret = &w->base;
	return true;
}

static void
put_optional(struct json_writer *j, const char *key, struct sv text)
{
	json_key(j, key);
	if (text.n > 0)
		json_sv(j, text);
	else
		json_null(j);
}

static void
put_cell(struct json_writer *j, const struct failing_cell *c)
{
	if (c->raw.p != NULL && value_is_numeric(c->v) && c->v.kind != VALUE_BOOL &&
	    quarantine_is_number(c->raw) && c->raw.p[0] != '+')
		json_raw(j, c->raw);
	else
		value_to_json(c->v, j);
}

static bool
jsonl_row(struct quarantine_writer *base, const struct quarantine_row *r, struct err *err)
{
	struct jsonl_writer *w = CONTAINER_OF(base, struct jsonl_writer, base);
	struct json_writer j;

	buf_clear(w->line);
	json_write_init(&j, w->line, 0);
	json_object(&j);
	json_put_i64(&j, aside_names[ASIDE_ROW], r->row);
	put_optional(&j, aside_names[ASIDE_FILE], r->file);
	json_key(&j, aside_names[ASIDE_CHECKS]);
	json_array(&j);
	for (uint32_t i = 0; i < r->ncheck; i++)
		json_sv(&j, r->check[i]);
	json_array_end(&j);
	json_put_sv(&j, aside_names[ASIDE_RUN], w->p->run_id);
	json_put_sv(&j, aside_names[ASIDE_ASSET], w->p->asset);
	put_optional(&j, aside_names[ASIDE_PARTITION], w->p->partition);
	json_put_time(&j, aside_names[ASIDE_TIME], w->p->at_us);
	json_key(&j, "data");
	json_object(&j);
	for (uint32_t i = 0; i < w->p->ncol; i++) {
		json_key_sv(&j, w->p->col[i]->name);
		put_cell(&j, &r->cell[i]);
	}
	json_object_end(&j);
	json_object_end(&j);
	buf_putc(w->line, '\n');
	return buf_check(w->line, "a row", err) && fs_new_add(w->file, buf_sv(w->line), err);
}

static bool
jsonl_commit(struct quarantine_writer *base, struct err *err)
{
	return fs_new_commit(CONTAINER_OF(base, struct jsonl_writer, base)->file, err);
}

const struct quarantine_form quarantine_jsonl = {
	.ending = ".jsonl",
	.open = jsonl_open,
	.row = jsonl_row,
	.commit = jsonl_commit,
	.free = jsonl_free,
};
