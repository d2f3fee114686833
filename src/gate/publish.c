#include "gate/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

static const struct publisher *const publishers[] = {&publisher_file, &publisher_sqlite};

/*
 * Only one run may use a stage.  The command inherits the descriptor, so that a command that outlives a
 * killed weir keeps others out.  The file goes when the run ends; who waited for the old one finds that its
 * name is gone, and looks again.
 */
static bool
lock_stage(struct publishing *p, struct err *err)
{
	for (int tries = 0; tries < 100; tries++) {
		int fd = open(p->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
		struct stat mine, there;

		if (fd < 0)
			return err_set(err, ERR_IO, p->asset->publish.loc, "cannot open '%s': %m",
			               p->lock_path);
		if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			close(fd);
			err_set(err, ERR_IO, p->asset->publish.loc,
			        "another run of '" SV_FMT "' is at work on its stage '%s'",
			        SV_ARG(p->asset->key), p->from);
			return err_hint(err,
			                "wait for it; if weir was killed, its command may still run: "
			                "fuser %s shows it",
			                p->lock_path);
		}
		if (fstat(fd, &mine) == 0 && stat(p->lock_path, &there) == 0 && mine.st_ino == there.st_ino &&
		    mine.st_dev == there.st_dev) {
			p->lock = fd;
			return fcntl(fd, F_SETFD, 0) == 0 ||
			       err_set(err, ERR_IO, NOWHERE, "cannot pass on '%s': %m", p->lock_path);
		}
		close(fd);
	}
	return err_set(err, ERR_IO, p->asset->publish.loc, "'%s' comes and goes", p->lock_path);
}

/* A path of the declaration with the stage's in front instead of the target's. */
static struct sv
staged_path(struct arena *a, const struct asset *asset)
{
	return arena_svf(a, SV_FMT SV_FMT, SV_ARG(asset->publish.stage),
	                 SV_ARG(sv_skip(asset->path, asset->publish.to.n)));
}

static void
stage_workspace(struct publishing *p)
{
	const struct catalog *c = p->w->catalog;
	struct arena *a = p->w->a;
	struct catalog *copy = ARENA_NEW(a, struct catalog);
	struct asset *asset = ARENA_ARRAY(a, struct asset, c->nasset);
	struct asset *stage = &asset[p->asset->index];

	memcpy(asset, c->asset, c->nasset * sizeof(*asset));
	*copy = *c;
	copy->asset = asset;
	map_init(&copy->by_key, a);
	for (size_t i = 0; i < c->by_key.n; i++) {
		const struct asset *was = c->by_key.e[i].value;

		map_set(&copy->by_key, c->by_key.e[i].key, &asset[was->index]);
	}
	if (stage->path.n > 0)
		stage->path = staged_path(a, p->asset);
	else
		stage->table = p->asset->publish.stage;
	/* What is judged must be known by the data itself, not by a column or a report. */
	stage->version_from = VERSION_DEFAULT;
	p->staged = *p->w;
	p->staged.catalog = copy;
	p->stage = stage;
}

bool
publish_begin(struct workspace *w, const struct asset *asset, const struct partition *partition,
              const char *run_id, struct publishing *ret, const char **aside, struct err *err)
{
	*ret = (struct publishing){.w = w, .asset = asset, .p = partition, .run_id = run_id, .lock = -1};
	*aside = NULL;
	for (size_t i = 0; i < LEN(publishers) && ret->publisher == NULL; i++)
		if (publishers[i]->fits(asset))
			ret->publisher = publishers[i];
	if (ret->publisher == NULL)
		return err_set(err, ERR_UNSUPPORTED, asset->publish.loc, "'" SV_FMT "' cannot be published",
		               SV_ARG(asset->key));
	stage_workspace(ret);
	return ret->publisher->prepare(ret, err) && lock_stage(ret, err) &&
	       ret->publisher->clear(ret, aside, err);
}

bool
publish_settle(struct publishing *p, struct err *err)
{
	return p->publisher->settle(p, err);
}

bool
publish_unmoved(struct publishing *p, struct sv judged, struct err *err)
{
	struct sv now;

	if (!run_version(&p->staged, p->stage, p->p, &now, err))
		return false;
	return sv_eq(now, judged) || err_set(err, ERR_CHANGED, p->asset->publish.loc,
	                                     "the stage '%s' was written after it was checked", p->from);
}

bool
publish_swap(struct publishing *p, struct sv judged, struct sv *version, bool *proven, struct err *err)
{
	struct sv published, before, after;

	*proven = false;
	*version = (struct sv){0};
	if (!p->publisher->swap(p, judged, &published, err))
		return false;
	/* From here on the new output is there: what goes wrong leaves it unproven. */
	*proven = p->publisher->identity(p, false, &before, NULL) && sv_eq(published, before) &&
	          run_version(p->w, p->asset, p->p, version, NULL) &&
	          p->publisher->identity(p, false, &after, NULL) && sv_eq(published, after);
	return true;
}

void
publish_end(struct publishing *p)
{
	if (p->lock < 0)
		return;
	(void)unlink(p->lock_path);
	(void)close(p->lock);
	p->lock = -1;
}
