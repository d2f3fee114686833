#include "store/newest.h"

#include "store/event_row.h"

/* A walk through event_newest: asset, kind, partition, time. */
struct walk {
	struct store *s;
	int64_t until_us;
	bool (*each)(void *ctx, const struct newest *n, struct err *err);
	void *ctx;
	struct arena *a; /* of one asset */
	struct sv asset, partition;
	int kind;       /* -1 before the first */
	int64_t newest; /* of this kind and partition; 0 = none yet */
	LIST(int64_t) seq;
	int64_t arrival[NEWEST_ARRIVALS_MAX]; /* newest first */
	size_t narrival;
	int64_t next_us;
};

static struct sv
text_of(const struct query *q, int i)
{
	const void *p = sqlite3_column_text(q->stmt, i);

	return (struct sv){p, p != NULL ? (size_t)sqlite3_column_bytes(q->stmt, i) : 0};
}

static void
add_arrival(struct walk *x, int64_t at_us)
{
	size_t i = x->narrival;

	if (i == LEN(x->arrival)) {
		if (at_us <= x->arrival[i - 1])
			return;
		i--;
	} else {
		x->narrival++;
	}
	for (; i > 0 && x->arrival[i - 1] < at_us; i--)
		x->arrival[i] = x->arrival[i - 1];
	x->arrival[i] = at_us;
}

static void
end_group(struct walk *x)
{
	if (x->newest > 0)
		*LIST_ADD(x->a, &x->seq) = x->newest;
	x->newest = 0;
}

static bool
read_event(struct walk *x, int64_t seq, struct event *ret, struct err *err)
{
	static const char sql[] = "SELECT " EVENT_COLUMNS " FROM event e WHERE e.seq = ?";
	AUTO_QUERY q = {0};
	enum step step;

	if (!query_begin(x->s, &q, sql, "read events", err))
		return false;
	query_i64(&q, seq);
	step = query_step(&q, err);
	if (step == STEP_DONE)
		return err_set(err, ERR_STORE, NOWHERE, "an event is in an index and not in its table ('%s')",
		               x->s->path);
	return step == STEP_ROW && event_read_row(&q, x->a, ret, err) &&
	       (!ret->inputs_given || event_read_inputs(x->s, x->a, ret, err));
}

static bool
end_asset(struct walk *x, struct err *err)
{
	struct newest n = {
		.asset = x->asset, .arrival = x->arrival, .narrival = x->narrival, .next_us = x->next_us};
	struct event *event;

	end_group(x);
	if (x->kind < 0)
		return true;
	event = ARENA_ARRAY(x->a, struct event, x->seq.n);
	for (size_t i = 0; i < x->seq.n; i++)
		if (!read_event(x, x->seq.v[i], &event[i], err))
			return false;
	n.event = event;
	n.n = x->seq.n;
	return x->each(x->ctx, &n, err);
}

static void
begin_asset(struct walk *x, struct sv asset)
{
	arena_reset(x->a);
	memset(&x->seq, 0, sizeof(x->seq));
	x->asset = arena_sv(x->a, asset);
	x->partition = (struct sv){0};
	x->kind = -1;
	x->narrival = 0;
	x->next_us = TIME_NONE;
}

static bool
take_row(struct walk *x, const struct query *q, struct err *err)
{
	const struct sv asset = text_of(q, 0), partition = text_of(q, 2);
	const int kind = column_name(q, 1, event_kind_names, LEN(event_kind_names));
	const int64_t at_us = column_i64(q, 3);

	if (kind < 0)
		return column_fail(q, "kind of event", err);
	if (x->kind < 0 || !sv_eq(asset, x->asset)) {
		if (!end_asset(x, err))
			return false;
		begin_asset(x, asset);
	}
	if (kind != x->kind || !sv_eq(partition, x->partition)) {
		end_group(x);
		x->kind = kind;
		x->partition = arena_sv(x->a, partition);
	}
	if (at_us > x->until_us) {
		x->next_us = x->next_us == TIME_NONE ? at_us : MIN(x->next_us, at_us);
		return true;
	}
	x->newest = column_i64(q, 4);
	if (kind == EVENT_MATERIALIZED)
		add_arrival(x, at_us);
	return true;
}

bool
store_newest_events(struct store *s, int64_t until_us,
                    bool (*each)(void *ctx, const struct newest *n, struct err *err), void *ctx,
                    struct err *err)
{
	static const char sql[] = "SELECT asset, kind, partition, at_us, seq FROM event WHERE env = :env"
				  " ORDER BY asset, kind, partition, at_us, seq";
	AUTO(arena) a = arena_new();
	struct walk x = {.s = s, .until_us = until_us, .each = each, .ctx = ctx, .a = a, .kind = -1};
	AUTO_QUERY q = {0};
	enum step step;

	if (!query_begin(s, &q, sql, "read events", err))
		return false;
	while ((step = query_step(&q, err)) == STEP_ROW)
		if (!take_row(&x, &q, err))
			return false;
	return step == STEP_DONE && end_asset(&x, err);
}
