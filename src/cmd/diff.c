/* weir diff: what two tables have in common and what not. */
#include <math.h>

#include "base/fs.h"
#include "base/num.h"
#include "base/url.h"
#include "catalog/partition.h"
#include "cmd/workspace.h"
#include "report/diff_report.h"

enum { WIDTH_DEFAULT = 120, WIDTH_LEAST = 60, LIMIT_DEFAULT = 5, LIMIT_MAX = 10000, OUTPUT_MAX = 256 << 20 };

static const char *const formats_diff[] = {"text", "json", "markdown", NULL};

static const struct option_def diff_options[] = {
	{"key", 0, OPT_TEXT, "A,B", NULL,
         "The columns that name a row; default: the `key` of the assets.  Without one, rows are compared as a "
         "whole."},
	{"columns", 0, OPT_TEXT, "A,B*", NULL, "Compares these only, and the key: names and globs."},
	{"exclude", 0, OPT_TEXT, "A,B*", NULL, "Compares all but these."},
	{"where", 0, OPT_TEXT, "EXPR", NULL, "Compares the rows of both sides for which it is true."},
	{"tolerance", 0, OPT_TEXT, "NUMBER", NULL,
         "Numbers that differ by at most so much are equal; needs a key."},
	{"relative", 0, OPT_TEXT, "PERCENT", NULL,
         "Numbers that differ by at most so many percent of the larger one are equal; needs a key."},
	{"limit", 0, OPT_INT, "N", NULL, "Examples of each kind of difference; default 5."},
	{"strict", 0, OPT_FLAG, NULL, NULL,
         "Other types and another order of the columns are differences, too."},
	{"table-a", 0, OPT_TEXT, "NAME", NULL, "The table, where A is a database."},
	{"table-b", 0, OPT_TEXT, "NAME", NULL, "The table, where B is a database."},
	{"partition-a", 0, OPT_TEXT, "K", NULL,
         "The partition of A, where A is an asset; --partition is of both."},
	{"partition-b", 0, OPT_TEXT, "K", NULL, "The partition of B."},
	{"query-a", 0, OPT_TEXT, "SQL", NULL, "A query on A, instead of a table."},
	{"query-b", 0, OPT_TEXT, "SQL", NULL, "A query on B, instead of a table."},
};

static void
take_list(struct options *o, const char *name, const struct sv **ret, size_t *n)
{
	struct sv rest = opt_text(o, name);
	LIST(struct sv) list = {0};

	while (rest.n > 0) {
		struct sv item = sv_trim(sv_cut(&rest, ','));

		if (item.n > 0)
			*LIST_ADD(o->a, &list) = item;
	}
	*ret = list.v;
	*n = list.n;
}

static bool
take_number(struct options *o, const char *name, double *ret, struct err *err)
{
	struct sv text = opt_text(o, name);

	*ret = 0;
	if (!opt(o, name)->given)
		return true;
	if (text.n > 1 && text.p[text.n - 1] == '%' && sv_is(sv_of(name), "relative"))
		text.n--;
	if (num_f64(text, ret) && isfinite(*ret) && *ret >= 0)
		return true;
	return err_set(err, ERR_USAGE, NOWHERE, "--%s takes a number that is not negative, not '" SV_FMT "'",
	               name, SV_ARG(opt_text(o, name)));
}

/* The option that names the partition of a side; empty: all of it is meant. */
static const char *
partition_option(const struct options *o, int side)
{
	const char *own = side == 0 ? "partition-a" : "partition-b";

	return opt(o, own)->given ? own : "partition";
}

/* The partition of an asset that was asked for, or all of it. */
static bool
take_asset(struct options *o, struct opened *w, const struct asset *asset, int side, struct diff_input *ret,
           struct err *err)
{
	const char *option = partition_option(o, side);
	struct sv key = opt_text(o, option);
	struct partition *part = NULL;
	size_t n = 0;

	if (key.n > 0 && asset->ndim == 0)
		return err_set(err, ERR_USAGE, NOWHERE, "--%s: asset '" SV_FMT "' has no partitions", option,
		               SV_ARG(asset->key));
	if (key.n > 0 && !partitions_range(o->a, asset, key, clock_now_us(w->w.clock), &part, &n, err)) {
		err->code = ERR_USAGE;
		return false;
	}
	if (key.n > 0 && n != 1)
		return err_set(err, ERR_USAGE, NOWHERE, "--%s: one partition is compared, not %zu", option,
		               n);
	ret->asset = asset;
	ret->partition = part != NULL ? part->key : (struct sv){0};
	return run_dataset(o->a, w->w.catalog, asset, part, &ret->data, err);
}

static bool
is_place(struct options *o, struct sv name)
{
	return url_has_scheme(name) || sv_has_glob(name) || fs_exists(arena_str(o->a, name));
}

