/*
 * Each kind of record is a row of the table below: which rows are old (looked for without the lock, a stretch of row ids at a time), and
 * which of those may go (decided under the lock, where nobody can come to need them meanwhile).
 *
 * What versions are still needed follows from the events: those of the newest events, and those that these were made from, all the way.
 * They stand in a temporary table, made anew when another process has written in between.
 */
#include "store/prune.h"

#include "store/db.h"
#include "store/samples.h"

/* How many row ids are looked through at once. */
#define STRETCH INT64_C(20000)
/* At least what `fresh` takes the usual interval from. */
#define ARRIVALS_KEPT "32"
#define SAMPLE_MAX ((size_t)256 << 20)

struct pruning {
	struct store *s;
	const struct prune *p;
	int64_t now_us;
	int data_version; /* of SQLite: which state of the file temp.live was made from */
	struct pruned done;
};

struct rule {
	enum retained kind;
	const char *what; /* behind "cannot" */
	const char *bounds;
	const char *find;   /* up to PRUNE_ROWS old ones with ids in (?2, ?3], older than ?4 */
	const char *remove; /* those of them that nobody needs; ?5, where it occurs, is now */
	/* Not NULL: `remove` reads a row and its text, and this puts the text back without samples. */
	const char *put_back;
};

/* Old rows of a table by an SQL expression for their time. */
#define BOUNDS(table) "SELECT (SELECT min(rowid) FROM " table ") - 1, (SELECT max(rowid) FROM " table ")"
#define RUN_AGE "coalesce(finished_us, started_us)"
#define WAIVER_END "min(until_us, coalesce(ended_us, until_us))"
/* The signs keep SQLite from indexes: it would walk all of the environment for each stretch of row ids. */
#define OLD(age) "+env = :env AND rowid > ?2 AND rowid <= ?3 AND +" age " < ?4"
#define FIND(table, age) \
	"SELECT rowid FROM " table " WHERE " OLD(age) " ORDER BY rowid LIMIT 1000" /* PRUNE_ROWS */

/*
 * v: the last good verdict of a check that is declared, whatever its identity or version: later data is compared with it, also by a check whose bounds
 * were changed since, and that of a version that stays the same whatever the data.  Where none passed yet, the last one that was too early.
 */
#define IS_LAST_GOOD                                                                                        \
	"(v.outcome IN ('pass', 'skipped') AND (NOT EXISTS (SELECT 1 FROM temp.identity)"                   \
	" OR EXISTS (SELECT 1 FROM temp.identity i WHERE i.id = v.check_id)) AND NOT EXISTS"                \
	" (SELECT 1 FROM verdict n WHERE n.env = v.env AND n.asset = v.asset AND n.partition = v.partition" \
	" AND n.check_id = v.check_id AND n.expectation = v.expectation"                                    \
	" AND n.outcome IN ('pass', v.outcome) AND n.seq > v.seq))"
/* m: its number, where the check compares with that. */
#define IS_OF_LAST_GOOD                                                                               \
	"(EXISTS (SELECT 1 FROM temp.identity i WHERE i.id = m.name AND i.last_good <> 0) AND EXISTS" \
	" (SELECT 1 FROM verdict AS v WHERE v.run = m.run AND +v.env = m.env AND +v.asset = m.asset"  \
	" AND +v.partition = m.partition AND +v.check_id = m.name AND " IS_LAST_GOOD "))"

/* m: a distribution that is the last good one, of an asset with partitions of all of them. */
#define IS_LAST_GOOD_SKETCH                                                                           \
	"(m.flagged = 0 AND EXISTS (SELECT 1 FROM temp.identity i WHERE i.sketch = m.name)"           \
	" AND NOT EXISTS (SELECT 1 FROM sketch n WHERE n.env = m.env AND n.asset = m.asset"           \
	" AND n.name = m.name AND (n.partition = m.partition OR m.partition <> '') AND n.flagged = 0" \
	" AND n.seq > m.seq))"

