#include "expr/instant.h"

#include "base/civil.h"
#include "base/clock.h"

static const struct tz *
zone_of(struct type t)
{
	return t.zone != NULL ? t.zone : tz_utc;
}

int64_t
value_instant(struct type t, struct value v)
{
	int64_t first, second, midnight;

	switch (v.kind) {
	case VALUE_TIMETZ:
		return v.i;
	case VALUE_DATE:
		if (!civil_midnight_us(v.i, &midnight))
			return midnight;
		tz_from_local(zone_of(t), midnight, &first, &second);
		return first;
	case VALUE_TIME:
		tz_from_local(zone_of(t), v.i, &first, &second);
		return first;
	default:
		return TIME_NONE;
	}
}

bool
value_at_instant(struct type t, int64_t us, struct value *ret)
{
	switch (t.kind) {
	case TYPE_DATE:
		*ret = (struct value){.kind = VALUE_DATE, .i = civil_day_of(tz_to_local_us(zone_of(t), us))};
		return true;
	case TYPE_TIMESTAMP:
		*ret = (struct value){.kind = VALUE_TIME, .i = tz_to_local_us(zone_of(t), us)};
		return true;
	case TYPE_TIMESTAMPTZ:
		*ret = (struct value){.kind = VALUE_TIMETZ, .i = us};
		return true;
	default:
		return false;
	}
}
