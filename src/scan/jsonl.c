/*
 * JSONL: an object on each line.  Columns are the keys; the members of nested objects are columns too, by their path `a.b`, beside
 * the nested object itself as text.  A key with a dot in it comes before a path of the same name.  Of equal keys in one object the last
 * one counts, with its members.  Lines that are no object are malformed; blank ones are nothing.
 *
 * Keys come in the same order on almost all lines, so each is first compared with the one that came next last time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "scan/json_shape.h"
#include "scan/jsonl_head.h"

enum {
	SPLITS_MAX = 64,     /* as in csv.c */
	CELLS_MAX = 1 << 20, /* of one batch, for very wide tables */
	DOTS_MAX =
		4 /* names with more are looked for as one key, and as a path with as many steps as there can be */
};

/* A key of an object, by the path that leads to it. */
struct key_node {
	struct cells *cells; /* of the column; NULL = not needed, or no column */
	uint32_t steps;      /* of the path: fewer come first */
	struct map kid;      /* name -> struct key_node *, in the order of the schema */
	uint64_t met_in;     /* of those with kids: number of the line that had it last */
	size_t next;         /* where in kid.e the next key is likely to be */
};

struct jsonl_reader {
	struct reader base;
	const struct dataset *d;
	uint32_t ncolumn, ncells, rows_max;
	struct cells *cells;
	uint64_t *set_in;               /* by cells: number of the line that set it last */
	const struct key_node **set_by; /* and the key that had the value */
	const struct vector **column;
	struct key_node root;
	struct arena *keep, *scratch;
	uint64_t line;
	int splits;
	struct json_shape shape;
	bool learning; /* from the line that is read */
};

static struct key_node *
kid_put(struct jsonl_reader *r, struct key_node *n, struct sv name)
{
	struct map_entry *e = map_put(&n->kid, name);

	if (e->value == NULL) {
		struct key_node *kid = ARENA_NEW(r->keep, struct key_node);

		map_init(&kid->kid, r->keep);
		e->value = kid;
	}
	return e->value;
}

/* All ways to read a column's name as a path: each dot may part two keys, or belong to one. */
static void
add_paths(struct jsonl_reader *r, struct key_node *n, struct sv name, uint32_t steps, bool part_all,
          struct cells *cells)
{
	for (size_t i = 0; i <= name.n; i++) {
		if (i < name.n && name.p[i] != '.')
			continue;

		struct key_node *kid = kid_put(r, n, (struct sv){name.p, i});

		if (i == name.n) {
			kid->cells = cells;
			kid->steps = steps;
			return;
		}
		add_paths(r, kid, sv_skip(name, i + 1), steps + 1, part_all, cells);
		if (part_all)
			return;
	}
}

static size_t
count_dots(struct sv s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '.';
	return n;
}

static struct reader *
jsonl_open(const struct dataset *d, const struct schema *schema, const unsigned *need)
{
	struct jsonl_reader *r = xcalloc(1, sizeof(*r));
	uint32_t room = MAX(schema->n, 1u);

	r->base.driver = &reader_jsonl;
	r->d = d;
	r->ncolumn = schema->n;
	r->keep = arena_new();
	r->scratch = arena_new();
	r->cells = xcalloc(room, sizeof(*r->cells));
	r->set_in = xcalloc(room, sizeof(*r->set_in));
	r->set_by = xcalloc(room, sizeof(struct key_node *));
	r->column = xcalloc(room, sizeof(struct vector *));
	map_init(&r->root.kid, r->keep);
	for (uint32_t i = 0; i < schema->n; i++) {
		const struct column *c = &schema->col[i];
		struct cells *cells = NULL;
		bool many = count_dots(c->name) > DOTS_MAX;

		if (need[i] != 0) {
			cells = &r->cells[r->ncells++];
			cells_init(cells, c, need[i], true);
		}
		if (many) {
			struct key_node *kid = kid_put(r, &r->root, c->name);

			kid->cells = cells;
			kid->steps = 1;
		}
		add_paths(r, &r->root, c->name, 1, many, cells);
	}
	r->rows_max = (uint32_t)MAX(1, MIN(VECTOR_ROWS, CELLS_MAX / MAX(r->ncells, 1u)));
	return &r->base;
}

static void
jsonl_close(struct reader *base)
{
	struct jsonl_reader *r = (struct jsonl_reader *)base;

	if (r == NULL)
		return;
	for (uint32_t i = 0; i < r->ncells; i++)
		cells_fini(&r->cells[i]);
	arena_free(r->keep);
	arena_free(r->scratch);
	json_shape_fini(&r->shape);
	free(r->cells);
	free(r->set_in);
	free(r->set_by);
	free(r->column);
	free(r);
}