/* v: one that a newer one on the same has replaced, or that is about neither what is current nor a declared check's last word, nor the last good one. */
#define VERDICT_MAY_GO                                                                                     \
	"(NOT " IS_LAST_GOOD " AND (EXISTS (SELECT 1 FROM verdict n WHERE n.env = v.env"                   \
	" AND n.asset = v.asset AND n.partition = v.partition AND n.version = v.version"                   \
	" AND n.check_hash = v.check_hash AND n.seq > v.seq)"                                              \
	" OR (NOT EXISTS (SELECT 1 FROM temp.live l WHERE l.asset = v.asset AND l.partition = v.partition" \
	" AND l.version = v.version)"                                                                      \
	" AND (EXISTS (SELECT 1 FROM verdict n WHERE n.env = v.env AND n.asset = v.asset"                  \
	" AND n.partition = v.partition AND n.check_hash = v.check_hash AND n.seq > v.seq)"                \
	" OR (EXISTS (SELECT 1 FROM temp.identity) AND NOT EXISTS"                                         \
	" (SELECT 1 FROM temp.identity i WHERE i.hash = v.check_hash))))))"

/* e: not the newest of its kind, nor of a version that counts, nor one of the last arrivals. */
#define EVENT_MAY_GO                                                                                        \
	"EXISTS (SELECT 1 FROM event n WHERE n.env = e.env AND n.asset = e.asset AND n.kind = e.kind"       \
	" AND n.partition = e.partition AND n.at_us <= ?5 AND (n.at_us, n.seq) > (e.at_us, e.seq))"         \
	" AND (e.kind <> 'materialized'"                                                                    \
	" OR (" ARRIVALS_KEPT                                                                               \
	" <= (SELECT count(*) FROM (SELECT 1 FROM event n WHERE n.env = e.env AND n.asset = e.asset"        \
	" AND n.kind = 'materialized' AND n.at_us <= ?5 AND (n.at_us, n.seq) > (e.at_us, e.seq)"            \
	" LIMIT " ARRIVALS_KEPT "))"                                                                        \
	" AND (NOT EXISTS (SELECT 1 FROM temp.live l WHERE l.asset = e.asset AND l.partition = e.partition" \
	" AND l.version = e.version)"                                                                       \
	" OR EXISTS (SELECT 1 FROM event n WHERE n.env = e.env AND n.asset = e.asset"                       \
	" AND n.partition = e.partition AND n.version = e.version AND n.kind = 'materialized'"              \
	" AND (n.at_us, n.seq) > (e.at_us, e.seq)))))"

/* m: tells of no open incident, or not last of all of its kind to this channel. */
#define MESSAGE_MAY_GO                                                                               \
	"NOT EXISTS (SELECT 1 FROM message_incident t JOIN incident i ON i.id = t.incident"          \
	" WHERE t.message = m.seq AND i.resolved_us IS NULL AND NOT EXISTS"                          \
	" (SELECT 1 FROM message_incident u JOIN message n ON n.seq = u.message WHERE u.incident = " \
	"t.incident"                                                                                 \
	" AND n.seq > m.seq AND n.env = m.env AND n.channel = m.channel AND n.type = m.type))"

