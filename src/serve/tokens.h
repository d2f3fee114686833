/*
 * Tokens: "weir_" and 64 hexadecimal digits, 256 bits of the kernel's.
 *
 * The valid ones stand in memory, read by the server's threads and brought up to date by the keeper; what is compared is hashes, all of
 * them and in full, so that the time tells nothing.
 */
#ifndef WEIR_SERVE_TOKENS_H
#define WEIR_SERVE_TOKENS_H

#include "base/buf.h"
#include "base/hash.h"
#include "serve/route.h"

struct arena;
struct tokens;

/* Scopes ---------------------------------------------------------------------------------------------------------- */

extern const char *const scope_names[4]; /* by bit: read, ingest, gate, admin; NULL for none */
/* "read,gate".  Sets *ret to the bits, at least one. */
MUST_CHECK bool scopes_parse(struct sv text, unsigned *ret, struct err *err);
struct sv scopes_text(struct arena *a, unsigned scopes);

/* A new token ----------------------------------------------------------------------------------------------------- */

enum { TOKEN_MAX = sizeof("weir_") + 64 };
void token_make(char text[TOKEN_MAX]);
void token_hash(struct sv text, char hex[SHA256_HEX]);

/* The service's --------------------------------------------------------------------------------------------------- */

/* Reads s->store. */
MUST_CHECK bool tokens_open(struct service *s, struct tokens **ret, struct err *err);
void tokens_close(struct tokens *t); /* takes NULL */
/* Keeper, at each of its turns: looks about once a second for what was added or revoked, and notes what was used. */
void tokens_tick(struct service *s);
/* Any thread: is one valid?  A copy of its name goes to *name. */
MUST_CHECK bool tokens_find(struct tokens *t, struct arena *a, struct sv text, int64_t now_us,
                            struct sv *name, unsigned *scopes);
/* Is there any at all? */
bool tokens_any(struct tokens *t, int64_t now_us);

#endif
