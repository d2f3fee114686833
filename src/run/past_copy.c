#include "run/past_copy.h"

#include <math.h>

#include "catalog/partition.h"
#include "run/internal.h"

/*
 * So many points in one copy, and partitions of one question: some 16 MB as JSON.  Who judges more at once has partitions that are
 * each compared with their own runs.
 */
enum { POINTS_MAX = 100000, PARTITIONS_MAX = 10000 };

/* Making one ----------------------------------------------------------------------------------------------------------- */

struct copying {
	struct workspace *w;
	const struct asset *asset;
	struct sv partition;
	size_t points;
};

/* Its key; of several ("A..B", or what is no partition) all are copied. */
static struct sv
single(struct arena *a, const struct asset *asset, struct sv text)
{
	struct partition p;

	return text.n > 0 && partition_parse(a, asset, text, &p, NULL) ? p.key : (struct sv){0};
}

static bool
too_much(const struct copying *x, struct err *err)
{
	err_set(err, ERR_LIMIT, NOWHERE,
	        "the past of all partitions of '" SV_FMT "' is too much to hand over", SV_ARG(x->asset->key));
	return err_hint(err, "check some partitions at a time with --partition");
}

/* Those of which there may be an answer. */
static bool
list_partitions(struct copying *x, const struct past_question *q, struct sv **ret, size_t *n, struct err *err)
{
	if (x->asset->ndim == 0 || x->partition.n > 0) {
		*ret = ARENA_NEW(x->w->a, struct sv);
		**ret = x->partition;
		*n = 1;
		return true;
	}
	return q->kind == PAST_RUNS
	               ? store_point_partitions(x->w->store, x->w->a, x->asset->key, q->name, ret, n, err)
	               : store_judged_partitions(x->w->store, x->w->a, x->asset->key, ret, n, err);
}

static bool
copy_points(struct copying *x, const struct past_question *q, struct sv partition, struct past_answer *ret,
            struct err *err)
{
	struct metric_point *p;
	struct workspace *w = x->w;

	if (q->kind == PAST_PARTITIONS
	            ? !run_partition_points(w, x->asset, q->name, x->partition, &p, &ret->npoint, err)
	            : !run_metric_points(w, x->asset->key, q->name, partition, &p, &ret->npoint, err))
		return false;
	ret->point = p;
	x->points += ret->npoint;
	return true;
}

static bool
copy_result(struct copying *x, const struct past_question *q, struct past_answer *ret, struct err *err)
{
	struct past_observation *v = ARENA_ARRAY(x->w->a, struct past_observation, 2);
	const struct past_data any = {0};
	struct past_data other;

	ret->seen = v;
	if (!run_stored_result(x->w, x->asset->key, q, &any, &v[0], err))
		return false;
	ret->nseen = v[0].value.n > 0;
	/* What has no version is other data whatever lies there. */
	if (ret->nseen == 0 || v[0].version.n == 0)
		return true;
	other = (struct past_data){.partition = v[0].partition, .version = v[0].version, .value = v[0].value};
	if (!run_stored_result(x->w, x->asset->key, q, &other, &v[1], err))
		return false;
	ret->nseen += v[1].value.n > 0;
	return true;
}

static bool
copy_answer(struct copying *x, const struct past_question *q, struct sv partition, struct past_answer *ret,
            struct err *err)
{
	*ret = (struct past_answer){.partition = partition, .number = NAN};
	switch (q->kind) {
	case PAST_RUNS:
	case PAST_PARTITIONS:
		return copy_points(x, q, partition, ret, err);
	case PAST_LAST_GOOD:
		return run_last_good_number(x->w, x->asset->key, partition, q->name, &ret->number, err);
	case PAST_RESULT:
		return copy_result(x, q, ret, err);
	case PAST_SKETCH:
	case PAST_SKETCHES:
		return run_sketches(x->w, x->asset, x->partition, partition, q->name, ret, err);
	}
	return err_set(err, ERR_INTERNAL, NOWHERE, "there is no such past");
}

/* What is asked of no partition in particular has one answer. */
static bool
is_of_all(enum past_kind kind)
{
	return kind == PAST_PARTITIONS || kind == PAST_RESULT || kind == PAST_SKETCHES;
}

