/* weir doctor: the program, its libraries, and the system that it runs on. */
#include "cmd/doctor.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <openssl/crypto.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>
#include <yaml.h>
#include <zlib.h>
#include <zstd.h>

#include "base/fs.h"
#include "config.h"
#include "serve/sandbox.h"

/* Before it there are no strict tables, which the state is made of. */
#define SQLITE_OLDEST 3037000
enum { OPEN_FILES_FEW = 256, ZONE_FILE_MAX = 1 << 20 };

/* Libraries ------------------------------------------------------------------------------------------------- */

static void
look_at_program(struct remarks *r)
{
	remark(r, REMARK_OK, "weir", "%s, built by %s %s, with glibc %s", PACKAGE_VERSION,
#ifdef __clang__
	       "clang", __clang_version__,
#else
	       "gcc", __VERSION__,
#endif
	       gnu_get_libc_version());
}

/* https://sqlite.org/wal.html, "The WAL-Reset Bug": 3.7.0 to 3.51.2, but for what it was fixed in later. */
static bool
has_wal_reset_bug(int version)
{
	bool mended = (version >= 3044006 && version < 3045000) || (version >= 3050007 && version < 3051000);

	return version >= 3007000 && version <= 3051002 && !mended;
}

static void
look_at_sqlite(struct remarks *r)
{
	int version = sqlite3_libversion_number();

	if (version < SQLITE_OLDEST || sqlite3_threadsafe() == 0) {
		remark(r, REMARK_FAIL, "sqlite", "%s%s", sqlite3_libversion(),
		       version < SQLITE_OLDEST ? "" : ", built without threads");
		remark_remedy(r, "weir needs SQLite 3.37 or later, built with threads: update libsqlite3.");
	} else if (has_wal_reset_bug(version)) {
		remark(r, REMARK_OK, "sqlite",
		       "%s, which has the WAL-reset bug (3.7.0 to 3.51.2); weir does not meet it: processes "
		       "take turns to write, and only who writes carries the log over",
		       sqlite3_libversion());
	} else {
		remark(r, REMARK_OK, "sqlite", "%s, no bug is known that concerns weir",
		       sqlite3_libversion());
	}
	if (version < SQLITE_VERSION_NUMBER) {
		remark(r, REMARK_WARN, "sqlite", "weir was built with %s, and runs with the older %s",
		       SQLITE_VERSION, sqlite3_libversion());
		remark_remedy(r, "Is another libsqlite3 in LD_LIBRARY_PATH?");
	}
}

static void
look_at_pcre2(struct remarks *r)
{
	char version[64] = "?";
	uint32_t unicode = 0;

	/* "10.42 2022-12-11" */
	(void)pcre2_config(PCRE2_CONFIG_VERSION, version);
	(void)pcre2_config(PCRE2_CONFIG_UNICODE, &unicode);
	remark(r, unicode ? REMARK_OK : REMARK_FAIL, "pcre2", "%s%s", version,
	       unicode ? "" : ", built without Unicode");
	if (!unicode)
		remark_remedy(r, "Regular expressions need it: update libpcre2-8.");
}

void
doctor_libraries(struct remarks *r)
{
	look_at_program(r);
	look_at_sqlite(r);
	look_at_pcre2(r);
	remark(r, REMARK_OK, "libyaml", "%s", yaml_get_version_string());
	remark(r, REMARK_OK, "zlib", "%s", zlibVersion());
	remark(r, REMARK_OK, "zstd", "%s", ZSTD_versionString());
	remark(r, REMARK_OK, "openssl", "%s", OpenSSL_version(OPENSSL_VERSION));
}

void
doctor_libcurl(struct remarks *r, bool needed)
{
	void *library = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	void *at = library != NULL ? dlsym(library, "curl_version") : NULL;
	char *(*version)(void);

	if (at == NULL) {
		remark(r, needed ? REMARK_FAIL : REMARK_WARN, "libcurl",
		       "it cannot be loaded, so that nobody can be told");
		remark_remedy(r, "Install libcurl 4 (Debian: libcurl4), or leave alerts off.");
		return;
	}
	/* POSIX promises that the address fits; the language does not, hence memcpy. */
	memcpy(&version, &at, sizeof(version));
	remark(r, REMARK_OK, "libcurl", "%s", version());
}

/* Time -------------------------------------------------------------------------------------------------------- */

