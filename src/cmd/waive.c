/* weir waive: puts up with a check's failure for a while, on record. */
#include "store/waiver.h"

#include "base/duration.h"
#include "cmd/remote_waivers.h"
#include "cmd/workspace.h"
#include "gate/facts.h"
#include "report/text.h"
#include "report/waiver.h"

enum { LISTED_MAX = 10000 };

static const struct option_def waive_options[] = {
	{"all-current", 0, OPT_FLAG, NULL, NULL, "Every check whose newest verdict fails now."},
	{"until", 0, OPT_TEXT, "WHEN", NULL,
         "A date, a time, or a duration from now (14d); at most 366 days ahead."},
	{"reason", 0, OPT_TEXT, "TEXT", NULL, "Why; shown wherever the check is."},
	{"who", 0, OPT_TEXT, "NAME", NULL, "On whose word; default: the user who runs this."},
	{"list", 0, OPT_FLAG, NULL, NULL, "Lists waivers, those in force first."},
	{"end", 0, OPT_FLAG, NULL, NULL, "Ends the waivers of these checks now."},
};

struct waiving {
	struct options *o;
	struct remote *service; /* keeps the state; NULL = that is here */
	struct opened w;
	int64_t now_us;
	LIST(struct sv) check; /* ids, each once */
	struct map seen;
};

static bool
add_check(struct waiving *x, struct sv id)
{
	if (map_has(&x->seen, id))
		return false;
	(void)map_put(&x->seen, id);
	*LIST_ADD(x->o->a, &x->check) = id;
	return true;
}

/* When -------------------------------------------------------------------------------------------------------- */

/* A bare date is its first moment in the catalog's zone: the waiver does not hold on that day any more. */
static bool
until_parse(const struct waiving *x, struct sv text, int64_t *ret, struct err *err)
{
	struct time_text t;
	int64_t us, later;

	if (duration_parse(text, &us, NULL))
		return !__builtin_add_overflow(x->now_us, us, ret) ||
		       err_set(err, ERR_USAGE, NOWHERE, "--until '" SV_FMT "' is too far ahead",
		               SV_ARG(text));
	if (time_text_parse(text, &t) && !t.has_time) {
		(void)tz_from_local(x->w.w.catalog->zone, t.us, ret, &later);
		return true;
	}
	if (rfc3339_parse(text, ret, NULL))
		return true;
	err_set(err, ERR_USAGE, NOWHERE, "--until takes no '" SV_FMT "'", SV_ARG(text));
	return err_hint(err, "Give a date (2026-12-24), a time with its zone (2026-12-24T08:00:00Z) or a "
	                     "duration from now (14d).");
}

static bool
until_fits(const struct waiving *x, struct sv text, int64_t *ret, struct err *err)
{
	char words[RFC3339_MAX];
	int64_t until;

	if (!until_parse(x, text, &until, err))
		return false;
	if (until <= x->now_us) {
		err_set(err, ERR_USAGE, NOWHERE, "--until %s is not in the future",
		        rfc3339_seconds(until, words));
		return err_hint(err, "To end a waiver, use --end.");
	}
	if (until - x->now_us > WAIVER_MAX_US) {
		err_set(err, ERR_USAGE, NOWHERE, "--until %s is more than 366 days ahead",
		        rfc3339_seconds(until, words));
		return err_hint(
			err, "What is to be put up with for longer is not a waiver: lower its severity, or "
			     "waive it again.");
	}
	*ret = until;
	return true;
}

/* Which ------------------------------------------------------------------------------------------------------- */

static bool
no_such_check(const struct waiving *x, struct sv text, struct err *err)
{
	const struct workspace *w = &x->w.w;
	LIST(const char *) names = {0};
	const char *near;

	for (size_t i = 0; i < w->catalog->nasset; i++)
		for (size_t k = 0; k < w->checks[i].n; k++)
			*LIST_ADD(x->o->a, &names) = arena_str(x->o->a, w->checks[i].v[k].id);
	near = sv_nearest(text, names.v, names.n);
	err_set(err, ERR_USAGE, NOWHERE, "there is no check '" SV_FMT "'", SV_ARG(text));
	return near != NULL ? err_hint(err, "did you mean '%s'?", near)
	                    : err_hint(err, "weir status --verbose lists the ids of checks");
}

