# The files of src/fresh, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/fresh/fresh.c
libweir_a_SOURCES += src/fresh/fresh.h
libweir_a_SOURCES += src/fresh/freshness.c
libweir_a_SOURCES += src/fresh/freshness_partition.c
libweir_a_SOURCES += src/fresh/internal.h
libweir_a_SOURCES += src/fresh/learned.c
libweir_a_SOURCES += src/fresh/learned.h
libweir_a_SOURCES += src/fresh/orphans.c
libweir_a_SOURCES += src/fresh/policy.c
libweir_a_SOURCES += src/fresh/policy.h
libweir_a_SOURCES += src/fresh/staleness.c
libweir_a_SOURCES += src/fresh/state.c
libweir_a_SOURCES += src/fresh/state.h
