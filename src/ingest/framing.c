/*
 * framing.c - how the lines of a source are to be read: host, zone and year of those that do not
 * say.
 */
#include <stdlib.h>

#include "ingest/internal.h"

struct file_mark mark_of(const struct stat *st)
{
	return (struct file_mark){ .device = (int64_t)st->st_dev,
				   .inode = (int64_t)st->st_ino,
				   .size = (int64_t)st->st_size,
				   .mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 +
					       st->st_mtim.tv_nsec };
}

const char *framing_host(const struct ingest *g, const char *path)
{
	const char *told = config_file_host(&g->opt.config, path);
	char *real = told == NULL ? realpath(path, NULL) : NULL;
	if (real != NULL)
		told = config_file_host(&g->opt.config, real);
	free(real);
	return told != NULL ? told : g->opt.local;
}

struct framer_options framing_of(const struct ingest *g, const char *path, const struct input *in)
{
	return (struct framer_options){ .host = framing_host(g, path),
					.year = g->opt.year,
					.mtime_us = input_mtime_us(in),
					.timezone = g->opt.config.timezone,
					.zones = g->zones,
					.zone_count = g->opt.config.zones.count };
}
