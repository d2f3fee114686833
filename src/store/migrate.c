#include "store/migrate.h"

#define STRING_(x) #x
#define STRING(x) STRING_(x)

/*
 * Times are UTC microseconds, null where not known; texts are as they came, empty where not known; names of
 * kinds are the contract's.  Rows that hang on another (inputs, metrics of an event) have their environment
 * from that.
 */
static const char events_sql[] =
	"CREATE TABLE event ("
	"	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	id TEXT NOT NULL UNIQUE,"
	"	env TEXT NOT NULL, asset TEXT NOT NULL, partition TEXT NOT NULL,"
	"	kind TEXT NOT NULL,"
	"	version TEXT NOT NULL,"
	"	at_us INTEGER NOT NULL,"
	"	recorded_us INTEGER NOT NULL,"
	"	updated_us INTEGER,"
	"	data_through_us INTEGER,"
	"	code_version TEXT NOT NULL,"
	"	rows INTEGER,"
	"	run_id TEXT NOT NULL,"
	"	reporter TEXT NOT NULL,"
	"	inputs_given INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX event_newest ON event (env, asset, kind, partition, at_us, seq);"
	"CREATE INDEX event_asset ON event (env, asset, at_us, seq);"
	"CREATE INDEX event_version ON event (env, asset, partition, version, kind, at_us, seq);"
	"CREATE INDEX event_list ON event (env, at_us, seq);"
	"CREATE TABLE event_input ("
	"	event INTEGER NOT NULL REFERENCES event (seq) ON DELETE CASCADE,"
	"	position INTEGER NOT NULL,"
	"	asset TEXT NOT NULL, partition TEXT NOT NULL, version TEXT NOT NULL,"
	"	PRIMARY KEY (event, position)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE event_metric ("
	"	event INTEGER NOT NULL REFERENCES event (seq) ON DELETE CASCADE,"
	"	position INTEGER NOT NULL,"
	"	name TEXT NOT NULL, value REAL,"
	"	PRIMARY KEY (event, position)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE version ("
	"	env TEXT NOT NULL, asset TEXT NOT NULL, partition TEXT NOT NULL,"
	"	version TEXT NOT NULL,"
	"	first_us INTEGER NOT NULL,"
	"	PRIMARY KEY (env, asset, partition, version)"
	") STRICT, WITHOUT ROWID;";

static const char verdicts_sql[] =
	"CREATE TABLE run ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	env TEXT NOT NULL,"
	"	kind TEXT NOT NULL,"
	"	started_us INTEGER, finished_us INTEGER,"
	"	outcome TEXT NOT NULL,"
	"	catalog_hash TEXT NOT NULL,"
	"	report TEXT NOT NULL"
	") STRICT;"
	"CREATE TABLE verdict ("
	"	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,"
	"	env TEXT NOT NULL, asset TEXT NOT NULL, partition TEXT NOT NULL,"
	"	version TEXT NOT NULL,"
	"	check_id TEXT NOT NULL, check_hash TEXT NOT NULL,"
	"	expectation TEXT NOT NULL,"
	"	outcome TEXT NOT NULL, severity TEXT NOT NULL,"
	"	blocking INTEGER NOT NULL, implicit INTEGER NOT NULL,"
	"	message TEXT NOT NULL, result TEXT NOT NULL,"
	"	engine TEXT NOT NULL,"
	"	at_us INTEGER, duration_ms REAL"
	") STRICT;"
	"CREATE INDEX verdict_identity ON verdict (env, asset, partition, version, check_hash, seq);"
	"CREATE INDEX verdict_check ON verdict (env, asset, partition, check_hash, seq);"
	"CREATE INDEX verdict_run ON verdict (run);"
	"CREATE TABLE metric ("
	"	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	run TEXT NOT NULL,"
	"	env TEXT NOT NULL, asset TEXT NOT NULL, partition TEXT NOT NULL,"
	"	version TEXT NOT NULL,"
	"	name TEXT NOT NULL, value REAL,"
	"	at_us INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX metric_history ON metric (env, asset, partition, name, at_us, seq);";

static const char decisions_sql[] =
	"CREATE TABLE decision ("
	"	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	id TEXT NOT NULL UNIQUE,"
	"	env TEXT NOT NULL, asset TEXT NOT NULL, partition TEXT NOT NULL,"
	"	decision TEXT NOT NULL, mode TEXT NOT NULL,"
	"	json TEXT NOT NULL,"
	"	at_us INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX decision_newest ON decision (env, asset, seq);"
	"CREATE INDEX decision_list ON decision (env, seq);"
	"CREATE TABLE override ("
	"	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	id TEXT NOT NULL UNIQUE,"
	"	env TEXT NOT NULL, asset TEXT NOT NULL, partition TEXT NOT NULL,"
	"	version TEXT NOT NULL,"
	"	reason TEXT NOT NULL, who TEXT NOT NULL,"
	"	from_us INTEGER NOT NULL, until_us INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX override_open ON override (env, asset, partition, until_us);";