void
doctor_clock(struct remarks *r, bool fixed)
{
	int64_t now_us = clock_now_us(&clock_system);
	struct civil c = civil_from_us(now_us);
	struct timex t = {0};
	char text[RFC3339_MAX];

	if (c.year < 2025 || c.year > 2100) {
		remark(r, REMARK_FAIL, "clock", "it says %s", rfc3339_format(now_us, text));
		remark_remedy(r, "Set the system's clock: freshness is judged by it.");
	} else {
		/* Within containers the kernel often does not tell. */
		remark(r, REMARK_OK, "clock", "%s%s", rfc3339_format(now_us - now_us % US_PER_S, text),
		       adjtimex(&t) >= 0 && (t.status & STA_UNSYNC) == 0 ? ", synchronised" : "");
	}
	if (fixed) {
		remark(r, REMARK_WARN, "clock", "--now stands for it");
		remark_remedy(r, "Leave --now out of what runs every day.");
	}
}

/* Where the offset changes, and what it is before and after: one zone north, one south, one that stopped. */
static const struct {
	const char *zone, *at;
	int32_t before_s, after_s;
} transitions[] = {
	{"America/New_York", "2024-03-10T07:00:00Z", -5 * 3600, -4 * 3600},
	{"Australia/Sydney", "2024-10-05T16:00:00Z", 10 * 3600, 11 * 3600},
	{"Europe/Berlin", "2024-03-31T01:00:00Z", 3600, 7200},
	{"Europe/Berlin", "2037-10-25T01:00:00Z", 7200, 3600},
	{"Europe/Moscow", "2014-10-25T22:00:00Z", 4 * 3600, 3 * 3600},
};

/* "2024a", from the file that tzdata has its source in; empty where that is not installed. */
static struct sv
zone_version(struct arena *a)
{
	const char *dir = getenv("TZDIR");
	struct sv text, line;

	if (!fs_read(a,
	             fs_join(a, dir != NULL && dir[0] != '\0' ? dir : "/usr/share/zoneinfo", SV("tzdata.zi")),
	             ZONE_FILE_MAX, &text, NULL))
		return (struct sv){0};
	line = sv_cut(&text, '\n');
	return sv_starts(line, SV("# version ")) ? sv_skip(line, 10) : (struct sv){0};
}

void
doctor_zones(struct remarks *r)
{
	struct sv version = zone_version(r->a);
	size_t wrong = 0;

	for (size_t i = 0; i < LEN(transitions); i++) {
		const struct tz *z;
		int64_t at;
		struct err err = {0};

		if (!tz_get(sv_of(transitions[i].zone), &z, &err) ||
		    !rfc3339_parse(sv_of(transitions[i].at), &at, &err)) {
			remark(r, REMARK_FAIL, "time zones", "%s", err.msg);
			remark_remedy(r, "Install tzdata, or set TZDIR to its folder.");
			return;
		}
		if (tz_offset_s(z, at - 1) == transitions[i].before_s &&
		    tz_offset_s(z, at) == transitions[i].after_s)
			continue;
		wrong++;
		remark(r, REMARK_FAIL, "time zones", "%s does not change at %s as it should",
		       transitions[i].zone, transitions[i].at);
		remark_remedy(r, "Update tzdata: deadlines and partitions are cut by it.");
	}
	if (wrong == 0)
		remark(r, REMARK_OK, "time zones", "tzdata%s" SV_FMT ", known transitions are right",
		       version.n > 0 ? " " : "", SV_ARG(version));
}

/* The process --------------------------------------------------------------------------------------------------- */

static const char *
locale_name(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < LEN(names); i++) {
		const char *v = getenv(names[i]);

		if (v != NULL && v[0] != '\0')
			return v;
	}
	return "none";
}

void
doctor_process(struct remarks *r, const struct report_style *style)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		bool few = files.rlim_cur < OPEN_FILES_FEW;

		remark(r, few ? REMARK_WARN : REMARK_OK, "open files", "at most %ju at once",
		       (uintmax_t)files.rlim_cur);
		if (few)
			remark_remedy(r, "Assets of many parts need more: ulimit -n 1024.");
	}
	remark(r, REMARK_OK, "processors", "%d", (int)pool_cpus());
	remark(r, REMARK_OK, "terminal", "locale %s, %s, %s", locale_name(),
	       style->unicode ? "UTF-8" : "ASCII only",
	       isatty(STDOUT_FILENO) ? (style->colour ? "a terminal with colours" : "a terminal, no colours")
	                             : "output is no terminal");
}

/* What the children of weir serve give up before they read data. */
void
doctor_sandbox(struct remarks *r)
{
	for (int m = 0; m < SANDBOX_MEASURES; m++) {
		const char *missing, *what = sandbox_measure((enum sandbox_measure)m, &missing);

		if (missing == NULL)
			continue;
		remark(r, REMARK_WARN, "sandbox", "checks that weir serve makes go without this: %s (%s)",
		       what, missing);
		remark_remedy(r, "The other measures hold all the same.");
	}
}
