/* Conversion of a column of texts, one loop for each type. */
#include "scan/cells.h"

#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/simd.h"
#include "scan/field_fast.h"

/* What a decimal needs: up to 18 digits are 64-bit numbers. */
enum { DECIMAL_I64 = 18 };

void
cells_init(struct cells *c, const struct column *column, unsigned need, bool tagged)
{
	*c = (struct cells){.column = column, .need = need, .simd = simd_level()};
	c->text = xcalloc(VECTOR_ROWS, sizeof(*c->text));
	if (tagged)
		c->tag = xcalloc(VECTOR_ROWS, sizeof(*c->tag));
}

void
cells_fini(struct cells *c)
{
	if (c == NULL)
		return;
	free(c->text);
	free(c->tag);
	free(c->data);
}

/* Room for n values of `size` bytes, never NULL; the former ones are gone. */
static void *
room(struct cells *c, uint32_t n, size_t size)
{
	size_t bytes = (size_t)n * size;

	if (c->data == NULL || bytes > c->data_bytes) {
		free(c->data);
		c->data = xmalloc(MAX(bytes, size));
		c->data_bytes = bytes;
	}
	return c->data;
}

static bool
is_valid(const struct cells *c, uint32_t i)
{
	return bit_get(c->valid, i);
}

/* May a value of this kind stand in a column of this type?  Money and times are texts in much JSON; other texts are no numbers. */
static bool
tag_fits(enum type_kind t, enum cell_tag tag)
{
	switch (t) {
	case TYPE_BOOLEAN:
		return tag == CELL_BOOL;
	case TYPE_INTEGER:
	case TYPE_NUMBER:
		return tag == CELL_NUMBER;
	case TYPE_DECIMAL:
		return tag == CELL_NUMBER || tag == CELL_STRING;
	default:
		return tag == CELL_STRING;
	}
}

static bool
refused(const struct cells *c, uint32_t i)
{
	return c->tag != NULL && !tag_fits(c->column->type.kind, c->tag[i]);
}

/* Declared types take all spellings that value_parse does; inferred ones only what has the type by nature. */
static bool
parse_slow(const struct cells *c, uint32_t i, struct value *ret)
{
	return c->column->declared && value_parse(c->column->type, c->text[i], ret);
}

static uint64_t
first_bits(uint32_t n)
{
	return n < 64 ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
}

/* Cells from one on, at most 64: those that are not refused(). */
static uint64_t
fitting(const struct cells *c, uint32_t from, uint32_t n)
{
	unsigned fits = 0;
	uint64_t ret = 0;

	if (c->tag == NULL)
		return first_bits(n);
	for (unsigned tag = CELL_PLAIN; tag <= CELL_NESTED; tag++)
		fits |= (unsigned)tag_fits(c->column->type.kind, (enum cell_tag)tag) << tag;
	for (uint32_t j = 0; j < n; j++)
		ret |= (uint64_t)(fits >> c->tag[from + j] & 1) << j;
	return ret;
}

/* Where tagged cells are null stands any text, of which nothing is known; an empty one can be looked at like all others. */
static void
empty_nulls(struct cells *c, uint32_t rows)
{
	static const char nothing[FIELD_PAD];

	for (uint32_t from = 0; from < rows; from += 64) {
		uint64_t null = first_bits(MIN(rows - from, 64u)) & ~c->valid[from / 64];

		for (; null != 0; null &= null - 1)
			c->text[from + (uint32_t)__builtin_ctzll(null)] = (struct sv){nothing, 0};
	}
}

/*
 * Cells from one on, at most 64, whose texts are spelled as nearly all numbers are: digits[i] / 10^fraction[i], digits of others are not
 * meant.
 */
static uint64_t
usual_numbers(const struct cells *c, uint32_t from, uint32_t n, int64_t *digits, uint8_t *fraction)
{
	if (c->simd->numbers == NULL)
		return 0;
	return c->simd->numbers(c->text + from, n, digits, fraction) & fitting(c, from, n);
}

static void
convert_integer(struct cells *c, uint32_t i, int64_t *dst)
{
	struct value v;

	*dst = 0;
	if (!is_valid(c, i))
		return;
	if (refused(c, i)) {
		bit_set(c->bad, i);
	} else if (!fast_i64(c->text[i], dst) && !field_i64(c->text[i], dst)) {
		if (parse_slow(c, i, &v))
			*dst = v.i;
		else
			bit_set(c->bad, i);
	}
}

