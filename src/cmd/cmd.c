/* Dispatch: from argv to the row of a command, and the help that the tables give. */
#include "cmd/cmd.h"

#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/remote.h"
#include "config.h"

enum { HELP_WIDTH = 100, HELP_INDENT = 31 };

/* Words up to the width of the terminal, from column `at` on; further lines begin at `indent`. */
static void
print_wrapped(const char *text, int at, int indent)
{
	const int width = output_width(HELP_WIDTH);
	struct sv rest = sv_of(text);
	int gap = 0; /* of spaces before the next word: two behind a sentence */

	while (rest.n > 0) {
		struct sv word = sv_cut(&rest, ' ');

		if (word.n > 0 && gap > 0 && at + gap + sv_width(word) > width) {
			printf("\n%*s", indent, "");
			at = indent;
			gap = 0;
		}
		if (word.n > 0) {
			printf("%*s" SV_FMT, gap, "", SV_ARG(word));
			at += gap + sv_width(word);
			gap = 0;
		}
		gap++;
	}
	putchar('\n');
}

/* Paragraphs, which the tables of commands break as the source likes it. */
static void
print_paragraphs(const char *text)
{
	struct sv rest = sv_of(text);

	while (rest.n > 0) {
		AUTO(buf) paragraph = buf_new(1 << 16);
		struct sv line;

		while (rest.n > 0 && (line = sv_cut(&rest, '\n')).n > 0) {
			buf_puts(paragraph, paragraph->n > 0 ? " " : "");
			buf_add(paragraph, line);
		}
		putchar('\n');
		print_wrapped(buf_str(paragraph), 0, 0);
	}
}

static void
print_options(const struct option_def *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char left[64];

		snprintf(left, sizeof(left), "%s%c%s--%s%s%s", d[i].letter != 0 ? "-" : "   ",
		         d[i].letter != 0 ? d[i].letter : ' ', d[i].letter != 0 ? ", " : "", d[i].name,
		         d[i].arg != NULL ? " " : "", d[i].arg != NULL ? d[i].arg : "");
		printf("  %-28s ", left);
		print_wrapped(d[i].doc, MAX(HELP_INDENT, 3 + (int)strlen(left)), HELP_INDENT);
	}
}

static int
print_help(const struct command *c)
{
	char usage[512];

	printf("weir %s: %s\n\nUsage: ", c->name, c->summary);
	snprintf(usage, sizeof(usage), "weir %s %s", c->name, c->synopsis);
	print_wrapped(usage, 7, 11);
	if (c->doc != NULL)
		print_paragraphs(c->doc);
	if (c->example != NULL)
		printf("\nExample:\n  %s\n", c->example);
	if (c->noption > 0) {
		printf("\nOptions:\n");
		print_options(c->option, c->noption);
	}
	if (c->reads_data) {
		printf("\nOptions of commands that read data:\n");
		print_options(data_options, data_option_count);
	}
	if (c->reports) {
		printf("\nOptions of commands that report:\n");
		print_options(report_options, report_option_count);
	}
	printf("\nOptions of all commands:\n");
	print_options(common_options, common_option_count);
	return output_finish(0);
}

static const char *const command_groups[GROUP_COUNT] = {
	[GROUP_START] = "To begin with",   [GROUP_DAILY] = "Daily work",
	[GROUP_PIPELINE] = "In pipelines", [GROUP_PROBLEM] = "When something is wrong",
	[GROUP_UPKEEP] = "Upkeep",         [GROUP_HELP] = "Help",
};

