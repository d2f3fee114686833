#include "serve/httpd.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/netaddr.h"
#include "base/pool.h"
#include "serve/access.h"
#include "serve/fixed.h"
#include "serve/listen.h"
#include "serve/request_internal.h"
#include "serve/tokens.h"

enum {
	CONNECTIONS_MAX = 4096,
	CONNECTION_MEMORY = 40 << 10, /* of which some 32 KiB may be header */
	INBOX_MAX = 1000,             /* tasks beyond which requests are turned away */
	IDLE_S = 60,                  /* without a byte */
	ANSWER_MAX = 64 << 20,
};
#define PATIENCE_NS INT64_C(3000000000)

struct httpd {
	struct mhd mhd;
	struct service *s;
	struct MHD_Daemon *daemon;
	struct listener listener;
	int listening; /* the number of its socket, which is the library's */
	struct prepared *fixed[FIXED_COUNT];
	struct arena *a;
	const struct access *_Atomic access; /* replaced by a reload; old ones stay until the end */
	_Atomic bool log;
	_Atomic bool quiet;        /* no more requests */
	atomic_int_least64_t away; /* requests that are the keeper's */
	int kept_fd;               /* epoll: connections of kept requests */
	struct exchange *kept;     /* the keeper's */
	pthread_mutex_t lock;      /* of what follows */
	pthread_cond_t end;
	struct exchange *connection;
	bool ending;
	pthread_t sweeper;
	bool sweeping;
};

/* Connections --------------------------------------------------------------------------------------------------- */

static void
name_peer(struct exchange *x)
{
	const union MHD_ConnectionInfo *info = x->mhd->get_connection_info(
		x->c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct netaddr addr;

	if (info != NULL && info->client_addr != NULL && netaddr_of(info->client_addr, &addr))
		netaddr_text(&addr, x->peer);
	else
		snprintf(x->peer, sizeof(x->peer), "unix");
}

static void
connection_begins(struct httpd *h, struct MHD_Connection *c, void **context)
{
	struct exchange *x = xcalloc(1, sizeof(*x));

	x->s = h->s;
	x->h = h;
	x->mhd = &h->mhd;
	x->c = c;
	x->fd = h->mhd.get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	x->q.a = arena_new();
	buf_init(&x->in, BODY_MAX_DEFAULT);
	buf_init(&x->out, ANSWER_MAX);
	name_peer(x);
	atomic_init(&x->since_ns, clock_mono_ns());
	pthread_mutex_lock(&h->lock);
	x->next = h->connection;
	if (x->next != NULL)
		x->next->prev = x;
	h->connection = x;
	pthread_mutex_unlock(&h->lock);
	*context = x;
}

static void
connection_ends(struct httpd *h, struct exchange *x)
{
	pthread_mutex_lock(&h->lock);
	if (x->next != NULL)
		x->next->prev = x->prev;
	*(x->prev != NULL ? &x->prev->next : &h->connection) = x->next;
	pthread_mutex_unlock(&h->lock);
	buf_fini(&x->in);
	buf_fini(&x->out);
	arena_free(x->q.a);
	free(x);
}

static void
on_connection(void *ctx, struct MHD_Connection *c, void **context, enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		connection_begins(ctx, c, context);
	} else if (*context != NULL) {
		connection_ends(ctx, *context);
		*context = NULL;
	}
}

/*
 * Slow clients ---------------------------------------------------------------------------------------------------
 *
 * The library closes connections on which nothing moves.  One that brings a byte now and then is closed here: each phase has a time, and
 * what is long has a rate.
 */
static bool
too_slow(const struct exchange *x, int64_t now_ns)
{
	int64_t bytes = atomic_load_explicit(&x->bytes, memory_order_relaxed);
	double s = (double)(now_ns - atomic_load_explicit(&x->since_ns, memory_order_relaxed)) / 1e9;

	switch ((enum phase)atomic_load_explicit(&x->phase, memory_order_relaxed)) {
	case PHASE_FIRST:
		return s > 10;
	case PHASE_BETWEEN:
		return s > IDLE_S;
	case PHASE_BODY:
		return s > 30 && (double)bytes < s * 1024;
	case PHASE_WORK:
		return false;
	case PHASE_ANSWER:
		return s > 30 + (double)bytes / 1024;
	}
	return false;
}

