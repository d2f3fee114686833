/*
 * Inside the catalog: how maps become records.
 *
 * Every map of the catalog is a const table of fields.  The loader, its error messages, the JSON Schema and the reference all come
 * from these tables, so that what is documented is what is read.
 */
#ifndef WEIR_CATALOG_LOAD_H
#define WEIR_CATALOG_LOAD_H

#include "catalog/catalog.h"
#include "catalog/node_parse.h"

struct loader {
	struct arena *a;
	struct diags *d;
	struct catalog *c;
	import_fn *import; /* of catalog_options */
	suite_fn *suite;   /* of catalog_options, and what it has read */
	struct map suite_read;
	bool no_files;       /* read no file but the one given: for text of unknown origin */
	struct map source;   /* name -> struct source_decl * */
	struct map calendar; /* name -> struct calendar * */
	struct map made_by;  /* key of an asset -> struct sv *, the key of its template */
	size_t effective;    /* nodes made by templates and defaults so far */
};

/* What a scalar may be.  A field may take a list or a map beside it, or instead. */
enum field_kind {
	FIELD_NONE, /* no scalar */
	FIELD_TEXT,
	FIELD_BOOL,
	FIELD_INT,
	FIELD_REAL,
	FIELD_DURATION,
	FIELD_SIZE,
	FIELD_ENUM,
	FIELD_ZONE,
	FIELD_ANY /* anything at all, also lists and maps; kept as a node */
};

struct table;

struct field {
	const char *key, *doc;
	enum field_kind kind;
	bool required;
	bool off;     /* knows the word `off` */
	bool texts;   /* a list of scalars too: `at` is a const struct sv *, `at_n` its size_t */
	bool null_ok; /* may be empty */
	size_t at,
		at_n; /* where the value goes in the record: struct sv, bool, int64_t, double, int, const struct tz * */
	int64_t min;                /* of INT, DURATION (us) and SIZE */
	const char *const *names;   /* of ENUM, NULL-terminated; the index is stored */
	const struct table *table;  /* a map of these fields; its record is at `at` */
	const struct field *values; /* a map with free keys: what its values are */
	const struct field *items;  /* a list: what its items are */
	/* Does the work instead of storing; the node is of a kind that the field takes. */
	void (*load)(struct loader *l, void *rec, const struct node *n);
};

struct table {
	const char *what; /* "an asset" */
	const struct field *field;
	size_t n;
	bool open; /* other keys are somebody else's */
};
#define TABLE(what_, fields)                                         \
	{                                                            \
		.what = (what_), .field = (fields), .n = LEN(fields) \
	}

/* Reads a map into a record, adding every mistake; what is wrong stays as it was. */
void table_load(struct loader *l, const struct table *t, const struct node *n, void *rec);
/* One value. */
void field_load(struct loader *l, const struct field *f, const struct node *n, void *rec);
const struct field *table_field(const struct table *t, struct sv key);
const char *const *table_keys(struct arena *a, const struct table *t, size_t *n);
/* Checks the shape of a map without keeping anything. */
void unknown_key(struct loader *l, const struct node *n, const struct table *t);

/* Unlike node_text: also refuses empty text. */
MUST_CHECK bool load_texts(struct loader *l, const struct node *n, const struct sv **ret, size_t *nret);

/* Names in a map, for suggestions. */
const char *const *map_names(struct arena *a, const struct map *m, size_t *n);

/* The tables, for the schema and the reference. */
extern const struct table top_table, asset_table, check_table;

/* load_asset.c: reads one asset from its effective definition; graph and references between assets come later. */
void asset_load(struct loader *l, struct asset *asset, const struct node *n);

/* load_source.c */
void sources_load(struct loader *l, void *rec, const struct node *n);
void calendars_load(struct loader *l, void *rec, const struct node *n);
/* A declaration for an inline URL, or for the folder of a file when url is empty. */
const struct source_decl *source_inline(struct loader *l, struct sv url, struct loc loc);
extern const struct field source_fields[], calendar_fields[];
extern const struct table source_table, calendar_table;

/* load_columns.c, load_partitions.c, load_deps.c, load_fresh.c, load_checks.c, load_alerts.c, load_retention.c: fields of assets */
void columns_load(struct loader *l, void *asset, const struct node *n);
void partitions_load(struct loader *l, void *asset, const struct node *n);
void deps_load(struct loader *l, void *asset, const struct node *n);
void freshness_load(struct loader *l, void *asset, const struct node *n);
void staleness_load(struct loader *l, void *asset, const struct node *n);
void gate_load(struct loader *l, void *asset, const struct node *n);
void checks_shape(struct loader *l, const struct node *n);
/* load_publish.c: the map; and, when all else of the asset is known, what follows from both. */
void publish_load(struct loader *l, void *asset, const struct node *n);
void publish_finish(struct loader *l, struct asset *as);
void alerts_load(struct loader *l, void *rec, const struct node *n);
/* load_quarantine.c: an asset's; and a check's, which is read where checks are bound. */
void quarantine_load(struct loader *l, void *asset, const struct node *n);
void quarantine_look(struct loader *l, void *rec, const struct node *n);
extern const struct table quarantine_table;
/* load_lint.c, likewise. */
void lint_load(struct loader *l, void *asset, const struct node *n);
void lint_look(struct loader *l, void *rec, const struct node *n);
extern const struct table lint_table;
/* load_match.c: a list of scalars, or one; and which incidents are meant (struct incident_match). */
const struct node *load_item(const struct node *n, size_t i);
size_t load_items(const struct node *n);
extern const struct table match_table;
/* load_maintenance.c: when nobody is told, or not of each change. */
void maintenance_load(struct loader *l, void *alerts, const struct node *n);
void flapping_load(struct loader *l, void *alerts, const struct node *n);
extern const struct field maintenance_item;
extern const struct table flapping_table;
extern const struct field column_item, dim_item, dep_item, check_item, for_item;
/* load_service.c */
void service_load(struct loader *l, void *rec, const struct node *n);
void schedule_load(struct loader *l, void *asset, const struct node *n);
extern const struct table service_table, schedule_table;
void own_expectations_load(struct loader *l, void *catalog, const struct node *n);
extern const struct table own_table;
extern const struct table freshness_table, staleness_table, gate_table, alerts_table, publish_table,
	retention_table;

/*
 * merge.c: the effective catalog of a parsed file: overlays, the environment, ${VAR}, templates and defaults applied.  Mistakes on
 * the way are added and leave out what they concern.
 */
struct node *catalog_effective(struct loader *l, const struct node *root, const char *env);
/* Keeps templates and defaults from multiplying into something huge: false, with a diagnostic at the place, past the limit. */
MUST_CHECK bool effective_add(struct loader *l, size_t nodes, struct loc at);
/* merge_template.c: every asset of a map, templates expanded. */
struct node *templates_expand(struct loader *l, const struct node *assets);
/* merge_suites.c: the asset with what its suites say beside checks. */
struct node suites_lay(struct loader *l, const struct node *asset);
/* merge_vars.c: ${VAR} in all strings; `$${` is a plain `${`. */
struct node vars_expand(struct loader *l, const struct node *n);
extern const char *const appended_keys[]; /* lists that grow when definitions are laid over one another */
extern const size_t appended_count;

/* The catalog from text alone: no overlays, no other files. */
struct catalog *catalog_load_text(struct arena *a, const char *file, struct sv text, const char *env,
                                  struct diags *d);

/* graph.c: by_key, edges, order; cycles, self-dependencies and duplicate names are mistakes. */
void graph_build(struct loader *l);
void catalog_hash(struct catalog *c);

#endif
