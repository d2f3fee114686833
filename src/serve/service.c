#include "serve/service.h"

#include "alert/alert.h"
#include "report/report.h"

/* What `weir report` shows of a run later. */
static bool
render(const struct report *r, struct buf *b, struct err *err)
{
	return report_json.write(r, &(struct report_style){.verbose = true}, b, err);
}

bool
service_is_well(const struct service *s)
{
	return s->ready && clock_mono_ns() - s->turn_ns < INT64_C(5000000000);
}

struct workspace
service_workspace(struct service *s, struct arena *a)
{
	return (struct workspace){
		.a = a,
		.catalog = s->project->catalog,
		.checks = s->project->checks,
		.store = s->store,
		.clock = s->clock,
		.pool = s->pool,
		.memory_bytes = (size_t)s->project->catalog->service.limits.memory_bytes,
		.format = RESULT_SUMMARY,
		.remembered = true,
		.settle = alerts_settle,
		.attended = true,
		.render = render,
	};
}

const struct asset *
service_asset(const struct service *s, struct sv key)
{
	return catalog_asset(s->project->catalog, key);
}
