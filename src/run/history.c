/* The past of checks: for the formats that draw it, and for thresholds on the last good run. */
#include <math.h>

#include "run/internal.h"
#include "run/past_copy.h"

bool
run_history(struct arena *a, struct store *s, struct report *r, size_t max, struct err *err)
{
	for (size_t i = 0; i < r->nasset; i++)
		for (size_t k = 0; k < r->asset[i].ncheck; k++) {
			const struct asset_result *asset = &r->asset[i];
			struct check_result *c = &asset->check[k];
			struct check_point *point;

			if (!store_check_history(s, a, asset->key, asset->partition, c->check->id,
			                         sv_of(r->run_id), max, &point, &c->nhistory, err))
				return false;
			c->history = point;
		}
	return true;
}

static void
fail(struct metric_value *ret, const struct err *err)
{
	*ret = (struct metric_value){.failed = true, .err = *err};
}

/* On other data than what is judged; as store_past_observation, but of a copy. */
static bool
copied_result(struct workspace *w, struct sv asset, const struct past_question *q,
              const struct past_data *now, struct past_observation *ret, struct err *err)
{
	const struct past_answer *answer;

	*ret = (struct past_observation){0};
	if (!run_past_answer(w, asset, now->partition, q, &answer, err))
		return false;
	for (size_t i = 0; i < answer->nseen; i++) {
		const struct past_observation *o = &answer->seen[i];

		if (now->version.n == 0 || !sv_eq(o->version, now->version) ||
		    !sv_eq(o->partition, now->partition) || !sv_eq(o->value, now->value)) {
			*ret = *o;
			break;
		}
	}
	return true;
}

bool
run_stored_result(struct workspace *w, struct sv asset, const struct past_question *q,
                  const struct past_data *other, struct past_observation *ret, struct err *err)
{
	struct sv id = q->name, expectation = sv_cut(&id, '\n');

	return store_past_observation(w->store, w->a, asset, expectation, id, q->good, other, ret, err);
}

void
run_past_result(struct workspace *w, const struct metric *m, const struct asset *asset,
                const struct partition *p, struct sv version, struct metric_value *ret)
{
	const struct past_question q = {
		.kind = PAST_RESULT, .name = m->arg[0]->literal.s, .good = m->params.flag};
	const struct past_data now = {.partition = p != NULL ? p->key : (struct sv){0},
	                              .version = version,
	                              .value = m->arg[1]->literal.s};
	struct past_observation o;
	struct err err = {0};

	*ret = (struct metric_value){.v = VALUE_NONE};
	if (asset == NULL) {
		err_set(&err, ERR_EVAL, NOWHERE, "a bare source has no past");
		err_hint(&err, "name a file instead");
		fail(ret, &err);
		return;
	}
	if (w->history_elsewhere ? !copied_result(w, asset->key, &q, &now, &o, &err)
	                         : !run_stored_result(w, asset->key, &q, &now, &o, &err)) {
		fail(ret, &err);
		return;
	}
	if (o.value.n > 0)
		ret->v = value_text(o.value);
}

bool
run_last_good_number(struct workspace *w, struct sv asset, struct sv partition, struct sv name, double *ret,
                     struct err *err)
{
	struct sv id = name, identity = sv_cut(&id, '\n');

	return store_last_good(w->store, asset, partition, identity, id, ret, err);
}

static bool
copied_last_good(struct workspace *w, struct sv asset, struct sv partition, struct sv name, double *ret,
                 struct err *err)
{
	const struct past_answer *answer;

	if (!run_past_answer(w, asset, partition,
	                     &(struct past_question){.kind = PAST_LAST_GOOD, .name = name}, &answer, err))
		return false;
	*ret = answer->number;
	return true;
}

void
run_last_good(struct workspace *w, const struct metric *m, const struct asset *asset,
              const struct partition *p, struct metric_value *ret)
{
	const struct sv partition = p != NULL ? p->key : (struct sv){0}, name = m->arg[0]->literal.s;
	struct err err = {0};
	double number;

	*ret = (struct metric_value){.v = VALUE_NONE};
	if (asset == NULL)
		return;
	if (w->history_elsewhere ? !copied_last_good(w, asset->key, partition, name, &number, &err)
	                         : !run_last_good_number(w, asset->key, partition, name, &number, &err)) {
		fail(ret, &err);
		return;
	}
	if (!isnan(number))
		ret->v = value_real(number);
}