/* An id, else what `check:` would select; a plain name that means several is more than was said. */
static bool
find_checks(struct waiving *x, struct sv text, struct err *err)
{
	const struct workspace *w = &x->w.w;
	const char *all = "";
	size_t found = 0;

	for (size_t i = 0; i < w->catalog->nasset; i++)
		for (size_t k = 0; k < w->checks[i].n; k++)
			if (sv_eq(text, w->checks[i].v[k].id)) {
				(void)add_check(x, w->checks[i].v[k].id);
				return true;
			}
	for (size_t i = 0; i < w->catalog->nasset; i++)
		for (size_t k = 0; k < w->checks[i].n; k++) {
			const struct check *c = &w->checks[i].v[k];

			if (!run_check_is(text, w->catalog->asset[i].key, c))
				continue;
			if (found++ < 3)
				all = arena_printf(x->o->a, "%s%s" SV_FMT, all, found > 1 ? ", " : "",
				                   SV_ARG(c->id));
			if (sv_has_glob(text) || found == 1)
				(void)add_check(x, c->id);
		}
	if (found == 0)
		return no_such_check(x, text, err);
	if (found == 1 || sv_has_glob(text))
		return true;
	err_set(err, ERR_USAGE, NOWHERE, "'" SV_FMT "' means %zu checks: %s%s", SV_ARG(text), found, all,
	        found > 3 ? " …" : "");
	return err_hint(err, "Give the ids, or a glob if all are meant.");
}

/*
 * What fails by the last known verdicts, in any partition.  Errors are told, as they cannot be waived; what is waived for at least as long
 * is left as it is.
 */
static bool
find_current(struct waiving *x, int64_t until_us, struct err *err)
{
	const struct run_request r = {.command = "waive", .fresh = true, .check = true, .stored = true};
	struct run_request request = r;
	struct report rep;
	size_t errors = 0;

	if (!selection_make(x->o->a, x->w.w.catalog, NULL, 0, &request.selection, err) ||
	    !run_report(&x->w.w, &request, &rep, err))
		return false;
	for (size_t i = 0; i < rep.nasset; i++)
		for (size_t k = 0; k < rep.asset[i].ncheck; k++) {
			const struct check_result *c = &rep.asset[i].check[k];
			enum outcome judged = c->waiver != NULL ? c->judged : c->verdict.outcome;

			errors += judged == OUTCOME_ERROR;
			if ((judged == OUTCOME_FAIL ||
			     check_blocks(c->check->blocking, c->check->severity, judged)) &&
			    (c->waiver == NULL || c->waiver->until_us < until_us))
				(void)add_check(x, c->check->id);
		}
	if (errors > 0)
		fprintf(stderr, "weir: %zu check%s could not be evaluated; an error is never waived\n",
		        errors, errors == 1 ? "" : "s");
	return true;
}

/* Waiving ----------------------------------------------------------------------------------------------------- */

static bool
store_all(struct waiving *x, const struct waiver *like, struct err *err)
{
	struct store *s = x->w.w.store;

	if (x->service != NULL)
		return remote_waive(x->service, x->o->a, like, x->check.v, x->check.n, err);
	if (!store_begin(s, err))
		return false;
	for (size_t i = 0; i < x->check.n; i++) {
		struct waiver w = *like;

		w.check = x->check.v[i];
		if (!store_add_waiver(s, &w, err)) {
			store_rollback(s);
			return false;
		}
	}
	return store_commit(s, err);
}

static bool
words_fit(const struct options *o, struct waiver *like, struct err *err)
{
	like->reason = sv_trim(opt_text(o, "reason"));
	like->who = opt(o, "who")->given ? sv_trim(opt_text(o, "who")) : user_name(o->a);
	if (!opt(o, "until")->given || like->reason.n == 0) {
		err_set(err, ERR_USAGE, NOWHERE, "a waiver needs --until and --reason");
		return err_hint(err,
		                "It ends by itself: --until 14d --reason \"backfill of May, see OPS-17\".");
	}
	if (like->who.n == 0)
		return err_set(err, ERR_USAGE, NOWHERE, "--who is empty");
	if (like->reason.n > WAIVER_TEXT_MAX_BYTES || like->who.n > WAIVER_TEXT_MAX_BYTES)
		return err_set(err, ERR_USAGE, NOWHERE, "--reason and --who are at most %d bytes long",
		               WAIVER_TEXT_MAX_BYTES);
	return true;
}

