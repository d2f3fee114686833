/* Opening a dataset: the heads of all parts make one schema, over which the declared columns are laid. */
#include "scan/scan.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/num.h"
#include "base/simd.h"
#include "scan/blocks.h"
#include "scan/field.h"
#include "scan/foreign.h"
#include "scan/heads.h"
#include "scan/kept.h"
#include "scan/morsel.h"

#define HEAD_BYTES ((size_t)256 * 1024)

/* The columns so far. */
struct columns {
	struct scan *s;
	LIST(struct sv) name;
	LIST(bool) own; /* of the record in some part: head.own */
	uint16_t *classes;
	size_t nclasses;  /* room */
	struct map index; /* of readers whose parts may have any columns: name -> position + 1 */
	uint32_t first;   /* part that named the columns */
	bool known;
	struct err *err;
};

static bool
differs(struct columns *c, uint32_t part, const struct head *h)
{
	const struct part *v = c->s->d->parts.v;
	uint32_t k = 0, n = (uint32_t)MIN(c->name.n, (size_t)h->n);

	while (k < n && sv_eq(c->name.v[k], h->name[k]))
		k++;
	if (k < n)
		return err_set(c->err, ERR_FORMAT, c->s->d->loc,
		               "'" SV_FMT "' has '" SV_FMT "' as column %" PRIu32 ", but '" SV_FMT
		               "' has '" SV_FMT "' there",
		               SV_ARG(v[part].name), SV_ARG(h->name[k]), k + 1, SV_ARG(v[c->first].name),
		               SV_ARG(c->name.v[k]));
	return err_set(c->err, ERR_FORMAT, c->s->d->loc,
	               "'" SV_FMT "' has %" PRIu32 " columns, but '" SV_FMT
	               "' has %zu: the first that differs is '" SV_FMT "'",
	               SV_ARG(v[part].name), h->n, SV_ARG(v[c->first].name), c->name.n,
	               SV_ARG(h->n > n ? h->name[n] : c->name.v[n]));
}

static void
add_column(struct columns *c, struct sv name, uint16_t classes, bool own)
{
	struct arena *a = c->s->a;

	*LIST_ADD(a, &c->name) = arena_sv(a, name);
	*LIST_ADD(a, &c->own) = own;
	if (c->name.n > c->nclasses) {
		size_t room = c->name.cap;

		c->classes = arena_grow(a, c->classes, c->nclasses * sizeof(uint16_t),
		                        room * sizeof(uint16_t));
		c->nclasses = room;
	}
	c->classes[c->name.n - 1] = classes;
}

static bool
merge_fixed(struct columns *c, uint32_t part, const struct head *h)
{
	bool same = h->n == c->name.n;

	if (h->n == 0)
		return true; /* nothing in it, and no header is wanted */
	if (!c->known) {
		for (uint32_t k = 0; k < h->n; k++)
			add_column(c, h->name[k], h->classes[k], true);
		c->first = part;
		c->known = true;
		return true;
	}
	for (uint32_t k = 0; same && k < h->n; k++)
		same = sv_eq(c->name.v[k], h->name[k]);
	if (!same)
		return differs(c, part, h);
	for (uint32_t k = 0; k < h->n; k++)
		c->classes[k] |= h->classes[k];
	return true;
}

static bool
merge_open(struct columns *c, const struct head *h)
{
	for (uint32_t k = 0; k < h->n; k++) {
		struct map_entry *e = map_put(&c->index, h->name[k]);
		bool own = h->own == NULL || h->own[k];

		if (e->value == NULL) {
			if (c->name.n >= COLUMNS_MAX)
				return err_set(c->err, ERR_LIMIT, c->s->d->loc, "more than %d columns",
				               COLUMNS_MAX);
			add_column(c, h->name[k], h->classes[k], own);
			e->value = (void *)c->name.n;
		} else {
			c->classes[(size_t)e->value - 1] |= h->classes[k];
			c->own.v[(size_t)e->value - 1] |= own;
		}
	}
	return true;
}

/* Reads as much as the reader wants to see. */
static bool
read_head(struct columns *c, struct window *w, uint32_t part, struct head *h)
{
	struct scan *s = c->s;

	for (size_t want = HEAD_BYTES;; want *= 4) {
		if (!window_fill(w, want, c->err))
			return false;

		/* A file that fits exactly has its end behind the last byte that was asked for. */
		if (!w->end && !window_fill(w, w->n + 1, c->err))
			return false;

		struct sv text = {w->p, w->n};

		if (!foreign_refuse(text, s->d->parts.v[part].name, s->d->loc, c->err))
			return false;
		if (!s->driver->head(s->a, s->d, &s->d->parts.v[part], text, w->end, h, c->err))
			return false;
		if (w->end ||
		    (h->data_start >= 0 && (h->rows >= INFER_ROWS || (w->n >= INFER_BYTES && h->rows > 0))))
			return true;
		if (w->n > RECORD_MAX)
			return err_set(c->err, ERR_LIMIT, s->d->loc,
			               "'" SV_FMT "' begins with a record longer than %zu MiB",
			               SV_ARG(s->d->parts.v[part].name), RECORD_MAX >> 20);
	}
}

