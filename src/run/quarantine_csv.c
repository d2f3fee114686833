/*
 * Failing rows as CSV, RFC 4180 with a header: null is an empty field, the empty text a quoted one.
 *
 * A spreadsheet takes a field that begins with = + - or @ for a formula, wherever it came from.  Such a field gets an apostrophe in front, unless it
 * is a number and nothing else.  Tab and CR are dropped by some before they look, so these count as well.
 */
#include "run/quarantine_write.h"

#include <stdlib.h>

#define ROW_BYTES ((size_t)1 << 30)

struct csv_writer {
	struct quarantine_writer base;
	const struct quarantine_place *p;
	struct fs_new *file;
	struct buf *line, *field;
};

static bool
is_formula(struct sv s)
{
	return s.n > 0 && s.p[0] != '\0' && strchr("=+-@\t\r", s.p[0]) != NULL && !quarantine_is_number(s);
}

/* Also what other separators than ours would cut in two. */
static bool
needs_quotes(struct sv s)
{
	if (s.n == 0 || s.p[0] == ' ' || s.p[s.n - 1] == ' ')
		return true;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\0' && strchr(",;\"\t\r\n", s.p[i]) != NULL)
			return true;
	return false;
}

static void
put_text(struct csv_writer *w, struct sv s)
{
	struct buf *b = w->line;
	const bool formula = is_formula(s);

	if (!needs_quotes(s)) {
		buf_puts(b, formula ? "'" : "");
		buf_add(b, s);
		return;
	}
	buf_puts(b, formula ? "\"'" : "\"");
	while (s.n > 0) {
		ptrdiff_t quote = sv_find(s, '"');
		size_t n = quote >= 0 ? (size_t)quote + 1 : s.n;

		buf_add(b, (struct sv){s.p, n});
		buf_puts(b, quote >= 0 ? "\"" : "");
		s = sv_skip(s, n);
	}
	buf_putc(b, '"');
}

static void
put_optional(struct csv_writer *w, struct sv s)
{
	if (s.n > 0)
		put_text(w, s);
}

static bool
end_line(struct csv_writer *w, struct err *err)
{
	bool ok;

	buf_putc(w->line, '\n');
	ok = buf_check(w->line, "a row", err) && buf_check(w->field, "a value", err) &&
	     fs_new_add(w->file, buf_sv(w->line), err);
	buf_clear(w->line);
	return ok;
}

static bool
put_header(struct csv_writer *w, struct err *err)
{
	for (int i = 0; i < ASIDES; i++)
		buf_printf(w->line, "%s%s%s", i > 0 ? "," : "", w->p->prefix, aside_names[i]);
	for (uint32_t i = 0; i < w->p->ncol; i++) {
		buf_putc(w->line, ',');
		put_text(w, w->p->col[i]->name);
	}
	return end_line(w, err);
}

static void
csv_free(struct quarantine_writer *base)
{
	struct csv_writer *w = CONTAINER_OF(base, struct csv_writer, base);

	fs_new_free(w->file);
	buf_free(w->line);
	buf_free(w->field);
	free(w);
}

static bool
csv_open(const struct quarantine_place *p, struct quarantine_writer **ret, struct err *err)
{
	struct csv_writer *w = xcalloc(1, sizeof(*w));

	*w = (struct csv_writer){.base.form = &quarantine_csv, .p = p};
	w->line = buf_new(ROW_BYTES);
	w->field = buf_new(ROW_BYTES);
	if (!fs_new_open(p->path, &w->file, err) || !put_header(w, err)) {
		csv_free(&w->base);
		return false;
	}
	*ret = &w->base;
	return true;
}

static void
put_checks(struct csv_writer *w, const struct quarantine_row *r)
{
	buf_clear(w->field);
	for (uint32_t i = 0; i < r->ncheck; i++)
		buf_printf(w->field, "%s" SV_FMT, i > 0 ? "; " : "", SV_ARG(r->check[i]));
	put_text(w, buf_sv(w->field));
}

static bool
csv_row(struct quarantine_writer *base, const struct quarantine_row *r, struct err *err)
{
	struct csv_writer *w = CONTAINER_OF(base, struct csv_writer, base);
	char time[RFC3339_MAX];

	buf_printf(w->line, "%jd,", (intmax_t)r->row);
	put_optional(w, r->file);
	buf_putc(w->line, ',');
	put_checks(w, r);
	buf_putc(w->line, ',');
	put_optional(w, w->p->run_id);
	buf_putc(w->line, ',');
	put_optional(w, w->p->asset);
	buf_putc(w->line, ',');
	put_optional(w, w->p->partition);
	buf_printf(w->line, ",%s", rfc3339_seconds(w->p->at_us, time));
	for (uint32_t i = 0; i < w->p->ncol; i++) {
		buf_putc(w->line, ',');
		if (r->cell[i].v.kind == VALUE_NULL)
			continue;
		buf_clear(w->field);
		quarantine_text(&r->cell[i], w->field);
		put_text(w, buf_sv(w->field));
	}
	return end_line(w, err);
}

static bool
csv_commit(struct quarantine_writer *base, struct err *err)
{
	return fs_new_commit(CONTAINER_OF(base, struct csv_writer, base)->file, err);
}

const struct quarantine_form quarantine_csv = {
	.ending = ".csv",
	.open = csv_open,
	.row = csv_row,
	.commit = csv_commit,
	.free = csv_free,
};
