/* What is done with the rows: the pass over all metrics, and the second looks for failing checks. */
#include <pthread.h>
#include <stdlib.h>

#include "metric/keyset.h"
#include "scan/morsel.h"
#include "scan/reuse.h"

/* The pass ------------------------------------------------------------------------------------------------ */

struct passes {
	struct pass **pass; /* by thread */
	struct merge *merge;
	struct reuse *reuse; /* NULL = all parts are read */
	uint32_t ncolumn;
};

static bool
run_batch(void *ctx, unsigned thread, const struct batch *b, struct err *err)
{
	struct passes *p = ctx;

	return pass_update(p->pass[thread], b, err);
}

static bool
run_preview(void *ctx, unsigned thread, const struct preview *v, unsigned *need, bool *open, bool *pieces,
            struct err *err)
{
	struct passes *p = ctx;

	return pass_preview(p->pass[thread], v, need, p->ncolumn, open, pieces, err);
}

static bool
run_preview_piece(void *ctx, unsigned thread, const struct preview *v, unsigned *need, bool *open,
                  struct err *err)
{
	struct passes *p = ctx;

	return pass_preview_piece(p->pass[thread], v, need, p->ncolumn, open, err);
}

static void *
run_cut(void *ctx, unsigned thread)
{
	struct passes *p = ctx;

	return pass_cut(p->pass[thread]);
}

static bool
run_merge(void *ctx, void *cut, struct row_at at)
{
	struct passes *p = ctx;

	if (p->reuse != NULL)
		reuse_cut(p->reuse, cut, at);
	else
		merge_cut(p->merge, cut, at.row);
	return true;
}

static void
run_drop(void *cut)
{
	cut_free(cut);
}

/* For tests, which compare with what is read without any statistics. */
static bool
metadata_wanted(void)
{
	const char *text = getenv("WEIR_METADATA");

	return text == NULL || strcmp(text, "off") != 0;
}

static unsigned *
new_needs(const struct scan *s)
{
	return xcalloc(MAX(s->schema.n, 1u), sizeof(unsigned));
}

/* The places of malformed records, for those who count them. */
static bool
tell_malformed(struct scan *s, const struct metric *const *m, uint32_t n, struct arena *a,
               struct metric_value *value, struct err *err)
{
	for (uint32_t i = 0; i < n; i++) {
		struct metric_value *v = &value[m[i]->id];
		struct malformed_at *at;

		if (m[i]->kind != &metric_malformed || v->failed || v->count == 0)
			continue;
		at = ARENA_ARRAY(a, struct malformed_at, MALFORMED_KEEP);
		v->malformed = at;
		if (!scan_malformed(s, at, &v->nmalformed, err))
			return false;
	}
	return true;
}

/* The passes of all threads over all morsels that are to be read, merged. */
static bool
run_passes(struct scan *s, struct pass_plan *plan, struct passes *p, const unsigned *need, struct err *err)
{
	unsigned threads = pool_threads(s->o.pool);
	struct morsel_work work = {.ctx = p,
	                           .need = need,
	                           .preview = metadata_wanted() ? run_preview : NULL,
	                           .preview_piece = run_preview_piece,
	                           .batch = run_batch,
	                           .cut = run_cut,
	                           .merge = run_merge,
	                           .drop = run_drop};
	bool ok;

	p->pass = xcalloc(threads, sizeof(*p->pass));
	for (unsigned i = 0; i < threads; i++)
		p->pass[i] = pass_new(plan, s->o.memory_bytes / threads);
	if (p->reuse != NULL) {
		work.pick = reuse_pick(p->reuse, &work.npick);
		work.whole = work.pick != NULL;
		reuse_begin(p->reuse, p->merge);
	}
	ok = morsels_run(s, &work, err);
	if (ok && p->reuse != NULL)
		reuse_end_cuts(p->reuse);
	for (unsigned i = 0; i < threads; i++) {
		if (ok)
			merge_pass(p->merge, p->pass[i]);
		pass_free(p->pass[i]);
	}
	free(p->pass);
	if (ok && p->reuse != NULL)
		reuse_save(p->reuse);
	return ok;
}

