/*
 * Lists, maps and structs as JSON text, put together from the levels of their leaves (Melnik et al., "Dremel", 2010).
 *
 * Each leaf is a stream of entries: a value or its absence, the level of definition that says how much of its path is there, and that of
 * repetition, which says what list goes on.  The first leaf below a node decides about the node; all others must agree, else the file is
 * damaged.  A row is written as it is met, so that no more than a few entries of each leaf are in memory.
 */
#include <stdlib.h>

#include "parquet/reader.h"

enum { ENTRIES = 512 };
/* What a stream needs, roughly. */
#define STREAM_BYTES ((size_t)96 << 10)

struct stream {
	struct leaf_reader r;
	uint32_t n, at; /* entries at hand; the next one */
	uint32_t value; /* the next value */
	struct vector v;
	struct column_data data;
	uint8_t definition[ENTRIES], repetition[ENTRIES];
};

struct nested {
	const struct parquet_file *f;
	const struct node *node;
	bool values; /* they are wanted; else presence is all */
	struct stream *stream;
	uint32_t nstream;
	struct buf text;
	struct json_writer w;
	struct buf key;
	size_t start[VECTOR_ROWS + 1];
	uint64_t all[BITMAP_WORDS(ENTRIES)]; /* ones */
	uint32_t index[ENTRIES];
};

struct nested *
nested_new(const struct parquet_file *f, const struct node *node, bool values)
{
	struct nested *n = xcalloc(1, sizeof(*n));

	n->f = f;
	n->node = node;
	n->values = values;
	bits_fill(n->all, ENTRIES);
	buf_init(&n->text, f->memory);
	buf_init(&n->key, f->memory);
	return n;
}

void
nested_free(struct nested *n)
{
	for (uint32_t i = 0; i < n->nstream; i++) {
		leaf_fini(&n->stream[i].r);
		column_data_fini(&n->stream[i].data);
	}
	free(n->stream);
	buf_fini(&n->text);
	buf_fini(&n->key);
	free(n);
}

bool
nested_seek(struct nested *n, const struct parquet_file *f, const struct node *node, uint32_t group,
            struct err *err)
{
	uint32_t count = n->values ? node->nleaf : 1;

	if (n->stream == NULL) {
		if (count > f->memory / STREAM_BYTES)
			return file_bad(f, ERR_LIMIT, err,
			                "'" SV_FMT
			                "' has %u columns below it, too many for the memory allowed",
			                SV_ARG(node->name), count);
		n->stream = xcalloc(count, sizeof(*n->stream));
		for (; n->nstream < count; n->nstream++)
			leaf_init(&n->stream[n->nstream].r, f, node->leaf + n->nstream);
	}
	n->f = f;
	n->node = node;
	for (uint32_t i = 0; i < n->nstream; i++) {
		struct stream *s = &n->stream[i];

		s->n = s->at = s->value = 0;
		if (!leaf_seek(&s->r, f, group, node->leaf + i, err))
			return false;
	}
	return true;
}

int64_t
nested_bytes(const struct nested *n)
{
	int64_t bytes = 0;

	for (uint32_t i = 0; i < n->nstream; i++)
		bytes += n->stream[i].r.pages.bytes;
	return bytes;
}

static bool
read_levels(struct stream *s, struct err *err)
{
	const struct leaf *l = s->r.leaf;
	uint8_t most = 0, furthest = 0;

	memset(s->definition, 0, s->n);
	memset(s->repetition, 0, s->n);
	if ((l->max_def > 0 && !hybrid_read_bytes(&s->r.definition, s->n, s->definition)) ||
	    (l->max_rep > 0 && !hybrid_read_bytes(&s->r.repetition, s->n, s->repetition)))
		return pages_bad(&s->r.pages, ERR_FORMAT, err, "it has fewer levels than values");
	for (uint32_t i = 0; i < s->n; i++) {
		most = MAX(most, s->definition[i]);
		furthest = MAX(furthest, s->repetition[i]);
	}
	if (most > l->max_def || furthest > l->max_rep)
		return pages_bad(&s->r.pages, ERR_FORMAT, err, "a level is higher than the schema has any");
	return true;
}

