# The files of src/run, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/run/column.c
libweir_a_SOURCES += src/run/dataset.c
libweir_a_SOURCES += src/run/evaluate.c
libweir_a_SOURCES += src/run/foreign.c
libweir_a_SOURCES += src/run/history.c
libweir_a_SOURCES += src/run/identity.c
libweir_a_SOURCES += src/run/internal.h
libweir_a_SOURCES += src/run/observe.c
libweir_a_SOURCES += src/run/partitions.c
libweir_a_SOURCES += src/run/report.c
libweir_a_SOURCES += src/run/run.h
libweir_a_SOURCES += src/run/summary.c
libweir_a_SOURCES += src/run/untracked.c
libweir_a_SOURCES += src/run/version.c
libweir_a_SOURCES += src/run/waive.c
