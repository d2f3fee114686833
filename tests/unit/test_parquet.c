/* Parquet files of other writers: tests/conformance/parquet/README.md.  Expected values come from another reader (expected.tsv). */
#include <check.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/num.h"
#include "expr/expr.h"
#include "parquet/parquet.h"

#define MEMORY ((size_t)64 << 20)

static struct arena *arena;
static struct err err;

static void
set_up(void)
{
	arena = arena_new();
	err = (struct err){0};
}

static void
tear_down(void)
{
	arena_free(arena);
}

static const char *
path_of(const char *name)
{
	const char *src = getenv("WEIR_SRC");

	return arena_printf(arena, "%s/tests/conformance/parquet/%s", src != NULL ? src : ".", name);
}

struct opened {
	struct part part;
	struct input *in;
	struct parquet_file *f;
};

/* False: it is refused, see err. */
static bool
open_path(const char *path, struct opened *ret)
{
	struct stat st;

	ck_assert_msg(stat(path, &st) == 0, "no %s", path);
	*ret = (struct opened){.part = {.name = sv_of(path), .path = path, .size_bytes = st.st_size}};
	ck_assert(source_driver_find(SV("file"))->open(&ret->part, &ret->in, &err));
	return parquet_open(ret->in, &ret->part, MEMORY, &ret->f, &err);
}

static void
close_it(struct opened *o)
{
	parquet_close(o->f);
	input_close(o->in);
}

struct read {
	struct value *v; /* of the rows that have one, in order */
	size_t n, cap;
	int64_t rows, nulls;
};

static void
take(struct read *c, const struct vector *v)
{
	for (uint32_t i = 0; i < v->rows; i++) {
		struct value *to;

		c->rows++;
		if (!bit_get(v->valid, i)) {
			c->nulls++;
			continue;
		}
		if (c->n == c->cap)
			c->v = arena_list_grow(arena, c->v, &c->cap, sizeof(*c->v));
		to = &c->v[c->n++];
		if (v->rep == REP_PRESENCE)
			*to = value_bool(true);
		else
			*to = value_copy(arena, v->dict != NULL ? vector_value(v->dict, v->index[i])
			                                        : vector_value(v, i));
	}
}

/* `step` rows at a time, after each of them `pass` rows unread.  False: see err. */
static bool
read_column(const struct parquet_file *f, uint32_t column, unsigned need, uint32_t step, int64_t pass,
            struct read *ret)
{
	AUTO(parquet_reader) r = parquet_reader_new(f, column, need);
	const struct vector *v;

	*ret = (struct read){0};
	for (uint32_t g = 0; g < parquet_groups(f); g++) {
		int64_t left = parquet_group_rows(f, g), n;

		if (!parquet_reader_seek(r, f, g, &err) || !parquet_reader_dictionary(r, &v, &err))
			return false;
		while (left > 0) {
			n = MIN(left, (int64_t)step);
			if (!parquet_reader_next(r, (uint32_t)n, &v, &err))
				return false;
			take(ret, v);
			left -= n;
			n = MIN(left, pass);
			if (!parquet_reader_skip(r, n, &err))
				return false;
			left -= n;
		}
	}
	return true;
}

static int
by_order(const void *a, const void *b)
{
	return value_order(*(const struct value *)a, *(const struct value *)b);
}

/* As expected.tsv has it: binary in hexadecimal digits, the rest as text. */
static const char *
shown(struct value v)
{
	struct buf b;
	const char *s;

	buf_init(&b, 1 << 20);
	if (v.kind == VALUE_BINARY)
		for (size_t i = 0; i < v.s.n; i++)
			buf_printf(&b, "%02X", (unsigned char)v.s.p[i]);
	else
		(void)value_to_text(v, &b);
	s = arena_str(arena, buf_sv(&b));
	buf_fini(&b);
	return s;
}

