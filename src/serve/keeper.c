/*
 * The keeper: one thread that owns all state and does one thing after the other.
 *
 * It waits for what comes in, for children, for signals and for the next timer, and never for anything else.  Waiting goes by the monotonic
 * clock and is never longer than a second, so that a wall clock that jumps is noticed; what timers mean goes by the wall clock.
 */
#include "serve/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sd_notify.h"
#include "serve/agenda.h"
#include "serve/courier.h"
#include "serve/gates.h"
#include "serve/heartbeat.h"
#include "serve/httpd.h"
#include "serve/reload.h"
#include "serve/reminders.h"
#include "serve/scheduler.h"
#include "serve/serve.h"
#include "serve/tokens.h"
#include "store/handover.h"
#include "store/lock.h"
#include "store/place.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define LATE_NS NS_PER_S /* a turn that comes later than this is told */
#define JUMP_US US_PER_S
#define STOP_LIMIT_NS (10 * NS_PER_S)
#define COURIER_LIMIT_US (5 * US_PER_S)
#define TRY_NS NS_PER_S

struct keeper {
	struct service s;
	const struct serve_options *o;
	struct arena *a;
	struct lock *lock; /* the only service on this state */
	int signals;
	int64_t due_ns;    /* when this turn was to begin at the latest */
	int64_t offset_us; /* of the wall clock to the monotonic one */
	int64_t watchdog_ns, fed_ns;
	int64_t tick_ns; /* when the workshop wants to be called again */
	int64_t try_ns;  /* when to see whether the state can be written again */
	struct heartbeat *heartbeat;
	struct reload *reload;
};

/* Start --------------------------------------------------------------------------------------------------------- */

/* Threads inherit it: signals come by the descriptor, and to the keeper alone. */
static bool
take_signals(struct keeper *k, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot block signals");
	k->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return k->signals >= 0 || err_set(err, ERR_IO, NOWHERE, "cannot make a descriptor of signals: %m");
}

static struct project *
read_project(struct keeper *k)
{
	AUTO(arena) a = arena_new();
	struct project *p;
	struct diags d;

	diags_init(&d, a);
	p = project_load(&k->o->catalog, clock_now_us(k->s.clock), &d);
	if (d.errors > 0 || d.warnings > 0) {
		diags_sort(&d);
		/* Whoever starts it in a terminal mends what is shown there; what runs keeps to lines. */
		if (log_format() <= LOG_FORMAT_TEXT)
			diags_print(&d, stderr, isatty(STDERR_FILENO) == 1);
		else
			diags_log(&d);
	}
	return p;
}

/* The lock is held until the process ends, however it ends. */
static bool
be_the_only_one(struct keeper *k, struct sv url, struct err *err)
{
	struct place place;
	long pid;
	bool taken;

	if (!place_find(k->a, url, true, &place, err))
		return false;
	if (place.path == NULL) {
		log_warn("state is kept in memory: with the service all of it ends");
		return true;
	}
	if (!lock_open(arena_printf(k->a, "%s.service.lock", place.path), &k->lock, err) ||
	    !lock_try(k->lock, &taken, err))
		return false;
	if (taken)
		return true;
	pid = lock_holder(k->lock);
	err_set(err, ERR_STORE, NOWHERE, "another service (process %ld) works with the state '%s'", pid,
	        place.path);
	return err_hint(err, "Stop that one, or give this one a state of its own (--store PATH).");
}

/* A command had something written. */
static void
follow_command(void *ctx, const struct handover_change *c)
{
	struct service *s = ctx;

	if (c->all)
		board_touch(s->board, UINT32_MAX);
	for (size_t i = 0; i < c->n; i++)
		board_touch_key(s->board, c->asset[i]);
	meter_add(&s->meters, METER_COMMITS, 1);
	keeper_follow(s);
	if (c->outbox && s->courier != NULL)
		courier_wake(s->courier);
}

