#include "base/tz.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/tzif.h"

#define FILE_MAX (1 << 20)
#define NAME_LEN_MAX 64
#define NAMES_MAX 10000 /* of files looked at for suggestions */
#define DEPTH_MAX 4     /* America/Argentina/Ushuaia has three */

struct tz {
	struct arena *a; /* holds all of it but this struct */
	const char *name;
	struct tzif data;
	struct tz *next; /* in the cache */
};

static const struct tz utc = {.name = "UTC"};
const struct tz *const tz_utc = &utc;

/*
 * Zones that were read, and all names.  Both only grow, and what is in them never changes, so that pointers
 * handed out stay good without the lock.
 */
static struct {
	pthread_mutex_t lock;
	struct tz *zones;
	struct arena *a; /* holds the names */
	const char *const *names;
	size_t nnames;
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void
tz_free(struct tz *z)
{
	if (z == NULL)
		return;
	arena_free(z->a);
	free(z);
}
DEFINE_CLEANUP(tz, tz_free)

static const char *
zone_dir(void)
{
	const char *dir = getenv("TZDIR");

	return dir != NULL && dir[0] != '\0' ? dir : "/usr/share/zoneinfo";
}

/* Only what IANA allows in names; without dots nothing can lead out of the folder. */
static bool
name_valid(struct sv s)
{
	/* These two are what the machine's owner chose: no name for a place on a schedule. */
	if (sv_is(s, "localtime") || sv_is(s, "posixrules"))
		return false;
	if (s.n == 0 || s.n > NAME_LEN_MAX || s.p[0] == '/' || s.p[s.n - 1] == '/')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		          c == '_' || c == '-' || c == '+' || (c == '/' && s.p[i - 1] != '/');

		if (!ok)
			return false;
	}
	return true;
}

static bool
is_zone_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char magic[4];
	bool ok = f != NULL && fread(magic, 1, 4, f) == 4 && memcmp(magic, "TZif", 4) == 0;

	if (f != NULL)
		fclose(f);
	return ok;
}

struct names {
	struct arena *a;
	LIST(const char *) list;
	size_t seen;
};

