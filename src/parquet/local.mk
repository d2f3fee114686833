# The files of src/parquet, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/parquet/parquet.h
