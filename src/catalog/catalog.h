/*
 * The catalog as declared: what weir.yaml and its overlays say, after defaults, templates and the chosen environment.
 *
 * Loaded once, then frozen and shared.  Checks are kept as nodes here: binding them to expectations is the layer expect's.
 */
#ifndef WEIR_CATALOG_CATALOG_H
#define WEIR_CATALOG_CATALOG_H

#include "base/calendar.h"
#include "base/cron.h"
#include "base/map.h"
#include "catalog/node.h"
#include "expr/expr.h"

struct source_limits {
	int64_t bytes, us; /* 0 = none */
	int64_t concurrency;
};

struct source_decl {
	struct sv name;
	struct loc loc;
	/* paths of file: and sqlite: are resolved against the folder of the file that says them */
	struct sv url;
	struct sv scheme; /* "file", "sqlite" …; empty if the URL is a secret */
	/* of file: and sqlite:, resolved: opens from the working directory; NULL otherwise */
	const char *path;
	bool managed;   /* files in its folder that no asset names are `untracked` */
	bool elsewhere; /* the machine of the service does not see it */
	struct source_limits limits;
	const struct node *node;
};

struct column_decl {
	struct sv name;
	struct loc loc;
	struct type type; /* TYPE_ANY if not declared */
	struct loc type_loc;
	bool nullable, pii;
	struct sv description;
	const struct sv *tag; /* bare tags */
	size_t ntag;
	const struct node *checks; /* NODE_SEQ or NULL */
};

enum partition_every { EVERY_HOUR, EVERY_DAY, EVERY_WEEK, EVERY_MONTH, EVERY_YEAR };
enum { PARTITION_DIMS_MAX = 4 };

/* One dimension of partitions: time windows, or a fixed list. */
struct partition_dim {
	struct sv name;
	struct loc loc;
	bool is_time;
	enum partition_every every;
	int64_t from;  /* local start of the first window, us as if UTC */
	int64_t until; /* local, exclusive; TIME_NONE = open */
	const struct tz *zone;
	int64_t closes_after_us; /* a window is expected this long after its end */
	const struct sv *value;  /* of a list */
	size_t nvalue;
};

enum partition_map { MAP_SAME, MAP_ALL, MAP_LAST, MAP_WINDOW, MAP_LATEST_CLOSED };
enum gate_effect { EFFECT_ALLOW, EFFECT_WARN, EFFECT_BLOCK };

struct dep {
	struct sv key;
	struct loc loc;
	const struct sv *column; /* columns that are read, if declared */
	size_t ncolumn;
	enum partition_map map;
	int32_t window_from, window_to; /* MAP_WINDOW, relative */
	enum gate_effect gate;          /* EFFECT_ALLOW is `ignore` */
};

enum updated_from {
	UPDATED_DEFAULT,
	UPDATED_MTIME,
	UPDATED_COLUMN,
	UPDATED_QUERY,
	UPDATED_REPORTED,
	UPDATED_OTHER
};
enum version_from {
	VERSION_DEFAULT,
	VERSION_STAT,
	VERSION_CONTENT,
	VERSION_QUERY,
	VERSION_COLUMN,
	VERSION_REPORTED,
	VERSION_OTHER
};

enum policy_kind { POLICY_NONE, POLICY_MAX_AGE, POLICY_CRON, POLICY_LEARNED };
enum never_seen { NEVER_UNKNOWN, NEVER_FAIL, NEVER_PASS };

/* `learned`: fresh/learned.h says what is made of it. */
struct learned_policy {
	bool on;
	double sensitivity;
	int64_t min_us, max_us; /* 0 = no bound */
	int64_t until_us;       /* the bound while too little is known; 0 = max_us, and without that none */
	int64_t min_history;
	int64_t since_us; /* TIME_NONE = all */
	bool since_wall; /* written without a zone: while the policy is read, of the wall clock of its zone */
};

