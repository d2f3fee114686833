#include "cmd/options.h"

#include <assert.h>
#include <getopt.h>

#include "base/civil.h"
#include "base/duration.h"
#include "base/num.h"

static const char *const colours[] = {"auto", "always", "never", NULL};
static const char *const result_formats[] = {"SUMMARY", "BOOLEAN_ONLY", "BASIC", "COMPLETE", NULL};

const struct option_def common_options[] = {
	{"directory", 'C', OPT_TEXT, "DIR", NULL, "Project directory; default: the nearest parent folder that holds a weir.yaml."},
	{"env", 0, OPT_TEXT, "NAME", NULL, "Environment of the catalog; default: $WEIR_ENV, else `default`."},
	{"format", 0, OPT_TEXT, "FMT", NULL, "Output format: text (default), json, or one the command names."},
	{"now", 0, OPT_TIME, "TIME", NULL, "The clock, as RFC 3339: judges as if it were that moment."},
	{"store", 0, OPT_TEXT, "URL", NULL, "State database instead of the catalog's; `:memory:` keeps nothing."},
	{"server", 0, OPT_TEXT, "URL", NULL, "Not built yet: a weir service that keeps the state."},
	{"colour", 0, OPT_ENUM, "WHEN", colours, "auto (default: on a terminal, unless NO_COLOR is set), always or never."},
	{"color", 0, OPT_ENUM, "WHEN", colours, "The same."},
	{"verbose", 'v', OPT_FLAG, NULL, NULL, "Shows what passed, too; says on stderr what is done."},
	{"quiet", 'q', OPT_FLAG, NULL, NULL, "No progress and no warnings on stderr."},
	{"skip-exit", 0, OPT_INT, "N", NULL, "Exit status to use instead of 1 (Airflow skips a task on 99)."},
	{"help", 'h', OPT_FLAG, NULL, NULL, "Shows this help."},
};
const size_t common_option_count = LEN(common_options);

const struct option_def data_options[] = {
	{"threads", 0, OPT_INT, "N", NULL, "Threads that read and evaluate; default: the processors at hand."},
	{"memory", 0, OPT_SIZE, "SIZE", NULL, "Limit of all growing states together; default 512MB."},
	{"no-reuse", 0, OPT_FLAG, NULL, NULL, "Reads everything anew (this version always does)."},
	{"explain", 0, OPT_FLAG, NULL, NULL, "Says what was read, how, and why."},
	{"partition", 0, OPT_TEXT, "K|A..B", NULL, "A partition, or a range of them; default: all that exist."},
	{"result-format", 0, OPT_ENUM, "LEVEL", result_formats, "BOOLEAN_ONLY, BASIC, SUMMARY (default) or COMPLETE: detail of results."},
};
const size_t data_option_count = LEN(data_options);

#define OPTIONS_MAX 64

static void
add_values(struct options *o, const struct option_def *def, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert(o->nvalue < OPTIONS_MAX);
		o->value[o->nvalue++].def = &def[i];
	}
}

static bool
take_enum(struct options *o, struct option_value *v, struct err *err)
{
	size_t n = 0;
	const char *near;

	while (v->def->names[n] != NULL) {
		if (sv_ieq(v->text, sv_of(v->def->names[n]))) {
			v->number = (int64_t)n;
			return true;
		}
		n++;
	}
	(void)o;
	near = sv_nearest(v->text, v->def->names, n);
	err_set(err, ERR_USAGE, NOWHERE, "--%s does not take '" SV_FMT "'", v->def->name, SV_ARG(v->text));
	return near != NULL ? err_hint(err, "did you mean '%s'?", near) : err_hint(err, "%s", v->def->doc);
}

static bool
take_value(struct options *o, struct option_value *v, const char *text, struct err *err)
{
	bool fine = true;

	v->given = true;
	v->text = sv_of(text);
	switch (v->def->kind) {
	case OPT_FLAG:
	case OPT_TEXT:
		return true;
	case OPT_LIST:
		*LIST_ADD(o->a, &v->list) = v->text;
		return true;
	case OPT_ENUM:
		return take_enum(o, v, err);
	case OPT_INT:
		if (!num_i64(v->text, &v->number) || v->number < 0)
			return err_set(err, ERR_USAGE, NOWHERE, "--%s takes a whole number, not '%s'", v->def->name, text);
		return true;
	case OPT_DURATION:
		fine = duration_parse(v->text, &v->number, err);
		break;
	case OPT_SIZE:
		fine = size_parse(v->text, &v->number, err);
		break;
	case OPT_TIME:
		fine = rfc3339_parse(v->text, &v->number, err);
		break;
	}
	if (fine)
		return true;
	if (err != NULL)
		err->code = ERR_USAGE;
	return err_prefix(err, "--%s", v->def->name);
}

