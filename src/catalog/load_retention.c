/* `retention:`, by kind of record. */
#include "catalog/load.h"

const char *const retained_names[RETAIN_COUNT] = {
#define RETAIN(which, name, days, what) name,
#include "catalog/retention.def"
#undef RETAIN
};

const struct retention retention_default = {{
#define RETAIN(which, name, days, what) (days) * US_PER_DAY,
#include "catalog/retention.def"
#undef RETAIN
}};

static void
duration_or_off(struct loader *l, void *rec, const struct node *n)
{
	const struct field *f = table_field(&retention_table, n->key);
	struct field plain = *f;

	plain.load = NULL;
	if (node_is_off(n))
		*(int64_t *)(void *)((char *)rec + f->at) = RETAIN_EVER;
	else
		field_load(l, &plain, n, rec);
}

static const struct field retention_fields[] = {
#define RETAIN(which, name, days, what)                        \
	{name,                                                 \
	 what "  Default " #days "d; off keeps them.",         \
	 .kind = FIELD_DURATION,                               \
	 .off = true,                                          \
	 .min = US_PER_HOUR,                                   \
	 .at = offsetof(struct retention, us[RETAIN_##which]), \
	 .load = duration_or_off},
#include "catalog/retention.def"
#undef RETAIN
};
const struct table retention_table = TABLE("retention", retention_fields);
