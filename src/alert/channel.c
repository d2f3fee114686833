/* The table of channels, and what the catalog may say of each. */
#include "alert/channel.h"

#include "alert/alert.h"
#include "alert/post.h"
#include "alert/template.h"
#include "base/netaddr.h"

const struct channel_driver *const channel_drivers[] = {
#define CHANNEL(type) &channel_##type,
#include "catalog/channels.def"
#undef CHANNEL
};
const size_t channel_driver_count = LEN(channel_drivers);

const struct channel_driver *
channel_driver_find(struct sv type)
{
	for (size_t i = 0; i < channel_driver_count; i++)
		if (sv_is(type, channel_drivers[i]->type))
			return channel_drivers[i];
	return NULL;
}

/* `type` was read with the catalog, `template` is looked at below: here they only have to be known. */
static const struct field common_fields[] = {
	{"type", "What it is.", .kind = FIELD_ANY},
	{"template", "The message, with {{ names }} of what it is about, instead of the usual one.",
         .kind = FIELD_ANY},
};

/* The driver's fields and the common ones, as one map. */
static struct table
whole_table(struct arena *a, const struct channel_driver *d)
{
	/* The template is the last one of the common fields. */
	const size_t common = LEN(common_fields) - d->fixed;
	struct field *f = ARENA_ARRAY(a, struct field, common + d->table->n);

	memcpy(f, common_fields, common * sizeof(*f));
	memcpy(f + common, d->table->field, d->table->n * sizeof(*f));
	return (struct table){.what = d->table->what, .field = f, .n = common + d->table->n};
}

/* The record of a channel; its texts are the catalog's. */
static const void *
read_config(struct arena *a, const struct channel_driver *driver, const struct channel_decl *c,
            struct diags *d)
{
	struct loader l = {.a = a, .d = d};
	struct table t = whole_table(a, driver);
	void *config = arena_alloc(a, driver->config_size);

	table_load(&l, &t, c->node, config);
	return config;
}

static void
check_template(struct arena *a, const struct channel_driver *driver, const struct channel_decl *c,
               struct diags *d)
{
	const struct node *n = node_get(c->node, "template");
	struct err err = {0};
	struct sv text;

	if (n == NULL || !node_text(n, &text, d))
		return;
	if (!template_check(a, text, driver->escape, false, &err)) {
		err.loc = n->loc;
		diag_add_err(d, &err);
	}
}

static void
check_channel(struct arena *a, const struct channel_decl *c, struct diags *d)
{
	const struct channel_driver *driver = channel_driver_find(c->type);
	const struct node *type = node_get(c->node, "type");
	const char *types[LEN(channel_drivers)];
	const size_t before = d->errors;

	if (type == NULL || c->type.n == 0)
		return; /* told with the catalog */
	if (driver == NULL) {
		for (size_t i = 0; i < LEN(types); i++)
			types[i] = channel_drivers[i]->type;
		diag_error(d, type->loc, "there is no type of channel called '" SV_FMT "'", SV_ARG(c->type));
		diag_suggest_all(d, c->type, types, LEN(types));
		return;
	}
	(void)read_config(a, driver, c, d);
	check_template(a, driver, c, d);
	if (driver->check != NULL && d->errors == before)
		driver->check(c, d);
}

void
alerts_check(struct arena *a, const struct catalog *c, struct diags *d)
{
	const struct node *list = node_get(node_get(c->node, "alerts"), "allow_private");

	for (size_t i = 0; i < c->alerts.nchannel; i++)
		check_channel(a, &c->alerts.channel[i], d);
	for (size_t i = 0; list != NULL && i < c->alerts.nallow_private; i++) {
		const struct sv item = c->alerts.allow_private[i];

		if (netaddr_item_valid(item))
			continue;
		diag_error(d, list->loc, "'" SV_FMT "' is no receiver that could be allowed", SV_ARG(item));
		diag_hint(d, "write host:port, an address, or a network like 10.0.0.0/8");
	}
}

void
channel_send(const struct channel_call *call, struct receipt *ret)
{
	const struct channel_driver *driver = channel_driver_find(call->channel->type);
	const void *config;
	struct diags d;
	struct err err = {0};

	diags_init(&d, call->a);
	if (driver == NULL) {
		err_set(&err, ERR_CATALOG, NOWHERE, "there is no type of channel called '" SV_FMT "'",
		        SV_ARG(call->channel->type));
		receipt_fail(call->a, ret, &err);
		return;
	}
	config = read_config(call->a, driver, call->channel, &d);
	if (d.errors > 0) {
		err_set(&err, ERR_CATALOG, NOWHERE, "the channel's entry in the catalog is wrong: %s",
		        d.list.v[0].msg);
		receipt_fail(call->a, ret, &err);
		return;
	}
	driver->send(call, config, ret);
}
