/* weir incidents: what is wrong, who is at it, and who is not to be told for a while. */
#include "cmd/incidents.h"
#include "alert/alert.h"
#include "alert/match.h"
#include "cmd/commands.h"
#include "cmd/deliver.h"
#include "cmd/remote_incidents.h"
#include "store/symptom.h"

enum { LIST_DEFAULT = 100 };

static const char *const verbs[] = {"list", "show",   "ack",   "snooze", "resolve",
                                    "mute", "unmute", "mutes", NULL};
enum verb { VERB_LIST, VERB_SHOW, VERB_ACK, VERB_SNOOZE, VERB_RESOLVE, VERB_MUTE, VERB_UNMUTE, VERB_MUTES };

static const struct option_def incidents_options[] = {
	{"open", 0, OPT_FLAG, NULL, NULL, "list: only those that are open (as without --all)."},
	{"all", 0, OPT_FLAG, NULL, NULL, "list: resolved ones, too; mutes: past ones, too."},
	{"symptoms", 0, OPT_FLAG, NULL, NULL, "show: all that follows from it, not only the first 50."},
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
	[VERB_SHOW] = {.takes = {"symptoms"}, .ids = true},
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

static const char *
nothing_listed(const struct options *o)
{
	return opt_flag(o, "all") ? "no incidents on record" : "nothing is wrong: no incident is open";
}

static int
list(struct options *o, struct opened *w)
{
	struct incident_view *view;
	struct incident *v;
	struct holds holds;
	struct err err = {0};
	size_t n;

	if (!store_list_incidents(w->w.store, o->a, !opt_flag(o, "all"),
	                          (size_t)opt_number(o, "limit", LIST_DEFAULT), &v, &n, &err) ||
	    !holds_load(&w->w, clock_now_us(w->w.clock), &holds, &err))
		return output_failure(&err);
	view = ARENA_ARRAY(o->a, struct incident_view, n);
	for (size_t i = 0; i < n; i++)
		view[i] = view_of(w, &holds, &v[i]);
	return incidents_print(o, view, n, nothing_listed(o));
}

/* Show ------------------------------------------------------------------------------------------------------------ */

static bool
all_symptoms(const struct options *o, struct opened *w, struct incident *i, struct err *err)
{
	struct symptom *v;

	if (!opt_flag(o, "symptoms") || i->symptoms == 0)
		return true;
	if (!store_symptoms(w->w.store, o->a, i->id, NULL, SIZE_MAX, &v, &i->nsymptom, err))
		return false;
	i->symptom = v;
	return true;
}

static int
show(struct options *o, struct opened *w)
{
	struct incident_event *e;
	struct incident_view v;
	struct incident i;
	struct holds holds;
	struct err err = {0};
	size_t n;

	if (!find(w, sv_of(o->arg[1]), &i, &err) || !all_symptoms(o, w, &i, &err) ||
	    !store_incident_events(w->w.store, o->a, i.id, (struct sv){0}, &e, &n, &err) ||
	    !holds_load(&w->w, clock_now_us(w->w.clock), &holds, &err))
		return output_failure(&err);
	v = view_of(w, &holds, &i);
	v.event = e;
	v.nevent = n;
	v.has_events = true;
	return incidents_print_one(o, &v);
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

static int
mute(struct options *o, struct opened *w)
{
	const int64_t now_us = clock_now_us(w->w.clock);
	const struct option_value *match = opt(o, "match");
	struct mute m;
	struct err err = {0};
	int64_t until_us;

	if (__builtin_add_overflow(now_us, opt_number(o, "for", 0), &until_us))
		until_us = INT64_MAX;
	if (!alerts_mute(&w->w, match->list.v, match->list.n, who_of(o), until_us,
	                 sv_trim(opt_text(o, "reason")), &m, &err))
		return output_failure(&err);
	return mutes_print_one(o, &m, now_us);
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
	const int64_t now_us = clock_now_us(w->w.clock);
	struct mute *v;
	struct err err = {0};
	size_t n;

	if (!(opt_flag(o, "all") ? store_list_mutes(w->w.store, o->a, SIZE_MAX, &v, &n, &err)
	                         : store_mutes(w->w.store, o->a, now_us, &v, &n, &err)))
		return output_failure(&err);
	return mutes_print(o, v, n, now_us);
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
	struct incident_view *v;
	struct err err = {0};
	size_t n;

	if (!remote_incidents(service, o->a, opt_flag(o, "all"), opt_number(o, "limit", LIST_DEFAULT), &v, &n,
	                      &err))
		return output_failure(&err);
	return incidents_print(o, v, n, nothing_listed(o));
}

static int
show_remote(struct options *o, struct remote *service)
{
	struct incident_view v;
	struct err err = {0};

	if (!remote_incident(service, o->a, sv_of(o->arg[1]), opt_flag(o, "symptoms"), &v, &err))
		return output_failure(&err);
	return incidents_print_one(o, &v);
}

/* One after the other: what was done before one that is refused stays done. */
static int
change_remote(struct options *o, struct remote *service, enum verb verb)
{
	static const char *const keys[] = {
		[VERB_ACK] = "note", [VERB_SNOOZE] = "for", [VERB_RESOLVE] = "reason"};
	struct err err = {0};

	for (int k = 1; k < o->narg; k++) {
		const struct sv id = sv_of(o->arg[k]);

		if (!(verb == VERB_UNMUTE ? remote_unmute(service, o->a, id, &err)
		                          : remote_incident_change(service, o->a, verbs[verb], id, keys[verb],
		                                                   sv_trim(opt_text(o, keys[verb])), &err)))
			return output_failure(&err);
	}
	return output_finish(0);
}

static int
mute_remote(struct options *o, struct remote *service)
{
	const struct option_value *match = opt(o, "match");
	struct mute m;
	struct err err = {0};

	if (!remote_mute(service, o->a, match->list.v, match->list.n, opt_text(o, "for"),
	                 sv_trim(opt_text(o, "reason")), &m, &err))
		return output_failure(&err);
	return mutes_print_one(o, &m, clock_now_us(&clock_system));
}

static int
mutes_remote(struct options *o, struct remote *service)
{
	struct mute *v;
	struct err err = {0};
	size_t n;

	if (!remote_mutes(service, o->a, opt_flag(o, "all"), &v, &n, &err))
		return output_failure(&err);
	return mutes_print(o, v, n, clock_now_us(&clock_system));
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
	switch ((enum verb)verb) {
	case VERB_LIST:
		return list_remote(o, service);
	case VERB_SHOW:
		return show_remote(o, service);
	case VERB_MUTE:
		return mute_remote(o, service);
	case VERB_MUTES:
		return mutes_remote(o, service);
	case VERB_ACK:
	case VERB_SNOOZE:
	case VERB_RESOLVE:
	case VERB_UNMUTE:
		break;
	}
	return change_remote(o, service, (enum verb)verb);
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
