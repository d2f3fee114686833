#include "serve/heartbeat.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "alert/secret.h"
#include "base/http.h"
#include "base/log.h"

#define LIMIT_US (10 * US_PER_S)

struct heartbeat {
	struct service *s;
	struct project *project;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	atomic_bool broken_off;
};

static bool
send_one(struct heartbeat *h, struct err *err)
{
	AUTO(arena) a = arena_new();
	const struct catalog *c = h->project->catalog;
	struct http_answer answer;
	struct http_request r = {
		.method = HTTP_POST,
		.connect_us = LIMIT_US,
		.total_us = LIMIT_US,
		.allow_private = c->alerts.allow_private,
		.nallow_private = c->alerts.nallow_private,
		.broken_off = &h->broken_off,
	};

	if (!secret_get(a, c->service.heartbeat.url, &r.url, err) || !http_send(NULL, a, &r, &answer, err))
		return false;
	if (answer.status >= 200 && answer.status < 300)
		return true;
	return err_set(err, ERR_IO, NOWHERE, "the answer was %lld", (long long)answer.status);
}

/* True when it is to end. */
static bool
wait(struct heartbeat *h, int64_t us)
{
	struct timespec until;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += us / US_PER_S;
	until.tv_nsec += us % US_PER_S * 1000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&h->lock);
	while (!h->stop && pthread_cond_timedwait(&h->wake, &h->lock, &until) != ETIMEDOUT)
		;
	stop = h->stop;
	pthread_mutex_unlock(&h->lock);
	return stop;
}

static void *
beat(void *ctx)
{
	struct heartbeat *h = ctx;
	bool failed = false;

	do {
		struct err err = {0};

		/* Silence is what says that something is wrong: so of a keeper that is late nothing is told. */
		if (!service_is_well(h->s))
			continue;
		if (send_one(h, &err)) {
			h->s->heartbeat_us = clock_now_us(&clock_system);
			if (failed)
				log_warn("the heartbeat gets through again");
			failed = false;
		} else if (!failed && !h->broken_off) {
			log_warn("the heartbeat does not get through: %s", err.msg);
			failed = true;
		}
	} while (!wait(h, h->project->catalog->service.heartbeat.every_us));
	return NULL;
}

bool
heartbeat_start(struct service *s, struct heartbeat **ret, struct err *err)
{
	pthread_condattr_t attr;
	struct heartbeat *h;

	*ret = NULL;
	if (s->project->catalog->service.heartbeat.url == NULL)
		return true;
	h = xcalloc(1, sizeof(*h));
	h->s = s;
	h->project = project_ref(s->project);
	pthread_mutex_init(&h->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&h->wake, &attr);
	pthread_condattr_destroy(&attr);
	errno = pthread_create(&h->thread, NULL, beat, h);
	if (errno != 0) {
		err_set(err, ERR_IO, NOWHERE, "cannot start a thread for the heartbeat: %m");
		project_unref(h->project);
		free(h);
		return false;
	}
	*ret = h;
	return true;
}

void
heartbeat_stop(struct heartbeat *h)
{
	if (h == NULL)
		return;
	h->broken_off = true;
	pthread_mutex_lock(&h->lock);
	h->stop = true;
	pthread_cond_signal(&h->wake);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->thread, NULL);
	pthread_cond_destroy(&h->wake);
	pthread_mutex_destroy(&h->lock);
	project_unref(h->project);
	free(h);
}
