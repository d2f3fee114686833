/*
 * A command on behalf of weir: its own standard streams, no shell, and every signal that weir is sent passed
 * on once.
 *
 * It stays in weir's process group, so that a terminal stops, continues and interrupts both, and a supervisor
 * that kills the group kills both.  What the terminal sends reaches the command by itself; only what is sent
 * to weir is passed on.
 */
#ifndef WEIR_CMD_CHILD_H
#define WEIR_CMD_CHILD_H

#include "base/arena.h"

enum { CHILD_FAILED = 125, CHILD_NOT_EXECUTABLE = 126, CHILD_NOT_FOUND = 127 };

struct child_env {
	const char *name, *value; /* NULL: not in its environment */
};

struct child_end {
	bool started;
	int status; /* as a shell tells it: the command's own, or 128 + the signal that ended it */
	int error;  /* errno, when it was not started */
};

/* Runs argv[0] with the environment of weir and env[n], and waits for its end. */
struct child_end child_run(struct arena *a, const char *const *argv, const struct child_env *env, size_t n);

#endif
