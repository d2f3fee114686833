/*
 * `by`: a verdict for each value of some columns.
 *
 *	first pass     the distinct tuples of the columns, among the rows that count
 *	               region: eu, us, null
 *	second pass    the check, bound once for each of them with one more condition in its filter
 *	               … where region = 'eu', … where region = 'us', … where region IS NULL
 *
 * So each segment is judged as if it were alone, with all that the check says of thresholds and shares, and no engine knows of segments.
 */
#include <stdlib.h>

#include "expect/family.h"
#include "expect/segments.h"

enum { TOLD = 5 };

bool
segments_of(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct expr **by = ARENA_ARRAY(b->a, const struct expr *, c->nby);

	for (uint32_t i = 0; i < c->nby; i++) {
		by[i] = bind_column(b, c->by[i], c->by_loc, err);
		if (by[i] == NULL)
			return false;
		if (by[i]->column->pii) {
			err_set(err, ERR_ARG, c->by_loc,
			        "column '" SV_FMT "' is pii, and its values would name the segments",
			        SV_ARG(c->by[i]));
			return err_hint(err, "choose a column whose values may be shown");
		}
	}
	ret->by = by;
	ret->groups = metric_get(b->m, &metric_groups, by, c->nby, ret->where,
	                         (struct metric_params){.keep = c->by_limit, .flag = true});
	return true;
}

/* The check's filter, and the columns have the segment's values. */
static const struct expr *
segment_filter(struct binder *b, const struct bound *whole, const struct value *tuple, struct err *err)
{
	const struct expr *ret = whole->where;

	for (uint32_t i = 0; i < whole->check->nby; i++) {
		const struct value *v = &tuple->list[i];
		const struct expr *is = v->kind == VALUE_NULL
		                                ? expr_call1(b->x, OP_IS_NULL, whole->by[i], err)
		                                : expr_call2(b->x, OP_EQ, whole->by[i],
		                                             expr_literal(b->x, *v), err);

		ret = ret == NULL ? is : expr_call2(b->x, OP_AND, ret, is, err);
		if (ret == NULL)
			return NULL;
	}
	return ret;
}

static bool
know_segments(const struct bound *b, const struct metric_value *groups, struct err *err)
{
	if (groups->failed) {
		*err = groups->err;
		return err_prefix(err, "the segments");
	}
	if (groups->errors > 0) {
		err_set(err, ERR_EVAL, b->check->by_loc, "the segment cannot be computed in %jd row%s",
		        (intmax_t)groups->errors, groups->errors == 1 ? "" : "s");
		return err_hint(err,
		                "a value there does not fit its column's declared type, or the filter fails");
	}
	if (groups->list_cut) {
		err_set(err, ERR_LIMIT, b->check->by_loc, "'by' makes more than %u segments",
		        b->check->by_limit);
		return err_hint(err, "take a column with fewer values, leave rows out with `where`, or write "
		                     "`by: {columns: [...], limit: N}`");
	}
	return true;
}

static bool
bind_segment(struct binder *b, const struct bound *whole, const struct value *tuple, struct segment *ret,
             struct err *err)
{
	const struct expr *where = tuple != NULL ? segment_filter(b, whole, tuple, err) : whole->where;

	if (tuple != NULL && where == NULL)
		return false;
	*ret = (struct segment){.tuple = tuple};
	ret->bound = (struct bound){
		.check = whole->check, .schema = whole->schema, .where = where, .now_us = whole->now_us};
	if (!check_bind_rows(b, whole->check, &ret->bound, err))
		return false;
	if (ret->bound.element == NULL)
		ret->bound.element = bind_rows(b, where);
	return true;
}

static bool
bind_segments(struct binder *b, struct bound *whole, const struct metric_value *groups, struct err *err)
{
	uint32_t n = MAX(groups->nlist, 1u);
	struct segment *segment;

	if (!know_segments(whole, groups, err))
		return false;
	segment = ARENA_ARRAY(b->a, struct segment, n);
	for (uint32_t i = 0; i < n; i++)
		if (!bind_segment(b, whole, i < groups->nlist ? &groups->list[i] : NULL, &segment[i], err))
			return false;
	/* What a result says of the check itself is the same in all of them. */
	struct bound all = segment[0].bound;
	all.where = whole->where;
	all.by = whole->by;
	all.groups = whole->groups;
	all.segment = segment;
	all.nsegment = n;
	*whole = all;
	return true;
}

