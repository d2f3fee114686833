/* The rows of the table of importers; each stands at the end of its file. */
#ifndef WEIR_IMPORT_IMPORTERS_H
#define WEIR_IMPORT_IMPORTERS_H

#include "import/import.h"

extern const struct importer import_dbt, import_dbt_manifest, import_dcs, import_deequ, import_dqdl,
	import_gx, import_odcs, import_soda4, import_sodacl;

#endif