static bool
no_such_thing(struct opened *w, struct sv name, struct err *err)
{
	const char *near = NULL;
	const char **names;
	size_t n = 0;

	if (w->w.catalog == NULL) {
		err_set(err, ERR_NOT_FOUND, NOWHERE, "there is no file '" SV_FMT "'", SV_ARG(name));
		return err_hint(err, "assets can be named where there is a weir.yaml");
	}
	names = ARENA_ARRAY(w->a, const char *, w->w.catalog->nasset);
	for (; n < w->w.catalog->nasset; n++)
		names[n] = arena_str(w->a, w->w.catalog->asset[n].key);
	near = sv_nearest(name, names, n);
	err_set(err, ERR_NOT_FOUND, NOWHERE, "there is no asset and no file '" SV_FMT "'", SV_ARG(name));
	return near != NULL ? err_hint(err, "did you mean '%s'?", near)
	                    : err_hint(err, "weir config show lists the assets");
}

static bool
take_side(struct options *o, struct opened *w, int side, struct diff_input *ret, struct err *err)
{
	struct sv name = sv_of(o->arg[side]);
	struct sv table = opt_text(o, side == 0 ? "table-a" : "table-b");
	struct sv query = opt_text(o, side == 0 ? "query-a" : "query-b");
	const struct asset *asset = w->w.catalog != NULL ? catalog_asset(w->w.catalog, name) : NULL;

	ret->name = name;
	if (asset != NULL && table.n == 0 && query.n == 0)
		return take_asset(o, w, asset, side, ret, err);
	if (opt(o, side == 0 ? "partition-a" : "partition-b")->given)
		return err_set(err, ERR_USAGE, NOWHERE, "--%s: '" SV_FMT "' is no asset",
		               partition_option(o, side), SV_ARG(name));
	if (!is_place(o, name))
		return no_such_thing(w, name, err);
	if (!run_dataset_of_source(o->a, name, table, query, &ret->data, err))
		return err_prefix(err, SV_FMT, SV_ARG(name));
	if (table.n > 0)
		ret->name = arena_svf(o->a, SV_FMT " " SV_FMT, SV_ARG(name), SV_ARG(table));
	return true;
}

static bool
take_request(struct options *o, struct opened *w, struct diff_request *ret, struct err *err)
{
	int64_t limit = opt_number(o, "limit", LIMIT_DEFAULT);

	take_list(o, "key", &ret->key, &ret->nkey);
	take_list(o, "columns", &ret->column, &ret->ncolumn);
	take_list(o, "exclude", &ret->exclude, &ret->nexclude);
	ret->where = opt_text(o, "where");
	ret->strict = opt_flag(o, "strict");
	if (limit > LIMIT_MAX)
		return err_set(err, ERR_USAGE, NOWHERE, "--limit is at most %d", LIMIT_MAX);
	ret->limit = (uint32_t)limit;
	if (!take_number(o, "tolerance", &ret->absolute, err) ||
	    !take_number(o, "relative", &ret->relative, err))
		return false;
	ret->relative /= 100;
	for (int s = 0; s < 2; s++)
		if (!take_side(o, w, s, &ret->side[s], err))
			return false;
	if (opt(o, "partition")->given && ret->side[0].asset == NULL && ret->side[1].asset == NULL)
		return err_set(err, ERR_USAGE, NOWHERE, "--partition is of assets, and neither is one");
	return true;
}

static int
show(struct options *o, struct opened *w, const struct diff *f)
{
	static const int status[] = {[DIFF_EQUAL] = 0, [DIFF_DIFFERENT] = 1, [DIFF_ERROR] = 3};
	AUTO(buf) text = buf_new(OUTPUT_MAX);
	struct err err = {0};

	if (sv_is(opt_text(o, "format"), "json"))
		diff_json(f, clock_now_us(w->w.clock), text);
	else if (sv_is(opt_text(o, "format"), "markdown"))
		diff_markdown(f, text);
	else
		diff_text(f, &w->style, MAX(output_width(WIDTH_DEFAULT), WIDTH_LEAST), text);
	if (!buf_check(text, "the differences", &err))
		return output_failure(&err);
	return output_text(buf_sv(text), output_status(o, status[f->outcome]));
}

static int
diff_run(struct options *o)
{
	struct diff_request r = {0};
	struct opened w;
	struct diff f;
	struct err err = {0};
	bool found, ok;
	int status;

	if (!opened_catalog_if_any(o, &w, &found))
		return 2;
	if (!opened_memory(o, &w, &err))
		return output_failure(&err);
	ok = take_request(o, &w, &r, &err) && run_diff(&w.w, &r, &f, &err);
	progress_end(&w.progress);
	status = ok ? show(o, &w, &f) : output_failure(&err);
	opened_close(&w);
	return status;
}

const struct command cmd_diff = {
	.name = "diff",
	.local = true,
	.group = GROUP_DAILY,
	.synopsis = "A B [--key COLUMNS]",
	.summary = "Compares two tables, whatever their formats: columns, numbers, rows",
	.doc = "A and B are assets, files (also folders and globs) or databases.  Rows with the same key are compared "
	       "value by\n"
	       "value; without a key, rows are compared as a whole.  Memory is bounded, whatever the size of the "
	       "tables.\n"
	       "\n"
	       "Status 0: equal, 1: different, 2: wrong usage, 3: something could not be compared.",
	.example = "weir diff old/orders.csv sqlite:shop.db --table-b orders --key order_id",
	.formats = formats_diff,
	.option = diff_options,
	.noption = LEN(diff_options),
	.reads_data = true,
	.asset_args = true,
	.min_args = 2,
	.max_args = 2,
	.run = diff_run,
};
