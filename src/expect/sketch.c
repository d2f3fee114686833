#include "expect/sketch.h"

#include <math.h>
#include <stdlib.h>

#include "base/json_tree.h"
#include "base/num.h"
#include "expect/family.h"

const char *const sketch_kind_names[5] = {"numbers", "dates", "times", "categories", NULL};

/* Making --------------------------------------------------------------------------------------------------------------- */

static enum sketch_kind
kind_of(const struct metric_value *m)
{
	enum sketch_kind ret = SKETCH_NUMBERS;

	for (uint32_t i = 0; i < m->nlist; i++) {
		const struct type t = value_type(m->list[i]);
		const enum sketch_kind one = value_is_numeric(m->list[i]) ? SKETCH_NUMBERS
		                             : t.kind == TYPE_DATE        ? SKETCH_DATES
		                             : type_is_temporal(t)        ? SKETCH_TIMES
		                                                          : SKETCH_CATEGORIES;

		if (i > 0 && one != ret)
			return SKETCH_CATEGORIES;
		ret = one;
	}
	return ret;
}

static void
points_of(struct arena *a, const struct metric_value *m, struct sketch *ret)
{
	double *v = ARENA_ARRAY(a, double, m->nlist);
	int64_t *count = ARENA_ARRAY(a, int64_t, m->nlist);
	size_t n = 0;

	for (uint32_t i = 0; i < m->nlist; i++) {
		const double x = ret->kind == SKETCH_NUMBERS ? value_to_f64(m->list[i])
		                                             : (double)m->list[i].i;

		ret->sample.total += m->list_count[i];
		/* Whole numbers beyond 2^53 may be the same double. */
		if (n > 0 && v[n - 1] == x) {
			count[n - 1] += m->list_count[i];
			continue;
		}
		v[n] = x;
		count[n++] = m->list_count[i];
	}
	ret->sample.v = v;
	ret->sample.count = count;
	ret->sample.n = n;
	ret->exact = true;
}

struct category {
	struct sv label;
	int64_t count;
};

static int
by_label(const void *a, const void *b)
{
	return sv_cmp(((const struct category *)a)->label, ((const struct category *)b)->label);
}

static int
by_count(const void *a, const void *b)
{
	const struct category *x = a, *y = b;

	return x->count != y->count ? (x->count < y->count ? 1 : -1) : by_label(a, b);
}

static void
put_categories(struct arena *a, struct category *v, size_t n, struct sketch *ret)
{
	struct sv *label = ARENA_ARRAY(a, struct sv, n);
	int64_t *count = ARENA_ARRAY(a, int64_t, n);

	if (n > 1)
		qsort(v, n, sizeof(*v), by_label);
	for (size_t i = 0; i < n; i++) {
		label[i] = v[i].label;
		count[i] = v[i].count;
	}
	ret->label = label;
	ret->count = count;
	ret->n = n;
}

static void
categories_of(struct arena *a, const struct metric_value *m, struct sketch *ret)
{
	struct category *v = ARENA_ARRAY(a, struct category, m->nlist);

	for (uint32_t i = 0; i < m->nlist; i++) {
		struct json_writer w;
		struct buf b;

		buf_init(&b, (size_t)64 << 20);
		json_write_init(&w, &b, 0);
		value_to_json(m->list[i], &w);
		v[i] = (struct category){.label = buf_take(a, &b), .count = m->list_count[i]};
	}
	put_categories(a, v, m->nlist, ret);
	ret->exact = true;
}

void
sketch_of(struct arena *a, const struct metric_value *m, struct sketch *ret)
{
	*ret = (struct sketch){.kind = kind_of(m)};
	if (ret->kind == SKETCH_CATEGORIES)
		categories_of(a, m, ret);
	else
		points_of(a, m, ret);
}

/* Reducing ------------------------------------------------------------------------------------------------------------- */

/* One point under construction: what lies above the point before. */
struct heap {
	int64_t count, inside; /* inside: of values below its greatest */
	double moved;          /* at most: how far these are from the greatest, in sum */
	double least;
};

struct reducing {
	double *v;
	int64_t *count;
	size_t n;
	int64_t total, worst;
	double moved;
};

static void
put_point(struct reducing *r, struct heap *h, double greatest)
{
	if (h->count == 0)
		return;
	r->v[r->n] = greatest;
	r->count[r->n++] = h->count;
	r->worst = MAX(r->worst, h->inside);
	if (h->inside > 0)
		r->moved += (double)h->inside * (greatest - h->least);
	*h = (struct heap){.count = 0};
}

