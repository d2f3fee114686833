/* weir backtest: what checks would have said, with other arguments, of the numbers on record. */
#include "config.h"

#include "run/backtest.h"

#include "base/civil.h"
#include "base/json.h"
#include "cmd/workspace.h"

enum { OUTPUT_MAX = 256 << 20 };

static const struct option_def backtest_options[] = {
	{"set", 0, OPT_LIST, "KEY=VALUE", NULL,
         "An argument (or where, warn, fail, severity) that the checks have instead; once for each.  An empty "
         "value takes it away."},
	{"since", 0, OPT_TIME, "TIME", NULL,
         "Only tells of what came since then; what was before still counts as the past."},
	{"all", 0, OPT_FLAG, NULL, NULL, "Lists all points, not only those that would have alerted."},
};

struct testing {
	struct options *o;
	struct opened *w;
	struct check_setting *set;
	size_t nset;
	LIST(struct backtest) out;
	bool failed; /* one could not be tried */
};

static bool
read_settings(struct testing *t, struct err *err)
{
	const struct option_value *set = opt(t->o, "set");

	t->set = ARENA_ARRAY(t->o->a, struct check_setting, set->list.n);
	for (size_t i = 0; i < set->list.n; i++) {
		struct sv rest = set->list.v[i], key = sv_cut(&rest, '=');

		if (key.n == set->list.v[i].n || key.n == 0)
			return err_set(err, ERR_USAGE, NOWHERE, "--set takes KEY=VALUE, not '" SV_FMT "'",
			               SV_ARG(set->list.v[i]));
		t->set[t->nset++] = (struct check_setting){key, rest};
	}
	return true;
}

/* Without a selected check: those on a number; what they cannot be tried on is no mistake then. */
static bool
test_check(struct testing *t, const struct asset *asset, const struct check *c, bool named, struct err *err)
{
	struct check *changed = ARENA_NEW(t->o->a, struct check);
	struct backtest b;
	struct err why = {0};
	struct diags d;

	diags_init(&d, t->o->a);
	if (!check_changed(t->o->a, t->w->w.catalog, c, t->set, t->nset, changed, &d)) {
		const struct diag *m = d.list.n > 0 ? &d.list.v[0] : NULL;

		err_set(err, ERR_USAGE, NOWHERE, "--set on '" SV_FMT "': %s", SV_ARG(c->id),
		        m != NULL ? m->msg : "the check cannot be read");
		return m != NULL && m->hint != NULL ? err_hint(err, "%s", m->hint) : false;
	}
	if (!run_backtest(&t->w->w, asset, changed,
	                  opt(t->o, "since")->given ? opt_number(t->o, "since", 0) : TIME_NONE, &b, &why)) {
		if (why.code != ERR_UNSUPPORTED && why.code != ERR_ARG) {
			*err = why;
			return false;
		}
		if (named) {
			(void)err_prefix(&why, SV_FMT, SV_ARG(c->id));
			output_error(&why);
			t->failed = true;
		}
		return true;
	}
	if (b.n > 0 || named)
		*LIST_ADD(t->o->a, &t->out) = b;
	return true;
}

static bool
is_selected(const struct selection *s, struct sv asset, const struct check *c)
{
	for (size_t i = 0; i < s->ncheck; i++)
		if (run_check_is(s->check[i], asset, c))
			return true;
	return s->ncheck == 0 && !c->implicit;
}

static bool
test_all(struct testing *t, struct err *err)
{
	const struct catalog *c = t->w->w.catalog;
	struct selection s;
	bool any = false;

	if (!read_settings(t, err) || !selection_make(t->o->a, c, t->o->arg, (size_t)t->o->narg, &s, err))
		return false;
	if (t->nset > 0 && s.ncheck == 0) {
		err_set(err, ERR_USAGE, NOWHERE, "--set needs the check that is meant");
		return err_hint(err, "name it with check:NAME");
	}
	for (size_t i = 0; i < c->nasset; i++) {
		const struct checks *checks = &t->w->w.checks[i];

		for (size_t k = 0; k < checks->n && bit_get(s.asset, (uint32_t)i); k++) {
			if (!is_selected(&s, c->asset[i].key, &checks->v[k]))
				continue;
			any = true;
			if (!test_check(t, &c->asset[i], &checks->v[k], s.ncheck > 0, err))
				return false;
		}
	}
	if (any)
		return true;
	err_set(err, ERR_NOTHING, NOWHERE, "no check is selected");
	return err_hint(err, "weir config show lists the assets, and status their checks");
}

/* What it says -------------------------------------------------------------------------------------------------------- */

