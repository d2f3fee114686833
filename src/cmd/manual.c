/* The reference page on the command line, written from the tables of commands, options and error codes. */
#include "cmd/commands.h"
#include "cmd/options.h"

/* In a table's cell a bar would end the cell. */
static void
put_cell(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			buf_putc(b, '\\');
		buf_putc(b, *text);
	}
}

static void
put_options(struct buf *b, const struct option_def *d, size_t n)
{
	buf_puts(b, "\n| option | meaning |\n|---|---|\n");
	for (size_t i = 0; i < n; i++) {
		buf_puts(b, "| ");
		if (d[i].letter != 0)
			buf_printf(b, "`-%c`, ", d[i].letter);
		buf_printf(b, "`--%s%s", d[i].name, d[i].arg != NULL ? " " : "");
		put_cell(b, d[i].arg != NULL ? d[i].arg : "");
		buf_puts(b, "` | ");
		put_cell(b, d[i].doc);
		buf_puts(b, " |\n");
	}
}

static void
put_command(struct buf *b, const struct command *c)
{
	buf_printf(b, "\n## weir %s\n\n%s.\n\n    weir %s%s%s\n", c->name, c->summary, c->name,
	           c->synopsis[0] != '\0' ? " " : "", c->synopsis);
	if (c->doc != NULL)
		buf_printf(b, "\n%s\n", c->doc);
	if (c->example != NULL)
		buf_printf(b, "\nFor example `%s`.\n", c->example);
	if (c->noption > 0)
		put_options(b, c->option, c->noption);
	if (c->reads_data)
		buf_puts(b, "\nIt reads data: the [options for that](#options-of-commands-that-read-data) "
		            "apply, too.\n");
	if (c->reports)
		buf_puts(b, "\nIt reports: the [options for that](#options-of-commands-that-report) apply, "
		            "too.\n");
}

static const char head[] =
	"# Commands\n"
	"\n"
	"This page is made from the program's tables. `weir COMMAND --help` shows the part on one command. "
	"Selectors are explained in\n"
	"[the catalog](catalog.md#selectors), exit statuses in [exit status](exit-status.md).\n"
	"\n"
	"Options stand before or after arguments; `--name VALUE` and `--name=VALUE` are the same, and long "
	"names may be shortened\n"
	"as long as they stay unique. After `--` everything is an argument.\n";

void
commands_markdown(struct buf *b)
{
	buf_puts(b, head);
	for (size_t i = 0; i < command_count; i++)
		put_command(b, commands[i]);
	buf_puts(b, "\n## Options of all commands\n");
	put_options(b, common_options, common_option_count);
	buf_puts(b, "\n## Options of commands that read data\n");
	put_options(b, data_options, data_option_count);
	buf_puts(b, "\n## Options of commands that report\n");
	put_options(b, report_options, report_option_count);
	buf_puts(b, "\n## Error codes\n\nJSON reports carry them; `weir explain CODE` explains one. "
	            "The status is that of a command which ends with the error.\n\n"
	            "| code | meaning | exit status |\n|---|---|---|\n");
	for (int i = ERR_NONE + 1; i < ERR_CODE_COUNT; i++)
		buf_printf(b, "| `%s` | %s | %d |\n", err_code_name((enum err_code)i),
		           err_code_text((enum err_code)i), err_exit_status((enum err_code)i));
}
