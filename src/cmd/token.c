/* weir token: who may use the service over HTTP. */
#include "store/token.h"

#include "cmd/workspace.h"
#include "report/text.h"
#include "serve/tokens.h"

enum { NAME_MAX_BYTES = 64 };

static const char *const token_verbs[] = {"add", "list", "revoke", NULL};

static const struct option_def token_options[] = {
	{"scope", 0, OPT_LIST, "SCOPE", NULL,
         "add: what it is good for: read, ingest (report events and results), gate (ask gates), admin (all). "
         "Default: read."},
	{"expires", 0, OPT_DURATION, "DUR", NULL, "add: how long it is valid; default: until it is revoked."},
};

/* Names stand in logs and answers. */
static bool
name_fits(struct sv name, struct err *err)
{
	for (size_t i = 0; i < name.n; i++) {
		const char c = name.p[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
		    strchr("._-@", c) == NULL)
			return err_set(err, ERR_USAGE, NOWHERE,
			               "the name of a token has letters, digits, '.', '_', '-' and '@' only");
	}
	if (name.n > 0 && name.n <= NAME_MAX_BYTES)
		return true;
	return err_set(err, ERR_USAGE, NOWHERE, "the name of a token has 1 to %d characters", NAME_MAX_BYTES);
}

static int
add(struct options *o, struct opened *w)
{
	const int64_t now_us = clock_now_us(w->w.clock), for_us = opt_number(o, "expires", 0);
	const struct option_value *given = opt(o, "scope");
	struct token t = {.name = sv_of(o->arg[1]),
	                  .who = user_name(o->a),
	                  .created_us = now_us,
	                  .used_us = TIME_NONE,
	                  .expires_us = TIME_NONE,
	                  .revoked_us = TIME_NONE};
	char text[TOKEN_MAX], hash[SHA256_HEX];
	struct err err = {0};
	unsigned scopes = given->given ? 0 : SCOPE_READ;

	for (size_t i = 0; i < given->list.n; i++) {
		unsigned more;

		if (!scopes_parse(given->list.v[i], &more, &err))
			return output_failure(&err);
		scopes |= more;
	}
	if (opt(o, "expires")->given &&
	    (for_us == 0 || __builtin_add_overflow(now_us, for_us, &t.expires_us))) {
		err_set(&err, ERR_USAGE, NOWHERE, "--expires must be a time from now on, like 90d");
		return output_failure(&err);
	}
	token_make(text);
	token_hash(sv_of(text), hash);
	t.hash = sv_of(hash);
	t.scopes = scopes_text(o->a, scopes);
	if (!name_fits(t.name, &err) || !store_add_token(w->w.store, &t, &err))
		return output_failure(&err);
	fprintf(stderr, "weir: this is the only time that it is shown\n");
	return output_text(arena_svf(o->a, "%s\n", text), 0);
}

static int
revoke(struct options *o, struct opened *w)
{
	struct sv name = sv_of(o->arg[1]);
	struct err err = {0};
	bool found;

	if (!store_revoke_token(w->w.store, name, clock_now_us(w->w.clock), &found, &err))
		return output_failure(&err);
	if (found)
		return output_text(arena_svf(o->a, "revoked: " SV_FMT "\n", SV_ARG(name)), 0);
	err_set(&err, ERR_USAGE, NOWHERE, "there is no valid token '" SV_FMT "'", SV_ARG(name));
	err_hint(&err, "weir token list shows them");
	return output_failure(&err);
}

/* Listing ----------------------------------------------------------------------------------------------------- */

static const char *
state_of(const struct token *t, int64_t now_us)
{
	if (t->revoked_us != TIME_NONE)
		return "revoked";
	return t->expires_us != TIME_NONE && t->expires_us <= now_us ? "expired" : "valid";
}

static void
put_json(struct json_writer *j, const struct token *t, int64_t now_us)
{
	struct sv scopes = t->scopes;

	json_object_inline(j);
	json_put_sv(j, "name", t->name);
	json_put_str(j, "state", state_of(t, now_us));
	json_key(j, "scopes");
	json_array(j);
	while (scopes.n > 0)
		json_sv(j, sv_cut(&scopes, ','));
	json_array_end(j);
	json_put_sv(j, "by", t->who);
	json_put_time(j, "created_at", t->created_us);
	json_put_time(j, "used_at", t->used_us);
	json_put_time(j, "expires_at", t->expires_us);
	json_put_time(j, "revoked_at", t->revoked_us);
	json_object_end(j);
}

