/* weir profile: what the data looks like, and which checks that suggests. */
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/fs.h"
#include "catalog/partition.h"
#include "cmd/workspace.h"
#include "report/profile_report.h"

enum { WIDTH_DEFAULT = 120, WIDTH_LEAST = 60, OUTPUT_MAX = 256 << 20 };

static const struct option_def profile_options[] = {
	{"source", 0, OPT_TEXT, "PATH|URL", NULL, "Profiles one file or table, without a project."},
	{"table", 0, OPT_TEXT, "NAME", NULL, "The table of a --source that is a database."},
	{"query", 0, OPT_TEXT, "SQL", NULL, "A query on a --source that is a database, instead of a table."},
	{"suggest", 0, OPT_FLAG, NULL, NULL,
         "The checks that the data suggests, as YAML with the reason for each."},
	{"more", 0, OPT_FLAG, NULL, NULL,
         "With them narrower ones, which warn: ranges, lengths, orders, shares, types, ages."},
	{"write", 0, OPT_TEXT, "FILE", NULL,
         "Writes what is suggested as a suite, to a file that is not there."},
};

/* yaml: the suite alone. */
static const char *const formats[] = {"text", "json", "yaml", NULL};

struct profiler {
	struct options *o;
	struct opened *w;
	bool suggested;
	LIST(struct profiled) out;
};

static void
suggest(struct profiler *p, struct profiled *r)
{
	struct arena *a = p->o->a;
	struct suggestion *first, *more = NULL, *all;
	size_t nfirst, nmore = 0;

	suggest_checks(a, &r->profile, &first, &nfirst);
	if (opt_flag(p->o, "more"))
		suggest_more(a, &r->profile, first, nfirst, &more, &nmore);
	all = ARENA_ARRAY(a, struct suggestion, nfirst + nmore);
	for (size_t i = 0; i < nfirst + nmore; i++)
		all[i] = i < nfirst ? first[i] : more[i - nfirst];
	r->suggestion = all;
	r->nsuggestion = nfirst + nmore;
}

/* d NULL: *err says why there is no data. */
static void
add(struct profiler *p, const struct dataset *d, const struct asset *asset, const struct partition *part,
    struct sv key, const struct err *err)
{
	struct profiled *r = LIST_ADD(p->o->a, &p->out);

	*r = (struct profiled){.key = key, .suggested = p->suggested};
	if (part != NULL)
		r->partition = part->key;
	if (d == NULL)
		r->err = *err;
	else if (run_profile(&p->w->w, d, asset, part, &r->profile, &r->err) && r->suggested)
		suggest(p, r);
}

static void
profile_part(struct profiler *p, const struct asset *asset, const struct partition *part)
{
	struct dataset d;
	struct err err = {0};
	bool found = run_dataset(p->o->a, p->w->w.catalog, asset, part, &d, &err);

	add(p, found ? &d : NULL, asset, part, asset->key, &err);
}

static bool
profile_asset(struct profiler *p, const struct asset *asset, struct err *err)
{
	struct sv range = opt_text(p->o, "partition");
	struct partition *part;
	size_t n;

	if (range.n == 0) {
		profile_part(p, asset, NULL);
		return true;
	}
	if (asset->ndim == 0)
		return err_set(err, ERR_USAGE, NOWHERE,
		               "--partition '" SV_FMT "': asset '" SV_FMT "' has no partitions",
		               SV_ARG(range), SV_ARG(asset->key));
	if (!partitions_range(p->o->a, asset, range, clock_now_us(p->w->w.clock), &part, &n, err)) {
		if (err != NULL)
			err->code = ERR_USAGE;
		return false;
	}
	for (size_t i = 0; i < n; i++)
		profile_part(p, asset, &part[i]);
	return true;
}

static bool
has_data(const struct asset *asset)
{
	return asset->path.n > 0 || asset->table.n > 0 || asset->query.n > 0;
}

static bool
profile_project(struct profiler *p, struct err *err)
{
	const struct catalog *c = p->w->w.catalog;
	struct selection s;

	if (!selection_make(p->o->a, c, p->o->arg, (size_t)p->o->narg, &s, err))
		return false;
	for (size_t i = 0; i < c->nasset; i++)
		if (bit_get(s.asset, (uint32_t)i) && has_data(&c->asset[i]) &&
		    !profile_asset(p, &c->asset[i], err))
			return false;
	if (p->out.n > 0)
		return true;
	err_set(err, ERR_NOTHING, NOWHERE, "nothing that is selected has data to look at");
	return err_hint(err, "weir config show lists the assets");
}

static bool
profile_source(struct profiler *p, struct err *err)
{
	struct options *o = p->o;
	struct dataset d;

	if (!run_dataset_of_source(o->a, opt_text(o, "source"), opt_text(o, "table"), opt_text(o, "query"),
	                           &d, err))
		return false;
	add(p, &d, NULL, NULL, d.key, NULL);
	return true;
}

