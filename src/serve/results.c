#include "serve/results.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/num.h"
#include "expect/past.h"
#include "expect/sketch.h"
#include "report/reader.h"
#include "report/report.h"
#include "serve/event_json.h"
#include "serve/service.h"

enum { VERSION_BYTES_MAX = 4096, ULID_CHARS = 26 };

struct parsing {
	struct service *s;
	struct arena *a;
	struct results *ret;
	struct sv report, events, trouble_code;
	LIST(struct look) look;
	struct sv partition, version; /* of the element that is being read */
	int64_t now_us;
};

/*
 * What was seen of the data
 * -----------------------------------------------------------------------------------------
 */

static const struct member partition_members[] = {
	{"partition", MEMBER_TEXT, AT(seen_partition, key)},
	{"version", MEMBER_TEXT, AT(seen_partition, version)},
	{"updated_at", MEMBER_TIME, AT(seen_partition, produced_us)},
};

struct read_look {
	struct sv key, code;
	struct observed seen;
	int64_t looked_us;
	bool has_error;
};

static bool
read_partitions(struct json_reader *r, void *base, enum json_event e)
{
	struct read_look *l = base;
	LIST(struct seen_partition) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(partition_members),
	               ((struct seen_partition){.produced_us = TIME_NONE})))
		return false;
	l->seen.partition = list.v;
	l->seen.npartition = list.n;
	return true;
}

static const struct member error_members[] = {
	{"code", MEMBER_TEXT, AT(read_look, code)},
	{"message", MEMBER_CHARS, CHARS(read_look, seen.err.msg)},
	{"hint", MEMBER_CHARS, CHARS(read_look, seen.err.hint)},
};

static bool
read_error(struct json_reader *r, void *base, enum json_event e)
{
	struct read_look *l = base;

	l->has_error = true;
	return reader_object(r, MEMBERS(error_members), base, e);
}

static const struct member look_members[] = {
	{"asset", MEMBER_TEXT, AT(read_look, key)},
	{"looked_at", MEMBER_TIME, AT(read_look, looked_us)},
	{"exists", MEMBER_BOOL, AT(read_look, seen.exists)},
	{"version", MEMBER_TEXT, AT(read_look, seen.version)},
	{"updated_at", MEMBER_TIME, AT(read_look, seen.probed_us)},
	{"data_through", MEMBER_TIME, AT(read_look, seen.data_through_us)},
	{"partitions", MEMBER_OTHER, .read = read_partitions},
	{"error", MEMBER_OTHER, .read = read_error},
};

static enum err_code
code_named(struct sv name)
{
	for (int i = ERR_NONE + 1; i < ERR_CODE_COUNT; i++)
		if (sv_is(name, err_code_name((enum err_code)i)))
			return (enum err_code)i;
	return ERR_EVAL;
}

static void
set_error(struct read_look *l)
{
	if (!l->has_error)
		return;
	l->seen.failed = true;
	l->seen.err.code = code_named(l->code);
}

/* Later times are not believed, as where it is looked at. */
static int64_t
believed(const struct parsing *x, int64_t t_us)
{
	return t_us > x->now_us + FUTURE_TOLERANCE_US ? TIME_NONE : t_us;
}

static bool
take_partitions(struct parsing *x, const struct asset *asset, struct observed *o, struct err *err)
{
	struct seen_partition *v = ARENA_ARRAY(x->a, struct seen_partition, o->npartition);
	struct map seen;

	map_init(&seen, x->a);
	for (size_t i = 0; i < o->npartition; i++) {
		struct partition p;

		if (asset->ndim == 0 || !partition_parse(x->a, asset, o->partition[i].key, &p, NULL) ||
		    map_has(&seen, p.key) || o->partition[i].version.n > VERSION_BYTES_MAX)
			return err_set(err, ERR_FORMAT, NOWHERE,
			               "'" SV_FMT "' is no partition of '" SV_FMT "', or is there twice",
			               SV_ARG(o->partition[i].key), SV_ARG(asset->key));
		(void)map_put(&seen, p.key);
		v[i] = o->partition[i];
		v[i].key = p.key;
		v[i].produced_us = believed(x, v[i].produced_us);
	}
	o->partition = v;
	return true;
}

