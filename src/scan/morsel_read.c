/*
 * Reading a morsel: its bytes, where its records begin and end, and batch by batch what is in them; or the rows of a block.
 */
#include "scan/morsel_run.h"

#include <assert.h>

#include "base/clock.h"
#include "source/ahead.h"

enum { TAIL = 4096 }; /* what is read behind a morsel at once, where its last record ends */

static bool
is_chained(const struct scan *s)
{
	return s->driver->chained != NULL && s->driver->chained(s->d);
}

static bool
changed(const struct task *t)
{
	return err_set(t->err, ERR_CHANGED, NOWHERE, "'" SV_FMT "' changed while it was read",
	               SV_ARG(t->part->name));
}

/* Names the line of a byte in the error. */
static bool
fail_at(const struct task *t, int64_t offset)
{
	int64_t line;

	t->err->loc = t->r->s->d->loc;
	if (line_at(t->r->s, t->m->part, offset, &line, NULL))
		return err_prefix(t->err, "'" SV_FMT "', line %jd", SV_ARG(t->part->name), (intmax_t)line);
	return err_prefix(t->err, "'" SV_FMT "', byte %jd", SV_ARG(t->part->name), (intmax_t)offset);
}

/*
 * The end of the record that the place `at` of the window lies in, which may be the place itself: reads on until it comes.
 * The state is that before the place.
 */
static bool
find_end(struct task *t, size_t at, uint8_t state, size_t *end)
{
	const struct scan *s = t->r->s;
	struct window *w = &t->w->w;
	size_t begin = at;

	for (size_t more = TAIL;; more *= 2) {
		int64_t found = s->driver->border(s->d, (struct sv){w->p + at, w->n - at}, &state);

		if (found >= 0) {
			*end = at + (size_t)found;
			return true;
		}
		at = w->n;
		if (w->end ||
		    w->offset + (int64_t)w->n >= (t->m->to == INT64_MAX ? INT64_MAX : t->part->size_bytes)) {
			*end = at;
			return true;
		}
		if (at - begin > RECORD_MAX) {
			err_set(t->err, ERR_LIMIT, NOWHERE, "a record is longer than %zu MiB",
			        RECORD_MAX >> 20);
			return fail_at(t, w->offset + (int64_t)begin);
		}
		if (!window_fill(w, w->n + more, t->err))
			return false;
	}
}

static uint8_t
state_behind(const struct scan *s, struct sv body, char before, uint8_t state)
{
	if (is_chained(s))
		return s->driver->advance(s->d, body, s->driver->survey(s->d, body, before), before, state);
	return (body.n > 0 ? body.p[body.n - 1] : before) == '\n' ? BORDER_RECORD : BORDER_INSIDE;
}

/*
 * The states before and behind a morsel whose bytes are in the window; waits for the thread that has the one before.  False: that
 * failed, nobody wants this one any more.
 */
static bool
find_states(struct task *t, struct sv body, char before, uint8_t *in, uint8_t *out)
{
	const struct scan *s = t->r->s;
	bool first = t->m->from == s->data_start[t->m->part];
	unsigned survey;

	if (!is_chained(s)) {
		*in = first || before == '\n' ? BORDER_RECORD : BORDER_INSIDE;
		*out = state_behind(s, body, before, *in);
		return true;
	}
	survey = s->driver->survey(s->d, body, before);
	*in = BORDER_RECORD;
	if (!first && !run_wait_for_state(t->r, t->job, in))
		return false;
	*out = s->driver->advance(s->d, body, survey, before, *in);
	run_publish_state(t->r, t->job, *out);
	return true;
}

enum loaded { LOADED, LOADED_MOOT, LOADED_ERROR };

