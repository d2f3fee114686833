/*
 * What a verdict is about.  Most checks look at their own asset, and its version says what was judged.  A relationship looks at another
 * asset, too: its verdict must end with that one's version, or a pass would outlive the keys it was found among.
 */
#include "run/internal.h"

#include "base/map.h"

struct identifying {
	struct workspace *w;
	struct map version; /* by asset key, as looked up in this round */
};

/* A version that nothing else has where none can be told: such a verdict opens no gate. */
static struct sv
version_of(struct identifying *x, struct sv key)
{
	const struct asset *asset = catalog_asset(x->w->catalog, key);
	struct map_entry *e = map_put(&x->version, key);
	struct sv version = {0};
	char unknown[27];

	if (e->value != NULL)
		return *(struct sv *)e->value;
	if (asset == NULL || !run_version(x->w, asset, NULL, &version, NULL) || version.n == 0) {
		ulid_make(clock_now_us(x->w->clock), unknown);
		version = arena_sv(x->w->a, sv_of(unknown));
	}
	/* Looking it up may have moved the entries. */
	e = map_put(&x->version, key);
	e->value = ARENA_NEW(x->w->a, struct sv);
	*(struct sv *)e->value = version;
	return version;
}

static void
identify(struct identifying *x, struct check *c)
{
	struct hasher h;
	bool foreign = false;

	for (uint32_t i = 0; c->expectation != NULL && c->arg != NULL && i < c->expectation->nparams; i++) {
		if (c->expectation->params[i].kind != PARAM_ASSET || !c->arg[i].given)
			continue;
		if (!foreign) {
			hasher_init(&h);
			hasher_add(&h, sv_of(c->hash));
		}
		foreign = true;
		hasher_add(&h, version_of(x, c->arg[i].text));
	}
	if (foreign)
		hasher_end(&h, c->identity);
}

void
run_identify(struct workspace *w)
{
	struct identifying x = {.w = w};

	map_init(&x.version, w->a);
	for (size_t i = 0; i < w->catalog->nasset; i++)
		for (size_t k = 0; k < w->checks[i].n; k++)
			identify(&x, &w->checks[i].v[k]);
}