static bool
take_look(struct parsing *x, struct read_look *l, struct err *err)
{
	const struct asset *asset = service_asset(x->s, l->key);

	if (asset == NULL)
		return err_set(err, ERR_FORMAT, NOWHERE, "the catalog in use has no asset '" SV_FMT "'",
		               SV_ARG(l->key));
	for (size_t i = 0; i < x->look.n; i++)
		if (x->look.v[i].asset == asset)
			return err_set(err, ERR_FORMAT, NOWHERE, "'" SV_FMT "' is among `observed` twice",
			               SV_ARG(asset->key));
	set_error(l);
	l->seen.stored = asset->path.n > 0 || asset->table.n > 0 || asset->query.n > 0;
	if (!l->seen.stored)
		return err_set(err, ERR_FORMAT, NOWHERE, "'" SV_FMT "' has no data that could be looked at",
		               SV_ARG(asset->key));
	if (l->seen.version.n > VERSION_BYTES_MAX)
		return err_set(err, ERR_FORMAT, NOWHERE, "the version of '" SV_FMT "' is too long",
		               SV_ARG(asset->key));
	l->seen.probed_us = believed(x, l->seen.probed_us);
	l->seen.data_through_us = believed(x, l->seen.data_through_us);
	if (!take_partitions(x, asset, &l->seen, err))
		return false;
	*LIST_ADD(x->a, &x->look) = (struct look){
		.asset = asset,
		.seen = l->seen,
		.looked_us = l->looked_us == TIME_NONE ? x->now_us : MIN(l->looked_us, x->now_us)};
	return true;
}

static bool
read_looks(struct json_reader *r, void *base, enum json_event e)
{
	struct parsing *x = base;
	LIST(struct read_look) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(look_members),
	               ((struct read_look){.seen = OBSERVED_NOTHING, .looked_us = TIME_NONE})))
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (!take_look(x, &list.v[i], r->err))
			return false;
	return true;
}

static bool
read_trouble(struct json_reader *r, void *base, enum json_event e)
{
	struct parsing *x = base;

	if (e != JSON_STRING)
		return reader_fail(r, "a text is expected");
	err_set(&x->ret->trouble, ERR_EVAL, NOWHERE, SV_FMT,
	        SV_ARG(r->s.escaped ? json_unescape(r->a, r->s.text) : r->s.text));
	return true;
}

static bool
read_trouble_hint(struct json_reader *r, void *base, enum json_event e)
{
	struct parsing *x = base;

	if (e != JSON_STRING)
		return reader_fail(r, "a text is expected");
	if (r->s.text.n > 0)
		err_hint(&x->ret->trouble, SV_FMT,
		         SV_ARG(r->s.escaped ? json_unescape(r->a, r->s.text) : r->s.text));
	return true;
}

/*
 * Reports
 * ---------------------------------------------------------------------------------------------------------
 */