/* clang-format off */
static const struct rule rules[] = {
	{RETAIN_SAMPLES, "cut samples out of results", BOUNDS("verdict"),
	 "SELECT rowid FROM verdict WHERE " OLD("at_us") " AND " SAMPLES_IN("result") " ORDER BY rowid LIMIT 1000",
	 "SELECT rowid, result FROM verdict WHERE " OLD("at_us") " AND " SAMPLES_IN("result") " ORDER BY rowid LIMIT 1",
	 .put_back = "UPDATE verdict SET result = ? WHERE rowid = ?"},
	{RETAIN_SAMPLES, "cut samples out of reports", BOUNDS("run"),
	 "SELECT rowid FROM run WHERE " OLD("finished_us") " AND " SAMPLES_IN("report") " ORDER BY rowid LIMIT 1000",
	 "SELECT rowid, report FROM run WHERE " OLD("finished_us") " AND " SAMPLES_IN("report") " ORDER BY rowid LIMIT 1",
	 .put_back = "UPDATE run SET report = ? WHERE rowid = ?"},
	{RETAIN_RESULTS, "prune verdicts", BOUNDS("verdict"), FIND("verdict", "at_us"),
	 .remove = "DELETE FROM verdict AS v WHERE " OLD("at_us") " AND " VERDICT_MAY_GO},
	{RETAIN_RESULTS, "prune runs", BOUNDS("run"), FIND("run", RUN_AGE),
	 .remove = "DELETE FROM run AS r WHERE " OLD(RUN_AGE) " AND NOT EXISTS (SELECT 1 FROM verdict v"
		   " WHERE v.run = r.id AND NOT coalesce(v.at_us < ?4 AND " VERDICT_MAY_GO ", 0))"},
	/* The newest of each kind is what the next run is compared with. */
	{RETAIN_REPORTS, "prune reports", BOUNDS("run"),
	 "SELECT rowid FROM run WHERE " OLD("finished_us") " AND report <> '' ORDER BY rowid LIMIT 1000",
	 .remove = "UPDATE run AS r SET (env, report) = (:env, '') WHERE " OLD("finished_us") " AND report <> ''"
		   " AND EXISTS (SELECT 1 FROM run n WHERE n.env = r.env AND n.kind = r.kind AND n.rowid > r.rowid"
		   " AND n.report <> '')"},
	{RETAIN_METRICS, "prune metrics", BOUNDS("metric"), FIND("metric", "at_us"),
	 .remove = "DELETE FROM metric AS m WHERE " OLD("at_us") " AND NOT " IS_OF_LAST_GOOD},
	{RETAIN_METRICS, "prune distributions", BOUNDS("sketch"), FIND("sketch", "at_us"),
	 .remove = "DELETE FROM sketch AS m WHERE " OLD("at_us") " AND NOT " IS_LAST_GOOD_SKETCH},
	{RETAIN_EVENTS, "prune events", BOUNDS("event"), FIND("event", "at_us"),
	 .remove = "DELETE FROM event AS e WHERE " OLD("at_us") " AND " EVENT_MAY_GO},
	/* They have no row ids, and are few: looked through as a whole.  Equal bounds lift the limit. */
	{RETAIN_VERSIONS, "prune versions", NULL, NULL,
	 .remove = "DELETE FROM version WHERE env = :env AND (asset, partition, version) IN"
		   " (SELECT asset, partition, version FROM version v WHERE env = :env AND first_us < ?4"
		   " AND NOT EXISTS (SELECT 1 FROM temp.live l WHERE l.asset = v.asset AND l.partition = v.partition"
		   " AND l.version = v.version)"
		   " AND EXISTS (SELECT 1 FROM version n WHERE n.env = :env AND n.asset = v.asset"
		   " AND n.partition = v.partition AND n.first_us > v.first_us)"
		   " LIMIT CASE ?2 WHEN ?3 THEN -1 ELSE 1000 END)"},
	{RETAIN_DECISIONS, "prune decisions", BOUNDS("decision"), FIND("decision", "at_us"),
	 .remove = "DELETE FROM decision WHERE " OLD("at_us")},
	{RETAIN_DECISIONS, "prune overrides", BOUNDS("override"), FIND("override", "until_us"),
	 .remove = "DELETE FROM override WHERE " OLD("until_us")},
	{RETAIN_INCIDENTS, "prune incidents", BOUNDS("incident"), FIND("incident", "resolved_us"),
	 .remove = "DELETE FROM incident AS i WHERE " OLD("resolved_us") " AND watched = 0 AND NOT EXISTS (SELECT 1 FROM message_incident t"
		   " JOIN message m ON m.seq = t.message WHERE t.incident = i.id AND m.state = 'pending')"},
	{RETAIN_INCIDENTS, "prune mutes", BOUNDS("mute"), FIND("mute", WAIVER_END),
	 .remove = "DELETE FROM mute WHERE " OLD(WAIVER_END)},
	{RETAIN_ALERTS, "prune messages", BOUNDS("message"), FIND("message", "settled_us"),
	 .remove = "DELETE FROM message AS m WHERE " OLD("settled_us") " AND state <> 'pending' AND " MESSAGE_MAY_GO},
	{RETAIN_WAIVERS, "prune waivers", BOUNDS("waiver"), FIND("waiver", WAIVER_END),
	 .remove = "DELETE FROM waiver WHERE " OLD(WAIVER_END)},
};
/* clang-format on */

