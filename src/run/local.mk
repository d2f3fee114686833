# The files of src/run, headers and tables too, one a line, sorted.
