/*
 * Morsels are taken in order, so whoever waits for the morsel before waits for a thread that is at work; the first morsel of
 * all never waits.  One lock guards what threads tell each other: border states, finished cuts, failure.  It is taken a few
 * times a morsel, which is some hundred kilobytes.
 */
#include "scan/morsel.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "scan/blocks.h"
#include "scan/folders.h"
#include "source/ahead.h"

#define MORSEL_BYTES ((size_t)512 * 1024)
enum {
	MORSELS_MAX = 1 << 18, /* their directory stays under 20 MiB: beyond 128 GiB morsels become larger */
	TAIL = 4096,           /* what is read behind a morsel at once, where its last record ends */
	STATE_UNKNOWN = 255
};

/* What a thread has for itself. */
struct worker {
	struct window w;
	struct reader *r;
	struct cursor *c; /* instead of the reader, of formats that come in blocks */
	unsigned *need;   /* by column: of the morsel, of these formats */
	struct folder_lanes *folders;
};

/* A part while its morsels are read. */
struct open_part {
	struct input *in;
	struct block_file *file; /* of formats that come in blocks */
	bool kept;               /* both belong to the scan */
	int64_t left;            /* morsels that were not finished yet */
};

struct run {
	struct scan *s;
	const struct morsel_work *work;
	int64_t n;
	struct worker *worker;
	unsigned threads;

	pthread_mutex_t lock;
	pthread_cond_t news;
	/* Guarded by the lock. */
	struct open_part *part;
	uint8_t *state; /* by job: behind the morsel */
	void **cut;     /* by job; meant where done */
	uint8_t *done;
	int64_t merged; /* jobs whose cuts were merged */
	int64_t rows;   /* of the part of the next job to be merged */
	int64_t failed; /* the first job that failed */
	bool enough;
	struct err err;
	int64_t malformed;
	int64_t bytes, total; /* for the progress */

	_Atomic int64_t unpacked; /* bytes read in this run, against the limit */
};

/* The plan ----------------------------------------------------------------------------------------------- */

static int64_t
morsels_of(const struct scan *s, uint32_t part)
{
	int64_t bytes = s->d->parts.v[part].size_bytes - s->data_start[part], size = (int64_t)s->morsel_bytes;

	if (!s->seekable[part])
		return 1;
	return bytes <= 0 ? 0 : (bytes - 1) / size + 1;
}

static void
count_rows(struct scan *s)
{
	int64_t n = 0, k = 0;

	for (uint32_t p = 0; p < s->d->parts.n; p++) {
		s->rows_before[p] = n;
		for (; k < s->nmorsel && s->morsel[k].part == p; k++)
			n += s->morsel[k].rows;
	}
	s->rows_before[s->d->parts.n] = n;
	s->counted = true;
}

bool
morsels_plan(struct scan *s, struct err *err)
{
	const struct parts *parts = &s->d->parts;
	int64_t n = 0;

	s->morsel_bytes = s->o.morsel_bytes != 0 ? s->o.morsel_bytes : MORSEL_BYTES;
	s->morsel_bytes = MAX(s->morsel_bytes, (size_t)(parts->size_bytes / MORSELS_MAX));
	if (s->o.byte_limit > 0 && parts->size_bytes > s->o.byte_limit)
		return err_set(err, ERR_LIMIT, s->d->loc, "the data is larger than the limit of its source");
	if (s->blocks != NULL) {
		blocks_plan(s);
		count_rows(s);
		return true;
	}
	for (uint32_t p = 0; p < parts->n; p++)
		n += morsels_of(s, p);
	s->morsel = ARENA_ARRAY(s->a, struct morsel, (size_t)n);
	for (uint32_t p = 0; p < parts->n; p++) {
		int64_t count = morsels_of(s, p), size = (int64_t)s->morsel_bytes;

		for (int64_t k = 0; k < count; k++) {
			struct morsel *m = &s->morsel[s->nmorsel++];

			m->part = p;
			m->last = k + 1 == count;
			m->from = s->data_start[p] + k * size;
			m->to = !s->seekable[p] ? INT64_MAX : MIN(m->from + size, parts->v[p].size_bytes);
		}
	}
	return true;
}

