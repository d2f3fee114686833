# Fuzz targets.  fuzz_NAME.c defines LLVMFuzzerTestOneInput (declared in fuzz.h) and corpus/NAME/ holds its inputs.
# With replay.c a target becomes an ordinary program that feeds the corpus, so that `make check` runs every input
# with any compiler; `make fuzz` searches for new ones with clang's libFuzzer.  A new target NAME is a few lines here:
#
#	FUZZ_TARGETS += NAME, and check_PROGRAMS and TESTS += tests/fuzz/replay_NAME
#	tests_fuzz_replay_NAME_SOURCES = tests/fuzz/fuzz_NAME.c $(fuzz_replay)
FUZZ_TARGETS =
fuzz_replay = tests/fuzz/replay.c tests/fuzz/fuzz.h
FUZZ_SECONDS = 30

FUZZ_TARGETS += cron
check_PROGRAMS += tests/fuzz/replay_cron
TESTS += tests/fuzz/replay_cron
tests_fuzz_replay_cron_SOURCES = tests/fuzz/fuzz_cron.c $(fuzz_replay)

FUZZ_TARGETS += csv
check_PROGRAMS += tests/fuzz/replay_csv
TESTS += tests/fuzz/replay_csv
tests_fuzz_replay_csv_SOURCES = tests/fuzz/fuzz_csv.c tests/fuzz/reader_check.h $(fuzz_replay)

FUZZ_TARGETS += expr
check_PROGRAMS += tests/fuzz/replay_expr
TESTS += tests/fuzz/replay_expr
tests_fuzz_replay_expr_SOURCES = tests/fuzz/fuzz_expr.c $(fuzz_replay)

FUZZ_TARGETS += ics
check_PROGRAMS += tests/fuzz/replay_ics
TESTS += tests/fuzz/replay_ics
tests_fuzz_replay_ics_SOURCES = tests/fuzz/fuzz_ics.c $(fuzz_replay)

FUZZ_TARGETS += import
check_PROGRAMS += tests/fuzz/replay_import
TESTS += tests/fuzz/replay_import
tests_fuzz_replay_import_SOURCES = tests/fuzz/fuzz_import.c $(fuzz_replay)

FUZZ_TARGETS += ingest
check_PROGRAMS += tests/fuzz/replay_ingest
TESTS += tests/fuzz/replay_ingest
tests_fuzz_replay_ingest_SOURCES = tests/fuzz/fuzz_ingest.c $(fuzz_replay)

FUZZ_TARGETS += jsonl
check_PROGRAMS += tests/fuzz/replay_jsonl
TESTS += tests/fuzz/replay_jsonl
tests_fuzz_replay_jsonl_SOURCES = tests/fuzz/fuzz_jsonl.c tests/fuzz/reader_check.h $(fuzz_replay)

FUZZ_TARGETS += parquet
check_PROGRAMS += tests/fuzz/replay_parquet
TESTS += tests/fuzz/replay_parquet
tests_fuzz_replay_parquet_SOURCES = tests/fuzz/fuzz_parquet.c tests/fuzz/parquet_check.h $(fuzz_replay)

FUZZ_TARGETS += parquet_page
check_PROGRAMS += tests/fuzz/replay_parquet_page
TESTS += tests/fuzz/replay_parquet_page
tests_fuzz_replay_parquet_page_SOURCES = tests/fuzz/fuzz_parquet_page.c tests/fuzz/parquet_check.h $(fuzz_replay)

FUZZ_TARGETS += report
check_PROGRAMS += tests/fuzz/replay_report
TESTS += tests/fuzz/replay_report
tests_fuzz_replay_report_SOURCES = tests/fuzz/fuzz_report.c $(fuzz_replay)

FUZZ_TARGETS += request
check_PROGRAMS += tests/fuzz/replay_request
TESTS += tests/fuzz/replay_request
tests_fuzz_replay_request_SOURCES = tests/fuzz/fuzz_request.c $(fuzz_replay)

FUZZ_TARGETS += results
check_PROGRAMS += tests/fuzz/replay_results
TESTS += tests/fuzz/replay_results
tests_fuzz_replay_results_SOURCES = tests/fuzz/fuzz_results.c $(fuzz_replay)

FUZZ_TARGETS += template
check_PROGRAMS += tests/fuzz/replay_template
TESTS += tests/fuzz/replay_template
tests_fuzz_replay_template_SOURCES = tests/fuzz/fuzz_template.c $(fuzz_replay)

FUZZ_TARGETS += url
check_PROGRAMS += tests/fuzz/replay_url
TESTS += tests/fuzz/replay_url
tests_fuzz_replay_url_SOURCES = tests/fuzz/fuzz_url.c $(fuzz_replay)

FUZZ_TARGETS += yaml
check_PROGRAMS += tests/fuzz/replay_yaml
TESTS += tests/fuzz/replay_yaml
tests_fuzz_replay_yaml_SOURCES = tests/fuzz/fuzz_yaml.c $(fuzz_replay)

fuzz:
	'$(top_srcdir)/tests/fuzz/run' '$(abs_top_srcdir)' '$(FUZZ_SECONDS)' $(FUZZ_TARGETS)

fuzz-clean:
	rm -rf fuzz-build
clean_local_targets += fuzz-clean

.PHONY: fuzz fuzz-clean
