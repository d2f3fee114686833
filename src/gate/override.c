/* Overrides: somebody opens the gate by hand, for the versions that lie there now and for a time. */
#include "gate/facts.h"

struct sv
gate_fingerprint(struct arena *a, const struct gate_facts *f)
{
	struct hasher h;
	char hex[HASH_HEX];

	hasher_init(&h);
	for (size_t i = 0; i < f->ninput; i++) {
		const struct input_fact *in = &f->input[i];

		hasher_add(&h, in->upstream);
		hasher_add_i64(&h, (int64_t)in->npart);
		for (size_t k = 0; k < in->npart; k++) {
			hasher_add(&h, in->part[k].partition);
			hasher_add(&h, in->part[k].version);
			hasher_add_i64(&h, in->part[k].version.n == 0 ? in->part[k].stamp_us : 0);
		}
	}
	hasher_end(&h, hex);
	return arena_sv(a, sv_of(hex));
}

bool
gate_find_override(struct workspace *w, struct gate_facts *f, struct err *err)
{
	struct sv version = gate_fingerprint(w->a, f);
	struct stored_override *o;
	size_t n;

	f->override = NULL;
	if (!store_overrides(w->store, w->a, f->asset, f->partition, f->now_us, &o, &n, err))
		return false;
	for (size_t i = 0; i < n && f->override == NULL; i++)
		if (sv_eq(o[i].version, version))
			f->override = &o[i];
	return true;
}

bool
gate_add_override(struct workspace *w, const struct gate_request *r, struct gate_facts *f, struct err *err)
{
	struct stored_override *o = ARENA_NEW(w->a, struct stored_override);

	if (r->for_us <= 0) {
		err_set(err, ERR_USAGE, NOWHERE, "an override needs an end");
		return err_hint(err, "Say how long it holds: --for 2h.");
	}
	*o = (struct stored_override){
		.asset = f->asset,
		.partition = f->partition,
		.reason = r->override_reason,
		.who = r->who,
		.version = gate_fingerprint(w->a, f),
		.from_us = f->now_us,
	};
	if (__builtin_add_overflow(f->now_us, r->for_us, &o->until_us))
		return err_set(err, ERR_USAGE, NOWHERE, "the override would never end");
	if (!store_add_override(w->store, o, err))
		return false;
	o->id = arena_sv(w->a, o->id);
	f->override = o;
	return true;
}
