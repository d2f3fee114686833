/* The versions that a caller is about to read, as the query names them. */
#include "serve/gates.h"

static const struct asset *
input_of(const struct catalog *c, const struct asset *asset, struct sv key)
{
	const struct asset *up = catalog_asset(c, key);

	for (size_t i = 0; up != NULL && i < asset->ndep; i++)
		if (catalog_asset(c, asset->dep[i].key) == up)
			return up;
	return NULL;
}

/* `KEY` or `KEY|PARTITION`; both may hold a '|'. */
static bool
split_key(const struct catalog *c, const struct asset *asset, struct sv text, struct gate_named *ret)
{
	for (size_t i = 0; i <= text.n; i++) {
		if (i < text.n && text.p[i] != '|')
			continue;

		const struct asset *up = input_of(c, asset, (struct sv){text.p, i});

		if (up == NULL)
			continue;
		ret->upstream = up->key;
		ret->partition = i < text.n ? sv_skip(text, i + 1) : (struct sv){0};
		return true;
	}
	return false;
}

/* Keys and versions may hold an '@': the last one that has an input before it counts. */
static bool
named_parse(const struct catalog *c, const struct asset *asset, struct sv text, struct gate_named *ret)
{
	for (size_t i = text.n; i-- > 0;) {
		if (text.p[i] != '@' || !split_key(c, asset, (struct sv){text.p, i}, ret))
			continue;
		ret->version = sv_skip(text, i + 1);
		return true;
	}
	return false;
}

bool
gates_named(struct arena *a, const struct catalog *c, const struct asset *asset, struct sv partition,
            struct sv text, struct gate_named **ret, size_t *n, struct err *err)
{
	LIST(struct gate_named) list = {0};

	while (text.n > 0) {
		struct sv one = sv_cut(&text, ',');
		struct gate_named named = {0};

		if (!named_parse(c, asset, one, &named)) {
			const struct asset *up = asset->ndep == 1 ? catalog_asset(c, asset->dep[0].key)
			                                          : NULL;

			if (up == NULL || sv_find(one, '@') >= 0) {
				err_set(err, ERR_USAGE, NOWHERE,
				        "version '" SV_FMT "' names no input of '" SV_FMT "'", SV_ARG(one),
				        SV_ARG(asset->key));
				return err_hint(err, "Write INPUT@VERSION or INPUT|PARTITION@VERSION.");
			}
			named = (struct gate_named){.upstream = up->key,
			                            .partition = up->ndim > 0 ? partition : (struct sv){0},
			                            .version = one};
		}
		if (named.version.n == 0)
			return err_set(err, ERR_USAGE, NOWHERE, "no version is named for '" SV_FMT "'",
			               SV_ARG(named.upstream));
		*LIST_ADD(a, &list) = named;
	}
	*ret = list.v;
	*n = list.n;
	return true;
}
