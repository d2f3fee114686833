#include "serve/prepared.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"

struct shared {
	struct prepared pub;
	atomic_int refs;
	char body[];
};

struct prepared *
prepared_new(int status, const char *type, struct sv body, int64_t valid_until_us)
{
	struct shared *s = xmalloc(sizeof(*s) + body.n);

	*s = (struct shared){.pub = {.status = status,
	                             .type = type,
	                             .valid_until_us = valid_until_us,
	                             .body = {s->body, body.n}}};
	atomic_init(&s->refs, 1);
	if (body.n > 0)
		memcpy(s->body, body.p, body.n);
	snprintf(s->pub.etag, sizeof(s->pub.etag), "\"%016llx\"", (unsigned long long)hash64(body));
	return &s->pub;
}

struct prepared *
prepared_ref(struct prepared *p)
{
	atomic_fetch_add_explicit(&((struct shared *)p)->refs, 1, memory_order_relaxed);
	return p;
}

void
prepared_unref(struct prepared *p)
{
	struct shared *s = (struct shared *)p;

	if (s != NULL && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1)
		free(s);
}
