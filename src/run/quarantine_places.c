#include "run/quarantine_places.h"

#include <sys/stat.h>

#include "expect/data_places.h"

struct quarantine_places {
	struct data_places *data; /* NULL: there is no catalog */
	struct map taken;         /* file, resolved -> const struct sv *: whose rows it has */
};

static struct quarantine_places *
places_of(struct workspace *w)
{
	if (w->places == NULL) {
		w->places = ARENA_NEW(w->a, struct quarantine_places);
		*w->places = (struct quarantine_places){0};
		if (w->catalog != NULL)
			w->places->data = data_places_new(w->a, w->catalog);
		map_init(&w->places->taken, w->a);
	}
	return w->places;
}

static bool
is_data(struct err *err, struct sv path, struct sv key)
{
	err_set(err, ERR_EVAL, NOWHERE, "'" SV_FMT "' leads to data of '" SV_FMT "'", SV_ARG(path),
	        SV_ARG(key));
	return err_hint(err, "write them into a folder of their own, without links to others");
}

static bool
take_file(struct workspace *w, struct sv owner, struct sv path, struct sv file, struct err *err)
{
	const struct sv *before = map_get(&w->places->taken, file);
	struct sv *mine;

	if (before != NULL && !sv_eq(*before, owner)) {
		err_set(err, ERR_EVAL, NOWHERE,
		        "'" SV_FMT "' leads to where the failing rows of '" SV_FMT "' are", SV_ARG(path),
		        SV_ARG(*before));
		return err_hint(err, "put {asset} and {partition} into its name");
	}
	if (before == NULL) {
		mine = ARENA_NEW(w->a, struct sv);
		*mine = arena_sv(w->a, owner);
		(void)map_set(&w->places->taken, file, mine);
	}
	return true;
}

bool
quarantine_place_take(struct workspace *w, struct sv owner, struct sv path, struct sv table, struct err *err)
{
	struct quarantine_places *p = places_of(w);
	const struct asset *asset = NULL;
	struct sv file = path;

	if (p->data == NULL)
		return true;
	asset = data_places_at(p->data, w->a, path, table, &file);
	if (asset != NULL)
		return is_data(err, path, asset->key);
	return table.n > 0 || take_file(w, owner, path, file, err);
}

static bool
is_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool
quarantine_place_apart(const struct dataset *d, const char *path, struct sv table, struct err *err)
{
	const bool base = d->database.n > 0;
	AUTO(arena) a = arena_new();
	struct stat to, from;

	/* A file that is not there yet is no data.  A link to a database is opened, and one to a file is replaced. */
	if ((table.n > 0 ? stat(path, &to) : lstat(path, &to)) != 0)
		return true;
	if (base && (table.n == 0 || sv_ieq(table, d->table)) &&
	    stat(arena_str(a, d->database), &from) == 0 && is_file(&to, &from))
		return is_data(err, sv_of(path), d->key);
	for (size_t i = 0; i < d->parts.n; i++)
		if ((stat(d->parts.v[i].path, &from) == 0 && is_file(&to, &from)) ||
		    (lstat(d->parts.v[i].path, &from) == 0 && is_file(&to, &from)))
			return is_data(err, sv_of(path), d->key);
	return true;
}
