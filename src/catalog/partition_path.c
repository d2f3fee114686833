/* Partitions in paths and filters: filling patterns in, and finding the partition of a path. */
#include <stdio.h>

#include "base/buf.h"
#include "catalog/combos.h"
#include "catalog/pattern.h"
#include "catalog/window.h"

enum { PATH_MAX_BYTES = 1 << 16, STEPS_MAX = 100000, PIECES_MAX = 64 };

/* Filling in ------------------------------------------------------------------------------------------------------ */

static void
put_directive(struct buf *b, char c, int64_t local_us)
{
	struct civil t = civil_from_us(local_us);
	int64_t day = civil_days(t.year, t.month, t.day);
	int32_t year, week;

	iso_week(day, &year, &week);
	switch (c) {
	case 'Y':
		buf_printf(b, "%04d", t.year);
		break;
	case 'm':
		buf_printf(b, "%02d", t.month);
		break;
	case 'd':
		buf_printf(b, "%02d", t.day);
		break;
	case 'H':
		buf_printf(b, "%02d", t.hour);
		break;
	case 'V':
		buf_printf(b, "%02d", week);
		break;
	case 'G':
		buf_printf(b, "%04d", year);
		break;
	case 'j':
		buf_printf(b, "%03d", (int)(day - civil_days(t.year, 1, 1)) + 1);
		break;
	default:
		buf_putc(b, c);
		break;
	}
}

/* The text of a placeholder for a partition; false with an error if there is no such dimension. */
static bool
put_piece(struct buf *b, const struct asset *as, const struct partition *p, const struct piece *piece,
          struct err *err)
{
	const struct partition_dim *d = pattern_dim(as, piece->name);
	int64_t local_us;

	if (d == NULL)
		return err_set(err, ERR_CATALOG, as->data_loc,
		               "'{" SV_FMT "}' is no dimension of 'partitions'", SV_ARG(piece->name));

	struct sv part = p->part[d - as->dim];

	if (!d->is_time || piece->text.n == 0) {
		buf_add(b, part);
		return true;
	}
	if (!window_parse(d->every, part, &local_us))
		return err_set(err, ERR_INTERNAL, NOWHERE, "the partition part '" SV_FMT "' is no window",
		               SV_ARG(part));
	for (size_t i = 0; i < piece->text.n; i++) {
		if (piece->text.p[i] == '%' && i + 1 < piece->text.n)
			put_directive(b, piece->text.p[++i], local_us);
		else
			buf_putc(b, piece->text.p[i]);
	}
	return true;
}

bool
partition_path(struct arena *a, const struct asset *as, const struct partition *p, struct sv pattern,
               struct sv *ret, struct err *err)
{
	struct sv rest = pattern;
	struct piece piece;
	struct buf b;
	bool ok = true;

	buf_init(&b, PATH_MAX_BYTES);
	while (ok && pattern_next(pattern, &rest, &piece)) {
		if (piece.is_dim)
			ok = put_piece(&b, as, p, &piece, err);
		else
			buf_add(&b, piece.text);
	}
	ok = ok && buf_check(&b, "the path of a partition", err);
	if (ok)
		*ret = arena_sv(a, buf_sv(&b));
	buf_fini(&b);
	return ok;
}

bool
partition_where(struct arena *a, const struct asset *as, const struct partition *p, struct sv *ret,
                struct err *err)
{
	struct sv rest = as->where;
	struct piece piece;
	struct buf b, value;
	bool ok = true;

	buf_init(&b, PATH_MAX_BYTES);
	buf_init(&value, PATH_MAX_BYTES);
	while (ok && pattern_next(as->where, &rest, &piece)) {
		if (!piece.is_dim) {
			buf_add(&b, piece.text);
			continue;
		}
		buf_clear(&value);
		ok = put_piece(&value, as, p, &piece, err) &&
		     buf_check(&value, "the filter of a partition", err);
		buf_putc(&b, '\'');
		for (size_t i = 0; i < value.n; i++) {
			if (value.p[i] == '\'')
				buf_putc(&b, '\'');
			buf_putc(&b, value.p[i]);
		}
		buf_putc(&b, '\'');
	}
	ok = ok && buf_check(&b, "the filter of a partition", err);
	if (ok)
		*ret = arena_sv(a, buf_sv(&b));
	buf_fini(&b);
	buf_fini(&value);
	return ok;
}