/* What counts ------------------------------------------------------------------------------------------------ */

static bool
put_alias(struct store *s, struct sv alias, struct sv key, struct err *err)
{
	static const char sql[] = "INSERT OR IGNORE INTO temp.alias (alias, key) VALUES (?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "note an alias", err))
		return false;
	query_text(&q, alias);
	query_text(&q, key);
	return query_run(&q, err);
}

static bool
put_check(struct store *s, const struct prune_check *c, struct err *err)
{
	static const char sql[] =
		"INSERT OR IGNORE INTO temp.identity (id, hash, last_good, sketch) VALUES (?, ?, ?, ?)";
	AUTO_QUERY q = {0};

	if (!query_begin(s, &q, sql, "note a check", err))
		return false;
	query_text(&q, c->id);
	query_text(&q, c->identity);
	query_i64(&q, c->last_good);
	query_text(&q, c->sketch);
	return query_run(&q, err);
}

static bool
put_declared(struct pruning *x, struct err *err)
{
	const struct catalog *c = x->p->catalog;

	for (size_t i = 0; c != NULL && i < c->nasset; i++)
		for (size_t k = 0; k < c->asset[i].nalias; k++)
			if (!put_alias(x->s, c->asset[i].alias[k], c->asset[i].key, err))
				return false;
	for (size_t i = 0; i < x->p->ncheck; i++)
		if (!put_check(x->s, &x->p->check[i], err))
			return false;
	return true;
}

/* What lies ahead of the clock may be the newest soon, or is already to those whose clock is ahead. */
static bool
fill_live(struct pruning *x, struct err *err)
{
/* Under its name of today, and under the one that it was recorded by. */
#define NAMES " CROSS JOIN (SELECT 0 AS old UNION ALL SELECT 1)"
#define KEY_OF                                                                                             \
	"CASE old WHEN 0 THEN coalesce((SELECT key FROM temp.alias WHERE alias = i.asset), i.asset) ELSE " \
	"i.asset END, i.partition, i.version"
	static const char sql[] =
		"INSERT OR IGNORE INTO temp.live (asset, partition, version)"
		" WITH RECURSIVE newest (seq, asset, partition, kind, version) AS ("
		" SELECT e.seq, e.asset, e.partition, e.kind, e.version FROM"
		" (SELECT DISTINCT env, asset, kind, partition FROM event WHERE env = :env) g"
		" JOIN event e ON e.seq = (SELECT seq FROM event WHERE env = g.env AND asset = g.asset"
		" AND kind = g.kind AND partition = g.partition AND at_us <= ?2 ORDER BY at_us DESC, seq "
		"DESC LIMIT 1)"
		" UNION SELECT seq, asset, partition, kind, version FROM event WHERE env = :env AND at_us > "
		"?2),"
		" counts (asset, partition, version) AS ("
		" SELECT asset, partition, version FROM newest"
		" UNION SELECT " KEY_OF " FROM newest n JOIN event_input i ON i.event = n.seq" NAMES
		" UNION SELECT " KEY_OF " FROM counts c JOIN event_input i ON i.event ="
		" (SELECT seq FROM event WHERE env = :env AND asset = c.asset AND partition = c.partition"
		" AND version = c.version AND kind = 'materialized' ORDER BY at_us DESC, seq DESC LIMIT 1)" NAMES
		" WHERE c.version <> '')"
		" SELECT asset, partition, version FROM counts WHERE version <> ''";
	AUTO_QUERY q = {0};

	if (!db_exec(x->s, "DELETE FROM temp.live", "look for what counts", err) ||
	    !query_begin(x->s, &q, sql, "look for what counts", err))
		return false;
	query_i64(&q, x->now_us);
	return query_run(&q, err);
}

