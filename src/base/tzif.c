/*
 * A file holds the same data twice: a block with 32-bit times for old readers, then, from version 2 on, a block with
 * 64-bit times and the footer.
 *
 *	header | block, 4-byte times | header | block, 8-byte times | \n footer \n
 *	block: times | type indices | types {offset 4, is_dst 1, name 1} | names | leap seconds | std | ut
 */
#include "base/tzif.h"

#define HEADER_SIZE 44
#define TYPE_SIZE 6

struct counts {
	uint32_t isut, isstd, leap, time, type, chars;
};

static uint64_t
big_endian(const char *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

static int64_t
signed_time(const char *p, size_t size)
{
	uint64_t v = big_endian(p, size);

	return size == 4 ? (int32_t)(uint32_t)v : (int64_t)v;
}

static bool
damaged(struct err *err, const char *what)
{
	return err_set(err, ERR_FORMAT, NOWHERE, "not a usable time zone file: %s", what);
}

/* Takes n bytes off the start of *s. */
static bool
take(struct sv *s, uint64_t n, struct sv *ret)
{
	if (n > s->n)
		return false;
	*ret = (struct sv){s->p, (size_t)n};
	*s = sv_skip(*s, (size_t)n);
	return true;
}

static bool
take_header(struct sv *s, struct counts *c, char *version, struct err *err)
{
	struct sv h;

	if (!take(s, HEADER_SIZE, &h) || memcmp(h.p, "TZif", 4) != 0)
		return damaged(err, "it does not start with TZif");
	*version = h.p[4];
	if (*version != '\0' && (*version < '2' || *version > '4'))
		return damaged(err, "its version is unknown");
	c->isut = (uint32_t)big_endian(h.p + 20, 4);
	c->isstd = (uint32_t)big_endian(h.p + 24, 4);
	c->leap = (uint32_t)big_endian(h.p + 28, 4);
	c->time = (uint32_t)big_endian(h.p + 32, 4);
	c->type = (uint32_t)big_endian(h.p + 36, 4);
	c->chars = (uint32_t)big_endian(h.p + 40, 4);
	return true;
}

static uint64_t
block_size(const struct counts *c, size_t time_size)
{
	return (uint64_t)c->time * (time_size + 1) + (uint64_t)c->type * TYPE_SIZE + c->chars +
	       (uint64_t)c->leap * (time_size + 4) + c->isstd + c->isut;
}

static bool
check_counts(const struct counts *c, struct err *err)
{
	if (c->type == 0 || c->type > 256 || c->chars == 0)
		return damaged(err, "it has no local time types, or too many");
	if ((c->isut != 0 && c->isut != c->type) || (c->isstd != 0 && c->isstd != c->type))
		return damaged(err, "its counts do not fit together");
	if (c->leap != 0)
		return damaged(err, "it counts leap seconds");
	return true;
}

static bool
read_types(struct sv types, uint32_t chars, int32_t *offset_s, struct err *err)
{
	for (size_t i = 0; i < types.n / TYPE_SIZE; i++) {
		const char *p = types.p + i * TYPE_SIZE;

		offset_s[i] = (int32_t)signed_time(p, 4);
		if (offset_s[i] < TZ_OFFSET_MIN_S || offset_s[i] > TZ_OFFSET_MAX_S)
			return damaged(err, "an offset from UTC is out of range");
		if ((unsigned char)p[4] > 1 || (unsigned char)p[5] >= chars)
			return damaged(err, "a local time type is broken");
	}
	return true;
}

static bool
read_block(struct arena *a, struct sv *s, const struct counts *c, size_t time_size, struct tzif *ret,
           struct err *err)
{
	struct sv block, times, index, types;
	int32_t offset_s[256] = {0};

	/* First the size of all, so that nothing is allocated for counts that lie. */
	if (!check_counts(c, err))
		return false;
	if (!take(s, block_size(c, time_size), &block))
		return damaged(err, "it is cut off");
	if (!take(&block, (uint64_t)c->time * time_size, &times) || !take(&block, c->time, &index) ||
	    !take(&block, (uint64_t)c->type * TYPE_SIZE, &types))
		return damaged(err, "it is cut off");
	if (!read_types(types, c->chars, offset_s, err))
		return false;
	ret->n = c->time;
	ret->at_s = ARENA_ARRAY(a, int64_t, c->time);
	ret->after_s = ARENA_ARRAY(a, int32_t, c->time);
	ret->before_s = offset_s[0];
	for (size_t i = 0; i < c->time; i++) {
		size_t type = (unsigned char)index.p[i];

		ret->at_s[i] = signed_time(times.p + i * time_size, time_size);
		if (i > 0 && ret->at_s[i] <= ret->at_s[i - 1])
			return damaged(err, "its transitions are not in order");
		if (type >= c->type)
			return damaged(err, "a transition leads to a type that is not there");
		ret->after_s[i] = offset_s[type];
	}
	return true;
}

static bool
read_footer(struct sv s, struct tzif *ret, struct err *err)
{
	struct sv newline;
	ptrdiff_t end;

	if (!take(&s, 1, &newline) || newline.p[0] != '\n' || (end = sv_find(s, '\n')) < 0)
		return damaged(err, "its footer is missing");
	s.n = (size_t)end;
	if (s.n == 0)
		return true;
	ret->has_footer = true;
	return posix_tz_parse(s, &ret->footer, err) || err_prefix(err, "not a usable time zone file: ");
}

bool
tzif_parse(struct arena *a, struct sv bytes, struct tzif *ret, struct err *err)
{
	struct counts c;
	struct tzif z = {0};
	struct sv skipped;
	char version, again;

	if (!take_header(&bytes, &c, &version, err))
		return false;
	if (version == '\0') {
		if (!read_block(a, &bytes, &c, 4, &z, err))
			return false;
		*ret = z;
		return true;
	}
	if (!take(&bytes, block_size(&c, 4), &skipped))
		return damaged(err, "it is cut off");
	if (!take_header(&bytes, &c, &again, err))
		return false;
	if (again != version)
		return damaged(err, "its two headers differ");
	if (!read_block(a, &bytes, &c, 8, &z, err) || !read_footer(bytes, &z, err))
		return false;
	*ret = z;
	return true;
}

struct tz_stretch
tzif_at(const struct tzif *z, int64_t t_s)
{
	size_t lo = 0, hi = z->n; /* at_s[lo - 1] <= t_s < at_s[hi] */
	struct tz_stretch ret;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (z->at_s[mid] <= t_s)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == z->n && z->has_footer) {
		ret = posix_tz_at(&z->footer, t_s);
		if (lo > 0)
			ret.from_s = MAX(ret.from_s, z->at_s[lo - 1]);
		return ret;
	}
	return (struct tz_stretch){
		.from_s = lo > 0 ? z->at_s[lo - 1] : INT64_MIN,
		.to_s = lo < z->n ? z->at_s[lo] : INT64_MAX,
		.offset_s = lo > 0 ? z->after_s[lo - 1] : z->before_s,
	};
}