static int
print_overview(FILE *out)
{
	fprintf(out,
	        "weir %s: data quality and freshness of what pipelines make\n\nUsage: weir COMMAND [OPTION…] "
	        "[ARGUMENT…]\n",
	        PACKAGE_VERSION);
	for (int g = 0; g < GROUP_COUNT; g++) {
		fprintf(out, "\n%s:\n", command_groups[g]);
		for (size_t i = 0; i < command_count; i++)
			if ((int)commands[i]->group == g)
				fprintf(out, "  %-10s  %s\n", commands[i]->name, commands[i]->summary);
	}
	fprintf(out, "\nweir COMMAND --help tells more.  weir explain NAME explains an expectation, an "
	             "engine or an error.\n");
	return out == stdout ? output_finish(0) : 2;
}

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	for (size_t i = 0; i < internal_command_count; i++)
		if (strcmp(internal_commands[i]->name, name) == 0)
			return internal_commands[i];
	return NULL;
}

static int
unknown_command(const char *name)
{
	const char *names[64], *near;
	struct err err = {0};
	size_t n = 0;

	for (size_t i = 0; i < command_count && n < LEN(names); i++)
		names[n++] = commands[i]->name;
	near = sv_nearest(sv_of(name), names, n);
	err_set(&err, ERR_USAGE, NOWHERE, "there is no command '%s'", name);
	if (near != NULL)
		err_hint(&err, "did you mean '%s'?", near);
	else
		err_hint(&err, "weir --help lists the commands");
	output_error(&err);
	return 2;
}

/*
 * A standard stream that is closed would be the next file that is opened, say the lock of the store, and get the report.  Read-only, so that
 * writing to it is the error that it should be.
 */
static void
keep_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			abort();
}

/* Does an option of all commands take the next word as its value? */
static bool
takes_next(const char *word)
{
	for (size_t i = 0; i < common_option_count; i++) {
		const struct option_def *d = &common_options[i];

		if (d->kind == OPT_FLAG)
			continue;
		if (word[1] == '-' ? strcmp(word + 2, d->name) == 0 : word[1] == d->letter && word[2] == '\0')
			return true;
	}
	return false;
}

/* `weir -C DIR check` is `weir check -C DIR`: the command goes to the front, so that one parser sees all of its options. */
static void
command_first(int argc, char **argv)
{
	int at = 1;

	while (at < argc && argv[at][0] == '-' && argv[at][1] != '\0' && strcmp(argv[at], "--") != 0)
		at += takes_next(argv[at]) ? 2 : 1;
	if (at >= argc || at == 1)
		return;

	char *command = argv[at];

	memmove(&argv[2], &argv[1], (size_t)(at - 1) * sizeof(*argv));
	argv[1] = command;
}

/*
 * Large blocks go back to the system when they are freed.  As it is, the C library keeps all of a size that was freed once, which leaves holes of tens of
 * megabytes where keys of one part after another are collected and sorted.
 */
static void
return_memory(void)
{
#ifdef __GLIBC__
	(void)mallopt(M_MMAP_THRESHOLD, 4 << 20);
#endif
}

int
cmd_main(int argc, char **argv)
{
	AUTO(arena) a = arena_new();
	const struct command *c;
	struct options o;
	struct err err = {0};

	keep_standard_streams();
	return_memory();
	signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of the write, which output_finish reports */
	signal(SIGXFSZ, SIG_IGN); /* and so is a file that may not grow: of one check where it is spilled */
	if (argc < 2)
		return print_overview(stderr);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
		printf("weir %s\n", PACKAGE_VERSION);
		return output_finish(0);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		if (argc < 3 || argv[1][0] == '-')
			return print_overview(stdout);
		c = find_command(argv[2]);
		return c != NULL ? print_help(c) : unknown_command(argv[2]);
	}
	command_first(argc, argv);
	c = find_command(argv[1]);
	if (c == NULL)
		return unknown_command(argv[1]);
	if (!options_parse(a, c, argc - 1, argv + 1, &o, &err)) {
		output_error(&err);
		return c->failure != 0 ? c->failure : 2;
	}
	if (o.help)
		return print_help(c);
	if (!remote_wanted(&o) || (c->local && !opt(&o, "server")->given))
		return c->run(&o);
	return c->remote != NULL ? c->remote(&o) : remote_refuse(&o);
}
