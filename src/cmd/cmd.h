/*
 * Sub-commands: one file and one row each.  Options are tables; help, man pages and completions come from them.
 */
#ifndef WEIR_CMD_CMD_H
#define WEIR_CMD_CMD_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/sv.h"

enum option_kind {
	OPT_FLAG,
	OPT_TEXT,
	OPT_LIST,
	OPT_INT,
	OPT_STATUS,
	OPT_DURATION,
	OPT_SIZE,
	OPT_TIME,
	OPT_ENUM
};

struct option_def {
	const char *name; /* long, without dashes */
	char letter;      /* short, or 0 */
	enum option_kind kind;
	const char *arg;          /* what --help calls the argument */
	const char *const *names; /* of ENUM */
	const char *doc;
};

/* What a command is for, in the order of the overview; titles stand in cmd.c. */
enum command_group {
	GROUP_START,
	GROUP_DAILY,
	GROUP_PIPELINE,
	GROUP_PROBLEM,
	GROUP_UPKEEP,
	GROUP_HELP,
	GROUP_COUNT
};

struct options; /* the parsed command line: cmd/options.h */

struct command {
	const char *name;
	enum command_group group;
	const char *synopsis; /* behind the name */
	const char *summary;  /* one line */
	const char *doc;      /* paragraphs for --help and the manual */
	const char *example;
	const struct option_def *option;
	size_t noption;
	const char *const *formats; /* that --format takes, the default first; NULL = only text */
	bool reads_data;            /* takes --threads, --memory … too */
	bool reports;               /* takes --output and --report, too */
	int min_args, max_args;     /* positional; max -1 = any */
	int failure;                /* exit status of all its own failures; 0 = by the error */
	const char *const *verbs;   /* what the first argument may be; NULL = anything */
	bool asset_args;            /* arguments are assets or selectors, for completion */
	bool local; /* about this machine or the catalog alone: works beside WEIR_SERVER as without */
	int (*run)(struct options *o);
	int (*remote)(struct options *o); /* instead of run with --server; NULL = that is refused */
	const char *instead; /* of one that is refused: what to do; a sentence, at most 150 bytes */
};

int cmd_main(int argc, char **argv);
extern const char *const formats_text_json[];
extern const struct command *const commands[]; /* sorted by name */
extern const size_t command_count;
/* What weir starts itself: found by name, and told to nobody. */
extern const struct command *const internal_commands[];
extern const size_t internal_command_count;

#endif
