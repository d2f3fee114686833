/*
 * Group commit: what waits is written in one transaction, since a disk can sync a few hundred times a second and clients bring more.
 *
 * Nobody is told anything before the transaction is on disk.  When it cannot be written all of it fails; the store is asked anew the next
 * time, so that the service goes on by itself once there is room again.
 */
#include "base/log.h"
#include "serve/keeper.h"

/* Takes up to BATCH_MAX tasks with a write off the list; the others are done at once. */
static struct task *
next_batch(struct service *s, struct task **all)
{
	struct task *batch = NULL, **last = &batch;

	for (size_t n = 0; *all != NULL && n < BATCH_MAX;) {
		struct task *t = *all;

		*all = t->next;
		t->next = NULL;
		if (t->write == NULL) {
			t->run(s, t);
			continue;
		}
		*last = t;
		last = &t->next;
		n++;
	}
	return batch;
}

static bool
write_batch(struct service *s, struct task *batch, struct err *err)
{
	if (!store_begin(s->store, err))
		return false;
	for (struct task *t = batch; t != NULL; t = t->next)
		if (!t->write(s, t, err)) {
			store_rollback(s->store);
			return false;
		}
	return store_commit(s->store, err);
}

static void
release(struct service *s, struct task *batch, const struct err *why)
{
	while (batch != NULL) {
		struct task *next = batch->next;

		batch->next = NULL;
		batch->done(s, batch, why);
		batch = next;
	}
}

void
keeper_tasks(struct service *s)
{
	struct task *all = inbox_take(s->inbox);

	while (all != NULL) {
		struct task *batch = next_batch(s, &all);
		struct err err = {0};

		if (batch == NULL)
			break;
		if (write_batch(s, batch, &err)) {
			meter_add(&s->meters, METER_COMMITS, 1);
			keeper_follow(s);
			release(s, batch, NULL);
		} else {
			meter_add(&s->meters, METER_COMMIT_FAILED, 1);
			log_error("nothing was stored: %s", err.msg);
			release(s, batch, &err);
		}
	}
}
