/*
 * ingest.c - `qtrail ingest`: its command line.
 */
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/ingest.h"

#define WAIT_DEFAULT_S 60

static const struct option long_options[] = { { "db", required_argument, NULL, 'd' },
					      { "host", required_argument, NULL, 'H' },
					      { "alias", required_argument, NULL, 'A' },
					      { "timezone", required_argument, NULL, 'z' },
					      { "year", required_argument, NULL, 'y' },
					      { "parsers", required_argument, NULL, 'P' },
					      { "no-lines", no_argument, NULL, 'n' },
					      { "config", required_argument, NULL, 'c' },
					      { "recheck", no_argument, NULL, 'R' },
					      { "wait", required_argument, NULL, 'w' },
					      { "quiet", no_argument, NULL, 'q' },
					      { "help", no_argument, NULL, 'h' },
					      { NULL, 0, NULL, 0 } };

static bool parse_year(const char *text, int *year)
{
	int64_t n = 0;
	if (!str_to_int64(str_of(text), &n) || n < 1970 || n > 9998)
		return false;
	*year = (int)n;
	return true;
}

static int parse(int argc, char **argv, struct ingest_options *opt)
{
	int c;
	gethostname(opt->local, sizeof(opt->local) - 1);
	opt->host = opt->local[0] != '\0' ? opt->local : "localhost";
	opt->aliases = mem_zalloc((size_t)argc * sizeof(*opt->aliases));
	while ((c = getopt_long(argc, argv, "d:qh", long_options, NULL)) != -1) {
		switch (c) {
		case 'd':
			opt->db = optarg;
			break;
		case 'H':
			opt->host = optarg;
			break;
		case 'A':
			if (strchr(optarg, '=') == NULL)
				return cmd_usage("ingest", "--alias is HOST=NAME");
			opt->aliases[opt->alias_count++] = optarg;
			break;
		case 'z':
			opt->timezone = optarg;
			break;
		case 'y':
			if (!parse_year(optarg, &opt->year))
				return cmd_usage("ingest", "--year is a number such as 2026");
			break;
		case 'P':
			opt->parsers = optarg;
			break;
		case 'c':
			opt->config = optarg;
			break;
		case 'R':
			opt->recheck = true;
			break;
		case 'w':
			if (!str_to_int64(str_of(optarg), &opt->wait_s) || opt->wait_s > 86400)
				return cmd_usage("ingest", "--wait is a number of seconds");
			break;
		case 'n':
			opt->no_lines = true;
			break;
		case 'q':
			opt->quiet = true;
			break;
		case 'h':
			cmd_help("ingest");
			return EXIT_FOUND;
		default:
			return cmd_usage("ingest", NULL);
		}
	}
	return -1;
}

/* As it was called, for people who wait for it. The caller frees. */
static char *command_line(int argc, char **argv)
{
	size_t len = sizeof("qtrail");
	for (int i = 0; i < argc; i++)
		len += strlen(argv[i]) + 1;
	char *out = mem_alloc(len), *at = stpcpy(out, "qtrail");
	for (int i = 0; i < argc; i++)
		at = stpcpy(stpcpy(at, " "), argv[i]);
	return out;
}

int cmd_ingest(int argc, char **argv)
{
	struct ingest_options opt = { .wait_s = WAIT_DEFAULT_S };
	int code = parse(argc, argv, &opt);
	if (code >= 0)
		return code;
	if (optind == argc)
		return cmd_usage("ingest", "name the log files to read (- is standard input)");
	char *own = opt.db == NULL ? store_default_path() : NULL;
	if (own != NULL)
		opt.db = own;
	char *command = command_line(argc, argv);
	opt.command = command;
	code = ingest_run(&opt, argv + optind, argc - optind);
	free(command);
	free(own);
	free(opt.aliases);
	return code;
}
