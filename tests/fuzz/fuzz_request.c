/* Targets of requests: whatever is taken has decoded parts that are whole text, and what is refused is told in JSON. */
#include "fuzz.h"

#include <assert.h>
#include <string.h>

#include "serve/request_internal.h"

static void
check_text(struct sv s)
{
	assert(sv_utf8_valid(s));
	assert(s.n == 0 || memchr(s.p, '\0', s.n) == NULL);
}

static void
check_answer(const struct exchange *x)
{
	struct json_scanner s;
	enum json_event e;

	assert(x->r.answered && x->r.status == 400);
	json_scan_init(&s, x->r.body);
	while ((e = json_next(&s)) != JSON_END)
		assert(e != JSON_ERROR);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(arena) a = arena_new();
	struct exchange x = {.q = {.a = a, .target = {(const char *)data, n}}};
	struct sv query = x.q.target, path = sv_cut(&query, '?');

	buf_init(&x.out, 1 << 20);
	for (int m = 0; m <= METHOD_COUNT; m++) {
		unsigned allowed = 0;
		const struct route *r = route_find((enum method)m, path, x.q.arg, &allowed);

		assert(r == NULL || (int)r->method == m);
		for (size_t i = 0; r != NULL && i < ROUTE_ARGS_MAX; i++) {
			struct sv part;

			if (percent_decode(a, x.q.arg[i], false, &part))
				check_text(part);
		}
	}
	/* Each route has parameters of its own. */
	for (size_t i = 0; i < route_count; i++) {
		x.q.route = routes[i];
		memset(&x.r, 0, sizeof(x.r));
		if (!request_params(&x, query)) {
			check_answer(&x);
			continue;
		}
		for (size_t k = 0; k < routes[i]->nparam; k++)
			check_text(x.r.given[k].text);
	}
	buf_fini(&x.out);
	return 0;
}
