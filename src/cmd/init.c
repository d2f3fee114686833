/*
 * weir init: a first weir.yaml from what lies in a folder.
 *
 * What is found becomes a catalog without checks, which is loaded as it will be later; each of its assets is profiled; the text is written
 * again with what the profiles suggest, and loaded again.  Only then does it get its name: what is there must work.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/duration.h"
#include "base/fs.h"
#include "base/num.h"
#include "catalog/file_format.h"
#include "catalog/load.h"
#include "catalog/yaml_text.h"
#include "cmd/workspace.h"
#include "report/text.h"
#include "run/starter.h"

enum { YAML_MAX = 16 << 20, OUTPUT_MAX = 4 << 20, IGNORE_MAX = 1 << 20, PATH_WIDTH = 44, KIND_WIDTH = 10 };

static const struct option_def init_options[] = {
	{"dry-run", 'n', OPT_FLAG, NULL, NULL,
         "Writes nothing: the catalog goes to stdout, the rest to stderr."},
	{"empty", 0, OPT_FLAG, NULL, NULL, "Writes a starter also where no data is found."},
};

struct init {
	struct options *o;
	struct opened *w;
	const char *dir, *file; /* the folder, and weir.yaml in it */
	struct sv project;
	struct discovery seen;
	struct starter_asset *asset;
	size_t nasset;
	int64_t malformed; /* records that weir check is going to complain about */
	int64_t checks;
	double seconds;
};

static void
notice(struct init *n, const char *kind, struct sv path, const char *what)
{
	struct noticed *more = ARENA_ARRAY(n->o->a, struct noticed, n->seen.nnoticed + 1);

	if (n->seen.nnoticed > 0)
		memcpy(more, n->seen.noticed, n->seen.nnoticed * sizeof(*more));
	more[n->seen.nnoticed++] = (struct noticed){
		.kind = kind, .path = path, .what = arena_sv(n->o->a, sv_of(what))};
	n->seen.noticed = more;
}

/* The text as a catalog; a mistake in it is ours. */
static struct catalog *
load_back(struct init *n, struct sv text, struct err *err)
{
	struct diags d;
	struct catalog *c;

	diags_init(&d, n->o->a);
	c = catalog_load_text(n->o->a, n->file, text, "default", &d);
	n->checks = 0;
	for (size_t i = 0; c != NULL && i < c->nasset; i++) {
		struct checks checks;

		if (!checks_load(n->o->a, c, &c->asset[i], clock_now_us(n->w->w.clock), &checks, &d))
			continue;
		for (size_t k = 0; k < checks.n; k++)
			n->checks += !checks.v[k].implicit;
	}
	if (c != NULL && d.errors == 0)
		return c;
	diags_sort(&d);
	diags_print(&d, stderr, output_stderr_colour(n->o));
	err_set(err, ERR_INTERNAL, NOWHERE, "the catalog made from what lies in '%s' does not load", n->dir);
	err_hint(err, "this is a mistake of weir: please report it with the lines above");
	return NULL;
}

static bool
write_text(struct init *n, struct sv *ret, struct err *err)
{
	AUTO(buf) text = buf_new(YAML_MAX);

	starter_yaml(n->project, n->asset, n->nasset, clock_now_us(n->w->w.clock), text);
	if (!buf_check(text, "weir.yaml", err))
		return false;
	*ret = arena_sv(n->o->a, buf_sv(text));
	return true;
}

