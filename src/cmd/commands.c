/* The table of commands, sorted by name. */
#include "cmd/commands.h"

const struct command *const commands[] = {
	&cmd_alerts, &cmd_audit,  &cmd_backtest, &cmd_check,   &cmd_completion, &cmd_config, &cmd_diff,
	&cmd_doctor, &cmd_events, &cmd_explain,  &cmd_fresh,   &cmd_gate,       &cmd_import, &cmd_incidents,
	&cmd_init,   &cmd_man,    &cmd_mutate,   &cmd_orphans, &cmd_profile,    &cmd_report, &cmd_run,
	&cmd_serve,  &cmd_status, &cmd_store,    &cmd_token,   &cmd_validate,   &cmd_waive,
};
const size_t command_count = LEN(commands);

const struct command *const internal_commands[] = {&cmd_worker};
const size_t internal_command_count = LEN(internal_commands);