/* Matching -------------------------------------------------------------------------------------------------------- */

/* The format of a window's key in directives. */
static struct sv
key_format(enum partition_every every)
{
	static const char *const format[] = {"%Y-%m-%dT%H", "%Y-%m-%d", "%G-W%V", "%Y-%m", "%Y"};

	return sv_of(format[every]);
}

static int
digits_of(char c)
{
	return c == 'Y' || c == 'G' ? 4 : c == 'j' ? 3 : c == '%' ? 0 : 2;
}

struct sv
partition_glob(struct arena *a, const struct asset *as, struct sv pattern)
{
	struct sv rest = pattern, ret;
	struct piece piece;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	while (pattern_next(pattern, &rest, &piece)) {
		const struct partition_dim *d = piece.is_dim ? pattern_dim(as, piece.name) : NULL;

		if (!piece.is_dim) {
			buf_add(&b, piece.text);
			continue;
		}
		if (d == NULL || !d->is_time) {
			buf_putc(&b, '*');
			continue;
		}

		struct sv format = piece.text.n > 0 ? piece.text : key_format(d->every);

		for (size_t i = 0; i < format.n; i++) {
			bool directive = format.p[i] == '%' && i + 1 < format.n;

			i += directive;
			for (int k = 0; directive && k < digits_of(format.p[i]); k++)
				buf_puts(&b, "[0-9]");
			if (!directive || format.p[i] == '%')
				buf_putc(&b, format.p[i]);
		}
	}
	ret = arena_sv(a, buf_sv(&b));
	buf_fini(&b);
	return ret;
}

/* What the directives of all placeholders said so far; -1 = nothing. */
struct fields {
	int Y, m, d, H, V, G, j;
};

struct matcher {
	struct arena *a;
	const struct asset *as;
	struct piece piece[PIECES_MAX];
	size_t npiece, steps;
	struct fields f;
	struct sv part[PARTITION_DIMS_MAX];
};

