/* Posting: what channels that speak HTTP share, from their options in the catalog to the receipt. */
#ifndef WEIR_ALERT_POST_H
#define WEIR_ALERT_POST_H

#include "alert/channel.h"
#include "base/http.h"

/* First in the record of such a channel. */
struct post_options {
	const struct node *url, *proxy; /* text or secrets */
	struct sv ca_file;
	const struct node *ca_node; /* where it stands, for relative paths */
	int64_t timeout_us;         /* 0 = 30 s */
	const struct node *headers; /* further ones; texts or secrets */
};

void post_url_load(struct loader *l, void *rec, const struct node *n);
void post_proxy_load(struct loader *l, void *rec, const struct node *n);
void post_ca_load(struct loader *l, void *rec, const struct node *n);

void post_headers_load(struct loader *l, void *rec, const struct node *n);
extern const struct field post_header_item;

/* Rows of their tables; channels that know where to post take POST_OTHER_FIELDS and have a `url` of their own. */
#define POST_FIELDS                                                                                   \
	{"url",                                                                                       \
	 "Where to post, https or http; a receiver on a private address must be in `allow_private`.", \
	 .kind = FIELD_TEXT,                                                                          \
	 .required = true,                                                                            \
	 .table = &secret_table,                                                                      \
	 .load = post_url_load},                                                                      \
		POST_OTHER_FIELDS
#define POST_OTHER_FIELDS                                                                               \
	{"proxy", "An HTTP proxy to go through, as a URL; none is taken from the environment.",         \
	 .kind = FIELD_TEXT, .table = &secret_table, .load = post_proxy_load},                          \
		{"ca_file", "File with the certificate authorities to trust, instead of the system's.", \
	         .kind = FIELD_TEXT, .load = post_ca_load},                                             \
		{"timeout", "Longest time for one attempt; default 30s.", .kind = FIELD_DURATION,       \
	         .at = offsetof(struct post_options, timeout_us), .min = US_PER_S},                     \
	{                                                                                               \
		"headers", "Further headers; values are text or secrets.",                              \
			.kind = FIELD_NONE, .values = &post_header_item, .load = post_headers_load      \
	}

struct post {
	enum http_method method;
	struct sv url; /* empty = as the options say */
	const struct http_header *header;
	size_t nheader;
	struct sv body;
};

/* Fills the receipt: 2xx is delivered, 410 refused, everything else failed.  True if there was an answer. */
bool post_send(const struct channel_call *call, const struct post_options *o, const struct post *p,
               struct receipt *ret, struct http_answer *answer);
/* post_send of JSON to the URL of the options. */
bool post_json(const struct channel_call *call, const struct post_options *o, struct sv body,
               struct receipt *ret, struct http_answer *answer);
/* The receiver will never take it, as its status says: what was a failure is a refusal. */
void receipt_refuse(struct receipt *r, int64_t status);
/* Adds what the receiver said, as one short line. */
void receipt_add(struct arena *a, struct receipt *r, struct sv said);

/* Fills the receipt with a failure that did not come from a receiver. */
void receipt_fail(struct arena *a, struct receipt *ret, const struct err *err);
/* The Retry-After header, seconds or a date, as a duration from now; 0 if it makes no sense or lies in the past. */
int64_t retry_after_parse(struct sv text, int64_t now_us);

#endif