static const char incidents_sql[] =
	"CREATE TABLE incident ("
	"	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	id TEXT NOT NULL UNIQUE,"
	"	env TEXT NOT NULL,"
	"	key TEXT NOT NULL,"
	"	kind TEXT NOT NULL,"
	"	asset TEXT NOT NULL, partition TEXT NOT NULL, check_id TEXT NOT NULL,"
	"	severity TEXT NOT NULL,"
	"	title TEXT NOT NULL, message TEXT NOT NULL,"
	"	opened_us INTEGER NOT NULL, seen_us INTEGER NOT NULL, resolved_us INTEGER,"
	"	opened_run TEXT NOT NULL, run TEXT NOT NULL,"
	"	symptoms INTEGER NOT NULL"
	") STRICT;"
	"CREATE UNIQUE INDEX incident_open ON incident (env, key) WHERE resolved_us IS NULL;"
	"CREATE INDEX incident_list ON incident (env, seq);"
	"CREATE TABLE symptom ("
	"	incident TEXT NOT NULL REFERENCES incident (id) ON DELETE CASCADE,"
	"	position INTEGER NOT NULL,"
	"	kind TEXT NOT NULL,"
	"	asset TEXT NOT NULL, partition TEXT NOT NULL, check_id TEXT NOT NULL,"
	"	message TEXT NOT NULL,"
	"	PRIMARY KEY (incident, position)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE message ("
	"	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	id TEXT NOT NULL UNIQUE,"
	"	env TEXT NOT NULL,"
	"	channel TEXT NOT NULL, type TEXT NOT NULL,"
	"	body TEXT NOT NULL,"
	"	created_us INTEGER NOT NULL,"
	"	state TEXT NOT NULL,"
	"	next_us INTEGER,"
	"	attempts INTEGER NOT NULL,"
	"	settled_us INTEGER,"
	"	outcome TEXT NOT NULL"
	") STRICT;"
	"CREATE INDEX message_due ON message (env, state, next_us, seq);"
	"CREATE INDEX message_list ON message (env, seq);"
	"CREATE TABLE message_incident ("
	"	message INTEGER NOT NULL REFERENCES message (seq) ON DELETE CASCADE,"
	"	position INTEGER NOT NULL,"
	"	incident TEXT NOT NULL,"
	"	PRIMARY KEY (message, position)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX message_of_incident ON message_incident (incident, message);"
	"CREATE TABLE attempt ("
	"	message INTEGER NOT NULL REFERENCES message (seq) ON DELETE CASCADE,"
	"	number INTEGER NOT NULL,"
	"	at_us INTEGER NOT NULL,"
	"	status INTEGER NOT NULL,"
	"	duration_ms REAL,"
	"	outcome TEXT NOT NULL,"
	"	PRIMARY KEY (message, number)"
	") STRICT, WITHOUT ROWID;";

static const char waivers_sql[] = "CREATE TABLE waiver ("
				  "	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
				  "	id TEXT NOT NULL UNIQUE,"
				  "	env TEXT NOT NULL,"
				  "	check_id TEXT NOT NULL,"
				  "	reason TEXT NOT NULL, who TEXT NOT NULL,"
				  "	from_us INTEGER NOT NULL, until_us INTEGER NOT NULL, ended_us INTEGER"
				  ") STRICT;"
				  "CREATE INDEX waiver_of_check ON waiver (env, check_id, until_us);";

/* A check's past, whatever its arguments were. */
static const char history_sql[] =
	"CREATE INDEX verdict_history ON verdict (env, asset, partition, check_id, seq);";

/* What a run has to say about its event. */
static const char note_sql[] = "ALTER TABLE event ADD COLUMN note TEXT NOT NULL DEFAULT ''";

/* What goes to a channel, in the order in which it is sent. */
static const char lane_sql[] = "CREATE INDEX message_lane ON message (env, channel, attempts, seq, next_us)"
			       " WHERE state = 'pending'";

/*
 * Which message on an incident is the first of those that are pending to a channel: the others are blocked by it.  What is due is found
 * by the index of those that are not, however long the queues are.
 */
