/* Channels: where messages go.  One file per type, one row each. */
#ifndef WEIR_ALERT_CHANNEL_H
#define WEIR_ALERT_CHANNEL_H

#include <stdatomic.h>

#include "alert/notice.h"
#include "base/http.h"
#include "catalog/load.h"
#include "store/outbox.h"

enum delivered {
	DELIVERED,       /* the receiver has it */
	DELIVERY_FAILED, /* try again later */
	DELIVERY_REFUSED /* it will never be taken: 410 Gone */
};

struct receipt {
	enum delivered result;
	int64_t status;         /* HTTP or exit status; 0 = no answer */
	bool unavailable;       /* failed in a way that other messages would fare no better */
	int64_t retry_after_us; /* the receiver asks for that much patience; 0 = it does not */
	struct sv outcome;      /* one line for people, without secrets */
};

/* As much of the past as a driver can see: the last deliveries within so long. */
enum { CHANNEL_PAST_MAX = 100 };
#define CHANNEL_PAST_US (31 * US_PER_DAY)

/* What a driver may use. */
struct channel_call {
	struct arena *a;
	const struct catalog *catalog; /* allow_private, folder of files */
	const struct channel_decl *channel;
	const struct message *message; /* id, body */
	const struct notice *notice;   /* the body, parsed */
	int64_t now_us;
	int64_t limit_us;         /* real time that the caller can spare; 0 = as the channel says */
	struct http_client *http; /* connections that are kept; NULL = none */
	const int64_t *past; /* when the channel delivered something, newest first; see the driver's `past` */
	size_t npast;
	const atomic_bool *broken_off; /* becomes true when nobody wants the answer any more; may be NULL */
};

/* How a template's values are written, so that none of them can be more than text there. */
enum escape {
	ESCAPE_JSON,        /* for the inside of a JSON string */
	ESCAPE_SLACK,       /* & < >, and what ESCAPE_LINE takes out */
	ESCAPE_DISCORD,     /* its markdown and mentions, inside a JSON string */
	ESCAPE_GOOGLE_CHAT, /* its links and mentions, inside a JSON string */
	ESCAPE_LINE         /* control characters, line breaks and marks of direction too, become spaces */
};

struct channel_driver {
	const char *type, *doc, *example;
	const struct table *table; /* what its map in the catalog may hold, beside `type` and `template` */
	size_t config_size;        /* of the record that the table fills */
	enum escape escape;
	bool fixed;   /* its messages have one form: takes no `template` */
	int parallel; /* messages that may be under way to one receiver; 0 = 1 */
	bool past;    /* wants to know when it delivered before: then its messages go one after the other */
	/* Mistakes beyond the table's; may be NULL. */
	void (*check)(const struct channel_decl *c, struct diags *d);
	/* config: the filled record.  Called in a thread of its own: it has only what `call` gives it. */
	void (*send)(const struct channel_call *call, const void *config, struct receipt *ret);
};
/* Each at the end of its file. */
#define CHANNEL(type) extern const struct channel_driver channel_##type;
#include "catalog/channels.def"
#undef CHANNEL
extern const struct channel_driver *const channel_drivers[]; /* sorted by type */
extern const size_t channel_driver_count;
const struct channel_driver *channel_driver_find(struct sv type);

/* By its driver; what keeps it from that (a type that is not known) is a failure like any other. */
void channel_send(const struct channel_call *call, struct receipt *ret);

#endif
