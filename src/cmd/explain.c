/* weir explain: what a name means: an expectation, an engine, a report format, a channel, a problem, a gate's reason, a warning, an error code. */
#include "alert/channel.h"
#include "catalog/problems.h"
#include "cmd/commands.h"
#include "cmd/workspace.h"
#include "expect/lint.h"
#include "import/import.h"
#include "serve/route.h"

static void
list_title(struct buf *b, const char *title)
{
	buf_printf(b, "%s%s\n", b->n > 0 ? "\n" : "", title);
}

static void
list_all(struct buf *b)
{
	list_title(b, "Expectations");
	for (size_t i = 0; i < expectation_count; i++)
		buf_printf(b, "  %-24s %s\n",
		           expectations[i]->shorthand != NULL ? expectations[i]->shorthand
		                                              : expectations[i]->name,
		           expectations[i]->summary);
	list_title(b, "Importers");
	for (size_t i = 0; i < importer_count; i++)
		buf_printf(b, "  %-24s %s\n", importers[i]->name, importers[i]->doc);
	list_title(b, "Engines");
	for (size_t i = 0; i < engine_count; i++)
		buf_printf(b, "  %-24s %s\n", engines[i]->name, engines[i]->doc);
	list_title(b, "Report formats");
	for (size_t i = 0; i < report_format_count; i++)
		buf_printf(b, "  %-24s %s\n", report_formats[i]->name, report_formats[i]->doc);
	list_title(b, "Channels of alerts");
	for (size_t i = 0; i < channel_driver_count; i++)
		buf_printf(b, "  %-24s %s\n", channel_drivers[i]->type, channel_drivers[i]->doc);
	list_title(b, "Kinds of problems, which routes of alerts can match");
	for (size_t i = 0; i < PROBLEM_COUNT; i++)
		buf_printf(b, "  %-24s %s\n", problem_names[i], problem_docs[i]);
	list_title(b, "Reasons of gates, and what they do unless the catalog says otherwise");
	for (size_t i = 0; i < REASON_COUNT; i++)
		buf_printf(b, "  %-24s %-6s %s\n", reason_names[i], effect_names[reason_defaults[i]],
		           reason_docs[i]);
	list_title(b, "Warnings of weir validate");
	for (size_t i = 0; i < lint_count; i++)
		buf_printf(b, "  %-24s %s\n", lints[i]->code, lints[i]->summary);
	list_title(b, "Error codes");
	for (int i = ERR_NONE + 1; i < ERR_CODE_COUNT; i++)
		buf_printf(b, "  %-24s %s\n", err_code_name((enum err_code)i),
		           err_code_text((enum err_code)i));
}

static bool
explain_engine(struct sv name, struct buf *b)
{
	for (size_t i = 0; i < engine_count; i++)
		if (sv_is(name, engines[i]->name)) {
			buf_printf(b, "%s: an engine\n\n%s\n\nFormats:", engines[i]->name, engines[i]->doc);
			for (const char *const *f = engines[i]->formats; *f != NULL; f++)
				buf_printf(b, " %s", *f);
			buf_putc(b, '\n');
			return true;
		}
	return false;
}

static bool
explain_format(struct sv name, struct buf *b)
{
	const struct report_format *f = report_format_find(name);

	return f != NULL && buf_printf(b, "%s: a report format\n\n%s\n", f->name, f->doc);
}

static bool
explain_importer(struct sv name, struct buf *b)
{
	const struct importer *im = importer_find(name);

	return im != NULL && buf_printf(b,
	                                "%s: an importer, of %s\n\n%s\n\nExample:\n  weir import %s FILE\n  "
	                                "suites: [FILE]\n  catalog: [{import: %s, from: FILE}]\n",
	                                im->name, im->title, im->doc, im->name, im->name);
}

static bool
explain_channel(struct sv name, struct buf *b)
{
	const struct channel_driver *d = channel_driver_find(name);

	if (d == NULL)
		return false;
	buf_printf(b, "%s: a channel of alerts\n\n%s\n\nKeys:\n", d->type, d->doc);
	for (size_t i = 0; i < d->table->n; i++)
		buf_printf(b, "  %-14s %s%s\n", d->table->field[i].key, d->table->field[i].doc,
		           d->table->field[i].required ? "  Required." : "");
	if (!d->fixed)
		buf_printf(
			b,
			"  %-14s The message, with {{ names }} of what it is about, instead of the usual one.\n",
			"template");
	return buf_printf(b, "\nExample:\n  channels: {ops: %s}\n", d->example);
}

