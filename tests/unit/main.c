/*
 * Runs the unit tests and prints TAP: all suites, or those whose names match the patterns given.
 *
 *	unit              all
 *	unit arena 'c*'   the suite arena and those that start with c
 *
 * Each test runs in its own process, unless CK_FORK=no or ThreadSanitizer watches: that one wants to see
 * all threads of one process.
 */
#include <check.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

#define SUITE(name) Suite *suite_##name(void);
#include "suites.def"
#undef SUITE

static const struct {
	const char *name;
	Suite *(*make)(void);
} suites[] = {
#define SUITE(name) {#name, suite_##name},
#include "suites.def"
#undef SUITE
	{NULL, NULL},
};

static bool
wanted(const char *name, char *const *pattern)
{
	if (*pattern == NULL)
		return true;
	for (; *pattern != NULL; pattern++)
		if (fnmatch(*pattern, name, 0) == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	SRunner *runner = srunner_create(NULL);
	size_t n = 0;

	(void)argc;
	for (size_t i = 0; suites[i].name != NULL; i++)
		if (wanted(suites[i].name, argv + 1)) {
			srunner_add_suite(runner, suites[i].make());
			n++;
		}
	if (n == 0) {
		puts("1..0 # SKIP no such suite");
		srunner_free(runner);
		return EXIT_SUCCESS;
	}
#ifdef __SANITIZE_THREAD__
	srunner_set_fork_status(runner, CK_NOFORK);
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
	srunner_set_fork_status(runner, CK_NOFORK);
#endif
#endif
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
