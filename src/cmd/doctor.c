/* weir doctor: is all that weir stands on in order? */
#include "cmd/doctor.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "alert/secret.h"
#include "base/fs.h"
#include "store/outbox.h"

#define SPACE_LOW (INT64_C(256) << 20)
#define SPACE_NONE (INT64_C(16) << 20)

static const struct option_def doctor_options[] = {
	{"strict", 0, OPT_FLAG, NULL, NULL, "Warnings end with status 1."},
};

/* What went wrong elsewhere, with its own remedy. */
static void
remark_err(struct remarks *r, enum remark_level level, const char *subject, const struct err *err)
{
	remark(r, level, subject, "%s", err->msg);
	if (err->hint[0] != '\0')
		remark_remedy(r, "%s", err->hint);
}

/* Project ----------------------------------------------------------------------------------------------------- */

static void
look_at_secrets(struct remarks *r, const struct node *n, struct map *seen, size_t *unset)
{
	struct err err = {0};
	struct sv value;

	if (node_is_secret(n)) {
		const struct node *name = &n->kid[0];
		struct sv known = arena_svf(r->a, SV_FMT ":" SV_FMT, SV_ARG(name->key), SV_ARG(name->text));

		if (map_has(seen, known))
			return;
		(void)map_put(seen, known);
		if (secret_get(r->a, n, &value, &err))
			return;
		remark_err(r, REMARK_WARN, "secrets", &err);
		(*unset)++;
		return;
	}
	for (size_t i = 0; (n->kind == NODE_MAP || n->kind == NODE_SEQ) && i < n->n; i++)
		look_at_secrets(r, &n->kid[i], seen, unset);
}

/* False without one that can be used. */
static bool
look_at_catalog(struct options *o, struct remarks *r, struct opened *w)
{
	struct map seen;
	size_t checks = 0, unset = 0;

	if (!opt(o, "directory")->given && catalog_find(o->a, ".") == NULL) {
		*w = (struct opened){.a = o->a, .style = output_style(o)};
		remark(r, REMARK_WARN, "catalog", "there is no weir.yaml here or in a folder above");
		remark_remedy(r, "weir init writes one; -C names its folder.");
		return false;
	}
	if (!opened_catalog(o, w)) {
		remark(r, REMARK_FAIL, "catalog", "it cannot be used");
		remark_remedy(r, "weir validate tells every mistake.");
		return false;
	}
	for (size_t i = 0; i < w->w.catalog->nasset; i++)
		checks += w->w.checks[i].n;
	remark(r, REMARK_OK, "catalog", "%s: %zu asset%s, %zu check%s, environment " SV_FMT,
	       w->w.catalog->file, w->w.catalog->nasset, w->w.catalog->nasset == 1 ? "" : "s", checks,
	       checks == 1 ? "" : "s", SV_ARG(w->w.catalog->env));
	map_init(&seen, o->a);
	look_at_secrets(r, w->w.catalog->node, &seen, &unset);
	if (unset == 0)
		remark(r, REMARK_OK, "secrets", "%s",
		       seen.n > 0 ? arena_printf(r->a, "all %zu that the catalog names are set", seen.n)
		                  : "the catalog names none");
	return true;
}

/* State ------------------------------------------------------------------------------------------------------- */

static void
look_at_space(struct remarks *r, const char *path)
{
	const char *dir = fs_dirname(r->a, path);
	struct statvfs fs;
	int64_t left;

	/* A folder that is to be made lies where its parent does. */
	while (!fs_is_dir(dir) && strcmp(dir, ".") != 0 && strcmp(dir, "/") != 0)
		dir = fs_dirname(r->a, dir);
	if (statvfs(dir, &fs) != 0 ||
	    __builtin_mul_overflow((int64_t)fs.f_bavail, (int64_t)fs.f_frsize, &left)) {
		remark(r, REMARK_WARN, "space", "cannot tell how much is left in '%s'", dir);
		return;
	}
	remark(r,
	       left < SPACE_NONE  ? REMARK_FAIL
	       : left < SPACE_LOW ? REMARK_WARN
	                          : REMARK_OK,
	       "space", "%lld MiB are left for the state", (long long)(left >> 20));
	if (left < SPACE_LOW)
		remark_remedy(r, "Make room, or keep less: retention: in the catalog, and weir store prune.");
	/* What SQLite's locks do not hold on was refused when the state was opened. */
	if ((fs.f_flag & ST_RDONLY) != 0) {
		remark(r, REMARK_FAIL, "space", "'%s' is on a file system that cannot be written", dir);
		remark_remedy(r, "Name another place with store: in the catalog.");
	}
}

