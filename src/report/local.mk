# The files of src/report, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/report/gx.c
libweir_a_SOURCES += src/report/json.c
libweir_a_SOURCES += src/report/json_schema.c
libweir_a_SOURCES += src/report/report.c
libweir_a_SOURCES += src/report/report.h
libweir_a_SOURCES += src/report/text.c
libweir_a_SOURCES += src/report/text.h
libweir_a_SOURCES += src/report/text_state.c
