libweir_a_SOURCES += src/parquet/parquet.h
