# The files of src/alert, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/alert/alert.h
libweir_a_SOURCES += src/alert/channel.h
libweir_a_SOURCES += src/alert/notice.c
libweir_a_SOURCES += src/alert/notice.h
libweir_a_SOURCES += src/alert/problems.c
libweir_a_SOURCES += src/alert/problems.h
