/*
 * Partition keys and the windows behind them.
 *
 * Windows are wall times in the dimension's zone; their edges become instants one by one, so that a day is 23 or 25
 * hours long when the clocks change.  An hour that the clocks skip is no window; one that occurs twice is one of two hours.
 */
#include "catalog/partition.h"

#include "catalog/combos.h"
#include "catalog/window.h"

enum { RANGE_MAX = 100000 };

static int64_t
instant(const struct tz *zone, int64_t local_us)
{
	int64_t first, second;

	(void)tz_from_local(zone, local_us, &first, &second);
	return first;
}

/* Sets start, end and closes of the window that starts at a wall time. */
static void
window_set(const struct partition_dim *d, int64_t local_us, struct partition *p)
{
	p->start_us = instant(d->zone, local_us);
	p->end_us = instant(d->zone, window_next(d->every, local_us, 1));
	if (__builtin_add_overflow(p->end_us, d->closes_after_us, &p->closes_us))
		p->closes_us = INT64_MAX;
}

const struct partition_dim *
partition_time_dim(const struct asset *as)
{
	for (size_t i = 0; i < as->ndim; i++)
		if (as->dim[i].is_time)
			return &as->dim[i];
	return NULL;
}

struct partition
partition_make(struct arena *a, const struct asset *as, int64_t local_us, const struct sv *part)
{
	struct partition p = {.start_us = TIME_NONE, .end_us = TIME_NONE, .closes_us = TIME_NONE};
	struct sv key = {0};

	for (size_t i = 0; i < as->ndim; i++) {
		char text[WINDOW_TEXT_MAX];

		p.part[i] = as->dim[i].is_time
		                    ? arena_sv(a, sv_of(window_format(as->dim[i].every, local_us, text)))
		                    : part[i];
		key = i == 0 ? p.part[i] : arena_svf(a, SV_FMT "|" SV_FMT, SV_ARG(key), SV_ARG(p.part[i]));
		if (as->dim[i].is_time)
			window_set(&as->dim[i], local_us, &p);
	}
	p.key = key;
	return p;
}

/* Combinations of list values ------------------------------------------------------------------------------------- */

size_t
combos_count(const struct asset *as, const struct sv *fixed, size_t max)
{
	size_t n = 1;

	for (size_t i = 0; i < as->ndim; i++)
		if (!as->dim[i].is_time && fixed[i].n == 0 &&
		    (__builtin_mul_overflow(n, as->dim[i].nvalue, &n) || n > max))
			return max + 1;
	return n;
}

struct sv *
combo_at(struct arena *a, const struct asset *as, const struct sv *fixed, size_t index)
{
	struct sv *part = ARENA_ARRAY(a, struct sv, PARTITION_DIMS_MAX);

	/* The last dimension turns fastest. */
	for (size_t i = as->ndim; i-- > 0;) {
		const struct partition_dim *d = &as->dim[i];

		if (d->is_time)
			continue;
		if (fixed[i].n > 0) {
			part[i] = fixed[i];
			continue;
		}
		part[i] = d->value[index % d->nvalue];
		index /= d->nvalue;
	}
	return part;
}

/* Keys ------------------------------------------------------------------------------------------------------------ */

static bool
value_check(struct arena *a, const struct partition_dim *d, struct sv text, struct err *err)
{
	if (sv_in(text, d->value, d->nvalue))
		return true;

	const char **names = ARENA_ARRAY(a, const char *, d->nvalue);

	for (size_t i = 0; i < d->nvalue; i++)
		names[i] = arena_str(a, d->value[i]);

	const char *near = sv_nearest(text, names, d->nvalue);

	(void)err_set(err, ERR_USAGE, NOWHERE,
	              "'" SV_FMT "' is no value of the partition dimension '" SV_FMT "'", SV_ARG(text),
	              SV_ARG(d->name));
	return near != NULL ? err_hint(err, "did you mean '%s'?", near) : false;
}