/* Numbers by their value, booleans and times by theirs. */
static bool
same(const char *want, struct value v, const char *type)
{
	const char *is = shown(v);
	double a, b;
	size_t n = strlen(want);

	if (v.kind == VALUE_BOOL)
		return strcmp(want, v.b ? "true" : "false") == 0;
	if (strncmp(type, "INT96", 5) == 0)
		return v.i == strtoll(want, NULL, 10);
	if (v.kind == VALUE_TIME || v.kind == VALUE_TIMETZ) {
		for (size_t i = 0; i < n; i++)
			if (is[i] != want[i] && !(is[i] == 'T' && want[i] == ' '))
				return false;
		return strspn(is + n, ".0Z") == strlen(is + n);
	}
	if (v.kind == VALUE_REAL && num_f64(sv_of(want), &a) && num_f64(sv_of(is), &b))
		return a == b || (float)a == (float)b;
	if (n > 3 && strcmp(want + n - 3, "...") == 0)
		return strncmp(want, is, n - 3) == 0;
	return strcmp(want, is) == 0;
}

static const struct parquet_column *
find_column(const struct parquet_file *f, struct sv name, uint32_t *ret)
{
	const struct parquet_column *c;
	uint32_t n = parquet_columns(f, &c);

	for (*ret = 0; *ret < n; (*ret)++)
		if (sv_eq(c[*ret].name, name) && !c[*ret].member)
			return &c[*ret];
	return NULL;
}

/* One line: path, column, type, rows, nulls, distinct, min, max. */
static void
compare(const struct parquet_file *f, const char *line, struct sv *field)
{
	uint32_t at;
	struct read c;
	const struct parquet_column *what = find_column(f, field[1], &at);
	const char *type = arena_str(arena, field[2]);
	int64_t distinct = 0, want[3], nan = 0;

	ck_assert_msg(what != NULL, "%s: no such column", line);
	ck_assert_msg(read_column(f, at, NEED_VALUE, VECTOR_ROWS, 0, &c), "%s: %s", line, err.msg);
	for (int i = 0; i < 3; i++)
		ck_assert(num_i64(field[3 + i], &want[i]) || i == 2);
	/* A NaN is the greatest there, and null here. */
	if (sv_is(field[7], "nan")) {
		nan = 1;
		field[7] = SV("");
	}
	ck_assert_msg(c.rows == want[0] && c.nulls == want[1] + nan, "%s: %lld rows, %lld nulls", line,
	              (long long)c.rows, (long long)c.nulls);
	if (what->nested)
		return;
	if (c.n > 0)
		qsort(c.v, c.n, sizeof(*c.v), by_order);
	for (size_t i = 0; i < c.n; i++)
		distinct += i == 0 || by_order(&c.v[i - 1], &c.v[i]) != 0;
	ck_assert_msg(distinct == want[2] - nan, "%s: %lld distinct", line, (long long)distinct);
	if (c.n > 0 && !sv_is(field[6], "\\N")) {
		ck_assert_msg(same(arena_str(arena, field[6]), c.v[0], type), "%s: min %s", line,
		              shown(c.v[0]));
		ck_assert_msg(nan == 1 || same(arena_str(arena, field[7]), c.v[c.n - 1], type), "%s: max %s",
		              line, shown(c.v[c.n - 1]));
	}
}

static const char *const wrong_checksums[] = {
	"data/datapage_v1-corrupt-checksum.parquet",
	"data/rle-dict-uncompressed-corrupt-checksum.parquet",
};

START_TEST(values_are_those_of_another_reader)
{
	struct sv text, line;
	struct opened o = {.f = NULL};
	const char *open = "";
	int compared = 0;

	ck_assert(fs_read(arena, path_of("expected.tsv"), 1 << 20, &text, &err));
	(void)sv_cut(&text, '\n');
	while (text.n > 0) {
		struct sv field[8] = {{NULL, 0}}, rest;
		const char *whole, *path;

		rest = line = sv_cut(&text, '\n');
		whole = arena_str(arena, line);
		for (size_t i = 0; i < LEN(field); i++)
			field[i] = sv_cut(&rest, '\t');
		path = arena_str(arena, field[0]);
		if (field[0].n == 0 || strcmp(path, wrong_checksums[0]) == 0 ||
		    strcmp(path, wrong_checksums[1]) == 0)
			continue;
		if (strcmp(path, open) != 0) {
			close_it(&o);
			ck_assert_msg(open_path(path_of(path), &o), "%s: %s", path, err.msg);
			open = path;
		}
		compare(o.f, whole, field);
		compared++;
	}
	close_it(&o);
	ck_assert_int_gt(compared, 150);
}
END_TEST