static bool
prepare(struct pruning *x, struct err *err)
{
	static const char tables[] =
		"PRAGMA temp_store = MEMORY;"
		/* What is gone must not be read in the free pages of the file, or of its backups. */
		"PRAGMA secure_delete = ON;"
		"CREATE TEMP TABLE IF NOT EXISTS alias (alias TEXT PRIMARY KEY, key TEXT) WITHOUT ROWID;"
		"CREATE TEMP TABLE IF NOT EXISTS identity (id TEXT, hash TEXT, last_good INTEGER, sketch TEXT, PRIMARY KEY (id, hash)) WITHOUT ROWID;"
		"CREATE INDEX IF NOT EXISTS temp.identity_hash ON identity (hash);"
		"CREATE TEMP TABLE IF NOT EXISTS live (asset TEXT, partition TEXT, version TEXT,"
		" PRIMARY KEY (asset, partition, version)) WITHOUT ROWID;"
		"DELETE FROM temp.alias; DELETE FROM temp.identity;";

	return db_exec(x->s, tables, "prepare to prune", err) &&
	       db_pragma_int(x->s, "PRAGMA data_version", &x->data_version, err) && put_declared(x, err) &&
	       fill_live(x, err);
}

/* In the transaction that removes: others may have written since. */
static bool
renew_live(struct pruning *x, struct err *err)
{
	int version;

	if (!db_pragma_int(x->s, "PRAGMA data_version", &version, err))
		return false;
	if (version == x->data_version)
		return true;
	/* A rolled back transaction takes the table back, too: then it is made anew in each. */
	if (!x->p->dry_run)
		x->data_version = version;
	return fill_live(x, err);
}

/* Removing ------------------------------------------------------------------------------------------------------ */

static int64_t
cutoff(const struct pruning *x, enum retained kind)
{
	int64_t keep = x->p->keep->us[kind], at;

	if (kind == RETAIN_EVENTS)
		keep = MAX(keep, x->p->events_us);
	return keep == RETAIN_EVER || __builtin_sub_overflow(x->now_us, keep, &at) ? INT64_MIN : at;
}

static bool
out_of_time(const struct pruning *x)
{
	return x->p->deadline_ns != 0 && clock_mono_ns() >= x->p->deadline_ns;
}

static bool
begin_rule(struct pruning *x, struct query *q, const char *sql, const struct rule *r, int64_t from,
           int64_t to, struct err *err)
{
	if (!query_begin(x->s, q, sql, r->what, err))
		return false;
	query_i64(q, from);
	query_i64(q, to);
	query_i64(q, cutoff(x, r->kind));
	if (sqlite3_bind_parameter_count(q->stmt) == 5)
		query_i64(q, x->now_us);
	return true;
}

static bool
put_back(struct pruning *x, const struct rule *r, int64_t id, struct sv json, int64_t *n, struct err *err)
{
	AUTO(buf) text = buf_new(SAMPLE_MAX);
	AUTO_QUERY q = {0};
	int64_t cut = 1;

	/* What cannot be read may be anything. */
	if (!samples_cut(json, text, &cut)) {
		buf_clear(text);
		buf_puts(text, "{}");
	}
	if (!query_begin(x->s, &q, r->put_back, r->what, err))
		return false;
	query_text(&q, buf_sv(text));
	query_i64(&q, id);
	*n += cut > 0;
	return query_run(&q, err);
}

/* One text at a time, as some are long; what is put back is no longer found. */
static bool
cut_samples(struct pruning *x, const struct rule *r, int64_t from, int64_t to, int64_t *n, struct err *err)
{
	AUTO(arena) a = arena_new();

	for (;;) {
		struct sv text;
		int64_t id;
		enum step step;

		{
			AUTO_QUERY q = {0};

			if (!begin_rule(x, &q, r->remove, r, from, to, err))
				return false;
			step = query_step(&q, err);
			if (step != STEP_ROW)
				return step == STEP_DONE;
			id = column_i64(&q, 0);
			text = column_text(&q, a, 1);
		}
		if (!put_back(x, r, id, text, n, err))
			return false;
		from = id;
		arena_reset(a);
	}
}