struct freshness_policy {
	enum policy_kind kind; /* NONE with max_data_age_us set judges only that */
	struct loc loc;
	int64_t max_age_us, warn_after_us; /* 0 = not set */
	bool exclusive;                    /* dbt's spelling: late only past the limit */
	int64_t max_data_age_us;           /* 0 = not set */
	struct sv cron_text;
	struct cron cron;
	const struct tz *zone;
	int64_t within_us, grace_us;     /* within 0 = since the previous tick */
	const struct calendar *calendar; /* NULL = every day works */
	struct learned_policy learned;
	enum never_seen never_seen;
	bool blocking;
};

struct staleness_policy {
	bool off;
	int64_t fail_after_us; /* TIME_NONE = never counts as failure */
	bool updates_on_all;   /* stale only when all inputs moved (updates_on: all) */
};

extern const char *const effect_names[]; /* by enum gate_effect, NULL-terminated */

/* Reasons of gates: catalog/reasons.def has their names, defaults and meaning. */
enum reason_kind {
#define REASON(kind, name, effect, when) REASON_##kind,
#include "catalog/reasons.def"
#undef REASON
	REASON_COUNT
};
extern const char *const reason_names[REASON_COUNT];
extern const enum gate_effect reason_defaults[REASON_COUNT];
extern const char *const reason_docs[REASON_COUNT];

struct gate_policy {
	bool shadow;
	int64_t accept_verdict_within_us;
	enum gate_effect effect[REASON_COUNT];
	int64_t in_progress_expires_us; /* a `started` older than this is no longer open; default 24h */
};

/* What a parameter of a user's own expectation takes. */
enum own_kind { OWN_COLUMN, OWN_VALUE, OWN_VALUES, OWN_NUMBER, OWN_INTEGER, OWN_BOOLEAN, OWN_TEXT };
extern const char *const own_kind_names[]; /* NULL-terminated */

struct own_param {
	struct sv name, doc;
	struct loc loc;
	int kind;                /* enum own_kind; -1 after a mistake */
	const struct node *dflt; /* NULL: every check must say */
};

/* An expectation that the catalog defines: an expression over its parameters, or a program. */
struct own_expectation {
	struct sv name, doc;
	struct loc loc;
	const struct own_param *param;
	size_t nparam;
	struct sv expr; /* empty: a program */
	struct loc expr_loc;
	const struct sv *exec;
	size_t nexec;
	struct loc exec_loc;
	struct sv exec_hash; /* of the files that its words name: an edited script is another check */
	const char *dir;     /* of the file that defines it: the program starts there */
	int64_t timeout_us;
};

/* A place where alerts go.  What its type takes is checked by the type's driver, in the layer alert. */
struct channel_decl {
	struct sv name, type;
	struct loc loc;
	const struct node *node;
};

/* Which incidents are meant; each list empty = any. */
struct incident_match {
	const struct sv *asset, *kind, *owner,
		*severity; /* globs of keys, kinds and owners; names of severities */
	size_t nasset, nkind, nowner, nseverity;
	const struct tag *tag; /* all must be there; value empty = any */
	size_t ntag;
};

/* Who is told when nobody has taken an incident on. */
struct escalation_decl {
	int64_t after_us;   /* since the route told of it */
	const uint32_t *to; /* indices in channel[] */
	size_t nto;
};

/* Which incidents go where. */
struct route_decl {
	struct sv name; /* `name:`, else its number from 1 */
	struct loc loc;
	struct incident_match match;
	const uint32_t *to; /* indices in channel[] */
	size_t nto;
	unsigned group_by;       /* 1 << enum group_by; 0 = each incident on its own */
	int64_t repeat_every_us; /* 0 = told once */
	const struct escalation_decl *escalate;
	size_t nescalate;
};
enum group_by { GROUP_ASSET, GROUP_CHECK, GROUP_KIND, GROUP_OWNER, GROUP_ROUTE };

/* A time of work in which nobody is told of what goes wrong: once (from, until), or again and again (cron, for). */
struct maintenance_decl {
	struct loc loc;
	struct incident_match match;
	struct sv cron_text; /* empty = once */
	struct cron cron;
	const struct tz *zone;
	int64_t for_us, from_us, until_us;
	struct sv reason;
};

/* What comes and goes more often than `changes` times `within` is flapping until it was calm for `quiet`. */
struct flapping_decl {
	int64_t changes; /* 0 = off */
	int64_t within_us, quiet_us;
};