/* Calls fn for each file of a folder that ends in `suffix`. */
static int
each_file(const char *folder, const char *suffix, void (*fn)(const char *path))
{
	DIR *d = opendir(path_of(folder));
	struct dirent *e;
	int n = 0;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL)
		if (sv_ends(sv_of(e->d_name), sv_of(suffix))) {
			fn(path_of(arena_printf(arena, "%s/%s", folder, e->d_name)));
			n++;
		}
	closedir(d);
	return n;
}

/* Reads all columns; false if anything is refused. */
static bool
read_all(const struct parquet_file *f, unsigned need, uint32_t step, int64_t pass)
{
	const struct parquet_column *c;
	uint32_t n = parquet_columns(f, &c);
	struct parquet_stats s;
	struct read values;
	bool ok = true, may;

	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t g = 0; g < parquet_groups(f); g++) {
			parquet_stats(f, g, i, &s);
			ok = parquet_may_hold(f, g, i, value_int(7), &may, &err) && ok;
		}
		ok = read_column(f, i, need, step, pass, &values) && ok;
	}
	return ok;
}

static void
refuse(const char *path)
{
	struct opened o;
	bool ok = open_path(path, &o) && read_all(o.f, NEED_VALUE, VECTOR_ROWS, 0);

	ck_assert_msg(!ok, "took %s", path);
	ck_assert_msg(err.code == ERR_FORMAT, "%s: %s", path, err.msg);
	ck_assert_msg(strstr(err.msg, sv_of(path).n > 100 ? "'" : path) != NULL, "does not name the file: %s",
	              err.msg);
	close_it(&o);
}

START_TEST(damaged_files_are_refused)
{
	ck_assert_int_eq(each_file("bad_data", ".parquet", refuse), 7);
}
END_TEST

START_TEST(a_wrong_checksum_names_column_and_page)
{
	static const char *const want[] = {"column 'a', row group 0, page 0 ",
	                                   "column 'long_field', row group 0, page 0 "};
	struct opened o;
	struct read c;

	ck_assert(open_path(path_of(wrong_checksums[_i]), &o));
	ck_assert(!read_column(o.f, 0, NEED_VALUE, VECTOR_ROWS, 0, &c));
	ck_assert_int_eq(err.code, ERR_FORMAT);
	ck_assert_msg(strstr(err.msg, want[_i]) != NULL && strstr(err.msg, "checksum") != NULL, "%s",
	              err.msg);
	close_it(&o);
}
END_TEST

START_TEST(encrypted_files_and_columns_are_said_to_be_so)
{
	struct opened o;
	struct read c;
	uint32_t at;

	ck_assert(!open_path(path_of("data/external_key_material_java.parquet.encrypted"), &o));
	ck_assert_int_eq(err.code, ERR_UNSUPPORTED);
	ck_assert_msg(strstr(err.msg, "the file is encrypted") != NULL, "%s", err.msg);
	close_it(&o);
	ck_assert(open_path(path_of("data/encrypt_columns_plaintext_footer.parquet.encrypted"), &o));
	ck_assert_ptr_nonnull(find_column(o.f, SV("double_field"), &at));
	ck_assert(!read_column(o.f, at, NEED_VALUE, VECTOR_ROWS, 0, &c));
	ck_assert_msg(strstr(err.msg, "the column is encrypted") != NULL, "%s", err.msg);
	ck_assert_ptr_nonnull(find_column(o.f, SV("int64_field"), &at));
	ck_assert_msg(read_column(o.f, at, NEED_VALUE, VECTOR_ROWS, 0, &c), "%s", err.msg);
	close_it(&o);
}
END_TEST

