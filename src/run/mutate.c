#include "run/mutate.h"

#include "run/internal.h"

const char *const mutant_state_names[4] = {"caught", "missed", "no effect", "not planted"};

enum {
	CELL_BYTES = 24,    /* of a column, with room to grow */
	CHANGED_BYTES = 256 /* of a row, while a fault is in it */
};
/* Faults that a thread has before it, so that none waits for the slowest of them. */
enum { TRIALS_EACH = 4 };

struct mutating;

/* One fault in one place.  Some are tried side by side; what comes of them is taken over in their order. */
struct trial {
	const struct mutating *m;
	const struct fault *fault;
	const struct column *column; /* NULL: of the table */
	struct arena *a;
	struct planting p;
	enum mutant_state state;
	int64_t rows;
	LIST(struct noticed) noticed;
	size_t known;  /* proposals that there were before */
	int proposal;  /* the first of these that notices, -1 = none */
	struct sv own; /* else: a check that does, or empty */
	struct err err;
};

struct mutating {
	struct workspace *w;
	struct dataset *d;
	const struct asset *asset;
	const struct partition *p;
	const struct mutate_options *o;
	struct scan_options scan;
	struct frame base;
	struct profile profile;
	uint64_t **reads; /* by check: columns that it depends on; NULL = anything */
	struct mutation *ret;
	LIST(struct trial) trial; /* all that there are to be */
	LIST(struct mutant) mutant;
	LIST(struct proposed) proposed;
};

double
mutation_score(int64_t caught, int64_t planted)
{
	return planted == 0 ? 100 : 100.0 * (double)caught / (double)planted;
}

/* Verdicts -------------------------------------------------------------------------------------------------- */

/* Checks on rows in memory; nobody looks at failing rows or results. */
static bool
judge_rows(const struct mutating *m, const struct frame *f, const struct checks *checks, struct arena *a,
           struct asset_result *ret, struct err *err)
{
	__attribute__((cleanup(connection_cleanup))) struct connection *c = connection_of_frame(f, &m->scan);
	struct workspace w = *m->w;
	struct dataset d = *m->d;

	w.a = a;
	w.format = RESULT_BOOLEAN_ONLY;
	w.explain = false;
	*ret = (struct asset_result){.asset = m->asset, .key = m->ret->key, .partition = m->ret->partition};
	return run_evaluate_connection(&w, c, &d, m->asset, m->p, checks, ret, err);
}

/* What it asks beside the rows: why it cannot be asked of rows that nobody has, or NULL. */
static const char *
asks_elsewhere(const struct plan *plan)
{
	static const struct {
		const struct metric_kind *kind;
		const char *why;
	} kinds[] = {
		{&metric_query_rows, "a query sees the data where it lies"},
		{&metric_program, "a program is only asked about data as it lies"},
		{&metric_other_rows, "it looks at another asset"},
		{&metric_other_values, "it looks at another asset"},
		{&metric_other_collected, "it looks at another asset"},
		{&metric_other_query, "a query sees the data where it lies"},
		{&metric_past, "it compares with the past"},
		{&metric_past_sketch, "it compares with the past"},
		{&metric_past_result, "it compares with the past"},
		{&metric_last_good, "it compares with the past"},
	};

	for (uint32_t i = 0; i < plan->nmetric; i++)
		for (size_t k = 0; k < LEN(kinds); k++)
			if (plan->metric[i]->kind == kinds[k].kind)
				return kinds[k].why;
	return plan->nforeign > 0 ? "it looks at another asset" : NULL;
}

static bool
has_segments(const struct check *c)
{
	for (uint32_t i = 0; i < c->nmember; i++)
		if (has_segments(&c->member[i]))
			return true;
	return c->nby > 0;
}

static bool
counts_rows(const struct check *c)
{
	for (uint32_t i = 0; i < c->nmember; i++)
		if (counts_rows(&c->member[i]))
			return true;
	return c->nmember == 0 && c->expectation != NULL && c->expectation->counts_rows;
}

