/* weir store: copies, prunes and examines the state. */
#include "base/log.h"
#include "cmd/upkeep.h"
#include "report/text.h"
#include "run/kept_files.h"

enum { AUDIT_PRUNE_MS = 2000 };

static const char *const verbs[] = {"backup", "check", "info", "prune", NULL};

static const struct option_def store_options[] = {
	{"force", 0, OPT_FLAG, NULL, NULL, "backup: replaces a file that is there."},
	{"dry-run", 0, OPT_FLAG, NULL, NULL, "prune: says what would go, and removes nothing."},
};

/* Remarks ----------------------------------------------------------------------------------------------------- */

static void
remarks_json(const struct remarks *r, struct buf *b)
{
	struct json_writer j;

	json_write_init(&j, b, 2);
	json_object(&j);
	json_key(&j, "checks");
	json_array(&j);
	for (size_t i = 0; i < r->list.n; i++) {
		const struct remark *m = &r->list.v[i];

		json_object_inline(&j);
		json_put_str(&j, "subject", m->subject);
		json_put_str(&j, "level", remark_level_names[m->level]);
		json_put_sv(&j, "message", m->message);
		json_put_sv(&j, "remedy", m->remedy);
		json_object_end(&j);
	}
	json_array_end(&j);
	json_key(&j, "summary");
	json_object_inline(&j);
	for (size_t i = 0; i < LEN(r->count); i++)
		json_put_i64(&j, remark_level_names[i], (int64_t)r->count[i]);
	json_object_end(&j);
	json_object_end(&j);
	buf_putc(b, '\n');
}

/* Last, where the eye is when the list is through. */
static void
remarks_summary(const struct report_style *s, const struct remarks *r, struct buf *b)
{
	const size_t bad = r->count[REMARK_FAIL], odd = r->count[REMARK_WARN];

	text_mark(s, b, bad > 0 ? OUTCOME_FAIL : odd > 0 ? OUTCOME_WARN : OUTCOME_PASS);
	if (bad == 0)
		buf_puts(b, " nothing is broken");
	else
		buf_printf(b, " %zu %s broken", bad, bad == 1 ? "thing is" : "things are");
	if (odd > 0)
		buf_printf(b, ", %zu warning%s", odd, odd == 1 ? "" : "s");
	buf_putc(b, '\n');
}

static void
remarks_text(const struct report_style *s, const struct remarks *r, struct buf *b)
{
	static const enum outcome like[] = {OUTCOME_PASS, OUTCOME_WARN, OUTCOME_FAIL};
	int width = 0;

	for (size_t i = 0; i < r->list.n; i++)
		width = MAX(width, (int)strlen(r->list.v[i].subject));
	for (size_t i = 0; i < r->list.n; i++) {
		const struct remark *m = &r->list.v[i];

		text_mark(s, b, like[m->level]);
		buf_putc(b, ' ');
		text_pad(b, sv_of(m->subject), width);
		buf_puts(b, "  ");
		text_plain(b, m->message);
		buf_putc(b, '\n');
		if (m->remedy.n > 0) {
			buf_printf(b, "%*s", (s->unicode ? 2 : 5) + width + 2, "");
			text_plain(b, m->remedy);
			buf_putc(b, '\n');
		}
	}
	buf_putc(b, '\n');
	remarks_summary(s, r, b);
}

int
upkeep_remarks(struct options *o, const struct opened *w, const struct remarks *r, bool strict)
{
	AUTO(buf) text = buf_new((size_t)64 << 20);
	struct err err = {0};

	if (sv_is(opt_text(o, "format"), "json"))
		remarks_json(r, text);
	else
		remarks_text(&w->style, r, text);
	if (!buf_check(text, "the list", &err))
		return output_failure(&err);
	return output_text(buf_sv(text), r->count[REMARK_FAIL] > 0             ? 3
	                                 : strict && r->count[REMARK_WARN] > 0 ? 1
	                                                                       : 0);
}

/* Pruning ----------------------------------------------------------------------------------------------------- */

/* What is kept of the parts of files lies beside the state. */
static int64_t
prune_kept(struct opened *w, bool dry_run)
{
	const char *folder = store_folder(w->w.store, w->w.a);

	return folder != NULL ? run_prune_kept(&w->w, arena_printf(w->w.a, "%s/kept", folder), dry_run) : 0;
}

