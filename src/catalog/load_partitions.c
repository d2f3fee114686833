/* Dimensions of partitions: time windows, or fixed lists of values. */
#include "catalog/load.h"
#include "catalog/window.h"

static const char *const every_names[] = {"hour", "day", "week", "month", "year", NULL};

/* A wall time at which a window starts. */
static void
edge_load(struct loader *l, const struct partition_dim *dim, const struct node *n, int64_t *ret)
{
	struct time_text t;

	if (!node_is_scalar(n) || !time_text_parse(n->text, &t)) {
		diag_error(l->d, n->loc, "'" SV_FMT "' is no date", SV_ARG(n->text));
		diag_hint(l->d, "write 2024-01-31, or 2024-01-31T12:00 for hours");
	} else if (t.has_zone) {
		diag_error(l->d, n->loc,
		           "'" SV_FMT "' is a time in the partitions' own zone, so it must not name one",
		           SV_ARG(n->key));
	} else if (window_floor(dim->every, t.us) != t.us) {
		char text[WINDOW_TEXT_MAX];

		diag_error(l->d, n->loc, "no %s starts at '" SV_FMT "'", every_names[dim->every],
		           SV_ARG(n->text));
		diag_hint(l->d, "the one around it is %s",
		          window_format(dim->every, window_floor(dim->every, t.us), text));
	} else {
		*ret = t.us;
	}
}

static void
from_load(struct loader *l, void *rec, const struct node *n)
{
	struct partition_dim *d = rec;

	edge_load(l, d, n, &d->from);
}

static void
until_load(struct loader *l, void *rec, const struct node *n)
{
	struct partition_dim *d = rec;

	edge_load(l, d, n, &d->until);
	if (d->until != TIME_NONE && d->from != TIME_NONE && d->until <= d->from) {
		diag_error(l->d, n->loc, "'until' must be after 'from'");
		d->until = TIME_NONE;
	}
}

static const struct field dim_fields[] = {
	{"every", "Length of a window: hour, day, week (from Monday), month, year.", .kind = FIELD_ENUM,
         .required = true, .names = every_names, .at = offsetof(struct partition_dim, every)},
	{"from", "Start of the first window, as a wall time in the zone.", .kind = FIELD_TEXT,
         .required = true, .load = from_load},
	{"until", "Where windows end, exclusive; default: they go on.", .kind = FIELD_TEXT,
         .load = until_load},
	{"timezone", "Zone of the windows; default: the project's.", .kind = FIELD_ZONE,
         .at = offsetof(struct partition_dim, zone)},
	{"closes_after", "A window's data is expected this long after its end.", .kind = FIELD_DURATION,
         .at = offsetof(struct partition_dim, closes_after_us)},
};
static const struct table dim_table = TABLE("a time dimension", dim_fields);

const struct field dim_item = {.key = "dimension",
                               .doc = "{every: …} for time windows, or a list of values.",
                               .kind = FIELD_NONE,
                               .table = &dim_table,
                               .texts = true};

static bool
name_ok(struct sv name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!(c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (i > 0 && c >= '0' && c <= '9')))
			return false;
	}
	return name.n > 0;
}

static bool
values_load(struct loader *l, struct partition_dim *d, const struct node *n)
{
	struct sv *v = ARENA_ARRAY(l->a, struct sv, n->n);
	size_t errors = l->d->errors;
	struct map seen;

	map_init(&seen, l->a);
	if (n->n == 0)
		diag_error(l->d, n->loc, "the dimension '" SV_FMT "' has no values", SV_ARG(n->key));
	for (size_t i = 0; i < n->n; i++) {
		const struct node *kid = &n->kid[i];
		struct sv value;

		if (!node_text(kid, &value, l->d))
			continue;
		if (value.n == 0 || sv_find(value, '|') >= 0 || sv_find(value, '/') >= 0)
			diag_error(l->d, kid->loc,
			           "'" SV_FMT
			           "' cannot be a partition: it must not be empty or hold '|' or '/'",
			           SV_ARG(value));
		else if (map_set(&seen, value, v) != NULL)
			diag_error(l->d, kid->loc, "the value '" SV_FMT "' is here twice", SV_ARG(value));
		else
			v[d->nvalue++] = value;
	}
	d->value = v;
	return l->d->errors == errors;
}

static bool
dim_load(struct loader *l, struct partition_dim *d, const struct node *n)
{
	size_t errors = l->d->errors;

	*d = (struct partition_dim){
		.name = n->key, .loc = n->key_loc, .from = TIME_NONE, .until = TIME_NONE, .zone = l->c->zone};
	if (!name_ok(n->key))
		diag_error(l->d, n->key_loc, "the name of a dimension is made of letters, digits and '_'");
	if (n->kind == NODE_SEQ)
		return values_load(l, d, n) && l->d->errors == errors;
	d->is_time = true;
	if (n->kind == NODE_MAP)
		table_load(l, &dim_table, n, d);
	else
		diag_error(l->d, n->loc, "a dimension must be a map {every: …} or a list of values, not %s",
		           node_kind_name(n->kind));
	return l->d->errors == errors;
}

void
partitions_load(struct loader *l, void *asset, const struct node *n)
{
	struct asset *as = asset;
	struct partition_dim *v = ARENA_ARRAY(l->a, struct partition_dim, n->n);
	bool time = false;

	for (size_t i = 0; i < n->n; i++) {
		struct partition_dim *d = &v[as->ndim];

		if (as->ndim == PARTITION_DIMS_MAX) {
			diag_error(l->d, n->kid[i].key_loc, "more than %d dimensions", PARTITION_DIMS_MAX);
			break;
		}
		if (!dim_load(l, d, &n->kid[i]))
			continue;
		if (d->is_time && time) {
			diag_error(l->d, d->loc, "only one dimension can be of time");
			continue;
		}
		time = time || d->is_time;
		as->ndim++;
	}
	as->dim = v;
}