/* What cannot be read is told and left out: an asset that ends every run in an error helps nobody on the first day. */
static bool
profile_all(struct init *n, struct err *err)
{
	struct sv text;
	const struct catalog *c;
	size_t kept = 0;

	if (!write_text(n, &text, err) || (c = load_back(n, text, err)) == NULL)
		return false;
	n->w->w.catalog = c;
	for (size_t i = 0; i < n->nasset; i++) {
		struct starter_asset a = n->asset[i];
		const struct asset *asset = catalog_asset(c, a.found->key);
		struct dataset data;
		struct suggestion *s;
		struct err why = {0};

		if (!run_dataset(n->o->a, c, asset, NULL, &data, &why) ||
		    !run_profile(&n->w->w, &data, asset, NULL, &a.profile, &why)) {
			notice(n, "Left out", a.found->path, why.msg);
			continue;
		}
		a.profiled = true;
		suggest_checks(n->o->a, &a.profile, &s, &a.nsuggestion);
		a.suggestion = s;
		n->malformed += a.profile.malformed;
		n->asset[kept++] = a;
	}
	n->nasset = kept;
	return true;
}

/* Telling -------------------------------------------------------------------------------------------------------- */

static void
put_found(struct init *n, struct buf *b, const struct starter_asset *a, int width)
{
	const struct found *f = a->found;
	const struct profile *p = &a->profile;
	int64_t now_us = clock_now_us(n->w->w.clock);
	char text[MAX(NUM_MAX, DURATION_MAX)];
	struct sv name = f->table.n > 0 ? arena_svf(n->o->a, SV_FMT ", table " SV_FMT, SV_ARG(f->path),
	                                            SV_ARG(f->table))
	                                : f->path;

	buf_puts(b, "  ");
	text_pad(b, sv_of(file_format_title(f->format)), KIND_WIDTH);
	text_pad(b, name, width);
	buf_printf(b, " %11s row%s", num_group(p->rows, text), p->rows == 1 ? " " : "s");
	buf_printf(b, " %5u column%s", p->ncolumn, p->ncolumn == 1 ? " " : "s");
	if (f->nfiles > 1)
		buf_printf(b, "  %zu files", f->nfiles);
	if (p->newest_us != TIME_NONE && p->newest_us <= now_us)
		buf_printf(b, "  changed %s", moment_words(p->newest_us, now_us, text));
	buf_putc(b, '\n');
}

static void
put_noticed(struct buf *b, const struct noticed *s, int width)
{
	buf_puts(b, "  ");
	text_pad(b, sv_of(s->kind), KIND_WIDTH);
	text_pad(b, s->path, width);
	buf_puts(b, "  ");
	if (s->more > 0)
		buf_printf(b, "and %zu more: ", s->more);
	text_plain(b, s->what);
	buf_putc(b, '\n');
}

static void
put_list(struct init *n, struct buf *b)
{
	char text[NUM_MAX];
	int width = 16;

	buf_printf(b, "Looked through %s file%s in %.1f s.\n", num_group(n->seen.files, text),
	           n->seen.files == 1 ? "" : "s", n->seconds);
	if (n->seen.cut)
		buf_printf(b, "That is as far as it goes: at most %d files and %d assets.\n",
		           DISCOVER_FILES_MAX, DISCOVER_ASSETS_MAX);
	for (size_t i = 0; i < n->nasset; i++)
		width = MAX(width,
		            text_width(n->asset[i].found->path) +
		                    (n->asset[i].found->table.n > 0 ? text_width(n->asset[i].found->table) + 8
		                                                    : 0));
	for (size_t i = 0; i < n->seen.nnoticed; i++)
		width = MAX(width, text_width(n->seen.noticed[i].path));
	width = MIN(width, PATH_WIDTH);
	buf_putc(b, '\n');
	for (size_t i = 0; i < n->nasset; i++)
		put_found(n, b, &n->asset[i], width);
	for (size_t i = 0; i < n->seen.nnoticed; i++)
		put_noticed(b, &n->seen.noticed[i], width);
	if (n->nasset + n->seen.nnoticed > 0)
		buf_putc(b, '\n');
}

