#include "cmd/options.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/civil.h"
#include "base/duration.h"
#include "base/num.h"

static const char *const colours[] = {"auto", "always", "never", NULL};
static const char *const result_formats[] = {"SUMMARY", "BOOLEAN_ONLY", "BASIC", "COMPLETE", NULL};

const struct option_def common_options[] = {
	{"directory", 'C', OPT_TEXT, "DIR", NULL,
         "Project directory; default: the nearest parent folder that holds a weir.yaml."},
	{"env", 0, OPT_TEXT, "NAME", NULL, "Environment of the catalog; default: $WEIR_ENV, else `default`."},
	{"format", 0, OPT_TEXT, "FMT", NULL,
         "Output format: text (default), json, or one the command names."},
	{"now", 0, OPT_TIME, "TIME", NULL, "The clock, as RFC 3339: judges as if it were that moment."},
	{"store", 0, OPT_TEXT, "URL", NULL,
         "State database instead of the catalog's; `:memory:` keeps nothing."},
	{"server", 0, OPT_TEXT, "URL", NULL,
         "A weir service that keeps the state (https://HOST, http://127.0.0.1:8484, unix:PATH); default: $WEIR_SERVER, "
         "else the project's own.  Data is read here."},
	{"token-file", 0, OPT_TEXT, "FILE", NULL,
         "File with the token for that service, readable by its owner only; default: $WEIR_TOKEN, else $WEIR_TOKEN_FILE."},
	{"insecure-http", 0, OPT_FLAG, NULL, NULL,
         "Speaks to the service unencrypted over the network: where that itself is safe."},
	{"colour", 0, OPT_ENUM, "WHEN", colours,
         "auto (default: on a terminal, unless NO_COLOR is set), always or never."},
	{"color", 0, OPT_ENUM, "WHEN", colours, "The same."},
	{"verbose", 'v', OPT_FLAG, NULL, NULL, "Shows what passed, too; says on stderr what is done."},
	{"quiet", 'q', OPT_FLAG, NULL, NULL, "No progress and no warnings on stderr."},
	{"skip-exit", 0, OPT_STATUS, "N", NULL,
         "Exit status to use instead of 1 (Airflow skips a task on 99)."},
	{"help", 'h', OPT_FLAG, NULL, NULL, "Shows this help."},
};
const size_t common_option_count = LEN(common_options);

const struct option_def data_options[] = {
	{"threads", 0, OPT_INT, "N", NULL,
         "Threads that read and evaluate; default: the processors at hand."},
	{"memory", 0, OPT_SIZE, "SIZE", NULL, "Limit of all growing states together; default 512MB."},
	{"no-reuse", 0, OPT_FLAG, NULL, NULL,
         "Reads everything anew, and keeps nothing of it for the next time."},
	{"explain", 0, OPT_FLAG, NULL, NULL, "Says what was read, how, and why."},
	{"partition", 0, OPT_TEXT, "K|A..B", NULL,
         "A partition, or a range of them; default: all that exist."},
	{"result-format", 0, OPT_ENUM, "LEVEL", result_formats,
         "BOOLEAN_ONLY, BASIC, SUMMARY (default) or COMPLETE: detail of results."},
};
const size_t data_option_count = LEN(data_options);

const struct option_def report_options[] = {
	{"output", 'o', OPT_TEXT, "FILE", NULL,
         "Writes the report there instead of to standard output (`-`); the file is replaced in one step."},
	{"report", 0, OPT_LIST, "FORMAT=FILE", NULL,
         "Writes a further report in that format; may be given several times."},
};
const size_t report_option_count = LEN(report_options);

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
take_enum(struct option_value *v, struct err *err)
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
		return take_enum(v, err);
	case OPT_INT:
		if (!num_i64(v->text, &v->number) || v->number < 0)
			return err_set(err, ERR_USAGE, NOWHERE, "--%s takes a whole number, not '%s'",
			               v->def->name, text);
		return true;
	case OPT_STATUS:
		/* What is left of a greater one may be 0, and a failure must not look like success. */
		if (!num_i64(v->text, &v->number) || v->number < 1 || v->number > 255)
			return err_set(err, ERR_USAGE, NOWHERE,
			               "--%s takes an exit status from 1 to 255, not '%s'", v->def->name,
			               text);
		return true;
	case OPT_DURATION:
		fine = duration_parse(v->text, &v->number, err);
		break;
	case OPT_SIZE:
		fine = size_parse(v->text, &v->number, err) &&
		       (v->number > 0 || err_set(err, ERR_USAGE, NOWHERE, "nothing can be done with 0"));
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
unknown_option(const struct options *o, const char *word, struct sv name, struct err *err)
{
	const char *names[OPTIONS_MAX], *near;

	for (size_t i = 0; i < o->nvalue; i++)
		names[i] = o->value[i].def->name;
	near = sv_nearest(name, names, o->nvalue);
	for (size_t i = 0; near == NULL && name.n > 1 && i < o->nvalue; i++)
		if (sv_starts(sv_of(names[i]), name))
			near = names[i];
	err_set(err, ERR_USAGE, NOWHERE, "weir %s has no option '%s'", o->command->name, word);
	return near != NULL ? err_hint(err, "did you mean --%s?", near)
	                    : err_hint(err, "weir %s --help lists them", o->command->name);
}