/* The node of a key, or NULL if no column has to do with it. */
static struct key_node *
find_key(struct jsonl_reader *r, struct key_node *n, struct sv raw, bool escaped)
{
	struct sv name = escaped ? json_line_text(r->scratch, raw, true) : raw;
	struct key_node *kid;

	if (n->next >= n->kid.n)
		n->next = 0;
	if (n->kid.n > 0 && sv_eq(n->kid.e[n->next].key, name))
		return n->kid.e[n->next++].value;
	kid = map_get(&n->kid, name);
	if (kid == NULL)
		return NULL;
	for (size_t i = n->next + 1; i < n->kid.n; i++) /* most likely some were left out */
		if (n->kid.e[i].value == kid) {
			n->next = i + 1;
			return kid;
		}
	n->next = 0;
	return kid;
}

static void
set_cell(struct jsonl_reader *r, const struct key_node *n, uint32_t row, const struct json_item *item)
{
	struct cells *c = n->cells;
	size_t k = (size_t)(c - r->cells);

	if (r->set_in[k] == r->line) {
		r->shape.spoilt = true; /* which of two values counts is no matter of shape */
		if (r->set_by[k]->steps < n->steps)
			return; /* a shorter path of the same name was there */
	}
	r->set_in[k] = r->line;
	r->set_by[k] = n;
	if (item->null) {
		c->text[row] = (struct sv){0};
		bit_clear(c->valid, row);
		return;
	}
	c->text[row] = json_line_text(r->scratch, item->text, item->escaped);
	c->tag[row] = (uint8_t)item->tag;
	bit_set(c->valid, row);
}

/* Another value of the same key counts: the members of the one before are no more. */
static void
forget_members(struct jsonl_reader *r, const struct key_node *n, uint32_t row)
{
	for (size_t i = 0; i < n->kid.n; i++) {
		struct key_node *kid = n->kid.e[i].value;
		size_t k = kid->cells != NULL ? (size_t)(kid->cells - r->cells) : 0;

		forget_members(r, kid, row);
		kid->met_in = 0;
		if (kid->cells == NULL || r->set_in[k] != r->line || r->set_by[k] != kid)
			continue;
		r->set_in[k] = 0;
		kid->cells->text[row] = (struct sv){0};
		bit_clear(kid->cells->valid, row);
	}
}

/* A key whose members are columns. */
static void
meet_parent(struct jsonl_reader *r, struct key_node *n, uint32_t row)
{
	if (n->met_in == r->line) {
		r->shape.spoilt = true;
		forget_members(r, n, row);
	}
	n->met_in = r->line;
}

/* The members of an object whose opening brace was read. */
static bool
read_object(struct jsonl_reader *r, struct json_cursor *c, struct key_node *n, uint32_t row)
{
	n->next = 0;
	if (json_line_char(c, '}'))
		return true;
	do {
		struct key_node *kid;
		struct json_item item;
		struct sv key;
		bool escaped;

		if (!json_line_string(c, &key, &escaped) || !json_line_char(c, ':'))
			return false;
		json_line_space(c);
		kid = find_key(r, n, key, escaped);

		const char *value = c->p;

		if (kid != NULL && kid->kid.n > 0)
			meet_parent(r, kid, row);
		if (kid != NULL && kid->kid.n > 0 && c->p < c->end && *c->p == '{') {
			c->p++;
			if (++c->depth > JSON_LINE_DEPTH || !read_object(r, c, kid, row))
				return false;
			c->depth--;
			item = (struct json_item){.tag = CELL_NESTED,
			                          .text = {value, (size_t)(c->p - value)}};
			if (kid->cells != NULL)
				r->shape.spoilt = true; /* needed in parts and as a whole */
		} else if (!json_line_value(c, &item)) {
			return false;
		} else if (r->learning) {
			json_shape_value(&r->shape, value, c->p, kid != NULL ? kid->cells : NULL,
			                 kid != NULL && kid->kid.n > 0, c->depth);
		}
		if (kid != NULL && kid->cells != NULL)
			set_cell(r, kid, row, &item);
	} while (json_line_char(c, ','));
	return json_line_char(c, '}');
}

/* How far the scanner came tells what is wrong. */
static void
note_malformed(struct jsonl_reader *r, const struct json_cursor *c, struct sv line, size_t at)
{
	struct malformed *m = &r->base.bad[r->base.nbad];

	if (r->base.nbad >= MALFORMED_KEEP)
		return;
	r->base.nbad++;
	m->at = at;
	if (sv_trim(line).p[0] != '{')
		(void)snprintf(m->why, sizeof(m->why), "no JSON object");
	else if (c->depth > JSON_LINE_DEPTH)
		(void)snprintf(m->why, sizeof(m->why), "objects in more than %d levels", JSON_LINE_DEPTH);
	else if (c->p >= c->end)
		(void)snprintf(m->why, sizeof(m->why), "the object does not end on its line");
	else
		(void)snprintf(m->why, sizeof(m->why), "no JSON from byte %zu of the line on",
		               (size_t)(c->p - line.p) + 1);
}

