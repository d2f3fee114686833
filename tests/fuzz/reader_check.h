/*
 * What the fuzz targets of the readers share: a text read in one go by plain loops and cut into morsels at another level of
 * instructions must give the same rows.
 *
 * The first byte is the size of the morsels, the second chooses the format and (by its upper half) the level; the rest is the text.
 */
#ifndef WEIR_TESTS_READER_CHECK_H
#define WEIR_TESTS_READER_CHECK_H

#include <stdlib.h>

#include "base/simd.h"
#include "fuzz.h"
#include "scan/field.h"
#include "scan/reader.h"

struct tally {
	struct hasher h;
	int64_t rows, malformed;
};

static void
tally_batch(struct tally *t, const struct batch *b)
{
	for (uint32_t i = 0; i < b->rows; i++)
		for (uint32_t k = 0; k < b->ncolumn; k++) {
			const struct vector *v = b->column[k];
			bool error = v->error != NULL && bit_get(v->error, i);
			struct hash128 h = {0};

			if (error)
				h = hash128(v->raw[i]);
			else if (bit_get(v->valid, i))
				h = value_hash(vector_value(v, i));
			hasher_add_i64(&t->h, error ? -1 : (int64_t)vector_value(v, i).kind);
			hasher_add_i64(&t->h, (int64_t)h.lo);
		}
	t->rows += b->rows;
	t->malformed += b->malformed;
}

/* Reads whole records; the text is copied, so that what a reader keeps of an earlier one is noticed. */
static void
tally_text(struct tally *t, struct reader *r, struct sv text)
{
	char *copy = xcalloc(text.n + READER_PAD, 1);
	struct err err;

	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	for (size_t at = 0; at < text.n;) {
		struct batch b;
		size_t before = at;

		if (!r->driver->next(r, (struct sv){copy, text.n}, &at, &b, &err))
			break;
		if (at <= before || at > text.n)
			abort();
		tally_batch(t, &b);
	}
	free(copy);
}

static void
tally_morsels(struct tally *t, struct reader *r, const struct dataset *d, struct sv text, size_t size)
{
	const struct reader_driver *driver = r->driver;
	bool chained = driver->chained != NULL && driver->chained(d);
	uint8_t state = BORDER_RECORD;

	for (size_t from = 0; from < text.n; from += size) {
		struct sv body = {text.p + from, MIN(size, text.n - from)},
			  tail = sv_skip(text, from + body.n);
		char before = from > 0 ? text.p[from - 1] : '\n';
		uint8_t in = state;

		if (chained)
			state = driver->advance(d, body, driver->survey(d, body, before), before, state);
		else
			state = body.p[body.n - 1] == '\n' ? BORDER_RECORD : BORDER_INSIDE;

		int64_t start = driver->border(d, body, &in);
		uint8_t out = state;
		int64_t end = driver->border(d, tail, &out);

		if (start < 0 || start >= (int64_t)body.n)
			continue;
		tally_text(t, r,
		           (struct sv){body.p + start,
		                       body.n - (size_t)start + (end < 0 ? tail.n : (size_t)end)});
	}
}

static void
reader_check(const struct reader_driver *driver, struct dataset *d, struct sv input)
{
	AUTO(arena) a = arena_new();
	size_t size = (size_t)((unsigned char)input.p[0] % 100) + 1;
	struct part part = {.name = SV("fuzz")};
	struct head head;
	struct err err;
	char *text = arena_alloc(a, input.n + READER_PAD), hex[2][HASH_HEX];
	struct sv body = sv_skip(input, 2);

	memcpy(text, body.p, body.n);
	if (!driver->head(a, d, &part, (struct sv){text, body.n}, true, &head, &err) || head.n > 200)
		return;

	struct column *col = ARENA_ARRAY(a, struct column, head.n);
	unsigned *need = ARENA_ARRAY(a, unsigned, head.n);

	for (uint32_t i = 0; i < head.n; i++) {
		col[i] = (struct column){.name = head.name[i], .index = i};
		col[i].type = field_infer(head.classes[i], driver->mixed, tz_utc);
		need[i] = NEED_VALUE | NEED_TEXT;
	}

	struct schema schema = {.col = col, .n = head.n};
	const struct simd *level = simd_levels[(unsigned char)input.p[1] / 16 % simd_level_count];

	(void)setenv("WEIR_SIMD", "scalar", 1);

	struct reader *r = driver->open(d, &schema, need);
	struct sv records = sv_skip((struct sv){text, body.n}, (size_t)head.data_start);
	struct tally whole = {0}, cut = {0};

	hasher_init(&whole.h);
	hasher_init(&cut.h);
	tally_text(&whole, r, records);
	driver->close(r);
	(void)setenv("WEIR_SIMD", level->supported() ? level->name : "scalar", 1);
	r = driver->open(d, &schema, need);
	tally_morsels(&cut, r, d, records, size);
	driver->close(r);
	(void)unsetenv("WEIR_SIMD");
	hasher_end(&whole.h, hex[0]);
	hasher_end(&cut.h, hex[1]);
	if (whole.rows != cut.rows || whole.malformed != cut.malformed || strcmp(hex[0], hex[1]) != 0)
		abort();
}

#endif