static bool
unknown_option(const struct options *o, const char *text, struct err *err)
{
	const char *names[OPTIONS_MAX], *near;
	struct sv name = sv_of(text);

	while (name.n > 0 && name.p[0] == '-')
		name = sv_skip(name, 1);
	name = sv_cut(&name, '=');
	for (size_t i = 0; i < o->nvalue; i++)
		names[i] = o->value[i].def->name;
	near = sv_nearest(name, names, o->nvalue);
	err_set(err, ERR_USAGE, NOWHERE, "weir %s has no option '%s'", o->command->name, text);
	return near != NULL ? err_hint(err, "did you mean --%s?", near) : err_hint(err, "weir %s --help lists them", o->command->name);
}

/* The tables of getopt_long, which does the splitting. */
struct getopt_tables {
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 2];
};

static void
make_tables(const struct options *o, struct getopt_tables *t)
{
	size_t n = 0;

	t->shorts[n++] = ':';
	for (size_t i = 0; i < o->nvalue; i++) {
		const struct option_def *d = o->value[i].def;

		t->longs[i] = (struct option){d->name, d->kind == OPT_FLAG ? no_argument : required_argument, NULL, (int)i + 256};
		if (d->letter != 0) {
			t->shorts[n++] = d->letter;
			if (d->kind != OPT_FLAG)
				t->shorts[n++] = ':';
		}
	}
	t->longs[o->nvalue] = (struct option){0};
	t->shorts[n] = '\0';
}

static struct option_value *
by_code(struct options *o, int code)
{
	if (code >= 256)
		return &o->value[code - 256];
	for (size_t i = 0; i < o->nvalue; i++)
		if (o->value[i].def->letter == code)
			return &o->value[i];
	return NULL;
}

static bool
check_args(const struct options *o, struct err *err)
{
	const struct command *c = o->command;

	if (o->narg < c->min_args)
		err_set(err, ERR_USAGE, NOWHERE, "weir %s needs %s", c->name, c->synopsis);
	else if (c->max_args >= 0 && o->narg > c->max_args)
		err_set(err, ERR_USAGE, NOWHERE, "'%s' is one argument too many for weir %s", o->arg[c->max_args], c->name);
	else
		return true;
	return err_hint(err, "usage: weir %s %s", c->name, c->synopsis);
}

bool
options_parse(struct arena *a, const struct command *c, int argc, char **argv, struct options *ret, struct err *err)
{
	struct options o = {.a = a, .command = c, .value = ARENA_ARRAY(a, struct option_value, OPTIONS_MAX)};
	struct getopt_tables tables;
	int code;

	add_values(&o, c->option, c->noption);
	if (c->reads_data)
		add_values(&o, data_options, data_option_count);
	add_values(&o, common_options, common_option_count);
	make_tables(&o, &tables);
	optind = 0; /* restarts glibc's getopt */
	opterr = 0;
	while ((code = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
		struct option_value *v = code == '?' || code == ':' ? NULL : by_code(&o, code);

		if (code == ':') {
			err_set(err, ERR_USAGE, NOWHERE, "option '%s' needs a value", argv[optind - 1]);
			return err_hint(err, "weir %s --help tells which", c->name);
		}
		if (v == NULL)
			return unknown_option(&o, argv[optind - 1], err);
		if (!take_value(&o, v, optarg != NULL ? optarg : "", err))
			return false;
	}
	o.narg = argc - optind;
	o.arg = (const char **)(uintptr_t)(argv + optind);
	*ret = o;
	ret->help = opt_flag(ret, "help");
	return ret->help || check_args(ret, err);
}

const struct option_value *
opt(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->nvalue; i++)
		if (strcmp(o->value[i].def->name, name) == 0)
			return &o->value[i];
	assert(!"an option that no table declares");
	return NULL;
}

bool
opt_flag(const struct options *o, const char *name)
{
	return opt(o, name)->given;
}

struct sv
opt_text(const struct options *o, const char *name)
{
	return opt(o, name)->text;
}

int64_t
opt_number(const struct options *o, const char *name, int64_t dflt)
{
	const struct option_value *v = opt(o, name);

	return v->given ? v->number : dflt;
}
