/* URLs as weir's sources write them: `scheme:rest` or `scheme://user:password@host:port/path?query`. */
#ifndef WEIR_BASE_URL_H
#define WEIR_BASE_URL_H

#include "base/arena.h"
#include "base/err.h"

struct url {
	struct sv scheme;               /* lower case, without ':' */
	struct sv user, password, host; /* decoded; empty when absent */
	uint16_t port;                  /* 0 = none */
	struct sv path;                 /* decoded; of `file:a/b` the text behind the colon */
	struct sv query, fragment;      /* as written */
};

MUST_CHECK bool url_parse(struct arena *a, struct sv s, struct url *ret, struct err *err);
bool url_has_scheme(struct sv s); /* `[a-z][a-z0-9+.-]+:` in front, two letters at least (C: is a path) */
/* With password and values of query keys that look secret replaced by ***. */
struct sv url_redact(struct arena *a, struct sv s);

#endif
