/* Tokens of the HTTP API: only their hashes are kept, so that whoever reads the state cannot use them. */
#ifndef WEIR_STORE_TOKEN_H
#define WEIR_STORE_TOKEN_H

#include "base/hash.h"
#include "store/store.h"

struct token {
	int64_t seq;
	struct sv name;
	struct sv hash;   /* SHA-256 of the whole token, in hexadecimal digits */
	struct sv scopes; /* "read,gate" */
	struct sv who;    /* made it */
	int64_t created_us;
	int64_t used_us;    /* about when it was last used; TIME_NONE = never */
	int64_t expires_us; /* TIME_NONE = never */
	int64_t revoked_us; /* TIME_NONE = not */
};

/* Sets seq.  ERR_USAGE if one of this name is not revoked. */
MUST_CHECK bool store_add_token(struct store *s, struct token *t, struct err *err);
/* All there ever were, by name, then newest first; or only those that are neither revoked nor expired at at_us. */
MUST_CHECK bool store_list_tokens(struct store *s, struct arena *a, bool valid, int64_t at_us,
                                  struct token **ret, size_t *n, struct err *err);
/* *found: one of this name was not revoked. */
MUST_CHECK bool store_revoke_token(struct store *s, struct sv name, int64_t at_us, bool *found,
                                   struct err *err);
MUST_CHECK bool store_use_token(struct store *s, int64_t seq, int64_t at_us, struct err *err);
/* Another number whenever a token was added or revoked. */
MUST_CHECK bool store_tokens_state(struct store *s, int64_t *ret, struct err *err);

#endif