static void
reduce_points(struct arena *a, const struct drift_sample *s, struct sketch *ret)
{
	const int64_t most = MAX(s->total / SKETCH_POINTS, 1);
	struct reducing r = {.v = ARENA_ARRAY(a, double, s->n), .count = ARENA_ARRAY(a, int64_t, s->n)};
	struct heap h = {.count = 0};

	for (size_t i = 0; i < s->n; i++) {
		/* What is frequent by itself stands alone, so that it is exact. */
		if (s->count[i] >= most && h.count > 0)
			put_point(&r, &h, s->v[i - 1]);
		if (h.count == 0)
			h.least = s->v[i];
		h.inside = h.count;
		h.count += s->count[i];
		if (h.count >= most || i + 1 == s->n)
			put_point(&r, &h, s->v[i]);
	}
	ret->sample = (struct drift_sample){.v = r.v, .count = r.count, .n = r.n, .total = s->total};
	ret->exact = r.n == s->n;
	ret->error = (double)r.worst / (double)s->total;
	ret->shift = r.moved / (double)s->total;
}

static void
reduce_categories(struct arena *a, const struct sketch *s, struct sketch *ret)
{
	struct category *v = ARENA_ARRAY(a, struct category, s->n);

	for (size_t i = 0; i < s->n; i++)
		v[i] = (struct category){s->label[i], s->count[i]};
	if (s->n > 1)
		qsort(v, s->n, sizeof(*v), by_count);
	ret->rest = s->rest;
	for (size_t i = SKETCH_POINTS; i < s->n; i++)
		ret->rest += v[i].count;
	put_categories(a, v, MIN(s->n, (size_t)SKETCH_POINTS), ret);
	ret->exact = ret->rest == 0;
}

void
sketch_reduce(struct arena *a, const struct sketch *whole, struct sketch *ret)
{
	*ret = *whole;
	if (whole->kind == SKETCH_CATEGORIES)
		reduce_categories(a, whole, ret);
	else if (whole->sample.n > SKETCH_POINTS)
		reduce_points(a, &whole->sample, ret);
}

/* As JSON -------------------------------------------------------------------------------------------------------------- */

/* What JSON has no number for stands as text. */
static void
put_number(struct json_writer *w, double v)
{
	char text[NUM_MAX];

	if (isfinite(v))
		json_f64(w, v);
	else
		json_str(w, num_f64_format(v, text));
}

static void
put_pair(struct json_writer *w, const struct sketch *s, size_t i)
{
	json_array_inline(w);
	if (s->kind == SKETCH_CATEGORIES)
		json_sv(w, s->label[i]);
	else
		put_number(w, s->sample.v[i]);
	json_i64(w, s->kind == SKETCH_CATEGORIES ? s->count[i] : s->sample.count[i]);
	json_array_end(w);
}

void
sketch_write(struct json_writer *w, const struct sketch *s)
{
	const size_t n = s->kind == SKETCH_CATEGORIES ? s->n : s->sample.n;

	json_object_inline(w);
	json_put_str(w, "kind", sketch_kind_names[s->kind]);
	json_put_bool(w, "exact", s->exact);
	json_put_f64(w, "error", s->error);
	json_key(w, "shift");
	put_number(w, s->shift);
	json_put_i64(w, "rest", s->rest);
	json_key(w, "points");
	json_array_inline(w);
	for (size_t i = 0; i < n; i++)
		put_pair(w, s, i);
	json_array_end(w);
	json_object_end(w);
}

static bool
number_in(const struct json_value *v, double *ret)
{
	return v != NULL && (v->kind == JSON_IS_NUMBER || v->kind == JSON_IS_STRING) && num_f64(v->text, ret);
}

static bool
count_in(const struct json_value *v, int64_t *ret)
{
	return v != NULL && v->kind == JSON_IS_NUMBER && num_i64(v->text, ret) && *ret >= 0;
}

static bool
read_points(struct arena *a, const struct json_value *list, struct sketch *s)
{
	double *v = ARENA_ARRAY(a, double, list->n);
	struct sv *label = ARENA_ARRAY(a, struct sv, list->n);
	int64_t *count = ARENA_ARRAY(a, int64_t, list->n), total = s->rest;
	const bool named = s->kind == SKETCH_CATEGORIES;

	for (size_t i = 0; i < list->n; i++) {
		const struct json_value *pair = &list->kid[i];

		if (pair->kind != JSON_IS_ARRAY || pair->n != 2 || !count_in(&pair->kid[1], &count[i]) ||
		    (named ? pair->kid[0].kind != JSON_IS_STRING : !number_in(&pair->kid[0], &v[i])))
			return false;
		label[i] = pair->kid[0].text;
		/* In order, else what follows would count wrongly. */
		if (i > 0 && (named ? sv_cmp(label[i - 1], label[i]) >= 0 : !(v[i - 1] < v[i])))
			return false;
		if (__builtin_add_overflow(total, count[i], &total))
			return false;
	}
	if (named) {
		s->label = label;
		s->count = count;
		s->n = list->n;
	} else {
		s->sample = (struct drift_sample){.v = v, .count = count, .n = list->n, .total = total};
	}
	return total > 0;
}

