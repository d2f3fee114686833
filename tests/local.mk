# Tests print TAP.  Scripts that are tests of their own are listed here, one a line; what they need besides the
# program comes from the environment below.
TESTS += tests/behaviour/run
TESTS += tests/cases/run
TESTS += tests/conformance/gx/run
TESTS += tests/demo
TESTS += tests/differential/identity
TESTS += tests/differential/run
TESTS += tests/docs
TESTS += tests/fault/kill9
TESTS += tests/fault/run
TESTS += tests/fault/service
TESTS += tests/fault/service_kill9
TESTS += tests/hygiene
TESTS += tests/layers

EXTRA_DIST += tests

LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TEST_LOG_DRIVER = $(LOG_DRIVER)

# WEIR is the program under test, WEIR_SRC the source tree (read-only), WEIR_BUILD the build tree.  One place says
# how the tests see the world, so that a test by hand and one by `make check` agree.
TESTS_ENV = WEIR='$(abs_top_builddir)/weir$(EXEEXT)' \
	WEIR_SRC='$(abs_top_srcdir)' WEIR_BUILD='$(abs_top_builddir)' \
	CC='$(CC)' WEIR_CPPFLAGS='$(WEIR_CPPFLAGS)' \
	LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1 \
	CK_TIMEOUT_MULTIPLIER="$${CK_TIMEOUT_MULTIPLIER:-5}" \
	UBSAN_OPTIONS="$${UBSAN_OPTIONS:-print_stacktrace=1}"
AM_TESTS_ENVIRONMENT = $(TESTS_ENV); export WEIR WEIR_SRC WEIR_BUILD CC WEIR_CPPFLAGS LC_ALL TZ \
	PYTHONDONTWRITEBYTECODE CK_TIMEOUT_MULTIPLIER UBSAN_OPTIONS; unset WEIR_ENV WEIR_SERVER WEIR_TOKEN WEIR_TOKEN_FILE;

# Against real peers, which are installed where a registry is reachable; elsewhere they are skipped, and said to be.
check-interop: weir$(EXEEXT)
	@$(TESTS_ENV); export WEIR WEIR_BUILD PYTHONDONTWRITEBYTECODE; status=0; \
	for t in run api gx soda dbt; do $(top_srcdir)/tests/interop/$$t || status=$$?; done >interop.tap; \
	cat interop.tap; $(top_srcdir)/build-aux/sum-tests interop.tap $$status
CLEANFILES += interop.tap
clean_local_targets += clean-peers
clean-peers:
	rm -rf peers

# docs/conformance.md, from a run of all of Great Expectations' cases.
conformance: weir$(EXEEXT)
	@$(TESTS_ENV); export WEIR; $(top_srcdir)/tests/conformance/gx/run --report $(top_srcdir)/docs/conformance.md

# The long ones, with the chances of SEED (make soak SEED=7), which is said at the begin; and that each of them can fail.  Hours, half an hour of
# which is each fuzz target's.
SOAK_FUZZ_SECONDS = 1800
soak: weir$(EXEEXT)
	@$(AM_TESTS_ENVIRONMENT) seed=$${SEED:-$$(date +%s)}; status=0; echo "# make soak SEED=$$seed"; \
	echo "# tests/differential/identity --tables 100 --ways 0 --seed $$seed"; \
	$(top_srcdir)/tests/differential/identity --tables 100 --ways 0 --seed $$seed || status=1; \
	for t in 'service_kill9 --planted' 'service_kill9 --points 300' 'service --planted' 'service --long' \
		'kill9 --points 300' 'run --points 40'; do \
		echo "# tests/fault/$$t --seed $$seed"; $(top_srcdir)/tests/fault/$$t --seed $$seed || status=1; \
	done; $(MAKE) fuzz FUZZ_SECONDS=$(SOAK_FUZZ_SECONDS) || status=1; exit $$status

.PHONY: check-interop clean-peers conformance soak