static void
put_next(struct init *n, struct buf *b)
{
	char text[NUM_MAX];

	if (n->malformed > 0)
		buf_printf(b, "\n%s record%s could not be read as rows: weir check reports them.\n",
		           num_group(n->malformed, text), n->malformed == 1 ? "" : "s");
	if (n->nasset == 0)
		buf_puts(b, "\nIt holds an example to start from.  Then: weir check");
	else
		buf_puts(b, "\nSuggested checks carry the comment \"# suggested\".  Read them once, then: "
		            "weir check");
	if (strcmp(n->dir, ".") != 0) {
		buf_puts(b, " -C ");
		text_plain(b, sv_of(n->dir));
	}
	buf_putc(b, '\n');
}

static void
put_written(struct init *n, struct buf *b)
{
	buf_printf(b, "%s weir.yaml    %zu asset%s, %jd check%s%s\n",
	           opt_flag(n->o, "dry-run") ? "Would write" : "Wrote", n->nasset, n->nasset == 1 ? "" : "s",
	           (intmax_t)n->checks, n->checks == 1 ? "" : "s",
	           n->checks > 0 ? " (all suggested from today's data)" : "");
}

/* .gitignore ------------------------------------------------------------------------------------------------------ */

static bool
in_git(struct init *n)
{
	char *real = realpath(n->dir, NULL);
	struct sv up = sv_of(real);
	bool ret = false;

	while (real != NULL && !ret && up.n > 0) {
		ret = fs_exists(fs_join(n->o->a, arena_str(n->o->a, up), SV(".git")));
		while (up.n > 0 && up.p[up.n - 1] != '/')
			up.n--;
		if (up.n > 0)
			up.n--;
	}
	free(real);
	return ret;
}

static bool
is_ignored(struct sv text)
{
	while (text.n > 0) {
		struct sv line = sv_trim(sv_cut(&text, '\n'));

		if (sv_starts(line, SV("/")))
			line = sv_skip(line, 1);
		if (sv_is(line, ".weir/") || sv_is(line, ".weir") || sv_is(line, "**/.weir/"))
			return true;
	}
	return false;
}

/* One line more in .gitignore; what is there stays as it is. */
static bool
ignore_state(struct init *n, bool *written, struct err *err)
{
	const char *path = fs_join(n->o->a, n->dir, SV(".gitignore"));
	struct sv text = {0}, line;

	*written = false;
	if (!in_git(n))
		return true;
	if (fs_exists(path) && !fs_read(n->o->a, path, IGNORE_MAX, &text, err))
		return false;
	if (is_ignored(text))
		return true;
	line = text.n > 0 && text.p[text.n - 1] != '\n' ? SV("\n.weir/\n") : SV(".weir/\n");

	AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0 || write(fd, line.p, line.n) != (ssize_t)line.n) {
		err_set(err, ERR_IO, NOWHERE, "cannot add a line to '%s': %m", path);
		return err_hint(err, "weir.yaml is written; add the line `.weir/` by hand");
	}
	*written = true;
	return true;
}

/* Running -------------------------------------------------------------------------------------------------------- */

static bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static bool
set_place(struct init *n, struct err *err)
{
	struct sv arg = n->o->narg > 0 ? sv_of(n->o->arg[0]) : SV(".");
	struct sv base = opt(n->o, "directory")->given ? opt_text(n->o, "directory") : SV(".");
	char *real;

	n->dir = fs_join(n->o->a, arena_str(n->o->a, base), arg);
	if (!fs_is_dir(n->dir)) {
		err_set(err, ERR_USAGE, NOWHERE, "there is no folder '%s'", n->dir);
		return err_hint(err, "make it first: weir init looks at the data that lies there");
	}
	n->file = fs_join(n->o->a, n->dir, SV("weir.yaml"));
	if (exists(n->file) && !opt_flag(n->o, "dry-run")) {
		err_set(err, ERR_USAGE, NOWHERE, "'%s' exists already, and nothing is overwritten", n->file);
		return err_hint(
			err, "weir init --dry-run shows what a new one would hold; or move the old one away");
	}
	real = realpath(n->dir, NULL);
	n->project = SV("project");
	if (real != NULL) {
		const char *slash = strrchr(real, '/');

		if (slash != NULL && slash[1] != '\0' && yaml_can_hold(sv_of(slash + 1)))
			n->project = arena_sv(n->o->a, sv_of(slash + 1));
	}
	free(real);
	return true;
}