static bool
read_kind(const struct json_value *v, enum sketch_kind *ret)
{
	for (int i = 0; v != NULL && sketch_kind_names[i] != NULL; i++)
		if (sv_is(v->text, sketch_kind_names[i])) {
			*ret = (enum sketch_kind)i;
			return true;
		}
	return false;
}

bool
sketch_read(struct arena *a, struct sv json, struct sketch *ret, struct err *err)
{
	struct sketch s = {.exact = false};
	struct json_value v;
	const struct json_value *exact, *points;

	if (json_tree_parse(a, json, &v, err) != JSON_TREE_OK)
		return err_set(err, ERR_STORE, NOWHERE, "the distribution on record cannot be read");
	exact = json_tree_get(&v, SV("exact"));
	points = json_tree_get(&v, SV("points"));
	if (!read_kind(json_tree_get(&v, SV("kind")), &s.kind) || exact == NULL ||
	    exact->kind != JSON_IS_BOOL || !number_in(json_tree_get(&v, SV("error")), &s.error) ||
	    !number_in(json_tree_get(&v, SV("shift")), &s.shift) ||
	    !count_in(json_tree_get(&v, SV("rest")), &s.rest) || points == NULL ||
	    points->kind != JSON_IS_ARRAY || !read_points(a, points, &s))
		return err_set(err, ERR_STORE, NOWHERE, "the distribution on record cannot be read");
	s.exact = exact->b;
	*ret = s;
	return true;
}

/* Comparing ------------------------------------------------------------------------------------------------------------ */

void
sketch_categories(struct arena *a, const struct sketch *p, const struct sketch *q, int64_t **pcount,
                  int64_t **qcount, size_t *n)
{
	int64_t *x = ARENA_ARRAY(a, int64_t, p->n + q->n + 1), *y = ARENA_ARRAY(a, int64_t, p->n + q->n + 1);
	/* What one of them does not name may be in its rest. */
	const bool rest = p->rest > 0 || q->rest > 0;
	int64_t px = p->rest, qx = q->rest;
	size_t i = 0, k = 0, m = 0;

	while (i < p->n || k < q->n) {
		int order = i == p->n ? 1 : k == q->n ? -1 : sv_cmp(p->label[i], q->label[k]);

		if (order == 0) {
			x[m] = p->count[i++];
			y[m++] = q->count[k++];
		} else if (order < 0 && q->rest > 0) {
			px += p->count[i++];
		} else if (order > 0 && p->rest > 0) {
			qx += q->count[k++];
		} else if (order < 0) {
			x[m++] = p->count[i++];
		} else {
			y[m++] = q->count[k++];
		}
	}
	if (rest) {
		x[m] = px;
		y[m++] = qx;
	}
	*pcount = x;
	*qcount = y;
	*n = m;
}

/* The points at or above the quantiles, each once; the last would have nothing above it. */
static size_t
edges_of_summary(const struct drift_sample *q, size_t bins, double *edge)
{
	size_t n = 0, at = 0;
	int64_t below = q->count[0];

	for (size_t i = 1; i < bins; i++) {
		while (at + 1 < q->n && (double)below * (double)bins < (double)i * (double)q->total)
			below += q->count[++at];
		if (at + 1 < q->n && (n == 0 || edge[n - 1] < q->v[at]))
			edge[n++] = q->v[at];
	}
	return n;
}

void
sketch_bins(struct arena *a, const struct sketch *p, const struct sketch *q, size_t bins, int64_t **pcount,
            int64_t **qcount, size_t *n)
{
	double *edge = ARENA_ARRAY(a, double, bins);
	const size_t nedge = q->exact ? drift_edges(&q->sample, bins, edge)
	                              : edges_of_summary(&q->sample, bins, edge);

	*pcount = ARENA_ARRAY(a, int64_t, nedge + 1);
	*qcount = ARENA_ARRAY(a, int64_t, nedge + 1);
	*n = nedge + 1;
	drift_bin(&p->sample, edge, nedge, *pcount);
	drift_bin(&q->sample, edge, nedge, *qcount);
}