struct alerts_decl {
	bool enabled;
	int64_t digest_above; /* so many new messages to one channel in one run become one digest; default 10 */
	const struct sv *allow_private; /* HOST:PORT, HOST, or CIDR */
	size_t nallow_private;
	const struct channel_decl *channel;
	size_t nchannel;
	const struct route_decl *route;
	size_t nroute;
	const struct maintenance_decl *maintenance;
	size_t nmaintenance;
	struct flapping_decl flapping;
	int64_t partitions_above; /* more partitions with one problem than this become one incident; default 5 */
	struct sv url; /* where people reach the service, without a slash at the end; empty = none */
};
extern const struct alerts_decl alerts_default;

/* How long records are kept: catalog/retention.def has the kinds, their names and defaults. */
enum retained {
#define RETAIN(which, name, days, what) RETAIN_##which,
#include "catalog/retention.def"
#undef RETAIN
	RETAIN_COUNT
};
#define RETAIN_EVER INT64_MAX
extern const char *const retained_names[RETAIN_COUNT];

struct retention {
	int64_t us[RETAIN_COUNT];
};
extern const struct retention retention_default;

/* `service:`, for `weir serve`. */
struct service_decl {
	struct sv listen;      /* "127.0.0.1:8484", "[::1]:0", "unix:PATH" */
	bool require_token;    /* on loopback, too */
	const struct sv *host; /* names by which it may be called, beside its address and localhost */
	size_t nhost;
	bool access_log;
	int64_t probe_every_us; /* 0 = off */
	int64_t believe_us;     /* how old a look at data may be for the answer of a gate */
	int64_t workers;        /* 0 = by processors */
	struct {
		int64_t us, memory_bytes; /* of one piece of work */
		int64_t queue;
	} limits;
	struct {
		const struct node *url; /* text or a secret; NULL = none */
		int64_t every_us;
	} heartbeat;
	const char *const *root; /* folders that data may be read from */
	size_t nroot;
	bool roots_given; /* else: the project's folder and those of its sources */
	bool elsewhere;   /* the service sees no data at all */
};
extern const struct service_decl service_default;

/* `schedule:`: when the service checks an asset by itself. */
enum schedule_on { ON_NEW_VERSION, ON_NEVER };
struct check_schedule {
	struct sv cron_text; /* empty = none */
	struct cron cron;
	const struct tz *zone; /* NULL without `schedule:` */
	int on;                /* enum schedule_on */
	bool catch_up;         /* what was missed is made up for, once */
};

struct csv_format {
	char delimiter, quote; /* ',' '"' */
	bool header;
	const struct sv *null; /* unquoted fields that mean null; default: the empty one */
	size_t nnull;
};

struct tag {
	struct sv key, value; /* value empty for bare tags */
};

/* `publish:`: `weir run` has the output made somewhere else, and moves it into place when it is fit. */
struct publish_decl {
	struct loc loc; /* of `stage`; line 0: nothing is published */
	struct sv
		stage; /* path or table that the command writes; a path holds the partition's placeholders */
	struct sv to;  /* the asset's path, the folder where its glob begins, or its table */
	struct sv keep_as; /* the table that the old one becomes; empty = it is dropped */
};

/* `quarantine:`: where the failing rows of a check are written. */
struct quarantine_decl {
	struct loc loc;
	struct sv
		to; /* a file or a database; a relative path opens from the working directory; {words} still in it */
	struct sv table; /* of a database; empty: the ending of `to` says how rows are written */
	int64_t limit;   /* rows at most; 0 = all */
	int pii;         /* enum quarantine_pii */
};
enum quarantine_pii { PII_MASK, PII_KEEP };
/* What `to` may have in braces. */
enum quarantine_word { WORD_ASSET, WORD_CHECK, WORD_DATE, WORD_PARTITION, WORD_RUN_ID, QUARANTINE_WORDS };
extern const char *const quarantine_words[QUARANTINE_WORDS];
/* A name with the words in place of the braces, such that none of them leads elsewhere. */
struct sv quarantine_name(struct arena *a, struct sv text, const struct sv word[QUARANTINE_WORDS]);
/* Of a node that is a map; NULL after a mistake, or where it says off. */
const struct quarantine_decl *quarantine_read(struct arena *a, const struct node *n, struct diags *d);
/* Is the word among those that its file is named by? */
bool quarantine_varies(const struct quarantine_decl *q, enum quarantine_word word);
/* `lint:` of an asset or a check: warnings that are not told, with their places. */
struct lint_decl {
	const struct sv *ignore;
	const struct loc *at;
	size_t n;
};
/* NULL after a mistake.  Whether there are such codes is not asked. */
const struct lint_decl *lint_read(struct arena *a, const struct node *n, struct diags *d);
struct asset;
/* Could the rows of one partition take the place of another's?  False with a mistake. */
bool quarantine_fits(const struct quarantine_decl *q, const struct asset *asset, struct diags *d);