static void *
sweep(void *ctx)
{
	struct httpd *h = ctx;
	struct timespec at;

	pthread_mutex_lock(&h->lock);
	clock_gettime(CLOCK_MONOTONIC, &at);
	while (!h->ending) {
		const int64_t now_ns = clock_mono_ns();

		for (struct exchange *x = h->connection; x != NULL; x = x->next)
			if (too_slow(x, now_ns))
				shutdown(x->fd, SHUT_RDWR);
		at.tv_sec++;
		pthread_cond_timedwait(&h->end, &h->lock, &at);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* Requests ------------------------------------------------------------------------------------------------------ */

void
httpd_begin(struct exchange *x)
{
	meter_add(&x->s->meters, METER_HTTP_OPEN, 1);
}

static const char *
end_words(enum MHD_RequestTerminationCode how)
{
	switch (how) {
	case MHD_REQUEST_TERMINATED_COMPLETED_OK:
		return NULL;
	case MHD_REQUEST_TERMINATED_TIMEOUT_REACHED:
		return "timeout";
	case MHD_REQUEST_TERMINATED_DAEMON_SHUTDOWN:
		return "stopped";
	case MHD_REQUEST_TERMINATED_WITH_ERROR:
	case MHD_REQUEST_TERMINATED_READ_ERROR:
	case MHD_REQUEST_TERMINATED_CLIENT_ABORT:
		return "gone";
	}
	return "unknown";
}

void
httpd_end(struct exchange *x, enum MHD_RequestTerminationCode how)
{
	static const enum meter classes[] = {METER_HTTP_2XX, METER_HTTP_3XX, METER_HTTP_4XX, METER_HTTP_5XX};
	const int class = x->r.status / 100;

	meter_add(&x->s->meters, METER_HTTP_OPEN, -1);
	if (class >= 2 && class <= 5)
		meter_add(&x->s->meters, classes[class - 2], 1);
	if (atomic_load_explicit(&x->h->log, memory_order_relaxed))
		access_log(x, end_words(how));
}

static bool
shed(struct exchange *x, const char *why)
{
	meter_add(&x->s->meters, METER_HTTP_SHED, 1);
	request_add_header(&x->q, "Retry-After", SV("2"));
	request_refuse(&x->q, 503, "%s", why);
	return false;
}

bool
httpd_is_quiet(const struct httpd *h)
{
	return atomic_load_explicit(&h->quiet, memory_order_relaxed);
}

bool
httpd_may_queue(struct exchange *x)
{
	if (httpd_is_quiet(x->h))
		return shed(x, "the service is about to stop");
	/* The keeper takes all at once: who waits for long waits for a keeper that hangs, and would hang as well. */
	if (inbox_depth(x->s->inbox) >= INBOX_MAX || inbox_age_ns(x->s->inbox) > PATIENCE_NS)
		return shed(x, "the service has too much to do");
	atomic_fetch_add(&x->h->away, 1);
	return true;
}

void
httpd_resume(struct exchange *x)
{
	struct httpd *h = x->h;

	h->mhd.resume_connection(x->c);
	atomic_fetch_sub(&h->away, 1);
}

/* Kept requests ------------------------------------------------------------------------------------------------- */

void
httpd_keep(struct httpd *h, struct exchange *x)
{
	struct epoll_event e = {.events = EPOLLRDHUP | EPOLLONESHOT, .data.ptr = x};

	/* Without this nobody would notice that the client is gone, and nothing else changes. */
	if (epoll_ctl(h->kept_fd, EPOLL_CTL_ADD, x->fd, &e) != 0)
		log_warn("a connection cannot be watched: %m");
	x->prev_kept = NULL;
	x->next_kept = h->kept;
	if (x->next_kept != NULL)
		x->next_kept->prev_kept = x;
	h->kept = x;
}

void
httpd_unkeep(struct httpd *h, struct exchange *x)
{
	(void)epoll_ctl(h->kept_fd, EPOLL_CTL_DEL, x->fd, NULL);
	if (x->next_kept != NULL)
		x->next_kept->prev_kept = x->prev_kept;
	*(x->prev_kept != NULL ? &x->prev_kept->next_kept : &h->kept) = x->next_kept;
}

static void
call_off(struct httpd *h, struct exchange *x)
{
	x->r.gone(h->s, &x->q, x->r.gone_ctx);
}

void
httpd_call_off(struct httpd *h)
{
	while (h->kept != NULL)
		call_off(h, h->kept);
}

int
httpd_fd(const struct httpd *h)
{
	return h->kept_fd;
}

/* One at a time: calling one off may end others. */
void
httpd_ready(struct httpd *h)
{
	struct epoll_event e;

	while (epoll_wait(h->kept_fd, &e, 1, 0) == 1)
		call_off(h, e.data.ptr);
}

/* Beginning and end --------------------------------------------------------------------------------------------- */

static void PRINTF(2, 0) on_log(void *ctx UNUSED, const char *fmt, va_list ap)
{
	char text[512];

	if (log_on(LOG_DEBUG) && vsnprintf(text, sizeof(text), fmt, ap) > 0)
		log_debug("libmicrohttpd: " SV_FMT, SV_ARG(sv_trim(sv_of(text))));
}

/* Others need descriptors too: the store, workers, receivers of alerts. */
static unsigned
connections_max(void)
{
	struct rlimit limit = {.rlim_cur = 1024, .rlim_max = 1024};

	/* The usual 1,024 is for programs that still use select(). */
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < 2 * CONNECTIONS_MAX && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = MIN(limit.rlim_max, (rlim_t)2 * CONNECTIONS_MAX);
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	return (unsigned)MAX(MIN(limit.rlim_cur / 2, (rlim_t)CONNECTIONS_MAX), (rlim_t)16);
}

static struct MHD_Daemon *
start_daemon(struct httpd *h)
{
	const unsigned threads = MAX(pool_cpus(), 2u), most = connections_max();

	return h->mhd.start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0,
		NULL, NULL, handle_request, h, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_LISTEN_SOCKET, h->listener.fd, MHD_OPTION_THREAD_POOL_SIZE, threads,
		MHD_OPTION_CONNECTION_LIMIT, most, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		h->listener.local ? 0 : most / 4, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, MHD_OPTION_NOTIFY_COMPLETED, handle_completed,
		h, MHD_OPTION_URI_LOG_CALLBACK, handle_target, &h->mhd, MHD_OPTION_UNESCAPE_CALLBACK,
		handle_unescape, NULL, MHD_OPTION_END);
}

static void
httpd_free(struct httpd *h)
{
	if (h == NULL)
		return;
	if (h->sweeping) {
		pthread_mutex_lock(&h->lock);
		h->ending = true;
		pthread_cond_signal(&h->end);
		pthread_mutex_unlock(&h->lock);
		pthread_join(h->sweeper, NULL);
	}
	if (h->daemon != NULL)
		h->mhd.stop_daemon(h->daemon);
	for (size_t i = 0; i < FIXED_COUNT; i++)
		prepared_unref(h->fixed[i]);
	listener_close(&h->listener);
	arena_free(h->a);
	if (h->kept_fd >= 0)
		close(h->kept_fd);
	pthread_cond_destroy(&h->end);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
DEFINE_CLEANUP(httpd, httpd_free)

static struct httpd *
httpd_new(struct service *s)
{
	struct httpd *h = xcalloc(1, sizeof(*h));
	pthread_condattr_t monotonic;

	h->s = s;
	h->a = arena_new();
	h->kept_fd = -1;
	h->listener.fd = -1;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->end, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return h;
}

struct prepared *
fixed_of(const struct request *q, enum fixed which)
{
	return prepared_ref(exchange_of(q)->h->fixed[which]);
}

static bool
make_fixed(struct httpd *h, struct err *err)
{
	for (size_t i = 0; i < FIXED_COUNT; i++) {
		h->fixed[i] = fixed_make((enum fixed)i);
		if (h->fixed[i] == NULL)
			return err_set(err, ERR_INTERNAL, NOWHERE,
			               "the description of the service is too long");
	}
	return true;
}

const struct access *
httpd_access(const struct httpd *h)
{
	return atomic_load_explicit(&h->access, memory_order_acquire);
}

bool
httpd_asks_token(const struct httpd *h)
{
	return httpd_access(h)->require_token;
}

bool
httpd_is_local(const struct httpd *h)
{
	return h->listener.local;
}

static bool
is_access(const struct access *a, const struct service_decl *d, bool require_token)
{
	bool same = a->require_token == require_token && a->nhost == d->nhost;

	for (size_t i = 0; same && i < a->nhost; i++)
		same = sv_eq(a->host[i], d->host[i]);
	return same;
}

/* A copy: a reload frees the catalog. */
static bool
set_access(struct httpd *h, struct err *err)
{
	const struct service_decl *d = &h->s->project->catalog->service;
	const bool require = d->require_token || !h->listener.local;
	const struct access *now = httpd_access(h);
	struct access *a;
	struct sv *host;

	if (require && !tokens_any(h->s->tokens, clock_now_us(h->s->clock))) {
		err_set(err, ERR_USAGE, NOWHERE, "%s asks for tokens, and there are none",
		        d->require_token ? "`service: require_token`" : "an address that is not loopback");
		return err_hint(err, "Make one: weir token add NAME --scope read,ingest,gate.");
	}
	if (now != NULL && is_access(now, d, require))
		return true;
	a = ARENA_NEW(h->a, struct access);
	host = ARENA_ARRAY(h->a, struct sv, d->nhost);
	for (size_t i = 0; i < d->nhost; i++)
		host[i] = arena_sv(h->a, d->host[i]);
	*a = (struct access){.require_token = require,
	                     .any_host = h->listener.path[0] != '\0',
	                     .host = host,
	                     .nhost = d->nhost};
	atomic_store_explicit(&h->access, a, memory_order_release);
	return true;
}

void
httpd_reload(struct httpd *h)
{
	struct err err = {0};

	atomic_store_explicit(&h->log, h->s->project->catalog->service.access_log, memory_order_relaxed);
	/* Asking for a token where nobody has one would shut everybody out. */
	if (!set_access(h, &err))
		log_error("who may ask stays as it was: %s", err.msg);
}

bool
httpd_start(struct service *s, struct sv listen, struct httpd **ret, struct err *err)
{
	AUTO(httpd) h = httpd_new(s);

	if (!mhd_load(&h->mhd, err) || !make_fixed(h, err) || !listener_open(listen, &h->listener, err) ||
	    !set_access(h, err))
		return false;
	h->log = s->project->catalog->service.access_log;
	h->kept_fd = epoll_create1(EPOLL_CLOEXEC);
	if (h->kept_fd < 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot make an event descriptor: %m");
	h->daemon = start_daemon(h);
	if (h->daemon == NULL)
		return err_set(err, ERR_IO, NOWHERE, "the server at %s cannot be started: %m",
		               h->listener.address);
	h->listening = h->listener.fd;
	h->listener.fd = -1;
	errno = pthread_create(&h->sweeper, NULL, sweep, h);
	if (errno != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot start a thread: %m");
	h->sweeping = true;
	*ret = STEAL(h);
	return true;
}

const char *
httpd_address(const struct httpd *h)
{
	return h->listener.address;
}

/*
 * Another socket, to which nobody can connect, takes the number of the one that listens, which ends with its last number; so epoll forgets it.
 * MHD_quiesce_daemon would tell the library's threads first, and abort if one of them was quicker than itself to take it from epoll.
 */
void
httpd_quiesce(struct httpd *h)
{
	AUTO_FD nobody = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	atomic_store(&h->quiet, true);
	if (nobody < 0 || dup3(nobody, h->listening, O_CLOEXEC) < 0)
		h->listener.fd = h->mhd.quiesce_daemon(h->daemon);
}

int64_t
httpd_open(const struct httpd *h)
{
	return meter_get(&h->s->meters, METER_HTTP_OPEN);
}

void
httpd_stop(struct httpd *h, int64_t limit_us)
{
	const int64_t until_ns = clock_mono_ns() + limit_us * 1000;

	if (h == NULL)
		return;
	while (httpd_open(h) > 0 && clock_mono_ns() < until_ns)
		(void)usleep(2000);
	/* A connection that is away when its server ends is a mistake of ours; the end of the process is near, and better than an abort. */
	if (atomic_load(&h->away) > 0) {
		log_error("%lld requests were not answered", (long long)atomic_load(&h->away));
		return;
	}
	httpd_free(h);
}
