#include "cmd/workspace.h"

#include <assert.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "alert/alert.h"
#include "base/fs.h"
#include "base/log.h"
#include "serve/project.h"

#define MEMORY_DEFAULT (INT64_C(512) << 20)

static void
set_clock(struct options *o, struct opened *ret)
{
	ret->clock = opt(o, "now")->given ? clock_fixed(opt(o, "now")->number) : clock_system;
	ret->w.clock = &ret->clock;
}

void
opened_log(const struct options *o)
{
	if (opt_flag(o, "quiet"))
		log_set_level(LOG_ERROR);
	else if (opt_flag(o, "verbose"))
		log_set_level(LOG_INFO);
}

bool
opened_log_format(struct sv name, struct err *err)
{
	for (int i = 0; log_format_names[i] != NULL; i++)
		if (sv_ieq(name, sv_of(log_format_names[i]))) {
			log_set_format((enum log_format)(LOG_FORMAT_FIRST + i));
			return true;
		}
	if (name.n == 0)
		return true;
	err_set(err, ERR_USAGE, NOWHERE, "WEIR_LOG_FORMAT is no format of a log: '" SV_FMT "'", SV_ARG(name));
	return err_hint(err, "It can be text, json or journal.");
}

struct catalog_options
opened_catalog_options(struct options *o)
{
	struct catalog_options co = {.import = imported_overlay, .suite = suite_definition};

	if (opt(o, "directory")->given) {
		const char *dir = arena_str(o->a, opt_text(o, "directory"));

		co.dir = dir;
		co.path = fs_is_dir(dir) ? fs_join(o->a, dir, SV("weir.yaml")) : dir;
	}
	if (opt(o, "env")->given)
		co.env = arena_str(o->a, opt_text(o, "env"));
	return co;
}

/* Who names a file where there is no project wants it to be looked at. */
static void
hint_source(const struct options *o, struct diags *d)
{
	const struct command *c = o->command;
	bool known = false;

	for (size_t i = 0; i < c->noption; i++)
		known |= strcmp(c->option[i].name, "source") == 0;
	if (known && o->narg > 0 && fs_exists(o->arg[0]))
		diag_hint(d, "weir %s --source %s looks at a file without a project", c->name, o->arg[0]);
}

bool
opened_catalog(struct options *o, struct opened *ret)
{
	struct catalog_options co = opened_catalog_options(o);
	struct checks *checks = NULL;
	struct catalog *c;
	struct diags d;

	*ret = (struct opened){.a = o->a, .style = output_style(o)};
	ret->w.a = o->a;
	set_clock(o, ret);
	opened_log(o);
	diags_init(&d, o->a);
	const bool fine = project_read(o->a, &co, clock_now_us(ret->w.clock), &c, &checks, &d);

	if (c == NULL && co.path == NULL && catalog_find(o->a, ".") == NULL)
		hint_source(o, &d);
	if (d.errors > 0 || (d.warnings > 0 && !opt_flag(o, "quiet"))) {
		diags_sort(&d);
		diags_print(&d, stderr, output_stderr_colour(o));
	}
	ret->w.catalog = c;
	ret->w.checks = checks;
	ret->warnings = d.warnings;
	return fine;
}

bool
opened_catalog_if_any(struct options *o, struct opened *ret, bool *found)
{
	*found = opt(o, "directory")->given || catalog_find(o->a, ".") != NULL;
	if (*found)
		return opened_catalog(o, ret);
	*ret = (struct opened){.a = o->a, .style = output_style(o)};
	ret->w.a = o->a;
	set_clock(o, ret);
	opened_log(o);
	return true;
}

static bool
open_store(enum store_mode mode, struct opened *ret, struct sv url, struct err *err)
{
	struct sv env = ret->w.catalog != NULL ? ret->w.catalog->env : SV("default");

	return store_open(url, mode, env, ret->w.clock, &ret->w.store, err);
}

