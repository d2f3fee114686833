#include "serve/tokens.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/log.h"
#include "serve/service.h"
#include "store/token.h"

const char *const scope_names[4] = {"read", "ingest", "gate", "admin"};

bool
scopes_parse(struct sv text, unsigned *ret, struct err *err)
{
	unsigned scopes = 0;

	if (text.n == 0 || sv_ends(text, SV(",")))
		return err_set(err, ERR_USAGE, NOWHERE,
		               "a token needs scopes: read, ingest, gate or admin, with commas between them");
	while (text.n > 0) {
		struct sv word = sv_trim(sv_cut(&text, ','));
		size_t i = 0;

		while (i < LEN(scope_names) && !sv_is(word, scope_names[i]))
			i++;
		if (i == LEN(scope_names)) {
			err_set(err, ERR_USAGE, NOWHERE, "there is no scope '" SV_FMT "'", SV_ARG(word));
			return err_hint(err, "scopes: read, ingest, gate, admin");
		}
		scopes |= 1u << i;
	}
	*ret = scopes;
	return true;
}

struct sv
scopes_text(struct arena *a, unsigned scopes)
{
	struct sv text = {0};

	for (size_t i = 0; i < LEN(scope_names); i++)
		if (scopes & 1u << i)
			text = arena_svf(a, SV_FMT "%s%s", SV_ARG(text), text.n > 0 ? "," : "",
			                 scope_names[i]);
	return text;
}

void
token_make(char text[TOKEN_MAX])
{
	unsigned char random[32];
	size_t got = 0;

	while (got < sizeof(random)) {
		ssize_t n = getrandom(random + got, sizeof(random) - got, 0);

		if (n < 0 && errno != EINTR)
			give_up("there are no random numbers: %m");
		got += n > 0 ? (size_t)n : 0;
	}
	snprintf(text, TOKEN_MAX, "weir_");
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(text + sizeof("weir_") - 1 + 2 * i, 3, "%02x", random[i]);
}

void
token_hash(struct sv text, char hex[SHA256_HEX])
{
	struct sha256 *h = sha256_new();

	sha256_add(h, text.p, text.n);
	sha256_end(h, hex);
}

/* The table ----------------------------------------------------------------------------------------------------- */

struct entry {
	int64_t seq;
	struct sv name;
	char hash[SHA256_HEX];
	unsigned scopes;
	int64_t expires_us;
	atomic_int_least64_t used_us; /* TIME_NONE = not since it was noted */
};

struct table {
	struct arena *a;
	struct entry *v;
	size_t n;
};

struct tokens {
	pthread_rwlock_t lock;
	struct table *table;
	/* The keeper's. */
	int64_t state;   /* of the store when the table was read */
	int64_t look_ns; /* when to look again */
	int64_t note_ns; /* when to note again what was used */
};

#define LOOK_NS INT64_C(1000000000)
#define NOTE_NS (60 * LOOK_NS)

static void
table_free(struct table *t)
{
	if (t != NULL)
		arena_free(t->a);
}

static bool
table_read(struct service *s, struct table **ret, struct err *err)
{
	struct arena *a = arena_new();
	struct table *t = ARENA_NEW(a, struct table);
	struct token *list;
	size_t n;

	t->a = a;
	if (!store_list_tokens(s->store, a, true, clock_now_us(s->clock), &list, &n, err)) {
		table_free(t);
		return false;
	}
	t->v = ARENA_ARRAY(a, struct entry, n);
	for (size_t i = 0; i < n; i++) {
		struct entry *e = &t->v[t->n];

		/* What another weir wrote and this one does not know opens nothing. */
		if (list[i].hash.n != SHA256_HEX - 1 || !scopes_parse(list[i].scopes, &e->scopes, NULL))
			continue;
		e->seq = list[i].seq;
		e->name = list[i].name;
		e->expires_us = list[i].expires_us;
		atomic_init(&e->used_us, TIME_NONE);
		memcpy(e->hash, list[i].hash.p, SHA256_HEX - 1);
		t->n++;
	}
	*ret = t;
	return true;
}

