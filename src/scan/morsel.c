/*
 * Morsels are taken in order, so whoever waits for the morsel before waits for a thread that is at work; the first morsel of
 * all never waits.  One lock guards what threads tell each other: border states, finished cuts, failure.  It is taken a few
 * times a morsel, which is some hundred kilobytes.
 */
#include "scan/morsel_run.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"

#define MORSEL_BYTES ((size_t)512 * 1024)
enum {
	MORSELS_MAX = 1 << 18, /* their directory stays under 20 MiB: beyond 128 GiB morsels become larger */
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

void
morsels_counted(struct scan *s)
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
		morsels_counted(s);
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

bool
run_wait_for_state(struct run *r, int64_t job, uint8_t *state)
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

void
run_publish_state(struct run *r, int64_t job, uint8_t state)
{
	pthread_mutex_lock(&r->lock);
	r->state[job] = state;
	pthread_cond_broadcast(&r->news);
	pthread_mutex_unlock(&r->lock);
}

bool
run_flush(struct run *r, int64_t job, unsigned thread)
{
	bool ok;

	pthread_mutex_lock(&r->lock);
	while (r->merged < job && !is_moot_locked(r, job))
		pthread_cond_wait(&r->news, &r->lock);
	ok = !is_moot_locked(r, job);
	pthread_mutex_unlock(&r->lock);
	/* Nobody else merges now: all others come after this job. */
	if (!ok || r->work->flush(r->work->ctx, thread))
		return ok;
	pthread_mutex_lock(&r->lock);
	r->enough = true;
	pthread_cond_broadcast(&r->news);
	pthread_mutex_unlock(&r->lock);
	return false;
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

bool
run_open_part(struct run *r, uint32_t part, struct input **ret, struct err *err)
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

/* The jobs ------------------------------------------------------------------------------------------------ */

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
	if (!task_check_limits(&t) || !task_read(&t, &moot))
		return t.moot || fail(r, job, &err);
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
		morsels_counted(s);
	if (ok && (work->pick == NULL || work->whole) && !r.enough)
		s->malformed = r.malformed;
	run_fini(&r);
	s->stage_ns[work->stage] += clock_mono_ns() - start_ns;
	return ok;
}