static bool
look(struct init *n, struct err *err)
{
	int64_t start_ns = clock_mono_ns();

	if (!discover(n->o->a, n->dir, n->w->pool, &n->seen, err))
		return false;
	n->asset = ARENA_ARRAY(n->o->a, struct starter_asset, n->seen.nfound);
	n->nasset = n->seen.nfound;
	for (size_t i = 0; i < n->nasset; i++)
		n->asset[i].found = &n->seen.found[i];
	if (!profile_all(n, err))
		return false;
	n->seconds = (double)(clock_mono_ns() - start_ns) / 1e9;
	return true;
}

#define FILE_FORMAT(name, title) " ." #name
#define FILE_ALIAS(name, format, tabs) " ." #name
#define FILE_BARE(name, format)
static const char endings[] =
#include "catalog/file_formats.def"
	;

static bool
refuse_nothing(struct init *n, struct err *err)
{
	AUTO(buf) text = buf_new(OUTPUT_MAX);

	put_list(n, text);
	fputs(buf_str(text), stderr);
	err_set(err, ERR_NOTHING, NOWHERE, "found no data in '%s' that can be read", n->dir);
	return err_hint(err,
	                "it looks for%s (text also as .gz .zst) and SQLite files; --empty writes a starter",
	                endings);
}

static bool
make(struct init *n, struct sv *yaml, struct err *err)
{
	if (!set_place(n, err) || !look(n, err))
		return false;
	progress_end(&n->w->progress);
	if (n->nasset == 0 && !opt_flag(n->o, "empty"))
		return refuse_nothing(n, err);
	return write_text(n, yaml, err) && load_back(n, *yaml, err) != NULL;
}

static int
finish(struct init *n, struct sv yaml)
{
	AUTO(buf) text = buf_new(OUTPUT_MAX);
	struct err err = {0};
	bool ignored = false;

	put_list(n, text);
	if (opt_flag(n->o, "dry-run")) {
		put_written(n, text);
		fputs(buf_str(text), stderr);
		return output_text(yaml, 0);
	}
	if (!fs_write_new(n->file, yaml, 0644, &err))
		return output_failure(&err);
	put_written(n, text);
	if (!ignore_state(n, &ignored, &err))
		output_error(&err);
	if (ignored)
		buf_puts(text, "Wrote .gitignore   + .weir/\n");
	put_next(n, text);
	return output_text(buf_sv(text), err.code != ERR_NONE ? 3 : 0);
}

static int
init_run(struct options *o)
{
	struct opened w;
	struct init n = {.o = o, .w = &w};
	struct err err = {0};
	struct sv yaml;
	int status;

	if (!opened_bare(o, &w, &status))
		return status;
	status = make(&n, &yaml, &err) ? finish(&n, yaml) : output_failure(&err);
	opened_close(&w);
	return status;
}

const struct command cmd_init = {
	.name = "init",
	.local = true,
	.group = GROUP_START,
	.synopsis = "[DIR]",
	.summary = "Writes a first weir.yaml from the data that lies in a folder",
	.doc = "Looks for CSV and JSON-lines files (also .gz and .zst) and SQLite databases, reads each "
	       "once, and suggests checks\n"
	       "that hold today.  Files with a date in their path become partitions, files of equal columns "
	       "whose names begin\n"
	       "alike become one asset.  Nothing that exists is overwritten.",
	.example = "weir init",
	.option = init_options,
	.noption = LEN(init_options),
	.reads_data = true,
	.max_args = 1,
	.run = init_run,
};