static bool
open_parts(struct keeper *k, struct err *err)
{
	struct service *s = &k->s;
	const struct sv url = project_store(k->a, s->project->catalog, k->o->store);

	if (!be_the_only_one(k, url, err) ||
	    !store_open(url, STORE_WRITE, s->env, s->clock, &s->store, err) || !inbox_new(&s->inbox, err))
		return false;
	s->pool = pool_new(1);
	s->agenda = agenda_new();
	s->gates = gates_new(s);
	reminders_soon(s);
	return board_open(s, &s->board, err) && tokens_open(s, &s->tokens, err) &&
	       workshop_open(s, k->o->program, &s->workshop, err) && courier_open(s, &s->courier, err) &&
	       scheduler_open(s, &s->scheduler, err) &&
	       handover_open(s->store, follow_command, s, &s->handover, err) &&
	       heartbeat_start(s, &k->heartbeat, err);
}

static void
close_parts(struct keeper *k)
{
	struct service *s = &k->s;

	reload_free(k->reload);
	heartbeat_stop(k->heartbeat);
	handover_close(s->handover);
	courier_close(s->courier, COURIER_LIMIT_US);
	workshop_close(s->workshop);
	gates_free(s->gates);
	scheduler_close(s->scheduler);
	tokens_close(s->tokens);
	board_close(s->board);
	agenda_free(s->agenda);
	pool_free(s->pool);
	inbox_free(s->inbox);
	store_close(s->store);
	project_unref(s->project);
	lock_close(k->lock);
	if (k->signals >= 0)
		close(k->signals);
}

/* What follows from what was stored ----------------------------------------------------------------------------- */

static void
follow_again(struct service *s, void *ctx UNUSED)
{
	keeper_follow(s);
}

void
keeper_follow(struct service *s)
{
	const uint32_t *changed;
	struct err err = {0};
	size_t n;

	/* While the parts are opened, or closed. */
	if (s->scheduler == NULL)
		return;
	if (board_update(s->board, clock_now_us(s->clock), &changed, &n, &err)) {
		scheduler_follow(s->scheduler, changed, n);
		gates_follow(s->gates);
		reminders_follow(s);
		return;
	}
	log_error("what is known of the assets cannot be brought up to date: %s", err.msg);
	agenda_set(s->agenda, SV("follow"), clock_now_us(s->clock) + US_PER_S, follow_again, NULL);
}

/* Turns --------------------------------------------------------------------------------------------------------- */

static int64_t
offset_us(const struct keeper *k)
{
	return clock_now_us(k->s.clock) - clock_mono_ns() / 1000;
}

static void
notice_jump(struct keeper *k)
{
	const int64_t now = offset_us(k), moved = now - k->offset_us;

	k->offset_us = now;
	if (moved < JUMP_US && moved > -JUMP_US)
		return;
	log_warn("the wall clock was moved by %.1f s: all timers are set anew", (double)moved / 1e6);
	scheduler_clock_moved(k->s.scheduler, moved);
	courier_clock_moved(k->s.courier, moved);
	reminders_soon(&k->s);
	keeper_follow(&k->s);
}

/* Until the next timer, at most a second. */
static int64_t
wait_ns(const struct keeper *k)
{
	const int64_t next_us = agenda_next_us(k->s.agenda);
	const int64_t now_us = clock_now_us(k->s.clock);
	int64_t ns = NS_PER_S;

	if (next_us <= now_us)
		return 0;
	if (next_us < now_us + US_PER_S)
		ns = (next_us - now_us) * 1000;
	if (k->watchdog_ns > 0)
		ns = MIN(ns, k->fed_ns + k->watchdog_ns - clock_mono_ns());
	return MAX(MIN(ns, k->tick_ns - clock_mono_ns()), 0);
}

static void
keep_time(struct keeper *k)
{
	const int64_t now_ns = clock_mono_ns();
	const bool late = now_ns > k->due_ns + LATE_NS;

	k->s.turn_ns = now_ns;
	meter_add(&k->s.meters, METER_TICKS, 1);
	if (late) {
		meter_add(&k->s.meters, METER_LATE_TICKS, 1);
		log_warn("the keeper is %.1f s late", (double)(now_ns - k->due_ns) / 1e9);
	}
	k->s.ready = !late && !k->s.stopping && !store_in_trouble(k->s.store);
	if (k->watchdog_ns > 0 && !late && now_ns >= k->fed_ns + k->watchdog_ns) {
		sd_notify_send("WATCHDOG=1");
		k->fed_ns = now_ns;
	}
}