void
upkeep_after_audit(struct opened *w)
{
	struct err err = {0};
	struct pruned done;
	struct prune p;

	run_retention(&w->w, &p);
	p.deadline_ns = clock_mono_ns() + AUDIT_PRUNE_MS * INT64_C(1000000);
	if (!store_prune(w->w.store, &p, &done, &err))
		log_warn("old records were not pruned: %s", err.msg);
	else if (!done.complete)
		log_info("old records were pruned in part; the next audit goes on, or weir store prune");
	(void)prune_kept(w, false); /* how many does not matter to an audit */
}

static void
pruned_text(const struct pruned *p, int64_t kept_files, bool dry_run, struct buf *b)
{
	int64_t all = 0;

	for (size_t i = 0; i < RETAIN_COUNT; i++) {
		all += p->rows[i];
		if (p->rows[i] > 0)
			buf_printf(b, "%-10s  %lld\n", retained_names[i], (long long)p->rows[i]);
	}
	if (kept_files > 0)
		buf_printf(b, "%-10s  %lld\n", "kept files", (long long)kept_files);
	if (all == 0 && kept_files == 0)
		buf_puts(b, "nothing is too old\n");
	else if (all > 0)
		buf_printf(b, "%s %lld record%s\n", dry_run ? "would prune" : "pruned", (long long)all,
		           all == 1 ? "" : "s");
}

static void
pruned_json(const struct pruned *p, int64_t kept_files, bool dry_run, struct buf *b)
{
	struct json_writer j;

	json_write_init(&j, b, 2);
	json_object(&j);
	json_put_bool(&j, "dry_run", dry_run);
	json_key(&j, "pruned");
	json_object(&j);
	for (size_t i = 0; i < RETAIN_COUNT; i++)
		json_put_i64(&j, retained_names[i], p->rows[i]);
	json_object_end(&j);
	json_put_i64(&j, "kept_files", kept_files);
	json_object_end(&j);
	buf_putc(b, '\n');
}

static int
prune(struct options *o, struct opened *w)
{
	AUTO(buf) text = buf_new(1 << 20);
	struct err err = {0};
	struct pruned done;
	struct prune p;
	int64_t kept_files;

	run_identify(&w->w);
	run_retention(&w->w, &p);
	p.dry_run = opt_flag(o, "dry-run");
	if (!store_prune(w->w.store, &p, &done, &err))
		return output_failure(&err);
	kept_files = prune_kept(w, p.dry_run);
	if (sv_is(opt_text(o, "format"), "json"))
		pruned_json(&done, kept_files, p.dry_run, text);
	else
		pruned_text(&done, kept_files, p.dry_run, text);
	return output_text(buf_sv(text), 0);
}

/* The others -------------------------------------------------------------------------------------------------- */

static int
backup(struct options *o, struct opened *w)
{
	struct err err = {0};
	int64_t bytes;

	if (!store_backup(w->w.store, o->arg[1], opt_flag(o, "force"), &bytes, &err))
		return output_failure(&err);
	printf("%s: %lld bytes, whole\n", o->arg[1], (long long)bytes);
	return output_finish(0);
}

static int
check(struct options *o, struct opened *w)
{
	struct remarks r = {.a = o->a};
	struct err err = {0};

	if (!store_examine(w->w.store, true, &r, &err))
		return output_failure(&err);
	return upkeep_remarks(o, w, &r, false);
}

static void
info_text(const struct store_info *i, struct buf *b)
{
	char oldest[RFC3339_MAX], newest[RFC3339_MAX];

	buf_puts(b, "path      ");
	text_plain(b, sv_of(i->path != NULL ? i->path : "nothing is stored yet"));
	buf_printf(b, "\nsize      %lld bytes, and %lld in the log; %lld unused\nschema    %lld\n",
	           (long long)i->bytes, (long long)i->wal_bytes, (long long)i->free_bytes,
	           (long long)i->schema);
	for (size_t k = 0; k < i->ntable; k++) {
		const struct table_info *t = &i->table[k];

		buf_printf(b, "%-9s %lld", t->name, (long long)t->rows);
		if (t->oldest_us != TIME_NONE)
			buf_printf(b, "  from %s to %s", rfc3339_format(t->oldest_us, oldest),
			           rfc3339_format(t->newest_us, newest));
		buf_putc(b, '\n');
	}
}