bool
segments_bind(struct binder *b, struct bound *bound, size_t n, const struct metric_value *value)
{
	bool ret = false;

	for (size_t i = 0; i < n; i++) {
		struct err err = {0};

		if (bound[i].groups == NULL || bound[i].err.code != ERR_NONE)
			continue;
		if (bind_segments(b, &bound[i], &value[bound[i].groups->id], &err)) {
			ret = true;
			continue;
		}
		bound[i] = (struct bound){.check = bound[i].check, .schema = bound[i].schema, .err = err};
		if (err.code == ERR_NONE)
			err_set(&bound[i].err, ERR_INTERNAL, bound[i].check->loc,
			        "the segments cannot be bound");
	}
	return ret;
}

/* The worst first, else in the order of their values. */
static int
by_outcome(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	if (x->verdict.outcome != y->verdict.outcome)
		return outcome_worse(x->verdict.outcome, y->verdict.outcome) == x->verdict.outcome ? -1 : 1;
	if (x->tuple == NULL || y->tuple == NULL)
		return 0;
	return value_order(*x->tuple, *y->tuple);
}

void
segments_judge(struct bound *b, const struct metric_value *value, struct arena *a)
{
	for (uint32_t i = 0; i < b->nsegment; i++)
		judge(&b->segment[i].bound, value, a, &b->segment[i].verdict);
	qsort(b->segment, b->nsegment, sizeof(*b->segment), by_outcome);
}

/* Composing ------------------------------------------------------------------------------------------------------- */

static void
write_segment(const struct bound *b, const struct segment *s, struct json_writer *w)
{
	const struct verdict *v = &s->verdict;

	json_object_inline(w);
	json_key(w, "segment");
	json_object_inline(w);
	for (uint32_t i = 0; i < b->check->nby; i++) {
		json_key_sv(w, b->check->by[i]);
		value_to_json(s->tuple->list[i], w);
	}
	json_object_end(w);
	json_put_str(w, "outcome", outcome_names[v->outcome]);
	json_put_bool(w, "success", v->success);
	if (v->has_counts || v->has_elements)
		json_put_i64(w, "element_count", v->element_count);
	if (v->has_counts) {
		json_put_i64(w, "missing_count", v->missing_count);
		json_put_i64(w, "unexpected_count", v->unexpected_count);
	}
	if (v->has_observed) {
		json_key(w, "observed_value");
		value_to_json(v->observed, w);
	}
	json_put_sv(w, "message", v->message);
	json_object_end(w);
}

static bool
details_json(const struct bound *b, struct arena *a, struct verdict *ret, struct err *err)
{
	AUTO(buf) text = buf_new(1 << 24);
	struct json_writer w;

	json_write_init(&w, text, 0);
	json_object(&w);
	json_key(&w, "segments");
	json_array(&w);
	for (uint32_t i = 0; i < b->nsegment && b->segment[i].tuple != NULL; i++)
		write_segment(b, &b->segment[i], &w);
	json_array_end(&w);
	json_object_end(&w);
	if (!buf_check(text, "the list of segments", err))
		return false;
	ret->details = arena_sv(a, buf_sv(text));
	return true;
}

/* "region=eu, shop=null" */
static void
tell_name(const struct bound *b, const struct segment *s, struct buf *text)
{
	for (uint32_t i = 0; i < b->check->nby; i++) {
		buf_printf(text, "%s" SV_FMT "=", i > 0 ? ", " : "", SV_ARG(b->check->by[i]));
		if (s->tuple->list[i].kind == VALUE_NULL)
			buf_puts(text, "null");
		else
			(void)value_to_text(s->tuple->list[i], text);
	}
}

