# The files of src/report, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/report/report.h