struct asset {
	struct sv key;
	struct loc loc;
	uint32_t index;                   /* in catalog.asset */
	struct sv template_of;            /* the template's key, or empty */
	const struct node *node;          /* effective definition; every node's place is its origin */
	const struct source_decl *source; /* NULL: nothing stored (known by events only) */
	struct sv path, table, query;     /* at most one is set; path still holds {date:%Y} patterns */
	struct loc data_loc;
	struct sv where;      /* partition filter of tables: "dt = {date}" */
	const char *base_dir; /* relative paths start here */
	struct sv format;     /* "csv", "jsonl", "sqlite" …; by suffix when absent */
	struct csv_format csv;
	const struct column_decl *column;
	size_t ncolumn;
	const struct sv *keycol; /* key: */
	size_t nkeycol;
	const struct partition_dim *dim;
	size_t ndim;
	const struct dep *dep;
	size_t ndep;
	const struct sv *alias;
	size_t nalias;
	bool exposed;
	const struct sv *owner;
	size_t nowner;
	const struct tag *tag;
	size_t ntag;
	struct sv description, code_version;
	enum updated_from updated_from;
	struct sv updated_arg; /* the column or query */
	enum version_from version_from;
	struct sv version_arg;
	struct freshness_policy freshness;
	struct staleness_policy staleness;
	struct gate_policy gate;
	struct check_schedule schedule;
	struct publish_decl publish;
	const struct quarantine_decl *quarantine; /* of its checks that say none themselves; NULL = none */
	const struct lint_decl *lint;             /* of all of its checks; NULL = all is told */
	bool allow_empty;
	bool managed; /* its folder is a managed root: unknown files there are `untracked` (source: managed: true) */
	/* The machine of the service does not see its data: there counts what others report of it. */
	bool elsewhere;
	const struct node *const *check; /* declared checks in order: maps or bare words */
	size_t ncheck;
	const struct node *const *suite; /* suites: scalars */
	size_t nsuite;
};

/* Has it a place to look at?  Else it is known by events only. */
static inline bool
asset_is_stored(const struct asset *asset)
{
	return asset->path.n > 0 || asset->table.n > 0 || asset->query.n > 0;
}

/* Of where its data lies and how it is read: of another one, nothing that was seen there counts. */
void asset_place(const struct asset *asset, char hex[HASH_HEX]);

/* By the machine of the service. */
static inline bool
asset_is_seen(const struct asset *asset)
{
	return asset_is_stored(asset) && !asset->elsewhere;
}

struct catalog {
	struct arena *a;
	const char *file, *dir; /* the first file and its folder */
	struct sv project, env, store;
	const struct tz *zone;
	bool undecided_allow;
	bool allow_sql;
	const struct source_decl *source;
	size_t nsource;
	const struct calendar *calendar;
	size_t ncalendar;
	struct asset *asset; /* in the order of declaration */
	size_t nasset;
	struct map by_key;       /* key or alias -> struct asset * */
	const struct node *node; /* effective: all of it */
	struct alerts_decl alerts;
	const struct own_expectation *own; /* `expectations:`, in order */
	size_t nown;
	struct retention retention;
	struct service_decl service;
	char hash[HASH_HEX]; /* of the effective catalog */
	/* The graph: for asset i, up[up_at[i] .. up_at[i+1]) are indices of its inputs; down likewise its consumers. */
	uint32_t *up_at, *up, *down_at, *down;
	uint32_t *topo; /* all assets, inputs first */
};

