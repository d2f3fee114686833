/*
 * Results that the state cannot take: the disk is full, or somebody has it locked.
 *
 *	document ─► store ─► not taken ─► held ─► tried again ─► stored
 *	                                    │         └─► refused though others are taken ─► stored as `error`
 *	                                    └─► too much is held ─► only that it is lost is held, to be stored as `error`
 *
 * Until something of it is stored the work is not over, and gates take what was known before for undecided.
 */
#include "base/log.h"
#include "serve/workshop_internal.h"

/* TRIES_MAX: of one that the state refuses while it takes others; before that it is the state's fault, and does not count. */
enum { TRIES_MAX = 3, HELD_BYTES_MAX = 64 << 20 };
#define TRY_NS INT64_C(500000000)
#define STUCK_NS INT64_C(30000000000) /* between tries of what is refused again and again */

static void
drop_document(struct workshop *w, struct item *i)
{
	if (i->document == NULL)
		return;
	w->held_bytes -= i->document->n;
	buf_free(STEAL(i->document));
}

static void
keep_document(struct workshop *w, struct item *i, struct sv json)
{
	if (w->held_bytes + json.n > HELD_BYTES_MAX) {
		err_set(&i->why, ERR_LIMIT, NOWHERE,
		        "its result was lost: the state could not be written, and too much was waiting for that");
		err_hint(&i->why, "Check it again.");
		return;
	}
	i->document = buf_new(RESULTS_MAX);
	buf_add(i->document, json);
	w->held_bytes += json.n;
}

static void
touch_asset(struct workshop *w, const struct item *i)
{
	if (w->s->board != NULL && i->pub.order.asset != UINT32_MAX)
		board_touch(w->s->board, i->pub.order.asset);
}

static void
put_first(struct workshop *w, struct item *i)
{
	i->next = w->held;
	w->held = i;
	if (w->held_last == NULL)
		w->held_last = i;
	w->nheld++;
}

static void
put_last(struct workshop *w, struct item *i)
{
	i->next = NULL;
	*(w->held_last != NULL ? &w->held_last->next : &w->held) = i;
	w->held_last = i;
	w->nheld++;
}

static struct item *
take_first(struct workshop *w)
{
	struct item *i = w->held;

	w->held = i->next;
	if (w->held == NULL)
		w->held_last = NULL;
	i->next = NULL;
	w->nheld--;
	return i;
}

/* Stuck ones do not add up: of the same checks the last word is enough. */
static void
replace_older(struct workshop *w, const struct item *newer)
{
	for (int64_t n = w->nheld; n > 0; n--) {
		struct item *i = take_first(w);

		if (i->why.code == ERR_NONE || !sv_eq(i->key, newer->key) ||
		    !workshop_same_work(&i->pub.order, &newer->pub.order)) {
			put_last(w, i);
			continue;
		}
		drop_document(w, i);
		workshop_finish(w, i, sv_of(i->why.msg));
	}
}

void
workshop_hold(struct workshop *w, struct item *i, struct sv json, const struct err *why,
              const struct err *trouble)
{
	i->why = why != NULL ? *why : (struct err){0};
	i->why.loc = NOWHERE; /* of a catalog that may go */
	if (why == NULL)
		keep_document(w, i, json);
	else
		replace_older(w, i);
	i->tries = 0;
	i->again_ns = w->try_ns = clock_mono_ns() + TRY_NS;
	put_last(w, i);
	/* Prepared answers were made from what was known before. */
	touch_asset(w, i);
	workshop_follow(w);
	log_error("the result of the check of '" SV_FMT "' cannot be stored: %s; it is kept, and tried again",
	          SV_ARG(i->key), trouble->msg);
}

static bool
is_stuck(struct workshop *w, struct item *i, const struct err *trouble)
{
	if (store_in_trouble(w->s->store) || ++i->tries < TRIES_MAX)
		return false;
	i->again_ns = clock_mono_ns() + STUCK_NS;
	log_error("the state refuses the result of the check of '" SV_FMT "' (run " SV_FMT "): %s",
	          SV_ARG(i->key), SV_ARG(i->pub.id), trouble->msg);
	return true;
}

