/*
 * Importers: what other tools wrote, as a catalog of ours.
 *
 * An importer is pure: from a foreign document, a tree of nodes with places, it makes a tree of the catalog's own form, in which each node
 * keeps its place in the original, and a note for each thing that the document says: exact, approximated, ambiguous or refused.  All
 * that follows reads that tree: suites, overlays of the catalog, `weir import`.
 *
 *	suite_name:                           (optional)
 *	assets:
 *	  orders:                             as the document calls it
 *	    description: …                    any key of an asset
 *	    checks:
 *	      - expect_x: {column: a}         the expectation comes first, then what stands beside it
 *	        name: …
 *	      - unsupported: {what: …, why: …, remedy: …}
 *
 * Nothing is lost by forgetting it.  Everything that a document may say is looked at through import_get and its kin, which mark it; what
 * nobody looked at is refused in the end, with the nearest name that was asked for.  And what is refused stays among the checks
 * as `unsupported`, whose outcome is always `error`.
 */
#ifndef WEIR_IMPORT_IMPORT_H
#define WEIR_IMPORT_IMPORT_H

#include "base/map.h"
#include "catalog/node_build.h"

/* From the best to the worst: an item has the worst grade of what was said about it. */
enum grade {
	GRADE_EXACT,        /* the same verdicts on the same data */
	GRADE_APPROXIMATED, /* checked, and why verdicts may differ is told */
	GRADE_AMBIGUOUS,    /* the original can be read in several ways: one was chosen */
	GRADE_REFUSED       /* not checked; the outcome of the check that stands for it is `error` */
};
extern const char *const grade_names[4];

struct note {
	enum grade grade;
	struct loc loc;   /* in the original */
	struct sv asset;  /* or empty: of the document */
	struct sv what;   /* the original, on one line, short */
	struct sv became; /* our form in YAML, on one line; or empty */
	struct sv why;    /* of all grades but exact; there, what the importer remarks, or empty */
	struct sv remedy; /* a sentence, or empty */
};

struct importer;

/* What an import gives; lives in its arena. */
struct imported {
	const struct importer *importer;
	struct node *root;         /* the tree; `assets` may be empty */
	const struct node *params; /* what $PARAMETER in the tree means, or NULL */
	struct sv name;            /* of the suite, or empty */
	bool sql;                  /* some checks are queries: a catalog that has them must allow SQL */
	LIST(struct note) note;
};

struct import_options {
	const struct map *var; /* variables given by the user: name -> struct sv *; or NULL */
};

struct importing;

struct importer {
	const char *name;
	const char *alias[3];
	const char *title;   /* of the tool and version: "SodaCL (Soda 3)" */
	const char *doc;     /* what is read, for `weir explain` and the reference: a sentence or two */
	const char *example; /* of a document, short: recognised by this importer and by no other */
	/* Does a tree, or the text of a file that is no YAML, look like one?  At least one of the two. */
	bool (*recognise)(const struct node *root);
	bool (*recognise_text)(struct sv text);
	/* Of what recognise_text knows, root is a scalar: the whole text, its place the first byte. */
	void (*read)(struct importing *im, const struct node *root);
};
extern const struct importer
	*const importers[]; /* in the order of asking: the more particular shapes first */
extern const size_t importer_count;
const struct importer *importer_find(struct sv name);          /* by name or alias; NULL */
const char *const *importer_names(struct arena *a, size_t *n); /* names only */
/* Which one a tree looks like; NULL if none. */
const struct importer *importer_of(const struct node *root);

/* A document that was read, and what it is. */
struct document {
	const char *file;
	struct sv text;
	const struct node *root;         /* of an importer of text: a scalar, the whole */
	const struct importer *importer; /* NULL: it looks like nothing that can be imported */
};
/*
 * False, with diagnostics, if it cannot be read, or is not of the kind that was named (NULL: by its content).  JSON if `file` ends in
 * .json, else YAML or what an importer knows as its own.
 */
MUST_CHECK bool document_text(struct arena *a, const char *file, struct sv text, const char *kind,
                              struct document *ret, struct diags *d);
MUST_CHECK bool document_file(struct arena *a, const char *path, const char *kind, struct document *ret,
                              struct diags *d);
/* What cannot be understood is refused in a note; only a document without an importer makes this fail. */
MUST_CHECK bool import_document(struct arena *a, const struct document *doc, const struct import_options *o,
                                struct imported *ret, struct diags *d);

/*
 * The asset of the tree that is called so, or has an alias that is: by its whole name, by its last part (behind `.`, `/` or `:`), letters' case aside if
 * need be; or the only one, whatever it is called, where names is empty or `alone` is true.  NULL if there is none, or if two fit equally.
 */
const struct node *imported_asset(const struct imported *im, const struct sv *name, size_t n, bool alone);

/* How many notes of a grade. */
size_t imported_count(const struct imported *im, enum grade g);

