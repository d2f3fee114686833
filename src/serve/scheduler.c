#include "serve/scheduler.h"

#include "base/log.h"
#include "serve/agenda.h"
#include "serve/keeper.h"

static void
expire(struct service *s, void *ctx UNUSED)
{
	keeper_follow(s);
}

void
scheduler_follow(struct service *s)
{
	agenda_set(s->agenda, SV("freshness"), board_next_us(s->board), expire, NULL);
}

void
scheduler_start(struct service *s)
{
	scheduler_follow(s);
}

void
scheduler_watch(struct service *s, const uint32_t *asset, size_t n)
{
	AUTO(arena) a = arena_new();
	struct workspace w = service_workspace(s, a);
	struct asset_result *result = ARENA_ARRAY(a, struct asset_result, n);
	struct report rep;
	struct err err = {0};
	int64_t start_ns;

	run_begin(&w, "watch", &rep, &start_ns);
	for (size_t i = 0; i < n; i++) {
		const struct card *c = board_card(s->board, asset[i]);

		result[i] = (struct asset_result){
			.asset = c->asset,
			.key = c->asset->key,
			.data_version = c->observed->version,
			.has_freshness = true,
			.has_staleness = true,
		};
		board_tell(s->board, a, asset[i], &result[i].freshness, &result[i].staleness);
	}
	rep.asset = result;
	rep.nasset = n;
	run_end(&w, &rep, start_ns);
	if (!run_keep(&w, &rep, NULL, &err))
		log_error("what became late or well again is not stored: %s", err.msg);
}