/* Adds the zones below dir; `below` is what stands before their names, "" or "America/". */
static void
collect(struct names *ns, const char *dir, const char *below, int depth)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL && ns->seen++ < NAMES_MAX) {
		const char *name = arena_printf(ns->a, "%s%s", below, e->d_name);
		const char *path = arena_printf(ns->a, "%s/%s", dir, e->d_name);
		struct stat st;

		/* posix/ and right/ hold all zones again, the latter with leap seconds. */
		if (!name_valid(sv_of(name)) || strcmp(name, "posix") == 0 || strcmp(name, "right") == 0 ||
		    stat(path, &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			collect(ns, path, arena_printf(ns->a, "%s/", name), depth + 1);
		else if (S_ISREG(st.st_mode) && is_zone_file(path))
			*LIST_ADD(ns->a, &ns->list) = name;
	}
	closedir(d);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *const *
tz_names(size_t *n)
{
	const char *const *ret;

	pthread_mutex_lock(&cache.lock);
	if (cache.names == NULL) {
		struct names ns = {.a = arena_new()};

		cache.a = ns.a;
		collect(&ns, zone_dir(), "", 1);
		if (ns.list.n == 0)
			ns.list.v = ARENA_NEW(ns.a, const char *);
		qsort(ns.list.v, ns.list.n, sizeof(*ns.list.v), by_text);
		cache.names = ns.list.v;
		cache.nnames = ns.list.n;
	}
	ret = cache.names;
	*n = cache.nnames;
	pthread_mutex_unlock(&cache.lock);
	return ret;
}

/* `seoul` and `asia/seoul` mean Asia/Seoul, which is further than a typing error. */
static const char *
nearest_name(struct sv wrong)
{
	size_t n;
	const char *const *names = tz_names(&n);

	if (wrong.n > NAME_LEN_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *place = strrchr(names[i], '/');

		if (sv_ieq(wrong, sv_of(names[i])) || (place != NULL && sv_ieq(wrong, sv_of(place + 1))))
			return names[i];
	}
	return sv_nearest(wrong, names, n);
}

static bool
unknown(struct sv name, struct err *err)
{
	const char *near;

	if (!fs_is_dir(zone_dir())) {
		err_set(err, ERR_IO, NOWHERE, "cannot look up time zone '" SV_FMT "': no folder '%s'",
		        SV_ARG(name), zone_dir());
		return err_hint(err, "install the time zone data (tzdata), or set TZDIR to its folder");
	}
	err_set(err, ERR_ARG, NOWHERE, "unknown time zone '" SV_FMT "'", SV_ARG(name));
	near = nearest_name(name);
	if (near != NULL)
		return err_hint(err, "did you mean '%s'?", near);
	return err_hint(err, "zones are named like Europe/Berlin, Asia/Seoul or UTC");
}

static bool
load(struct sv name, struct tz **ret, struct err *err)
{
	AUTO(tz) z = xcalloc(1, sizeof(*z));
	const char *path;
	struct stat st;
	struct sv bytes;

	z->a = arena_new();
	path = fs_join(z->a, zone_dir(), name);
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return unknown(name, err);
	if (!fs_read(z->a, path, FILE_MAX, &bytes, err) || !tzif_parse(z->a, bytes, &z->data, err))
		return err_prefix(err, "time zone '" SV_FMT "': ", SV_ARG(name));
	z->name = arena_str(z->a, name);
	*ret = STEAL(z);
	return true;
}

static const struct tz *
find_locked(struct sv name)
{
	for (const struct tz *z = cache.zones; z != NULL; z = z->next)
		if (sv_is(name, z->name))
			return z;
	return NULL;
}

bool
tz_get(struct sv name, const struct tz **ret, struct err *err)
{
	AUTO(tz) fresh = NULL;
	const struct tz *z;

	if (sv_is(name, "UTC")) {
		*ret = tz_utc;
		return true;
	}
	if (!name_valid(name))
		return unknown(name, err);
	pthread_mutex_lock(&cache.lock);
	z = find_locked(name);
	pthread_mutex_unlock(&cache.lock);
	if (z == NULL) {
		/* Read without the lock; should two threads do so at once, the first one's stays. */
		if (!load(name, &fresh, err))
			return false;
		pthread_mutex_lock(&cache.lock);
		z = find_locked(name);
		if (z == NULL) {
			fresh->next = cache.zones;
			cache.zones = fresh;
			z = STEAL(fresh);
		}
		pthread_mutex_unlock(&cache.lock);
	}
	*ret = z;
	return true;
}

const char *
tz_name(const struct tz *z)
{
	return z->name;
}

static int64_t
floor_seconds(int64_t us)
{
	return us / US_PER_S - (us % US_PER_S < 0);
}

int32_t
tz_offset_s(const struct tz *z, int64_t t_us)
{
	return tzif_at(&z->data, floor_seconds(t_us)).offset_s;
}

int64_t
tz_to_local_us(const struct tz *z, int64_t t_us)
{
	int64_t ret;

	/* Only TIME_NONE and its neighbours overflow; they stay what they are. */
	if (__builtin_add_overflow(t_us, tz_offset_s(z, t_us) * US_PER_S, &ret))
		return t_us;
	return ret;
}

/* Whole seconds plus a rest below one, held at the ends of the range. */
static int64_t
join_us(int64_t s, int64_t rest_us)
{
	int64_t us;

	if (__builtin_mul_overflow(s, US_PER_S, &us) || __builtin_add_overflow(us, rest_us, &us))
		return s < 0 ? INT64_MIN : INT64_MAX;
	return us;
}

/*
 * Walks the stretches that can hold the wall time, from the easternmost offset to the westernmost.  Where two
 * neighbours leave it out between them, it is in the gap; the boundary is the answer.
 */
enum tz_fold
tz_from_local(const struct tz *z, int64_t local_us, int64_t *first_us, int64_t *second_us)
{
	int64_t local = floor_seconds(local_us), rest = (local_us % US_PER_S + US_PER_S) % US_PER_S;
	int64_t last = local - TZ_OFFSET_MIN_S, gap = INT64_MAX;
	int hits = 0;

	for (int64_t t = local - TZ_OFFSET_MAX_S; t <= last;) {
		struct tz_stretch s = tzif_at(&z->data, t);
		int64_t at = local - s.offset_s;

		if (at >= s.from_s && at < s.to_s) {
			*second_us = join_us(at, rest);
			if (hits++ == 0)
				*first_us = *second_us;
		}
		/* Not reached within this stretch: the next one may begin past it. */
		if (at >= s.to_s)
			gap = s.to_s;
		if (s.to_s > last)
			break;
		t = s.to_s;
	}
	if (hits == 0) {
		*first_us = *second_us = join_us(gap, 0);
		return TZ_GAP;
	}
	return *first_us == *second_us ? TZ_ONE : TZ_TWICE;
}