/* Which columns a check depends on, and why it cannot be asked, if so: bound and planned by itself. */
static const char *
look_at_check(struct mutating *m, size_t i)
{
	const struct check *c = &m->ret->check[i].check[0];
	struct checks one = {.v = ARENA_NEW(m->w->a, struct check), .n = 1};
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) pool = metrics_new(x);
	struct binder binder = {.a = m->w->a,
	                        .x = x,
	                        .m = pool,
	                        .schema = &m->base.schema,
	                        .now_us = clock_now_us(m->w->clock)};
	struct plan plan;

	if (!c->enabled)
		return "it is switched off";
	one.v[0] = *c;
	(void)checks_bind(&binder, &one);
	plan = plan_make(m->w->a, pool, x);
	if (asks_elsewhere(&plan) != NULL)
		return asks_elsewhere(&plan);
	if (m->base.cut && counts_rows(c))
		return "only some of the rows were read, and it counts them";
	if (has_segments(c))
		return NULL;
	m->reads[i] = ARENA_ARRAY(m->w->a, uint64_t, BITMAP_WORDS(m->base.schema.n));
	for (uint32_t k = 0; k < plan.ncolumn; k++)
		bit_set(m->reads[i], plan.column[k].column->index);
	return NULL;
}

/* The checks that are asked and may notice what is planted, with their numbers. */
static struct checks
checks_for(const struct mutating *m, const struct frame *f, bool all, struct arena *a, uint32_t *number)
{
	struct checks some = {.v = ARENA_ARRAY(a, struct check, m->ret->ncheck)};

	for (uint32_t i = 0; i < m->ret->ncheck; i++) {
		bool touched = all || m->reads[i] == NULL;

		for (uint32_t c = 0; c < m->base.schema.n && !touched; c++)
			touched = bit_get(m->reads[i], c) && f->col[c].cell != m->base.col[c].cell;
		if (!m->ret->check[i].asked || !touched)
			continue;
		number[some.n] = i;
		some.v[some.n++] = *m->ret->check[i].check;
	}
	return some;
}

static bool
take_baseline(struct mutating *m, struct err *err)
{
	struct mutation *r = m->ret;
	uint32_t *number = ARENA_ARRAY(m->w->a, uint32_t, r->ncheck);
	struct asset_result judged;
	struct checks all;

	for (size_t i = 0; i < r->ncheck; i++) {
		const char *why = look_at_check(m, i);

		r->check[i].asked = why == NULL;
		r->check[i].outcome = OUTCOME_SKIPPED;
		if (why != NULL)
			r->check[i].why = sv_of(why);
	}
	all = checks_for(m, &m->base, true, m->w->a, number);
	if (!judge_rows(m, &m->base, &all, m->w->a, &judged, err))
		return false;
	for (size_t k = 0; k < judged.ncheck; k++) {
		struct mutated_check *c = &r->check[number[k]];

		c->outcome = judged.check[k].verdict.outcome;
		c->why = judged.check[k].verdict.message;
		c->asked = c->outcome == OUTCOME_PASS || c->outcome == OUTCOME_WARN;
	}
	return true;
}

/* Proposals ------------------------------------------------------------------------------------------------- */

/* The check that a text says; false if it says none, or more. */
static bool
read_check(const struct mutating *m, struct sv text, int64_t now_us, struct arena *a, struct check *ret)
{
	struct checks one;
	struct diags d;

	diags_init(&d, a);
	if (!checks_parse(a, m->w->catalog, m->asset, text, now_us, &one, &d) || one.n != 1)
		return false;
	*ret = one.v[0];
	return true;
}

/* Those of the candidates that can be read as checks, one of each. */
static struct checks
read_candidates(const struct mutating *m, const struct proposals *s, struct arena *a, struct sv *text)
{
	struct checks all = {.v = ARENA_ARRAY(a, struct check, s->list.n)};

	for (size_t i = 0; i < s->list.n; i++) {
		if (!read_check(m, s->list.v[i], s->now_us, a, &all.v[all.n]))
			continue;
		text[all.n++] = s->list.v[i];
	}
	return all;
}

