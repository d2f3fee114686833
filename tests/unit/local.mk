# The unit tests: one file for each module, and a line in suites.def.  Keep the list sorted.
if HAVE_CHECK
check_PROGRAMS += tests/unit/unit
TESTS += tests/unit/unit
endif

tests_unit_unit_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit $(CHECK_CFLAGS)
# START_TEST and the suites are declared by macros and by suites.def.
tests_unit_unit_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_unit_unit_LDADD = libweir.a $(CHECK_LIBS) $(WEIR_LIBS)
tests_unit_unit_SOURCES =
tests_unit_unit_SOURCES += tests/unit/csv_cases.h
tests_unit_unit_SOURCES += tests/unit/expect_util.h
tests_unit_unit_SOURCES += tests/unit/jsonl_cases.h
tests_unit_unit_SOURCES += tests/unit/main.c
tests_unit_unit_SOURCES += tests/unit/scan_dump.c
tests_unit_unit_SOURCES += tests/unit/scan_dump.h
tests_unit_unit_SOURCES += tests/unit/suites.def
tests_unit_unit_SOURCES += tests/unit/test_agenda.c
tests_unit_unit_SOURCES += tests/unit/test_approx.c
tests_unit_unit_SOURCES += tests/unit/test_arena.c
tests_unit_unit_SOURCES += tests/unit/test_base64.c
tests_unit_unit_SOURCES += tests/unit/test_buf.c
tests_unit_unit_SOURCES += tests/unit/test_calendar.c
tests_unit_unit_SOURCES += tests/unit/test_catalog.c
tests_unit_unit_SOURCES += tests/unit/test_check_load.c
tests_unit_unit_SOURCES += tests/unit/test_civil.c
tests_unit_unit_SOURCES += tests/unit/test_cron.c
tests_unit_unit_SOURCES += tests/unit/test_csv.c
tests_unit_unit_SOURCES += tests/unit/test_decimal.c
tests_unit_unit_SOURCES += tests/unit/test_delivery.c
tests_unit_unit_SOURCES += tests/unit/test_dfa.c
tests_unit_unit_SOURCES += tests/unit/test_diag.c
tests_unit_unit_SOURCES += tests/unit/test_due.c
tests_unit_unit_SOURCES += tests/unit/test_duration.c
tests_unit_unit_SOURCES += tests/unit/test_eval.c
tests_unit_unit_SOURCES += tests/unit/test_expect.c
tests_unit_unit_SOURCES += tests/unit/test_expr.c
tests_unit_unit_SOURCES += tests/unit/test_expr_eval.c
tests_unit_unit_SOURCES += tests/unit/test_foresee.c
tests_unit_unit_SOURCES += tests/unit/test_form.c
tests_unit_unit_SOURCES += tests/unit/test_fresh.c
tests_unit_unit_SOURCES += tests/unit/test_fresh_cases.c
tests_unit_unit_SOURCES += tests/unit/test_fresh_state.c
tests_unit_unit_SOURCES += tests/unit/test_fs.c
tests_unit_unit_SOURCES += tests/unit/test_gate.c
tests_unit_unit_SOURCES += tests/unit/test_gate_decide.c
tests_unit_unit_SOURCES += tests/unit/test_gate_known.c
tests_unit_unit_SOURCES += tests/unit/test_guard.c
tests_unit_unit_SOURCES += tests/unit/test_handover.c
tests_unit_unit_SOURCES += tests/unit/test_hash.c
tests_unit_unit_SOURCES += tests/unit/test_http.c
tests_unit_unit_SOURCES += tests/unit/test_import.c
tests_unit_unit_SOURCES += tests/unit/test_import_odcs.c
tests_unit_unit_SOURCES += tests/unit/test_import_words.c
tests_unit_unit_SOURCES += tests/unit/test_incident.c
tests_unit_unit_SOURCES += tests/unit/test_ingest.c
tests_unit_unit_SOURCES += tests/unit/test_json.c
tests_unit_unit_SOURCES += tests/unit/test_jsonl.c
tests_unit_unit_SOURCES += tests/unit/test_judge.c
tests_unit_unit_SOURCES += tests/unit/test_kept.c
tests_unit_unit_SOURCES += tests/unit/test_keyset.c
tests_unit_unit_SOURCES += tests/unit/test_lanes.c
tests_unit_unit_SOURCES += tests/unit/test_lint.c
tests_unit_unit_SOURCES += tests/unit/test_map.c
tests_unit_unit_SOURCES += tests/unit/test_metric.c
tests_unit_unit_SOURCES += tests/unit/test_mutate.c
tests_unit_unit_SOURCES += tests/unit/test_netaddr.c
tests_unit_unit_SOURCES += tests/unit/test_node.c
tests_unit_unit_SOURCES += tests/unit/test_notice.c
tests_unit_unit_SOURCES += tests/unit/test_num.c
tests_unit_unit_SOURCES += tests/unit/test_orphans.c
tests_unit_unit_SOURCES += tests/unit/test_parameter.c
tests_unit_unit_SOURCES += tests/unit/test_parquet.c
tests_unit_unit_SOURCES += tests/unit/test_partition.c
tests_unit_unit_SOURCES += tests/unit/test_pool.c
tests_unit_unit_SOURCES += tests/unit/test_problems.c
tests_unit_unit_SOURCES += tests/unit/test_process.c
tests_unit_unit_SOURCES += tests/unit/test_profile.c
tests_unit_unit_SOURCES += tests/unit/test_prune.c
tests_unit_unit_SOURCES += tests/unit/test_regex.c
tests_unit_unit_SOURCES += tests/unit/test_report.c
tests_unit_unit_SOURCES += tests/unit/test_request.c
tests_unit_unit_SOURCES += tests/unit/test_results.c
tests_unit_unit_SOURCES += tests/unit/test_route.c
tests_unit_unit_SOURCES += tests/unit/test_row_checks.c
tests_unit_unit_SOURCES += tests/unit/test_row_condition.c
tests_unit_unit_SOURCES += tests/unit/test_rowbag.c
tests_unit_unit_SOURCES += tests/unit/test_sandbox.c
tests_unit_unit_SOURCES += tests/unit/test_scan.c
tests_unit_unit_SOURCES += tests/unit/test_select.c
tests_unit_unit_SOURCES += tests/unit/test_simd.c
tests_unit_unit_SOURCES += tests/unit/test_source.c
tests_unit_unit_SOURCES += tests/unit/test_spill.c
tests_unit_unit_SOURCES += tests/unit/test_sqlite_engine.c
tests_unit_unit_SOURCES += tests/unit/test_staleness.c
tests_unit_unit_SOURCES += tests/unit/test_stat.c
tests_unit_unit_SOURCES += tests/unit/test_state.c
tests_unit_unit_SOURCES += tests/unit/test_statistics.c
tests_unit_unit_SOURCES += tests/unit/test_store.c
tests_unit_unit_SOURCES += tests/unit/test_suite.c
tests_unit_unit_SOURCES += tests/unit/test_sum.c
tests_unit_unit_SOURCES += tests/unit/test_sv.c
tests_unit_unit_SOURCES += tests/unit/test_threshold.c
tests_unit_unit_SOURCES += tests/unit/test_tz.c
tests_unit_unit_SOURCES += tests/unit/test_url.c
tests_unit_unit_SOURCES += tests/unit/test_value.c
tests_unit_unit_SOURCES += tests/unit/test_weigh.c
tests_unit_unit_SOURCES += tests/unit/test_workshop.c
tests_unit_unit_SOURCES += tests/unit/test_yaml_text.c
tests_unit_unit_SOURCES += tests/unit/world.c
tests_unit_unit_SOURCES += tests/unit/world.h

# What runs threads, for a build with --enable-sanitize=thread.
THREADED_SUITES = 'pool*' 'scan*' 'tz'
if HAVE_CHECK
check-threads: tests/unit/unit$(EXEEXT)
	$(TESTS_ENV) tests/unit/unit$(EXEEXT) $(THREADED_SUITES)
else
check-threads:
	@echo 'check-threads: configured --without-check' >&2; exit 1
endif

.PHONY: check-threads
