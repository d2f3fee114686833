/*
 * The forker, as the keeper sees it: this program, started anew (`weir worker`), with the catalog loaded.  It makes a child for each errand
 * at once, since it has one thread and little memory.
 *
 *	keeper                         forker                       monitor             child
 *	   │ "start N" + order + pipe ──► │ fork ───────────────────► │ fork ───────────► │ sandbox, reads, judges
 *	   │                              │                           │                   │
 *	   │ ◄────────────────────────────┼── documents over the pipe ┼───────────────────┤
 *	   │ "kill N" ──────────────────► │ SIGTERM ────────────────► │ SIGKILL ────────► │
 *	   │ ◄── "end N STATUS CPU RSS" ──┤ ◄── its status ───────────┤ ◄─────────────────┘
 *
 * Messages are lines of text in packets, as the program on disk may be another version than the one that runs.  Orders are JSON in a
 * memory file.  What a child writes is documents (serve/results.h), each behind a line with its length.
 */
#ifndef WEIR_SERVE_FORKER_H
#define WEIR_SERVE_FORKER_H

#include "base/err.h"
#include "base/sv.h"

struct forker;

struct forker_options {
	const char *program;
	const char *file, *env; /* of the catalog */
	int64_t loaded_us;      /* when the keeper loaded it: arguments relative to a day mean that day */
};

/* Starts it; it is ready later. */
MUST_CHECK bool forker_start(const struct forker_options *o, struct forker **ret, struct err *err);
/* Ends it, and with it all its children. */
void forker_free(struct forker *f); /* takes NULL */
DEFINE_CLEANUP(forker, forker_free)
int forker_fd(const struct forker *f); /* readable when there is news */

enum forker_news { FORKER_NOTHING, FORKER_READY, FORKER_ENDED, FORKER_DIED };
struct forker_end {
	int64_t errand;
	int status; /* as of waitpid */
	int64_t cpu_us, memory_bytes;
};
/* Never waits.  READY: the catalog is loaded.  ENDED: *end is set.  DIED: *why says how, nothing comes any more. */
enum forker_news forker_read(struct forker *f, struct forker_end *end, struct err *why);

/* *result: the end of the pipe to read from, not blocking; the caller's. */
MUST_CHECK bool forker_order(struct forker *f, int64_t errand, struct sv order, int *result, struct err *err);
/* Its end comes as news. */
void forker_kill(struct forker *f, int64_t errand);

/* The other side, `weir worker`: returns when the keeper is gone (true), or cannot go on. */
struct project;
MUST_CHECK bool forker_serve(const struct project *p, int socket, struct err *err);

#endif
