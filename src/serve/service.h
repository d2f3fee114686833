/*
 * Inside the service: what its parts share.
 *
 *	threads of the server ──► inbox ──► keeper (one thread: state, board, timers, workshop) ──► store
 *	        ▲   prepared answers ◄── board ◄──┘        │    │
 *	        └──────────── answers ◄────────────────────┘    └──► courier: threads that send alerts
 *
 * The keeper is the only one that touches the store, the catalog in use and the board.  It never waits for a receiver, a source or a
 * client.  The others get work from it and hand results back through the inbox.
 */
#ifndef WEIR_SERVE_SERVICE_H
#define WEIR_SERVE_SERVICE_H

#include "run/run.h"
#include "serve/board.h"
#include "serve/inbox.h"
#include "serve/meter.h"
#include "serve/project.h"
#include "serve/workshop.h"

struct httpd;
struct tokens;
struct agenda;
struct scheduler;
struct courier;
struct handover;
struct gates;

/* Of reminders.c: when they come, when something is due, and how far the record of incidents was read. */
struct reminders {
	int64_t at_us, due_us, position;
	int64_t gather_us; /* before the next look */
	bool asked;
};

struct service {
	/* Set before any thread starts, then never changed. */
	struct sv env;
	const struct clock *clock;
	struct inbox *inbox;
	struct httpd *httpd;
	struct meters meters;
	int64_t started_us;
	_Atomic int64_t turn_ns;      /* monotonic: when the keeper began its last turn */
	_Atomic int64_t heartbeat_us; /* when one got through last; 0 = never */
	_Atomic bool ready; /* /readyz: all is loaded, the state can be written, the keeper is in time */
	/* The keeper's. */
	struct project *project; /* in use; a reload swaps it between two tasks */
	struct store *store;
	struct board *board;
	struct workshop *workshop;
	struct agenda *agenda; /* timers */
	struct reminders reminders;
	struct scheduler *scheduler;
	struct courier *courier;
	struct tokens *tokens; /* shared with the server's threads, under its own lock */
	struct handover *handover;
	struct gates *gates; /* requests at gates */
	struct pool *pool;   /* of one thread: real work is done by children */
	bool stopping;
	char reload_trouble[240]; /* why the last reload was not taken; empty = it was, or there was none */
};

/* Any thread: ready, and the keeper takes its turns. */
bool service_is_well(const struct service *s);
/*
 * What the run layer works with, on an arena of the caller's: the project in use, the store, no looks at data (workspace.remembered),
 * incidents settled.
 */
struct workspace service_workspace(struct service *s, struct arena *a);
/* The asset of a key or alias, or NULL. */
const struct asset *service_asset(const struct service *s, struct sv key);

#endif
