/*
 * The footer's list of schema elements as a tree, and the columns that it makes.
 *
 * Lists have been written in several ways.  What a repeated element is, is told by where it stands:
 *
 *	list (LIST) > repeated group > element      the rule
 *	list (LIST) > repeated leaf                 the leaf is the element
 *	list (LIST) > repeated group of several, or named "array" or "LIST_tuple", or with a repeated member: the group is the element
 *	repeated anything elsewhere                 a list that is never null
 */
#include "base/map.h"
#include "parquet/conversion.h"

enum { PATH_MAX_BYTES = 8192 };

struct builder {
	struct parquet_file *f;
	const struct pq_schema *element;
	uint32_t n, at; /* elements; the next one */
	uint32_t leaves;
	struct err *err;
};

/* What stands above a node. */
struct above {
	struct sv path;
	unsigned def, rep, depth;
};

static bool
refuse(const struct builder *b, const struct above *up, const char *why)
{
	return file_bad(b->f, ERR_FORMAT, b->err, "the schema is wrong%s" SV_FMT "%s: %s",
	                up->path.n > 0 ? " below '" : "", SV_ARG(up->path), up->path.n > 0 ? "'" : "", why);
}

static bool build(struct builder *b, const struct above *up, bool element, struct node *ret);

static struct sv
join(struct arena *a, struct sv path, struct sv name)
{
	return path.n == 0 ? name : arena_svf(a, SV_FMT "." SV_FMT, SV_ARG(path), SV_ARG(name));
}

static bool
is_group(const struct pq_schema *s)
{
	return !thrift_has(s->has, 1);
}

static bool
annotated(const struct pq_schema *s, unsigned logical, int32_t converted)
{
	if (thrift_has(s->has, 10) && s->logical.has != 0)
		return thrift_has(s->logical.has, logical);
	return thrift_has(s->has, 6) && s->converted == converted;
}

static bool
is_map(const struct pq_schema *s)
{
	return annotated(s, LOGICAL_MAP, CONVERTED_MAP) ||
	       (thrift_has(s->has, 6) && s->converted == CONVERTED_MAP_KEY_VALUE &&
	        s->repetition != PQ_REPEATED);
}

static bool
build_leaf(struct builder *b, const struct pq_schema *s, const struct above *up, struct node *ret)
{
	struct leaf *l = &b->f->leaf[b->leaves];

	if (s->type < 0 || s->type >= PQ_TYPES)
		return refuse(b, up, "a column has a type that does not exist");
	*l = (struct leaf){.path = up->path,
	                   .physical = s->type,
	                   .max_def = (uint8_t)up->def,
	                   .max_rep = (uint8_t)up->rep};
	switch (s->type) {
	case PQ_BOOLEAN:
		l->width = 1;
		break;
	case PQ_INT32:
	case PQ_FLOAT:
		l->width = 4;
		break;
	case PQ_INT64:
	case PQ_DOUBLE:
		l->width = 8;
		break;
	case PQ_INT96:
		l->width = 12;
		break;
	case PQ_FIXED:
		if (s->type_length <= 0)
			return refuse(b, up, "a column of fixed length has no length");
		l->width = (uint32_t)s->type_length;
		break;
	default:
		break;
	}
	if (b->leaves < b->f->meta.orders.n)
		for (int i = ORDER_TYPE; i <= ORDER_IEEE754; i++)
			if (thrift_has(((const struct pq_union *)b->f->meta.orders.v)[b->leaves].has,
			               (unsigned)i))
				l->order = i;
	conversion_choose(l, s);
	ret->kind = NODE_LEAF;
	ret->leaf = b->leaves++;
	ret->nleaf = 1;
	return true;
}

/* The members of a group, which has been taken. */
static bool
build_struct(struct builder *b, const struct pq_schema *s, const struct above *up, struct node *ret)
{
	ret->kind = NODE_STRUCT;
	ret->leaf = b->leaves;
	if (s->kids <= 0)
		return refuse(b, up, "a group has no members");
	if ((uint32_t)s->kids > b->n - b->at)
		return refuse(b, up, "a group has more members than there are");
	ret->kid = ARENA_ARRAY(b->f->a, struct node, (uint32_t)s->kids);
	ret->nkid = (uint32_t)s->kids;
	for (uint32_t i = 0; i < ret->nkid; i++) {
		struct above in = *up;

		if (b->at >= b->n)
			return refuse(b, up, "it ends too early");
		in.path = join(b->f->a, up->path, b->element[b->at].name);
		in.depth++;
		if (!build(b, &in, false, &ret->kid[i]))
			return false;
	}
	ret->nleaf = b->leaves - ret->leaf;
	return true;
}