/* For importers: looking ------------------------------------------------------------------------------------------- */

struct importing {
	struct arena *a;
	struct diags
		*d; /* for documents that cannot be read at all; what is merely not understood is refused */
	const struct importer *importer;
	const struct import_options *o;
	struct imported *ret;
	struct map seen;                   /* node -> struct look */
	struct map by_name;                /* of assets: name -> struct import_asset * */
	LIST(struct import_asset *) asset; /* in the order of their first mention */
	LIST(struct node) everywhere;      /* stand-ins of refused items of no asset: in all of them */
	const struct node *root;
};

/* The member of a map, which is then looked at; NULL if absent, null, or `map` is none. */
const struct node *import_get(struct importing *im, const struct node *map, const char *key);
/* The same for the i-th kid of a map or list, whatever it is called. */
const struct node *import_kid(struct importing *im, const struct node *n, size_t i);
/* It and all below it are looked at: what is passed on as it is, or concerns nobody. */
void import_whole(struct importing *im, const struct node *n);
/* A scalar's text by import_get; false if it is absent or no scalar. */
bool import_text_of(struct importing *im, const struct node *map, const char *key, struct sv *ret);
/* A variable of the user's (options); false if there is none of that name. */
bool import_var(const struct importing *im, struct sv name, struct sv *ret);

/* For importers: what it becomes ----------------------------------------------------------------------------------- */

struct import_asset {
	struct sv name;
	struct loc loc;
	struct node keys; /* a map: any keys of an asset but `checks` */
	LIST(struct node) check;
	struct map names, said; /* private: names of its checks, and their texts without names */
	struct sv where;        /* of all its checks that are added from now on, beside their own; or empty */
};

/* The asset of a name, made where it is new. */
struct import_asset *import_asset(struct importing *im, struct sv name, struct loc at);

/* One thing that the document says, from import_item to import_item_end: a check, usually. */
struct import_item {
	struct importing *im;
	struct import_asset *asset; /* NULL: of the document */
	const struct node *from;    /* unknown keys below it make the whole item refused; may be NULL */
	struct loc loc;
	struct sv what;
	enum grade grade;
	bool whole; /* about the table, not its rows: no filter */
	bool check; /* a refusal must be seen when checks run: `unsupported` takes its place */
	struct sv why, remedy;
	struct sv name, severity,
		description; /* of the checks that it becomes, unless they say them; or empty */
	struct sv where;     /* likewise, beside the asset's */
	LIST(struct node) made;
	struct sv became; /* what it became when that is no check; or empty */
};

struct import_item import_item(struct importing *im, struct import_asset *asset, const struct node *from,
                               struct loc at, struct sv what);
/* A check begins as a map of one expectation: args is a map of arguments, or a short form's scalar or list. */
void import_check(struct import_item *it, const char *expectation, const struct node *args);
/* Something that stands beside the expectation of the check that was added last (warn, fail, mostly …). */
void import_beside(struct import_item *it, const char *key, struct sv text);
/* Lowers the grade: why, and what to do (may be NULL).  Several add up.  A refusal makes what was added before and is added later nothing. */
void import_grade(struct import_item *it, enum grade g, const char *remedy, const char *why, ...)
	PRINTF(4, 5);
/* A remark that lowers nothing: what is not kept, and changes no verdict. */
void import_remark(struct import_item *it, const char *why, ...) PRINTF(2, 3);
/* Adds its checks to the asset and its note to the result. */
void import_item_end(struct import_item *it);

/* An item that is refused as a whole, with everything below `from` (may be NULL); `check` as in struct import_item. */
void import_refuse(struct importing *im, struct import_asset *asset, const struct node *from, struct loc at,
                   bool check, struct sv what, const char *remedy, const char *why, ...) PRINTF(8, 9);

/* For importers: texts --------------------------------------------------------------------------------------------- */

/* The name of a column as our expressions write it: quoted where need be. */
struct sv import_ident(struct arena *a, struct sv column);
/* A scalar as a constant of our expressions: numbers as written, texts in single quotes. */
struct sv import_literal(struct arena *a, const struct node *n);
struct sv import_quote(struct arena *a, struct sv text);
/*
 * Is it an expression of ours, syntactically, that says what it says in SQL?  Conditions of other tools often are.  *why (in a) says what is wrong if not.
 */
bool import_is_expr(struct arena *a, struct sv text, struct sv *why);
/* `a AND b` where both are given, in parentheses; else the one that is, or nothing. */
struct sv import_and(struct arena *a, struct sv x, struct sv y);
/* A database's type as ours: varchar(20) is string.  False if it is none that we know. */
bool import_type(struct arena *a, struct sv type, struct sv *ret);
/* A node on one line, cut to n characters: for `what`. */
struct sv import_short(struct arena *a, const struct node *n);

#endif