static void
info_json(const struct store_info *i, struct buf *b)
{
	struct json_writer j;

	json_write_init(&j, b, 2);
	json_object(&j);
	json_put_str(&j, "path", i->path);
	json_put_i64(&j, "bytes", i->bytes);
	json_put_i64(&j, "wal_bytes", i->wal_bytes);
	json_put_i64(&j, "free_bytes", i->free_bytes);
	json_put_i64(&j, "schema", i->schema);
	json_key(&j, "tables");
	json_object(&j);
	for (size_t k = 0; k < i->ntable; k++) {
		json_key(&j, i->table[k].name);
		json_object_inline(&j);
		json_put_i64(&j, "rows", i->table[k].rows);
		json_put_time(&j, "oldest", i->table[k].oldest_us);
		json_put_time(&j, "newest", i->table[k].newest_us);
		json_object_end(&j);
	}
	json_object_end(&j);
	json_object_end(&j);
	buf_putc(b, '\n');
}

static int
info(struct options *o, struct opened *w)
{
	AUTO(buf) text = buf_new(1 << 20);
	struct store_info i;
	struct err err = {0};

	if (!store_describe(w->w.store, o->a, &i, &err))
		return output_failure(&err);
	if (sv_is(opt_text(o, "format"), "json"))
		info_json(&i, text);
	else
		info_text(&i, text);
	return output_text(buf_sv(text), 0);
}

static const struct {
	enum store_mode mode;
	int nargs;
	bool json;
	const char *option; /* that it alone takes */
	int (*run)(struct options *o, struct opened *w);
} actions[] = {
	{STORE_READ, 2, false, "force", backup},
	{STORE_READ, 1, true, NULL, check},
	{STORE_READ, 1, true, NULL, info},
	{STORE_WRITE, 1, true, "dry-run", prune},
};

static bool
options_fit(const struct options *o, size_t which, struct err *err)
{
	const char *verb = verbs[which];

	if (o->narg != actions[which].nargs)
		return err_set(err, ERR_USAGE, NOWHERE, "weir store %s takes %s", verb,
		               actions[which].nargs == 2 ? "one FILE" : "no arguments");
	for (size_t i = 0; i < LEN(store_options); i++) {
		const char *name = store_options[i].name;

		if (opt(o, name)->given &&
		    (actions[which].option == NULL || strcmp(actions[which].option, name) != 0))
			return err_set(err, ERR_USAGE, NOWHERE, "weir store %s takes no --%s", verb, name);
	}
	if (sv_is(opt_text(o, "format"), "json") && !actions[which].json)
		return err_set(err, ERR_USAGE, NOWHERE, "weir store %s writes no JSON", verb);
	return true;
}

static int
run_store(struct options *o)
{
	struct err err = {0};
	struct opened w;
	size_t which = 0;
	int status;

	while (strcmp(verbs[which], o->arg[0]) != 0)
		which++;
	if (!options_fit(o, which, &err))
		return output_failure(&err);
	if (!opened_workspace(o, actions[which].mode, &w, &status))
		return status;
	status = actions[which].run(o, &w);
	progress_end(&w.progress);
	opened_close(&w);
	return status;
}

const struct command cmd_store = {
	.name = "store",
	.instead =
		"The state is a file on the service's machine: weir store works there, also while the service runs.",
	.group = GROUP_UPKEEP,
	.synopsis = "backup FILE [--force] | check | info | prune [--dry-run]",
	.summary = "Copies, examines and prunes the state",
	.doc = "backup copies the whole state, as of one moment, while others go on.  check ends with 3 if "
	       "something is "
	       "broken.\n"
	       "prune removes what is older than retention: in the catalog says, in this environment, but "
	       "never what a "
	       "gate,\n"
	       "freshness or staleness still rests on; weir audit does the same at its end.",
	.example = "weir store backup /backup/weir-$(date +%F).db",
	.formats = formats_text_json,
	.option = store_options,
	.noption = LEN(store_options),
	.min_args = 1,
	.max_args = 2,
	.verbs = verbs,
	.run = run_store,
};
