/*
 *	HASH OF THE ASSET-HASH OF THE PARTITION     names may hold anything
 *	…-….….….new                                that a process which was killed did not finish
 */
#include "run/kept_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"

static const char *
hash_of(struct sv text, char hex[HASH_HEX])
{
	struct hasher h;

	hasher_init(&h);
	hasher_add(&h, text);
	hasher_end(&h, hex);
	return hex;
}

const char *
run_kept_path(const struct workspace *w, const struct asset *asset, const struct partition *p)
{
	char a[HASH_HEX], b[HASH_HEX];

	if (w->kept_folder == NULL || asset == NULL)
		return NULL;
	return arena_printf(w->a, "%s/%s-%s", w->kept_folder, hash_of(asset->key, a),
	                    hash_of(p != NULL ? p->key : (struct sv){0}, b));
}

struct pruning {
	struct map known; /* hashes of the catalog's assets */
	int64_t now_us, keep_us;
};

/* By the times of the machine, which are the files'; who uses a file says so by its time. */
static bool
is_over(const struct pruning *p, const char *name, const struct stat *st)
{
	int64_t idle_us = p->now_us - ((int64_t)st->st_mtim.tv_sec * US_PER_S + st->st_mtim.tv_nsec / 1000);
	const char *end = strchr(name, '-');
	bool known = end != NULL && strchr(name, '.') == NULL &&
	             map_has(&p->known, (struct sv){name, (size_t)(end - name)});

	return idle_us > (known ? p->keep_us : US_PER_DAY);
}

static int64_t
prune_folder(const struct pruning *p, DIR *d, bool dry_run)
{
	int64_t n = 0;

	for (const struct dirent *e; (e = readdir(d)) != NULL;) {
		struct stat st;

		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
		    !is_over(p, e->d_name, &st))
			continue;
		/* Whoever has it open goes on with it. */
		if (!dry_run && unlinkat(dirfd(d), e->d_name, 0) != 0) {
			log_warn("'%s', which is kept of the parts of an asset, cannot be removed: %m",
			         e->d_name);
			continue;
		}
		n++;
	}
	return n;
}

int64_t
run_prune_kept(struct workspace *w, const char *folder, bool dry_run)
{
	struct pruning p = {.now_us = clock_now_us(&clock_system),
	                    .keep_us = w->catalog->retention.us[RETAIN_SAMPLES]};
	char hex[HASH_HEX];
	DIR *d = folder != NULL ? opendir(folder) : NULL;
	int64_t n;

	if (d == NULL)
		return 0;
	map_init(&p.known, w->a);
	for (size_t i = 0; i < w->catalog->nasset; i++)
		map_put(&p.known, sv_of(hash_of(w->catalog->asset[i].key, hex)));
	n = prune_folder(&p, d, dry_run);
	closedir(d);
	return n;
}