/* The cursor is left where the line is no object. */
static bool
read_line(struct jsonl_reader *r, struct sv line, uint32_t row, struct json_cursor *c)
{
	*c = (struct json_cursor){line.p, line.p + line.n, 1};
	r->line++;
	if (r->learning)
		json_shape_begin(&r->shape, line.p);
	if (json_line_char(c, '{') && read_object(r, c, &r->root, row) && json_line_ends(c)) {
		if (r->learning)
			json_shape_end(&r->shape, line.p + line.n);
		return true;
	}
	/* The place is for the next line. */
	for (uint32_t k = 0; k < r->ncells; k++) {
		r->cells[k].text[row] = (struct sv){0};
		bit_clear(r->cells[k].valid, row);
	}
	return false;
}

static bool
check_size(const struct jsonl_reader *r, struct sv line, uint32_t row, struct err *err)
{
	if (line.n <= FIELD_MAX)
		return true;
	if (line.n > RECORD_MAX)
		return err_set(err, ERR_LIMIT, NOWHERE, "a line is longer than %zu MiB", RECORD_MAX >> 20);
	for (uint32_t k = 0; k < r->ncells; k++)
		if (r->cells[k].text[row].n > FIELD_MAX)
			return err_set(err, ERR_LIMIT, NOWHERE, "a value is longer than %zu MiB",
			               FIELD_MAX >> 20);
	return true;
}

/* Moves *at behind a line of the shape that is known; false if it is to be read with care. */
static bool
read_by_shape(struct jsonl_reader *r, struct sv rest, uint32_t row, size_t *at)
{
	size_t n;

	r->learning = json_shape_wanted(&r->shape);
	if (!r->learning)
		return false;
	n = json_shape_read(&r->shape, rest, row, r->scratch);
	if (n == 0 || n > FIELD_MAX)
		return false;
	*at += MIN(n + 1, rest.n);
	return true;
}

static bool
read_lines(struct jsonl_reader *r, struct sv text, size_t *at, struct batch *b, struct err *err)
{
	while (*at < text.n && b->rows < r->rows_max) {
		struct sv rest = sv_skip(text, *at);

		if (read_by_shape(r, rest, b->rows, at)) {
			b->rows++;
			continue;
		}

		const char *newline = memchr(rest.p, '\n', rest.n);
		struct sv line = {rest.p, newline != NULL ? (size_t)(newline - rest.p) : rest.n};
		size_t used = line.n + (newline != NULL);

		if (sv_trim(line).n == 0) {
			*at += used;
			continue;
		}

		struct json_cursor c = {0};
		bool ok = line.n <= RECORD_MAX && read_line(r, line, b->rows, &c);

		if (!check_size(r, line, b->rows, err)) {
			r->base.error_at = *at;
			return false;
		}
		if (!ok && b->rows > 0 && r->splits < SPLITS_MAX) {
			r->splits++;
			return true; /* it begins the next batch */
		}
		if (!ok)
			note_malformed(r, &c, line, *at);
		*at += used;
		b->rows += ok;
		b->malformed += !ok;
	}
	return true;
}

static bool
jsonl_next(struct reader *base, struct sv text, size_t *at, struct batch *ret, struct err *err)
{
	struct jsonl_reader *r = (struct jsonl_reader *)base;
	struct batch b = {.column = r->column, .ncolumn = r->ncolumn};

	if (*at == 0)
		r->splits = 0;
	r->base.nbad = 0;
	arena_reset(r->scratch);
	for (uint32_t k = 0; k < r->ncells; k++) {
		memset(r->cells[k].valid, 0, sizeof(r->cells[k].valid));
		memset(r->cells[k].text, 0, r->rows_max * sizeof(struct sv));
	}
	if (!read_lines(r, text, at, &b, err))
		return false;
	for (uint32_t k = 0; k < r->ncells; k++) {
		cells_vector(&r->cells[k], b.rows);
		r->column[r->cells[k].column->index] = &r->cells[k].v;
	}
	*ret = b;
	return true;
}

/* No newline can stand inside a line. */
static int64_t
jsonl_border(const struct dataset *d UNUSED, struct sv text, uint8_t *state)
{
	if (*state == BORDER_RECORD)
		return 0;

	const char *newline = text.n > 0 ? memchr(text.p, '\n', text.n) : NULL;

	return newline != NULL ? newline - text.p + 1 : -1;
}

const struct reader_driver reader_jsonl = {
	.format = "jsonl",
	.mixed = TYPE_VARIANT,
	.head = jsonl_head,
	.border = jsonl_border,
	.open = jsonl_open,
	.close = jsonl_close,
	.next = jsonl_next,
};