static const char queue_sql[] =
	"DROP INDEX message_lane;"
	"ALTER TABLE message ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE message_queue ("
	"	env TEXT NOT NULL, channel TEXT NOT NULL, incident TEXT NOT NULL,"
	"	message INTEGER NOT NULL,"
	"	PRIMARY KEY (env, channel, incident, message)"
	") STRICT, WITHOUT ROWID;"
	"INSERT OR IGNORE INTO message_queue SELECT m.env, m.channel, mi.incident, m.seq FROM message AS m"
	" JOIN message_incident AS mi ON mi.message = m.seq WHERE m.state = 'pending';"
	"UPDATE message SET blocked = (SELECT count(*) FROM message_incident AS mi WHERE mi.message = seq"
	" AND EXISTS (SELECT 1 FROM message_queue AS q WHERE q.env = message.env AND q.channel = message.channel"
	" AND q.incident = mi.incident AND q.message < seq)) WHERE state = 'pending';"
	"CREATE INDEX message_ready ON message (env, channel, attempts, next_us, seq, created_us)"
	" WHERE state = 'pending' AND blocked = 0;"
	"CREATE TABLE lane ("
	"	env TEXT NOT NULL, channel TEXT NOT NULL,"
	"	until_us INTEGER NOT NULL,"
	"	PRIMARY KEY (env, channel)"
	") STRICT, WITHOUT ROWID;";

/* Answers to requests with an Idempotency-Key, for a day. */
static const char kept_answer_sql[] = "CREATE TABLE kept_answer ("
				      "	env TEXT NOT NULL, who TEXT NOT NULL,"
				      "	route TEXT NOT NULL, key TEXT NOT NULL,"
				      "	hash TEXT NOT NULL,"
				      "	status INTEGER NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL,"
				      "	at_us INTEGER NOT NULL,"
				      "	PRIMARY KEY (env, who, route, key)"
				      ") STRICT, WITHOUT ROWID;"
				      "CREATE INDEX kept_answer_age ON kept_answer (at_us);";

/*
 * The life of incidents: what people did with them, what was told to whom, and partitions that share one.  What the outbox knows of earlier
 * messages becomes part of it; a digest told of an end if it was written at or after that.
 */
static const char lives_sql[] =
	"ALTER TABLE incident ADD COLUMN acked_by TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE incident ADD COLUMN note TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE incident ADD COLUMN acked_us INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE incident ADD COLUMN snoozed_by TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE incident ADD COLUMN snoozed_until_us INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE incident ADD COLUMN resolved_by TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE incident ADD COLUMN watched INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE incident ADD COLUMN flapping INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE incident ADD COLUMN changed_us INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE incident ADD COLUMN worse_us INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE incident ADD COLUMN joined_us INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE incident ADD COLUMN partitions INTEGER NOT NULL DEFAULT 0;"
	"UPDATE incident SET changed_us = coalesce(resolved_us, opened_us);"
	"CREATE INDEX incident_watched ON incident (env, seq) WHERE watched <> 0;"
	"CREATE INDEX incident_key ON incident (env, key, seq);"
	"CREATE TABLE incident_partition ("
	"	incident TEXT NOT NULL,"
	"	partition TEXT NOT NULL,"
	"	kind TEXT NOT NULL, severity TEXT NOT NULL, message TEXT NOT NULL,"
	"	since_us INTEGER NOT NULL, run TEXT NOT NULL,"
	"	PRIMARY KEY (incident, partition)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE incident_event ("
	"	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	incident TEXT NOT NULL,"
	"	at_us INTEGER NOT NULL,"
	"	kind TEXT NOT NULL,"
	"	who TEXT NOT NULL, channel TEXT NOT NULL, change TEXT NOT NULL,"
	"	detail TEXT NOT NULL"
	") STRICT;"
	"CREATE INDEX incident_event_of ON incident_event (incident, seq);"
	"CREATE TRIGGER incident_gone AFTER DELETE ON incident BEGIN"
	" DELETE FROM incident_event WHERE incident = OLD.id;"
	" DELETE FROM incident_partition WHERE incident = OLD.id;"
	" END;"
	"INSERT INTO incident_event (incident, at_us, kind, who, channel, change, detail)"
	" SELECT incident, at_us, kind, '', channel, change, detail FROM ("
	"SELECT id AS incident, opened_us AS at_us, 0 AS place, 'opened' AS kind, '' AS channel, '' AS change,"
	" '' AS detail FROM incident"
	" UNION ALL SELECT id, resolved_us, 1, 'resolved', '', '', message FROM incident"
	" WHERE resolved_us IS NOT NULL"
	" UNION ALL SELECT i.id, m.created_us, m.seq + 1, 'told', m.channel,"
	" CASE WHEN m.type = 'incident.resolved' THEN 'resolved' WHEN m.type = 'incident.repeated' THEN 'still_open'"
	" WHEN m.type = 'incident.digest' AND m.created_us >= i.resolved_us THEN 'resolved' ELSE 'opened' END, m.id"
	" FROM message AS m JOIN message_incident AS mi ON mi.message = m.seq JOIN incident AS i ON i.id = mi.incident"
	") ORDER BY at_us, place;"
	"CREATE TABLE mute ("
	"	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	id TEXT NOT NULL UNIQUE,"
	"	env TEXT NOT NULL,"
	"	match TEXT NOT NULL,"
	"	reason TEXT NOT NULL, who TEXT NOT NULL,"
	"	from_us INTEGER NOT NULL, until_us INTEGER NOT NULL, ended_us INTEGER"
	") STRICT;"
	"CREATE INDEX mute_until ON mute (env, until_us);";