/* Assets are read one after the other, each by all threads: the source that bears fewest at once decides. */
static unsigned
thread_count(int64_t asked, const struct catalog *c)
{
	int64_t n = asked > 0 ? MIN(asked, 256) : pool_cpus();

	for (size_t i = 0; c != NULL && i < c->nsource; i++)
		if (c->source[i].limits.concurrency > 0)
			n = MIN(n, c->source[i].limits.concurrency);
	return (unsigned)n;
}

/* What `weir report` shows of the run later. */
static bool
render_report(const struct report *r, struct buf *b, struct err *err)
{
	return report_json.write(r, &(struct report_style){.verbose = true}, b, err);
}

static void
set_limits(struct options *o, struct opened *ret)
{
	const bool data = o->command->reads_data;
	static const enum result_format levels[] = {RESULT_SUMMARY, RESULT_BOOLEAN_ONLY, RESULT_BASIC,
	                                            RESULT_COMPLETE};

	ret->pool = pool_new(thread_count(data ? opt_number(o, "threads", 0) : 0, ret->w.catalog));
	ret->w.pool = ret->pool;
	ret->w.memory_bytes = (size_t)(data ? opt_number(o, "memory", MEMORY_DEFAULT) : MEMORY_DEFAULT);
	ret->w.format = data ? levels[opt_number(o, "result-format", 0)] : RESULT_SUMMARY;
	ret->w.explain = data && opt_flag(o, "explain");
	ret->w.settle = alerts_settle;
	ret->w.render = render_report;
	progress_start(&ret->progress, o);
	ret->w.progress = progress_step;
	ret->w.progress_ctx = &ret->progress;
}

/* What does not fit in memory waits beside the state: there is a disk, and only its owner looks there. */
static const char *
spill_folder(struct arena *a, struct sv url)
{
	if (sv_is(url, ":memory:") || sv_is(url, "sqlite::memory:"))
		return NULL;
	if (sv_starts(url, SV("sqlite:")))
		url = sv_skip(url, 7);
	return fs_dirname(a, arena_str(a, url));
}

bool
opened_state(struct options *o, enum store_mode mode, struct opened *w, struct err *err)
{
	struct sv url = project_store(o->a, w->w.catalog, opt_text(o, "store"));

	if (!open_store(mode, w, url, err))
		return false;
	set_limits(o, w);
	w->w.spill_folder = spill_folder(o->a, url);
	if (o->command->reads_data && !opt_flag(o, "no-reuse") && w->w.spill_folder != NULL)
		w->w.kept_folder = arena_printf(o->a, "%s/kept", w->w.spill_folder);
	return true;
}

bool
opened_memory(struct options *o, struct opened *w, struct err *err)
{
	if (!open_store(STORE_WRITE, w, SV(":memory:"), err))
		return false;
	set_limits(o, w);
	w->w.settle = NULL;
	w->w.render = NULL;
	w->w.history_elsewhere = true;
	return true;
}

bool
opened_workspace(struct options *o, enum store_mode mode, struct opened *ret, int *status)
{
	struct err err = {0};

	*status = 2;
	if (!opened_catalog(o, ret))
		return false;
	if (!opened_state(o, mode, ret, &err)) {
		*status = output_failure(&err);
		return false;
	}
	return true;
}

bool
opened_bare(struct options *o, struct opened *ret, int *status)
{
	struct err err = {0};

	*ret = (struct opened){.a = o->a, .style = output_style(o)};
	ret->w.a = o->a;
	*status = 2;
	set_clock(o, ret);
	opened_log(o);
	const struct sv url = opt(o, "store")->given ? opt_text(o, "store") : SV(":memory:");

	if (!open_store(STORE_WRITE, ret, url, &err)) {
		*status = output_failure(&err);
		return false;
	}
	set_limits(o, ret);
	return true;
}

void
opened_close(struct opened *w)
{
	store_close(w->w.store);
	pool_free(w->pool);
}

struct sv
user_name(struct arena *a)
{
	const struct passwd *p = getpwuid(getuid());

	return p != NULL ? arena_sv(a, sv_of(p->pw_name)) : arena_svf(a, "uid %u", (unsigned)getuid());
}
