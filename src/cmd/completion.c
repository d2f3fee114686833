/*
 * weir completion: what a shell needs to complete command lines, written from the tables of commands and options.
 *
 * The scripts hold all that is fixed; for keys of assets they ask `weir completion assets`, which says nothing where there is no catalog.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/workspace.h"

/* All options that a command takes: its own, those of commands that read data, those of all. */
struct option_walk {
	const struct command *c;
	size_t table, i;
};

static const struct option_def *
next_option(struct option_walk *w)
{
	const struct {
		const struct option_def *def;
		size_t n;
	} tables[] = {
		{w->c->option, w->c->noption},
		{data_options, w->c->reads_data ? data_option_count : 0},
		{report_options, w->c->reports ? report_option_count : 0},
		{common_options, common_option_count},
	};

	for (; w->table < LEN(tables); w->table++, w->i = 0)
		if (w->i < tables[w->table].n)
			return &tables[w->table].def[w->i++];
	return NULL;
}

/* The words an option takes, or NULL. */
static const char *const *
words_of(const struct command *c, const struct option_def *d)
{
	static const char *const text[] = {"text", NULL};

	if (strcmp(d->name, "format") == 0)
		return c->formats != NULL ? c->formats : text;
	return d->kind == OPT_ENUM ? d->names : NULL;
}

static bool
takes_file(const struct option_def *d)
{
	return d->arg != NULL && (strstr(d->arg, "FILE") != NULL || strstr(d->arg, "DIR") != NULL ||
	                          strstr(d->arg, "PATH") != NULL);
}

static void
put_words(struct buf *b, const char *const *words)
{
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		buf_printf(b, "%s%s", i > 0 ? " " : "", words[i]);
}

static void
put_commands(struct buf *b)
{
	for (size_t i = 0; i < command_count; i++)
		buf_printf(b, "%s%s", i > 0 ? " " : "", commands[i]->name);
}

/* Single quotes for a shell: a quote inside ends them, stands alone, and begins them again. */
static void
put_quoted(struct buf *b, const char *text, const char *escape)
{
	buf_putc(b, '\'');
	for (; *text != '\0'; text++)
		if (*text == '\'')
			buf_puts(b, escape);
		else
			buf_putc(b, *text);
	buf_putc(b, '\'');
}

static void
bash_command(struct buf *b, const struct command *c)
{
	struct option_walk w = {.c = c};

	buf_printf(b, "\t%s)\n\t\tcase $previous in\n", c->name);
	for (const struct option_def *d; (d = next_option(&w)) != NULL;) {
		const char *const *words = words_of(c, d);

		if (d->kind == OPT_FLAG)
			continue;
		buf_printf(b, "\t\t--%s) ", d->name);
		if (words != NULL) {
			buf_puts(b, "words='");
			put_words(b, words);
			buf_puts(b, "' ;;\n");
		} else {
			buf_puts(b, takes_file(d) ? "files=yes ;;\n" : "return ;;\n");
		}
	}
	buf_puts(b, "\t\t*) words='");
	w = (struct option_walk){.c = c};
	for (const struct option_def *d; (d = next_option(&w)) != NULL;)
		buf_printf(b, "--%s ", d->name);
	put_words(b, c->verbs);
	buf_printf(b, "'%s ;;\n\t\tesac ;;\n", c->asset_args ? " assets=yes" : "");
}

static void
put_bash(struct buf *b)
{
	buf_puts(b, "# Completion of weir for bash: in a file of /usr/share/bash-completion/completions, or\n"
	            "#\tsource <(weir completion bash)\n"
	            "_weir()\n{\n"
	            "\tlocal word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
	            "\tlocal words= files= assets=\n\n\tCOMPREPLY=()\n"
	            "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tCOMPREPLY=($(compgen -W '");
	put_commands(b);
	buf_puts(b, " --help --version' -- \"$word\"))\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; i < command_count; i++)
		bash_command(b, commands[i]);
	buf_puts(
		b,
		"\tesac\n"
		"\tif [ -n \"$files\" ]; then\n\t\tCOMPREPLY=($(compgen -f -- \"$word\"))\n\t\treturn\n\tfi\n"
		"\tif [ -n \"$assets\" ] && [ \"${word#-}\" = \"$word\" ]; then\n"
		"\t\twords=\"$words $(weir completion assets 2>/dev/null)\"\n\tfi\n"
		"\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
		"complete -F _weir weir\n");
}

/* _arguments gives brackets and colons a meaning of their own. */
static void
zsh_text(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("[]:\\", *text) != NULL)
			buf_putc(b, '\\');
		if (*text == '\'')
			buf_puts(b, "'\\''");
		else
			buf_putc(b, *text);
	}
}

static void
zsh_command(struct buf *b, const struct command *c)
{
	struct option_walk w = {.c = c};

	buf_printf(b, "\t%s)\n\t\t_arguments", c->name);
	for (const struct option_def *d; (d = next_option(&w)) != NULL;) {
		buf_printf(b, " \\\n\t\t\t'%s--%s[", d->kind == OPT_LIST ? "*" : "", d->name);
		zsh_text(b, d->doc);
		buf_putc(b, ']');
		if (d->kind != OPT_FLAG) {
			const char *const *words = words_of(c, d);

			buf_putc(b, ':');
			zsh_text(b, d->arg != NULL ? d->arg : d->name);
			buf_puts(b, words != NULL ? ":(" : takes_file(d) ? ":_files" : ":");
			put_words(b, words);
			if (words != NULL)
				buf_putc(b, ')');
		}
		buf_putc(b, '\'');
	}
	if (c->verbs != NULL) {
		buf_puts(b, " \\\n\t\t\t'2:what:(");
		put_words(b, c->verbs);
		buf_puts(b, ")'");
	}
	if (c->asset_args)
		buf_puts(b, " \\\n\t\t\t'*:asset:($(weir completion assets 2>/dev/null))'");
	buf_puts(b, "\n\t\t;;\n");
}

