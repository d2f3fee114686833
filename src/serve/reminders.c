#include "serve/reminders.h"

#include "alert/alert.h"
#include "base/log.h"
#include "serve/agenda.h"
#include "serve/courier.h"

#define GATHER_US US_PER_S
#define AGAIN_US US_PER_MIN /* after trouble with the store */
/* Where very many are open it takes a while: no more than this part of the time. */
#define SHARE 10

static void remind(struct service *s, void *ctx);

static void
set(struct service *s, int64_t at_us)
{
	s->reminders.at_us = at_us;
	agenda_set(s->agenda, SV("reminders"), at_us, remind, NULL);
}

/* Nothing happened to incidents since the last time, and nothing is due. */
static bool
nothing_new(struct service *s, int64_t position, int64_t now_us)
{
	const struct reminders *r = &s->reminders;

	return !r->asked && position == r->position && now_us < r->due_us;
}

static bool
ask(struct service *s, int64_t now_us, int64_t *next_us, struct err *err)
{
	AUTO(arena) a = arena_new();
	struct workspace w = service_workspace(s, a);
	int64_t position;

	if (!store_incident_position(s->store, &position, err))
		return false;
	*next_us = s->reminders.due_us;
	if (nothing_new(s, position, now_us))
		return true;
	if (!alerts_tick(&w, next_us, err) || !store_incident_position(s->store, &position, err))
		return false;
	s->reminders.asked = false;
	s->reminders.position = position;
	if (s->courier != NULL)
		courier_wake(s->courier);
	return true;
}

static void
remind(struct service *s, void *ctx UNUSED)
{
	const int64_t now_us = clock_now_us(s->clock), start_ns = clock_mono_ns();
	struct err err = {0};
	int64_t next_us;

	if (!ask(s, now_us, &next_us, &err)) {
		log_error("who is to be told of incidents by now is not known: %s", err.msg);
		next_us = now_us + AGAIN_US;
		s->reminders.asked = true;
	}
	s->reminders.due_us = next_us;
	s->reminders.gather_us = MAX(GATHER_US, (clock_mono_ns() - start_ns) / 1000 * SHARE);
	set(s, next_us == INT64_MAX ? TIME_NONE : MAX(next_us, now_us + s->reminders.gather_us));
}

void
reminders_follow(struct service *s)
{
	const int64_t soon_us = clock_now_us(s->clock) + MAX(GATHER_US, s->reminders.gather_us);

	/* Neither never set nor none ahead. */
	if (s->reminders.at_us <= 0 || s->reminders.at_us > soon_us)
		set(s, soon_us);
}

void
reminders_soon(struct service *s)
{
	s->reminders.asked = true;
	reminders_follow(s);
}