static struct option_value *
by_letter(struct options *o, char letter)
{
	for (size_t i = 0; i < o->nvalue; i++)
		if (o->value[i].def->letter == letter)
			return &o->value[i];
	return NULL;
}

/* Whole names only: what is short for one option today may be short for two tomorrow, in scripts that nobody looks at. */
static struct option_value *
by_name(struct options *o, struct sv name)
{
	for (size_t i = 0; i < o->nvalue; i++)
		if (sv_is(name, o->value[i].def->name))
			return &o->value[i];
	return NULL;
}

/* The command line as far as it was read. */
struct words {
	char **v;
	int n, at;
};

static bool
take_next(struct options *o, struct option_value *v, struct words *w, struct err *err)
{
	if (w->at == w->n) {
		err_set(err, ERR_USAGE, NOWHERE, "--%s needs a value", v->def->name);
		return err_hint(err, "%s", v->def->doc);
	}
	return take_value(o, v, w->v[w->at++], err);
}

/* `--name`, `--name=value` or `--name value`. */
static bool
take_long(struct options *o, const char *word, struct words *w, struct err *err)
{
	const char *equals = strchr(word, '=');
	struct sv name = {word + 2, equals != NULL ? (size_t)(equals - word) - 2 : strlen(word) - 2};
	struct option_value *v = by_name(o, name);

	if (v == NULL)
		return unknown_option(o, word, name, err);
	if (v->def->kind == OPT_FLAG) {
		if (equals != NULL)
			return err_set(err, ERR_USAGE, NOWHERE, "--%s takes no value", v->def->name);
		return take_value(o, v, "", err);
	}
	return equals != NULL ? take_value(o, v, equals + 1, err) : take_next(o, v, w, err);
}

/* `-vq`, `-CDIR` or `-C DIR`. */
static bool
take_short(struct options *o, const char *word, struct words *w, struct err *err)
{
	for (const char *p = word + 1; *p != '\0'; p++) {
		struct option_value *v = by_letter(o, *p);

		if (v == NULL)
			return unknown_option(o, word, (struct sv){p, 1}, err);
		if (v->def->kind != OPT_FLAG)
			return p[1] != '\0' ? take_value(o, v, p + 1, err) : take_next(o, v, w, err);
		if (!take_value(o, v, "", err))
			return false;
	}
	return true;
}

/* Sets *err unless the first argument is one of the command's verbs, if it has any. */
static bool
check_verb(const struct options *o, struct err *err)
{
	const struct command *c = o->command;
	const char *near;
	size_t n = 0;

	if (c->verbs == NULL || o->narg == 0)
		return true;
	for (; c->verbs[n] != NULL; n++)
		if (strcmp(c->verbs[n], o->arg[0]) == 0)
			return true;
	err_set(err, ERR_USAGE, NOWHERE, "weir %s does not know '%s'", c->name, o->arg[0]);
	near = sv_nearest(sv_of(o->arg[0]), c->verbs, n);
	return near != NULL ? err_hint(err, "did you mean '%s'?", near)
	                    : err_hint(err, "usage: weir %s %s", c->name, c->synopsis);
}

/* The k-th word of what a command takes, as its synopsis names it. */
static struct sv
argument_name(const struct command *c, int k)
{
	struct sv rest = sv_of(c->synopsis), word;

	do
		word = sv_cut(&rest, ' ');
	while (k-- > 0);
	return word;
}

/* Which are missing, and behind what. */
static void
tell_missing(const struct options *o, struct err *err)
{
	const struct command *c = o->command;
	AUTO(buf) names = buf_new(1 << 10);

	for (int k = o->narg; k < c->min_args; k++)
		buf_printf(names, "%s" SV_FMT, k == o->narg ? "" : " and ", SV_ARG(argument_name(c, k)));
	if (o->narg == 0)
		err_set(err, ERR_USAGE, NOWHERE, "weir %s needs %s", c->name, buf_str(names));
	else
		err_set(err, ERR_USAGE, NOWHERE, "weir %s needs %s as well: '%s' is " SV_FMT " only", c->name,
		        buf_str(names), o->arg[o->narg - 1], SV_ARG(argument_name(c, o->narg - 1)));
}