static void
put_zsh(struct buf *b)
{
	buf_puts(b, "#compdef weir\n# Completion of weir for zsh: in a file _weir in a folder of $fpath.\n\n"
	            "local -a commands\ncommands=(\n");
	for (size_t i = 0; i < command_count; i++) {
		buf_printf(b, "\t'%s:", commands[i]->name);
		zsh_text(b, commands[i]->summary);
		buf_puts(b, "'\n");
	}
	buf_puts(b, ")\nif (( CURRENT == 2 )); then\n\t_describe command commands\n\treturn\nfi\ncase "
	            "$words[2] in\n");
	for (size_t i = 0; i < command_count; i++)
		zsh_command(b, commands[i]);
	buf_puts(b, "esac\n");
}

static void
fish_option(struct buf *b, const struct command *c, const struct option_def *d)
{
	const char *const *words = words_of(c, d);

	buf_printf(b, "complete -c weir -n '__fish_seen_subcommand_from %s' -l %s", c->name, d->name);
	if (d->letter != 0)
		buf_printf(b, " -s %c", d->letter);
	if (d->kind != OPT_FLAG)
		buf_puts(b, takes_file(d) ? " -r -F" : " -x");
	if (words != NULL) {
		buf_puts(b, " -a '");
		put_words(b, words);
		buf_putc(b, '\'');
	}
	buf_puts(b, " -d ");
	put_quoted(b, d->doc, "\\'");
	buf_putc(b, '\n');
}

static void
put_fish(struct buf *b)
{
	buf_puts(b, "# Completion of weir for fish: weir.fish in ~/.config/fish/completions.\ncomplete -c "
	            "weir -f\n");
	for (size_t i = 0; i < command_count; i++) {
		const struct command *c = commands[i];
		struct option_walk w = {.c = c};

		buf_printf(b, "complete -c weir -n __fish_use_subcommand -a %s -d ", c->name);
		put_quoted(b, c->summary, "\\'");
		buf_putc(b, '\n');
		if (c->verbs != NULL) {
			buf_printf(b, "complete -c weir -n '__fish_seen_subcommand_from %s' -a '", c->name);
			put_words(b, c->verbs);
			buf_puts(b, "'\n");
		}
		if (c->asset_args)
			buf_printf(
				b,
				"complete -c weir -n '__fish_seen_subcommand_from %s' -a '(weir completion "
				"assets 2>/dev/null)'\n",
				c->name);
		for (const struct option_def *d; (d = next_option(&w)) != NULL;)
			fish_option(b, c, d);
	}
}

/* Keys that a shell takes as one plain word; others would need its quoting. */
static bool
is_plain(struct sv key)
{
	for (size_t i = 0; i < key.n; i++)
		if ((unsigned char)key.p[i] <= ' ' || strchr("'\"\\$`*?[](){}<>|&;!~#", key.p[i]) != NULL)
			return false;
	return key.n > 0;
}

static int
put_assets(struct options *o)
{
	AUTO(buf) text = buf_new((size_t)16 << 20);
	struct catalog_options co = {.import = imported_overlay};
	const struct catalog *c;
	struct diags d;

	diags_init(&d, o->a);
	if (opt(o, "env")->given)
		co.env = arena_str(o->a, opt_text(o, "env"));
	c = catalog_read(o->a, &co, &d);
	for (size_t i = 0; c != NULL && i < c->nasset; i++)
		if (is_plain(c->asset[i].key))
			buf_printf(text, SV_FMT "\n", SV_ARG(c->asset[i].key));
	return output_text(buf_sv(text), 0);
}

static const struct {
	const char *name;
	void (*put)(struct buf *b);
} shells[] = {
	{"bash", put_bash},
	{"fish", put_fish},
	{"zsh", put_zsh},
};

static int
completion_run(struct options *o)
{
	AUTO(buf) text = buf_new((size_t)4 << 20);
	struct err err = {0};
	size_t i = 0;

	if (strcmp(o->arg[0], "assets") == 0)
		return put_assets(o);
	while (strcmp(o->arg[0], shells[i].name) != 0)
		i++;
	shells[i].put(text);
	return buf_check(text, "the script", &err) ? output_text(buf_sv(text), 0) : output_failure(&err);
}

static const char *const completion_verbs[] = {"bash", "fish", "zsh", "assets", NULL};

const struct command cmd_completion = {
	.name = "completion",
	.local = true,
	.group = GROUP_HELP,
	.synopsis = "bash|fish|zsh|assets",
	.summary = "Writes the script that completes weir's command lines in a shell",
	.doc = "`make install` puts the scripts where the shells look.  For a weir that was not installed: "
	       "source <(weir completion bash).\n\n`assets` lists the catalog's assets, for the scripts.",
	.example = "weir completion fish > ~/.config/fish/completions/weir.fish",
	.verbs = completion_verbs,
	.min_args = 1,
	.max_args = 1,
	.run = completion_run,
};