/* The same values whatever the steps, and no others when rows are passed over. */
static void
read_in_steps(const char *path)
{
	struct opened o;
	const struct parquet_column *c;
	uint32_t n;

	if (strstr(path, "corrupt") != NULL || strstr(path, "overflow") != NULL)
		return;
	ck_assert(open_path(path, &o));
	n = MIN(parquet_columns(o.f, &c), 20u);
	for (uint32_t i = 0; i < n; i++) {
		struct read all, stepped, passed, present;

		ck_assert_msg(read_column(o.f, i, NEED_VALUE, VECTOR_ROWS, 0, &all), "%s: %s", path, err.msg);
		ck_assert_msg(read_column(o.f, i, NEED_VALUE, 7, 0, &stepped), "%s: %s", path, err.msg);
		ck_assert_msg(read_column(o.f, i, NEED_VALUE, 1, 1, &passed), "%s: %s", path, err.msg);
		ck_assert_msg(read_column(o.f, i, NEED_PRESENCE, 5, 0, &present), "%s: %s", path, err.msg);
		ck_assert_int_eq(all.rows, stepped.rows);
		ck_assert_uint_eq(all.n, stepped.n);
		ck_assert_uint_eq(all.n, present.n);
		for (size_t k = 0; k < all.n; k++)
			ck_assert_msg(by_order(&all.v[k], &stepped.v[k]) == 0, "%s, column %u, value %zu",
			              path, i, k);
		/* Without nulls every second row is known. */
		for (size_t k = 0; all.nulls == 0 && parquet_groups(o.f) == 1 && k < passed.n; k++)
			ck_assert_msg(by_order(&all.v[2 * k], &passed.v[k]) == 0, "%s, column %u, value %zu",
			              path, i, k);
	}
	close_it(&o);
}

START_TEST(steps_and_passed_rows_change_no_value)
{
	ck_assert_int_gt(each_file("data", ".parquet", read_in_steps), 35);
}
END_TEST

/* A file of these bytes, which lies in memory. */
static bool
read_bytes(const char *p, size_t n)
{
	int fd = memfd_create("parquet", MFD_CLOEXEC);
	struct opened o;
	char path[40];
	bool ok;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, p, n), (ssize_t)n);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ok = open_path(path, &o) && read_all(o.f, NEED_VALUE, 100, 0);
	close_it(&o);
	close(fd);
	return ok;
}

static void
cut(const char *path)
{
	AUTO(arena) a = arena_new();
	struct sv all;

	ck_assert(fs_read(a, path, 1 << 24, &all, &err));
	if (all.n > 8000)
		return;
	for (size_t n = 0; n < all.n; n += 1 + all.n / 23)
		ck_assert_msg(!read_bytes(all.p, n), "took %zu bytes of %s", n, path);
}

START_TEST(files_cut_short_are_refused)
{
	ck_assert_int_gt(each_file("data", ".parquet", cut), 35);
}
END_TEST

/* Whatever comes of it, nothing is read or written out of bounds, and it ends. */
static void
damage(const char *path)
{
	AUTO(arena) a = arena_new();
	struct arena *before = arena;
	uint64_t seed = 88172645463325252u;
	struct sv all;
	char *copy;

	ck_assert(fs_read(a, path, 1 << 24, &all, &err));
	if (all.n > 4000)
		return;
	copy = arena_alloc(a, all.n);
	for (int i = 0; i < 50; i++) {
		AUTO(arena) own = arena_new();

		memcpy(copy, all.p, all.n);
		for (int k = 0; k <= i % 3; k++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			copy[seed % all.n] = (char)(seed >> 40);
		}
		arena = own;
		(void)read_bytes(copy, all.n);
		arena = before;
	}
}

START_TEST(damaged_bytes_crash_nothing)
{
	ck_assert_int_gt(each_file("data", ".parquet", damage), 35);
}
END_TEST

START_TEST(split_streams_equal_their_plain_twins)
{
	static const char *const types[] = {"float16", "float", "double", "int32",
	                                    "int64",   "flba5", "decimal"};
	const char *plain = arena_printf(arena, "%s_plain", types[_i]),
		   *split = arena_printf(arena, "%s_byte_stream_split", types[_i]);
	struct opened o;
	struct read a, b;
	uint32_t at;

	ck_assert(open_path(path_of("data/byte_stream_split_extended.gzip.parquet"), &o));
	ck_assert_msg(find_column(o.f, sv_of(plain), &at) != NULL, "no %s", plain);
	ck_assert_msg(read_column(o.f, at, NEED_VALUE, VECTOR_ROWS, 0, &a), "%s", err.msg);
	ck_assert_msg(find_column(o.f, sv_of(split), &at) != NULL, "no %s", split);
	ck_assert_msg(read_column(o.f, at, NEED_VALUE, VECTOR_ROWS, 0, &b), "%s", err.msg);
	ck_assert_uint_eq(a.n, 200);
	ck_assert_uint_eq(b.n, 200);
	for (size_t i = 0; i < a.n; i++)
		ck_assert(value_eq(a.v[i], b.v[i]));
	close_it(&o);
}
END_TEST

