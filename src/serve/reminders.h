/*
 * Reminders: what of incidents time alone makes due (alerts_tick): repeats, escalations, ends of snoozes, mutes and maintenance.  One timer of
 * the agenda, set to when the next is due.
 */
#ifndef WEIR_SERVE_REMINDERS_H
#define WEIR_SERVE_REMINDERS_H

#include "serve/service.h"

/* Something was stored: if it was about incidents, what is due is asked for anew, at most once a second. */
void reminders_follow(struct service *s);
/* Ask in any case: at the start, after a reload, when a mute begins or ends. */
void reminders_soon(struct service *s);

#endif
