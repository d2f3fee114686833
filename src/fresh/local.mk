# The files of src/fresh, headers and tables too, one a line, sorted.