bool
tokens_open(struct service *s, struct tokens **ret, struct err *err)
{
	struct table *table;
	struct tokens *t;
	int64_t state;

	if (!store_tokens_state(s->store, &state, err) || !table_read(s, &table, err))
		return false;
	t = xcalloc(1, sizeof(*t));
	pthread_rwlock_init(&t->lock, NULL);
	t->table = table;
	t->state = state;
	*ret = t;
	return true;
}

void
tokens_close(struct tokens *t)
{
	if (t == NULL)
		return;
	table_free(t->table);
	pthread_rwlock_destroy(&t->lock);
	free(t);
}

/* Coarsely: it is for people who wonder which tokens nobody needs any more. */
static bool
note_uses(struct service *s, struct table *t, struct err *err)
{
	for (size_t i = 0; i < t->n; i++) {
		const int64_t at_us = atomic_exchange_explicit(&t->v[i].used_us, TIME_NONE,
		                                               memory_order_relaxed);

		if (at_us != TIME_NONE && !store_use_token(s->store, t->v[i].seq, at_us, err))
			return false;
	}
	return true;
}

static bool
refresh(struct service *s, struct tokens *t, struct err *err)
{
	struct table *table, *old = t->table;
	int64_t state;

	if (!store_tokens_state(s->store, &state, err))
		return false;
	if (state == t->state)
		return true;
	if (!table_read(s, &table, err))
		return false;
	pthread_rwlock_wrlock(&t->lock);
	t->table = table;
	pthread_rwlock_unlock(&t->lock);
	t->state = state;
	/* Nobody else reads the old one any more. */
	bool ok = note_uses(s, old, err);

	table_free(old);
	return ok;
}

void
tokens_tick(struct service *s)
{
	struct tokens *t = s->tokens;
	const int64_t now_ns = clock_mono_ns();
	struct err err = {0};

	if (now_ns < t->look_ns)
		return;
	t->look_ns = now_ns + LOOK_NS;
	if (!refresh(s, t, &err)) {
		log_error("tokens cannot be read: %s", err.msg);
		return;
	}
	if (now_ns < t->note_ns)
		return;
	t->note_ns = now_ns + NOTE_NS;
	if (!note_uses(s, t->table, &err))
		log_error("%s", err.msg);
}

/* Finding ------------------------------------------------------------------------------------------------------- */

static bool
same_hash(const char *a, const char *b)
{
	unsigned char differ = 0;

	for (size_t i = 0; i < SHA256_HEX - 1; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return differ == 0;
}

static bool
is_valid(const struct entry *e, int64_t now_us)
{
	return e->expires_us == TIME_NONE || e->expires_us > now_us;
}

bool
tokens_find(struct tokens *t, struct arena *a, struct sv text, int64_t now_us, struct sv *name,
            unsigned *scopes)
{
	char hex[SHA256_HEX];
	struct entry *found = NULL;

	token_hash(text, hex);
	pthread_rwlock_rdlock(&t->lock);
	for (size_t i = 0; i < t->table->n; i++)
		if (same_hash(hex, t->table->v[i].hash))
			found = &t->table->v[i];
	if (found != NULL && !is_valid(found, now_us))
		found = NULL;
	if (found != NULL) {
		atomic_store_explicit(&found->used_us, now_us, memory_order_relaxed);
		*name = arena_sv(a, found->name);
		*scopes = found->scopes;
	}
	pthread_rwlock_unlock(&t->lock);
	return found != NULL;
}

bool
tokens_any(struct tokens *t, int64_t now_us)
{
	bool any = false;

	pthread_rwlock_rdlock(&t->lock);
	for (size_t i = 0; i < t->table->n; i++)
		any = any || is_valid(&t->table->v[i], now_us);
	pthread_rwlock_unlock(&t->lock);
	return any;
}