static int
waive(struct waiving *x)
{
	const bool current = opt_flag(x->o, "all-current");
	struct waiver like = {.from_us = x->now_us, .ended_us = TIME_NONE};
	AUTO(buf) text = buf_new((size_t)64 << 20);
	char until[RFC3339_MAX];
	struct err err = {0};
	bool ok = true;

	if (current == (x->o->narg > 0)) {
		err_set(&err, ERR_USAGE, NOWHERE, "name the checks to waive, or give --all-current");
		err_hint(&err, "usage: weir waive %s", x->o->command->synopsis);
		return output_failure(&err);
	}
	if (!words_fit(x->o, &like, &err) ||
	    !until_fits(x, sv_trim(opt_text(x->o, "until")), &like.until_us, &err))
		return output_failure(&err);
	for (int i = 0; i < x->o->narg && ok; i++)
		ok = find_checks(x, sv_of(x->o->arg[i]), &err);
	if (current)
		ok = find_current(x, like.until_us, &err);
	if (!ok || (x->check.n > 0 && !store_all(x, &like, &err)))
		return output_failure(&err);
	if (x->check.n == 0)
		return output_text(SV("nothing to waive: no check fails that is not waived already\n"), 0);
	buf_printf(text, "waived until %s:\n", rfc3339_seconds(like.until_us, until));
	for (size_t i = 0; i < x->check.n; i++) {
		buf_puts(text, "  ");
		text_plain(text, x->check.v[i]);
		buf_putc(text, '\n');
	}
	return buf_check(text, "the list", &err) ? output_text(buf_sv(text), 0) : output_failure(&err);
}

/* Ending ------------------------------------------------------------------------------------------------------ */

/* Also of checks that the catalog has no more. */
static bool
find_waived(struct waiving *x, struct sv text, const struct waiver *w, size_t n, struct err *err)
{
	const char **names = ARENA_ARRAY(x->o->a, const char *, n);
	const char *near;
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		names[i] = arena_str(x->o->a, w[i].check);
		if (sv_eq(text, w[i].check) || sv_glob(text, w[i].check)) {
			(void)add_check(x, w[i].check);
			found = true;
		}
	}
	if (found)
		return true;
	near = sv_nearest(text, names, n);
	err_set(err, ERR_USAGE, NOWHERE, "no waiver is in force on '" SV_FMT "'", SV_ARG(text));
	return near != NULL ? err_hint(err, "did you mean '%s'?", near)
	                    : err_hint(err, "weir waive --list tells what is waived");
}

static bool
end_all(struct waiving *x, struct err *err)
{
	struct store *s = x->w.w.store;

	if (x->service == NULL && !store_begin(s, err))
		return false;
	for (size_t i = 0; i < x->check.n; i++) {
		int64_t ended;

		if (x->service != NULL) {
			if (!remote_end_waivers(x->service, x->o->a, x->check.v[i], err))
				return false;
		} else if (!store_end_waivers(s, x->check.v[i], x->now_us, &ended, err)) {
			store_rollback(s);
			return false;
		}
	}
	return x->service != NULL || store_commit(s, err);
}

static int
end(struct waiving *x)
{
	struct waiver *w;
	struct err err = {0};
	size_t n;
	bool ok = true;

	if (x->o->narg == 0) {
		err_set(&err, ERR_USAGE, NOWHERE, "--end needs the checks whose waivers end");
		return output_failure(&err);
	}
	if (x->service != NULL
	            ? !remote_waivers(x->service, x->o->a, true, &w, &n, &err)
	            : !store_waivers(x->w.w.store, x->o->a, (struct sv){0}, x->now_us, &w, &n, &err))
		return output_failure(&err);
	for (int i = 0; i < x->o->narg && ok; i++)
		ok = find_waived(x, sv_of(x->o->arg[i]), w, n, &err);
	if (!ok || !end_all(x, &err))
		return output_failure(&err);
	for (size_t i = 0; i < x->check.n; i++)
		printf("ended: " SV_FMT "\n", SV_ARG(x->check.v[i]));
	return output_finish(0);
}

/* Listing ----------------------------------------------------------------------------------------------------- */

enum { CHECK_WIDTH = 60 };

static void
put_line(struct buf *b, const struct report_style *s, const struct waiver *w, int64_t now_us, int width)
{
	AUTO(buf) line = buf_new(1 << 20);
	char until[RFC3339_MAX];

	buf_printf(line, "%-8s  ", waiver_state_names[waiver_state(w, now_us)]);
	text_pad(line, w->check, width);
	buf_printf(line, "  until %s  by ", rfc3339_seconds(w->until_us, until));
	text_plain(line, w->who);
	buf_puts(line, ": ");
	text_plain(line, w->reason);
	text_line(s, b, buf_sv(line));
}

