#include "serve/reload.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sd_notify.h"

struct reload {
	struct service *s;
	const struct catalog_options *o;
	bool (*take)(void *ctx, struct project *p, struct err *err);
	void *ctx;
	bool running, loaded, again;
	pthread_t thread;
	/* The thread's, until it has put the task into the inbox. */
	struct task task;
	struct arena *a; /* of d */
	struct diags d;
	struct project *project;
};

struct reload *
reload_new(struct service *s, const struct catalog_options *o,
           bool (*take)(void *ctx, struct project *p, struct err *err), void *ctx)
{
	struct reload *r = xcalloc(1, sizeof(*r));

	*r = (struct reload){.s = s, .o = o, .take = take, .ctx = ctx};
	return r;
}

static void
join(struct reload *r)
{
	if (!r->running)
		return;
	(void)pthread_join(r->thread, NULL); /* it cannot fail for a thread of ours that was not joined yet */
	r->running = r->loaded = false;
}

static void
drop(struct reload *r)
{
	project_unref(STEAL(r->project));
	arena_free(STEAL(r->a));
}

void
reload_free(struct reload *r)
{
	if (r == NULL)
		return;
	join(r);
	drop(r);
	free(r);
}

static void
is_loaded(struct service *s UNUSED, struct task *t)
{
	CONTAINER_OF(t, struct reload, task)->loaded = true;
}

static void *
load(void *ctx)
{
	struct reload *r = ctx;

	r->project = project_load(r->o, clock_now_us(r->s->clock), &r->d);
	/* When it is closed the service ends, and nobody wants to know any more. */
	(void)!inbox_put(r->s->inbox, &r->task);
	return NULL;
}

static void
start(struct reload *r)
{
	int rc;

	r->a = arena_new();
	diags_init(&r->d, r->a);
	r->task = (struct task){.run = is_loaded};
	r->again = false;
	rc = pthread_create(&r->thread, NULL, load, r);
	r->running = rc == 0;
	if (r->running)
		return;
	drop(r);
	meter_add(&r->s->meters, METER_RELOADS_FAILED, 1);
	log_error("the catalog cannot be loaded anew: cannot start a thread: %s", strerror(rc));
	sd_notify_send("READY=1");
}

void
reload_ask(struct reload *r)
{
	r->again = true;
	if (r->running)
		return;
	sd_notify_reloading();
	start(r);
}

/* A file that is being written is cut off somewhere: where its assets should be, at worst, and then it is a catalog. */
static bool
lost_all(const struct catalog *was, const struct catalog *is, struct err *err)
{
	const struct node *assets = node_get(is->node, "assets");

	if (was->nasset == 0 || is->nasset > 0 || (assets != NULL && assets->kind == NODE_MAP))
		return false;
	err_set(err, ERR_CATALOG, NOWHERE, "the catalog on disk has no assets any more");
	err_hint(
		err,
		"If that is meant, say `assets: {}`; a file that is just being written is taken with the next "
		"reload.");
	return true;
}

static void
tell_mistakes(struct reload *r)
{
	if (r->d.errors == 0 && r->d.warnings == 0)
		return;
	diags_sort(&r->d);
	diags_log(&r->d);
}

static bool
take(struct reload *r, struct err *err)
{
	struct project *p = STEAL(r->project);

	if (p == NULL)
		return err_set(err, ERR_CATALOG, NOWHERE, "the catalog has mistakes");
	if (lost_all(r->s->project->catalog, p->catalog, err)) {
		project_unref(p);
		return false;
	}
	return r->take(r->ctx, p, err);
}

void
reload_tick(struct reload *r)
{
	struct service *s = r->s;
	struct err err = {0};

	if (!r->loaded)
		return;
	join(r);
	tell_mistakes(r);
	if (take(r, &err)) {
		meter_add(&s->meters, METER_RELOADS, 1);
		s->reload_trouble[0] = '\0';
	} else {
		meter_add(&s->meters, METER_RELOADS_FAILED, 1);
		log_error("%s: the one that was loaded before stays in use%s%s", err.msg,
		          err.hint[0] != '\0' ? ". " : "", err.hint);
		snprintf(s->reload_trouble, sizeof(s->reload_trouble), "%s", err.msg);
	}
	drop(r);
	if (r->again)
		start(r);
	else
		sd_notify_send("READY=1");
}