static const char tokens_sql[] =
	"CREATE TABLE token ("
	"	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	"	env TEXT NOT NULL,"
	"	name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE,"
	"	scopes TEXT NOT NULL, who TEXT NOT NULL,"
	"	created_us INTEGER NOT NULL,"
	"	used_us INTEGER, expires_us INTEGER, revoked_us INTEGER"
	") STRICT;"
	"CREATE UNIQUE INDEX token_name ON token (env, name) WHERE revoked_us IS NULL;";

/* What a run started, it ends. */
static const char event_run_sql[] = "CREATE INDEX event_run ON event (env, run_id, seq) WHERE run_id <> ''";

/* The last word of others, without a look at all verdicts. */
static const char external_sql[] =
	"CREATE INDEX verdict_external ON verdict (env, asset, partition, check_hash, seq)"
	" WHERE expectation = 'external'";

/* A prepared answer is given many times: these are one row. */
static const char decision_count_sql[] = "ALTER TABLE decision ADD COLUMN count INTEGER NOT NULL DEFAULT 1;"
					 "ALTER TABLE decision ADD COLUMN last_us INTEGER NOT NULL DEFAULT 0;"
					 "UPDATE decision SET last_us = at_us;";

/* What a channel delivered lately. */
static const char sent_sql[] =
	"CREATE INDEX message_sent ON message (env, channel, settled_us) WHERE state = 'sent'";

/* The past of an asset, whatever the check or metric. */
static const char past_sql[] = "CREATE INDEX verdict_past ON verdict (env, asset, seq);"
			       "CREATE INDEX metric_past ON metric (env, asset, seq);";

/* All that follows from an incident, not the first fifty; and how it stood with those of which nobody has said what became of them. */
static const char symptoms_sql[] =
	"ALTER TABLE incident ADD COLUMN loose INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX incident_loose ON incident (env, seq) WHERE loose <> 0;"
	"ALTER TABLE symptom RENAME TO symptom_before;"
	"CREATE TABLE symptom ("
	"	incident TEXT NOT NULL,"
	"	asset TEXT NOT NULL, partition TEXT NOT NULL, kind TEXT NOT NULL, check_id TEXT NOT NULL,"
	"	message TEXT NOT NULL, severity TEXT NOT NULL,"
	"	past INTEGER NOT NULL,"
	"	PRIMARY KEY (incident, asset, partition, kind, check_id)"
	") STRICT, WITHOUT ROWID;"
	"INSERT OR IGNORE INTO symptom (incident, asset, partition, kind, check_id, message, severity, past)"
	" SELECT s.incident, s.asset, s.partition, s.kind, s.check_id, s.message, i.severity,"
	" i.resolved_us IS NOT NULL FROM symptom_before AS s JOIN incident AS i ON i.id = s.incident;"
	"DROP TABLE symptom_before;"
	"CREATE INDEX symptom_asset ON symptom (asset) WHERE past = 0;"
	"CREATE TRIGGER incident_symptoms_gone AFTER DELETE ON incident BEGIN"
	" DELETE FROM symptom WHERE incident = OLD.id;"
	" END;"
	"UPDATE incident SET symptoms = (SELECT count(*) FROM symptom AS s WHERE s.incident = incident.id)"
	" WHERE symptoms > 0;";

static const char tick_sql[] = "CREATE TABLE tick ("
			       "	env TEXT NOT NULL, asset TEXT NOT NULL,"
			       "	schedule TEXT NOT NULL, at_us INTEGER NOT NULL,"
			       "	PRIMARY KEY (env, asset)"
			       ") STRICT, WITHOUT ROWID;";

