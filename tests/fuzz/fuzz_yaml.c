/*
 * A catalog of unknown origin: parsed, loaded, shown and selected from.  Whatever is refused is refused with a
 * diagnostic, and what is shown of a catalog that was taken is YAML.
 */
#include "fuzz.h"

#include <assert.h>

#include "catalog/load.h"
#include "catalog/partition.h"

/* Far enough from any `from` that somebody writes, and the same every day. */
#define NOW_US (INT64_C(1735689600) * US_PER_S)

static void
use(struct arena *a, const struct catalog *c)
{
	static const char *const text[] = {"**", "!raw/*"};
	struct selection s;
	struct buf b;
	struct diags d;

	buf_init(&b, 32 << 20);
	catalog_show(c, NULL, true, &b);
	diags_init(&d, a);
	/* Secrets print as text, so the tree may differ, but it is one. */
	assert(b.full || node_parse_yaml(a, "shown", buf_sv(&b), &d) != NULL || d.errors > 0);
	buf_fini(&b);
	if (selection_make(a, c, text, LEN(text), &s, NULL))
		assert(s.asset != NULL);
	for (size_t i = 0; i < c->nasset && i < 100; i++) {
		const struct asset *as = &c->asset[i];
		size_t n;
		const struct partition *p = partitions_until(a, as, NOW_US, false, 3, &n, NULL);

		for (size_t k = 0; k < n; k++) {
			struct partition back;
			struct sv path;

			assert(partition_parse(a, as, p[k].key, &back, NULL));
			assert(sv_eq(back.key, p[k].key) && back.start_us == p[k].start_us);
			if (as->path.n > 0 && partition_path(a, as, &back, as->path, &path, NULL))
				(void)!partition_of_path(a, as, as->path, path, &back);
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(arena) a = arena_new();
	struct sv text = {(const char *)data, n};
	struct diags d;

	diags_init(&d, a);

	const struct catalog *c = catalog_load_text(a, "weir.yaml", text, "default", &d);

	assert((c == NULL) == (d.errors > 0));
	if (c != NULL)
		use(a, c);
	diags_init(&d, a);
	assert(node_parse_json(a, "weir.json", text, &d) != NULL || d.errors > 0);
	return 0;
}