/* Nobody brings anything to a service that is not ready: so it sees for itself when there is room again. */
static void
try_store(struct keeper *k)
{
	struct service *s = &k->s;
	struct err err = {0};

	if (!store_in_trouble(s->store)) {
		k->try_ns = 0;
		return;
	}
	if (k->try_ns == 0) {
		s->ready = false;
		log_error("the state cannot be written: the service is not ready until it can");
	} else if (clock_mono_ns() < k->try_ns) {
		return;
	} else if (!store_try(s->store, &err)) {
		log_debug("%s", err.msg);
	} else {
		log_info("the state can be written again");
		k->try_ns = 0;
		keeper_follow(s);
		return;
	}
	k->try_ns = clock_mono_ns() + TRY_NS;
}

/* For who started it or had it loaded: is this the right catalog, is anybody told, who may ask? */
static void
tell_project(const struct keeper *k, const char *what)
{
	const struct catalog *c = k->s.project->catalog;
	size_t ncheck = 0;

	if (!log_on(LOG_WARN))
		return;
	for (size_t i = 0; i < c->nasset; i++)
		ncheck += k->s.project->checks[i].n;
	log_line("%s %s: %zu asset%s, %zu check%s, environment " SV_FMT "; alerts %s; %s", what, c->file,
	         c->nasset, c->nasset == 1 ? "" : "s", ncheck, ncheck == 1 ? "" : "s", SV_ARG(c->env),
	         c->alerts.enabled ? "on" : "off",
	         httpd_asks_token(k->s.httpd) ? "asks for tokens"
	                                      : "asks for no token (whoever can connect may use it)");
}

/* What cannot be read is tried again until it can: without it nothing is looked at or told of. */
static void
follow_schedules(struct service *s, void *ctx)
{
	struct err err = {0};

	scheduler_retire(s->scheduler);
	if (scheduler_reload(s->scheduler, &err))
		return;
	log_error("the new catalog is in use in part only: %s", err.msg);
	agenda_set(s->agenda, SV("schedules"), clock_now_us(s->clock) + US_PER_S, follow_schedules, ctx);
}

/* The catalog is another: what stands beside the board follows. */
static void
follow_project(struct keeper *k)
{
	struct service *s = &k->s;
	struct err err = {0};

	scheduler_retire(s->scheduler);
	/* It starts a worker later if it cannot now. */
	if (!workshop_reload(s->workshop, &err))
		log_error("%s", err.msg);
	follow_schedules(s, NULL);
	heartbeat_stop(STEAL(k->heartbeat));
	if (!heartbeat_start(s, &k->heartbeat, &err))
		log_error("%s", err.msg);
	courier_wake(s->courier);
	reminders_soon(s);
	keeper_follow(s);
}

static bool
swap_project(void *ctx, struct project *p, struct err *err)
{
	struct keeper *k = ctx;
	struct service *s = &k->s;
	struct project *old = s->project;

	if (!board_reload(s->board, p, err)) {
		project_unref(p);
		return err_prefix(err, "the new catalog was not taken");
	}
	s->project = p;
	follow_project(k);
	project_unref(old);
	httpd_reload(s->httpd);
	tell_project(k, "loaded anew:");
	return true;
}

/* True once it is to end. */
static bool
take_signal(struct keeper *k)
{
	struct signalfd_siginfo what;
	bool stop = false, again = false;

	while (read(k->signals, &what, sizeof(what)) == (ssize_t)sizeof(what)) {
		again = again || what.ssi_signo == SIGHUP;
		stop = stop || what.ssi_signo != SIGHUP;
	}
	if (again && !stop)
		reload_ask(k->reload);
	return stop;
}

/* The keeper's own descriptors, in this order; those of the workshop come behind. */
enum { FD_INBOX, FD_SIGNALS, FD_HTTPD, FD_HANDOVER, FD_WORKSHOP, FDS_MAX = FD_WORKSHOP + WORKSHOP_FDS_MAX };