/* Is the repeated group below a list its element, not only a level? */
static bool
is_element(const struct builder *b, const struct pq_schema *list, const struct pq_schema *repeated)
{
	if (is_group(repeated) == false || repeated->kids != 1)
		return true;
	if (sv_is(repeated->name, "array"))
		return true;
	if (repeated->name.n == list->name.n + 6 && sv_starts(repeated->name, list->name) &&
	    sv_ends(repeated->name, SV("_tuple")))
		return true;
	/* Its member comes next, and is there: there are no empty groups. */
	return b->at + 1 < b->n && b->element[b->at + 1].repetition == PQ_REPEATED;
}

/* Behind the element of a list, of which the repeated one comes next. */
static bool
build_list(struct builder *b, const struct pq_schema *s, const struct above *up, struct node *ret)
{
	struct above in = {up->path, up->def + 1, up->rep + 1, up->depth + 1};
	bool whole = is_element(b, s, &b->element[b->at]);

	ret->kind = NODE_LIST;
	ret->leaf = b->leaves;
	ret->element_def = (uint8_t)in.def;
	ret->rep = (uint8_t)in.rep;
	ret->kid = ARENA_NEW(b->f->a, struct node);
	ret->nkid = 1;
	if (!whole)
		b->at++;
	if (!build(b, &in, whole, ret->kid))
		return false;
	ret->nleaf = b->leaves - ret->leaf;
	return true;
}

/* Keys and values; some writers have sets, as maps without values. */
static bool
build_map(struct builder *b, const struct above *up, struct node *ret)
{
	struct above in = {up->path, up->def + 1, up->rep + 1, up->depth + 1};
	const struct pq_schema *entry = &b->element[b->at++];

	ret->kind = NODE_MAP;
	ret->leaf = b->leaves;
	ret->element_def = (uint8_t)in.def;
	ret->rep = (uint8_t)in.rep;
	ret->nkid = (uint32_t)entry->kids;
	ret->kid = ARENA_ARRAY(b->f->a, struct node, ret->nkid);
	for (uint32_t i = 0; i < ret->nkid; i++)
		if (b->at >= b->n || !build(b, &in, false, &ret->kid[i]))
			return b->at >= b->n ? refuse(b, up, "a map ends too early") : false;
	ret->nleaf = b->leaves - ret->leaf;
	return true;
}

/* Does the only kid of the group, which comes next, repeat? */
static bool
has_repeated_kid(const struct builder *b, const struct pq_schema *s)
{
	return s->kids == 1 && b->at < b->n && b->element[b->at].repetition == PQ_REPEATED;
}

/*
 * The next element of the list and all below it.  element: it is a list's element itself, so that its being repeated was seen to.
 */
static bool
build(struct builder *b, const struct above *up, bool element, struct node *ret)
{
	if (b->at >= b->n)
		return refuse(b, up, "it ends too early");
	if (up->depth > PQ_DEPTH_MAX)
		return refuse(b, up, "it is nested too deeply");
	if (up->path.n > PATH_MAX_BYTES)
		return refuse(b, &(struct above){.path = {"", 0}}, "its names are too long");
	if (arena_used(b->f->a) > b->f->memory)
		return file_bad(b->f, ERR_LIMIT, b->err,
		                "its metadata and schema need more memory than the %zu bytes allowed",
		                b->f->memory);

	const struct pq_schema *s = &b->element[b->at];
	struct above in = *up;

	ret->name = s->name;
	if (s->repetition < PQ_REQUIRED || s->repetition > PQ_REPEATED)
		return refuse(b, up, "a column has a repetition that does not exist");
	if (s->repetition == PQ_REPEATED && !element) {
		/* A list without a group around it. */
		ret->kind = NODE_LIST;
		ret->leaf = b->leaves;
		ret->def = (uint8_t)up->def;
		ret->element_def = (uint8_t)++in.def;
		ret->rep = (uint8_t)++in.rep;
		in.depth++;
		ret->kid = ARENA_NEW(b->f->a, struct node);
		ret->nkid = 1;
		if (!build(b, &in, true, ret->kid))
			return false;
		ret->nleaf = b->leaves - ret->leaf;
		return true;
	}
	b->at++;
	if (s->repetition == PQ_OPTIONAL)
		in.def++;
	ret->def = (uint8_t)in.def;
	if (!is_group(s))
		return build_leaf(b, s, &in, ret);
	if (annotated(s, LOGICAL_LIST, CONVERTED_LIST) && has_repeated_kid(b, s))
		return build_list(b, s, &in, ret);
	if (is_map(s) && has_repeated_kid(b, s) && is_group(&b->element[b->at]) &&
	    (b->element[b->at].kids == 1 || b->element[b->at].kids == 2) && b->at + 1 < b->n &&
	    b->element[b->at + 1].repetition != PQ_REPEATED)
		return build_map(b, &in, ret);
	return build_struct(b, s, &in, ret);
}