static bool
window_check(const struct partition_dim *d, struct sv text, int64_t *local_us, struct err *err)
{
	static const char *const form[] = {"2024-01-31T05", "2024-01-31", "2024-W05", "2024-01", "2024"};

	if (!window_parse(d->every, text, local_us)) {
		(void)err_set(err, ERR_USAGE, NOWHERE, "'" SV_FMT "' is no partition of '" SV_FMT "'",
		              SV_ARG(text), SV_ARG(d->name));
		return err_hint(err, "its windows are written like %s", form[d->every]);
	}
	if (*local_us >= d->from && (d->until == TIME_NONE || *local_us < d->until))
		return true;

	char edge[WINDOW_TEXT_MAX];
	bool before = *local_us < d->from;

	return err_set(err, ERR_USAGE, NOWHERE,
	               "the partition '" SV_FMT "' lies %s %s, where its asset's partitions %s", SV_ARG(text),
	               before ? "before" : "past", window_format(d->every, before ? d->from : d->until, edge),
	               before ? "begin" : "end");
}

/* Cuts a key at its bars; fails if the number of parts is not that of dimensions. */
static bool
split(const struct asset *as, struct sv key, struct sv *part, struct err *err)
{
	struct sv rest = key;
	size_t n = 0;

	if (as->ndim == 0)
		return err_set(err, ERR_USAGE, NOWHERE, "'" SV_FMT "' has no partitions", SV_ARG(as->key));
	for (bool more = true; more; n++) {
		more = sv_find(rest, '|') >= 0;

		struct sv head = sv_cut(&rest, '|');

		if (n < as->ndim)
			part[n] = head;
	}
	if (n == as->ndim)
		return true;
	return err_set(err, ERR_USAGE, NOWHERE,
	               "the partition '" SV_FMT "' has %zu part%s, but '" SV_FMT "' has %zu dimension%s",
	               SV_ARG(key), n, n == 1 ? "" : "s", SV_ARG(as->key), as->ndim,
	               as->ndim == 1 ? "" : "s");
}

bool
partition_parse(struct arena *a, const struct asset *as, struct sv key, struct partition *ret,
                struct err *err)
{
	struct sv part[PARTITION_DIMS_MAX] = {0};
	int64_t local_us = 0;

	if (!split(as, key, part, err))
		return false;
	for (size_t i = 0; i < as->ndim; i++) {
		const struct partition_dim *d = &as->dim[i];

		if (d->is_time ? !window_check(d, part[i], &local_us, err) : !value_check(a, d, part[i], err))
			return false;
		part[i] = arena_sv(a, part[i]);
	}

	struct partition p = partition_make(a, as, local_us, part);

	if (p.start_us != TIME_NONE && p.start_us == p.end_us)
		return err_set(err, ERR_USAGE, NOWHERE,
		               "the hour '" SV_FMT "' was skipped by the clocks of its zone", SV_ARG(key));
	*ret = p;
	return true;
}

/* Lists ----------------------------------------------------------------------------------------------------------- */

struct list {
	struct partition *v;
	size_t n, cap;
};

static void
list_add(struct arena *a, struct list *list, const struct asset *as, int64_t local_us, const struct sv *fixed,
         size_t combos, size_t from)
{
	for (size_t i = from; i < combos; i++)
		*LIST_ADD(a, list) = partition_make(a, as, local_us, combo_at(a, as, fixed, i));
}

static void
reverse_windows(struct list *list)
{
	for (size_t i = 0, j = list->n; i + 1 < j; i++) {
		struct partition swap = list->v[i];

		list->v[i] = list->v[--j];
		list->v[j] = swap;
	}
}

struct partition *
partitions_until(struct arena *a, const struct asset *as, int64_t now_us, bool closed, size_t max, size_t *n,
                 bool *cut)
{
	static const struct sv any[PARTITION_DIMS_MAX];
	const struct partition_dim *d = partition_time_dim(as);
	size_t combos = combos_count(as, any, max);
	struct list list = {0};
	bool more = false;

	*n = 0;
	if (cut != NULL)
		*cut = false;
	if (as->ndim == 0 || max == 0)
		return NULL;
	if (d == NULL) {
		list_add(a, &list, as, 0, any, MIN(combos, max), 0);
		more = combos > max;
	}

	/* From the newest back, each window's combinations backwards, and all turned round at the end. */
	int64_t local = d != NULL ? window_floor(d->every, tz_to_local_us(d->zone, now_us)) : 0;

	if (d != NULL && d->until != TIME_NONE && local >= d->until)
		local = window_next(d->every, window_floor(d->every, d->until), -1);
	for (; d != NULL && !more && local >= d->from; local = window_next(d->every, local, -1)) {
		struct partition w = {0};

		window_set(d, local, &w);
		if (w.start_us == w.end_us || w.start_us > now_us || (closed && w.closes_us > now_us))
			continue;
		for (size_t i = MIN(combos, max); i-- > 0 && !more;) {
			more = list.n == max;
			if (!more)
				*LIST_ADD(a, &list) = partition_make(a, as, local, combo_at(a, as, any, i));
		}
		more = more || combos > max;
	}
	if (d != NULL)
		reverse_windows(&list);
	if (cut != NULL)
		*cut = more;
	*n = list.n;
	return list.v;
}

