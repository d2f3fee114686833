#include "gate/guard.h"

static const struct part_fact *
part_of(const struct gate_facts *f, const struct gate_input *in, bool *told)
{
	for (size_t i = 0; i < f->ninput; i++)
		for (size_t k = 0; sv_eq(f->input[i].upstream, in->upstream) && k < f->input[i].npart; k++)
			if (sv_eq(f->input[i].part[k].partition, in->partition)) {
				*told = f->input[i].told;
				return &f->input[i].part[k];
			}
	return NULL;
}

static const struct gate_input *
row_of(const struct decision *d, struct sv upstream, struct sv partition)
{
	for (size_t i = 0; i < d->ninput; i++)
		if (sv_eq(d->input[i].upstream, upstream) && sv_eq(d->input[i].partition, partition))
			return &d->input[i];
	return NULL;
}

/*
 * By version where the gate knew one, by time else.  What the gate knew nothing of cannot be told to have
 * moved.
 */
static bool
has_moved(const struct gate_input *in, const struct part_fact *now)
{
	if (in->data_version.n == 0 && in->stamp_us == TIME_NONE)
		return now != NULL && now->undecided.n == 0 && !now->missing &&
		       (now->version_after.n > 0 || now->stamp_us != TIME_NONE);
	if (now == NULL || now->undecided.n > 0 || now->missing)
		return true;
	if (in->data_version.n > 0 || now->version_after.n > 0)
		return !sv_eq(in->data_version, now->version) || !sv_eq(in->data_version, now->version_after);
	return in->stamp_us != now->stamp_us;
}

/* Who writes has begun since, and nobody can see how far that went. */
static bool
is_moving(const struct gate_input *in, const struct part_fact *now, bool told)
{
	return told && now != NULL && now->started_us != TIME_NONE && now->started_us != in->started_us;
}

void
guard_moves(struct arena *a, const struct decision *judged, const struct gate_facts *now,
            struct guard_move **ret, size_t *n)
{
	const enum gate_effect most = now->policy->shadow ? EFFECT_WARN : EFFECT_BLOCK;
	const enum gate_effect policy = MIN(now->policy->effect[REASON_CHANGED], most);
	LIST(struct guard_move) list = {0};

	for (size_t i = 0; i < judged->ninput; i++) {
		const struct gate_input *in = &judged->input[i];
		bool told = false;
		const struct part_fact *part = part_of(now, in, &told);

		if (has_moved(in, part) || is_moving(in, part, told))
			*LIST_ADD(a, &list) = (struct guard_move){
				.upstream = in->upstream,
				.partition = in->partition,
				.had = in->data_version,
				.now = part != NULL ? part->version_after : (struct sv){0},
				.effect = MIN(policy, in->cap),
			};
	}
	for (size_t i = 0; i < now->ninput; i++)
		for (size_t k = 0; k < now->input[i].npart; k++) {
			const struct input_fact *in = &now->input[i];
			const struct part_fact *part = &in->part[k];

			if (!part->missing && row_of(judged, in->upstream, part->partition) == NULL)
				*LIST_ADD(a, &list) = (struct guard_move){
					.upstream = in->upstream,
					.partition = part->partition,
					.now = part->version_after,
					.effect = MIN(policy, in->cap),
				};
		}
	*ret = list.v;
	*n = list.n;
}

enum gate_effect
guard_worst(const struct guard_move *move, size_t n)
{
	enum gate_effect worst = EFFECT_ALLOW;

	for (size_t i = 0; i < n; i++)
		worst = MAX(worst, move[i].effect);
	return worst;
}

void
guard_inputs(struct arena *a, const struct decision *judged, const struct guard_move *move, size_t nmove,
             const char *run_id, struct event_input **ret, size_t *n)
{
	LIST(struct event_input) list = {0};

	for (size_t i = 0; i < nmove; i++) {
		struct event_input in = {.key = move[i].upstream, .partition = move[i].partition};

		in.version = arena_svf(a, "changed during %s", run_id);
		*LIST_ADD(a, &list) = in;
		in.version = move[i].had;
		if (in.version.n > 0)
			*LIST_ADD(a, &list) = in;
		in.version = move[i].now;
		if (in.version.n > 0)
			*LIST_ADD(a, &list) = in;
	}
	for (size_t i = 0; i < judged->ninput; i++) {
		const struct gate_input *in = &judged->input[i];
		bool moved = false;

		for (size_t k = 0; k < nmove && !moved; k++)
			moved = sv_eq(move[k].upstream, in->upstream) &&
			        sv_eq(move[k].partition, in->partition);
		if (!moved)
			*LIST_ADD(a, &list) = (struct event_input){
				.key = in->upstream, .partition = in->partition, .version = in->data_version};
	}
	*ret = list.v;
	*n = list.n;
}

struct guard_verdict
guard_judge(const struct asset_result *r, size_t n)
{
	struct guard_verdict v = {0};

	for (size_t i = 0; i < n; i++) {
		/* Also where no check blocks, or none is declared: what cannot be read is no output. */
		v.errors += r[i].err.code != ERR_NONE;
		for (size_t k = 0; k < r[i].ncheck; k++) {
			const struct check_result *c = &r[i].check[k];

			if (!c->check->blocking)
				continue;
			v.errors += c->verdict.outcome == OUTCOME_ERROR;
			v.failed += c->waiver == NULL &&
			            check_blocks(true, c->check->severity, c->verdict.outcome);
		}
	}
	return v;
}
