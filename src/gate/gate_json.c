/* A decision as the contract writes it. */
#include "gate/gate.h"

static void
put_sv(struct json_writer *w, const char *key, struct sv v)
{
	json_put_sv(w, key, v);
}

static void
put_str(struct json_writer *w, const char *key, const char *v)
{
	json_put_str(w, key, v);
}

static void
put_reason(struct json_writer *w, const struct reason *r)
{
	json_object(w);
	put_sv(w, "upstream", r->upstream);
	put_sv(w, "partition", r->partition);
	put_str(w, "kind", reason_names[r->kind]);
	if (r->check.n > 0)
		put_sv(w, "check", r->check);
	put_sv(w, "message", r->message);
	put_sv(w, "data_version", r->data_version);
	put_str(w, "effect", effect_names[r->effect]);
	if (r->npartition > 1) {
		json_put_i64(w, "partition_count", (int64_t)r->npartition);
		json_key(w, "partitions");
		json_array_inline(w);
		for (size_t i = 0; i < r->nnamed; i++)
			json_sv(w, r->named[i]);
		json_array_end(w);
	}
	json_object_end(w);
}

const char *
gate_input_checks(const struct gate_input *in)
{
	/* What failed already is the more telling. */
	if (in->unchecked && in->checks != OUTCOME_FAIL && in->checks != OUTCOME_ERROR)
		return "unchecked";
	return in->checks == OUTCOME_SKIPPED ? "none" : outcome_names[in->checks];
}

static void
put_input(struct json_writer *w, const struct gate_input *in)
{
	json_object(w);
	put_sv(w, "upstream", in->upstream);
	put_sv(w, "partition", in->partition);
	put_sv(w, "data_version", in->data_version);
	put_str(w, "freshness", fresh_status_names[in->freshness]);
	put_str(w, "checks", gate_input_checks(in));
	if (in->elsewhere) {
		json_put_bool(w, "elsewhere", true);
		json_put_time(w, "observed_at", in->observed_us);
	}
	json_object_end(w);
}

void
gate_json(const struct decision *d, struct json_writer *w)
{
	json_object(w);
	put_sv(w, "asset", d->asset);
	put_sv(w, "partition", d->partition);
	put_str(w, "decision", d->allow ? "allow" : "block");
	put_str(w, "mode", d->shadow ? "shadow" : "enforce");
	json_put_bool(w, "would_block", d->would_block);
	json_put_time(w, "decided_at", d->decided_us);
	put_str(w, "catalog", d->catalog_hash);
	json_key(w, "reasons");
	json_array(w);
	for (size_t i = 0; i < d->nreason; i++)
		put_reason(w, &d->reason[i]);
	json_array_end(w);
	json_key(w, "inputs");
	json_array(w);
	for (size_t i = 0; i < d->ninput; i++)
		put_input(w, &d->input[i]);
	json_array_end(w);
	json_object_end(w);
}

int
gate_exit_status(const struct decision *d)
{
	return d->allow ? 0 : 1;
}