static bool
open_head(struct columns *c, uint32_t part, struct head *h)
{
	struct scan *s = c->s;
	const struct part *p = &s->d->parts.v[part];
	AUTO(input) in = NULL;
	struct window w = {0};
	bool ok;

	if (!s->d->driver->open(p, &in, c->err) || !input_unchanged(in, p, c->err))
		return false;
	s->seekable[part] = input_seekable(in);
	w.in = in;
	ok = read_head(c, &w, part, h) && input_unchanged(in, p, c->err);
	window_fini(&w);
	return ok;
}

static bool
look_at_part(struct columns *c, uint32_t part)
{
	struct scan *s = c->s;
	struct head h = {0};

	if (!heads_take(s, part, &h)) {
		if (!open_head(c, part, &h))
			return false;
		heads_note(s, part, &h);
	}
	s->data_start[part] = h.data_start;
	return s->driver->fixed ? merge_fixed(c, part, &h) : merge_open(c, &h);
}

/* The columns that were found, as what their values were. */
static bool
make_schema(struct columns *c)
{
	struct scan *s = c->s;
	struct column *col = ARENA_ARRAY(s->a, struct column, c->name.n);

	for (uint32_t n = 0; n < c->name.n; n++)
		col[n] = (struct column){.name = c->name.v[n],
		                         .index = n,
		                         .member = !c->own.v[n],
		                         .type = field_infer(c->classes[n], s->driver->mixed, s->d->zone)};
	return scan_declare(s, col, (uint32_t)c->name.n, c->err);
}

static bool
look_at_parts(struct scan *s, struct err *err)
{
	struct columns c = {.s = s, .err = err};
	size_t n = s->d->parts.n;

	map_init(&c.index, s->a);
	s->data_start = ARENA_ARRAY(s->a, int64_t, n);
	s->seekable = ARENA_ARRAY(s->a, bool, n);
	s->rows_before = ARENA_ARRAY(s->a, int64_t, n + 1);
	heads_open(s);
	for (uint32_t i = 0; i < n; i++)
		if (!look_at_part(&c, i))
			return false;
	return make_schema(&c);
}

/* For tests, which cut files into morsels of a few bytes. */
static size_t
morsel_bytes(const struct scan_options *o)
{
	const char *text = getenv("WEIR_MORSEL_BYTES");
	uint64_t bytes;

	if (o->morsel_bytes == 0 && text != NULL && num_u64(sv_of(text), &bytes))
		return (size_t)bytes;
	return o->morsel_bytes;
}

bool
scan_open(const struct dataset *d, const struct scan_options *o, struct scan **ret, struct err *err)
{
	AUTO(scan) s = xcalloc(1, sizeof(*s));
	int64_t start_ns = clock_mono_ns();
	const struct simd *level;

	*s = (struct scan){.d = d, .o = *o, .a = arena_new()};
	s->o.morsel_bytes = morsel_bytes(o);
	/* Everyone asks for the level where it is needed; that it can be had is said once, here. */
	if (!simd_find(getenv("WEIR_SIMD"), &level, err))
		return false;
	s->driver = reader_driver_for(d, err);
	if (s->driver == NULL)
		return false;
	if (d->parts.n == 0)
		return err_set(err, ERR_NOT_FOUND, d->loc, "there is no file to read");
	if (s->driver->blocks != NULL ? !blocks_look(s, err) : !look_at_parts(s, err))
		return false;
	if (!morsels_plan(s, err))
		return false;
	s->needed = ARENA_ARRAY(s->a, unsigned, s->schema.n);
	s->stage_ns[SCAN_HEADS] = clock_mono_ns() - start_ns;
	*ret = STEAL(s);
	return true;
}

void
scan_close(struct scan *s)
{
	if (s == NULL)
		return;
	blocks_close(s);
	kept_close(s->kept);
	arena_free(s->a);
	free(s);
}

const struct schema *
scan_schema(const struct scan *s)
{
	return &s->schema;
}

const int64_t *
scan_rows_before(const struct scan *s)
{
	return s->rows_before;
}

int64_t
scan_bytes_read(const struct scan *s)
{
	return atomic_load_explicit(&((struct scan *)(uintptr_t)s)->bytes_read, memory_order_relaxed);
}

