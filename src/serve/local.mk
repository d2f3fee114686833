# The files of src/serve, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/serve/agenda.h
libweir_a_SOURCES += src/serve/board.h
libweir_a_SOURCES += src/serve/courier.h
libweir_a_SOURCES += src/serve/httpd.h
libweir_a_SOURCES += src/serve/inbox.c
libweir_a_SOURCES += src/serve/inbox.h
libweir_a_SOURCES += src/serve/meter.h
libweir_a_SOURCES += src/serve/meters.def
libweir_a_SOURCES += src/serve/prepared.c
libweir_a_SOURCES += src/serve/prepared.h
libweir_a_SOURCES += src/serve/project.h
libweir_a_SOURCES += src/serve/request.h
libweir_a_SOURCES += src/serve/route.h
libweir_a_SOURCES += src/serve/serve.h
libweir_a_SOURCES += src/serve/service.h
libweir_a_SOURCES += src/serve/workshop.h