/* What threads tell each other ---------------------------------------------------------------------------- */

static int64_t
morsel_of(const struct run *r, int64_t job)
{
	return r->work->pick != NULL ? r->work->pick[job] : job;
}

static bool
fail(struct run *r, int64_t job, const struct err *e)
{
	pthread_mutex_lock(&r->lock);
	if (job < r->failed) {
		r->failed = job;
		r->err = *e;
	}
	pthread_cond_broadcast(&r->news);
	pthread_mutex_unlock(&r->lock);
	return false;
}

/* Will nobody want this job's result any more? */
static bool
is_moot_locked(const struct run *r, int64_t job)
{
	return r->enough || r->failed < job;
}

/* Waits until the job is near enough to the merged ones that its cut will not have to wait long.  False: it is moot. */
static bool
wait_for_turn(struct run *r, int64_t job)
{
	int64_t ahead = 4 * (int64_t)r->threads + 4;
	bool ok;

	pthread_mutex_lock(&r->lock);
	while (job >= r->merged + ahead && !is_moot_locked(r, job))
		pthread_cond_wait(&r->news, &r->lock);
	ok = !is_moot_locked(r, job);
	pthread_mutex_unlock(&r->lock);
	return ok;
}

static bool
wait_for_state(struct run *r, int64_t job, uint8_t *state)
{
	bool ok;

	pthread_mutex_lock(&r->lock);
	while (r->state[job - 1] == STATE_UNKNOWN && !is_moot_locked(r, job))
		pthread_cond_wait(&r->news, &r->lock);
	*state = r->state[job - 1];
	ok = *state != STATE_UNKNOWN;
	pthread_mutex_unlock(&r->lock);
	return ok;
}

static void
publish_state(struct run *r, int64_t job, uint8_t state)
{
	pthread_mutex_lock(&r->lock);
	r->state[job] = state;
	pthread_cond_broadcast(&r->news);
	pthread_mutex_unlock(&r->lock);
}

static bool
open_locked(struct run *r, uint32_t part, struct err *err)
{
	const struct scan *s = r->s;
	const struct part *p = &s->d->parts.v[part];
	struct open_part *o = &r->part[part];

	if (s->blocks != NULL)
		o->file = blocks_kept(s, part, &o->in);
	o->kept = o->file != NULL;
	return o->kept ? input_unchanged(o->in, p, err)
	               : s->d->driver->open(p, &o->in, err) && input_unchanged(o->in, p, err) &&
	                         (s->blocks == NULL || blocks_open(s, o->in, part, &o->file, err));
}

static void
close_part(const struct run *r, struct open_part *o)
{
	if (!o->kept) {
		if (o->file != NULL)
			r->s->driver->blocks->close(o->file);
		input_close(o->in);
	}
	o->file = NULL;
	o->in = NULL;
}

static bool
part_open(struct run *r, uint32_t part, struct input **ret, struct err *err)
{
	struct open_part *o = &r->part[part];
	bool ok = true;

	pthread_mutex_lock(&r->lock);
	if (o->in == NULL)
		ok = open_locked(r, part, err);
	*ret = o->in;
	pthread_mutex_unlock(&r->lock);
	return ok;
}

/* After the last morsel of a part: was it the same file all the time? */
static bool
part_close(struct run *r, uint32_t part, struct err *err)
{
	struct open_part *o = &r->part[part];
	bool ok = true;

	pthread_mutex_lock(&r->lock);
	if (--o->left == 0) {
		ok = input_unchanged(o->in, &r->s->d->parts.v[part], err);
		close_part(r, o);
	}
	pthread_mutex_unlock(&r->lock);
	return ok;
}

static void
merge_next_locked(struct run *r)
{
	int64_t job = r->merged;
	struct morsel *m = &r->s->morsel[morsel_of(r, job)];

	if (!r->s->counted) {
		if (job == 0 || r->s->morsel[morsel_of(r, job - 1)].part != m->part)
			r->rows = 0;
		m->row = r->rows;
	}
	r->rows = m->row + m->rows;
	if (r->cut[job] != NULL &&
	    !r->work->merge(r->work->ctx, r->cut[job], (struct row_at){m->part, m->row}))
		r->enough = true;
	r->cut[job] = NULL;
	r->merged++;
}

