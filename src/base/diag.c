#include "base/diag.h"

#include <stdlib.h>

#include "base/buf.h"

void
diags_init(struct diags *d, struct arena *a)
{
	*d = (struct diags){.a = a};
}

static void
add(struct diags *d, enum diag_level level, struct loc at, char *msg)
{
	*LIST_ADD(d->a, &d->list) = (struct diag){.level = level, .loc = at, .msg = msg};
	if (level == DIAG_ERROR)
		d->errors++;
	else
		d->warnings++;
}

void
diag_error(struct diags *d, struct loc at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_ERROR, at, arena_vprintf(d->a, fmt, ap));
	va_end(ap);
}

void
diag_warning(struct diags *d, struct loc at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_WARNING, at, arena_vprintf(d->a, fmt, ap));
	va_end(ap);
}

void
diag_hint(struct diags *d, const char *fmt, ...)
{
	va_list ap;

	if (d->list.n == 0)
		return;
	va_start(ap, fmt);
	d->list.v[d->list.n - 1].hint = arena_vprintf(d->a, fmt, ap);
	va_end(ap);
}

void
diag_code(struct diags *d, const char *code)
{
	if (d->list.n > 0)
		d->list.v[d->list.n - 1].code = code;
}

void
diag_note(struct diags *d, struct loc at, const char *fmt, ...)
{
	va_list ap;

	if (d->list.n == 0)
		return;
	va_start(ap, fmt);
	d->list.v[d->list.n - 1].note = arena_vprintf(d->a, fmt, ap);
	d->list.v[d->list.n - 1].also = at;
	va_end(ap);
}

void
diag_add_err(struct diags *d, const struct err *e)
{
	diag_error(d, e->loc, "%s", e->msg);
	if (e->hint[0] != '\0')
		diag_hint(d, "%s", e->hint);
}

void
diag_suggest(struct diags *d, struct sv wrong, const char *const *names, size_t n)
{
	const char *near = sv_nearest(wrong, names, n);

	if (near != NULL)
		diag_hint(d, "did you mean '%s'?", near);
}

void
diag_suggest_all(struct diags *d, struct sv wrong, const char *const *names, size_t n)
{
	AUTO(buf) all = buf_new(1 << 12);

	if (sv_nearest(wrong, names, n) != NULL) {
		diag_suggest(d, wrong, names, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		buf_printf(all, "%s%s", i > 0 ? ", " : "", names[i]);
	diag_hint(d, "it can be " SV_FMT, SV_ARG(buf_sv(all)));
}

/* A diagnostic with what sorting needs: the number of its file, and its own, which keeps the sort stable. */
struct entry {
	size_t file, at;
	struct diag d;
};

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static int
by_place(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->d.loc.line != b->d.loc.line)
		return a->d.loc.line < b->d.loc.line ? -1 : 1;
	if (a->d.loc.col != b->d.loc.col)
		return a->d.loc.col < b->d.loc.col ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static bool
same_place(const struct diag *a, const struct diag *b)
{
	return same_text(a->loc.file, b->loc.file) && a->loc.line == b->loc.line && a->loc.col == b->loc.col;
}

static bool
equal(const struct diag *a, const struct diag *b)
{
	return same_place(a, b) && a->level == b->level && strcmp(a->msg, b->msg) == 0 &&
	       same_text(a->hint, b->hint) && same_text(a->code, b->code) && same_text(a->note, b->note) &&
	       a->also.line == b->also.line && a->also.col == b->also.col;
}

/* Is it already at the end of the list, among those of its place? */
static bool
listed(const struct diags *d, const struct diag *new)
{
	for (size_t i = d->list.n; i > 0 && same_place(&d->list.v[i - 1], new); i--)
		if (equal(&d->list.v[i - 1], new))
			return true;
	return false;
}

void
diags_sort(struct diags *d)
{
	AUTO(arena) a = arena_new();
	size_t n = d->list.n, nfile = 0;
	struct entry *e = ARENA_ARRAY(a, struct entry, n);
	const char **file = ARENA_ARRAY(a, const char *, n);

	for (size_t i = 0; i < n; i++) {
		size_t f = 0;

		while (f < nfile && !same_text(file[f], d->list.v[i].loc.file))
			f++;
		if (f == nfile)
			file[nfile++] = d->list.v[i].loc.file;
		e[i] = (struct entry){.file = f, .at = i, .d = d->list.v[i]};
	}
	qsort(e, n, sizeof(*e), by_place);
	d->list.n = d->errors = d->warnings = 0;
	for (size_t i = 0; i < n; i++) {
		if (listed(d, &e[i].d))
			continue;
		d->list.v[d->list.n++] = e[i].d;
		if (e[i].d.level == DIAG_ERROR)
			d->errors++;
		else
			d->warnings++;
	}
}
