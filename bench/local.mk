# Benchmarks are not part of `make check`: they take minutes and measure the machine too.
EXTRA_DIST += bench

bench: weir$(EXEEXT)
	@if test -x '$(top_srcdir)/bench/run'; then \
		$(TESTS_ENV) '$(top_srcdir)/bench/run'; \
	else \
		echo 'bench: nothing to run yet'; \
	fi

.PHONY: bench