/* What of the parts has to be looked at, if anything. */
static bool
run_open(struct scan *s, struct passes *p, const struct metric *const *m, uint32_t n, struct arena *a,
         struct metric_value *value, struct explained *x, struct err *err)
{
	AUTO(pass_plan) plan = pass_plan_new(m, n, value);
	unsigned *need = new_needs(s);
	bool ok;

	if (p->reuse != NULL)
		reuse_plan(p->reuse, plan);
	/* What the threads hold is theirs until the end, and goes over into one then. */
	p->merge = merge_new(plan, p->reuse != NULL ? reuse_memory(p->reuse) : s->o.memory_bytes);
	pass_plan_spill(plan, s->o.spill_folder);
	for (uint32_t i = 0; i < s->schema.n; i++) {
		need[i] = pass_plan_need(plan, i);
		s->needed[i] |= need[i];
	}
	ok = run_passes(s, plan, p, need, err);
	if (ok) {
		merge_share(p->merge, s->o.pool);
		merge_final(p->merge, a, value);
	}
	for (uint32_t i = 0; ok && i < n; i++)
		x[m[i]->id] = (struct explained){m[i], merge_reads(p->merge)[i],
		                                 p->reuse != NULL ? reuse_unkept(p->reuse, i) : 0};
	merge_free(p->merge);
	if (p->reuse != NULL)
		reuse_unplan(p->reuse);
	free(need);
	return ok;
}

/* By id: how many there may be. */
static size_t
count_ids(const struct metric *const *m, uint32_t n)
{
	size_t ids = 0;

	for (uint32_t i = 0; i < n; i++)
		ids = MAX(ids, (size_t)m[i]->id + 1);
	return ids;
}

bool
scan_run(struct scan *s, const struct metric *const *m, uint32_t n, struct arena *a,
         struct metric_value *value, struct err *err)
{
	AUTO(reuse) reuse = reuse_new(s, m, n, a, value);
	struct passes p = {.reuse = reuse, .ncolumn = s->schema.n};
	struct explained *x = ARENA_ARRAY(s->a, struct explained, count_ids(m, n)); /* by id */
	const struct metric *const *open = m;
	uint32_t nopen = n;

	if (reuse != NULL)
		open = reuse_open(reuse, &nopen);
	if ((reuse == NULL || nopen > 0) && !run_open(s, &p, open, nopen, a, value, x, err))
		return false;
	if (reuse != NULL && nopen == 0)
		reuse_save(reuse);
	if (reuse != NULL)
		reuse_end(reuse, value);
	for (uint32_t i = 0; i < n; i++) {
		x[m[i]->id].m = m[i];
		*LIST_ADD(s->a, &s->explained) = x[m[i]->id];
	}
	return tell_malformed(s, m, n, a, value, err);
}

/* Rows by number ------------------------------------------------------------------------------------------ */

struct fetch {
	struct scan *s;
	const struct row_at *at; /* ascending */
	uint32_t n;
	const struct column *const *col;
	uint32_t ncol;
	pthread_mutex_t lock; /* of the arena */
	struct arena *a;
	struct value *out;
};

static bool
is_before(struct row_at a, struct row_at b)
{
	return a.part != b.part ? a.part < b.part : a.row < b.row;
}