/* How many columns the members make, and which. */
static void
add_columns(struct parquet_file *f, const struct node *n, struct sv path, bool member)
{
	const struct leaf *l = n->kind == NODE_LEAF ? &f->leaf[n->leaf] : NULL;
	struct parquet_column *c = &f->column[f->ncolumn];

	f->node[f->ncolumn++] = n;
	*c = (struct parquet_column){
		.name = path,
		.type = l != NULL ? l->type : (struct type){.kind = TYPE_STRING},
		.nested = l == NULL,
		.member = member,
		.required = n->def == 0,
	};
	if (n->kind != NODE_STRUCT)
		return;
	for (uint32_t i = 0; i < n->nkid; i++)
		add_columns(f, &n->kid[i], join(f->a, path, n->kid[i].name), true);
}

static size_t
count_columns(const struct node *n)
{
	size_t count = 1;

	if (n->kind == NODE_STRUCT)
		for (uint32_t i = 0; i < n->nkid; i++)
			count += count_columns(&n->kid[i]);
	return count;
}

/* A check names a column, which has to be one. */
static bool
check_names(struct parquet_file *f, struct err *err)
{
	AUTO(arena) a = arena_new();
	struct map seen;

	map_init(&seen, a);
	for (uint32_t i = 0; i < f->ncolumn; i++) {
		size_t before = seen.n;

		(void)map_put(&seen, f->column[i].name);
		if (seen.n == before)
			return file_bad(f, ERR_FORMAT, err, "two columns are called '" SV_FMT "'",
			                SV_ARG(f->column[i].name));
	}
	return true;
}

/* The levels of each leaf are held in 8 bits: PQ_DEPTH_MAX sees to that. */
bool
schema_build(struct parquet_file *f, struct err *err)
{
	struct builder b = {.f = f, .element = f->meta.schema.v, .n = f->meta.schema.n, .err = err};
	struct above up = {.path = {"", 0}};
	size_t n = 0;

	if (b.n == 0)
		return file_bad(f, ERR_FORMAT, err, "the footer has no schema");
	if (b.n > 4 * PQ_COLUMNS_MAX)
		return file_bad(f, ERR_UNSUPPORTED, err, "the schema has more than %d elements",
		                4 * PQ_COLUMNS_MAX);
	f->leaf = ARENA_ARRAY(f->a, struct leaf, b.n);
	f->root = ARENA_NEW(f->a, struct node);
	b.at = 1;
	if (b.element[0].kids == 0 && b.n == 1)
		return true; /* a table without columns */
	if (!build_struct(&b, &b.element[0], &up, f->root))
		return false;
	if (b.at != b.n)
		return file_bad(f, ERR_FORMAT, err, "the schema is wrong: %u elements belong to nothing",
		                b.n - b.at);
	f->nleaf = b.leaves;
	for (uint32_t i = 0; i < f->root->nkid; i++)
		n += count_columns(&f->root->kid[i]);
	if (n > PQ_COLUMNS_MAX)
		return file_bad(f, ERR_UNSUPPORTED, err, "there are more than %d columns", PQ_COLUMNS_MAX);
	f->column = ARENA_ARRAY(f->a, struct parquet_column, n);
	f->node = ARENA_ARRAY(f->a, const struct node *, n);
	for (uint32_t i = 0; i < f->root->nkid; i++)
		add_columns(f, &f->root->kid[i], f->root->kid[i].name, false);
	return check_names(f, err);
}
