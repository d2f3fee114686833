/* Folders that tell the values of columns: `year=2024/month=01/`. */
#include "source/source.h"

enum { FOLDERS_MAX = 32 };

struct found {
	struct sv name[FOLDERS_MAX], value[FOLDERS_MAX];
	size_t n;
};

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %xx as its byte; a percent sign without two digits stays. */
static struct sv
decode(struct arena *a, struct sv s)
{
	char *p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int high = s.p[i] == '%' && i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(s.p[i + 2]) : -1;

		if (low >= 0) {
			p[n++] = (char)(high * 16 + low);
			i += 2;
		} else {
			p[n++] = s.p[i];
		}
	}
	p[n] = '\0';
	return (struct sv){p, n};
}

/* Empty values are what Hive would have called its default partition. */
static struct sv
value_of(struct arena *a, struct sv text)
{
	if (text.n == 0 || sv_is(text, "__HIVE_DEFAULT_PARTITION__"))
		return (struct sv){0};
	return decode(a, text);
}

static bool
find(struct arena *a, struct sv name, struct found *ret, struct err *err)
{
	struct sv rest = name, folder;

	ret->n = 0;
	for (;;) {
		folder = sv_cut(&rest, '/');
		if (rest.p == NULL || rest.n == 0)
			return true; /* the file */

		ptrdiff_t at = sv_find(folder, '=');

		if (at <= 0)
			continue;
		if (ret->n == FOLDERS_MAX)
			return err_set(err, ERR_LIMIT, NOWHERE,
			               "'" SV_FMT "' lies in more than %d folders name=value", SV_ARG(name),
			               FOLDERS_MAX);
		ret->name[ret->n] = decode(a, (struct sv){folder.p, (size_t)at});
		ret->value[ret->n++] = value_of(a, sv_skip(folder, (size_t)at + 1));
	}
}

static bool
same_names(const struct found *f, const struct parts *p)
{
	if (f->n != p->nfolder)
		return false;
	for (size_t i = 0; i < f->n; i++)
		if (!sv_eq(f->name[i], p->folder[i]))
			return false;
	return true;
}

static bool
unique_names(const struct found *f, struct sv part, struct err *err)
{
	for (size_t i = 1; i < f->n; i++)
		if (sv_in(f->name[i], f->name, i))
			return err_set(err, ERR_FORMAT, NOWHERE,
			               "'" SV_FMT "' lies in two folders '" SV_FMT "=…'", SV_ARG(part),
			               SV_ARG(f->name[i]));
	return true;
}

bool
parts_folders(struct arena *a, struct parts *p, struct sv root, struct err *err)
{
	for (size_t i = 0; i < p->n; i++) {
		struct sv name = p->v[i].name;
		struct found f;

		if (sv_starts(name, root))
			name = sv_skip(name, root.n);
		if (!find(a, name, &f, err))
			return false;
		if (i == 0) {
			struct sv *names = ARENA_ARRAY(a, struct sv, f.n);

			for (size_t k = 0; k < f.n; k++)
				names[k] = f.name[k];
			p->folder = names;
			p->nfolder = f.n;
			if (!unique_names(&f, p->v[i].name, err))
				return false;
		} else if (!same_names(&f, p)) {
			err_set(err, ERR_FORMAT, NOWHERE,
			        "'" SV_FMT "' and '" SV_FMT "' lie in folders name=value of different names",
			        SV_ARG(p->v[0].name), SV_ARG(p->v[i].name));
			return err_hint(err, "Such folders are columns, which all files of an asset have.");
		}

		struct sv *values = ARENA_ARRAY(a, struct sv, f.n);

		for (size_t k = 0; k < f.n; k++)
			values[k] = f.value[k];
		p->v[i].folder = values;
	}
	return true;
}