/* That it failed.  True once that is stored. */
static bool
store_failure(struct workshop *w, struct item *i)
{
	struct err trouble = {0};

	if (workshop_keep_failure(w, i, &i->why, &trouble)) {
		touch_asset(w, i);
		workshop_finish(w, i, sv_of(i->why.msg));
		return true;
	}
	(void)is_stuck(w, i, &trouble); /* it stays, stuck or not */
	return false;
}

static bool
fail(struct workshop *w, struct item *i, const struct err *why)
{
	drop_document(w, i);
	i->tries = 0;
	i->why = *why;
	i->why.loc = NOWHERE;
	return store_failure(w, i);
}

/* There was a result, of a version that is known: that it was refused is said of that version. */
static void
refuse_document(struct workshop *w, struct item *i, const struct err *trouble)
{
	if (i->why.code != ERR_NONE)
		return;
	i->why = *trouble;
	i->why.loc = NOWHERE;
	(void)err_prefix(&i->why, "its result could not be stored"); /* always false */
	i->tries = 0;
	replace_older(w, i);
}

/* True once it is stored, or is begun anew. */
static bool
store_document(struct workshop *w, struct item *i)
{
	struct err trouble = {0};
	enum kept kept = BEGIN_AGAIN;

	if (i->pub.order.asset != UINT32_MAX)
		kept = workshop_keep(w, i, buf_sv(i->document), &trouble);
	if (kept == KEPT_NOT)
		return fail(w, i, &trouble);
	if (kept == KEPT_LATER) {
		if (is_stuck(w, i, &trouble))
			refuse_document(w, i, &trouble);
		return false;
	}
	drop_document(w, i);
	touch_asset(w, i);
	if (kept == BEGIN_AGAIN) {
		workshop_begin_again(w, i);
		return true;
	}
	log_info("the result of the check of '" SV_FMT "' is stored now", SV_ARG(i->key));
	workshop_finish(w, i, sv_of(i->why.msg));
	return true;
}

static void
try_held(struct workshop *w, bool stuck_too)
{
	const int64_t now_ns = clock_mono_ns();
	bool any = false, well = true;

	for (int64_t n = w->nheld; n > 0 && w->held != NULL && well; n--) {
		struct item *i = take_first(w);

		if (!stuck_too && i->tries >= TRIES_MAX && i->again_ns > now_ns) {
			put_last(w, i);
			continue;
		}
		if ((i->document != NULL ? store_document : store_failure)(w, i)) {
			any = true;
			continue;
		}
		/* Each try may wait for a lock: one is enough. */
		well = !store_in_trouble(w->s->store);
		(well ? put_last : put_first)(w, i);
	}
	w->try_ns = clock_mono_ns() + TRY_NS;
	if (any)
		workshop_follow(w);
}

void
workshop_try_held(struct workshop *w)
{
	try_held(w, true);
}

int64_t
workshop_tick_held(struct workshop *w, int64_t mono_ns)
{
	/* The keeper sees for itself when the state can be written again. */
	if (w->held != NULL && mono_ns >= w->try_ns && !store_in_trouble(w->s->store))
		try_held(w, false);
	return w->held != NULL ? MAX(w->try_ns, mono_ns + TRY_NS / 10) : INT64_MAX;
}

bool
workshop_is_held_up(const struct workshop *w)
{
	for (const struct item *i = w->held; i != NULL; i = i->next)
		if (i->tries < TRIES_MAX)
			return true;
	return false;
}

bool
workshop_holds(const struct workshop *w, uint32_t asset)
{
	for (const struct item *i = w->held; i != NULL; i = i->next)
		if (i->pub.order.asset == asset)
			return true;
	return false;
}

int64_t
workshop_held(const struct workshop *w)
{
	return w->nheld;
}

void
workshop_drop_held(struct workshop *w)
{
	while (w->held != NULL) {
		struct item *i = take_first(w);

		log_error("the result of run " SV_FMT " of '" SV_FMT
		          "' is lost, as the state could not take it: check it again",
		          SV_ARG(i->pub.id), SV_ARG(i->key));
		drop_document(w, i);
	}
}