static size_t
wait_for_work(struct keeper *k, struct pollfd *fd, int64_t limit_ns)
{
	struct service *s = &k->s;
	const int64_t ns = MIN(wait_ns(k), limit_ns);
	const struct timespec t = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
	int work[WORKSHOP_FDS_MAX];
	const size_t nwork = workshop_fds(s->workshop, work, LEN(work));

	fd[FD_INBOX] = (struct pollfd){.fd = inbox_fd(s->inbox), .events = POLLIN};
	fd[FD_SIGNALS] = (struct pollfd){.fd = k->signals, .events = POLLIN};
	fd[FD_HTTPD] = (struct pollfd){.fd = httpd_fd(s->httpd), .events = POLLIN};
	fd[FD_HANDOVER] = (struct pollfd){.fd = handover_fd(s->handover), .events = POLLIN};
	for (size_t i = 0; i < nwork; i++)
		fd[FD_WORKSHOP + i] = (struct pollfd){.fd = work[i], .events = POLLIN};
	k->due_ns = clock_mono_ns() + ns;
	if (ppoll(fd, FD_WORKSHOP + nwork, &t, NULL) < 0 && errno != EINTR)
		give_up("the keeper cannot wait: %m");
	return FD_WORKSHOP + nwork;
}

/* Waits, and does what there is to do.  True once it is to end. */
static bool
turn(struct keeper *k, int64_t limit_ns)
{
	struct service *s = &k->s;
	struct pollfd fd[FDS_MAX] = {0};
	const size_t n = wait_for_work(k, fd, limit_ns);
	bool stop;

	keep_time(k);
	notice_jump(k);
	stop = take_signal(k);
	if (fd[FD_HTTPD].revents != 0)
		httpd_ready(s->httpd);
	keeper_tasks(s);
	for (size_t i = FD_WORKSHOP; i < n; i++)
		if (fd[i].revents != 0)
			workshop_ready(s->workshop, fd[i].fd);
	if (fd[FD_HANDOVER].revents != 0)
		handover_ready(s->handover);
	reload_tick(k->reload);
	tokens_tick(s);
	agenda_run(s->agenda, s, clock_now_us(s->clock));
	k->tick_ns = workshop_tick(s->workshop, clock_mono_ns());
	try_store(k);
	return stop;
}

/* End ----------------------------------------------------------------------------------------------------------- */

static void
stop(struct keeper *k)
{
	struct service *s = &k->s;
	const int64_t end_ns = clock_mono_ns() + STOP_LIMIT_NS;

	s->stopping = true;
	s->ready = false;
	sd_notify_send("STOPPING=1");
	httpd_quiesce(s->httpd);
	while (httpd_open(s->httpd) > 0 && clock_mono_ns() < end_ns)
		(void)turn(k, 10 * NS_PER_MS);
	httpd_call_off(s->httpd);
	keeper_tasks(s);
	inbox_close(s->inbox);
	keeper_tasks(s);
	workshop_try_held(s->workshop);
	httpd_stop(s->httpd, MAX(end_ns - clock_mono_ns(), NS_PER_S) / 1000);
}

static bool
serve(struct keeper *k, struct err *err)
{
	struct service *s = &k->s;
	const struct sv listen = k->o->listen.n > 0 ? k->o->listen : s->project->catalog->service.listen;

	if (!open_parts(k, err) || !httpd_start(s, listen, &s->httpd, err))
		return false;
	k->reload = reload_new(s, &k->o->catalog, swap_project, k);
	k->offset_us = offset_us(k);
	k->watchdog_ns = sd_notify_watchdog_us() / 2 * 1000;
	k->fed_ns = clock_mono_ns();
	k->tick_ns = k->fed_ns;
	s->turn_ns = k->fed_ns;
	s->ready = true;
	log_line("listening on %s", httpd_address(s->httpd));
	tell_project(k, "serving");
	sd_notify_send("READY=1");
	while (!turn(k, INT64_MAX))
		;
	stop(k);
	return true;
}

bool
serve_run(const struct serve_options *o, struct err *err)
{
	AUTO(arena) a = arena_new();
	struct keeper k = {.o = o, .a = a, .signals = -1};
	bool ok;

	k.s.clock = o->clock;
	k.s.started_us = clock_now_us(o->clock);
	if (!take_signals(&k, err))
		return false;
	k.s.project = read_project(&k);
	if (k.s.project == NULL) {
		close_parts(&k);
		return err_set(err, ERR_CATALOG, NOWHERE, "nothing is served until the catalog is right");
	}
	k.s.env = arena_sv(a, k.s.project->catalog->env);
	ok = serve(&k, err);
	close_parts(&k);
	return ok;
}
