# The files of src/scan, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/scan/pass.h
libweir_a_SOURCES += src/scan/reader.h
libweir_a_SOURCES += src/scan/scan.h
