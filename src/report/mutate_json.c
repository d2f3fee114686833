/* Mutation coverage as JSON; the schema `mutate` in json_schema.c describes it. */
#include "config.h"
#include "report/mutate_report.h"

static void
put_check(struct json_writer *w, const struct mutated_check *c)
{
	json_object(w);
	json_put_sv(w, "id", c->check->id);
	json_put_str(w, "outcome", outcome_names[c->outcome]);
	json_put_bool(w, "asked", c->asked);
	json_put_sv(w, "message", c->why);
	json_put_i64(w, "noticed", c->caught);
	json_put_i64(w, "alone", c->alone);
	json_object_end(w);
}

static void
put_mutant(struct json_writer *w, const struct mutation *m, const struct mutant *x)
{
	json_object(w);
	json_put_str(w, "fault", x->fault->name);
	json_put_sv(w, "column", x->column);
	json_put_str(w, "state", mutant_state_names[x->state]);
	json_put_i64(w, "rows", x->rows);
	json_put_sv(w, "detail", x->detail);
	json_key(w, "noticed_by");
	json_array(w);
	for (size_t i = 0; i < x->nnoticed; i++) {
		json_object_inline(w);
		json_put_sv(w, "id", m->check[x->noticed[i].check].check->id);
		json_put_str(w, "outcome", outcome_names[x->noticed[i].outcome]);
		json_object_end(w);
	}
	json_array_end(w);
	json_put_sv(w, "proposal", x->proposal >= 0 ? m->proposed[x->proposal].check : SV(""));
	json_put_sv(w, "reason", x->why);
	json_object_end(w);
}

static void
put_mutation(struct json_writer *w, const struct mutation *m)
{
	json_object(w);
	json_put_sv(w, "key", m->key);
	json_put_sv(w, "partition", m->partition);
	if (m->err.code != ERR_NONE) {
		json_put_err(w, "error", &m->err);
		json_object_end(w);
		return;
	}
	json_put_i64(w, "rows", m->rows);
	json_put_bool(w, "sampled", m->cut);
	json_put_i64(w, "planted", m->planted);
	json_put_i64(w, "noticed", m->caught);
	json_put_i64(w, "noticed_with_proposed", m->caught + m->proposable);
	json_put_f64(w, "score", mutation_score(m->caught, m->planted));
	json_key(w, "checks");
	json_array(w);
	for (size_t i = 0; i < m->ncheck; i++)
		put_check(w, &m->check[i]);
	json_array_end(w);
	json_key(w, "faults");
	json_array(w);
	for (size_t i = 0; i < m->nmutant; i++)
		put_mutant(w, m, &m->mutant[i]);
	json_array_end(w);
	json_key(w, "proposed");
	json_array(w);
	for (size_t i = 0; i < m->nproposed; i++) {
		json_object_inline(w);
		json_put_sv(w, "check", m->proposed[i].check);
		json_put_i64(w, "faults", m->proposed[i].faults);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

void
mutates_json(const struct mutation *m, size_t n, const struct mutate_options *o, int64_t at_us, struct buf *b)
{
	struct json_writer w;

	json_write_init(&w, b, 2);
	json_object(&w);
	json_put_str(&w, "weir", PACKAGE_VERSION);
	json_put_time(&w, "mutated_at", at_us);
	json_put_i64(&w, "seed", (int64_t)o->seed);
	json_put_f64(&w, "score", mutates_score(m, n));
	json_key(&w, "assets");
	json_array(&w);
	for (size_t i = 0; i < n; i++)
		put_mutation(&w, &m[i]);
	json_array_end(&w);
	json_object_end(&w);
	buf_putc(b, '\n');
}