/* Reads a morsel and finds its records. */
static enum loaded
load(struct task *t, struct sv *text)
{
	const struct scan *s = t->r->s;
	struct window *w = &t->w->w;
	struct morsel *m = t->m;
	size_t lead = m->from > s->data_start[m->part], n = (size_t)(m->to - m->from), end;
	uint8_t in, out;

	window_seek(w, m->from - (int64_t)lead);
	if (!window_fill(w, lead + n + (m->last ? 0 : TAIL), t->err))
		return LOADED_ERROR;
	if (w->n < lead + n) {
		changed(t);
		return LOADED_ERROR;
	}

	struct sv body = {w->p + lead, n};

	if (!find_states(t, body, lead > 0 ? w->p[0] : '\n', &in, &out))
		return LOADED_MOOT;

	int64_t start = s->driver->border(s->d, body, &in);

	m->start = m->end = m->to;
	*text = (struct sv){0};
	if (start < 0 || start >= (int64_t)n)
		return LOADED; /* all of it belongs to a record that began before */
	if (!find_end(t, lead + n, out, &end))
		return LOADED_ERROR;
	m->start = m->from + start;
	m->end = w->offset + (int64_t)end;
	*text = (struct sv){w->p + lead + start, end - lead - (size_t)start};
	return LOADED;
}

/* The same when it was done before. */
static enum loaded
load_again(struct task *t, struct sv *text)
{
	struct window *w = &t->w->w;
	size_t n = (size_t)(t->m->end - t->m->start);

	window_seek(w, t->m->start);
	if (!window_fill(w, n, t->err))
		return LOADED_ERROR;
	if (w->n < n) {
		changed(t);
		return LOADED_ERROR;
	}
	*text = (struct sv){w->p, n};
	return LOADED;
}

static void
note_malformed(struct task *t, int64_t offset)
{
	const struct reader *r = t->w->r;

	for (uint32_t i = 0; i < r->nbad && t->nbad < MALFORMED_KEEP; i++) {
		struct malformed_byte *b = &t->bad[t->nbad++];

		*b = (struct malformed_byte){.part = t->m->part, .offset = offset + (int64_t)r->bad[i].at};
		memcpy(b->why, r->bad[i].why, sizeof(b->why));
	}
}

static bool
give_batch(struct task *t, struct batch *b)
{
	const struct morsel_work *work = t->r->work;

	/* Picked morsels are known: their rows are numbered from the part's start. */
	b->at = (struct row_at){.part = t->m->part,
	                        .row = t->rows + (work->pick != NULL && !work->whole ? t->m->row : 0)};
	if (t->w->folders != NULL)
		folder_lanes_add(t->w->folders, t->m->part, b);
	if (work->batch == NULL || b->rows + b->malformed == 0)
		return true;
	if (!work->batch(work->ctx, t->thread, b, t->err))
		return false;
	if (work->full != NULL && work->full(work->ctx, t->thread))
		t->moot = !run_flush(t->r, t->job, t->thread);
	return !t->moot;
}

/* Records of a text, batch by batch, to the one who wants them. */
static bool
feed(struct task *t, struct sv text, int64_t offset)
{
	const struct reader_driver *driver = t->r->s->driver;

	for (size_t at = 0; at < text.n;) {
		struct batch b;
		size_t before = at;

		if (!driver->next(t->w->r, text, &at, &b, t->err))
			return fail_at(t, offset + (int64_t)t->w->r->error_at);
		assert(at > before);
		t->malformed += b.malformed;
		if (b.malformed > 0)
			note_malformed(t, offset);
		if (!give_batch(t, &b))
			return false;
		t->rows += b.rows;
	}
	return true;
}

bool
task_check_limits(const struct task *t)
{
	const struct scan_options *o = &t->r->s->o;

	if (o->deadline_ns != 0 && clock_mono_ns() > o->deadline_ns)
		return err_set(t->err, ERR_TIMEOUT, t->r->s->d->loc,
		               "reading '" SV_FMT "' takes longer than its source allows",
		               SV_ARG(t->part->name));
	if (o->byte_limit > 0 && atomic_load_explicit(&t->r->unpacked, memory_order_relaxed) > o->byte_limit)
		return err_set(t->err, ERR_LIMIT, t->r->s->d->loc,
		               "the data is larger than the limit of its source");
	return true;
}

static void
count_bytes(struct task *t, int64_t n)
{
	atomic_fetch_add_explicit(&t->r->s->bytes_read, n, memory_order_relaxed);
	atomic_fetch_add_explicit(&t->r->unpacked, n, memory_order_relaxed);
}

