/* What the files of the gates share among themselves. */
#ifndef WEIR_SERVE_GATES_INTERNAL_H
#define WEIR_SERVE_GATES_INTERNAL_H

#include "serve/gates.h"

/* A piece of work that is waited for. */
struct pending {
	struct pending *next;
	struct asking *x;
	struct sv id, key; /* of the work, and of the asset */
};

/* One who asks; lives in the request's arena. */
struct asking {
	struct asking *next, **at; /* in gates.asking */
	struct asking *also;       /* gets the same answer */
	struct gates *g;
	struct request *q;
	struct sv key, partition; /* of the gate; the catalog may be another by now */
	struct gate_named *named;
	size_t nnamed;
	bool status, run, look;
	bool alone; /* another's answer will not do */
	int64_t begun_us, end_ns;
	int64_t due_ns; /* when to go on: 0 = now */
	bool waiting;   /* for better times, not for work */
	int64_t pause_ms, followed_ns;
	struct pending *pending;
	LIST(struct sv) looked;         /* by this request */
	LIST(struct gate_blind) blind;  /* could not be */
	struct sv checked;              /* versions for which checks were run */
	LIST(struct gate_named) judged; /* the same: another one that lies there afterwards is `changed` */
	int64_t until_us;               /* how long the answer holds for everybody; TIME_NONE = it does not */
};

/* An answer that was decided in this turn. */
struct answer {
	struct answer *next;
	struct asking *who;
	struct prepared *p, *status;
	struct stored_decision row;
	int64_t n; /* how many get it */
	bool shared;
};

/* One that is prepared, and counted. */
struct live {
	struct live *next;
	struct prepared *p, *status;
	char id[ULID_MAX];
	bool leaving; /* nobody can take it any more; who took it may still be about to count */
	size_t nkey, npartition;
	char text[]; /* key, partition */
};

struct gates {
	struct service *s;
	struct asking *asking;
	int64_t turn_us, count_us; /* TIME_NONE = not due */
	struct arena *batch;
	struct answer *answer;
	struct live *live;
	struct live **count_at; /* where the next slice of counting begins; NULL = at the first */
};

void gates_tell(const void *ctx, struct arena *a, uint32_t asset, struct freshness *fresh,
                struct staleness *stale);
/* Takes an answer that there is already. */
bool gates_join(struct asking *x);
/* Decided: answered by gates_answer, when it is on record. */
MUST_CHECK bool gates_log(struct asking *x, const struct decision *d, struct err *err);
void gates_answer(struct gates *g);
/*
 * Writes down how often prepared answers were given: a slice of them, if a second has passed since all were; or all of them, now.  The next
 * time, TIME_NONE = nothing to count.
 */
int64_t gates_count(struct gates *g, bool now);

#endif