static void
show_text(const struct testing *t, const struct backtest *b, struct buf *text)
{
	char at[RFC3339_MAX];

	buf_printf(text, SV_FMT ": %zu point%s of " SV_FMT "\n", SV_ARG(b->check->id), b->n,
	           b->n == 1 ? "" : "s", SV_ARG(b->metric));
	if (b->n == 0) {
		buf_puts(text, "  nothing is on record\n");
		return;
	}
	buf_printf(text, "  would have alerted %zu time%s", b->alerts, b->alerts == 1 ? "" : "s");
	if (b->alerts > 0)
		buf_printf(text, ", %zu of them when something was known to be wrong", b->in_incident);
	buf_printf(text, "; was flagged %zu time%s", b->flagged, b->flagged == 1 ? "" : "s");
	if (b->learning > 0)
		buf_printf(text, "; %zu could not be judged yet", b->learning);
	buf_putc(text, '\n');
	for (size_t i = 0; i < b->n; i++) {
		const struct backtest_point *p = &b->v[i];

		if (!opt_flag(t->o, "all") && (p->learning || p->outcome == OUTCOME_PASS) && !p->flagged)
			continue;
		buf_printf(text, "  %s  %-7s " SV_FMT "%s" SV_FMT "%s%s\n", rfc3339_seconds(p->at_us, at),
		           outcome_names[p->outcome], SV_ARG(p->partition), p->partition.n > 0 ? "  " : "",
		           SV_ARG(p->message), p->flagged ? "  [flagged then]" : "",
		           p->incident ? "  [incident]" : "");
	}
}

static void
show_json(const struct backtest *b, struct json_writer *w)
{
	json_object(w);
	json_put_sv(w, "id", b->check->id);
	json_put_raw(w, "kwargs", b->check->kwargs);
	json_put_sv(w, "metric", b->metric);
	json_put_i64(w, "alerts", (int64_t)b->alerts);
	json_put_i64(w, "alerts_in_incident", (int64_t)b->in_incident);
	json_put_i64(w, "flagged_then", (int64_t)b->flagged);
	json_put_i64(w, "learning", (int64_t)b->learning);
	json_key(w, "points");
	json_array(w);
	for (size_t i = 0; i < b->n; i++) {
		const struct backtest_point *p = &b->v[i];

		json_object_inline(w);
		json_put_sv(w, "partition", p->partition);
		json_put_time(w, "at", p->at_us);
		json_put_f64(w, "value", p->value);
		json_put_str(w, "outcome", outcome_names[p->outcome]);
		json_put_bool(w, "learning", p->learning);
		json_put_bool(w, "flagged_then", p->flagged);
		json_put_bool(w, "incident", p->incident);
		json_put_sv(w, "message", p->message);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

static int
show(const struct testing *t)
{
	AUTO(buf) text = buf_new(OUTPUT_MAX);
	struct err err = {0};
	struct json_writer w;

	if (sv_is(opt_text(t->o, "format"), "json")) {
		json_write_init(&w, text, 2);
		json_object(&w);
		json_put_str(&w, "weir", PACKAGE_VERSION);
		json_key(&w, "backtests");
		json_array(&w);
		for (size_t i = 0; i < t->out.n; i++)
			show_json(&t->out.v[i], &w);
		json_array_end(&w);
		json_object_end(&w);
		buf_putc(text, '\n');
	} else {
		for (size_t i = 0; i < t->out.n; i++) {
			buf_puts(text, i > 0 ? "\n" : "");
			show_text(t, &t->out.v[i], text);
		}
		if (t->out.n == 0 && !t->failed)
			buf_puts(text, "no number of the selected checks is on record\n");
	}
	if (!buf_check(text, "the backtest", &err))
		return output_failure(&err);
	return output_text(buf_sv(text), t->failed ? 3 : 0);
}

static int
backtest_run(struct options *o)
{
	struct opened w;
	struct testing t = {.o = o, .w = &w};
	struct err err = {0};
	int status;

	if (!opened_workspace(o, STORE_READ, &w, &status))
		return status;
	status = test_all(&t, &err) ? show(&t) : output_failure(&err);
	opened_close(&w);
	return status;
}

const struct command cmd_backtest = {
	.name = "backtest",
	.local = true,
	.group = GROUP_DAILY,
	.asset_args = true,
	.synopsis = "[SELECTOR…] [check:NAME --set KEY=VALUE…]",
	.summary =
		"Tells when checks would have alerted, had they been as they are now or with other arguments",
	.doc = "Judges each number on record by what came before it: nothing is read but the state, and nothing is\n"
	       "stored.  --set changes an argument of the checks that check:NAME selects.",
	.example = "weir backtest check:rows-as-usual --set sensitivity=5",
	.formats = formats_text_json,
	.option = backtest_options,
	.noption = LEN(backtest_options),
	.max_args = -1,
	.run = backtest_run,
};