/* Column, row, JSON text; from the README of the files and from another reader. */
static const struct {
	const char *file, *column;
	size_t row;
	const char *json;
} nested[] = {
	{"map_no_value", "my_map", 0, "{\"1\":null,\"2\":null,\"3\":null}"},
	{"map_no_value", "my_map_no_v", 2, "{\"7\":null,\"8\":null,\"9\":null}"},
	{"map_no_value", "my_list", 1, "[4,5,6]"},
	{"incorrect_map_schema", "my_map", 0, "{\"parent\":\"another\",\"name\":\"report\"}"},
	{"null_list", "emptylist", 0, "[]"},
	{"nested_maps.snappy", "a", 0, "{\"a\":{\"1\":true,\"2\":false}}"},
	{"list_columns", "int64_list", 0, "[1,2,3]"},
	{"list_columns", "int64_list", 1, "[null,1]"},
	{"repeated_primitive_no_list", "Int32_list", 0, "[0,1,2,3]"},
	{"repeated_primitive_no_list", "group_of_lists", 0,
         "{\"Int32_list_in_group\":[0,1,2,3],\"String_list_in_group\":[\"foo\",\"zero\",\"one\",\"two\"]}"},
};

START_TEST(nested_values_are_json)
{
	struct opened o;
	struct read c;
	uint32_t at;

	ck_assert(open_path(path_of(arena_printf(arena, "data/%s.parquet", nested[_i].file)), &o));
	ck_assert(find_column(o.f, sv_of(nested[_i].column), &at) != NULL);
	ck_assert_msg(read_column(o.f, at, NEED_VALUE, VECTOR_ROWS, 0, &c), "%s", err.msg);
	ck_assert_uint_gt(c.n, nested[_i].row);
	ck_assert_str_eq(shown(c.v[nested[_i].row]), nested[_i].json);
	close_it(&o);
}
END_TEST

/* Quoted if it is not null; no quotes within. */
static struct sv
next_field(struct sv *line)
{
	struct sv field;

	if (line->n == 0 || line->p[0] != '"')
		return sv_cut(line, ',');
	*line = sv_skip(*line, 1);
	field = sv_cut(line, '"');
	*line = sv_skip(*line, 1);
	return field;
}

START_TEST(texts_by_deltas_are_those_of_the_list)
{
	struct sv text, names, line;
	struct opened o;
	struct read c[9];
	const struct parquet_column *column;

	ck_assert(fs_read(arena, path_of("data/delta_byte_array_expect.csv"), 1 << 20, &text, &err));
	names = sv_cut(&text, '\n');
	(void)names;
	ck_assert(open_path(path_of("data/delta_byte_array.parquet"), &o));
	ck_assert_uint_eq(parquet_columns(o.f, &column), LEN(c));
	for (uint32_t i = 0; i < LEN(c); i++) {
		ck_assert_msg(read_column(o.f, i, NEED_VALUE, 64, 0, &c[i]), "%s", err.msg);
		c[i].cap = 0; /* from here on the values that were compared */
	}
	while (text.n > 0) {
		line = sv_cut(&text, '\n');
		for (uint32_t i = 0; i < LEN(c); i++) {
			struct sv want = next_field(&line);

			if (want.n > 0) {
				ck_assert_uint_lt(c[i].cap, c[i].n);
				ck_assert(sv_eq(c[i].v[c[i].cap++].s, want));
			}
		}
	}
	for (uint32_t i = 0; i < LEN(c); i++)
		ck_assert_uint_eq(c[i].cap, c[i].n);
	close_it(&o);
}
END_TEST