/* The first of the wanted rows that is not before this one. */
static uint32_t
first_from(const struct fetch *f, struct row_at from)
{
	uint32_t lo = 0, hi = f->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (is_before(f->at[mid], from))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool
fetch_batch(void *ctx, unsigned thread UNUSED, const struct batch *b, struct err *err UNUSED)
{
	struct fetch *f = ctx;
	struct row_at end = {.part = b->at.part, .row = b->at.row + b->rows};

	pthread_mutex_lock(&f->lock);
	for (uint32_t i = first_from(f, b->at); i < f->n && is_before(f->at[i], end); i++)
		for (uint32_t j = 0; j < f->ncol; j++) {
			const struct vector *v = b->column[f->col[j]->index];

			f->out[(size_t)i * f->ncol + j] = value_copy(
				f->a, vector_shown(v, (uint32_t)(f->at[i].row - b->at.row)));
		}
	pthread_mutex_unlock(&f->lock);
	return true;
}

static bool
fetch_wants(void *ctx, struct row_at from, int64_t rows)
{
	const struct fetch *f = ctx;
	uint32_t i = first_from(f, from);

	return i < f->n && is_before(f->at[i], (struct row_at){from.part, from.row + rows});
}

/* The morsels that hold wanted rows. */
static int64_t *
pick_morsels(const struct fetch *f, int64_t *n)
{
	int64_t *pick = xcalloc(MAX(f->n, 1u), sizeof(*pick));

	*n = 0;
	for (int64_t k = 0; k < f->s->nmorsel; k++) {
		const struct morsel *m = &f->s->morsel[k];
		uint32_t i = first_from(f, (struct row_at){m->part, m->row});

		if (i < f->n && f->at[i].part == m->part && f->at[i].row < m->row + m->rows)
			pick[(*n)++] = k;
	}
	return pick;
}

bool
scan_count(struct scan *s, struct err *err)
{
	unsigned *need;
	bool ok;

	if (s->counted)
		return true;
	need = new_needs(s);
	ok = morsels_run(s, &(struct morsel_work){.stage = SCAN_SAMPLES, .need = need}, err);
	free(need);
	return ok;
}

bool
scan_fetch(struct scan *s, const struct row_at *at, uint32_t n, const struct column *const *col,
           uint32_t ncol, struct arena *a, struct value *out, struct err *err)
{
	struct fetch f = {.s = s, .at = at, .n = n, .col = col, .ncol = ncol, .a = a, .out = out};
	unsigned *need;
	int64_t *pick, npick;
	bool ok;

	if (!scan_count(s, err))
		return false;
	for (size_t i = 0; i < (size_t)n * ncol; i++)
		out[i] = VALUE_NONE;
	need = new_needs(s);
	for (uint32_t j = 0; j < ncol; j++)
		need[col[j]->index] = NEED_PRESENCE | NEED_TEXT | NEED_VALUE;
	pick = pick_morsels(&f, &npick);
	pthread_mutex_init(&f.lock, NULL);
	ok = morsels_run(s,
	                 &(struct morsel_work){
				 .ctx = &f,
				 .stage = SCAN_SAMPLES,
				 .need = need,
				 .pick = pick,
				 .npick = npick,
				 .wants = fetch_wants,
				 .batch = fetch_batch,
			 },
	                 err);
	pthread_mutex_destroy(&f.lock);
	free(pick);
	free(need);
	return ok;
}

/* Rows by what is in them --------------------------------------------------------------------------------- */

/* Rows found in one morsel. */
struct found {
	uint32_t n;
	struct row_at at[];
};

struct finder {
	const struct expr *where;
	const struct expr *const *tuple;
	uint32_t ntuple;
	const struct keyset *keys;
	uint32_t keep;
	struct eval **eval;   /* by thread */
	struct found **found; /* by thread: of the morsel that it is at, or NULL */
	struct found *all;
};

static struct found *
found_add(struct found *f, struct row_at at, uint32_t keep)
{
	/* Grows by doubling: full at each power of two. */
	if (f == NULL)
		f = xcalloc(1, sizeof(*f));
	if ((f->n & (f->n - 1)) == 0 || f->n == 0) {
		size_t room = f->n == 0 ? 1 : 2 * (size_t)f->n;

		f = xrealloc(f, sizeof(*f) + MIN(room, (size_t)keep) * sizeof(f->at[0]));
	}
	f->at[f->n++] = at;
	return f;
}

/*
 * Is the tuple of row i in the set?  A lone null is in none, but in longer tuples null equals null, as where the set was made.
 * Tuples with a value that could not be computed are in none either.
 */
static bool
in_keys(const struct finder *f, const struct vector *const *v, uint32_t i)
{
	struct value key[METRIC_ARGS_MAX];

	for (uint32_t k = 0; k < f->ntuple; k++) {
		if (v[k]->error != NULL && bit_get(v[k]->error, i))
			return false;
		key[k] = vector_value(v[k], i);
	}
	return (f->ntuple > 1 || key[0].kind != VALUE_NULL) &&
	       keyset_has(f->keys, tuple_hash(key, f->ntuple));
}

static bool
find_batch(void *ctx, unsigned thread, const struct batch *b, struct err *err)
{
	struct finder *f = ctx;
	struct eval *e = f->eval[thread];
	const struct vector *where = NULL, *v[METRIC_ARGS_MAX];

	eval_batch(e, b);
	if (f->where != NULL && !eval_expr(e, f->where, &where, err))
		return false;
	for (uint32_t k = 0; k < f->ntuple; k++)
		if (!eval_expr(e, f->tuple[k], &v[k], err))
			return false;
	for (uint32_t i = 0; i < b->rows; i++) {
		if (f->found[thread] != NULL && f->found[thread]->n >= f->keep)
			break;
		if (where != NULL && !(bit_get(where->valid, i) && vector_value(where, i).b))
			continue;
		if (f->ntuple == 0 || in_keys(f, v, i))
			f->found[thread] = found_add(f->found[thread],
			                             (struct row_at){b->at.part, b->at.row + i}, f->keep);
	}
	return true;
}

static void *
find_cut(void *ctx, unsigned thread)
{
	struct finder *f = ctx;

	return STEAL(f->found[thread]);
}

static bool
find_merge(void *ctx, void *cut, struct row_at at)
{
	struct finder *f = ctx;
	struct found *from = cut;

	for (uint32_t i = 0; i < from->n && (f->all == NULL || f->all->n < f->keep); i++)
		f->all = found_add(f->all, (struct row_at){from->at[i].part, from->at[i].row + at.row},
		                   f->keep);
	free(from);
	return f->all->n < f->keep;
}

static void
add_need(void *ctx, const struct column *c, unsigned need)
{
	unsigned *needs = ctx;

	needs[c->index] |= need;
}

bool
scan_find(struct scan *s, const struct expr *where, const struct expr *const *tuple, uint32_t ntuple,
          const struct keyset *keys, uint32_t keep, struct arena *a, struct row_at **at, uint32_t *n,
          struct err *err)
{
	unsigned threads = pool_threads(s->o.pool), *need = new_needs(s);
	struct finder f = {.where = where, .tuple = tuple, .ntuple = ntuple, .keys = keys, .keep = keep};
	bool ok = true;

	f.eval = xcalloc(threads, sizeof(*f.eval));
	f.found = xcalloc(threads, sizeof(*f.found));
	for (unsigned i = 0; i < threads; i++)
		f.eval[i] = eval_new();
	if (where != NULL)
		expr_needs(where, add_need, need);
	for (uint32_t k = 0; k < ntuple; k++)
		expr_needs(tuple[k], add_need, need);
	if (keep > 0)
		ok = morsels_run(s,
		                 &(struct morsel_work){.ctx = &f,
		                                       .stage = SCAN_SAMPLES,
		                                       .need = need,
		                                       .batch = find_batch,
		                                       .cut = find_cut,
		                                       .merge = find_merge,
		                                       .drop = free},
		                 err);
	if (ok) {
		*n = f.all != NULL ? f.all->n : 0;
		*at = ARENA_ARRAY(a, struct row_at, *n);
		if (*n > 0)
			memcpy(*at, f.all->at, *n * sizeof(**at));
	}
	for (unsigned i = 0; i < threads; i++) {
		eval_free(f.eval[i]);
		free(f.found[i]);
	}
	free(f.eval);
	free(f.found);
	free(f.all);
	free(need);
	return ok;
}
