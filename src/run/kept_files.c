/*
 *	HASH OF THE ASSET/HASH OF THE PARTITION     names may hold anything
 *	…/….….….new                                that a process which was killed did not finish
 */
#include "run/kept_files.h"

#include <dirent.h>
#include <errno.h>
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
run_kept_folder(struct arena *a, const char *folder, const struct asset *asset)
{
	char hex[HASH_HEX];

	return arena_printf(a, "%s/%s", folder, hash_of(asset->key, hex));
}

const char *
run_kept_path(const struct workspace *w, const struct asset *asset, const struct partition *p)
{
	char hex[HASH_HEX];

	if (w->kept_folder == NULL || asset == NULL)
		return NULL;
	return arena_printf(w->a, "%s/%s", run_kept_folder(w->a, w->kept_folder, asset),
	                    hash_of(p != NULL ? p->key : (struct sv){0}, hex));
}

struct pruning {
	struct map known; /* hashes of the catalog's assets */
	int64_t now_us, keep_us;
	bool dry_run;
	int64_t gone;
};

/* By the times of the machine, which are the files'; who uses a file says so by its time. */
static bool
is_over(const struct pruning *p, bool known, const char *name, const struct stat *st)
{
	int64_t idle_us = p->now_us - ((int64_t)st->st_mtim.tv_sec * US_PER_S + st->st_mtim.tv_nsec / 1000);

	return idle_us > (known && strchr(name, '.') == NULL ? p->keep_us : US_PER_DAY);
}

/* The files of a folder; known: it is that of an asset of the catalog. */
static void
prune_files(struct pruning *p, DIR *d, bool known)
{
	for (const struct dirent *e; (e = readdir(d)) != NULL;) {
		struct stat st;

		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
		    !is_over(p, known, e->d_name, &st))
			continue;
		/* Whoever has it open goes on with it. */
		if (p->dry_run || unlinkat(dirfd(d), e->d_name, 0) == 0)
			p->gone++;
		else
			log_warn("'%s', which is kept of the parts of an asset, cannot be removed: %m",
			         e->d_name);
	}
}

static void
prune_folder(struct pruning *p, DIR *d, const char *name)
{
	bool known = map_has(&p->known, sv_of(name));
	int fd = openat(dirfd(d), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *of_asset = fd >= 0 ? fdopendir(fd) : NULL;

	if (of_asset == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	prune_files(p, of_asset, known);
	closedir(of_asset);
	/* With something in it, it stays; whoever is about to write to it makes it anew. */
	if (!p->dry_run && !known && unlinkat(dirfd(d), name, AT_REMOVEDIR) != 0 && errno != ENOTEMPTY)
		log_warn("the folder '%s' of what is kept of an asset cannot be removed: %m", name);
}

int64_t
run_prune_kept(struct workspace *w, const char *folder, bool dry_run)
{
	struct pruning p = {.now_us = clock_now_us(&clock_system),
	                    .keep_us = w->catalog->retention.us[RETAIN_SAMPLES],
	                    .dry_run = dry_run};
	char hex[HASH_HEX];
	DIR *d = folder != NULL ? opendir(folder) : NULL;

	if (d == NULL)
		return 0;
	map_init(&p.known, w->a);
	for (size_t i = 0; i < w->catalog->nasset; i++)
		map_put(&p.known, sv_of(hash_of(w->catalog->asset[i].key, hex)));
	prune_files(&p, d, false); /* as versions before this one named them */
	rewinddir(d);
	for (const struct dirent *e; (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.')
			prune_folder(&p, d, e->d_name);
	closedir(d);
	return p.gone;
}