/* Reading ------------------------------------------------------------------------------------------------- */

/* A morsel on its way through a thread. */
struct task {
	struct run *r;
	struct worker *w;
	unsigned thread;
	int64_t job;
	struct morsel *m;
	const struct part *part;
	int64_t rows, malformed;                   /* so far */
	struct malformed_byte bad[MALFORMED_KEEP]; /* the first malformed records */
	uint32_t nbad;
	struct err *err;
};

/* Keeps the first malformed records of all, whoever is done first. */
static void
note_malformed_locked(struct scan *s, const struct task *t)
{
	for (uint32_t i = 0; i < t->nbad; i++) {
		struct malformed_byte b = t->bad[i];
		uint32_t k = s->nbad < MALFORMED_KEEP ? s->nbad++ : MALFORMED_KEEP;

		/* Insertion: a larger one moves up, the largest of a full list falls out. */
		for (; k > 0 && (s->bad[k - 1].part > b.part ||
		                 (s->bad[k - 1].part == b.part && s->bad[k - 1].offset > b.offset));
		     k--)
			if (k < MALFORMED_KEEP)
				s->bad[k] = s->bad[k - 1];
		if (k < MALFORMED_KEEP)
			s->bad[k] = b;
	}
}

/* Leaves a cut, and merges all whose turn has come. */
static void
hand_over(struct task *t)
{
	struct run *r = t->r;
	const struct scan_options *o = &r->s->o;
	void *cut = r->work->cut != NULL ? r->work->cut(r->work->ctx, t->thread) : NULL;

	pthread_mutex_lock(&r->lock);
	r->cut[t->job] = cut;
	r->done[t->job] = true;
	r->malformed += t->malformed;
	t->m->malformed = t->malformed;
	if (!r->s->counted) {
		t->m->rows = t->rows;
		note_malformed_locked(r->s, t);
	}
	while (r->merged < r->n && r->done[r->merged] && !r->enough)
		merge_next_locked(r);
	r->bytes += r->s->seekable[t->m->part] ? t->m->to - t->m->from : t->part->size_bytes;
	if (o->progress != NULL)
		o->progress(o->progress_ctx, r->bytes, r->total);
	pthread_cond_broadcast(&r->news);
	pthread_mutex_unlock(&r->lock);
}

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
	if (!first && !wait_for_state(t->r, t->job, in))
		return false;
	*out = s->driver->advance(s->d, body, survey, before, *in);
	publish_state(t->r, t->job, *out);
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
	return work->batch == NULL || b->rows + b->malformed == 0 ||
	       work->batch(work->ctx, t->thread, b, t->err);
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

static bool
check_limits(const struct task *t)
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
		if (!check_limits(t))
			return false;
	}
}