static bool
check_args(const struct options *o, struct err *err)
{
	const struct command *c = o->command;

	if (!check_verb(o, err))
		return false;
	if (o->narg < c->min_args && c->verbs != NULL)
		err_set(err, ERR_USAGE, NOWHERE, "weir %s is not told what to do", c->name);
	else if (o->narg < c->min_args)
		tell_missing(o, err);
	else if (c->max_args >= 0 && o->narg > c->max_args)
		err_set(err, ERR_USAGE, NOWHERE, "'%s' is one argument too many for weir %s",
		        o->arg[c->max_args], c->name);
	else
		return true;
	return err_hint(err, "usage: weir %s %s", c->name, c->synopsis);
}

const char *const formats_text_json[] = {"text", "json", NULL};

static bool
check_format(const struct options *o, struct sv name, struct err *err)
{
	static const char *const only_text[] = {"text", NULL};
	const char *const *names = o->command->formats != NULL ? o->command->formats : only_text;
	AUTO(buf) list = buf_new(1 << 10);
	const char *near;
	size_t n;

	for (n = 0; names[n] != NULL; n++) {
		if (sv_is(name, names[n]))
			return true;
		buf_printf(list, "%s%s", n > 0 ? ", " : "", names[n]);
	}
	near = sv_nearest(name, names, n);
	err_set(err, ERR_USAGE, NOWHERE, "weir %s has no format '" SV_FMT "'", o->command->name,
	        SV_ARG(name));
	return near != NULL ? err_hint(err, "did you mean '%s'?", near)
	                    : err_hint(err, "formats: %s", buf_str(list));
}

/* --report FORMAT=FILE: told before anything runs. */
static bool
check_reports(const struct options *o, struct err *err)
{
	const struct option_value *v = opt(o, "report");

	for (size_t i = 0; i < v->list.n; i++) {
		struct sv file = v->list.v[i], format = sv_cut(&file, '=');

		if (file.n == 0) {
			err_set(err, ERR_USAGE, NOWHERE, "--report takes FORMAT=FILE, not '" SV_FMT "'",
			        SV_ARG(v->list.v[i]));
			return err_hint(err, "for example --report junit=weir.xml");
		}
		if (!check_format(o, format, err))
			return err_prefix(err, "--report");
		for (size_t k = 0; k < i; k++) {
			struct sv other = v->list.v[k];

			(void)sv_cut(&other, '=');
			if (sv_eq(other, file))
				return err_set(err, ERR_USAGE, NOWHERE, "two reports go to '" SV_FMT "'",
				               SV_ARG(file));
		}
	}
	return true;
}

static bool
check_formats(const struct options *o, struct err *err)
{
	const struct option_value *v = opt(o, "format");

	return (!v->given || check_format(o, v->text, err)) &&
	       (!o->command->reports || check_reports(o, err));
}

bool
options_parse(struct arena *a, const struct command *c, int argc, char **argv, struct options *ret,
              struct err *err)
{
	struct options o = {.a = a,
	                    .command = c,
	                    .value = ARENA_ARRAY(a, struct option_value, OPTIONS_MAX),
	                    .before = -1};
	struct words w = {.v = argv, .n = argc, .at = 1};

	add_values(&o, c->option, c->noption);
	if (c->reads_data)
		add_values(&o, data_options, data_option_count);
	if (c->reports)
		add_values(&o, report_options, report_option_count);
	add_values(&o, common_options, common_option_count);
	o.arg = ARENA_ARRAY(a, const char *, (size_t)argc);
	while (w.at < w.n) {
		const char *word = w.v[w.at++];

		if (word[0] != '-' || word[1] == '\0') {
			o.arg[o.narg++] = word;
			continue;
		}
		if (strcmp(word, "--") == 0) {
			o.before = o.narg;
			while (w.at < w.n)
				o.arg[o.narg++] = w.v[w.at++];
			break;
		}
		if (word[1] == '-' ? !take_long(&o, word, &w, err) : !take_short(&o, word, &w, err))
			return false;
	}
	*ret = o;
	ret->help = opt_flag(ret, "help");
	return ret->help || (check_args(ret, err) && check_formats(ret, err));
}

const struct option_value *
opt(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->nvalue; i++)
		if (strcmp(o->value[i].def->name, name) == 0)
			return &o->value[i];
	assert(false); /* an option that no table declares */
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
