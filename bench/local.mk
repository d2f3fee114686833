# Benchmarks are not part of `make check`: they take minutes and measure the machine too.
# The folder is distributed by dist-hook: in EXTRA_DIST its name would be the target below.
EXTRA_DIST += bench/local.mk

bench: weir$(EXEEXT)
	$(TESTS_ENV) '$(top_srcdir)/bench/run'
	$(TESTS_ENV) '$(top_srcdir)/bench/startup'
	$(TESTS_ENV) '$(top_srcdir)/bench/outbox'
	$(TESTS_ENV) '$(top_srcdir)/bench/service'

.PHONY: bench
