/* Parquet as a format of blocks: row groups. */
#include "parquet/parquet.h"

#include "scan/blocks.h"

static const struct parquet_file *
of(const struct block_file *f)
{
	return (const struct parquet_file *)f;
}

static struct parquet_reader *
reader_of(struct block_reader *r)
{
	return (struct parquet_reader *)r;
}

static bool
open_file(struct input *in, const struct part *p, size_t memory_bytes, struct block_file **ret,
          struct err *err)
{
	struct parquet_file *f;

	if (!parquet_open(in, p, memory_bytes, &f, err))
		return false;
	*ret = (struct block_file *)f;
	return true;
}

static void
close_file(struct block_file *f)
{
	parquet_close((struct parquet_file *)f);
}

static uint32_t
columns(const struct block_file *f)
{
	const struct parquet_column *c;

	return parquet_columns(of(f), &c);
}

static struct block_column
column(const struct block_file *f, uint32_t i)
{
	const struct parquet_column *c;

	(void)parquet_columns(of(f), &c);
	return (struct block_column){
		.name = c[i].name, .type = c[i].type, .member = c[i].member, .required = c[i].required};
}

static uint32_t
groups(const struct block_file *f)
{
	return parquet_groups(of(f));
}

static int64_t
group_rows(const struct block_file *f, uint32_t group)
{
	return parquet_group_rows(of(f), group);
}

static struct outlook
outlook_of(const struct parquet_stats *st)
{
	return (struct outlook){
		.rows = st->rows,
		.null = st->has_nulls ? st->nulls : st->rows,
		.valid = st->has_nulls ? st->rows - st->nulls : st->rows,
		.has_min = st->has_min,
		.has_max = st->has_max,
		.min_exact = st->min_exact,
		.max_exact = st->max_exact,
		.min = st->min,
		.max = st->max,
	};
}

static void
facts(const struct block_file *f, uint32_t group, uint32_t column_at, struct outlook *ret)
{
	struct parquet_stats st;

	parquet_stats(of(f), group, column_at, &st);
	*ret = outlook_of(&st);
}

static bool
may_hold(const struct block_file *f, uint32_t group, uint32_t column_at, struct value v, bool *ret,
         struct err *err)
{
	return parquet_may_hold(of(f), group, column_at, v, ret, err);
}

static struct block_reader *
reader_new(const struct block_file *f, uint32_t column_at, unsigned need)
{
	return (struct block_reader *)parquet_reader_new(of(f), column_at, need);
}

static void
reader_free(struct block_reader *r)
{
	parquet_reader_free(reader_of(r));
}

static bool
seek(struct block_reader *r, const struct block_file *f, uint32_t group, struct err *err)
{
	return parquet_reader_seek(reader_of(r), of(f), group, err);
}

static bool
dictionary(struct block_reader *r, const struct vector **ret, struct err *err)
{
	return parquet_reader_dictionary(reader_of(r), ret, err);
}

static bool
next(struct block_reader *r, uint32_t rows, const struct vector **ret, struct err *err)
{
	return parquet_reader_next(reader_of(r), rows, ret, err);
}

static bool
skip(struct block_reader *r, int64_t rows, struct err *err)
{
	return parquet_reader_skip(reader_of(r), rows, err);
}

static bool
pages(struct block_reader *r, const int64_t **first, uint32_t *n, struct err *err)
{
	return parquet_reader_pages(reader_of(r), first, n, err);
}

static void
page_facts(const struct block_reader *r, uint32_t page, struct outlook *ret)
{
	struct parquet_stats st;

	parquet_reader_page_stats((const struct parquet_reader *)r, page, &st);
	*ret = outlook_of(&st);
}

static int64_t
pages_passed(const struct block_reader *r)
{
	return parquet_reader_pages_passed((const struct parquet_reader *)r);
}

static int64_t
bytes(const struct block_reader *r)
{
	return parquet_reader_bytes((const struct parquet_reader *)r);
}

static const struct block_driver blocks = {
	.open = open_file,
	.close = close_file,
	.columns = columns,
	.column = column,
	.blocks = groups,
	.rows = group_rows,
	.facts = facts,
	.may_hold = may_hold,
	.reader_new = reader_new,
	.reader_free = reader_free,
	.seek = seek,
	.dictionary = dictionary,
	.next = next,
	.skip = skip,
	.pages = pages,
	.page_facts = page_facts,
	.pages_passed = pages_passed,
	.bytes = bytes,
};

const struct reader_driver reader_parquet = {
	.format = "parquet",
	.blocks = &blocks,
	.fixed = true,
};
