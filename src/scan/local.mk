# The files of src/scan, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/scan/eval.c
libweir_a_SOURCES += src/scan/eval.h
libweir_a_SOURCES += src/scan/eval_arith.c
libweir_a_SOURCES += src/scan/eval_choose.c
libweir_a_SOURCES += src/scan/eval_compare.c
libweir_a_SOURCES += src/scan/eval_in.c
libweir_a_SOURCES += src/scan/eval_logic.c
libweir_a_SOURCES += src/scan/eval_text.c
libweir_a_SOURCES += src/scan/pass.c
libweir_a_SOURCES += src/scan/pass.h
libweir_a_SOURCES += src/scan/reader.h
libweir_a_SOURCES += src/scan/scan.h