/* Columns of the terminal; a file or a pipe has none, and takes longer lines. */
static int
line_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH_DEFAULT;
	return MAX((int)size.ws_col, WIDTH_LEAST);
}

/* A suite of one profile. */
static bool
suite_text(const struct profiler *p, struct buf *b, struct err *err)
{
	const struct profiled *r = &p->out.v[0];

	if (p->out.n > 1) {
		err_set(err, ERR_USAGE, NOWHERE, "a suite is of one asset, and %zu are selected", p->out.n);
		return err_hint(err, "name the one that is meant");
	}
	if (r->err.code != ERR_NONE) {
		*err = r->err;
		return false;
	}
	suite_yaml(r, clock_now_us(p->w->w.clock), b);
	return buf_check(b, "the suite", err);
}

static int
write_suite(struct profiler *p)
{
	AUTO(buf) text = buf_new(OUTPUT_MAX);
	const struct sv file = opt_text(p->o, "write");
	struct err err = {0};

	progress_end(&p->w->progress);
	if (!suite_text(p, text, &err))
		return output_failure(&err);
	if (file.n == 0)
		return output_text(buf_sv(text), 0);
	if (!fs_write_new(arena_str(p->o->a, file), buf_sv(text), 0644, &err)) {
		if (err.hint[0] == '\0')
			err_hint(&err, "a suite that is there is not replaced: name another file");
		return output_failure(&err);
	}
	buf_clear(text);
	buf_printf(text, "%zu checks are in " SV_FMT "\n", p->out.v[0].nsuggestion, SV_ARG(file));
	return output_text(buf_sv(text), 0);
}

static int
show(struct profiler *p)
{
	AUTO(buf) text = buf_new(OUTPUT_MAX);
	int64_t now_us = clock_now_us(p->w->w.clock);
	struct err err = {0};
	int status = 0;

	progress_end(&p->w->progress);
	if (sv_is(opt_text(p->o, "format"), "json"))
		profiles_json(p->out.v, p->out.n, now_us, text);
	for (size_t i = 0; i < p->out.n; i++) {
		struct profiled *r = &p->out.v[i];

		if (!sv_is(opt_text(p->o, "format"), "json")) {
			buf_puts(text, i > 0 ? "\n" : "");
			profile_text(r, &p->w->style, line_width(), now_us, text);
		}
		/* One that cannot be read stops none of the others. */
		if (r->err.code != ERR_NONE) {
			output_error(&r->err);
			status = 3;
		}
	}
	if (!buf_check(text, "the profile", &err))
		return output_failure(&err);
	return output_text(buf_sv(text), status);
}

static int
refuse(const char *msg, const char *hint)
{
	struct err err = {0};

	err_set(&err, ERR_USAGE, NOWHERE, "%s", msg);
	err_hint(&err, "%s", hint);
	return output_failure(&err);
}

static int
profile_run(struct options *o)
{
	const bool bare = opt(o, "source")->given;
	const bool suite = opt(o, "write")->given || sv_is(opt_text(o, "format"), "yaml");
	struct opened w;
	struct profiler p = {
		.o = o, .w = &w, .suggested = opt_flag(o, "suggest") || opt_flag(o, "more") || suite};
	struct err err = {0};
	int status;

	if (bare && (o->narg > 0 || opt(o, "partition")->given || opt(o, "env")->given))
		return refuse("selectors, --partition and --env are of a project, which --source has none of",
		              "leave one of them out");
	if (!bare && (opt(o, "table")->given || opt(o, "query")->given))
		return refuse("--table and --query need a --source", "for example --source sqlite:shop.db");
	if (bare ? !opened_bare(o, &w, &status) : !opened_workspace(o, STORE_READ, &w, &status))
		return status;
	status = !(bare ? profile_source(&p, &err) : profile_project(&p, &err)) ? output_failure(&err)
	         : suite                                                        ? write_suite(&p)
	                                                                        : show(&p);
	opened_close(&w);
	return status;
}

const struct command cmd_profile = {
	.name = "profile",
	.local = true,
	.group = GROUP_START,
	.synopsis = "[SELECTOR…] | --source PATH|URL [--table T|--query Q]",
	.summary = "Shows what the data looks like, column by column, and suggests checks",
	.doc = "One pass over the data: types, nulls, distinct values, ranges, what texts look like.  "
	       "Distinct values are\n"
	       "counted exactly up to a million.  Columns tagged `pii` keep their values to themselves.  "
	       "Nothing is stored.\n"
	       "What is suggested holds on the data as it is: `weir check --suite FILE` passes.  What --more adds only warns.",
	.example = "weir profile --source orders.csv --suggest",
	.formats = formats,
	.option = profile_options,
	.noption = LEN(profile_options),
	.reads_data = true,
	.max_args = -1,
	.run = profile_run,
};
