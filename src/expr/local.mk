# The files of src/expr, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/expr/dialect.h
libweir_a_SOURCES += src/expr/expr.h
libweir_a_SOURCES += src/expr/regex.h
libweir_a_SOURCES += src/expr/schema.h
libweir_a_SOURCES += src/expr/value.h