static int
write_list(struct waiving *x, const struct waiver *w, size_t n)
{
	const bool json = sv_is(opt_text(x->o, "format"), "json");
	AUTO(buf) text = buf_new((size_t)64 << 20);
	struct json_writer j;
	int width = 0;

	json_write_init(&j, text, 2);
	if (json)
		json_array(&j);
	for (size_t i = 0; i < n; i++)
		width = MAX(width, MIN(text_width(w[i].check), CHECK_WIDTH));
	/* Those in force are what people look for; the others are the record. */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < n; i++) {
			if ((waiver_state(&w[i], x->now_us) == WAIVER_IN_FORCE) != (pass == 0))
				continue;
			if (json)
				report_waiver(&j, &w[i], x->now_us);
			else
				put_line(text, &x->w.style, &w[i], x->now_us, width);
		}
	if (json) {
		json_array_end(&j);
		buf_putc(text, '\n');
	}
	return output_list(text, "no waivers: weir waive CHECK --until 14d --reason TEXT makes one");
}

static int
list(struct waiving *x)
{
	struct waiver *w;
	struct err err = {0};
	size_t n;

	if (x->service != NULL ? !remote_waivers(x->service, x->o->a, false, &w, &n, &err)
	                       : !store_list_waivers(x->w.w.store, x->o->a, LISTED_MAX, &w, &n, &err))
		return output_failure(&err);
	return write_list(x, w, n);
}

static bool
options_fit(const struct options *o, struct err *err)
{
	static const char *const others[] = {"all-current", "until", "reason", "who"};
	const bool listing = opt_flag(o, "list"), ending = opt_flag(o, "end");

	if (listing && ending)
		return err_set(err, ERR_USAGE, NOWHERE, "--list and --end exclude each other");
	for (size_t i = 0; (listing || ending) && i < LEN(others); i++)
		if (opt(o, others[i])->given)
			return err_set(err, ERR_USAGE, NOWHERE, "--%s takes no --%s",
			               listing ? "list" : "end", others[i]);
	if (listing && o->narg > 0)
		return err_set(err, ERR_USAGE, NOWHERE, "--list takes no checks");
	if (!listing && sv_is(opt_text(o, "format"), "json")) {
		err_set(err, ERR_USAGE, NOWHERE, "only weir waive --list writes JSON");
		return err_hint(err, "leave --format out");
	}
	return true;
}

static int
waive_run(struct options *o)
{
	struct waiving x = {.o = o};
	struct err err = {0};
	int status;

	if (!options_fit(o, &err))
		return output_failure(&err);
	if (!opened_workspace(o, opt_flag(o, "list") ? STORE_READ : STORE_WRITE, &x.w, &status))
		return status;
	x.now_us = clock_now_us(x.w.w.clock);
	map_init(&x.seen, o->a);
	status = opt_flag(o, "list") ? list(&x) : opt_flag(o, "end") ? end(&x) : waive(&x);
	progress_end(&x.w.progress);
	opened_close(&x.w);
	return status;
}

/* Which checks there are is the catalog's to say; the service looks at that again. */
static int
waive_remote(struct options *o)
{
	AUTO(remote) service = NULL;
	struct waiving x = {.o = o};
	struct err err = {0};
	int status;

	if (!options_fit(o, &err) || !remote_now(o, &err) || !remote_open(o, &service, &err))
		return output_failure(&err);
	if (opt_flag(o, "all-current")) {
		err_set(&err, ERR_USAGE, NOWHERE, "--all-current does not work through a weir service");
		err_hint(&err, "name the checks; weir status --server lists what fails");
		return output_failure(&err);
	}
	if (!opened_catalog(o, &x.w))
		return 2;
	x.service = service;
	x.now_us = clock_now_us(x.w.w.clock);
	map_init(&x.seen, o->a);
	status = opt_flag(o, "list") ? list(&x) : opt_flag(o, "end") ? end(&x) : waive(&x);
	return status;
}

const struct command cmd_waive = {
	.name = "waive",
	.group = GROUP_PROBLEM,
	.synopsis = "CHECK… | --all-current --until WHEN --reason TEXT [--who NAME] | --list | --end CHECK…",
	.summary = "Puts up with a check's failure for a while, on record",
	.doc = "CHECK is an id, or a glob as of check: selectors.  A waived failure is reported as a warning "
	       "and "
	       "closes no gate, in all\n"
	       "partitions of the asset and this environment only, until the waiver ends; what is stored "
	       "stays a "
	       "failure.  An error is\n"
	       "never waived.  A waiver belongs to the check's id: it stays when the check's arguments "
	       "change.",
	.example = "weir waive raw/orders:not_null:id --until 14d --reason \"known, OPS-17\"",
	.formats = formats_text_json,
	.option = waive_options,
	.noption = LEN(waive_options),
	.max_args = -1,
	.run = waive_run,
	.remote = waive_remote,
};
