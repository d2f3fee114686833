/*
 * Mutation coverage: faults are planted into rows in memory, and each check is asked whether it notices.  What no check notices is named,
 * with a check that would: one that holds on the data as it is and not on what the fault made of it, for it was tried on both.
 *
 * Faults are tried side by side by the threads of the workspace; what comes of them does not depend on how many there are.
 *
 * Nothing of it is stored, and the data where it lies is only read.
 */
#ifndef WEIR_RUN_MUTATE_H
#define WEIR_RUN_MUTATE_H

#include "run/fault.h"

enum { MUTATE_ROWS_DEFAULT = 100000, MUTATE_SEED_DEFAULT = 1 };

struct mutate_options {
	int64_t rows; /* at most so many, the first ones */
	uint64_t seed;
	const struct fault *const *fault; /* NULL = all */
	size_t nfault;
	void (*progress)(void *ctx, int64_t done, int64_t total); /* of the faults of an asset; may be NULL */
	void *progress_ctx;
};

/* A check and what it noticed. */
struct mutated_check {
	const struct check *check;
	enum outcome outcome; /* on the rows as they are */
	bool asked;
	struct sv why;         /* not asked: the reason; else its message on the rows as they are */
	int64_t caught, alone; /* faults that it noticed, and of them those that no other check did */
};

struct noticed {
	uint32_t check; /* index */
	enum outcome outcome;
};

enum mutant_state { MUTANT_CAUGHT, MUTANT_MISSED, MUTANT_NO_EFFECT, MUTANT_NOT_PLANTED };
extern const char *const mutant_state_names[4];

struct mutant {
	const struct fault *fault;
	struct sv column; /* empty: of the table */
	struct sv detail; /* what it did there in particular, or empty */
	int64_t rows;     /* that it changed */
	enum mutant_state state;
	const struct noticed *noticed;
	size_t nnoticed;
	int proposal;  /* index of the proposed check, -1 = none */
	struct sv why; /* why nothing is proposed, or why it was not planted */
};

struct proposed {
	struct sv check; /* YAML */
	struct check read;
	int64_t faults; /* that it would have noticed and nothing did */
};

struct mutation {
	struct sv key, partition;
	struct err err; /* set: the data could not be read or judged; nothing else is meant */
	int64_t rows;
	bool cut; /* there are more */
	struct mutated_check *check;
	size_t ncheck;
	struct mutant *mutant;
	size_t nmutant;
	struct proposed *proposed;
	size_t nproposed;
	int64_t planted, caught, proposable; /* the last: not caught, but by what is proposed */
};

/* asset and p as for run_evaluate.  False with *err: no verdicts on the rows as they are. */
MUST_CHECK bool run_mutate(struct workspace *w, const struct dataset *d, const struct asset *asset,
                           const struct partition *p, const struct checks *checks,
                           const struct mutate_options *o, struct mutation *ret, struct err *err);
/* Percent of the planted faults that were caught; 100 of none. */
double mutation_score(int64_t caught, int64_t planted);

#endif
