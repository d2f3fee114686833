#include "alert/secret.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/fs.h"

enum { SECRET_MAX = 1 << 16 };

static const struct field fields[] = {
	{"env", "Name of the environment variable that holds it.", .kind = FIELD_TEXT},
	{"file", "Path of the file that holds it.", .kind = FIELD_TEXT},
};
/* A field with this table has a loader of its own, which calls secret_check: nothing is stored by these rows. */
const struct table secret_table = TABLE("a secret", fields);

void
secret_check(struct loader *l, const struct node *n, const char *what, bool text_ok)
{
	struct sv text;

	if (n->kind == NODE_MAP) {
		const struct node *kid = n->n == 1 ? &n->kid[0] : NULL;

		if (node_is_secret(n) && kid != NULL && node_is_scalar(kid) && kid->text.n > 0)
			return;
	} else if (text_ok) {
		if (node_text(n, &text, l->d) && text.n == 0)
			diag_error(l->d, n->loc, "%s is empty", what);
		return;
	}
	diag_error(l->d, n->loc, "%s must be %sa secret", what, text_ok ? "text or " : "");
	diag_hint(l->d, "write {env: NAME} or {file: PATH}");
}

static bool
from_env(struct arena *a, const struct node *n, struct sv *ret, struct err *err)
{
	const char *value = getenv(arena_str(a, n->text));

	if (value == NULL || value[0] == '\0') {
		err_set(err, ERR_CATALOG, n->loc, "the environment variable '" SV_FMT "' is %s",
		        SV_ARG(n->text), value == NULL ? "not set" : "empty");
		return err_hint(err, "export it where weir runs");
	}
	*ret = arena_sv(a, sv_of(value));
	return true;
}

static bool
from_file(struct arena *a, const struct node *n, struct sv *ret, struct err *err)
{
	const char *path = fs_join(a, n->loc.file != NULL ? fs_dirname(a, n->loc.file) : ".", n->text);
	struct sv text;
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0) {
		err_set(err, ERR_CATALOG, n->loc, "the secret file '%s' can be %s by others", path,
		        (st.st_mode & S_IROTH) != 0 ? "read" : "changed");
		return err_hint(
			err, "chmod 600 (or 640) it; a secret that was open to others should be replaced.");
	}
	if (!fs_read(a, path, SECRET_MAX, &text, err))
		return err_prefix(err, "secret");
	while (text.n > 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	if (text.n == 0)
		return err_set(err, ERR_CATALOG, n->loc, "the secret file '%s' is empty", path);
	*ret = text;
	return true;
}

bool
secret_get(struct arena *a, const struct node *n, struct sv *ret, struct err *err)
{
	const struct node *env = node_get(n, "env"), *file = node_get(n, "file");

	if (env != NULL)
		return from_env(a, env, ret, err);
	if (file != NULL)
		return from_file(a, file, ret, err);
	*ret = n->text;
	return true;
}

/* What is shown as a process's first environment is the text itself, and stays where it is. */
static void
forget(struct arena *a, struct sv name)
{
	const char *variable = arena_str(a, name);
	char *value = getenv(variable);

	if (value == NULL)
		return;
	explicit_bzero(value, strlen(value));
	(void)unsetenv(variable);
}

static void
forget_below(struct arena *a, const struct node *n)
{
	const struct node *env = node_is_secret(n) ? node_get(n, "env") : NULL;

	if (env != NULL)
		forget(a, env->text);
	for (size_t i = 0; (n->kind == NODE_MAP || n->kind == NODE_SEQ) && i < n->n; i++)
		forget_below(a, &n->kid[i]);
}

void
secrets_forget(const struct catalog *c)
{
	AUTO(arena) a = arena_new();

	for (size_t i = 0; i < c->alerts.nchannel; i++)
		forget_below(a, c->alerts.channel[i].node);
	if (c->service.heartbeat.url != NULL)
		forget_below(a, c->service.heartbeat.url);
}