static void
convert_integers(struct cells *c, uint32_t rows)
{
	int64_t *dst = room(c, rows, sizeof(*dst));

	for (uint32_t from = 0; from < rows; from += 64) {
		uint32_t n = MIN(rows - from, 64u);
		uint8_t fraction[64];
		uint64_t done = usual_numbers(c, from, n, dst + from, fraction), whole = 0;

		for (uint32_t j = 0; done != 0 && j < n; j++)
			whole |= (uint64_t)(fraction[j] == 0) << j;
		for (uint64_t left = first_bits(n) & ~(done & whole); left != 0; left &= left - 1) {
			uint32_t i = from + (uint32_t)__builtin_ctzll(left);

			convert_integer(c, i, &dst[i]);
		}
	}
	c->v.rep = REP_I64;
	c->v.i64 = dst;
}

/* Is an integer in the text one that a double cannot hold?  Then an inferred column keeps it as it is. */
static bool
loses_digits(const struct cells *c, uint32_t i, double r)
{
	int64_t exact;

	if (c->column->declared || fabs(r) < 0x1p53)
		return false;
	if (!field_i64(c->text[i], &exact))
		return field_class(c->text[i]) == CLASS_BIGINT;
	return r >= 0x1p63 || (int64_t)r != exact;
}

static void
convert_number(struct cells *c, uint32_t i, double *dst)
{
	*dst = 0;
	if (!is_valid(c, i))
		return;
	if (refused(c, i)) {
		bit_set(c->bad, i);
	} else if (fast_f64(c->text[i], dst)) {
		return; /* too short to lose digits */
	} else if (field_f64(c->text[i], dst)) {
		if (UNLIKELY(loses_digits(c, i, *dst)))
			bit_set(c->bad, i);
	} else if (field_is_nan(c->text[i])) {
		bit_clear(c->valid, i);
	} else if (c->column->declared || field_class(c->text[i]) == CLASS_NAN) {
		if (!num_f64(c->text[i], dst))
			bit_set(c->bad, i);
	} else {
		bit_set(c->bad, i);
	}
}

static void
convert_numbers(struct cells *c, uint32_t rows)
{
	static const double power[16] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
	                                 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
	double *dst = room(c, rows, sizeof(*dst));

	for (uint32_t from = 0; from < rows; from += 64) {
		uint32_t n = MIN(rows - from, 64u);
		int64_t digits[64];
		uint8_t fraction[64];
		uint64_t done = usual_numbers(c, from, n, digits, fraction), left = first_bits(n) & ~done;

		/* Both are exact doubles, so that the quotient is rounded once and correctly; 16 digits might not be. */
		for (uint32_t j = 0; done != 0 && j < n; j++) {
			dst[from + j] = (double)digits[j] / power[fraction[j]];
			left |= (uint64_t)(fabs((double)digits[j]) > 1e15) << j;
		}
		for (; left != 0; left &= left - 1) {
			uint32_t i = from + (uint32_t)__builtin_ctzll(left);

			convert_number(c, i, &dst[i]);
		}
	}
	c->v.rep = REP_F64;
	c->v.f64 = dst;
}

static void
convert_decimal(struct cells *c, uint32_t i, int64_t limit, int64_t *dst)
{
	struct type t = c->column->type;
	struct value v;

	*dst = 0;
	if (!is_valid(c, i))
		return;
	if (refused(c, i)) {
		bit_set(c->bad, i);
	} else if ((!fast_scaled(c->text[i], t.scale, dst) && !field_scaled(c->text[i], t.scale, dst)) ||
	           *dst <= -limit || *dst >= limit) {
		if (value_parse(t, c->text[i], &v))
			*dst = (int64_t)v.d.coeff;
		else
			bit_set(c->bad, i);
	}
}

static void
convert_decimals(struct cells *c, uint32_t rows)
{
	struct type t = c->column->type;
	int64_t *dst = room(c, rows, sizeof(*dst)), power[DECIMAL_I64 + 1] = {1}, limit;

	for (unsigned i = 1; i <= DECIMAL_I64; i++)
		power[i] = power[i - 1] * 10;
	limit = power[t.precision];
	for (uint32_t from = 0; from < rows; from += 64) {
		uint32_t n = MIN(rows - from, 64u);
		int64_t digits[64];
		uint8_t fraction[64];
		uint64_t done = usual_numbers(c, from, n, digits, fraction), left = first_bits(n) & ~done;

		for (uint32_t j = 0; done != 0 && j < n; j++) {
			bool longer = fraction[j] > t.scale ||
			              __builtin_mul_overflow(digits[j], power[t.scale - fraction[j]],
			                                     &dst[from + j]);

			left |= (uint64_t)(longer || dst[from + j] <= -limit || dst[from + j] >= limit) << j;
		}
		for (; left != 0; left &= left - 1) {
			uint32_t i = from + (uint32_t)__builtin_ctzll(left);

			convert_decimal(c, i, limit, &dst[i]);
		}
	}
	c->v.rep = REP_I64;
	c->v.i64 = dst;
}

