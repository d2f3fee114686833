#include "catalog/pattern.h"

/* What a placeholder's directives tell of a window's start. */
enum { HAS_Y = 1, HAS_M = 2, HAS_D = 4, HAS_H = 8, HAS_V = 16, HAS_G = 32, HAS_J = 64, HAS_ALL = 128 };

static bool
name_char(char c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!first && c >= '0' && c <= '9');
}

/* A placeholder at the start of s: its length, 0 if there is none. */
static size_t
placeholder(struct sv s, struct piece *ret)
{
	size_t i = 1;

	if (s.n < 3 || s.p[0] != '{' || !name_char(s.p[1], true))
		return 0;
	while (i < s.n && name_char(s.p[i], false))
		i++;
	ret->name = (struct sv){s.p + 1, i - 1};
	ret->text = (struct sv){0};
	if (i < s.n && s.p[i] == ':') {
		ptrdiff_t end = sv_find(sv_skip(s, i), '}');

		if (end < 0)
			return 0;
		ret->text = (struct sv){s.p + i + 1, (size_t)end - 1};
		i += (size_t)end;
	}
	return i < s.n && s.p[i] == '}' ? i + 1 : 0;
}

bool
pattern_next(struct sv pattern, struct sv *rest, struct piece *ret)
{
	if (rest->n == 0)
		return false;
	*ret = (struct piece){.offset = pattern.n - rest->n};

	size_t n = placeholder(*rest, ret);

	if (n > 0) {
		ret->is_dim = true;
		*rest = sv_skip(*rest, n);
		return true;
	}
	for (n = 1; n < rest->n; n++) {
		struct piece unused;

		if (rest->p[n] == '{' && placeholder(sv_skip(*rest, n), &unused) > 0)
			break;
	}
	ret->text = (struct sv){rest->p, n};
	*rest = sv_skip(*rest, n);
	return true;
}

const struct partition_dim *
pattern_dim(const struct asset *as, struct sv name)
{
	for (size_t i = 0; i < as->ndim; i++)
		if (sv_eq(as->dim[i].name, name))
			return &as->dim[i];
	return NULL;
}

static bool
directives(struct sv format, struct loc at, unsigned *has, struct diags *d)
{
	static const char known[] = "YmdHVGj";
	bool any = format.n == 0;

	if (format.n == 0)
		*has |= HAS_ALL;
	for (size_t i = 0; i < format.n; i++) {
		if (format.p[i] != '%')
			continue;

		char c = ++i < format.n ? format.p[i] : '\0';
		const char *k = c != '\0' ? strchr(known, c) : NULL;

		if (c == '%')
			continue;
		if (k == NULL) {
			diag_error(d, at, "'%%%c' is no directive of partitions", c != '\0' ? c : ' ');
			diag_hint(d, "known are %%Y %%m %%d %%H %%V %%G %%j and %%%%");
			return false;
		}
		*has |= 1U << (k - known);
		any = true;
	}
	if (!any) {
		diag_error(d, at, "the format '" SV_FMT "' says nothing of the window", SV_ARG(format));
		diag_hint(d, "write for example {date:%%Y-%%m-%%d}");
	}
	return any;
}

static bool
enough(enum partition_every every, unsigned has)
{
	bool day = (has & (HAS_Y | HAS_M | HAS_D)) == (HAS_Y | HAS_M | HAS_D) ||
	           (has & (HAS_Y | HAS_J)) == (HAS_Y | HAS_J);

	if ((has & HAS_ALL) != 0)
		return true;
	switch (every) {
	case EVERY_HOUR:
		return day && (has & HAS_H) != 0;
	case EVERY_DAY:
		return day;
	case EVERY_WEEK:
		return day || (has & (HAS_G | HAS_V)) == (HAS_G | HAS_V);
	case EVERY_MONTH:
		return day || (has & (HAS_Y | HAS_M)) == (HAS_Y | HAS_M);
	case EVERY_YEAR:
		break;
	}
	return (has & HAS_Y) != 0;
}

static bool
piece_check(struct arena *a, const struct asset *as, const struct piece *p, struct loc at, unsigned *has,
            struct diags *d)
{
	const struct partition_dim *dim = pattern_dim(as, p->name);
	const char **names = ARENA_ARRAY(a, const char *, as->ndim);

	if (dim == NULL) {
		for (size_t i = 0; i < as->ndim; i++)
			names[i] = arena_str(a, as->dim[i].name);
		diag_error(d, at, "'{" SV_FMT "}' is no dimension of 'partitions'", SV_ARG(p->name));
		diag_suggest(d, p->name, names, as->ndim);
		return false;
	}
	if (dim->is_time)
		return directives(p->text, at, &has[dim - as->dim], d);
	if (p->text.n > 0) {
		diag_error(d, at, "'{" SV_FMT "}' is a list of values and takes no format", SV_ARG(p->name));
		return false;
	}
	has[dim - as->dim] = HAS_ALL;
	return true;
}

bool
pattern_check(struct arena *a, const struct asset *as, struct sv pattern, struct loc at, bool *used,
              struct diags *d)
{
	static const char *const every[] = {"hour", "day", "week", "month", "year"};
	unsigned has[PARTITION_DIMS_MAX] = {0};
	struct sv rest = pattern;
	struct piece p;

	while (pattern_next(pattern, &rest, &p)) {
		struct loc here = at;

		here.col += (uint32_t)p.offset;
		here.len = (uint32_t)(pattern.n - rest.n - p.offset);
		if (p.is_dim && !piece_check(a, as, &p, here, has, d))
			return false;
	}
	for (size_t i = 0; i < as->ndim; i++) {
		used[i] = has[i] != 0;
		if (used[i] && as->dim[i].is_time && !enough(as->dim[i].every, has[i])) {
			diag_error(d, at, "'" SV_FMT "' does not tell one %s from another", SV_ARG(pattern),
			           every[as->dim[i].every]);
			return false;
		}
	}
	return true;
}
