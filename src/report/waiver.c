#include "report/waiver.h"

const char *const waiver_state_names[4] = {
	[WAIVER_IN_FORCE] = "in force",
	[WAIVER_AHEAD] = "ahead",
	[WAIVER_ENDED] = "ended",
	[WAIVER_EXPIRED] = "expired",
};

enum waiver_state
waiver_state(const struct waiver *w, int64_t now_us)
{
	if (w->ended_us != TIME_NONE && w->ended_us <= now_us)
		return WAIVER_ENDED;
	return w->from_us > now_us ? WAIVER_AHEAD : w->until_us > now_us ? WAIVER_IN_FORCE : WAIVER_EXPIRED;
}

void
report_waiver(struct json_writer *j, const struct waiver *w, int64_t now_us)
{
	json_object_inline(j);
	json_put_sv(j, "id", w->id);
	json_put_sv(j, "check", w->check);
	json_put_str(j, "state", waiver_state_names[waiver_state(w, now_us)]);
	json_put_sv(j, "by", w->who);
	json_put_sv(j, "reason", w->reason);
	json_put_time(j, "from", w->from_us);
	json_put_time(j, "until", w->until_us);
	json_put_time(j, "ended_at", w->ended_us);
	json_object_end(j);
}
