/* The table of sources, and what works the same for all. */
#include "source/source.h"

#include <assert.h>

#include "source/file.h"

const struct source_driver *const source_drivers[] = {&source_file};
const size_t source_driver_count = LEN(source_drivers);

const struct source_driver *
source_driver_find(struct sv scheme)
{
	for (size_t i = 0; i < source_driver_count; i++)
		if (sv_is(scheme, source_drivers[i]->scheme))
			return source_drivers[i];
	return NULL;
}

/*
 * A time of modification may be set to what it was by who changes the bytes (rsync, cp -p, tar), that of the change is the kernel's own.  It
 * is taken from a clock that ticks each 10 ms at the slowest; of file systems that tell no finer than a second or two, both times are of
 * such seconds unless somebody sets one.
 */
#define MTIME_QUIET_US INT64_C(2000000)
#define CTIME_QUIET_US INT64_C(20000)

bool
part_is_quiet(const struct part *p, int64_t now_us)
{
	return p->mtime_us < now_us - MTIME_QUIET_US && p->ctime_us < now_us - CTIME_QUIET_US;
}

static bool
add_all(struct input *in, struct sha256 *h, struct err *err)
{
	enum { CHUNK = 128 * 1024 };
	AUTO(arena) a = arena_new();
	char *p = arena_alloc(a, CHUNK);
	int64_t offset = 0;
	size_t got;

	do {
		if (!input_read_stored(in, offset, p, CHUNK, &got, err))
			return false;
		sha256_add(h, p, got);
		offset += (int64_t)got;
	} while (got > 0);
	return true;
}

bool
part_content(struct arena *a, const struct source_driver *d, struct part *p, struct err *err)
{
	AUTO(input) in = NULL;
	char hex[SHA256_HEX];

	if (!d->open(p, &in, err))
		return false;

	struct sha256 *h = sha256_new();
	bool ok = add_all(in, h, err) && input_unchanged(in, p, err);

	sha256_end(h, hex);
	if (ok)
		p->content = arena_str(a, sv_of(hex));
	return ok;
}

void
parts_version(const struct parts *p, bool content, char hex[HASH_HEX])
{
	struct hasher h;

	hasher_init(&h);
	for (size_t i = 0; i < p->n; i++) {
		const struct part *part = &p->v[i];

		assert(!content || part->content != NULL);
		hasher_add(&h, part->name);
		hasher_add(&h, sv_of(content ? part->content : part->fingerprint));
	}
	hasher_end(&h, hex);
}