/* Who may write the folder can put another file in the state's place. */
static void
look_at_folder(struct remarks *r, const char *path)
{
	const char *dir = fs_dirname(r->a, path);
	struct stat st;

	if (stat(dir, &st) != 0 || (st.st_mode & S_IWOTH) == 0)
		return;
	remark(r, REMARK_WARN, "permissions", "others may write the folder of the state, '%s' (mode %04o)",
	       dir, (unsigned)st.st_mode & 07777);
	remark_remedy(r, "chmod o-w it: they could put another state in its place.");
}

static bool
look_at_alerts(struct remarks *r, struct opened *w, struct err *err)
{
	int64_t count[3];

	if (!store_count_messages(w->w.store, count, err))
		return false;
	remark(r, count[MESSAGE_DEAD] > 0 ? REMARK_WARN : REMARK_OK, "alerts",
	       "%s; %lld wait, %lld were given up", w->w.catalog->alerts.enabled ? "on" : "off",
	       (long long)count[MESSAGE_PENDING], (long long)count[MESSAGE_DEAD]);
	if (count[MESSAGE_DEAD] > 0)
		remark_remedy(r, "weir alerts list tells why; weir alerts retry sends them again.");
	return true;
}

static void
look_at_state(struct options *o, struct remarks *r, struct opened *w)
{
	struct store_info i;
	struct err err = {0};

	if (!opened_state(o, STORE_READ, w, &err)) {
		remark_err(r, REMARK_FAIL, "state", &err);
		return;
	}
	if (!store_describe(w->w.store, o->a, &i, &err)) {
		remark_err(r, REMARK_FAIL, "state", &err);
		return;
	}
	if (i.path != NULL)
		remark(r, REMARK_OK, "state", "%s, on a local file system", i.path);
	if (!store_examine(w->w.store, false, r, &err) || !look_at_alerts(r, w, &err))
		remark_err(r, REMARK_FAIL, "state", &err);
	if (i.path != NULL) {
		look_at_folder(r, i.path);
		doctor_local_service(o, r, i.path, w->w.catalog->service.listen);
	}
	look_at_space(r, i.path != NULL ? i.path : arena_str(o->a, w->w.catalog->store));
}

static int
doctor_run(struct options *o)
{
	struct remarks r = {.a = o->a};
	struct opened w;
	bool project;
	int status;

	doctor_libraries(&r);
	project = look_at_catalog(o, &r, &w);
	doctor_libcurl(&r, project && w.w.catalog->alerts.enabled && w.w.catalog->alerts.nchannel > 0);
	doctor_clock(&r, opt(o, "now")->given);
	doctor_zones(&r);
	doctor_process(&r, &w.style);
	doctor_sandbox(&r);
	if (project)
		look_at_state(o, &r, &w);
	progress_end(&w.progress);
	status = upkeep_remarks(o, &w, &r, opt_flag(o, "strict"));
	opened_close(&w);
	return status;
}

/* What cannot be looked at from here is told by the service; of this machine what a client stands on. */
static int
doctor_remote(struct options *o)
{
	AUTO(remote) service = NULL;
	struct remarks r = {.a = o->a};
	struct opened w;
	struct err err = {0};
	int status;

	if (!remote_open(o, &service, &err))
		return output_failure(&err);
	if (!opened_bare(o, &w, &status))
		return status;
	doctor_libcurl(&r, true);
	doctor_clock(&r, opt(o, "now")->given);
	doctor_service(&r, service);
	progress_end(&w.progress);
	status = upkeep_remarks(o, &w, &r, opt_flag(o, "strict"));
	opened_close(&w);
	return status;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.local = true,
	.group = GROUP_UPKEEP,
	.synopsis = "[--strict]",
	.summary = "Looks at what weir stands on: libraries, catalog, state, clock, zones",
	.doc = "Each line is ok, a warning or broken, with a remedy.  Ends with 3 if something is broken.  "
	       "It reads no data "
	       "and\n"
	       "changes nothing; weir store check looks at every row of the state.  Where a service works with the state it "
	       "looks at that, too; with --server, at one elsewhere.",
	.example = "weir doctor --format json",
	.formats = formats_text_json,
	.option = doctor_options,
	.noption = LEN(doctor_options),
	.run = doctor_run,
	.remote = doctor_remote,
};
