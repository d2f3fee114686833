/* weir mutate: which faults in the data no check would notice. */
#include "cmd/source_suite.h"
#include "report/mutate_report.h"

enum { OUTPUT_MAX = 256 << 20 };

static const char *const formats_mutate[] = {"text", "json", "markdown", NULL};

static const struct option_def mutate_options[] = {
	SOURCE_OPTIONS,
	{"rows", 0, OPT_INT, "N", NULL, "How many rows are taken, the first ones; default 100000."},
	{"seed", 0, OPT_INT, "N", NULL, "Which rows a fault befalls, where it is few; default 1."},
	{"fault", 0, OPT_LIST, "NAME", NULL, "Only this fault, as --format json names it; may be repeated."},
	{"fail-under", 0, OPT_INT, "PERCENT", NULL,
         "Ends with status 1 if fewer of the planted faults are noticed."},
	{"all", 0, OPT_FLAG, NULL, NULL, "Lists all faults with who notices them, not only the unnoticed."},
};

struct mutator {
	struct options *o;
	struct opened *w;
	struct mutate_options how;
	LIST(struct mutation) out;
};

static bool
read_faults(struct mutator *m, struct err *err)
{
	const struct option_value *v = opt(m->o, "fault");
	const struct fault **fault = ARENA_ARRAY(m->o->a, const struct fault *, v->list.n);
	const char *near;
	size_t n;

	for (size_t i = 0; i < v->list.n; i++) {
		fault[i] = fault_find(v->list.v[i]);
		if (fault[i] != NULL)
			continue;
		const char *const *names = fault_names(m->o->a, &n);

		near = sv_nearest(v->list.v[i], names, n);
		err_set(err, ERR_USAGE, NOWHERE, "there is no fault '" SV_FMT "'", SV_ARG(v->list.v[i]));
		return err_hint(err, near != NULL ? "did you mean '%s'?" : "there is '%s', among others",
		                near != NULL ? near : names[0]);
	}
	m->how.fault = v->list.n > 0 ? fault : NULL;
	m->how.nfault = v->list.n;
	return true;
}

static bool
read_options(struct mutator *m, struct err *err)
{
	int64_t under = opt_number(m->o, "fail-under", 0);

	m->how.rows = opt_number(m->o, "rows", MUTATE_ROWS_DEFAULT);
	m->how.seed = (uint64_t)opt_number(m->o, "seed", MUTATE_SEED_DEFAULT);
	if (m->how.rows < 1 || m->how.rows > FRAME_ROWS_MAX)
		return err_set(err, ERR_USAGE, NOWHERE, "--rows takes 1 to %d", FRAME_ROWS_MAX);
	if (under < 0 || under > 100)
		return err_set(err, ERR_USAGE, NOWHERE, "--fail-under takes 0 to 100");
	return read_faults(m, err);
}

/* One asset, partition or source; d NULL: *why says why an asset has no data. */
static void
mutate_one(struct mutator *m, const struct dataset *d, const struct asset *asset, const struct partition *p,
           const struct checks *checks, const struct err *why)
{
	struct mutation *r = LIST_ADD(m->o->a, &m->out);
	struct err err = {0};

	progress_again(&m->w->progress, "faults");
	if (d == NULL)
		err = *why;
	else if (run_mutate(&m->w->w, d, asset, p, checks, &m->how, r, &err))
		return;
	*r = (struct mutation){.err = err};
	if (asset != NULL)
		r->key = asset->key;
	else if (d != NULL)
		r->key = d->key;
	if (p != NULL)
		r->partition = p->key;
}

static void
mutate_part(struct mutator *m, const struct asset *asset, const struct partition *p)
{
	struct dataset d;
	struct err err = {0};
	bool found = run_dataset(m->o->a, m->w->w.catalog, asset, p, &d, &err);

	mutate_one(m, found ? &d : NULL, asset, p, &m->w->w.checks[asset->index], &err);
}

/* Partitions are judged one by one, so faults befall one: the newest, if none is named. */
static void
mutate_asset(struct mutator *m, const struct asset *asset)
{
	struct sv range = opt_text(m->o, "partition");
	struct partition *p;
	struct err err = {0};
	size_t n;

	if (asset->ndim == 0) {
		mutate_part(m, asset, NULL);
		return;
	}
	if (!run_partitions(&m->w->w, asset, range, &p, &n, &err)) {
		mutate_one(m, NULL, asset, NULL, NULL, &err);
		return;
	}
	if (n == 0) {
		err_set(&err, ERR_NOT_FOUND, asset->data_loc, "no partition of '" SV_FMT "' is there",
		        SV_ARG(asset->key));
		mutate_one(m, NULL, asset, NULL, NULL, &err);
		return;
	}
	for (size_t i = range.n == 0 ? n - 1 : 0; i < n; i++)
		mutate_part(m, asset, &p[i]);
}