static void
tell_outcome(const struct bound *b, uint32_t first, uint32_t n, struct buf *text)
{
	static const char *const verbs[][2] = {
		[OUTCOME_PASS] = {"pass", "passes"},
		[OUTCOME_WARN] = {"warn", "warns"},
		[OUTCOME_FAIL] = {"fail", "fails"},
		[OUTCOME_ERROR] = {"cannot be evaluated", "cannot be evaluated"},
		[OUTCOME_SKIPPED] = {"are skipped", "is skipped"},
	};

	buf_printf(text, first == 0 ? "%u of %u segments" : "; %u of %u", n, b->nsegment);
	buf_printf(text, " %s: ", verbs[b->segment[first].verdict.outcome][n == 1]);
	for (uint32_t i = 0; i < n && i < TOLD; i++) {
		const struct segment *s = &b->segment[first + i];

		buf_puts(text, i > 0 ? ", " : "");
		tell_name(b, s, text);
		buf_printf(text, " (" SV_FMT ")", SV_ARG(s->verdict.message));
	}
	if (n > TOLD)
		buf_printf(text, " and %u more", n - TOLD);
}

/* "2 of 5 segments fail: region=eu (3 of 40 …), region=us (…); 1 of 5 warns: …" */
static struct sv
segments_message(const struct bound *b, struct arena *a)
{
	struct buf text;
	uint32_t i = 0;

	if (b->segment[0].verdict.outcome == OUTCOME_PASS)
		return b->nsegment == 1 ? SV("the only segment passes")
		                        : arena_svf(a, "all %u segments pass", b->nsegment);
	buf_init(&text, 1 << 20);
	while (i < b->nsegment && b->segment[i].verdict.outcome != OUTCOME_PASS) {
		uint32_t first = i;

		while (i < b->nsegment && b->segment[i].verdict.outcome == b->segment[first].verdict.outcome)
			i++;
		tell_outcome(b, first, i - first, &text);
	}
	return buf_take(a, &text);
}

static void
add_counts(const struct bound *b, struct verdict *ret)
{
	ret->has_counts = b->segment[0].verdict.has_counts;
	ret->has_elements = b->segment[0].verdict.has_elements;
	ret->success = true;
	for (uint32_t i = 0; i < b->nsegment; i++) {
		const struct verdict *v = &b->segment[i].verdict;

		ret->element_count += v->element_count;
		ret->missing_count += v->missing_count;
		ret->considered_count += v->considered_count;
		ret->unexpected_count += v->unexpected_count;
		ret->success = ret->success && v->success;
	}
}

static int
by_row(const void *a, const void *b)
{
	const struct sample_row *x = a, *y = b;

	return (x->row > y->row) - (x->row < y->row);
}

/* The rows that were found in the segments, in their order in the data. */
static void
add_samples(const struct bound *b, struct arena *a, struct verdict *ret)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->nsegment; i++)
		n += b->segment[i].verdict.nsample;
	if (n == 0)
		return;
	ret->sample = ARENA_ARRAY(a, struct sample_row, n);
	for (uint32_t i = 0; i < b->nsegment; i++) {
		const struct verdict *v = &b->segment[i].verdict;

		if (v->nsample > 0)
			memcpy(ret->sample + ret->nsample, v->sample, v->nsample * sizeof(*v->sample));
		ret->nsample += v->nsample;
	}
	qsort(ret->sample, n, sizeof(*ret->sample), by_row);
	ret->nsample = MIN(n, check_keep(b->check));
	ret->sample_cut = ret->nsample < ret->unexpected_count;
}

void
segments_verdict(const struct bound *b, struct arena *a, struct verdict *ret)
{
	const struct segment *worst = &b->segment[0];
	struct err err = {0};

	/* No row, no segment: the verdict on no rows. */
	if (worst->tuple == NULL) {
		*ret = worst->verdict;
		return;
	}
	*ret = (struct verdict){.outcome = worst->verdict.outcome};
	if (ret->outcome == OUTCOME_ERROR) {
		ret->err = worst->verdict.err;
		ret->message = segments_message(b, a);
		return;
	}
	add_counts(b, ret);
	add_samples(b, a, ret);
	ret->message = segments_message(b, a);
	if (!details_json(b, a, ret, &err))
		*ret = (struct verdict){
			.outcome = OUTCOME_ERROR, .err = err, .message = arena_svf(a, "%s", err.msg)};
}

uint32_t
segments_sampled(const struct bound *b)
{
	bool fine = b->segment[0].verdict.outcome == OUTCOME_PASS;
	uint32_t n = 0;

	while (n < b->nsegment && n < TOLD && (fine || b->segment[n].verdict.outcome != OUTCOME_PASS))
		n++;
	return n;
}
