/* Tells the service manager how it goes (sd_notify(3)): its protocol is one datagram, so no library is needed. */
#ifndef WEIR_BASE_SD_NOTIFY_H
#define WEIR_BASE_SD_NOTIFY_H

#include "base/base.h"

/* "READY=1", "STOPPING=1", "WATCHDOG=1", or several lines.  Nothing happens where nobody wants to know. */
void sd_notify_send(const char *state);
/* "RELOADING=1" with the time that systemd asks for; READY=1 ends it. */
void sd_notify_reloading(void);
/* How often the manager wants to hear WATCHDOG=1 at least, microseconds; 0 = it does not. */
int64_t sd_notify_watchdog_us(void);

#endif