struct partition *
partitions_latest_closed(struct arena *a, const struct asset *as, int64_t now_us, size_t *n)
{
	static const struct sv any[PARTITION_DIMS_MAX];
	size_t combos = MIN(combos_count(as, any, RANGE_MAX), (size_t)RANGE_MAX);

	return partitions_until(a, as, now_us, true, combos, n, NULL);
}

/* An end of a range: a whole key, or only its window. */
static bool
range_end(struct arena *a, const struct asset *as, struct sv text, struct sv *part, int64_t *local_us,
          struct err *err)
{
	const struct partition_dim *d = partition_time_dim(as);
	struct partition p;

	if (as->ndim > 1 && sv_find(text, '|') < 0)
		return window_check(d, text, local_us, err);
	if (!partition_parse(a, as, text, &p, err))
		return false;
	for (size_t i = 0; i < as->ndim; i++)
		if (!as->dim[i].is_time)
			part[i] = p.part[i];
	return window_check(d, p.part[d - as->dim], local_us, err);
}

static bool
range_windows(struct arena *a, const struct asset *as, int64_t from, int64_t to, const struct sv *fixed,
              struct list *list, struct err *err)
{
	const struct partition_dim *d = partition_time_dim(as);
	size_t combos = combos_count(as, fixed, RANGE_MAX);

	for (int64_t local = MAX(from, d->from); local <= to && (d->until == TIME_NONE || local < d->until);
	     local = window_next(d->every, local, 1)) {
		struct partition w = {0};

		window_set(d, local, &w);
		if (w.start_us == w.end_us)
			continue;
		if (list->n + combos > RANGE_MAX)
			return err_set(err, ERR_LIMIT, NOWHERE, "more than %d partitions of '" SV_FMT "'",
			               RANGE_MAX, SV_ARG(as->key));
		list_add(a, list, as, local, fixed, combos, 0);
	}
	return true;
}

static ptrdiff_t
find_dots(struct sv s)
{
	for (size_t i = 0; i + 1 < s.n; i++)
		if (s.p[i] == '.' && s.p[i + 1] == '.')
			return (ptrdiff_t)i;
	return -1;
}

bool
partitions_range(struct arena *a, const struct asset *as, struct sv text, int64_t now_us,
                 struct partition **ret, size_t *n, struct err *err)
{
	struct sv part[2][PARTITION_DIMS_MAX] = {0};
	ptrdiff_t dots = find_dots(text);
	struct list list = {0};
	int64_t from, to;

	(void)now_us;
	if (dots < 0) {
		struct partition *p = ARENA_NEW(a, struct partition);

		if (!partition_parse(a, as, text, p, err))
			return false;
		*ret = p;
		*n = 1;
		return true;
	}
	if (partition_time_dim(as) == NULL)
		return err_set(err, ERR_USAGE, NOWHERE,
		               "'" SV_FMT "' has no partitions by time, so it takes no range",
		               SV_ARG(as->key));
	if (!range_end(a, as, (struct sv){text.p, (size_t)dots}, part[0], &from, err) ||
	    !range_end(a, as, sv_skip(text, (size_t)dots + 2), part[1], &to, err))
		return false;
	for (size_t i = 0; i < as->ndim; i++)
		if (!sv_eq(part[0][i], part[1][i]))
			return err_set(err, ERR_USAGE, NOWHERE,
			               "the two ends of '" SV_FMT "' differ in more than their time",
			               SV_ARG(text));
	if (from > to)
		return err_set(err, ERR_USAGE, NOWHERE, "'" SV_FMT "' ends before it begins", SV_ARG(text));
	if (!range_windows(a, as, from, to, part[0], &list, err))
		return false;
	*ret = list.v;
	*n = list.n;
	return true;
}

