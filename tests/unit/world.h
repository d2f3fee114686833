/* A small catalog built by hand, and what was observed of it, for the tests of freshness, staleness and orphans. */
#ifndef WEIR_TESTS_UNIT_WORLD_H
#define WEIR_TESTS_UNIT_WORLD_H

#include "fresh/fresh.h"

enum { WORLD_DEPS_MAX = 16 };

struct world {
	struct arena *a;
	struct catalog c;
	struct observed *o; /* all exist, times unknown, until a test says else */
	size_t cap;
	struct fresh_report r;
};

void world_init(struct world *w, size_t nassets_max);
void world_fini(struct world *w);
/* Its index. */
uint32_t world_add(struct world *w, const char *key);
struct dep *world_dep(struct world *w, uint32_t down, const char *up);
/* Builds edges and the order (inputs first) from the dependencies, then judges everything. */
void world_judge(struct world *w, int64_t now_us);
void world_record(struct world *w, uint32_t i, const char *key, const char *version);

int64_t instant(const char *rfc3339);

#endif
