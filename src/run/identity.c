/*
 * What a verdict is about.  Most checks look at their own asset, and its version says what was judged.  A relationship looks at another
 * asset, too: its verdict must end with that one's version, or a pass would outlive the keys it was found among.  A query of the user's
 * may look at any table, so its verdict ends with any change of the database.
 */
#include <sys/stat.h>

#include "run/internal.h"

#include "base/map.h"

struct identifying {
	struct workspace *w;
	struct map version; /* by asset key, as looked up in this round */
};

/* What nothing else has, where no version can be told: such a verdict opens no gate. */
static struct sv
unknown_version(struct identifying *x)
{
	char unknown[ULID_MAX];

	ulid_make(clock_now_us(x->w->clock), unknown);
	return arena_sv(x->w->a, sv_of(unknown));
}

static struct sv
version_of(struct identifying *x, struct sv key)
{
	const struct asset *asset = catalog_asset(x->w->catalog, key);
	struct map_entry *e = map_put(&x->version, key);
	struct sv version = {0};

	if (e->value != NULL)
		return *(struct sv *)e->value;
	if (asset == NULL || !run_version(x->w, asset, NULL, &version, NULL) || version.n == 0)
		version = unknown_version(x);
	/* Looking it up may have moved the entries. */
	e = map_put(&x->version, key);
	e->value = ARENA_NEW(x->w->a, struct sv);
	*(struct sv *)e->value = version;
	return version;
}

/*
 * A database's file as it lies there, and its log of what is not in it yet.  Without either nothing is known.  That is asked of the file
 * system also where data is not looked at: what a query of the user's may read is on no record.
 */
static void
add_database(struct identifying *x, const struct asset *asset, struct hasher *h)
{
	static const char *const suffix[] = {"", "-wal"};
	struct dataset d;
	struct stat st;

	if (asset == NULL || !run_dataset(x->w->a, x->w->catalog, asset, NULL, &d, NULL) ||
	    d.database.n == 0) {
		hasher_add(h, unknown_version(x));
		return;
	}
	for (size_t i = 0; i < LEN(suffix); i++) {
		struct sv path = arena_svf(x->w->a, SV_FMT "%s", SV_ARG(d.database), suffix[i]);
		bool found = stat(arena_str(x->w->a, path), &st) == 0;

		if (!found && i == 0)
			hasher_add(h, unknown_version(x));
		/* A log without contents comes and goes with whoever reads. */
		if (!found || st.st_size == 0)
			continue;
		hasher_add_i64(h, (int64_t)i);
		hasher_add_i64(h, (int64_t)st.st_ino);
		hasher_add_i64(h, (int64_t)st.st_size);
		hasher_add_i64(h, (int64_t)st.st_mtim.tv_sec);
		hasher_add_i64(h, (int64_t)st.st_mtim.tv_nsec);
	}
}

static void
identify(struct identifying *x, struct check *c)
{
	const struct param *param;
	const struct arg *arg;
	struct hasher h;
	bool foreign = false;

	for (uint32_t i = 0; check_argument(c, i, &param, &arg); i++) {
		enum param_kind kind = param->kind;

		if ((kind != PARAM_ASSET && kind != PARAM_SQL) || !arg->given || arg->flag)
			continue;
		if (!foreign) {
			hasher_init(&h);
			hasher_add(&h, sv_of(c->hash));
		}
		foreign = true;
		if (kind == PARAM_SQL)
			add_database(x, c->asset, &h);
		else
			hasher_add(&h, version_of(x, arg->text));
	}
	if (foreign)
		hasher_end(&h, c->identity);
}

static void
identify_asset(struct identifying *x, uint32_t i)
{
	for (size_t k = 0; k < x->w->checks[i].n; k++)
		identify(x, &x->w->checks[i].v[k]);
}

void
run_identify(struct workspace *w)
{
	struct identifying x = {.w = w};

	map_init(&x.version, w->a);
	for (uint32_t i = 0; i < w->catalog->nasset; i++)
		identify_asset(&x, i);
}

void
run_identify_some(struct workspace *w, const uint32_t *asset, size_t n)
{
	struct identifying x = {.w = w};

	map_init(&x.version, w->a);
	for (size_t i = 0; i < n; i++)
		identify_asset(&x, asset[i]);
}