static bool
has_data(const struct asset *asset)
{
	return asset->path.n > 0 || asset->table.n > 0 || asset->query.n > 0;
}

static bool
mutate_project(struct mutator *m, int *status)
{
	const struct catalog *c = m->w->w.catalog;
	struct selection s;
	struct err err = {0};

	if (!selection_make(m->o->a, c, m->o->arg, (size_t)m->o->narg, &s, &err)) {
		*status = output_failure(&err);
		return false;
	}
	if (s.ncheck > 0)
		err_set(&err, ERR_USAGE, NOWHERE, "a suite is asked as a whole: check: selects nothing here");
	for (size_t i = 0; i < c->nasset && s.ncheck == 0; i++)
		if (bit_get(s.asset, (uint32_t)i) && has_data(&c->asset[i]))
			mutate_asset(m, &c->asset[i]);
	if (m->out.n > 0)
		return true;
	if (s.ncheck == 0) {
		err_set(&err, ERR_NOTHING, NOWHERE, "nothing that is selected has data to look at");
		err_hint(&err, "weir config show lists the assets");
	}
	*status = output_failure(&err);
	return false;
}

static bool
mutate_source(struct mutator *m, int *status)
{
	struct source_suite suite;

	if (!source_suite(m->o, m->w, &suite, status))
		return false;
	mutate_one(m, &suite.data, NULL, NULL, &suite.suite.checks, NULL);
	return true;
}

/* Whatever the score: a check that could not be evaluated on the data as it is was asked nothing. */
static int
status_of(const struct mutator *m)
{
	for (size_t i = 0; i < m->out.n; i++) {
		const struct mutation *r = &m->out.v[i];

		if (r->err.code != ERR_NONE)
			return 3;
		for (size_t k = 0; k < r->ncheck; k++)
			if (r->check[k].outcome == OUTCOME_ERROR)
				return 3;
	}
	return opt(m->o, "fail-under")->given &&
	                       mutates_score(m->out.v, m->out.n) < (double)opt_number(m->o, "fail-under", 0)
	               ? 1
	               : 0;
}

static int
show(struct mutator *m)
{
	AUTO(buf) text = buf_new(OUTPUT_MAX);
	struct sv format = opt_text(m->o, "format");
	struct err err = {0};

	progress_end(&m->w->progress);
	if (sv_is(format, "json"))
		mutates_json(m->out.v, m->out.n, &m->how, clock_now_us(m->w->w.clock), text);
	for (size_t i = 0; i < m->out.n && !sv_is(format, "json"); i++) {
		buf_puts(text, i > 0 ? "\n" : "");
		if (sv_is(format, "markdown"))
			mutate_markdown(&m->out.v[i], text);
		else
			mutate_text(&m->out.v[i], opt_flag(m->o, "all"), &m->w->style, text);
	}
	for (size_t i = 0; i < m->out.n; i++)
		if (m->out.v[i].err.code != ERR_NONE)
			output_error(&m->out.v[i].err);
	if (!buf_check(text, "the report", &err))
		return output_failure(&err);
	return output_text(buf_sv(text), status_of(m));
}

static int
mutate_run(struct options *o)
{
	const bool bare = opt(o, "source")->given;
	struct opened w;
	struct mutator m = {.o = o, .w = &w};
	struct err err = {0};
	int status;

	if (!source_options(o, &status))
		return status;
	m.how.progress = progress_count;
	m.how.progress_ctx = &w.progress;
	if (!read_options(&m, &err))
		return output_failure(&err);
	if (bare ? !opened_bare(o, &w, &status) : !opened_workspace(o, STORE_READ, &w, &status))
		return status;
	if (bare ? mutate_source(&m, &status) : mutate_project(&m, &status))
		status = show(&m);
	opened_close(&w);
	return status;
}

const struct command cmd_mutate = {
	.name = "mutate",
	.local = true,
	.group = GROUP_DAILY,
	.asset_args = true,
	.synopsis = "[SELECTOR…] | --source PATH|URL [--table T|--query Q] --suite FILE",
	.summary = "Plants faults into a copy of the data and tells which of them no check notices",
	.doc = "The first rows are read into memory, one fault after the other is planted there (nulls, duplicates, a unit\n"
	       "times 100, swapped columns, lost rows …), and each check is asked again.  What none notices is named, with\n"
	       "a check that would, tried on the data as it is and with the fault.  Nothing is stored, nobody is alerted,\n"
	       "and the data is only read.  Of an asset with partitions, the newest is taken.",
	.example = "weir mutate raw/orders --fail-under 80",
	.formats = formats_mutate,
	.option = mutate_options,
	.noption = LEN(mutate_options),
	.reads_data = true,
	.max_args = -1,
	.run = mutate_run,
};
