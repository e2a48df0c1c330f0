/*
 * when.h - times as people type them: "yesterday 14:00", "2 hours ago", "Mar 14".
 *
 * Understood, in any case of letters (a time is hh:mm or hh:mm:ss, with a fraction at will, 2pm,
 * 2:15 pm, noon or midnight, which is where a day begins): 2026-03-14, 2026-03-14T09:15:02Z,
 * 2026-03-14 09:15 +01:00   ISO 8601 14 Mar [2026], Mar 14 [2026] [time]     without a year the
 * last such day monday [time], last monday [time]       the last such day; "last": before today
 *   today, yesterday, [time], in either order; a time alone is of today; now
 *   2 hours ago, 90 min ago, -2h, 1d12h ago
 *   @1773479702                             seconds since 1970
 * A time without an offset or Z is of the local zone.
 */
#ifndef BASE_WHEN_H
#define BASE_WHEN_H

#include "base/clock.h"

/*
 * text, at now_us, as microseconds since 1970 UTC. end: of a whole day (a date without a time) its
 * last microsecond is meant, not its first. False when it is no such time.
 */
bool when_parse(struct str text, int64_t now_us, bool end, int64_t *at_us);

/* "90d", "4h", "2w", "1d 12h", "30 minutes", in microseconds; a month has 30 days, a year 365. */
bool when_span(struct str text, int64_t *us);

#endif