static bool
copy_record(struct copying *x, const struct past_question *q, struct past_record *ret, struct err *err)
{
	struct sv whole = {0}, *partition = &whole;
	struct past_answer *v;
	struct err why = {0};
	size_t n = 1, kept = 0;

	*ret = (struct past_record){.kind = q->kind, .name = q->name, .good = q->good};
	if (!is_of_all(q->kind) && !list_partitions(x, q, &partition, &n, err))
		return false;
	if (n > PARTITIONS_MAX)
		return !too_much(x, &ret->err);
	v = ARENA_ARRAY(x->w->a, struct past_answer, n);
	for (size_t i = 0; i < n; i++) {
		if (!copy_answer(x, q, partition[i], &v[kept], &why)) {
			/* What is too much is the trouble of who asks for it alone. */
			ret->err = why;
			if (why.code == ERR_LIMIT)
				return true;
			if (err != NULL)
				*err = why;
			return false;
		}
		kept += v[kept].npoint > 0 || v[kept].nseen > 0 || v[kept].nsketch > 0 ||
		        !isnan(v[kept].number);
		if (x->points > POINTS_MAX)
			return !too_much(x, &ret->err);
	}
	ret->answer = v;
	ret->n = kept;
	return true;
}

static void
list_questions(struct arena *a, const struct asset *asset, const struct check *const *c, size_t n,
               struct past_questions *ret)
{
	const bool timed = run_is_timed(asset);

	for (size_t i = 0; i < n; i++)
		past_ask(a, c[i], timed, ret);
}

bool
past_copy_make(struct workspace *w, const struct asset *asset, const struct check *const *c, size_t n,
               struct sv text, struct past_copy *ret, struct err *err)
{
	struct copying x = {.w = w, .asset = asset, .partition = single(w->a, asset, text)};
	struct past_questions q = {0};
	struct past_record *record;

	list_questions(w->a, asset, c, n, &q);
	record = ARENA_ARRAY(w->a, struct past_record, q.list.n);
	for (size_t i = 0; i < q.list.n; i++)
		if (!copy_record(&x, &q.list.v[i], &record[i], err))
			return false;
	*ret = (struct past_copy){
		.asset = asset->key, .partition = x.partition, .record = record, .n = q.list.n};
	return true;
}

bool
past_copy_wanted(struct arena *a, const struct asset *asset, const struct checks *c)
{
	struct past_questions q = {0};

	for (size_t i = 0; i < c->n && q.list.n == 0; i++)
		past_ask(a, &c->v[i], run_is_timed(asset), &q);
	return q.list.n > 0;
}

/* Asking it ------------------------------------------------------------------------------------------------------------ */

static const struct past_copy *
copy_of(const struct workspace *w, struct sv asset)
{
	for (size_t i = 0; i < w->npast; i++)
		if (sv_eq(w->past[i].asset, asset))
			return &w->past[i];
	return NULL;
}

static const struct past_record *
record_of(const struct past_copy *copy, enum past_kind kind, struct sv name, bool good)
{
	for (size_t i = 0; i < copy->n; i++)
		if (copy->record[i].kind == kind && copy->record[i].good == good &&
		    sv_eq(copy->record[i].name, name))
			return &copy->record[i];
	return NULL;
}

static bool
not_handed_over(struct sv asset, struct err *err)
{
	err_set(err, ERR_EVAL, NOWHERE, "what was found before of '" SV_FMT "' was not handed over",
	        SV_ARG(asset));
	return err_hint(err,
	                "the catalog here and the one where the state is may differ: bring both to the same");
}

bool
run_past_answer(const struct workspace *w, struct sv asset, struct sv partition,
                const struct past_question *q, const struct past_answer **ret, struct err *err)
{
	static const struct past_answer nothing = {.number = NAN};
	const struct past_copy *copy = copy_of(w, asset);
	const struct past_record *record;

	if (copy == NULL)
		return not_handed_over(asset, err);
	if (copy->err.code != ERR_NONE) {
		*err = copy->err;
		return err_prefix(err, "what was found before is not known");
	}
	record = record_of(copy, q->kind, q->name, q->good);
	if (record == NULL)
		return not_handed_over(asset, err);
	if (record->err.code != ERR_NONE) {
		*err = record->err;
		return false;
	}
	if (is_of_all(q->kind)) {
		*ret = record->n > 0 ? &record->answer[0] : &nothing;
		return true;
	}
	if (copy->partition.n > 0 && !sv_eq(copy->partition, partition))
		return not_handed_over(asset, err);
	*ret = &nothing;
	for (size_t i = 0; i < record->n; i++)
		if (sv_eq(record->answer[i].partition, partition))
			*ret = &record->answer[i];
	return true;
}
