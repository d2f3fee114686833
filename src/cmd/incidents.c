/* weir incidents: what is wrong, who is at it, and who is not to be told for a while. */
#include "alert/alert.h"
#include "alert/match.h"
#include "alert/notice.h"
#include "base/duration.h"
#include "cmd/commands.h"
#include "cmd/deliver.h"
#include "cmd/remote_incidents.h"
#include "report/incident.h"
#include "report/text.h"

enum { LIST_DEFAULT = 100, OUT_MAX = 256 << 20 };

static const char *const verbs[] = {"list", "show",   "ack",   "snooze", "resolve",
                                    "mute", "unmute", "mutes", NULL};
enum verb { VERB_LIST, VERB_SHOW, VERB_ACK, VERB_SNOOZE, VERB_RESOLVE, VERB_MUTE, VERB_UNMUTE, VERB_MUTES };

static const struct option_def incidents_options[] = {
	{"open", 0, OPT_FLAG, NULL, NULL, "list: only those that are open (as without --all)."},
	{"all", 0, OPT_FLAG, NULL, NULL, "list: resolved ones, too; mutes: past ones, too."},
	{"limit", 0, OPT_INT, "N", NULL, "list: how many, newest first; default 100."},
	{"note", 0, OPT_TEXT, "TEXT", NULL, "ack: what others should know."},
	{"for", 0, OPT_DURATION, "DUR", NULL, "snooze, mute: for how long; at most 366 days."},
	{"reason", 0, OPT_TEXT, "TEXT", NULL, "resolve, mute: why."},
	{"match", 0, OPT_LIST, "KEY=VALUE", NULL,
         "mute: which incidents: asset, kind, owner, severity or tag; once for each condition."},
	{"who", 0, OPT_TEXT, "NAME", NULL, "On whose word; default: the user who runs this."},
};
/* Which of them each verb takes, and which it needs. */
static const struct {
	const char *takes[4], *needs[4];
	bool ids, writes;
} rules[] = {
	[VERB_LIST] = {.takes = {"open", "all", "limit"}},
	[VERB_SHOW] = {.ids = true},
	[VERB_ACK] = {.takes = {"note", "who"}, .ids = true, .writes = true},
	[VERB_SNOOZE] = {.takes = {"for", "who"}, .needs = {"for"}, .ids = true, .writes = true},
	[VERB_RESOLVE] = {.takes = {"reason", "who"}, .needs = {"reason"}, .ids = true, .writes = true},
	[VERB_MUTE] = {.takes = {"match", "for", "reason", "who"},
                       .needs = {"match", "for", "reason"},
                       .writes = true},
	[VERB_UNMUTE] = {.ids = true, .writes = true},
	[VERB_MUTES] = {.takes = {"all"}},
};

