# The files of src/metric, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/metric/count.c
libweir_a_SOURCES += src/metric/count_true.c
libweir_a_SOURCES += src/metric/keyset.c
libweir_a_SOURCES += src/metric/keyset.h
libweir_a_SOURCES += src/metric/kinds.c
libweir_a_SOURCES += src/metric/metric.c
libweir_a_SOURCES += src/metric/metric.h
libweir_a_SOURCES += src/metric/metric_sql.c
libweir_a_SOURCES += src/metric/metric_sql.h
libweir_a_SOURCES += src/metric/minmax.c
libweir_a_SOURCES += src/metric/sum.c
libweir_a_SOURCES += src/metric/sum.h
libweir_a_SOURCES += src/metric/sum_acc.c
libweir_a_SOURCES += src/metric/vector.c
libweir_a_SOURCES += src/metric/vector.h