/* The first of some proposals that does for this fault, too; -1: none. */
static bool
find_known(const struct mutating *m, const struct planting *p, size_t from, size_t to, int *ret,
           struct err *err)
{
	struct checks all = {.v = ARENA_ARRAY(p->a, struct check, to - from), .n = to - from};
	struct asset_result judged;

	*ret = -1;
	for (size_t i = 0; i < all.n; i++)
		all.v[i] = m->proposed.v[from + i].read;
	if (all.n > 0 && !judge_rows(m, &p->view, &all, p->a, &judged, err))
		return false;
	for (size_t i = 0; i < all.n && *ret < 0; i++)
		if (judged.check[i].verdict.outcome != OUTCOME_PASS)
			*ret = (int)(from + i);
	return true;
}

/* The first candidate that passes on the rows as they are, and on those of the fault does not. */
static bool
find_own(const struct mutating *m, const struct planting *p, const struct fault *f, struct sv *ret,
         struct err *err)
{
	struct proposals s = {.a = p->a, .p = p, .now_us = clock_now_us(m->w->clock)};
	struct asset_result before, after;
	struct checks all;
	struct sv *text;

	f->propose(&s);
	text = ARENA_ARRAY(p->a, struct sv, s.list.n);
	all = read_candidates(m, &s, p->a, text);
	if (all.n == 0)
		return true;
	if (!judge_rows(m, &m->base, &all, p->a, &before, err) ||
	    !judge_rows(m, &p->view, &all, p->a, &after, err))
		return false;
	for (size_t i = 0; i < all.n; i++) {
		if (before.check[i].verdict.outcome != OUTCOME_PASS ||
		    after.check[i].verdict.outcome == OUTCOME_PASS)
			continue;
		*ret = text[i];
		break;
	}
	return true;
}

/* Trials ---------------------------------------------------------------------------------------------------- */

static bool
ask(struct trial *t)
{
	const struct mutating *m = t->m;
	const struct planting *p = &t->p;
	uint32_t *number = ARENA_ARRAY(t->a, uint32_t, m->ret->ncheck);
	struct checks some = checks_for(m, &p->view, t->fault->of_table || t->fault->shape, t->a, number);
	struct asset_result judged = {0};

	if (some.n > 0 && !judge_rows(m, &p->view, &some, t->a, &judged, &t->err))
		return false;
	for (size_t i = 0; i < judged.ncheck; i++) {
		enum outcome before = m->ret->check[number[i]].outcome, now = judged.check[i].verdict.outcome;

		if (now != before && outcome_worse(before, now) == now)
			*LIST_ADD(t->a, &t->noticed) = (struct noticed){number[i], now};
	}
	t->state = t->noticed.n > 0 ? MUTANT_CAUGHT : MUTANT_MISSED;
	if (t->state == MUTANT_CAUGHT)
		return true;
	return find_known(m, p, 0, t->known, &t->proposal, &t->err) &&
	       (t->proposal >= 0 || find_own(m, p, t->fault, &t->own, &t->err));
}

/* By any thread: what it changes is its own. */
static bool
try_fault(void *ctx, int64_t i, unsigned thread)
{
	struct trial *t = (struct trial *)ctx + i;
	const struct mutating *m = t->m;

	(void)thread;
	if (t->fault->counts && m->base.cut) {
		t->state = MUTANT_NOT_PLANTED;
		return true;
	}
	t->p = (struct planting){.a = t->a,
	                         .asset = m->asset,
	                         .profile = &m->profile,
	                         .base = &m->base,
	                         .seed = m->o->seed,
	                         .column = t->column != NULL ? t->column->index : 0};
	t->p.view = frame_view(t->a, &m->base, &t->p.col);
	t->rows = m->base.rows > 0 ? fault_plant(t->fault, &t->p) : 0;
	t->state = MUTANT_NO_EFFECT;
	return t->rows == 0 || ask(t);
}

