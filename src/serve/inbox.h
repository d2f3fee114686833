/*
 * The way into the keeper: other threads put tasks here, it takes all at once.
 *
 * A task is embedded in what it is about (a request, a finished piece of work) and handed over with it.
 */
#ifndef WEIR_SERVE_INBOX_H
#define WEIR_SERVE_INBOX_H

#include "base/err.h"

struct service;
struct task;

struct task {
	struct task *next;
	/* Called by the keeper, outside of transactions; NULL if there is a write. */
	void (*run)(struct service *s, struct task *t);
	/* Inside a transaction that it shares with others, then done when that is on disk, or cannot be (why). */
	bool (*write)(struct service *s, struct task *t, struct err *err);
	void (*done)(struct service *s, struct task *t, const struct err *why);
};

struct inbox;

MUST_CHECK bool inbox_new(struct inbox **ret, struct err *err);
void inbox_free(struct inbox *b); /* what is still in it is dropped: empty it first */
DEFINE_CLEANUP(inbox, inbox_free)
/* Any thread.  False: it is closed, the task stays the caller's. */
MUST_CHECK bool inbox_put(struct inbox *b, struct task *t);
/* Keeper: all there is, in order; NULL = nothing. */
struct task *inbox_take(struct inbox *b);
/* Readable when there is something. */
int inbox_fd(const struct inbox *b);
/* From now on nothing gets in. */
void inbox_close(struct inbox *b);
int64_t inbox_depth(const struct inbox *b);
/* For how long the oldest task has been waiting; 0 = there is none. */
int64_t inbox_age_ns(const struct inbox *b);

#endif
