/* The parsed command line: values by option name, in the order of the tables. */
#ifndef WEIR_CMD_OPTIONS_H
#define WEIR_CMD_OPTIONS_H

#include "cmd/cmd.h"

struct option_value {
	const struct option_def *def;
	bool given;
	struct sv text; /* of the last occurrence */
	int64_t number; /* INT, STATUS; microseconds of DURATION and TIME; bytes of SIZE; index of ENUM */
	LIST(struct sv) list; /* of LIST */
};

struct options {
	struct arena *a;
	const struct command *command;
	struct option_value *value;
	size_t nvalue;
	const char **arg; /* positional */
	int narg;
	int before; /* how many of them stand before a `--`; -1 without one */
	bool help;
};

extern const struct option_def common_options[], data_options[], report_options[];
extern const size_t common_option_count, data_option_count, report_option_count;

/* Parses what follows the command's name; argv[0] is that.  ERR_USAGE on mistakes. */
MUST_CHECK bool options_parse(struct arena *a, const struct command *c, int argc, char **argv,
                              struct options *ret, struct err *err);

/* An option that the command (or the common tables) declares; asserts that it does. */
const struct option_value *opt(const struct options *o, const char *name);
bool opt_flag(const struct options *o, const char *name);
struct sv opt_text(const struct options *o, const char *name); /* empty when not given */
int64_t opt_number(const struct options *o, const char *name, int64_t dflt);

#endif
