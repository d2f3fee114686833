#include "cmd/deliver.h"

#include "alert/alert.h"
#include "base/log.h"

#define LIMIT_US (20 * US_PER_S)

void
deliver_alerts(struct opened *w)
{
	struct delivery d;
	struct err err = {0};
	long long unsent;
	int64_t next_us;

	if (w->w.catalog == NULL || !w->w.catalog->alerts.enabled)
		return;
	if (!alerts_tick(&w->w, &next_us, &err)) {
		log_warn("what is due by now was not told: %s", err.msg);
		err = (struct err){0};
	}
	if (!alerts_send(&w->w, LIMIT_US, &d, &err)) {
		log_warn("alerts were not sent: %s", err.msg);
		return;
	}
	unsent = d.failed + d.dead;
	if (unsent > 0)
		log_warn("%lld alert%s could not be sent: " SV_FMT "; weir alerts list shows all", unsent,
		         unsent == 1 ? "" : "s", SV_ARG(d.trouble));
}
