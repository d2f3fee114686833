/* URLs: what is taken has sane parts, and its redacted form never holds the password. */
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/url.h"

static void
check_parts(const struct url *u)
{
	assert(u->scheme.n > 0);
	for (size_t i = 0; i < u->scheme.n; i++)
		assert(!(u->scheme.p[i] >= 'A' && u->scheme.p[i] <= 'Z') && u->scheme.p[i] != ':');
	/* A NUL would end the path early for the C library. */
	assert(u->path.n == 0 || memchr(u->path.p, '\0', u->path.n) == NULL);
	assert(u->host.n == 0 || memchr(u->host.p, '\0', u->host.n) == NULL);
}

/* A password that occurs only once in the URL must not occur in what is printed. */
static void
check_redacted(struct arena *a, struct sv text, const struct url *u)
{
	struct sv shown = url_redact(a, text);

	if (u->password.n < 4 || memmem(u->password.p, u->password.n, "*", 1) != NULL)
		return;

	const char *first = memmem(text.p, text.n, u->password.p, u->password.n);

	if (first == NULL ||
	    memmem(first + 1, text.n - (size_t)(first + 1 - text.p), u->password.p, u->password.n) != NULL)
		return;
	assert(memmem(shown.p, shown.n, u->password.p, u->password.n) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(arena) a = arena_new();
	struct sv text = {(const char *)data, n};
	struct url u;
	struct err err = {0};

	(void)url_redact(a, text);
	if (!url_parse(a, text, &u, &err)) {
		assert(err.msg[0] != '\0');
		return 0;
	}
	check_parts(&u);
	check_redacted(a, text, &u);
	return 0;
}
