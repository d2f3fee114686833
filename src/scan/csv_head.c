/* The head of a CSV part: names from the header, kinds of values from the first records. */
#include <inttypes.h>

#include "base/map.h"
#include "scan/csv_field.h"
#include "scan/field.h"

struct csv_head {
	struct arena *a;
	const struct dataset *d;
	const struct part *p;
	struct sv text; /* what was not looked at yet */
	bool whole;
	struct csv_index x;
	struct err *err;
};

static bool
fail(struct csv_head *h, const char *why)
{
	return err_set(h->err, ERR_FORMAT, h->d->loc, "'" SV_FMT "' %s", SV_ARG(h->p->name), why);
}

/* The raw field k of record i of the index. */
static struct sv
raw_field(const struct csv_head *h, uint32_t i, uint32_t k)
{
	const struct csv_index *x = &h->x;
	uint32_t first = i > 0 ? x->end[i - 1] : 0, at = first + k;
	size_t from = at > 0 ? (size_t)x->sep[at - 1] + 1 : 0, to = x->sep[at];

	/* CRLF: only behind the last field, and not beyond the beginning of the field. */
	if (at + 1 == x->end[i])
		to = csv_trim(h->text.p, from, to);
	return (struct sv){h->text.p + from, to - from};
}

static uint32_t
fields(const struct csv_index *x, uint32_t i)
{
	return x->end[i] - (i > 0 ? x->end[i - 1] : 0);
}

/* Is the last record of the index cut off by the end of what was read? */
static bool
last_is_cut(const struct csv_head *h)
{
	return !h->whole && h->x.n > 0 && h->x.sep[h->x.end[h->x.n - 1] - 1] == h->text.n;
}

static bool
is_blank(const struct csv_head *h, uint32_t i)
{
	return fields(&h->x, i) == 1 && raw_field(h, i, 0).n == 0;
}

/* The first record that is not blank, as record 0 of the index; false with data_start = -1 or an error set otherwise. */
static bool
first_record(struct csv_head *h, bool *found)
{
	*found = false;
	for (;;) {
		csv_index_text(&h->x, &h->d->csv, h->text, 1);
		if (last_is_cut(h) || (h->x.n == 0 && !h->whole))
			return true;
		if (h->x.n == 0)
			break;
		if (!is_blank(h, 0)) {
			*found = true;
			return true;
		}
		h->text = sv_skip(h->text, (size_t)h->x.sep[0] + 1);
	}
	return h->d->csv.header ? fail(h, "is empty: no header") : true;
}

static bool
too_wide(struct csv_head *h)
{
	return err_set(h->err, ERR_LIMIT, h->d->loc, "'" SV_FMT "' has more than %d columns",
	               SV_ARG(h->p->name), COLUMNS_MAX);
}

static bool
header_names(struct csv_head *h, struct sv *name, uint32_t n)
{
	struct map seen;

	map_init(&seen, h->a);
	for (uint32_t k = 0; k < n; k++) {
		struct sv s;

		(void)csv_field(&h->d->csv, raw_field(h, 0, k), h->a, &s);
		name[k] = arena_sv(h->a, s);
		if (s.n == 0)
			continue; /* an index without a name; several are no harm, as nothing can name them */

		const struct sv *other = map_set(&seen, name[k], &name[k]);

		if (other != NULL)
			return err_set(h->err, ERR_FORMAT, h->d->loc,
			               "'" SV_FMT "': columns %zu and %" PRIu32 " are both named '" SV_FMT
			               "'",
			               SV_ARG(h->p->name), (size_t)(other - name) + 1, k + 1, SV_ARG(s));
	}
	return true;
}

/*
 * Carriage returns alone end no line.  Where one stands in a name that has no quotes, or in what would be the only record there is, they
 * were meant to: all of the file would be one header without rows.
 */
static bool
refuse_lone_cr(struct csv_head *h)
{
	char quote = h->d->csv.quote;

	if (!h->d->csv.header && !(h->whole && h->x.sep[h->x.end[0] - 1] == h->text.n))
		return true;
	for (uint32_t k = 0; k < fields(&h->x, 0); k++) {
		struct sv raw = raw_field(h, 0, k);

		if (memchr(raw.p, '\r', raw.n) == NULL || (quote != '\0' && raw.p[0] == quote))
			continue;
		(void)fail(h, "has lines that end in carriage returns alone");
		return err_hint(h->err, "Convert it: tr '\\r' '\\n'.");
	}
	return true;
}

static bool
take_names(struct csv_head *h, struct head *ret)
{
	uint32_t n = fields(&h->x, 0);
	struct sv *name = ARENA_ARRAY(h->a, struct sv, n);

	if (!refuse_lone_cr(h))
		return false;
	if (n > COLUMNS_MAX)
		return too_wide(h);
	ret->name = name;
	ret->n = n;
	if (!h->d->csv.header) {
		for (uint32_t k = 0; k < n; k++)
			name[k] = arena_svf(h->a, "column_%" PRIu32, k + 1);
		return true;
	}
	if (bit_get(h->x.broken, 0))
		return fail(h, "has a header with a misplaced quote");
	if (!header_names(h, name, n))
		return false;
	h->text = sv_skip(h->text, (size_t)h->x.sep[h->x.end[0] - 1] + 1);
	return true;
}

static void
look_at_values(struct csv_head *h, struct head *ret)
{
	uint16_t *classes = ARENA_ARRAY(h->a, uint16_t, ret->n);
	AUTO(arena) scratch = arena_new();
	struct sv s;

	csv_index_text(&h->x, &h->d->csv, h->text, INFER_ROWS);

	uint32_t n = h->x.n - last_is_cut(h);

	for (uint32_t i = 0; i < n; i++) {
		if (fields(&h->x, i) != ret->n || bit_get(h->x.broken, i))
			continue;
		for (uint32_t k = 0; k < ret->n; k++)
			/* What has texts is text. */
			if ((classes[k] & CLASS_TEXT) == 0 &&
			    csv_field(&h->d->csv, raw_field(h, i, k), scratch, &s))
				classes[k] |= (uint16_t)field_class(s);
		arena_reset(scratch);
	}
	ret->classes = classes;
	ret->rows = n;
}

bool
csv_head(struct arena *a, const struct dataset *d, const struct part *p, struct sv text, bool whole,
         struct head *ret, struct err *err)
{
	struct csv_head h = {.a = a, .d = d, .p = p, .text = text, .whole = whole, .err = err};
	bool found, ok;

	*ret = (struct head){.data_start = -1};
	if (sv_starts(text, SV("\xEF\xBB\xBF")))
		h.text = sv_skip(text, 3);

	struct sv begin = h.text;

	csv_index_init(&h.x, COLUMNS_MAX);
	ok = first_record(&h, &found);
	if (ok && found) {
		ok = take_names(&h, ret);
		/* The blank lines before are records of the only column, as those behind are. */
		if (ok && !d->csv.header && ret->n == 1)
			h.text = begin;
		if (ok) {
			ret->data_start = (int64_t)(h.text.p - text.p);
			look_at_values(&h, ret);
		}
	} else if (ok && whole) {
		ret->data_start = (int64_t)text.n; /* no header wanted, no record there: no columns */
	}
	csv_index_fini(&h.x);
	return ok;
}
