# The files of src/metric, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/metric/keyset.h
libweir_a_SOURCES += src/metric/metric.h
libweir_a_SOURCES += src/metric/vector.h