/* Between assets -------------------------------------------------------------------------------------------------- */

/* Wall times of the first and last window of `up` that overlap [start, end), moved by the dependency's window. */
static void
overlap(const struct partition_dim *d, const struct partition *p, const struct dep *dep, int64_t *first,
        int64_t *last)
{
	*first = window_floor(d->every, tz_to_local_us(d->zone, p->start_us));
	*last = window_floor(d->every, tz_to_local_us(d->zone, p->end_us - 1));
	if (dep->map == MAP_WINDOW) {
		*first = window_next(d->every, *first, dep->window_from);
		*last = window_next(d->every, *last, dep->window_to);
	}
}

/* Lists of the same name go together. */
static bool
values_same(struct arena *a, const struct asset *down, const struct partition *p, const struct asset *up,
            struct sv *fixed, struct err *err)
{
	for (size_t i = 0; i < up->ndim; i++)
		for (size_t k = 0; k < down->ndim; k++) {
			if (up->dim[i].is_time || down->dim[k].is_time ||
			    !sv_eq(up->dim[i].name, down->dim[k].name))
				continue;
			if (!value_check(a, &up->dim[i], p->part[k], err))
				return err_prefix(err, "'" SV_FMT "' reads '" SV_FMT "'", SV_ARG(down->key),
				                  SV_ARG(up->key));
			fixed[i] = p->part[k];
		}
	return true;
}

static bool
read_same(struct arena *a, const struct asset *down, const struct partition *p, const struct dep *dep,
          const struct asset *up, int64_t now_us, struct list *list, struct err *err)
{
	const struct partition_dim *d = partition_time_dim(up);
	struct sv fixed[PARTITION_DIMS_MAX] = {0};
	int64_t first, last;

	if (!values_same(a, down, p, up, fixed, err))
		return false;
	if (d == NULL) {
		size_t combos = combos_count(up, fixed, RANGE_MAX);

		if (combos > RANGE_MAX)
			return err_set(err, ERR_LIMIT, NOWHERE, "more than %d partitions of '" SV_FMT "'",
			               RANGE_MAX, SV_ARG(up->key));
		list_add(a, list, up, 0, fixed, combos, 0);
		return true;
	}
	if (p->start_us != TIME_NONE) {
		overlap(d, p, dep, &first, &last);
	} else {
		first = d->from;
		last = window_floor(d->every, tz_to_local_us(d->zone, now_us));
	}
	return range_windows(a, up, first, last, fixed, list, err);
}

bool
partitions_read(struct arena *a, const struct asset *down, const struct partition *p, const struct dep *dep,
                const struct asset *up, int64_t now_us, struct partition **ret, size_t *n, struct err *err)
{
	enum partition_map map = dep->map;
	struct list list = {0};
	bool cut = false;

	if (up->ndim == 0) {
		*ret = ARENA_NEW(a, struct partition);
		**ret = (struct partition){
			.key = SV(""), .start_us = TIME_NONE, .end_us = TIME_NONE, .closes_us = TIME_NONE};
		*n = 1;
		return true;
	}
	/* The whole of something reads all, unless it says which. */
	if ((p == NULL || p->key.n == 0 || down->ndim == 0) && (map == MAP_SAME || map == MAP_WINDOW))
		map = MAP_ALL;
	switch (map) {
	case MAP_SAME:
	case MAP_WINDOW:
		if (!read_same(a, down, p, dep, up, now_us, &list, err))
			return false;
		break;
	case MAP_ALL:
		/* Those that are due: an open window that is not there yet is missed by nobody. */
		list.v = partitions_until(a, up, now_us, true, RANGE_MAX, &list.n, &cut);
		if (cut)
			return err_set(err, ERR_LIMIT, dep->loc, "more than %d partitions of '" SV_FMT "'",
			               RANGE_MAX, SV_ARG(up->key));
		break;
	case MAP_LAST: {
		static const struct sv any[PARTITION_DIMS_MAX];

		list.v = partitions_until(a, up, now_us, false,
		                          MIN(combos_count(up, any, RANGE_MAX), (size_t)RANGE_MAX), &list.n,
		                          NULL);
		break;
	}
	case MAP_LATEST_CLOSED:
		list.v = partitions_latest_closed(a, up, now_us, &list.n);
		break;
	}
	*ret = list.v;
	*n = list.n;
	return true;
}