static void
put_line(struct buf *b, const struct report_style *s, const struct token *t, int64_t now_us, int width)
{
	AUTO(buf) line = buf_new(1 << 12);
	char at[RFC3339_MAX];

	buf_printf(line, "%-7s  ", state_of(t, now_us));
	text_pad(line, t->name, width);
	buf_printf(line, "  " SV_FMT "  made %s by ", SV_ARG(t->scopes), rfc3339_seconds(t->created_us, at));
	text_plain(line, t->who);
	if (t->used_us == TIME_NONE)
		buf_puts(line, ", never used");
	else
		buf_printf(line, ", used %s", rfc3339_seconds(t->used_us, at));
	if (t->expires_us != TIME_NONE && t->revoked_us == TIME_NONE)
		buf_printf(line, ", expires %s", rfc3339_seconds(t->expires_us, at));
	text_line(s, b, buf_sv(line));
}

static int
list(struct options *o, struct opened *w)
{
	const bool json = sv_is(opt_text(o, "format"), "json");
	const int64_t now_us = clock_now_us(w->w.clock);
	AUTO(buf) text = buf_new((size_t)16 << 20);
	struct json_writer j;
	struct token *t;
	struct err err = {0};
	size_t n;
	int width = 0;

	if (!store_list_tokens(w->w.store, o->a, false, now_us, &t, &n, &err))
		return output_failure(&err);
	json_write_init(&j, text, 2);
	if (json)
		json_array(&j);
	for (size_t i = 0; i < n; i++)
		width = MAX(width, text_width(t[i].name));
	for (size_t i = 0; i < n; i++)
		if (json)
			put_json(&j, &t[i], now_us);
		else
			put_line(text, &w->style, &t[i], now_us, width);
	if (json) {
		json_array_end(&j);
		buf_putc(text, '\n');
	}
	return output_list(text, "no tokens: weir token add NAME --scope read,gate makes one");
}

static bool
words_fit(const struct options *o, bool listing, bool adding, struct err *err)
{
	if (o->narg != (listing ? 1 : 2)) {
		err_set(err, ERR_USAGE, NOWHERE, "weir token %s takes %s", o->arg[0],
		        listing ? "no name" : "the name of the token");
		return err_hint(err, "usage: weir token %s", o->command->synopsis);
	}
	if (!adding && (opt(o, "scope")->given || opt(o, "expires")->given))
		return err_set(err, ERR_USAGE, NOWHERE, "--scope and --expires belong to weir token add");
	if (!listing && sv_is(opt_text(o, "format"), "json"))
		return err_set(err, ERR_USAGE, NOWHERE, "only weir token list writes JSON");
	return true;
}

static int
token_run(struct options *o)
{
	const bool listing = strcmp(o->arg[0], "list") == 0, adding = strcmp(o->arg[0], "add") == 0;
	struct opened w;
	struct err err = {0};
	int status;

	if (!words_fit(o, listing, adding, &err))
		return output_failure(&err);
	if (!opened_workspace(o, listing ? STORE_READ : STORE_WRITE, &w, &status))
		return status;
	status = listing ? list(o, &w) : adding ? add(o, &w) : revoke(o, &w);
	progress_end(&w.progress);
	opened_close(&w);
	return status;
}

const struct command cmd_token = {
	.name = "token",
	.instead = "Who may ask is decided beside the state: weir token on the service's machine.",
	.group = GROUP_UPKEEP,
	.synopsis = "add NAME [--scope SCOPE,…] [--expires DUR] | list | revoke NAME",
	.summary = "Makes, lists and revokes the tokens by which others use the service over HTTP",
	.doc = "add writes the token to standard output, once: only its hash is kept.  A service that runs takes "
	       "a new token, and\n"
	       "refuses a revoked one, within a second or so.  On a loopback address tokens are not needed, "
	       "unless `service:\n"
	       "require_token` asks for them.",
	.example = "weir token add airflow --scope gate,ingest --expires 365d",
	.formats = formats_text_json,
	.option = token_options,
	.noption = LEN(token_options),
	.verbs = token_verbs,
	.min_args = 1,
	.max_args = 2,
	.run = token_run,
};
