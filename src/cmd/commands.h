/* The rows of the table of commands; each stands at the end of its file. */
#ifndef WEIR_CMD_COMMANDS_H
#define WEIR_CMD_COMMANDS_H

#include "base/buf.h"
#include "cmd/cmd.h"

extern const struct command cmd_alerts, cmd_audit, cmd_backtest, cmd_check, cmd_completion, cmd_config,
	cmd_diff, cmd_doctor, cmd_events, cmd_explain, cmd_fresh, cmd_gate, cmd_import, cmd_incidents,
	cmd_init, cmd_man, cmd_mutate, cmd_orphans, cmd_profile, cmd_report, cmd_run, cmd_serve, cmd_status,
	cmd_store, cmd_token, cmd_validate, cmd_waive, cmd_worker;

/* docs/reference/cli.md: all of them with their options. */
void commands_markdown(struct buf *b);

#endif