/* Mutants --------------------------------------------------------------------------------------------------- */

static void
count_noticed(struct mutating *m, const struct trial *t, struct mutant *mutant)
{
	struct noticed *copy = ARENA_ARRAY(m->w->a, struct noticed, t->noticed.n);

	for (size_t i = 0; i < t->noticed.n; i++) {
		copy[i] = t->noticed.v[i];
		m->ret->check[copy[i].check].caught++;
	}
	if (t->noticed.n == 1)
		m->ret->check[copy[0].check].alone++;
	m->ret->planted++;
	m->ret->caught += t->noticed.n > 0;
	mutant->noticed = copy;
	mutant->nnoticed = t->noticed.n;
}

/* What nobody noticed: a check that would, one that is proposed already if there is one. */
static bool
propose(struct mutating *m, const struct trial *t, struct mutant *mutant, struct err *err)
{
	mutant->proposal = t->proposal;
	if (mutant->proposal < 0 && !find_known(m, &t->p, t->known, m->proposed.n, &mutant->proposal, err))
		return false;
	if (mutant->proposal < 0 && t->own.n > 0) {
		struct proposed new = {.check = arena_sv(m->w->a, t->own)};

		/* Anew, for as long as others may be tried on it. */
		if (read_check(m, new.check, clock_now_us(m->w->clock), m->w->a, &new.read)) {
			mutant->proposal = (int)m->proposed.n;
			*LIST_ADD(m->w->a, &m->proposed) = new;
		}
	}
	if (mutant->proposal >= 0) {
		m->proposed.v[mutant->proposal].faults++;
		m->ret->proposable++;
		return true;
	}
	mutant->why = sv_of(t->fault->blind != NULL ? t->fault->blind
	                                            : "none of the checks that were tried tells");
	return true;
}

static bool
take_over(struct mutating *m, const struct trial *t, struct err *err)
{
	struct mutant *mutant = LIST_ADD(m->w->a, &m->mutant);

	*mutant = (struct mutant){.fault = t->fault,
	                          .column = t->column != NULL ? arena_sv(m->w->a, t->column->name) : SV(""),
	                          .rows = t->rows,
	                          .state = t->state,
	                          .proposal = -1};
	if (t->p.detail != NULL)
		mutant->detail = arena_svf(m->w->a, "%s", t->p.detail);
	if (t->state == MUTANT_NOT_PLANTED)
		mutant->why = SV("only some of the rows were read, and it is about how many there are");
	if (t->state != MUTANT_CAUGHT && t->state != MUTANT_MISSED)
		return true;
	count_noticed(m, t, mutant);
	return t->state == MUTANT_CAUGHT || propose(m, t, mutant, err);
}

static bool
try_some(struct mutating *m, struct trial *t, size_t n, struct err *err)
{
	bool ok;

	for (size_t i = 0; i < n; i++) {
		t[i].a = arena_new();
		t[i].known = m->proposed.n;
	}
	ok = pool_run(m->w->pool, (int64_t)n, try_fault, t);
	for (size_t i = 0; i < n; i++) {
		if (t[i].err.code != ERR_NONE) {
			if (err != NULL && err->code == ERR_NONE)
				*err = t[i].err;
			ok = false;
		}
		ok = ok && take_over(m, &t[i], err);
	}
	for (size_t i = 0; i < n; i++)
		arena_free(t[i].a);
	return ok;
}

static void
add_trials(struct mutating *m, const struct fault *f)
{
	const struct planting p = {.asset = m->asset, .profile = &m->profile, .base = &m->base};

	for (uint32_t i = 0; i < m->base.schema.n && !f->of_table; i++) {
		const struct column *c = &m->base.schema.col[i];

		/* What a folder's name says is no matter of the rows. */
		if (!c->missing && !c->of_path && (f->applies == NULL || f->applies(&p, c)))
			*LIST_ADD(m->w->a, &m->trial) = (struct trial){
				.m = m, .fault = f, .column = c, .proposal = -1};
	}
	if (f->of_table)
		*LIST_ADD(m->w->a, &m->trial) = (struct trial){.m = m, .fault = f, .proposal = -1};
}

