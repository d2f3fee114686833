#include "cmd/remote_results.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base/log.h"
#include "cmd/remote_waivers.h"
#include "report/reader.h"
#include "serve/results.h"

/* The document -------------------------------------------------------------------------------------------------- */

/* First the checks, then a look at what lies there: what came in between is newer than what was judged, and known as such. */
static struct look *
look_at(struct opened *w, const struct remote_results *x)
{
	struct look *look = ARENA_ARRAY(w->a, struct look, MAX(x->nlook, (size_t)1));

	for (size_t i = 0; i < x->nlook; i++) {
		look[i] = (struct look){.asset = x->look[i], .looked_us = clock_now_us(w->w.clock)};
		run_observe(&w->w, x->look[i], true, &look[i].seen);
	}
	return look;
}

/* Events go behind what results_write makes, which ends in a brace. */
static bool
add_events(struct buf *b, const struct event *e, size_t n, struct err *err)
{
	struct json_writer j;

	b->n -= b->p[b->n - 1] == '}';
	buf_puts(b, ", \"events\": ");
	json_write_init(&j, b, 0);
	json_array(&j);
	for (size_t i = 0; i < n; i++)
		remote_event_write(&j, &e[i], NULL, 0);
	json_array_end(&j);
	buf_putc(b, '}');
	return buf_check(b, "the results", err);
}

/* What is left from before --------------------------------------------------------------------------------------- */

enum { LEFT_MAX = 1000 };

/* Of this service alone: what one refuses or never gets must not end up with another. */
static const char *
left_dir(const struct remote *r, const struct opened *w)
{
	struct hash128 h = hash128(remote_name(r));

	return fs_join(w->a, w->w.catalog->dir,
	               arena_svf(w->a, ".weir/unsent/%016llx", (unsigned long long)h.hi));
}

static bool
send_document(struct remote *r, struct arena *a, struct sv document, struct sv run_id, struct sv *answer,
              struct err *err)
{
	const struct remote_call c = {
		.method = HTTP_POST, .path = SV("/v1/results"), .body = document, .idempotency_key = run_id};

	return remote_ask(r, a, &c, answer, NULL, err) && remote_confirms(a, *answer, "run_id", run_id, err);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Oldest first: the names are ids of runs. */
static size_t
list_left(struct arena *a, const char *dir, const char ***ret)
{
	LIST(const char *) list = {0};
	DIR *d = opendir(dir);

	for (struct dirent *e; d != NULL && list.n < LEFT_MAX && (e = readdir(d)) != NULL;)
		if (sv_ends(sv_of(e->d_name), SV(".json")))
			*LIST_ADD(a, &list) = arena_str(a, sv_of(e->d_name));
	if (d != NULL)
		closedir(d);
	if (list.n > 0)
		qsort(list.v, list.n, sizeof(*list.v), by_name);
	*ret = list.v;
	return list.n;
}

/* One that is refused is put aside: it would be refused for ever, and nobody may think it was taken. */
static bool
send_left(struct remote *r, struct opened *w, const char *dir, const char *name, struct err *err)
{
	const char *path = fs_join(w->a, dir, sv_of(name));
	struct sv document, answer, id = {name, strlen(name) - strlen(".json")};

	if (!fs_read(w->a, path, RESULTS_MAX, &document, err)) {
		log_warn("%s", err->msg);
		return true;
	}
	if (send_document(r, w->a, document, id, &answer, err)) {
		log_info("results of run " SV_FMT " were sent", SV_ARG(id));
		if (unlink(path) != 0)
			log_warn("'%s' was sent, and cannot be removed: %m", path);
		return true;
	}
	if (err->code != ERR_ARG)
		return false;

	const char *aside = arena_str(w->a, arena_svf(w->a, "%s.refused", path));

	log_warn("results of run " SV_FMT " were refused: %s; they lie in '%s'", SV_ARG(id), err->msg, aside);
	if (rename(path, aside) != 0)
		log_warn("'%s' cannot be renamed: %m", path);
	return true;
}

static bool
send_all_left(struct remote *r, struct opened *w, struct err *err)
{
	const char *dir = left_dir(r, w), **name;
	size_t n = list_left(w->a, dir, &name);

	for (size_t i = 0; i < n; i++)
		if (!send_left(r, w, dir, name[i], err))
			return false;
	return true;
}

static void
keep(struct remote *r, struct opened *w, struct sv document, const char *run_id, struct err *err)
{
	const char *dir = left_dir(r, w), *path = fs_join(w->a, dir, arena_svf(w->a, "%s.json", run_id));
	struct err why = {0};

	if (fs_mkdirs(dir, 0700, &why) && fs_write(path, document, 0600, &why))
		err_hint(err, "They are kept in '%s' and sent before the next ones.", path);
	else
		err_hint(err, "They are lost: %s.", why.msg);
}

/* What became of it --------------------------------------------------------------------------------------------- */

struct taken {
	struct sv incidents;
};

static const struct member taken_members[] = {
	{"incidents", MEMBER_RAW, AT(taken, incidents)},
};

static bool
settle(struct arena *a, struct sv answer, struct report *rep, struct err *err)
{
	struct json_reader reader = {.a = a, .err = err, .what = "the answer to the results"};
	struct taken x = {.incidents = {0}};
	struct waiver *waiver;
	size_t n;
	bool has;

	json_scan_init(&reader.s, answer);
	if (!reader_object(&reader, MEMBERS(taken_members), &x, json_next(&reader.s)) ||
	    !remote_waivers_read(a, answer, &waiver, &n, &has, err) ||
	    (x.incidents.n > 0 && !report_read_incidents(a, x.incidents, rep, err)))
		return false;
	run_waive_by(a, waiver, n, rep);
	report_summarize(rep);
	return true;
}

bool
remote_send_results(struct remote *r, struct opened *w, const char *run_id, const struct remote_results *x,
                    struct err *err)
{
	AUTO(buf) text = buf_new(RESULTS_MAX);
	struct sv answer;

	if (!results_write(x->report, look_at(w, x), x->nlook, text, err) ||
	    (x->nevent > 0 && !add_events(text, x->event, x->nevent, err)))
		return false;
	if (send_all_left(r, w, err) && send_document(r, w->a, buf_sv(text), sv_of(run_id), &answer, err) &&
	    settle(w->a, answer, x->report, err))
		return true;
	err_prefix(err, "the results could not be stored");
	if (err->code != ERR_ARG)
		keep(r, w, buf_sv(text), run_id, err);
	err->code = ERR_STORE;
	return false;
}
