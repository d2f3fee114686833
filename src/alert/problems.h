/*
 * What is wrong, as one report saw it: from results to problems with keys.  Pure.
 *
 * One problem for each thing that would be mended on its own: a check on an asset or partition, an asset that can not be read, a late or
 * stale asset, an orphan.  A thousand partitions that fail one check are a thousand problems, since each is mended on its own; what
 * keeps them from being a flood is told by routes (group_by, digests).
 *
 * What follows from another problem names it as its root:
 *
 *	late     below an asset that is late or unreadable, with nothing between that is in time
 *	stale    the same; below a stale one; below one whose data a blocking check refuses, or of which nothing is there: a gate that is closed
 *	         keeps it from being made again.  Not if it has a cause of its own, as that its code is another
 *	both     of one asset: that it is stale follows from that it is late
 */
#ifndef WEIR_ALERT_PROBLEMS_H
#define WEIR_ALERT_PROBLEMS_H

#include "catalog/problems.h"
#include "run/run.h"

struct problem {
	enum problem_kind kind;
	struct sv key, asset, partition, check;
	enum severity severity;
	struct sv title, message;
	struct sv root; /* key of the problem that this one follows from; empty = stands on its own */
	LIST(const struct problem *) follower; /* after problems_fold */
};

struct problems {
	struct problem *v;
	size_t n;
	struct map by_key;  /* -> struct problem * */
	struct map follows; /* key of one that was taken out -> struct problem * that it follows from */
};

/*
 * All problems of a report, in its order.  Assets that it did not look at are judged by the open incidents: they may be the root of
 * something.  One that is only a symptom stands there with the key of the incident that it follows from.  Failures that are waived are none.
 */
void problems_find(struct arena *a, const struct catalog *c, const struct report *r,
                   const struct incident *open, size_t nopen, struct problems *ret);
/*
 * Takes the problems out that follow from others and lists them there as followers; who has some is as severe as the worst of them.
 * Those with an open incident of their own keep it.  Roots that are no problem of this report stay away: their followers are returned in
 * `elsewhere`, by the key of the root (-> struct problem * with followers only), if `open` has it.
 */
void problems_fold(struct arena *a, const struct incident *open, size_t nopen, struct problems *p,
                   struct map *elsewhere);

/* FAMILY|ASSET|PARTITION|CHECK, with `|` and `\` in names quoted by a `\`. */
struct sv problem_key(struct arena *a, enum problem_kind kind, struct sv asset, struct sv partition,
                      struct sv check);
/* By its name; PROBLEM_COUNT if this weir knows no such kind. */
enum problem_kind problem_kind_of(struct sv name);
/* One line, not too long. */
struct sv problem_title(struct arena *a, struct sv text);
/* Was the data judged and found bad, rather than not judged? */
bool problem_is_judged(enum problem_kind kind);

#endif