static bool
explain_reason(struct sv name, struct buf *b)
{
	for (size_t i = 0; i < REASON_COUNT; i++)
		if (sv_is(name, reason_names[i]))
			return buf_printf(b,
			                  "%s: a reason of gates\n\n%s\n\nEffect: %s, unless the gated asset "
			                  "says otherwise: gate: {%s: block|warn|allow}\n",
			                  reason_names[i], reason_docs[i], effect_names[reason_defaults[i]],
			                  reason_names[i]);
	return false;
}

/* Some reasons of gates are called as kinds of problems are: then both are meant. */
static bool
explain_problem(struct sv name, struct buf *b)
{
	for (size_t i = 0; i < PROBLEM_COUNT; i++)
		if (sv_is(name, problem_names[i]))
			return buf_printf(
				b,
				"%s%s: a kind of problem\n\n%s\n\nIn a route of alerts: match: {kind: %s}\n",
				b->n > 0 ? "\n" : "", problem_names[i], problem_docs[i], problem_names[i]);
	return false;
}

static bool
explain_kind(struct sv name, struct buf *b)
{
	const bool reason = explain_reason(name, b), problem = explain_problem(name, b);

	return reason || problem;
}

static bool
explain_error(struct sv name, struct buf *b)
{
	for (int i = ERR_NONE; i < ERR_CODE_COUNT; i++)
		if (sv_is(name, err_code_name((enum err_code)i)))
			return buf_printf(b, "%s: an error code\n\n%s.  Exit status %d.\n",
			                  err_code_name((enum err_code)i), err_code_text((enum err_code)i),
			                  err_exit_status((enum err_code)i));
	return false;
}

static int
unknown(struct options *o)
{
	size_t n;
	const char *const *names = expectation_names(o->a, &n);
	const char *near = sv_nearest(sv_of(o->arg[0]), names, n);
	struct err err = {0};

	for (size_t i = 0; i < expectations_absent_count; i++)
		if (strcmp(o->arg[0], expectations_absent[i].name) == 0) {
			err_set(&err, ERR_USAGE, NOWHERE, "%s cannot be checked: %s", o->arg[0],
			        expectations_absent[i].why);
			return output_failure(&err);
		}
	err_set(&err, ERR_USAGE, NOWHERE, "there is nothing called '%s'", o->arg[0]);
	if (near != NULL)
		err_hint(&err, "did you mean '%s'?", near);
	else
		err_hint(&err, "weir explain lists all names");
	return output_failure(&err);
}

/* Whole pages of the reference; the text of one name is for terminals. */
static int
explain_markdown(struct sv name, struct buf *text)
{
	struct err err = {0};

	if (name.n == 0 || sv_is(name, "expectations")) {
		expectations_markdown(text);
	} else if (sv_is(name, "commands")) {
		commands_markdown(text);
	} else if (sv_is(name, "routes")) {
		routes_markdown(text);
	} else {
		err_set(&err, ERR_USAGE, NOWHERE, "weir explain writes no page about '" SV_FMT "'",
		        SV_ARG(name));
		err_hint(&err, "pages: expectations, commands, routes");
		return output_failure(&err);
	}
	if (!buf_check(text, "the page", &err))
		return output_failure(&err);
	return output_text(buf_sv(text), 0);
}

static int
explain_run(struct options *o)
{
	AUTO(buf) text = buf_new((size_t)16 << 20);
	struct sv name = o->narg > 0 ? sv_of(o->arg[0]) : (struct sv){0};

	if (sv_is(opt_text(o, "format"), "markdown"))
		return explain_markdown(name, text);
	if (name.n == 0)
		list_all(text);
	else if (!expectation_explain(name, text) && !explain_engine(name, text) &&
	         !explain_format(name, text) && !explain_importer(name, text) &&
	         !explain_channel(name, text) && !explain_kind(name, text) && !lint_explain(name, text) &&
	         !explain_error(name, text))
		return unknown(o);
	return output_text(buf_sv(text), 0);
}

static const char *const explain_formats[] = {"text", "markdown", NULL};

const struct command cmd_explain = {
	.name = "explain",
	.local = true,
	.group = GROUP_HELP,
	.synopsis = "[NAME] | [expectations|commands|routes] --format markdown",
	.summary =
		"Explains an expectation, an importer, an engine, a format, a channel, a problem, a gate's reason, a "
		"warning or an error code",
	.doc = "Without a name it lists all of them.  --format markdown writes whole pages of the reference.",
	.example = "weir explain between",
	.formats = explain_formats,
	.max_args = 1,
	.run = explain_run,
};
