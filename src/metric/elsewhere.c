/*
 * Numbers that do not come from the rows at hand: those that a query returns, those of another asset.  Whoever can, computes them
 * before the pass; a pass that is asked for one can only say that it cannot.
 */
#include "metric/metric.h"

static void
elsewhere_init(void *state, const struct metric *m)
{
	(void)state, (void)m;
}

static bool
elsewhere_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	(void)state, (void)m, (void)b, (void)err;
	return true;
}

static bool
elsewhere_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	(void)into, (void)from, (void)rows_before, (void)m, (void)err;
	return true;
}

static void
not_here(struct metric_value *ret, const char *why)
{
	ret->failed = true;
	err_set(&ret->err, ERR_UNSUPPORTED, NOWHERE, "%s", why);
}

static void
query_rows_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	(void)state, (void)m, (void)a;
	not_here(ret, "files cannot be asked with SQL");
	err_hint(&ret->err, "write the condition of a good row as an expr");
}

static void
other_rows_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	(void)state, (void)m, (void)a;
	not_here(ret, "the rows of another asset are not known here");
}

static void
program_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	(void)state, (void)m, (void)a;
	not_here(ret, "programs cannot be run here");
}

static void
other_values_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	(void)state, (void)m, (void)a;
	not_here(ret, "the values of another asset are not known here");
}

static void
other_collected_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	(void)state, (void)m, (void)a;
	not_here(ret, "the rows of another asset are not known here");
}

static void
other_query_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	(void)state, (void)m, (void)a;
	not_here(ret, "another database cannot be asked here");
}

static void
past_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	(void)state, (void)m, (void)a;
	not_here(ret, "the past of a number is not known here");
}

/* What all of them have; one argument says what to ask for. */
#define ELSEWHERE_OF(n_)                                                                                    \
	.min_args = 1, .max_args = n_, .state_size = 1, .init = elsewhere_init, .update = elsewhere_update, \
	.merge = elsewhere_merge
#define ELSEWHERE ELSEWHERE_OF(2)

const struct metric_kind metric_program = {
	.name = "program",
	.doc = "What a program of the user's says about the data.",
	.class = STATE_BOUNDED,
	ELSEWHERE,
	.final = program_final,
};

static void
last_good_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	(void)state, (void)m, (void)a;
	not_here(ret, "the past of the check is not known here");
}

const struct metric_kind metric_past_result = {
	.name = "past_result",
	.doc = "What a check observed on other data before, as JSON.",
	.class = STATE_BOUNDED,
	ELSEWHERE,
	.final = last_good_final,
};

const struct metric_kind metric_last_good = {
	.name = "last_good",
	.doc = "What a check observed when it last passed.",
	.class = STATE_CONSTANT,
	ELSEWHERE,
	.final = last_good_final,
};

const struct metric_kind metric_query_rows = {
	.name = "query_rows",
	.doc = "Rows that a query returns, and the first of them.",
	.class = STATE_BOUNDED,
	ELSEWHERE,
	.final = query_rows_final,
};

const struct metric_kind metric_other_query = {
	.name = "other_query",
	.doc = "Rows that a query returns from another database, and the first of them.",
	.class = STATE_BOUNDED,
	ELSEWHERE,
	.final = other_query_final,
};

const struct metric_kind metric_other_collected = {
	.name = "other_collected",
	.doc = "The rows of another asset, by their values.",
	.class = STATE_BOUNDED,
	ELSEWHERE_OF(UINT16_MAX),
	.final = other_collected_final,
};

const struct metric_kind metric_other_rows = {
	.name = "other_rows",
	.doc = "Rows of another asset.",
	.class = STATE_CONSTANT,
	ELSEWHERE,
	.final = other_rows_final,
};

const struct metric_kind metric_past = {
	.name = "past",
	.doc = "What was measured before.",
	.class = STATE_BOUNDED,
	ELSEWHERE,
	.final = past_final,
};

static void
past_sketch_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	(void)state, (void)m, (void)a;
	not_here(ret, "how a column was distributed is not known here");
}

const struct metric_kind metric_past_sketch = {
	.name = "past_sketch",
	.doc = "How a column was distributed before.",
	.class = STATE_BOUNDED,
	ELSEWHERE,
	.final = past_sketch_final,
};

const struct metric_kind metric_other_values = {
	.name = "other_values",
	.doc = "Values of a column of another asset.",
	.class = STATE_BOUNDED,
	ELSEWHERE,
	.final = other_values_final,
};