/* So many that what they change takes no more than a quarter of the memory, and their checks another one. */
static size_t
trials_at_once(struct mutating *m)
{
	const size_t most = TRIALS_EACH * pool_threads(m->w->pool);
	const size_t each = CHANGED_BYTES * (size_t)MAX(m->base.rows, 1);
	const size_t n = MAX(MIN(m->scan.memory_bytes / 4 / each, most), 1);

	m->scan.memory_bytes /= MIN(n, (size_t)pool_threads(m->w->pool));
	return n;
}

static bool
mutate_all(struct mutating *m, struct err *err)
{
	const struct fault *const *f = m->o->fault != NULL ? m->o->fault : faults;
	const size_t n = m->o->fault != NULL ? m->o->nfault : fault_count, some = trials_at_once(m);

	for (size_t i = 0; i < n; i++)
		add_trials(m, f[i]);
	for (size_t i = 0; i < m->trial.n; i += some) {
		if (m->o->progress != NULL)
			m->o->progress(m->o->progress_ctx, (int64_t)i, (int64_t)m->trial.n);
		if (!try_some(m, &m->trial.v[i], MIN(some, m->trial.n - i), err))
			return false;
	}
	m->ret->mutant = m->mutant.v;
	m->ret->nmutant = m->mutant.n;
	m->ret->proposed = m->proposed.v;
	m->ret->nproposed = m->proposed.n;
	return true;
}

/* The rows, as many as are wanted and half of the memory holds. */
static bool
take_rows(struct mutating *m, struct connection *c, struct frame_load *load, int64_t max, struct err *err)
{
	__attribute__((cleanup(connection_cleanup))) struct connection *rows = NULL;

	if (!c->engine->load(c, max, load, &m->base, err))
		return false;
	if (m->base.rows == 0) {
		err_set(err, ERR_EVAL, m->d->loc, "'" SV_FMT "' has no rows to plant faults into",
		        SV_ARG(m->d->key));
		return err_hint(err, "name a partition or a file that has some");
	}
	m->ret->rows = m->base.rows;
	m->ret->cut = m->base.cut;
	rows = connection_of_frame(&m->base, &m->scan);
	return run_profile_connection(m->w, rows, &m->profile, err);
}

static int64_t
most_rows(const struct mutating *m, const struct schema *schema)
{
	size_t row = CELL_BYTES * (size_t)MAX(schema->n, 1u);

	return MAX(MIN(m->o->rows, (int64_t)(m->scan.memory_bytes / 2 / row)), 1);
}

bool
run_mutate(struct workspace *w, const struct dataset *d, const struct asset *asset, const struct partition *p,
           const struct checks *checks, const struct mutate_options *o, struct mutation *ret, struct err *err)
{
	struct dataset data = *d;
	struct mutating m = {.w = w, .d = &data, .asset = asset, .p = p, .o = o, .ret = ret};
	const struct engine *engine = engine_for(d->format, d->loc, err);
	__attribute__((cleanup(connection_cleanup))) struct connection *c = NULL;

	*ret = (struct mutation){.key = d->key, .ncheck = checks->n};
	if (p != NULL)
		ret->partition = p->key;
	m.scan = run_scan_options(w, asset);
	if (engine == NULL || !engine->open(d, &m.scan, &c, err))
		return false;
	ret->check = ARENA_ARRAY(w->a, struct mutated_check, checks->n);
	m.reads = ARENA_ARRAY(w->a, uint64_t *, checks->n);
	for (size_t i = 0; i < checks->n; i++)
		ret->check[i].check = &checks->v[i];

	const struct schema *schema = engine->schema(c);
	AUTO(frame_load) load = frame_load_new(schema, most_rows(&m, schema));

	return take_rows(&m, c, load, most_rows(&m, schema), err) && take_baseline(&m, err) &&
	       mutate_all(&m, err);
}
