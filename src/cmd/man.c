/*
 * weir man: manual pages, written from the tables of commands, options, catalog keys, expectations and error codes; so a page cannot
 * tell of an option that is not there.  `make install` installs what --list names.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/troff.h"
#include "expect/expect.h"

static const struct {
	const char *name, *doc;
} variables[] = {
	{"WEIR_ENV", "The environment of the catalog, as --env."},
	{"WEIR_SERVER", "The weir service that keeps the state, as --server."},
	{"WEIR_TOKEN", "The token for that service."},
	{"WEIR_TOKEN_FILE", "A file with that token, as --token-file."},
	{"WEIR_CA_FILE", "Certificate authorities to trust for that service, instead of the system's."},
	{"WEIR_PROXY", "URL of a proxy to reach that service by; none is taken from other variables."},
	{"WEIR_SERVER_TIMEOUT", "The longest time for one answer of that service; default 60s."},
	{"NO_COLOR", "Not empty: no colours."},
	{"FORCE_COLOR", "Not empty: colours also where the output is no terminal."},
	{"COLUMNS", "The width of text."},
	{"TZDIR", "Where time zones lie; default /usr/share/zoneinfo."},
};

static const struct {
	const char *status, *doc;
} statuses[] = {
	{"0", "All is well; warnings and orphans alone count as well, unless --strict is given."},
	{"1", "A critical check failed, an asset is late or stale beyond fail_after, or the gate blocks."},
	{"2", "The command line or the catalog is wrong, nothing is selected, or there are no checks."},
	{"3", "Something could not be evaluated, read or written."},
};

static void
put_options(struct buf *b, const struct option_def *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char tag[128];
		char letter[8] = "";

		if (d[i].letter != 0)
			snprintf(letter, sizeof(letter), "-%c, ", d[i].letter);
		snprintf(tag, sizeof(tag), "%s--%s%s%s", letter, d[i].name, d[i].arg != NULL ? " " : "",
		         d[i].arg != NULL ? d[i].arg : "");
		troff_tag(b, tag);
		troff_text(b, d[i].doc);
	}
}

static void
put_statuses(struct buf *b)
{
	troff_section(b, "EXIT STATUS");
	for (size_t i = 0; i < LEN(statuses); i++) {
		troff_tag(b, statuses[i].status);
		troff_text(b, statuses[i].doc);
	}
}

static void
put_command(struct buf *b, const struct command *c)
{
	AUTO(buf) name = buf_new(1 << 10);

	buf_printf(name, "weir-%s", c->name);
	troff_title(b, buf_str(name), "1");
	troff_section(b, "NAME");
	troff_put(b, buf_str(name));
	buf_puts(b, " \\- ");
	troff_put(b, c->summary);
	buf_putc(b, '\n');
	troff_section(b, "SYNOPSIS");
	buf_printf(b, ".B weir %s\n", c->name);
	troff_text(b, c->synopsis);
	if (c->doc != NULL) {
		troff_section(b, "DESCRIPTION");
		troff_text(b, c->doc);
	}
	if (c->noption > 0 || c->reads_data || c->reports)
		troff_section(b, "OPTIONS");
	put_options(b, c->option, c->noption);
	if (c->reads_data)
		put_options(b, data_options, data_option_count);
	if (c->reports)
		put_options(b, report_options, report_option_count);
	troff_section(b, "OPTIONS OF ALL COMMANDS");
	put_options(b, common_options, common_option_count);
	put_statuses(b);
	if (c->example != NULL) {
		troff_section(b, "EXAMPLE");
		troff_example(b, c->example);
	}
	troff_section(b, "SEE ALSO");
	buf_puts(b, ".BR weir (1),\n.BR weir.yaml (5),\n.BR weir\\-expectations (7)\n");
}

static void
put_overview(struct buf *b)
{
	troff_title(b, "weir", "1");
	troff_section(b, "NAME");
	buf_puts(b, "weir \\- data quality and freshness of what pipelines make\n");
	troff_section(b, "SYNOPSIS");
	buf_puts(b, ".B weir\n.I COMMAND\n[\\fIOPTION\\fR ...] [\\fIARGUMENT\\fR ...]\n");
	troff_section(b, "DESCRIPTION");
	troff_text(
		b,
		"weir reads a catalog of assets (weir.yaml), looks at when each was last made, says what is "
		"late, stale or orphaned, runs declarative checks against the data itself, and answers "
		"whether a downstream run may start.\n");
	troff_section(b, "COMMANDS");
	for (size_t i = 0; i < command_count; i++) {
		buf_puts(b, ".TP\n.BR weir\\-");
		troff_put(b, commands[i]->name);
		buf_puts(b, " (1)\n");
		troff_text(b, commands[i]->summary);
	}
	troff_section(b, "OPTIONS OF ALL COMMANDS");
	put_options(b, common_options, common_option_count);
	put_statuses(b);
	troff_section(b, "ENVIRONMENT");
	for (size_t i = 0; i < LEN(variables); i++) {
		troff_tag(b, variables[i].name);
		troff_text(b, variables[i].doc);
	}
	troff_section(b, "FILES");
	troff_tag(b, "weir.yaml");
	troff_text(b, "The catalog, in this folder or the nearest parent that has one.\n");
	troff_tag(b, ".weir/state.db");
	troff_text(b, "The state, beside the catalog, unless it names another place.\n");
	troff_section(b, "SEE ALSO");
	buf_puts(b, ".BR weir.yaml (5),\n.BR weir\\-expectations (7)\n");
}

static void
put_key(void *ctx, const char *path, const char *takes, const char *doc)
{
	struct buf *b = ctx;

	troff_tag(b, path);
	if (takes[0] != '\0') {
		buf_puts(b, "(\\fI");
		troff_put(b, takes);
		buf_puts(b, "\\fR)\n");
	}
	troff_text(b, doc);
}

static void
put_catalog(struct buf *b)
{
	troff_title(b, "weir.yaml", "5");
	troff_section(b, "NAME");
	buf_puts(b, "weir.yaml \\- the catalog of assets\n");
	troff_section(b, "DESCRIPTION");
	troff_text(b, "YAML 1.2 with the core schema; JSON is accepted. Keys that are not listed here, and "
	              "keys that occur "
	              "twice, are errors. Durations are written 90s 15m 26h 7d 2w, sizes 64KB 512MB 50GB. "
	              "Relative paths "
	              "start at the folder of the file that says them. ${VAR} in any string is a variable of "
	              "the environment; "
	              "secrets are written {env: NAME} or {file: PATH}.\n");
	troff_section(b, "EXAMPLE");
	troff_example(b, "version: 1\n"
	                 "project: shop\n"
	                 "sources: {lake: {url: \"file:data\"}}\n"
	                 "assets:\n"
	                 "  raw/orders:\n"
	                 "    source: lake\n"
	                 "    path: orders/*.csv\n"
	                 "    freshness: {max_age: 26h}\n"
	                 "    checks:\n"
	                 "      - not_null: order_id\n"
	                 "      - between: {column: amount, min: 0}\n");
	troff_section(b, "KEYS");
	catalog_keys_each(put_key, b);
	troff_section(b, "SEE ALSO");
	buf_puts(b, ".BR weir (1),\n.BR weir\\-validate (1),\n.BR weir\\-config (1),\n.BR "
	            "weir\\-expectations (7)\n");
}

static void
put_expectations(struct buf *b)
{
	AUTO(buf) text = buf_new(1 << 20);

	troff_title(b, "weir-expectations", "7");
	troff_section(b, "NAME");
	buf_puts(b, "weir\\-expectations \\- what can be expected of data\n");
	for (size_t i = 0; i < expectation_count; i++) {
		troff_section(b, expectations[i]->shorthand);
		buf_clear(text);
		(void)expectation_explain(sv_of(expectations[i]->name), text);
		troff_text(b, buf_str(text));
	}
	troff_section(b, "SEE ALSO");
	buf_puts(b, ".BR weir (1),\n.BR weir\\-explain (1),\n.BR weir.yaml (5)\n");
}

/* The pages that are no command's. */
static const struct {
	const char *name, *section;
	void (*put)(struct buf *b);
} pages[] = {
	{"weir", "1", put_overview},
	{"weir.yaml", "5", put_catalog},
	{"weir-expectations", "7", put_expectations},
};

