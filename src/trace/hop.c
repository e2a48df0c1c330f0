/*
 * hop.c - what a hop is for the message, by its kind (view hop).
 */
#include "trace/internal.h"

bool trace_is_way(const struct trace_hop *hop)
{
	return !str_eq(hop->kind, STR("bounce")) && !str_eq(hop->kind, STR("delay")) &&
	       !str_eq(hop->kind, STR("dsn"));
}
