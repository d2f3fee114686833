#include "cmd/deliver.h"

#include "alert/alert.h"
#include "base/log.h"

#define LIMIT_US (20 * US_PER_S)

void
deliver_alerts(struct opened *w)
{
	struct delivery d;
	struct err err = {0};

	if (w->w.catalog == NULL || !w->w.catalog->alerts.enabled)
		return;
	if (!alerts_send(&w->w, LIMIT_US, &d, &err))
		log_warn("alerts were not sent: %s", err.msg);
	else if (d.failed + d.dead > 0)
		log_warn("%lld alert%s could not be sent: " SV_FMT "; weir alerts list shows all",
		         (long long)(d.failed + d.dead), d.failed + d.dead == 1 ? "" : "s",
		         SV_ARG(d.trouble));
}