static void
convert_wide_decimals(struct cells *c, uint32_t rows)
{
	__int128 *dst = room(c, rows, sizeof(*dst));
	struct value v;

	for (uint32_t i = 0; i < rows; i++) {
		dst[i] = 0;
		if (!is_valid(c, i))
			continue;
		if (!refused(c, i) && value_parse(c->column->type, c->text[i], &v))
			dst[i] = v.d.coeff;
		else
			bit_set(c->bad, i);
	}
	c->v.rep = REP_I128;
	c->v.i128 = dst;
}

static bool
parse_time(const struct cells *c, uint32_t i, int64_t *ret)
{
	enum type_kind kind = c->column->type.kind;
	struct sv s = c->text[i];
	struct value v;

	if (kind == TYPE_DATE && s.n == 10 && (swar_date(s.p, ret) || field_date(s, ret)))
		return true;
	/* A time as the column has it: without a zone, or UTC.  All others need the rules of a zone. */
	if (kind == TYPE_TIMESTAMP && field_time(s, ret))
		return true;
	if (kind == TYPE_TIMESTAMPTZ && s.n > 0 && s.p[s.n - 1] == 'Z' &&
	    field_time((struct sv){s.p, s.n - 1}, ret))
		return true;
	if (!c->column->declared) {
		unsigned want = kind == TYPE_DATE        ? CLASS_DATE
		                : kind == TYPE_TIMESTAMP ? CLASS_DATE | CLASS_TIME
		                                         : CLASS_TIMETZ;

		if ((field_class(s) & want) == 0)
			return false;
	}
	if (!value_parse(c->column->type, s, &v))
		return false;
	*ret = v.i;
	return true;
}

static void
convert_times(struct cells *c, uint32_t rows)
{
	int64_t *dst = room(c, rows, sizeof(*dst));
	enum type_kind kind = c->column->type.kind;

	for (uint32_t from = 0; from < rows; from += 64) {
		uint32_t n = MIN(rows - from, 64u);
		uint64_t left = first_bits(n);

		if (kind != TYPE_DATE)
			left &= ~(c->simd->times(c->text + from, n, kind == TYPE_TIMESTAMPTZ, dst + from) &
			          fitting(c, from, n));
		for (; left != 0; left &= left - 1) {
			uint32_t i = from + (uint32_t)__builtin_ctzll(left);

			dst[i] = 0;
			if (is_valid(c, i) && (refused(c, i) || !parse_time(c, i, &dst[i])))
				bit_set(c->bad, i);
		}
	}
	c->v.rep = REP_I64;
	c->v.i64 = dst;
}

static void
convert_booleans(struct cells *c, uint32_t rows)
{
	uint64_t *dst = room(c, (uint32_t)BITMAP_WORDS(rows), sizeof(*dst));
	struct value v;

	memset(dst, 0, BITMAP_WORDS(rows) * sizeof(*dst));
	for (uint32_t i = 0; i < rows; i++) {
		if (!is_valid(c, i))
			continue;
		if (refused(c, i) || (!c->column->declared && field_class(c->text[i]) != CLASS_BOOL) ||
		    !value_parse((struct type){.kind = TYPE_BOOLEAN}, c->text[i], &v))
			bit_set(c->bad, i);
		else if (v.b)
			bit_set(dst, i);
	}
	c->v.rep = REP_BITS;
	c->v.bits = dst;
}

/* The value of a cell by its nature. */
static struct value
natural(const struct cells *c, uint32_t i)
{
	struct sv s = c->text[i];

	if (c->tag == NULL || c->tag[i] == CELL_NUMBER)
		return field_value(s);
	if (c->tag[i] == CELL_BOOL)
		return value_bool(s.n == 4);
	return value_text(s);
}