static bool
read_entry_values(struct nested *n, struct stream *s, struct err *err)
{
	const struct conversion *how = s->r.leaf->how;
	uint32_t k = 0;

	for (uint32_t i = 0; i < s->n; i++)
		k += s->definition[i] == s->r.leaf->max_def;
	slabs_turn(&s->r.slabs, s->r.body.start);
	column_data_room(&s->data, how, ENTRIES);
	if (s->r.coded) {
		if (!leaf_indexes(&s->r, k, n->index, err))
			return false;
		if (k > 0)
			leaf_gather(&s->r, n->index, k, s->data.v);
	} else if (!leaf_values(&s->r, k, &s->data, 0, err)) {
		return false;
	}
	s->v = (struct vector){
		.rep = how->rep, .type = s->r.leaf->type, .rows = k, .valid = n->all, .i64 = s->data.v};
	s->value = 0;
	return true;
}

/* Sees to it that there is an entry; *end: the chunk has no more. */
static bool
fill(struct nested *n, struct stream *s, bool *end, struct err *err)
{
	*end = false;
	if (s->at < s->n)
		return true;
	s->n = s->at = 0;
	if (!leaf_head(&s->r, end, err))
		return false;
	if (*end)
		return true;
	if (!s->r.started && !leaf_body(&s->r, err))
		return false;
	s->n = MIN(s->r.left, (uint32_t)ENTRIES);
	s->r.left -= s->n;
	return read_levels(s, err) && (!n->values || read_entry_values(n, s, err));
}

static bool
too_few(const struct stream *s, struct err *err)
{
	return chunk_bad(s->r.pages.f, s->r.pages.group, s->r.pages.leaf, ERR_FORMAT, err,
	                 "its pages hold fewer rows than the row group has");
}

static struct stream *
stream_of(struct nested *n, uint32_t leaf)
{
	return &n->stream[leaf - n->node->leaf];
}

/* The next entry of a leaf, which must belong to this repetition and be there up to the level `floor`. */
static bool
expect(struct nested *n, struct stream *s, uint8_t rep, uint8_t floor, struct err *err)
{
	bool end;

	if (!fill(n, s, &end, err))
		return false;
	if (end)
		return too_few(s, err);
	if (s->repetition[s->at] == rep && s->definition[s->at] >= floor)
		return true;
	return pages_bad(&s->r.pages, ERR_FORMAT, err,
	                 "its levels do not fit those of the columns beside it, or those before");
}

/* The absence of a node takes an entry of each leaf below it. */
static bool
pass(struct nested *n, const struct node *node, uint8_t rep, uint8_t level, struct err *err)
{
	for (uint32_t i = 0; i < node->nleaf; i++) {
		struct stream *s = stream_of(n, node->leaf + i);

		if (!expect(n, s, rep, level, err))
			return false;
		if (s->definition[s->at] != level)
			return pages_bad(&s->r.pages, ERR_FORMAT, err,
			                 "its levels do not fit those of the columns beside it");
		s->at++;
	}
	return true;
}

static struct value
take_value(struct stream *s)
{
	uint32_t i = s->value++;

	if (s->v.rep == REP_BITS)
		return value_bool(((const uint8_t *)s->data.v)[i] != 0);
	return vector_value(&s->v, i);
}

static bool put(struct nested *n, const struct node *node, uint8_t rep, uint8_t floor, struct err *err);

static bool
put_key(struct nested *n, const struct node *node, uint8_t rep, uint8_t floor, struct err *err)
{
	struct stream *s = stream_of(n, node->leaf);

	if (!expect(n, s, rep, floor, err))
		return false;
	buf_clear(&n->key);
	if (s->definition[s->at++] < node->def)
		buf_puts(&n->key, "null");
	else
		(void)value_to_text(take_value(s), &n->key);
	json_key_sv(&n->w, buf_sv(&n->key));
	return true;
}

/* Keys that are no scalars cannot be an object's: such a map is an array of entries. */
static bool
put_entry(struct nested *n, const struct node *map, uint8_t rep, struct err *err)
{
	const struct node *key = &map->kid[0];
	bool object = key->kind == NODE_LEAF;

	if (object) {
		if (!put_key(n, key, rep, map->element_def, err))
			return false;
	} else {
		json_object(&n->w);
		json_key(&n->w, "key");
		if (!put(n, key, rep, map->element_def, err))
			return false;
		json_key(&n->w, "value");
	}
	if (map->nkid < 2)
		json_null(&n->w);
	else if (!put(n, &map->kid[1], rep, map->element_def, err))
		return false;
	if (!object)
		json_object_end(&n->w);
	return true;
}

