/* Meters: numbers of the service about itself, counted by any thread. */
#ifndef WEIR_SERVE_METER_H
#define WEIR_SERVE_METER_H

#include <stdatomic.h>
#include <stdint.h>

enum meter {
#define METER(id, name, labels, kind, help) METER_##id,
#include "serve/meters.def"
#undef METER
	METER_COUNT
};

struct meters {
	atomic_int_least64_t v[METER_COUNT];
};

static inline void
meter_add(struct meters *m, enum meter which, int64_t n)
{
	atomic_fetch_add_explicit(&m->v[which], n, memory_order_relaxed);
}

static inline int64_t
meter_get(const struct meters *m, enum meter which)
{
	return atomic_load_explicit(&m->v[which], memory_order_relaxed);
}

#endif
