/* weir gate: allow or block, with reasons. */
#include "cmd/gate.h"

#include "catalog/partition.h"
#include "cmd/deliver.h"
#include "cmd/gate_here.h"
#include "cmd/workspace.h"

const struct option_def gate_options[GATE_OPTIONS] = {
	{"run", 0, OPT_FLAG, NULL, NULL, "Checks what is unchecked first."},
	{"wait", 0, OPT_DURATION, "DUR", NULL,
         "Waits for inputs that are unchecked, late, missing or in progress."},
	{"override", 0, OPT_TEXT, "REASON", NULL, "Lets these versions through, on record; needs --for."},
	{"for", 0, OPT_DURATION, "DUR", NULL, "How long an override holds."},
};

static int
write_decision(struct opened *w, struct options *o, const struct decision *d)
{
	AUTO(buf) text = buf_new((size_t)256 << 20);
	struct err err = {0};

	progress_end(&w->progress);
	if (sv_is(opt_text(o, "format"), "json")) {
		struct json_writer j;

		json_write_init(&j, text, 2);
		gate_json(d, &j);
		buf_putc(text, '\n');
	} else {
		gate_text(d, w->style.colour, w->style.unicode, text);
		if (w->style.verbose)
			gate_text_inputs(d, text);
	}
	if (!buf_check(text, "the decision", &err))
		return output_failure(&err);
	return output_text(buf_sv(text), output_status(o, gate_exit_status(d)));
}

/* A gate answers also when its state cannot be read or written: undecided, and on no record. */
static int
decide(struct opened *w, struct options *o, const struct gate_request *r)
{
	struct decision d;
	struct err err = {0}, why;

	if (opened_state(o, STORE_WRITE, w, &err) && gate_decide(&w->w, r, &d, &err)) {
		int status = write_decision(w, o, &d);

		/* What its checks found is told like what others find, once the answer is out. */
		if (r->run)
			deliver_alerts(w);
		return status;
	}
	if (err.code != ERR_STORE)
		return output_failure(&err);
	output_error(&err);
	why = err;
	if (!gate_undecided(&w->w, r, &why, &d, &err))
		return output_failure(&err);
	return write_decision(w, o, &d);
}

bool
gate_request(struct options *o, struct gate_request *ret, struct err *err)
{
	*ret = (struct gate_request){
		.asset = sv_of(o->arg[0]),
		.partition = opt_text(o, "partition"),
		.run = opt_flag(o, "run"),
		.wait_us = opt_number(o, "wait", 0),
		.override_reason = opt_text(o, "override"),
		.for_us = opt_number(o, "for", 0),
		.who = user_name(o->a),
	};
	if (opt(o, "override")->given != opt(o, "for")->given) {
		err_set(err, ERR_USAGE, NOWHERE, "--override and --for go together");
		return err_hint(err, "an override ends by itself: --override \"backfill of May\" --for 2h");
	}
	return !opt(o, "override")->given || ret->override_reason.n > 0 ||
	       err_set(err, ERR_USAGE, NOWHERE, "--override needs a reason");
}

static int
gate_run(struct options *o)
{
	struct gate_request r;
	struct err err = {0};
	struct opened w;
	int status;

	if (!gate_request(o, &r, &err))
		return output_failure(&err);
	if (!opened_catalog(o, &w))
		return 2;
	status = decide(&w, o, &r);
	opened_close(&w);
	return status;
}

bool
gate_usual_names(struct arena *a, const struct catalog *c, struct gate_request *r, struct err *err)
{
	const struct asset *asset = c != NULL ? catalog_asset(c, r->asset) : NULL;
	struct partition p;

	if (asset == NULL)
		return true;
	r->asset = asset->key;
	if (r->partition.n == 0)
		return true;
	if (!partition_parse(a, asset, r->partition, &p, err)) {
		err->code = ERR_USAGE;
		return err_prefix(err, "--partition");
	}
	r->partition = p.key;
	return true;
}

/* An input that the service does not see may lie here. */
static const struct asset *
asset_with_elsewhere(const struct opened *w, struct sv key)
{
	const struct asset *asset = w->w.catalog != NULL ? catalog_asset(w->w.catalog, key) : NULL;

	for (size_t i = 0; asset != NULL && i < asset->ndep; i++) {
		const struct asset *up = catalog_asset(w->w.catalog, asset->dep[i].key);

		if (up != NULL && up->elsewhere)
			return asset;
	}
	return NULL;
}

static bool
ask(struct opened *w, struct options *o, struct remote *service, struct gate_request *r, struct decision *d,
    struct err *err)
{
	const struct gate_here here = {
		.w = w, .service = service, .asset = asset_with_elsewhere(w, r->asset), .elsewhere = true};

	if (here.asset == NULL)
		return remote_gate(service, o->a, r, d, err);
	return opened_memory(o, w, err) && gate_here(&here, r, d, err);
}

static int
ask_service(struct opened *w, struct options *o, struct gate_request *r)
{
	AUTO(remote) service = NULL;
	struct err err = {0}, why;
	struct decision d;

	if (!gate_usual_names(o->a, w->w.catalog, r, &err) || !remote_open(o, &service, &err))
		return output_failure(&err);
	if (ask(w, o, service, r, &d, &err))
		return write_decision(w, o, &d);
	if (err.code != ERR_STORE)
		return output_failure(&err);
	output_error(&err);
	why = err;
	if (w->w.catalog == NULL || catalog_asset(w->w.catalog, r->asset) == NULL)
		remote_gate_undecided(o->a, r, &why, &d);
	else if (!gate_undecided(&w->w, r, &why, &d, &err))
		return output_failure(&err);
	return write_decision(w, o, &d);
}

static int
gate_remote(struct options *o)
{
	struct gate_request r;
	struct err err = {0};
	struct opened w;
	bool found;

	if (!gate_request(o, &r, &err) || !remote_now(o, &err))
		return output_failure(&err);
	if (!opened_catalog_if_any(o, &w, &found))
		return 2;

	int status = ask_service(&w, o, &r);

	if (w.w.store != NULL)
		opened_close(&w);
	return status;
}

const struct command cmd_gate = {
	.name = "gate",
	.group = GROUP_PIPELINE,
	.asset_args = true,
	.synopsis = "ASSET [--partition K] [--run] [--wait DUR] [--override REASON --for DUR]",
	.summary = "May this asset be made now?  Allow or block, with reasons",
	.doc = "Looks at the direct inputs, in the very versions that lie there.  Status 0 allows, 1 blocks.",
	.example = "weir gate marts/sales --run && make sales",
	.formats = formats_text_json,
	.option = gate_options,
	.noption = LEN(gate_options),
	.reads_data = true,
	.min_args = 1,
	.max_args = 1,
	.run = gate_run,
	.remote = gate_remote,
};