/* What one of many reports has to know of what the others opened. */
static const char open_asset_sql[] =
	"CREATE INDEX incident_open_asset ON incident (env, asset) WHERE resolved_us IS NULL;";

/* The same number is measured by checks of several names and bounds. */
static const char identity_sql[] =
	"ALTER TABLE metric ADD COLUMN identity TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE metric ADD COLUMN flagged INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX metric_identity ON metric (env, asset, identity, partition, seq) WHERE identity <> '';"
	"CREATE INDEX incident_of_asset ON incident (env, asset, seq);";

/* How columns were distributed, in bounded size. */
static const char sketch_sql[] = "CREATE TABLE sketch ("
				 "	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
				 "	env TEXT NOT NULL, run TEXT NOT NULL,"
				 "	asset TEXT NOT NULL, partition TEXT NOT NULL, version TEXT NOT NULL,"
				 "	name TEXT NOT NULL,"
				 "	flagged INTEGER NOT NULL,"
				 "	at_us INTEGER NOT NULL,"
				 "	body TEXT NOT NULL"
				 ") STRICT;"
				 "CREATE INDEX sketch_past ON sketch (env, asset, name, partition, seq);";

const struct migration migrations[] = {
	{"create the tables of events", events_sql},
	{"create the tables of verdicts", verdicts_sql},
	{"create the tables of decisions", decisions_sql},
	{"create the tables of incidents and alerts", incidents_sql},
	{"create the table of waivers", waivers_sql},
	{"index the past of checks", history_sql},
	{"keep notes with events", note_sql},
	{"index the outbox by channel", lane_sql},
	{"queue messages by incident", queue_sql},
	{"create the table of kept answers", kept_answer_sql},
	{"keep the life of incidents", lives_sql},
	{"create the table of tokens", tokens_sql},
	{"index events by run", event_run_sql},
	{"index what others judged", external_sql},
	{"count answers of gates", decision_count_sql},
	{"index what was sent by channel", sent_sql},
	{"index the past of assets", past_sql},
	{"keep all symptoms", symptoms_sql},
	{"keep the ticks of schedules", tick_sql},
	{"index open incidents by asset", open_asset_sql},
	{"keep what numbers are of", identity_sql},
	{"keep how columns are distributed", sketch_sql},
};
const size_t migration_count = LEN(migrations);

bool
migrate_version(struct store *s, size_t *ret, struct err *err)
{
	int version, id, objects;

	if (!db_pragma_int(s, "PRAGMA user_version", &version, err) ||
	    !db_pragma_int(s, "PRAGMA application_id", &id, err) ||
	    !db_pragma_int(s, "SELECT count(*) FROM sqlite_schema", &objects, err))
		return false;
	if (id != STORE_APPLICATION_ID && (id != 0 || version != 0 || objects > 0)) {
		err_set(err, ERR_STORE, NOWHERE, "'%s' is a database of another program", s->path);
		return err_hint(err, "Name another file for weir's state: --store PATH.");
	}
	if (version < 0 || (size_t)version > migration_count) {
		err_set(err, ERR_STORE, NOWHERE,
		        "'%s' was written by a newer weir (schema %d, this one knows %zu)", s->path, version,
		        migration_count);
		return err_hint(err, "Update this weir, or name another store.");
	}
	*ret = (size_t)version;
	return true;
}

bool
migrate_locked(struct store *s, const struct migration *m, size_t n, struct err *err)
{
	size_t done = 0;
	char sql[64];
	bool ok = true;

	if (!db_exec(s, "BEGIN IMMEDIATE", "begin a migration", err))
		return false;
	/* Read inside the transaction: another process may have been here first. */
	ok = migrate_version(s, &done, err);
	bool anew = ok && done == 0 && m == migrations && n >= store_schema_steps;

	if (anew)
		ok = db_exec(s, store_schema, "make the state database", err);
	for (size_t i = anew ? store_schema_steps : done; ok && i < n; i++)
		ok = db_exec(s, m[i].sql, m[i].what, err);
	if (ok && done < n) {
		sqlite3_snprintf((int)sizeof(sql), sql, "PRAGMA user_version = %d", (int)n);
		ok = db_exec(s, "PRAGMA application_id = " STRING(STORE_APPLICATION_ID),
		             "mark the state database", err) &&
		     db_exec(s, sql, "mark the state database", err);
	}
	ok = ok && db_exec(s, "COMMIT", "commit a migration", err);
	/* After an error SQLite may have rolled back already. */
	if (!ok && sqlite3_get_autocommit(s->db) == 0)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return ok;
}