/* Crockford's base 32, as ulid_make writes it. */
static bool
is_ulid(const char *s)
{
	return strlen(s) == ULID_CHARS && strspn(s, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == ULID_CHARS;
}

static bool
is_hash(const char *s)
{
	return strlen(s) == HASH_HEX - 1 && strspn(s, "0123456789abcdef") == HASH_HEX - 1;
}

/* The number that is kept for the history of a check. */
static void
read_observed(struct sv result, struct verdict *v)
{
	struct json_scanner s;
	enum json_event e;

	json_scan_init(&s, result);
	if (json_next(&s) != JSON_OBJECT)
		return;
	while ((e = json_next(&s)) == JSON_KEY) {
		const bool here = sv_is(s.text, "observed_value");
		double number;

		e = json_next(&s);
		if (here && e == JSON_NUMBER && num_f64(s.text, &number)) {
			v->has_observed = true;
			v->observed = value_real(number);
		}
		if (!json_skip(&s, e))
			return;
	}
}

static const struct check *
declared_check(const struct parsing *x, const struct asset *asset, const struct check *there)
{
	const struct checks *all = &x->s->project->checks[asset->index];

	for (size_t i = 0; i < all->n; i++)
		if (sv_eq(all->v[i].id, there->id))
			return strcmp(all->v[i].hash, there->hash) == 0 ? &all->v[i] : NULL;
	return NULL;
}

static int64_t
not_after(int64_t t_us, int64_t now_us)
{
	return t_us == TIME_NONE || t_us > now_us ? now_us : t_us;
}

/* Later runs go by it. */
static bool
is_sketch(const struct parsing *x, const struct check *c, struct sv json)
{
	enum { SKETCH_BYTES_MAX = 1 << 20 };
	struct sketch s;

	return drift_is_of_past(c) && json.n <= SKETCH_BYTES_MAX && sketch_read(x->a, json, &s, NULL);
}

/* What was judged there, in the place of a check as it is declared here. */
static bool
take_check(struct parsing *x, const struct check *here, const struct check_result *there,
           struct check_result *ret, struct err *err)
{
	struct check *c = ARENA_NEW(x->a, struct check);

	*c = *here;
	if (there->check->identity[0] != '\0' && !is_hash(there->check->identity))
		return err_set(err, ERR_FORMAT, NOWHERE, "the identity of check '" SV_FMT "' is no hash",
		               SV_ARG(here->id));
	memcpy(c->identity, there->check->identity, sizeof(c->identity));
	*ret = *there;
	ret->check = c;
	/* Whether it is put up with is decided here. */
	if (there->waiver != NULL)
		ret->verdict.outcome = there->judged;
	ret->waiver = NULL;
	ret->verdict.success = ret->verdict.outcome == OUTCOME_PASS;
	ret->verdict.err.loc = here->loc;
	ret->at_us = not_after(there->at_us, x->now_us);
	if (ret->result.n == 0)
		ret->result = SV("{}");
	if (ret->verdict.sketch.n > 0 && !is_sketch(x, c, ret->verdict.sketch))
		return err_set(err, ERR_FORMAT, NOWHERE, "the sketch of check '" SV_FMT "' is none",
		               SV_ARG(here->id));
	/* Who is older tells no number beside the result. */
	if (!ret->verdict.has_observed)
		read_observed(ret->result, &ret->verdict);
	return true;
}

static bool
take_checks(struct parsing *x, struct asset_result *r, struct err *err)
{
	struct check_result *v = ARENA_ARRAY(x->a, struct check_result, r->ncheck);
	struct map seen;
	size_t n = 0;

	map_init(&seen, x->a);
	for (size_t i = 0; i < r->ncheck; i++) {
		const struct check_result *there = &r->check[i];
		const struct check *here = declared_check(x, r->asset, there->check);

		if (map_has(&seen, there->check->id))
			return err_set(err, ERR_FORMAT, NOWHERE, "check '" SV_FMT "' is there twice",
			               SV_ARG(there->check->id));
		(void)map_put(&seen, there->check->id);
		if (there->stored)
			return err_set(err, ERR_FORMAT, NOWHERE,
			               "the result of '" SV_FMT "' was not found by this run",
			               SV_ARG(there->check->id));
		if (here == NULL) {
			if (x->ret->nunknown++ == 0)
				x->ret->unknown = there->check->id;
			continue;
		}
		if (!take_check(x, here, there, &v[n++], err))
			return false;
	}
	r->check = v;
	r->ncheck = n;
	return true;
}

static bool
take_asset(struct parsing *x, struct asset_result *r, struct map *seen, struct err *err)
{
	const struct asset *asset = service_asset(x->s, r->key);
	struct partition p;

	if (asset == NULL)
		return err_set(err, ERR_FORMAT, NOWHERE, "the catalog in use has no asset '" SV_FMT "'",
		               SV_ARG(r->key));
	if (r->partition.n > 0) {
		if (asset->ndim == 0 || !partition_parse(x->a, asset, r->partition, &p, NULL))
			return err_set(err, ERR_FORMAT, NOWHERE,
			               "'" SV_FMT "' is no partition of '" SV_FMT "'", SV_ARG(r->partition),
			               SV_ARG(asset->key));
		r->partition = p.key;
	}
	if (r->data_version.n > VERSION_BYTES_MAX)
		return err_set(err, ERR_FORMAT, NOWHERE, "the version of '" SV_FMT "' is too long",
		               SV_ARG(asset->key));
	r->asset = asset;
	r->key = asset->key;
	r->has_freshness = r->has_staleness = false;
	r->err.loc = asset->data_loc;

	struct map_entry *e = map_put(
		seen, arena_svf(x->a, SV_FMT "\n" SV_FMT, SV_ARG(r->key), SV_ARG(r->partition)));

	if (e->value != NULL)
		return err_set(err, ERR_FORMAT, NOWHERE, "'" SV_FMT "' is there twice", SV_ARG(r->key));
	e->value = r;
	return take_checks(x, r, err);
}

static bool
take_report(struct parsing *x, struct err *err)
{
	static const char *const commands[] = {"check", "audit", "run", "gate"};
	struct report *r = &x->ret->report;
	const char *command = NULL;
	struct map seen;

	if (!report_read(x->a, x->report, r, err)) {
		if (err != NULL)
			err->code = ERR_FORMAT;
		return false;
	}
	for (size_t i = 0; i < LEN(commands); i++)
		if (strcmp(commands[i], r->command) == 0)
			command = commands[i];
	if (command == NULL)
		return err_set(err, ERR_FORMAT, NOWHERE, "a report of `%.40s` holds no results", r->command);
	if (!is_ulid(r->run_id))
		return err_set(err, ERR_FORMAT, NOWHERE, "'%s' is no id of a run", r->run_id);
	if (!sv_eq(r->env, x->s->env))
		return err_set(err, ERR_FORMAT, NOWHERE,
		               "it is of environment '" SV_FMT "', and this service of '" SV_FMT "'",
		               SV_ARG(r->env), SV_ARG(x->s->env));
	map_init(&seen, x->a);
	for (size_t i = 0; i < r->nasset; i++)
		if (!take_asset(x, &r->asset[i], &seen, err))
			return false;
	r->command = command;
	r->project = x->s->project->catalog->project;
	r->started_us = not_after(r->started_us, x->now_us);
	r->finished_us = not_after(r->finished_us, x->now_us);
	/* What is late, stale or an orphan, and what follows, is for the service to say. */
	r->has_orphans = r->has_incidents = false;
	r->norphan = r->nincident = 0;
	x->ret->has_report = true;
	return true;
}

/*
 * Documents
 * -------------------------------------------------------------------------------------------------------
 */

static bool
take_events(struct parsing *x, struct err *err)
{
	const struct event_source from = {
		.catalog = x->s->project->catalog, .now_us = x->now_us, .reporter = SV("results")};
	struct faults faults = {.a = x->a}, warnings = {.a = x->a};

	if (events_parse(x->a, &from, x->events, &x->ret->event, &x->ret->nevent, &faults, &warnings))
		return true;
	if (faults.list.n == 0)
		return err_set(err, ERR_FORMAT, NOWHERE, "its events cannot be read");
	return err_set(err, ERR_FORMAT, NOWHERE, "/events" SV_FMT ": " SV_FMT,
	               SV_ARG(faults.list.v[0].pointer), SV_ARG(faults.list.v[0].detail));
}

static const struct member document_members[] = {
	{"report", MEMBER_RAW, AT(parsing, report)},
	{"events", MEMBER_RAW, AT(parsing, events)},
	{"observed", MEMBER_OTHER, .read = read_looks},
	{"trouble", MEMBER_OTHER, .read = read_trouble},
	{"trouble_code", MEMBER_TEXT, AT(parsing, trouble_code)},
	{"trouble_hint", MEMBER_OTHER, .read = read_trouble_hint},
};

bool
results_parse(struct service *s, struct arena *a, struct sv json, struct results **ret, struct err *err)
{
	struct results *r = ARENA_NEW(a, struct results);
	struct parsing x = {.s = s, .a = a, .ret = r, .now_us = clock_now_us(s->clock)};
	struct json_reader reader = {.a = a, .err = err, .what = "the results"};

	if (json.n > RESULTS_MAX)
		return err_set(err, ERR_LIMIT, NOWHERE, "the results are larger than %d MB",
		               RESULTS_MAX >> 20);
	json_scan_init(&reader.s, json);
	if (!reader_object(&reader, MEMBERS(document_members), &x, json_next(&reader.s)) ||
	    (json_next(&reader.s) != JSON_END && !reader_fail(&reader, "something follows it"))) {
		if (err != NULL)
			err->code = ERR_FORMAT;
		return false;
	}
	if ((x.report.n > 0 && !take_report(&x, err)) || (x.events.n > 0 && !take_events(&x, err)))
		return false;
	if (r->trouble.code != ERR_NONE)
		r->trouble.code = code_named(x.trouble_code);
	r->look = x.look.v;
	r->nlook = x.look.n;
	if (!r->has_report && r->nlook == 0 && r->nevent == 0 && r->trouble.code == ERR_NONE)
		return err_set(err, ERR_FORMAT, NOWHERE,
		               "there is nothing in it: no `report`, no `observed`, no `events`");
	*ret = r;
	return true;
}

static bool
store_looks(struct workspace *w, struct results *r, struct err *err)
{
	for (size_t i = 0; i < r->nlook; i++)
		if ((!r->look[i].seen.failed || r->look[i].asset->elsewhere) &&
		    !run_record_look(w, r->look[i].asset, &r->look[i].seen, r->look[i].looked_us, err))
			return false;
	for (size_t i = 0; i < r->nevent; i++)
		if (!store_add_event(w->store, &r->event[i], err))
			return false;
	return true;
}

/* Of the same version and check: failed since, where somebody else looked. */
static bool
failed_since(struct workspace *w, const struct asset_result *r, const struct check_result *c, bool *ret,
             struct err *err)
{
	struct stored_verdict *v;
	size_t n;

	*ret = false;
	if (c->verdict.outcome == OUTCOME_FAIL || c->verdict.outcome == OUTCOME_ERROR)
		return true;
	if (!store_verdicts(w->store, w->a, r->key, r->partition, r->data_version, &v, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		*ret = *ret || (sv_eq(v[i].check_hash, check_identity(c->check)) && v[i].at_us > c->at_us &&
		                (v[i].outcome == OUTCOME_FAIL || v[i].outcome == OUTCOME_ERROR));
	return true;
}

/* What comes late (it was left over, say) must not take the place of a later failure: the last word is the one that is stored last. */
static bool
drop_outdated(struct workspace *w, struct report *r, struct err *err)
{
	for (size_t i = 0; i < r->nasset; i++) {
		struct asset_result *x = &r->asset[i];
		size_t n = 0;

		for (size_t k = 0; k < x->ncheck; k++) {
			bool outdated;

			if (!failed_since(w, x, &x->check[k], &outdated, err))
				return false;
			if (!outdated)
				x->check[n++] = x->check[k];
		}
		x->ncheck = n;
	}
	return true;
}

bool
results_store(struct service *s, struct arena *a, struct results *r, int64_t position, struct err *err)
{
	struct workspace w = service_workspace(s, a);
	struct sv env;
	bool found;

	if (r->has_report) {
		if (!store_run_env(s->store, a, sv_of(r->report.run_id), &env, &found, err))
			return false;
		r->known = found && sv_eq(env, s->env);
		if (found && !r->known)
			r->taken = env;
		if (found)
			return true;
		r->report.position = position;
		if (position < 0 &&
		    (!store_run_position_at(s->store, r->report.started_us, &r->report.position, err) ||
		     !drop_outdated(&w, &r->report, err)))
			return false;
	}
	return store_looks(&w, r, err) && (!r->has_report || run_adopt(&w, &r->report, err));
}
