/*
 * Observing, from within: what is known of one asset while its witnesses are asked.
 *
 * observe.c asks the events and puts both witnesses together, observe_probe.c asks the data, observe_record.c keeps what a look saw.
 */
#ifndef WEIR_RUN_OBSERVE_H
#define WEIR_RUN_OBSERVE_H

#include "run/internal.h"
#include "store/newest.h"

struct witness {
	struct workspace *w;
	const struct asset *asset;
	int64_t now_us, limit_us;   /* limit: later times are not believed */
	bool probing;               /* the data itself is asked, too */
	const struct newest *given; /* the events, read before; NULL = the store is asked */
	struct event materialized, observation, started,
		failed; /* of a partitioned asset: the newest of any */
	bool has_materialized, has_observation, has_started, has_failed;
	struct event whole; /* the newest observation that is of no single partition */
	bool has_whole;
};
struct witness witness_of(struct workspace *w, const struct asset *asset);
/* Reads the newest events of each kind. */
MUST_CHECK bool witness_ask(struct witness *t, struct err *err);
/* Asks the data itself: when, which version, which partitions, which columns. */
MUST_CHECK bool witness_probe(struct witness *t, struct observed *o, struct err *err);
/* By the last look at it nothing is there, and nobody has reported it made since. */
bool witness_says_gone(const struct witness *t);
/* Did a look see what no earlier observation says? */
bool witness_sees_news(const struct witness *t, const struct observed *o);
/* A probe looked, and nothing was there. */
bool event_saw_nothing(const struct event *e);

#endif