START_TEST(bounds_hold_for_all_values)
{
	struct sv text;
	int believed = 0;

	ck_assert(fs_read(arena, path_of("manifest.tsv"), 1 << 20, &text, &err));
	while (text.n > 0) {
		struct sv line = sv_cut(&text, '\n'), path = sv_cut(&line, '\t');
		const struct parquet_column *c;
		struct opened o;

		if (!sv_starts(path, SV("data/")) || !sv_ends(path, SV(".parquet")) ||
		    strstr(arena_str(arena, path), "corrupt") != NULL)
			continue;
		ck_assert(open_path(path_of(arena_str(arena, path)), &o));
		for (uint32_t i = 0; parquet_groups(o.f) == 1 && i < parquet_columns(o.f, &c); i++) {
			struct parquet_stats s;
			struct read values;
			int order;

			parquet_stats(o.f, 0, i, &s);
			ck_assert(read_column(o.f, i, NEED_VALUE, VECTOR_ROWS, 0, &values));
			ck_assert(s.why != NULL || s.has_min || s.has_max);
			for (size_t k = 0; k < values.n; k++) {
				ck_assert(!s.has_min ||
				          (value_compare(s.min, values.v[k], NULL, &order) && order <= 0));
				ck_assert(!s.has_max ||
				          (value_compare(s.max, values.v[k], NULL, &order) && order >= 0));
			}
			believed += s.has_min;
		}
		close_it(&o);
	}
	ck_assert_int_gt(believed, 40);
}
END_TEST

static const struct {
	const char *file, *column;
	unsigned need;
	uint32_t entries; /* 0 = not all pages are coded by a dictionary */
	enum rep rep;
} dictionaries[] = {
	{"plain-dict-uncompressed-checksum", "long_field", NEED_VALUE, 1, REP_I64},
	{"plain-dict-uncompressed-checksum", "binary_field", NEED_VALUE, 1, REP_TEXT},
	{"plain-dict-uncompressed-checksum", "binary_field", NEED_LENGTH, 1, REP_LENGTH},
	{"alltypes_dictionary", "int_col", NEED_VALUE, 2, REP_I64}, /* its pages have to be asked */
	{"alltypes_dictionary", "bool_col", NEED_VALUE, 0, REP_BITS},
	{"alltypes_tiny_pages_plain", "string_col", NEED_VALUE, 0, REP_TEXT},
	{"nation.dict-malformed", "name", NEED_VALUE, 25, REP_TEXT},
};

START_TEST(a_dictionary_is_handed_out_where_it_holds_all_values)
{
	AUTO(parquet_reader) r = NULL;
	struct opened o;
	const struct vector *dict, *v;
	uint32_t at;

	ck_assert(open_path(path_of(arena_printf(arena, "data/%s.parquet", dictionaries[_i].file)), &o));
	ck_assert_ptr_nonnull(find_column(o.f, sv_of(dictionaries[_i].column), &at));
	r = parquet_reader_new(o.f, at, dictionaries[_i].need);
	ck_assert(parquet_reader_seek(r, o.f, 0, &err));
	ck_assert_msg(parquet_reader_dictionary(r, &dict, &err), "%s", err.msg);
	ck_assert(parquet_reader_next(r, 2, &v, &err));
	ck_assert_int_eq(dict != NULL, dictionaries[_i].entries > 0);
	ck_assert_ptr_eq(v->dict, dict);
	if (dict != NULL) {
		ck_assert_uint_eq(dict->rows, dictionaries[_i].entries);
		ck_assert_int_eq((int)dict->rep, (int)dictionaries[_i].rep);
		ck_assert_uint_lt(v->index[1], dict->rows);
	}
	parquet_reader_free(STEAL(r));
	close_it(&o);
}
END_TEST

Suite *
suite_parquet(void)
{
	Suite *s = suite_create("parquet");
	TCase *t = tcase_create("parquet");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, values_are_those_of_another_reader);
	tcase_add_test(t, damaged_files_are_refused);
	tcase_add_loop_test(t, a_wrong_checksum_names_column_and_page, 0, LEN(wrong_checksums));
	tcase_add_test(t, encrypted_files_and_columns_are_said_to_be_so);
	tcase_add_test(t, steps_and_passed_rows_change_no_value);
	tcase_add_test(t, files_cut_short_are_refused);
	tcase_add_test(t, damaged_bytes_crash_nothing);
	tcase_add_loop_test(t, split_streams_equal_their_plain_twins, 0, 7);
	tcase_add_loop_test(t, nested_values_are_json, 0, LEN(nested));
	tcase_add_test(t, texts_by_deltas_are_those_of_the_list);
	tcase_add_test(t, bounds_hold_for_all_values);
	tcase_add_loop_test(t, a_dictionary_is_handed_out_where_it_holds_all_values, 0, LEN(dictionaries));
	suite_add_tcase(s, t);
	return s;
}
