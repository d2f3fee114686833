#include "serve/idempotency.h"

#include "base/hash.h"
#include "serve/service.h"

enum { KEY_MAX = 255 };

bool
idempotency_key(struct arena *a, struct sv header, struct sv *ret)
{
	struct sv text = sv_trim(header);
	char *p = arena_alloc(a, text.n + 1);
	size_t n = 0, i = 0, end = text.n;
	const bool quoted = text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"';

	if (quoted) {
		i++;
		end--;
	}
	for (; i < end; i++) {
		/* Within quotes `\"` and `\\` stand for themselves, and nothing else may follow a `\`. */
		const bool escape = quoted && text.p[i] == '\\';

		if (escape && (++i == end || (text.p[i] != '"' && text.p[i] != '\\')))
			return false;
		if (text.p[i] < (quoted ? ' ' : '!') || text.p[i] > '~' || (text.p[i] == '"' && !escape))
			return false;
		p[n++] = text.p[i];
	}
	*ret = (struct sv){p, n};
	return n > 0 && n <= KEY_MAX;
}

/* Its method and path belong to it: the same body may mean another thing elsewhere. */
static struct sv
hash_of(struct request *q)
{
	char hex[SHA256_HEX];
	struct sha256 *h = sha256_new();

	sha256_add(h, q->target.p, q->target.n);
	sha256_add(h, "", 1);
	sha256_add(h, q->body.p, q->body.n);
	sha256_end(h, hex);
	return arena_sv(q->a, sv_of(hex));
}

/* One of our own types, which are static. */
static const char *
type_of(struct arena *a, struct sv type)
{
	return sv_is(type, "application/json") ? "application/json" : arena_str(a, type);
}

static void
replay(struct request *q, const struct kept_answer *k)
{
	request_add_header(q, "Idempotency-Replayed", SV("true"));
	request_answer(q, (int)k->status, type_of(q->a, k->type), k->body);
}

/* What was refused did nothing, and may be right next time. */
static bool
keep(struct service *s, struct request *q, struct kept_answer *k, struct err *err)
{
	const char *type;
	int status;

	if (!request_answered(q, &status, &type, &k->body) || status < 200 || status > 299)
		return true;
	k->status = status;
	k->type = sv_of(type != NULL ? type : "");
	k->at_us = clock_now_us(s->clock);
	return store_keep_answer(s->store, k, err);
}

enum idempotency
idempotency_look(struct service *s, struct request *q, struct kept_answer *k, struct kept_answer *before,
                 struct err *err)
{
	const struct sv header = request_header(q, "Idempotency-Key");
	bool found;

	*k = (struct kept_answer){.who = q->who, .route = sv_of(q->route->id)};
	if (header.n == 0)
		return IDEMPOTENCY_FIRST;
	if (!idempotency_key(q->a, header, &k->key)) {
		request_refuse(q, 400,
		               "an Idempotency-Key has 1 to %d visible ASCII characters, best in quotes",
		               KEY_MAX);
		return IDEMPOTENCY_REFUSED;
	}
	k->hash = hash_of(q);
	if (!store_kept_answer(s->store, q->a, k->who, k->route, k->key, before, &found, err))
		return IDEMPOTENCY_FAILED;
	if (!found)
		return IDEMPOTENCY_FIRST;
	if (sv_eq(before->hash, k->hash))
		return IDEMPOTENCY_REPEATED;
	request_refuse(q, 422, "the Idempotency-Key was used for another request; take a new key for each");
	return IDEMPOTENCY_REFUSED;
}

bool
idempotency_write(struct service *s, struct request *q, struct err *err)
{
	struct kept_answer k, before;

	switch (idempotency_look(s, q, &k, &before, err)) {
	case IDEMPOTENCY_FIRST:
		return q->route->write(s, q, err) && (k.key.n == 0 || keep(s, q, &k, err));
	case IDEMPOTENCY_REPEATED:
		replay(q, &before);
		return true;
	case IDEMPOTENCY_REFUSED:
		return true;
	case IDEMPOTENCY_FAILED:
		return false;
	}
	return false;
}