/* A list or map that is there. */
static bool
put_elements(struct nested *n, const struct node *node, uint8_t rep, struct err *err)
{
	struct stream *first = stream_of(n, node->leaf);
	bool object = node->kind == NODE_MAP && node->kid[0].kind == NODE_LEAF, more;

	if (object)
		json_object(&n->w);
	else
		json_array(&n->w);
	if (first->definition[first->at] < node->element_def) {
		if (!pass(n, node, rep, first->definition[first->at], err))
			return false;
	} else {
		do {
			bool end;

			if (node->kind == NODE_MAP ? !put_entry(n, node, rep, err)
			                           : !put(n, &node->kid[0], rep, node->element_def, err))
				return false;
			if (!fill(n, first, &end, err))
				return false;
			more = !end && first->repetition[first->at] == node->rep;
			rep = node->rep;
			if (n->text.full)
				return true; /* there is no use in going on */
		} while (more);
	}
	if (object)
		json_object_end(&n->w);
	else
		json_array_end(&n->w);
	return true;
}

static bool
put(struct nested *n, const struct node *node, uint8_t rep, uint8_t floor, struct err *err)
{
	struct stream *first = stream_of(n, node->leaf);

	if (!expect(n, first, rep, floor, err))
		return false;
	if (first->definition[first->at] < node->def) {
		json_null(&n->w);
		return pass(n, node, rep, first->definition[first->at], err);
	}
	switch (node->kind) {
	case NODE_LEAF:
		value_to_json(take_value(first), &n->w);
		first->at++;
		return true;
	case NODE_LIST:
	case NODE_MAP:
		return put_elements(n, node, rep, err);
	case NODE_STRUCT:
		break;
	}
	json_object(&n->w);
	for (uint32_t i = 0; i < node->nkid; i++) {
		json_key_sv(&n->w, node->kid[i].name);
		if (!put(n, &node->kid[i], rep, node->def, err))
			return false;
	}
	json_object_end(&n->w);
	return true;
}

/* Presence alone: the first leaf knows, and all entries up to the next row belong to this one. */
static bool
next_presence(struct nested *n, uint64_t *valid, uint32_t row, struct err *err)
{
	struct stream *s = &n->stream[0];
	bool end;

	if (!expect(n, s, 0, 0, err))
		return false;
	if (s->definition[s->at] >= n->node->def)
		bit_set(valid, row);
	do {
		s->at++;
		if (!fill(n, s, &end, err))
			return false;
	} while (!end && s->repetition[s->at] != 0);
	return true;
}

static bool
next_row(struct nested *n, uint64_t *valid, uint32_t row, struct err *err)
{
	struct stream *first = &n->stream[0];

	if (!expect(n, first, 0, 0, err))
		return false;
	if (first->definition[first->at] < n->node->def)
		return pass(n, n->node, 0, first->definition[first->at], err);
	bit_set(valid, row);
	json_write_init(&n->w, &n->text, 0);
	return put(n, n->node, 0, 0, err);
}

bool
nested_next(struct nested *n, uint32_t rows, uint64_t *valid, struct sv *texts, struct err *err)
{
	buf_clear(&n->text);
	for (uint32_t i = 0; i < rows; i++) {
		n->start[i] = n->text.n;
		if (!n->values ? !next_presence(n, valid, i, err) : !next_row(n, valid, i, err))
			return false;
		if (n->text.full || n->key.full)
			return file_bad(n->f, ERR_LIMIT, err,
			                "the texts of '" SV_FMT
			                "' need more memory than the %zu bytes allowed",
			                SV_ARG(n->node->name), n->f->memory);
	}
	n->start[rows] = n->text.n;
	if (texts == NULL)
		return true;

	char *pad = buf_reserve(&n->text, PQ_PAD);

	if (pad == NULL)
		return file_bad(n->f, ERR_LIMIT, err,
		                "the texts of '" SV_FMT "' need more memory than the %zu bytes allowed",
		                SV_ARG(n->node->name), n->f->memory);
	memset(pad, 0, PQ_PAD);
	for (uint32_t i = 0; i < rows; i++)
		texts[i] = (struct sv){n->text.p + n->start[i], n->start[i + 1] - n->start[i]};
	return true;
}

bool
nested_end(struct nested *n, struct err *err)
{
	bool end;

	for (uint32_t i = 0; i < n->nstream; i++) {
		struct stream *s = &n->stream[i];

		if (!fill(n, s, &end, err))
			return false;
		if (!end)
			return chunk_bad(n->f, s->r.pages.group, s->r.pages.leaf, ERR_FORMAT, err,
			                 "its pages hold more rows than the row group has");
	}
	return true;
}