/* Rows of a block, as far as what is known of them does not do. */
static bool
read_block(struct task *t)
{
	const struct morsel_work *work = t->r->work;
	struct cursor *c = t->w->c;
	int64_t before = cursor_bytes(c);
	bool open = work->batch != NULL;

	cursor_seek(c, t->r->part[t->m->part].file, t->m);
	if (work->preview != NULL) {
		if (!work->preview(work->ctx, t->thread, cursor_preview(c), t->w->need, &open, t->err))
			return err_prefix(t->err, "'" SV_FMT "'", SV_ARG(t->part->name));
		cursor_want(c, t->w->need);
	}
	while (open && t->rows < t->m->rows) {
		int64_t rows = MIN(t->m->rows - t->rows, VECTOR_ROWS);
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
	t->rows = t->m->rows;
	count_bytes(t, cursor_bytes(c) - before);
	return check_limits(t);
}

/* True also if the morsel turned out to be moot. */
static bool
read_morsel(struct task *t, bool *moot)
{
	struct scan *s = t->r->s;
	struct sv text;

	if (!part_open(t->r, t->m->part, &t->w->w.in, t->err))
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

/* What a thread needs is made when it has work. */
static void
worker_begin(const struct run *r, struct worker *w)
{
	const struct scan *s = r->s;

	if (w->need != NULL)
		return;
	w->need = xcalloc(MAX(s->schema.n, 1u), sizeof(*w->need));
	w->folders = folder_lanes_new(s);
	for (uint32_t i = 0; i < s->schema.n; i++)
		w->need[i] = s->schema.col[i].of_path ? 0 : r->work->need[i];
	if (s->blocks != NULL)
		w->c = cursor_new(s, w->need);
	else
		w->r = s->driver->open(s->d, &s->schema, w->need);
}

static bool
run_job(void *ctx, int64_t job, unsigned thread)
{
	struct run *r = ctx;
	struct err err = {0};
	struct morsel *m = &r->s->morsel[morsel_of(r, job)];
	struct task t = {.r = r, .w = &r->worker[thread], .thread = thread, .job = job, .m = m, .err = &err};
	bool moot = false;

	t.part = &r->s->d->parts.v[m->part];
	if (!wait_for_turn(r, job))
		return true;
	worker_begin(r, t.w);
	if (!check_limits(&t) || !read_morsel(&t, &moot))
		return fail(r, job, &err);
	if (moot)
		return true;
	if (!part_close(r, m->part, &err))
		return fail(r, job, &err);
	hand_over(&t);
	return true;
}

/* The run ------------------------------------------------------------------------------------------------- */

static void
run_init(struct run *r, struct scan *s, const struct morsel_work *work)
{
	*r = (struct run){.s = s,
	                  .work = work,
	                  .n = work->pick != NULL ? work->npick : s->nmorsel,
	                  .failed = INT64_MAX};
	r->threads = pool_threads(s->o.pool);
	r->worker = xcalloc(r->threads, sizeof(*r->worker));
	r->part = xcalloc(MAX(s->d->parts.n, (size_t)1), sizeof(*r->part));
	r->state = xcalloc((size_t)r->n + 1, 1);
	r->done = xcalloc((size_t)r->n + 1, 1);
	r->cut = xcalloc((size_t)r->n + 1, sizeof(*r->cut));
	memset(r->state, STATE_UNKNOWN, (size_t)r->n);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->news, NULL);
	for (int64_t i = 0; i < r->n; i++) {
		const struct morsel *m = &s->morsel[morsel_of(r, i)];

		r->part[m->part].left++;
		r->total += s->seekable[m->part] ? m->to - m->from : s->d->parts.v[m->part].size_bytes;
	}
}

static void
run_fini(struct run *r)
{
	for (unsigned i = 0; i < r->threads; i++) {
		if (r->worker[i].r != NULL)
			r->s->driver->close(r->worker[i].r);
		cursor_free(r->worker[i].c);
		folder_lanes_free(r->worker[i].folders);
		free(r->worker[i].need);
		window_fini(&r->worker[i].w);
	}
	for (int64_t i = 0; i < r->n; i++)
		if (r->cut[i] != NULL)
			r->work->drop(r->cut[i]);
	for (size_t i = 0; i < r->s->d->parts.n; i++)
		close_part(r, &r->part[i]);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->news);
	free(r->worker);
	free(r->part);
	free(r->state);
	free(r->done);
	free(r->cut);
}

/* Parts that are still open, as enough was seen before their end. */
static bool
check_open_parts(const struct run *r, struct err *err)
{
	for (size_t i = 0; i < r->s->d->parts.n; i++)
		if (r->part[i].in != NULL && !input_unchanged(r->part[i].in, &r->s->d->parts.v[i], err))
			return false;
	return true;
}

bool
morsels_run(struct scan *s, const struct morsel_work *work, struct err *err)
{
	int64_t start_ns = clock_mono_ns();
	struct run r;
	bool ok;

	assert(work->pick == NULL || work->whole || s->counted);
	if (!s->counted)
		s->nbad = 0; /* what a run that had enough has left */
	run_init(&r, s, work);
	ok = pool_run(s->o.pool, r.n, run_job, &r);
	if (!ok && err != NULL)
		*err = r.err;
	ok = ok && check_open_parts(&r, err);
	if (ok && !s->counted && !r.enough && r.n == s->nmorsel)
		count_rows(s);
	if (ok && (work->pick == NULL || work->whole) && !r.enough)
		s->malformed = r.malformed;
	run_fini(&r);
	s->stage_ns[work->stage] += clock_mono_ns() - start_ns;
	return ok;
}
