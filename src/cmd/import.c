/* weir import: what other tools wrote, as a catalog of ours, and what became of each thing in it. */
#include <stdio.h>

#include "base/fs.h"
#include "cmd/output.h"
#include "cmd/workspace.h"
#include "import/write.h"
#include "report/import_report.h"

enum { OUTPUT_MAX = 256 << 20 };

static const char *const formats_import[] = {"text", "json", "yaml", NULL};

static const struct option_def import_options[] = {
	{"write", 'w', OPT_TEXT, "FILE", NULL, "Writes the catalog that it becomes, as YAML."},
	{"force", 0, OPT_FLAG, NULL, NULL, "--write may replace a file."},
	{"var", 0, OPT_LIST, "NAME=VALUE", NULL,
         "The value of a variable of the file (SodaCL); may be repeated."},
	{"strict", 0, OPT_FLAG, NULL, NULL, "What is not exact ends with status 1, too."},
};

static bool
read_vars(struct options *o, struct map *ret, struct err *err)
{
	const struct option_value *v = opt(o, "var");

	map_init(ret, o->a);
	for (size_t i = 0; i < v->list.n; i++) {
		struct sv rest = v->list.v[i], name = sv_cut(&rest, '=');
		struct sv *value = ARENA_NEW(o->a, struct sv);

		if (name.n == v->list.v[i].n || name.n == 0) {
			err_set(err, ERR_USAGE, NOWHERE, "--var '" SV_FMT "' is no NAME=VALUE",
			        SV_ARG(v->list.v[i]));
			return err_hint(err, "write --var day=2024-01-31");
		}
		*value = rest;
		(void)map_set(ret, name, value);
	}
	return true;
}

static bool
write_catalog(struct options *o, const struct imported *im, const struct document *doc, struct err *err)
{
	AUTO(buf) text = buf_new(OUTPUT_MAX);
	const char *path = arena_str(o->a, opt_text(o, "write"));

	imported_yaml(im, doc, text);
	if (!buf_check(text, "the catalog", err))
		return false;
	if (opt_flag(o, "force"))
		return fs_write(path, buf_sv(text), 0644, err);
	if (fs_exists(path)) {
		err_set(err, ERR_USAGE, NOWHERE, "'%s' exists", path);
		return err_hint(err, "--force replaces it");
	}
	return fs_write_new(path, buf_sv(text), 0644, err);
}

static int
show(struct options *o, const struct imported *im, const struct document *doc)
{
	AUTO(buf) text = buf_new(OUTPUT_MAX);
	const struct report_style style = output_style(o);
	const size_t refused = imported_count(im, GRADE_REFUSED);
	const size_t loose = imported_count(im, GRADE_APPROXIMATED) + imported_count(im, GRADE_AMBIGUOUS);
	struct err err = {0};

	if (sv_is(opt_text(o, "format"), "json"))
		import_report_json(im, doc->file, text);
	else if (sv_is(opt_text(o, "format"), "yaml"))
		imported_yaml(im, doc, text);
	else
		import_report_text(im, doc->file, &style, text);
	if (!buf_check(text, "the report", &err) ||
	    (opt(o, "write")->given && !write_catalog(o, im, doc, &err)))
		return output_failure(&err);
	return output_text(buf_sv(text), refused > 0 || (loose > 0 && opt_flag(o, "strict")) ? 1 : 0);
}

static int
print_mistakes(struct options *o, struct diags *d)
{
	diags_sort(d);
	diags_print(d, stderr, output_stderr_colour(o));
	return 2;
}

static int
import_run(struct options *o)
{
	const char *kind = o->narg > 1 ? o->arg[0] : NULL;
	const char *path = o->arg[o->narg - 1];
	struct import_options io = {.var = NULL};
	struct document doc;
	struct imported im;
	struct map var;
	struct diags d;
	struct err err = {0};

	diags_init(&d, o->a);
	if (!read_vars(o, &var, &err))
		return output_failure(&err);
	io.var = &var;
	if (!document_file(o->a, path, kind, &doc, &d) || !import_document(o->a, &doc, &io, &im, &d) ||
	    d.errors > 0)
		return print_mistakes(o, &d);
	imported_settle(o->a, &im);
	return show(o, &im, &doc);
}

const struct command cmd_import = {
	.name = "import",
	.group = GROUP_START,
	.synopsis = "[KIND] FILE",
	.summary = "Reads checks and catalogs of other tools, and says what became of each",
	.doc = "weir explain lists the kinds; without one the file's content decides.\n"
	       "Each thing in the file is exact (the same verdicts), approximated, ambiguous (one reading was "
	       "chosen) or refused, with its place.  What is refused stays in the catalog as a check "
	       "`unsupported`, whose outcome is always an error.\n"
	       "The exit status is 0 if nothing was refused, 1 if something was, 2 if the file cannot be read.  "
	       "The same files can be named under `suites:` of an asset, under `catalog:` as {import: KIND, from: "
	       "FILE}, and by weir check --suite.",
	.example = "weir import gx/expectations/orders.json --write weir.yaml",
	.option = import_options,
	.noption = LEN(import_options),
	.formats = formats_import,
	.min_args = 1,
	.max_args = 2,
	.local = true,
	.run = import_run,
};