static void
convert_variants(struct cells *c, uint32_t rows)
{
	struct value *dst = room(c, rows, sizeof(*dst));

	for (uint32_t i = 0; i < rows; i++)
		dst[i] = is_valid(c, i) ? natural(c, i) : VALUE_NONE;
	c->v.type = (struct type){.kind = TYPE_VARIANT};
	c->v.rep = REP_VALUE;
	c->v.value = dst;
}

static void
convert_texts(struct cells *c, uint32_t rows)
{
	for (uint32_t from = 0; c->tag != NULL && from < rows; from += 64)
		c->bad[from / 64] = c->valid[from / 64] & ~fitting(c, from, MIN(rows - from, 64u));
	c->v.rep = REP_TEXT;
	c->v.text = c->text;
	c->v.padded = true;
}

/* Characters instead of bytes; after convert_texts. */
static void
make_lengths(struct cells *c, uint32_t rows)
{
	int64_t *dst = room(c, rows, sizeof(*dst));

	c->simd->chars(c->text, rows, dst);
	c->v.rep = REP_LENGTH;
	c->v.i64 = dst;
}

/* Inferred columns: what fits stays, the rest is what it looks like. */
static void
make_variant(struct cells *c, uint32_t rows)
{
	struct value *dst = xmalloc((size_t)rows * sizeof(*dst));

	for (uint32_t i = 0; i < rows; i++) {
		if (!is_valid(c, i))
			dst[i] = VALUE_NONE;
		else
			dst[i] = bit_get(c->bad, i) ? natural(c, i) : vector_value(&c->v, i);
	}
	free(c->data);
	c->data = dst;
	c->data_bytes = (size_t)rows * sizeof(*dst);
	c->v.type = (struct type){.kind = TYPE_VARIANT};
	c->v.rep = REP_VALUE;
	c->v.value = dst;
}

static void
convert(struct cells *c, uint32_t rows)
{
	switch (c->column->type.kind) {
	case TYPE_BOOLEAN:
		convert_booleans(c, rows);
		break;
	case TYPE_INTEGER:
		convert_integers(c, rows);
		break;
	case TYPE_NUMBER:
		convert_numbers(c, rows);
		break;
	case TYPE_DECIMAL:
		if (c->column->type.precision >= 1 && c->column->type.precision <= DECIMAL_I64)
			convert_decimals(c, rows);
		else
			convert_wide_decimals(c, rows);
		break;
	case TYPE_DATE:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		convert_times(c, rows);
		break;
	case TYPE_STRING:
	case TYPE_BINARY:
		convert_texts(c, rows);
		break;
	case TYPE_ANY:
	case TYPE_NULL:
	case TYPE_VARIANT:
		convert_variants(c, rows);
		break;
	}
}

/* Null or not, without looking at the values, but that NaN is null. */
static void
make_presence(struct cells *c, uint32_t rows)
{
	if (c->column->type.kind == TYPE_NUMBER)
		for (uint32_t i = 0; i < rows; i++)
			if (is_valid(c, i) && c->text[i].n <= 4 && !refused(c, i) && field_is_nan(c->text[i]))
				bit_clear(c->valid, i);
	c->v.rep = REP_PRESENCE;
}

void
cells_vector(struct cells *c, uint32_t rows)
{
	uint64_t any = 0;
	bool text = c->column->type.kind == TYPE_STRING || c->column->type.kind == TYPE_BINARY;

	c->v = (struct vector){.type = c->column->type, .rows = rows, .valid = c->valid, .raw = c->text};
	/* A value that does not fit must be an error whatever else is asked of the column, so declared ones are read. */
	if (c->need == NEED_PRESENCE && (!c->column->declared || (text && c->tag == NULL))) {
		make_presence(c, rows);
		return;
	}
	memset(c->bad, 0, BITMAP_WORDS(rows) * sizeof(c->bad[0]));
	if (c->tag != NULL)
		empty_nulls(c, rows);
	convert(c, rows);
	for (size_t w = 0; w < BITMAP_WORDS(rows); w++)
		any |= c->bad[w];
	if (any != 0 && !c->column->declared) {
		make_variant(c, rows);
		return;
	}
	if (any != 0) {
		for (size_t w = 0; w < BITMAP_WORDS(rows); w++)
			c->valid[w] &= ~c->bad[w];
		c->v.error = c->bad;
	}
	if (text && (c->need & (NEED_TEXT | NEED_VALUE)) == 0)
		make_lengths(c, rows);
}