/* A compressed part, in the same steps as if its morsels were many. */
static bool
read_sequentially(struct task *t)
{
	const struct scan *s = t->r->s;
	struct window *w = &t->w->w;
	size_t skip = (size_t)s->data_start[t->m->part];

	/* One thread can unpack while this one parses, if it has no part of its own. */
	if (s->d->parts.n < t->r->threads)
		input_ahead(w->in);
	window_seek(w, 0);
	if (!window_fill(w, skip, t->err))
		return false;
	if (w->n < skip)
		return changed(t);
	window_drop(w, skip);
	for (;;) {
		size_t end;

		if (!window_fill(w, s->morsel_bytes + TAIL, t->err))
			return false;
		if (w->n == 0)
			return true;

		size_t n = MIN(w->n, s->morsel_bytes);
		uint8_t state = state_behind(s, (struct sv){w->p, n}, '\n', BORDER_RECORD);

		if (!find_end(t, n, state, &end) || !feed(t, (struct sv){w->p, end}, w->offset))
			return false;
		window_drop(w, end);
		count_bytes(t, (int64_t)end);
		if (!task_check_limits(t))
			return false;
	}
}

/* n rows of the block from here on. */
static bool
read_rows(struct task *t, int64_t n)
{
	const struct morsel_work *work = t->r->work;
	struct cursor *c = t->w->c;

	for (int64_t end = t->rows + n; t->rows < end;) {
		int64_t rows = MIN(end - t->rows, VECTOR_ROWS);
		struct batch b;

		if (work->wants != NULL &&
		    !work->wants(work->ctx, (struct row_at){t->m->part, t->m->row + t->rows}, rows)) {
			cursor_skip(c, rows);
			t->rows += rows;
			continue;
		}
		if (!cursor_next(c, &b, t->err))
			return err_prefix(t->err, "'" SV_FMT "'", SV_ARG(t->part->name));
		if (!give_batch(t, &b))
			return false;
		t->rows += b.rows;
	}
	return true;
}

/* Piece by piece, of which some may not be needed after all. */
static bool
read_pieces(struct task *t)
{
	const struct morsel_work *work = t->r->work;
	struct cursor *c = t->w->c;

	while (t->rows < t->m->rows) {
		int64_t rows = cursor_piece(c);
		bool open;

		if (!work->preview_piece(work->ctx, t->thread, cursor_preview(c), t->w->need, &open, t->err))
			return err_prefix(t->err, "'" SV_FMT "'", SV_ARG(t->part->name));
		cursor_want(c, t->w->need);
		if (open) {
			if (!read_rows(t, rows))
				return false;
			continue;
		}
		cursor_skip(c, rows);
		t->rows += rows;
	}
	return true;
}

/* Rows of a block, as far as what is known of them does not do. */
static bool
read_block(struct task *t)
{
	const struct morsel_work *work = t->r->work;
	struct cursor *c = t->w->c;
	int64_t before = cursor_bytes(c), passed = cursor_pages_passed(c);
	bool open = work->batch != NULL, pieces = false;

	cursor_seek(c, t->r->part[t->m->part].file, t->m);
	if (work->preview != NULL) {
		if (!work->preview(work->ctx, t->thread, cursor_preview(c), t->w->need, &open, &pieces,
		                   t->err))
			return err_prefix(t->err, "'" SV_FMT "'", SV_ARG(t->part->name));
		cursor_want(c, t->w->need);
	}
	if (open && pieces && !cursor_has_pieces(c, &pieces, t->err))
		return err_prefix(t->err, "'" SV_FMT "'", SV_ARG(t->part->name));
	if (open && !(pieces ? read_pieces(t) : read_rows(t, t->m->rows)))
		return false;
	t->rows = t->m->rows;
	count_bytes(t, cursor_bytes(c) - before);
	atomic_fetch_add_explicit(&t->r->s->pages_passed, cursor_pages_passed(c) - passed,
	                          memory_order_relaxed);
	return task_check_limits(t);
}

/* True also if the morsel turned out to be moot. */
bool
task_read(struct task *t, bool *moot)
{
	struct scan *s = t->r->s;
	struct sv text;

	if (!run_open_part(t->r, t->m->part, &t->w->w.in, t->err))
		return false;
	if (s->blocks != NULL)
		return read_block(t);
	if (!s->seekable[t->m->part])
		return read_sequentially(t);

	enum loaded loaded = s->counted ? load_again(t, &text) : load(t, &text);

	*moot = loaded == LOADED_MOOT;
	if (loaded != LOADED)
		return *moot;
	count_bytes(t, t->m->to - t->m->from);
	return feed(t, text, t->m->start);
}
