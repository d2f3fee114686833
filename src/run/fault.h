/*
 * Faults: what goes wrong with data, planted into rows in memory.  One is a row of a table: its name, where it applies, how it changes
 * values or rows, and which checks would notice.
 *
 * All of it follows from the rows and the seed.  Of faults that befall few rows, one in a hundred of those that they would change is
 * picked by a generator (splitmix64), or one if that picks none.
 */
#ifndef WEIR_RUN_FAULT_H
#define WEIR_RUN_FAULT_H

#include "base/buf.h"
#include "run/profile.h"
#include "scan/frame.h"

struct planting {
	struct arena *a;               /* as long as the mutant */
	const struct asset *asset;     /* NULL of a bare source */
	const struct profile *profile; /* of the rows as they are */
	const struct frame *base;
	struct frame view;  /* the rows as they are to be */
	struct column *col; /* its columns, of view.schema */
	uint32_t column;    /* of the base, of faults in columns */
	uint64_t seed;
	const char *detail; /* what was done there in particular, or NULL */
};

/* Checks that might notice: YAML of one, each, the best first. */
struct proposals {
	struct arena *a;
	const struct planting *p;
	int64_t now_us;
	LIST(struct sv) list;
};

struct fault {
	const char *name, *title; /* title: in a list of them */
	const char *doc;
	bool of_table; /* it befalls rows as a whole, once; else each column */
	bool few;      /* with change: one row in a hundred, else all */
	bool counts;   /* it is about how many rows there are: not known of a sample */
	bool shape;    /* it changes columns or their types, so checks of no column may notice */
	/* Can it befall the column at all?  NULL: all of them, or any table. */
	bool (*applies)(const struct planting *p, const struct column *c);
	/* What a value becomes, in the arena of the planting; false: it stays as it is. */
	bool (*change)(const struct planting *p, struct value v, struct value *ret);
	/* Instead: changes p->view, and tells how many rows are not what they were; 0: it has no effect. */
	int64_t (*plant)(struct planting *p);
	void (*propose)(struct proposals *s);
	const char *blind; /* why no check of the same rows may be able to tell; NULL: there is one */
};

/* In the order of reports. */
extern const struct fault *const faults[];
extern const size_t fault_count;
const struct fault *fault_find(struct sv name);
const char *const *fault_names(struct arena *a, size_t *n);

/* Plants it into p->view, a view of p->base: how many rows it changed. */
int64_t fault_plant(const struct fault *f, struct planting *p);

/* For those who plant: a number of the seed's, the k-th. */
uint64_t fault_random(const struct planting *p, uint64_t k);
/* Of n candidates the ones that few-faults take: bits, at least one if n > 0. */
const uint64_t *fault_pick(const struct planting *p, int64_t n);
/* A copy of a column of the base for changing, in the view. */
struct frame_column *fault_column(struct planting *p, uint32_t column);

extern const struct fault fault_null_some, fault_null_all, fault_empty_text, fault_truncated, fault_case,
	fault_padded, fault_mojibake, fault_category, fault_unit_up, fault_unit_down, fault_sign,
	fault_outlier, fault_rounded, fault_as_text, fault_zone, fault_day, fault_future, fault_row_shift,
	fault_row_swap, fault_column_swap, fault_column_lost, fault_column_renamed, fault_key_twice,
	fault_rows_twice, fault_half_lost, fault_all_lost, fault_repeated, fault_stale;

#endif