static bool
among(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n && list[i] != NULL; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

/* An option of another verb would be ignored, and whoever gave it meant something. */
static bool
options_fit(const struct options *o, enum verb verb, struct err *err)
{
	for (size_t i = 0; i < LEN(incidents_options); i++) {
		const char *name = incidents_options[i].name;

		if (opt(o, name)->given && !among(rules[verb].takes, LEN(rules[verb].takes), name))
			return err_set(err, ERR_USAGE, NOWHERE, "weir incidents %s takes no --%s",
			               verbs[verb], name);
		if (!opt(o, name)->given && among(rules[verb].needs, LEN(rules[verb].needs), name))
			return err_set(err, ERR_USAGE, NOWHERE, "weir incidents %s needs --%s", verbs[verb],
			               name);
	}
	if (opt_flag(o, "open") && opt_flag(o, "all"))
		return err_set(err, ERR_USAGE, NOWHERE, "--open and --all exclude each other");
	if (rules[verb].ids && o->narg < 2) {
		err_set(err, ERR_USAGE, NOWHERE, "weir incidents %s needs an ID", verbs[verb]);
		return err_hint(err, verb == VERB_UNMUTE ? "weir incidents mutes lists them"
		                                         : "weir incidents list shows them");
	}
	if (!rules[verb].ids && o->narg > 1)
		return err_set(err, ERR_USAGE, NOWHERE, "weir incidents %s takes no '%s'", verbs[verb],
		               o->arg[1]);
	if (verb == VERB_SHOW && o->narg > 2)
		return err_set(err, ERR_USAGE, NOWHERE, "weir incidents show takes one ID, not '%s' too",
		               o->arg[2]);
	if (rules[verb].writes && sv_is(opt_text(o, "format"), "json") && verb != VERB_MUTE)
		return err_set(err, ERR_USAGE, NOWHERE, "weir incidents %s writes no JSON", verbs[verb]);
	return true;
}

/* Finding --------------------------------------------------------------------------------------------------------- */

static bool
refuse_name(const char *what, struct sv prefix, size_t n, const char *list, struct err *err)
{
	if (n == 0)
		err_set(err, ERR_USAGE, NOWHERE, "there is no %s '" SV_FMT "'", what, SV_ARG(prefix));
	else
		err_set(err, ERR_USAGE, NOWHERE, "several %ss begin with '" SV_FMT "'", what, SV_ARG(prefix));
	return err_hint(err, "weir incidents %s shows their ids", list);
}

static bool
find(struct opened *w, struct sv prefix, struct incident *ret, struct err *err)
{
	struct incident *v;
	size_t n;

	if (!store_incidents_named(w->w.store, w->a, prefix, 2, &v, &n, err))
		return false;
	if (prefix.n == 0 || n != 1)
		return refuse_name("incident", prefix, n, "list --all", err);
	*ret = v[0];
	return true;
}

static struct incident_view
view_of(const struct opened *w, const struct holds *holds, const struct incident *i)
{
	return (struct incident_view){
		.incident = i,
		.asset = incident_asset(w->w.catalog, i),
		.hold = i->resolved_us == TIME_NONE ? holds_find(holds, i) : NULL,
		.now_us = clock_now_us(w->w.clock),
	};
}

/* List ------------------------------------------------------------------------------------------------------------ */

static void
put_row(const struct opened *w, struct buf *b, const struct incident_view *v)
{
	AUTO(buf) line = buf_new(1 << 20);
	const struct incident *i = v->incident;
	char at[DURATION_MAX];

	buf_printf(line, "%-12s  %-8s  ", incident_state_name(i, v->now_us), severity_names[i->severity]);
	buf_printf(line, SV_FMT "  %-14s  ", SV_ARG(i->id), moment_words(i->opened_us, v->now_us, at));
	text_plain(line, i->title);
	if (i->acked_by.n > 0 && i->resolved_us == TIME_NONE) {
		buf_puts(line, "  by ");
		text_plain(line, i->acked_by);
	}
	if (v->hold != NULL)
		buf_printf(line, "  (%s, ends %s)", v->hold->maintenance ? "maintenance" : "muted",
		           moment_words(v->hold->until_us, v->now_us, at));
	text_line(&w->style, b, buf_sv(line));
}

static int
list(struct options *o, struct opened *w)
{
	AUTO(buf) text = buf_new(OUT_MAX);
	const bool all = opt_flag(o, "all"), json = sv_is(opt_text(o, "format"), "json");
	struct json_writer j;
	struct incident *v;
	struct holds holds;
	struct err err = {0};
	size_t n;

	if (!store_list_incidents(w->w.store, o->a, !all, (size_t)opt_number(o, "limit", LIST_DEFAULT), &v,
	                          &n, &err) ||
	    !holds_load(&w->w, clock_now_us(w->w.clock), &holds, &err))
		return output_failure(&err);
	json_write_init(&j, text, 2);
	if (json)
		json_array(&j);
	for (size_t i = 0; i < n; i++) {
		const struct incident_view view = view_of(w, &holds, &v[i]);

		if (json)
			report_incident(&j, &view);
		else
			put_row(w, text, &view);
	}
	if (json) {
		json_array_end(&j);
		buf_putc(text, '\n');
	}
	return output_list(text, all ? "no incidents on record" : "nothing is wrong: no incident is open");
}

/* Show ------------------------------------------------------------------------------------------------------------ */

static void
put_pair(struct buf *b, const char *name, struct sv value)
{
	if (value.n == 0)
		return;
	buf_printf(b, "  %-12s ", name);
	text_plain(b, value);
	buf_putc(b, '\n');
}

static void
put_moment(struct buf *b, const char *name, int64_t t_us)
{
	char at[RFC3339_MAX];

	if (t_us != TIME_NONE)
		put_pair(b, name, sv_of(rfc3339_seconds(t_us, at)));
}

static void
put_event(struct buf *b, const struct incident_event *e)
{
	char at[RFC3339_MAX];

	buf_printf(b, "  %s  ", rfc3339_seconds(e->at_us, at));
	if (sv_is(e->kind, "told")) {
		buf_puts(b, "told ");
		text_plain(b, e->channel);
		buf_puts(b, ": ");
		text_plain(b, e->change);
		if (e->delivery.n > 0)
			buf_printf(b, " (" SV_FMT ")", SV_ARG(e->delivery));
		buf_putc(b, '\n');
		return;
	}
	text_plain(b, e->kind);
	if (e->who.n > 0) {
		buf_puts(b, " by ");
		text_plain(b, e->who);
	}
	if (e->detail.n > 0) {
		buf_puts(b, ": ");
		text_plain(b, e->detail);
	}
	buf_putc(b, '\n');
}

static void
put_life(struct buf *b, const struct incident_view *v)
{
	const struct incident *i = v->incident;

	put_pair(b, "id", i->id);
	put_pair(b, "state", sv_of(incident_state_name(i, v->now_us)));
	put_pair(b, "kind", i->kind);
	put_pair(b, "severity", sv_of(severity_names[i->severity]));
	put_pair(b, "asset", i->asset);
	put_pair(b, "partition", i->partition);
	put_pair(b, "check", i->check);
	put_pair(b, "message", i->message);
	put_moment(b, "opened", i->opened_us);
	put_moment(b, "last seen", i->seen_us);
	put_moment(b, "resolved", i->resolved_us);
	put_pair(b, "resolved by", i->resolved_by);
	put_pair(b, "acked by", i->acked_by);
	put_pair(b, "note", i->note);
	put_moment(b, "snoozed till", i->snoozed_until_us > v->now_us ? i->snoozed_until_us : TIME_NONE);
	put_moment(b, "quiet till", v->hold != NULL ? v->hold->until_us : TIME_NONE);
	if (v->hold != NULL)
		put_pair(b, "because", v->hold->reason);
}

static void
put_lists(struct buf *b, const struct incident *i)
{
	if (i->partitions > 0)
		buf_printf(b, "Partitions: %lld\n", (long long)i->partitions);
	for (size_t k = 0; k < i->npart; k++) {
		buf_puts(b, "  ");
		text_plain(b, i->part[k].partition);
		buf_puts(b, ": ");
		text_plain(b, i->part[k].message);
		buf_putc(b, '\n');
	}
	if (i->symptoms > 0)
		buf_printf(b, "What follows from it: %lld\n", (long long)i->symptoms);
	for (size_t k = 0; k < i->nsymptom; k++) {
		buf_printf(b, "  " SV_FMT " ", SV_ARG(i->symptom[k].kind));
		text_plain(b, i->symptom[k].asset);
		buf_puts(b, ": ");
		text_plain(b, i->symptom[k].message);
		buf_putc(b, '\n');
	}
}

static int
show(struct options *o, struct opened *w)
{
	AUTO(buf) text = buf_new(OUT_MAX);
	struct incident_event *e;
	struct incident_view v;
	struct incident i;
	struct holds holds;
	struct json_writer j;
	struct err err = {0};
	size_t n;

	if (!find(w, sv_of(o->arg[1]), &i, &err) ||
	    !store_incident_events(w->w.store, o->a, i.id, (struct sv){0}, &e, &n, &err) ||
	    !holds_load(&w->w, clock_now_us(w->w.clock), &holds, &err))
		return output_failure(&err);
	v = view_of(w, &holds, &i);
	v.event = e;
	v.nevent = n;
	v.has_events = true;
	if (sv_is(opt_text(o, "format"), "json")) {
		json_write_init(&j, text, 2);
		report_incident(&j, &v);
		buf_putc(text, '\n');
	} else {
		text_plain(text, i.title);
		buf_putc(text, '\n');
		put_life(text, &v);
		put_lists(text, &i);
		buf_puts(text, "Record\n");
		for (size_t k = 0; k < n; k++)
			put_event(text, &e[k]);
	}
	return buf_check(text, "the incident", &err) ? output_text(buf_sv(text), 0) : output_failure(&err);
}

/* Ack, snooze, resolve ---------------------------------------------------------------------------------------------- */

static struct sv
who_of(const struct options *o)
{
	return opt(o, "who")->given ? sv_trim(opt_text(o, "who")) : user_name(o->a);
}

static bool
change_one(struct options *o, struct opened *w, enum verb verb, struct sv id, struct err *err)
{
	const int64_t now_us = clock_now_us(w->w.clock);
	struct incident i;
	int64_t until_us;

	if (!find(w, id, &i, err))
		return false;
	if (verb == VERB_ACK)
		return incident_ack(&w->w, &i, who_of(o), sv_trim(opt_text(o, "note")), err);
	if (verb == VERB_RESOLVE)
		return incident_resolve(&w->w, &i, who_of(o), sv_trim(opt_text(o, "reason")), err);
	if (__builtin_add_overflow(now_us, opt_number(o, "for", 0), &until_us))
		until_us = INT64_MAX;
	return incident_snooze(&w->w, &i, who_of(o), until_us, err);
}

/* Does it to each that the arguments name, all or none, and tells what follows. */
static int
do_each(struct options *o, struct opened *w, enum verb verb,
        bool (*one)(struct options *o, struct opened *w, enum verb verb, struct sv name, struct err *err))
{
	struct err err = {0};

	if (!store_begin(w->w.store, &err))
		return output_failure(&err);
	for (int k = 1; k < o->narg; k++)
		if (!one(o, w, verb, sv_of(o->arg[k]), &err)) {
			store_rollback(w->w.store);
			return output_failure(&err);
		}
	if (!store_commit(w->w.store, &err))
		return output_failure(&err);
	deliver_alerts(w);
	return output_finish(0);
}

/* Mutes ------------------------------------------------------------------------------------------------------------ */

static void
put_mute(const struct opened *w, struct buf *b, const struct mute *m, int64_t now_us)
{
	AUTO(buf) line = buf_new(1 << 20);
	char until[RFC3339_MAX];
	struct sv rest = m->match;

	buf_printf(line, "%-8s  " SV_FMT "  until %s  ", mute_state(m, now_us), SV_ARG(m->id),
	           rfc3339_seconds(m->until_us, until));
	while (rest.n > 0) {
		text_plain(line, sv_cut(&rest, '\n'));
		buf_putc(line, ' ');
	}
	buf_puts(line, " by ");
	text_plain(line, m->who);
	buf_puts(line, ": ");
	text_plain(line, m->reason);
	text_line(&w->style, b, buf_sv(line));
}

static int
mute(struct options *o, struct opened *w)
{
	AUTO(buf) text = buf_new(OUT_MAX);
	const int64_t now_us = clock_now_us(w->w.clock);
	const struct option_value *match = opt(o, "match");
	struct json_writer j;
	struct mute m;
	struct err err = {0};
	int64_t until_us;

	if (__builtin_add_overflow(now_us, opt_number(o, "for", 0), &until_us))
		until_us = INT64_MAX;
	if (!alerts_mute(&w->w, match->list.v, match->list.n, who_of(o), until_us,
	                 sv_trim(opt_text(o, "reason")), &m, &err))
		return output_failure(&err);
	if (sv_is(opt_text(o, "format"), "json")) {
		json_write_init(&j, text, 2);
		report_mute(&j, &m, now_us);
		buf_putc(text, '\n');
	} else {
		put_mute(w, text, &m, now_us);
	}
	return output_text(buf_sv(text), 0);
}

static bool
unmute_one(struct options *o UNUSED, struct opened *w, enum verb verb UNUSED, struct sv id, struct err *err)
{
	struct mute *v;
	bool ended;
	size_t n;

	if (!store_mutes_named(w->w.store, w->a, id, 2, &v, &n, err))
		return false;
	if (id.n == 0 || n != 1)
		return refuse_name("mute", id, n, "mutes --all", err);
	if (!store_end_mute(w->w.store, v[0].id, clock_now_us(w->w.clock), &ended, err))
		return false;
	return ended ||
	       err_set(err, ERR_USAGE, NOWHERE, "the mute " SV_FMT " is over already", SV_ARG(v[0].id));
}

static int
mutes(struct options *o, struct opened *w)
{
	AUTO(buf) text = buf_new(OUT_MAX);
	const int64_t now_us = clock_now_us(w->w.clock);
	const bool json = sv_is(opt_text(o, "format"), "json");
	struct json_writer j;
	struct mute *v;
	struct err err = {0};
	size_t n;

	if (!(opt_flag(o, "all") ? store_list_mutes(w->w.store, o->a, SIZE_MAX, &v, &n, &err)
	                         : store_mutes(w->w.store, o->a, now_us, &v, &n, &err)))
		return output_failure(&err);
	json_write_init(&j, text, 2);
	if (json)
		json_array(&j);
	for (size_t i = 0; i < n; i++)
		if (json)
			report_mute(&j, &v[i], now_us);
		else
			put_mute(w, text, &v[i], now_us);
	if (json) {
		json_array_end(&j);
		buf_putc(text, '\n');
	}
	return output_list(text, "nothing is muted");
}

/* The command ------------------------------------------------------------------------------------------------------ */

static int
incidents_run(struct options *o)
{
	struct err err = {0};
	struct opened w;
	size_t verb = VERB_LIST;
	int status;

	while (o->narg > 0 && strcmp(o->arg[0], verbs[verb]) != 0)
		verb++;
	if (!options_fit(o, (enum verb)verb, &err))
		return output_failure(&err);
	if (!opened_workspace(o, rules[verb].writes ? STORE_WRITE : STORE_READ, &w, &status))
		return status;
	switch ((enum verb)verb) {
	case VERB_LIST:
		status = list(o, &w);
		break;
	case VERB_SHOW:
		status = show(o, &w);
		break;
	case VERB_ACK:
	case VERB_SNOOZE:
	case VERB_RESOLVE:
		status = do_each(o, &w, (enum verb)verb, change_one);
		break;
	case VERB_MUTE:
		status = mute(o, &w);
		break;
	case VERB_UNMUTE:
		status = do_each(o, &w, (enum verb)verb, unmute_one);
		break;
	case VERB_MUTES:
		status = mutes(o, &w);
		break;
	}
	progress_end(&w.progress);
	opened_close(&w);
	return status;
}

/* Through a service ---------------------------------------------------------------------------------------------------- */

static int
list_remote(struct options *o, struct remote *service)
{
	AUTO(buf) text = buf_new(OUT_MAX);
	const struct report_style style = output_style(o);
	const int64_t now_us = clock_now_us(&clock_system);
	struct remote_incident *v;
	struct err err = {0};
	struct sv json;
	size_t n;

	if (!remote_incidents(service, o->a, opt_flag(o, "all"), opt_number(o, "limit", LIST_DEFAULT), &v, &n,
	                      &json, &err))
		return output_failure(&err);
	if (sv_is(opt_text(o, "format"), "json")) {
		buf_add(text, json);
		buf_putc(text, '\n');
		n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		AUTO(buf) line = buf_new(1 << 20);
		char at[DURATION_MAX];

		text_pad(line, v[i].state, 12);
		buf_puts(line, "  ");
		text_pad(line, v[i].severity, 8);
		buf_puts(line, "  ");
		text_plain(line, v[i].id);
		buf_printf(line, "  %-14s  ", moment_words(v[i].opened_us, now_us, at));
		text_plain(line, v[i].title);
		text_line(&style, text, buf_sv(line));
	}
	return output_list(text, opt_flag(o, "all") ? "no incidents on record"
	                                            : "nothing is wrong: no incident is open");
}

/* One after the other: what was done before one that is refused stays done. */
static int
change_remote(struct options *o, struct remote *service, enum verb verb)
{
	static const char *const keys[] = {
		[VERB_ACK] = "note", [VERB_SNOOZE] = "for", [VERB_RESOLVE] = "reason"};
	struct err err = {0};

	for (int k = 1; k < o->narg; k++)
		if (!remote_incident_change(service, o->a, verbs[verb], sv_of(o->arg[k]), keys[verb],
		                            sv_trim(opt_text(o, keys[verb])), &err))
			return output_failure(&err);
	return output_finish(0);
}

static int
incidents_remote(struct options *o)
{
	AUTO(remote) service = NULL;
	struct err err = {0};
	size_t verb = VERB_LIST;

	while (o->narg > 0 && strcmp(o->arg[0], verbs[verb]) != 0)
		verb++;
	if (!options_fit(o, (enum verb)verb, &err) || !remote_now(o, &err) || !remote_open(o, &service, &err))
		return output_failure(&err);
	if (opt(o, "who")->given) {
		err_set(&err, ERR_USAGE, NOWHERE, "--who does not work through a weir service");
		err_hint(&err, "it records the name of the token");
		return output_failure(&err);
	}
	if (verb == VERB_LIST)
		return list_remote(o, service);
	if (verb == VERB_ACK || verb == VERB_SNOOZE || verb == VERB_RESOLVE)
		return change_remote(o, service, (enum verb)verb);
	err_set(&err, ERR_USAGE, NOWHERE, "weir incidents %s does not work through a weir service",
	        verbs[verb]);
	err_hint(&err, "list, ack, snooze and resolve do");
	return output_failure(&err);
}

const struct command cmd_incidents = {
	.name = "incidents",
	.group = GROUP_PROBLEM,
	.synopsis =
		"[list] | show ID | ack ID… | snooze ID… --for DUR | resolve ID… --reason TEXT | mute … | unmute "
		"ID… | mutes",
	.summary = "Shows what is wrong and what became of it, and says who is at it",
	.doc = "ID is the beginning of one, as long as no other begins so.  ack ends repeats and escalations; "
	       "snooze is quiet until it\n"
	       "ends or things get worse.  resolve ends an incident by hand: if the next look finds the problem "
	       "still there, it is\n"
	       "open again.  mute --match KEY=VALUE… --for DUR --reason TEXT tells nobody of what goes wrong in "
	       "between; what is still\n"
	       "wrong at its end is told then.",
	.example = "weir incidents ack 01KDYVGY00EHQ4ZF02C9DFZ694 --note \"on it\"",
	.formats = formats_text_json,
	.option = incidents_options,
	.noption = LEN(incidents_options),
	.max_args = -1,
	.verbs = verbs,
	.run = incidents_run,
	.remote = incidents_remote,
};