static bool
take_directive(struct matcher *m, char c, struct sv *s)
{
	int *field = c == 'Y'   ? &m->f.Y
	             : c == 'm' ? &m->f.m
	             : c == 'd' ? &m->f.d
	             : c == 'H' ? &m->f.H
	             : c == 'V' ? &m->f.V
	             : c == 'G' ? &m->f.G
	                        : &m->f.j;
	int n = digits_of(c), v = 0;

	if (s->n < (size_t)n)
		return false;
	for (int i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	if (*field >= 0 && *field != v)
		return false;
	*field = v;
	*s = sv_skip(*s, (size_t)n);
	return true;
}

static bool
take_window(struct matcher *m, struct sv format, struct sv *s)
{
	for (size_t i = 0; i < format.n; i++) {
		char c = format.p[i];

		if (c == '%' && i + 1 < format.n && format.p[++i] != '%') {
			if (!take_directive(m, format.p[i], s))
				return false;
			continue;
		}
		if (s->n == 0 || s->p[0] != c)
			return false;
		*s = sv_skip(*s, 1);
	}
	return true;
}

static bool match_from(struct matcher *m, size_t i, struct sv s);

/* Literal text, which may hold a glob: every length is tried, the shortest first. */
static bool
match_literal(struct matcher *m, size_t i, struct sv s)
{
	struct sv lit = m->piece[i].text;

	if (!sv_has_glob(lit))
		return sv_starts(s, lit) && match_from(m, i + 1, sv_skip(s, lit.n));
	if (i + 1 == m->npiece)
		return sv_glob(lit, s);
	for (size_t n = 0; n <= s.n && m->steps < STEPS_MAX; n++) {
		m->steps++;
		if (sv_glob(lit, (struct sv){s.p, n}) && match_from(m, i + 1, sv_skip(s, n)))
			return true;
	}
	return false;
}

static bool
match_value(struct matcher *m, size_t i, struct sv s, size_t dim)
{
	const struct partition_dim *d = &m->as->dim[dim];
	struct sv before = m->part[dim];

	for (size_t k = 0; k < d->nvalue && m->steps < STEPS_MAX; k++) {
		m->steps++;
		if ((before.n > 0 && !sv_eq(before, d->value[k])) || !sv_starts(s, d->value[k]))
			continue;
		m->part[dim] = d->value[k];
		if (match_from(m, i + 1, sv_skip(s, d->value[k].n)))
			return true;
	}
	m->part[dim] = before;
	return false;
}

static bool
match_from(struct matcher *m, size_t i, struct sv s)
{
	if (i == m->npiece)
		return s.n == 0;
	if (++m->steps > STEPS_MAX)
		return false;
	if (!m->piece[i].is_dim)
		return match_literal(m, i, s);

	const struct partition_dim *d = pattern_dim(m->as, m->piece[i].name);

	if (d == NULL)
		return false;
	if (!d->is_time)
		return match_value(m, i, s, (size_t)(d - m->as->dim));

	struct fields before = m->f;

	if (take_window(m, m->piece[i].text.n > 0 ? m->piece[i].text : key_format(d->every), &s) &&
	    match_from(m, i + 1, s))
		return true;
	m->f = before;
	return false;
}

/* The window whose start the directives tell. */
static bool
window_of(const struct fields *f, enum partition_every every, int64_t *local_us)
{
	char text[WINDOW_TEXT_MAX];
	struct civil c = {.year = f->Y, .month = MAX(f->m, 1), .day = MAX(f->d, 1), .hour = MAX(f->H, 0)};

	if (every == EVERY_WEEK && f->G >= 0 && f->V >= 0) {
		(void)snprintf(text, sizeof(text), "%04d-W%02d", f->G, f->V);
		return window_parse(every, sv_of(text), local_us) &&
		       (f->Y < 0 || civil_from_us(*local_us).year == f->Y);
	}
	if (f->Y < 1)
		return false;
	if (f->j >= 0 && f->d < 0) {
		int64_t day = civil_days(f->Y, 1, 1) + f->j - 1;
		int32_t hour = c.hour;

		civil_from_days(day, &c);
		c.hour = hour;
		if (f->j < 1 || c.year != f->Y || (f->m >= 0 && c.month != f->m))
			return false;
	}
	if (!civil_valid(&c))
		return false;
	*local_us = civil_to_us(&c);
	return window_floor(every, *local_us) == *local_us;
}

/* Do directives that the window did not need agree with it?  Filling the pattern in again tells. */
static bool
fills_back(struct matcher *m, const struct partition *p, struct sv pattern, struct sv path)
{
	struct sv back;

	if (!partition_path(m->a, m->as, p, pattern, &back, NULL))
		return false;
	return sv_eq(back, path) || sv_glob(back, path);
}

bool
partition_of_path(struct arena *a, const struct asset *as, struct sv pattern, struct sv path,
                  struct partition *ret)
{
	struct matcher m = {.a = a, .as = as, .f = {-1, -1, -1, -1, -1, -1, -1}};
	const struct partition_dim *d = partition_time_dim(as);
	struct sv rest = pattern;
	struct partition p;
	int64_t local_us = 0;

	while (m.npiece < PIECES_MAX && pattern_next(pattern, &rest, &m.piece[m.npiece]))
		m.npiece++;
	if (rest.n > 0 || !match_from(&m, 0, path))
		return false;
	if (d != NULL && !window_of(&m.f, d->every, &local_us))
		return false;
	for (size_t i = 0; i < as->ndim; i++)
		if (!as->dim[i].is_time && m.part[i].n == 0)
			return false;
	p = partition_make(a, as, local_us, m.part);
	/* Also: is it within the dimension's range? */
	if (!partition_parse(a, as, p.key, &p, NULL) || !fills_back(&m, &p, pattern, path))
		return false;
	*ret = p;
	return true;
}