/* By its name, `weir-check` or only `check`; false if there is none. */
static bool
put_page(const char *name, struct buf *b)
{
	if (strncmp(name, "weir-", 5) == 0 && strcmp(name, "weir-expectations") != 0)
		name += 5;
	for (size_t i = 0; i < LEN(pages); i++)
		if (strcmp(name, pages[i].name) == 0) {
			pages[i].put(b);
			return true;
		}
	for (size_t i = 0; i < command_count; i++)
		if (strcmp(name, commands[i]->name) == 0) {
			put_command(b, commands[i]);
			return true;
		}
	return false;
}

static void
put_list(struct buf *b)
{
	for (size_t i = 0; i < LEN(pages); i++)
		buf_printf(b, "%s.%s\n", pages[i].name, pages[i].section);
	for (size_t i = 0; i < command_count; i++)
		buf_printf(b, "weir-%s.1\n", commands[i]->name);
}

/* Takes `weir-check.1`, too: what --list says. */
static const char *
without_section(struct arena *a, const char *name)
{
	size_t n = strlen(name);

	if (n > 2 && name[n - 2] == '.' && name[n - 1] >= '1' && name[n - 1] <= '9')
		n -= 2;
	return arena_str(a, (struct sv){name, n});
}

/* On a terminal, people want to read: by man, where it is installed. */
static void
show(struct sv page)
{
	AUTO_FD fd = memfd_create("weir-man", 0);
	char path[32];

	if (fd < 0 || write(fd, page.p, page.n) != (ssize_t)page.n)
		return;
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	execlp("man", "man", "-l", path, (char *)NULL);
}

static int
man_run(struct options *o)
{
	AUTO(buf) text = buf_new((size_t)4 << 20);
	const char *name = o->narg > 0 ? without_section(o->a, o->arg[0]) : "weir";
	struct err err = {0};

	if (opt_flag(o, "list")) {
		put_list(text);
	} else if (!put_page(name, text)) {
		err_set(&err, ERR_USAGE, NOWHERE, "there is no manual page '%s'", o->arg[0]);
		err_hint(&err, "weir man --list names all of them");
		return output_failure(&err);
	}
	if (!buf_check(text, "the page", &err))
		return output_failure(&err);
	if (!opt_flag(o, "list") && isatty(STDOUT_FILENO))
		show(buf_sv(text));
	return output_text(buf_sv(text), 0);
}

static const struct option_def man_options[] = {
	{"list", 0, OPT_FLAG, NULL, NULL, "Lists the pages, one a line."},
};

const struct command cmd_man = {
	.name = "man",
	.local = true,
	.group = GROUP_HELP,
	.synopsis = "[PAGE] | --list",
	.summary = "Writes a manual page: weir.1, one for each command, weir.yaml.5, weir-expectations.7",
	.doc = "On a terminal the page is shown by man, where that is installed; else it is written as it is.",
	.example = "weir man weir.yaml",
	.option = man_options,
	.noption = LEN(man_options),
	.max_args = 1,
	.run = man_run,
};