/*
 * Reads `{import: KIND, from: PATH}` of `catalog:` as an overlay, a tree of nodes; NULL after a mistake.  path: where the file is;
 * assets: what the catalog has so far, which the file may call by other names, or NULL.  (What importers know is above the catalog.)
 */
typedef const struct node *import_fn(struct arena *a, const struct node *item, const char *path,
                                     const struct node *assets, struct diags *d);
/*
 * What a file under `suites:` says of its asset beside checks: a map of an asset's keys, or NULL.  path: where the file is; asset: its definition; read:
 * what was read for other assets, for this function alone.  Mistakes in the file are told when its checks are read.
 */
typedef const struct node *suite_fn(struct arena *a, const char *path, const struct node *asset,
                                    struct map *read);

struct catalog_options {
	const char *path;  /* weir.yaml, or NULL: nearest parent folder of `dir` that has one */
	const char *dir;   /* start of that search; NULL = "." */
	const char *env;   /* NULL = WEIR_ENV or "default" */
	import_fn *import; /* NULL: foreign catalogs cannot be read here */
	suite_fn *suite;   /* NULL: files under `suites:` are for their checks alone */
};

/*
 * Reads the whole catalog as far as it can be made out: NULL only if the first file is no map.  With d->errors it is good for one thing,
 * to look for further mistakes (in checks, say), so that all are told in one go.
 */
struct catalog *catalog_read(struct arena *a, const struct catalog_options *o, struct diags *d);
/* The same for use: NULL if anything is wrong; all mistakes are in *d, each once. */
struct catalog *catalog_load(struct arena *a, const struct catalog_options *o, struct diags *d);
/* Nearest weir.yaml at or above dir, or NULL. */
char *catalog_find(struct arena *a, const char *dir);
const struct asset *catalog_asset(const struct catalog *c, struct sv key);
const char *const *catalog_keys(struct arena *a, const struct catalog *c, size_t *n);

/*
 * Selectors, as dbt's: `raw/orders`, `+marts/x`, `marts/x+`, `2+x`, `raw*`, `tag:gold`, `tag:tier=gold`, `owner:team:data`, `check:NAME`;
 * several are or-ed, `a,b` is both, `!x` takes away.  Sets bits in `set` (nasset of them).  Unknown names are errors with a suggestion.
 * check: parts are returned through check_glob (NULL-terminated by count) since checks are not known here.
 */
struct selection {
	uint64_t *asset;        /* bitmap */
	const struct sv *check; /* globs of check ids or names; none = all checks */
	size_t ncheck;
};
MUST_CHECK bool selection_make(struct arena *a, const struct catalog *c, const char *const *text, size_t n,
                               struct selection *ret, struct err *err);

/*
 * The expectation of a check: the node itself if that is a bare word, else the one kid whose key is not common to all checks (name, where,
 * mostly …).  Checks the shape and the common keys; NULL with a diagnostic if there is not exactly one.
 */
const struct node *check_expectation(struct arena *a, const struct node *check, struct diags *d);
bool check_key_is_common(struct sv key);

/* `columns:` of an asset, as a suite may bring them for a bare source; zone: of timestamps. */
void columns_read(struct arena *a, const struct node *columns, const struct tz *zone,
                  const struct column_decl **ret, size_t *nret, struct diags *d);

/* A path as people know it: relative to the project's folder where it lies in it. */
struct sv catalog_shown(const struct catalog *c, struct sv path);

/* `weir config show [ASSET] --origin`: YAML of the effective definition, with `# file:line` behind each value if asked. */
void catalog_show(const struct catalog *c, const struct asset *asset, bool origin, struct buf *b);
/*
 * JSON Schema (2020-12) of weir.yaml, from the tables that load it.  `expectation` writes the schema of what stands in a check beside the
 * common keys: the layer expect's table.
 */
void catalog_schema(void (*expectation)(struct json_writer *w), struct buf *b);
/* Each key of weir.yaml, parents first: its path (`assets.KEY.freshness.max_age`), what it takes ("duration, list") and what it means. */
void catalog_keys_each(void (*each)(void *ctx, const char *path, const char *takes, const char *doc),
                       void *ctx);

#endif