static bool
remove_rows(struct pruning *x, const struct rule *r, int64_t from, int64_t to, int64_t *n, struct err *err)
{
	AUTO_QUERY q = {0};

	if (r->put_back != NULL)
		return cut_samples(x, r, from, to, n, err);
	if (!begin_rule(x, &q, r->remove, r, from, to, err) || !query_run(&q, err))
		return false;
	*n = db_changes(x->s);
	return true;
}

static bool
remove_some(struct pruning *x, const struct rule *r, int64_t from, int64_t to, int64_t *n, struct err *err)
{
	*n = 0;
	if (!store_begin(x->s, err))
		return false;

	/* The service has no such tables yet, or those of an earlier command. */
	bool ready = x->s->session != NULL ? prepare(x, err) : renew_live(x, err);
	bool ok = ready && remove_rows(x, r, from, to, n, err);

	if (!ok || x->p->dry_run)
		store_rollback(x->s);
	else
		ok = store_commit(x->s, err);
	x->done.rows[r->kind] += ok ? *n : 0;
	return ok;
}

/* The old ones in (from, *to]; *to is moved to the last of them if there may be more. */
static bool
find_some(struct pruning *x, const struct rule *r, int64_t from, int64_t *to, int64_t *n, struct err *err)
{
	AUTO_QUERY q = {0};
	int64_t last = from;
	enum step step;

	*n = 0;
	if (!begin_rule(x, &q, r->find, r, from, *to, err))
		return false;
	while ((step = query_step(&q, err)) == STEP_ROW) {
		last = column_i64(&q, 0);
		(*n)++;
	}
	if (step == STEP_DONE && *n == PRUNE_ROWS)
		*to = last;
	return step == STEP_DONE;
}

static bool
find_bounds(struct pruning *x, const struct rule *r, int64_t *from, int64_t *end, struct err *err)
{
	AUTO_QUERY q = {0};

	if (!query_begin(x->s, &q, r->bounds, r->what, err) || query_step(&q, err) != STEP_ROW)
		return false;
	*from = column_i64(&q, 0);
	*end = column_i64(&q, 1);
	return true;
}

static bool
prune_all(struct pruning *x, const struct rule *r, struct err *err)
{
	int64_t from, end, n;

	if (!find_bounds(x, r, &from, &end, err))
		return false;
	while (from < end) {
		int64_t to = MIN(end, from + STRETCH);

		if (out_of_time(x)) {
			x->done.complete = false;
			return true;
		}
		if (!find_some(x, r, from, &to, &n, err) || (n > 0 && !remove_some(x, r, from, to, &n, err)))
			return false;
		from = to;
	}
	return true;
}

/* Without row ids. */
static bool
prune_whole(struct pruning *x, const struct rule *r, struct err *err)
{
	int64_t n = PRUNE_ROWS;

	while (n == PRUNE_ROWS) {
		if (out_of_time(x)) {
			x->done.complete = false;
			return true;
		}
		/* Equal bounds: no limit, as a dry run would meet the same ones again. */
		if (!remove_some(x, r, 0, x->p->dry_run ? 0 : 1, &n, err))
			return false;
		if (x->p->dry_run)
			break;
	}
	return true;
}

bool
store_prune(struct store *s, const struct prune *p, struct pruned *ret, struct err *err)
{
	struct pruning x = {.s = s, .p = p, .now_us = clock_now_us(s->clock), .done = {.complete = true}};

	if (!prepare(&x, err))
		return false;
	for (size_t i = 0; i < LEN(rules) && x.done.complete; i++) {
		const struct rule *r = &rules[i];

		if (cutoff(&x, r->kind) == INT64_MIN)
			continue;
		if (r->bounds != NULL ? !prune_all(&x, r, err) : !prune_whole(&x, r, err))
			return false;
	}
	*ret = x.done;
	return true;
}