/* How a metric had what it needs: from what is kept or known of the pieces, or from their rows. */
static void
explain_metric(const struct scan *s, const struct explained *x, struct buf *b)
{
	static const char *const how[PASS_HOWS] = {[PASS_READ] = "read",
	                                           [PASS_FOOTER] = "footer only",
	                                           [PASS_FILTER] = "bloom filters only",
	                                           [PASS_DICTIONARY] = "dictionaries only",
	                                           [PASS_KEPT] = "kept"};
	static const enum pass_how order[] = {PASS_KEPT, PASS_FOOTER, PASS_FILTER, PASS_DICTIONARY,
	                                      PASS_READ};
	struct pass_reads reads = x->reads;
	bool first = true;
	int64_t met = 0;

	/* Pieces that nobody met are of parts that are kept. */
	for (size_t k = 0; k < PASS_HOWS; k++)
		met += reads.morsels[k];
	reads.morsels[PASS_KEPT] += s->nmorsel - met;
	buf_puts(b, "  ");
	metric_print(x->m, b);
	buf_puts(b, ": ");
	for (size_t k = 0; k < LEN(order); k++) {
		int64_t n = reads.morsels[order[k]];

		if (n == 0)
			continue;
		buf_puts(b, first ? "" : ", ");
		first = false;
		if (n < s->nmorsel)
			buf_printf(b, "%s of %jd of %jd %s", how[order[k]], (intmax_t)n, (intmax_t)s->nmorsel,
			           s->blocks != NULL ? "row groups" : "morsels");
		else
			buf_puts(b, how[order[k]]);
	}
	if (reads.rows_passed > 0)
		buf_printf(b, ", %jd of %jd rows known from the page index", (intmax_t)reads.rows_passed,
		           (intmax_t)reads.rows);
	buf_puts(b, first ? "nothing there" : "");
	if (x->unkept > 0)
		buf_printf(b, "; too large to be kept of %jd part(s)", (intmax_t)x->unkept);
	buf_puts(b, "\n");
}

/* Which columns were looked at, and no further than how. */
static void
explain_columns(const struct scan *s, struct buf *b)
{
	static const struct {
		unsigned need;
		const char *name;
	} needs[] = {{NEED_VALUE, "value"},
	             {NEED_TEXT, "text"},
	             {NEED_LENGTH, "length"},
	             {NEED_PRESENCE, "null or not"}};
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->schema.n; i++)
		n += s->needed[i] != 0;
	buf_printf(b, "%u of %u columns are needed", n, s->schema.n);
	for (uint32_t i = 0, k = 0; i < s->schema.n; i++) {
		if (s->needed[i] == 0)
			continue;
		for (size_t j = 0; j < LEN(needs); j++)
			if ((s->needed[i] & needs[j].need) != 0) {
				buf_printf(b, "%s" SV_FMT " (%s)", k++ == 0 ? ": " : ", ",
				           SV_ARG(s->schema.col[i].name), needs[j].name);
				break;
			}
	}
	buf_puts(b, "\n");
}

static void
explain_time(const struct scan *s, struct buf *b)
{
	buf_printf(b, "time: heads %.1f ms, rows %.1f ms, rows to be shown %.1f ms\n",
	           (double)s->stage_ns[SCAN_HEADS] / 1e6, (double)s->stage_ns[SCAN_ROWS] / 1e6,
	           (double)s->stage_ns[SCAN_SAMPLES] / 1e6);
}

struct scan_reuse
scan_reused(const struct scan *s)
{
	struct scan_reuse r = {0};

	if (s->kept == NULL)
		return r;
	r.parts = (int64_t)s->d->parts.n;
	for (size_t i = 0; i < s->d->parts.n; i++)
		r.reused += !s->read[i];
	return r;
}

static void
explain_reuse(const struct scan *s, struct buf *b)
{
	struct scan_reuse r = scan_reused(s);

	if (s->kept == NULL)
		return;
	buf_printf(b, "reused %jd of %jd part(s)", (intmax_t)r.reused, (intmax_t)r.parts);
	if (s->kept_trouble != NULL)
		buf_printf(b, "; what is kept is in '%s': %s", s->o.kept_path, s->kept_trouble);
	buf_puts(b, "\n");
}

void
scan_explain(const struct scan *s, struct buf *b)
{
	buf_printf(b, "native scan of %zu part(s), %s, in %jd ", s->d->parts.n, s->driver->format,
	           (intmax_t)s->nmorsel);
	if (s->blocks != NULL)
		buf_puts(b, "row groups");
	else
		buf_printf(b, "morsels of %zu bytes", s->morsel_bytes);
	buf_printf(b, ", by %u thread(s)", pool_threads(s->o.pool));
	if (s->counted)
		buf_printf(b, "; %jd rows, %jd malformed records", (intmax_t)s->rows_before[s->d->parts.n],
		           (intmax_t)s->malformed);
	buf_printf(b, "; %jd bytes read", (intmax_t)scan_bytes_read(s));
	if (s->pages_passed > 0)
		buf_printf(b, ", %jd pages passed over by the page index", (intmax_t)s->pages_passed);
	buf_puts(b, "\n");
	explain_reuse(s, b);
	explain_columns(s, b);
	for (size_t i = 0; i < s->explained.n; i++)
		explain_metric(s, &s->explained.v[i], b);
	explain_time(s, b);
}
