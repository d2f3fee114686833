/*
 * The board: what the service knows of each asset, in memory, and the answers made from it.
 *
 * The keeper owns it and writes it: after every commit it tells what was touched (board_touch), and board_update looks at that again
 * and at what follows downstream.  The store is the truth: all that the board holds can be read from it again.  Other threads may only
 * take prepared answers.
 */
#ifndef WEIR_SERVE_BOARD_H
#define WEIR_SERVE_BOARD_H

#include "fresh/state.h"
#include "run/run.h"
#include "serve/prepared.h"

struct board;
struct project;
struct service;

/* What the board holds of one asset; borrowed until the next board_update. */
struct card {
	const struct asset *asset;
	const struct observed *observed;
	const struct fresh_brief *brief; /* how fresh and how stale; in words: board_tell */
	int64_t looked_us; /* when its data was last looked at (a probe or a check); TIME_NONE = never, or it has no place to look at */
};

/* Reads the whole state.  s->project and s->store must be there. */
MUST_CHECK bool board_open(struct service *s, struct board **ret, struct err *err);
/* The same for another project, which it takes a reference to; other threads go on meanwhile.  After an error all is as before. */
MUST_CHECK bool board_reload(struct board *b, struct project *p, struct err *err);
void board_close(struct board *b);

/* Keeper: events, verdicts or waivers of an asset changed; its answers are forgotten at the next update.  UINT32_MAX = of all. */
void board_touch(struct board *b, uint32_t asset);
void board_touch_key(struct board *b, struct sv key); /* as an event names it; unknown keys touch nothing */
/*
 * Its data was looked at (a probe, or a check of all of it), also if that brought nothing new.  trouble: it could not be; so its freshness is
 * not known until that succeeds.  NULL = it could.
 */
void board_looked(struct board *b, uint32_t asset, int64_t at_us, const struct err *trouble);
/*
 * Looks again at what was touched, at what the clock changed, and at what depends on either.  Assets whose freshness or staleness is another
 * are returned in *changed, valid until the next update.  After an error what was touched stays so.
 */
MUST_CHECK bool board_update(struct board *b, int64_t now_us, const uint32_t **changed, size_t *n,
                             struct err *err);
/*
 * What came to another version since the last call, by what was seen or reported; partition empty = the whole, or so many partitions that
 * they are not told one by one.  Valid until the next board_update or board_reload.
 */
struct news {
	uint32_t asset;
	struct sv partition;
};
const struct news *board_news(struct board *b, size_t *n);
const struct card *board_card(const struct board *b, uint32_t asset);
/*
 * Its last known verdicts, with what is waived, by outcome; of all its partitions.  Looked up when somebody asks for the first time, and
 * after it was touched.
 */
MUST_CHECK bool board_checks(struct board *b, uint32_t asset, struct check_counts *ret, struct err *err);
/* Orphans as far as they follow from the catalog and what was observed: all but untracked ones. */
void board_orphans(const struct board *b, struct arena *a, struct orphan **ret, size_t *n);
/* What `weir status` says of its freshness and staleness, in the caller's arena; either may be NULL. */
void board_tell(const struct board *b, struct arena *a, uint32_t asset, struct freshness *fresh,
                struct staleness *stale);
/* The next instant at which something changes by the clock alone: then board_update; TIME_NONE = never. */
int64_t board_next_us(const struct board *b);
/* By asset, for the functions of state.h and for gates. */
const struct observed *board_observed(const struct board *b);

/*
 * Prepared answers.  Any thread: a reference if there is one that is valid now, else NULL; then the keeper makes one and puts it.
 * partition empty = the whole; answers of a partition are kept for as long as those of the whole.
 */
enum board_answer { BOARD_GATE, BOARD_GATE_STATUS, BOARD_STATUS, BOARD_ANSWERS };
struct prepared *board_answer(struct board *b, enum board_answer which, struct sv key, struct sv partition,
                              int64_t now_us);
/* Keeper: takes over the reference. */
void board_put_answer(struct board *b, enum board_answer which, uint32_t asset, struct sv partition,
                      struct prepared *p);

#endif
