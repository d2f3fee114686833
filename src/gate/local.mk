# The files of src/gate, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/gate/gate.h
