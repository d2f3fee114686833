# The files of src/expr, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/expr/decimal.c
libweir_a_SOURCES += src/expr/dialect.h
libweir_a_SOURCES += src/expr/expr.h
libweir_a_SOURCES += src/expr/regex.h
libweir_a_SOURCES += src/expr/schema.c
libweir_a_SOURCES += src/expr/schema.h
libweir_a_SOURCES += src/expr/type.c
libweir_a_SOURCES += src/expr/value.c
libweir_a_SOURCES += src/expr/value.h
libweir_a_SOURCES += src/expr/value_parse.c
libweir_a_SOURCES += src/expr/value_text.c
