/* Names of the places that failing rows go to. */
#include "base/buf.h"
#include "catalog/catalog.h"

const char *const quarantine_words[QUARANTINE_WORDS] = {
	[WORD_ASSET] = "asset",         [WORD_CHECK] = "check",   [WORD_DATE] = "date",
	[WORD_PARTITION] = "partition", [WORD_RUN_ID] = "run_id",
};

enum { WORD_BYTES = 120, NAME_BYTES = 1 << 16 };

/*
 * A part of a file name: nothing of it is a separator, a folder of its own or hidden.  What is too long keeps its beginning and a hash of all, so that
 * different words stay different.
 */
static void
put_encoded(struct buf *b, struct sv s)
{
	const size_t begin = b->n;

	for (size_t i = 0; i < s.n; i++) {
		const unsigned char c = (unsigned char)s.p[i];
		const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		                   (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '=' ||
		                   (c == '.' && i > 0);

		if (b->n - begin > WORD_BYTES) {
			buf_printf(b, "-%016jx", (uintmax_t)hash128(s).lo);
			return;
		}
		if (plain)
			buf_putc(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
}

struct sv
quarantine_name(struct arena *a, struct sv text, const struct sv word[QUARANTINE_WORDS])
{
	AUTO(buf) b = buf_new(NAME_BYTES);

	for (struct sv rest = text; rest.n > 0;) {
		const size_t before = rest.n;
		struct sv plain = sv_cut(&rest, '{'), name;

		buf_add(b, plain);
		if (plain.n == before)
			break;
		name = sv_cut(&rest, '}');
		for (size_t i = 0; i < QUARANTINE_WORDS; i++)
			if (sv_is(name, quarantine_words[i]))
				put_encoded(b, word[i]);
	}
	return arena_sv(a, buf_sv(b));
}

bool
quarantine_varies(const struct quarantine_decl *q, enum quarantine_word word)
{
	for (struct sv rest = q->to; rest.n > 0;) {
		(void)sv_cut(&rest, '{');
		if (sv_is(sv_cut(&rest, '}'), quarantine_words[word]))
			return true;
	}
	return false;
}

bool
quarantine_fits(const struct quarantine_decl *q, const struct asset *asset, struct diags *d)
{
	if (q == NULL || asset == NULL || asset->ndim == 0 || q->table.n > 0 ||
	    quarantine_varies(q, WORD_PARTITION))
		return true;
	diag_error(d, q->loc, "all partitions of '" SV_FMT "' would write their failing rows to one file",
	           SV_ARG(asset->key));
	diag_hint(d, "put {partition} into its name, or write to a table: `sqlite:PATH?table=NAME`");
	return false;
}
