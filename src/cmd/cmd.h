/*
 * cmd.h - what the command files share. Only cmd/ prints, reads the
 * environment and chooses exit codes.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "rules/rules.h"
#include "store/store.h"

/* Exit codes, like grep's. */
enum { EXIT_FOUND = 0, EXIT_NOTHING = 1, EXIT_TROUBLE = 2 };

/* A command gets its own argv: argv[0] is its name. Returns the exit code. */
int cmd_ingest(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_search(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_prune(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_queue(int argc, char **argv);
int cmd_parsers(int argc, char **argv);
int cmd_explain(int argc, char **argv);

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage; /* without the program name */
	const char *help;  /* what --help prints below it */
};

/* NULL when there is none of this name. */
const struct command *cmd_find(const char *name);

/* "qtrail: " and the sentence on standard error. */
void cmd_say(const char *fmt, va_list ap);
/* The same; returns EXIT_TROUBLE. */
int cmd_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Was all of standard output written? False and *err. */
bool cmd_written(struct err *err);
/* code; EXIT_TROUBLE, and why was said, when the answer could not be written. */
int cmd_done(int code);

/*
 * A standard stream that is closed would be taken by the next file that is opened, and the answer
 * be written into the database's lock: put something there that fails. First of all.
 */
void cmd_streams(void);

/* Usage error: the sentence (NULL: getopt said it), then where help is. Returns EXIT_TROUBLE. */
int cmd_usage(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * The rules every command works by: the built-in plugins, those of the site
 * (/etc/qtrail/parsers.d) and those of the directory named by --parsers (NULL:
 * none). The caller frees them; NULL fills err.
 */
struct rules *cmd_rules(const char *directory, struct err *err);

/*
 * The database to use: the one given, else $QTRAIL_DB, else the configuration's, else the
 * default. config NULL: that of /etc/qtrail/qtrail.conf; NULL (and it was said) when this cannot be
 * read. The caller frees.
 */
struct config;
char *cmd_database(const char *given, const struct config *config);

/* Help of a command (NULL: of all) on standard output. EXIT_TROUBLE when there is no such command.
 */
int cmd_help(const char *command);

/* ---- options.c ---- */

enum cmd_option_kind {
	/* without an argument */
	OPTION_FLAG,   /* a bool becomes true */
	OPTION_CHOICE, /* an int or enum becomes `choice` */
	/* with one */
	OPTION_TEXT,     /* const char *, of argv */
	OPTION_WORD,     /* struct str, of argv; not empty */
	OPTION_NUMBER,   /* int64_t, from `least` to `most` */
	OPTION_COUNT,    /* the same as a size_t */
	OPTION_TIME,     /* int64_t, microseconds UTC; of a date alone its first one */
	OPTION_TIME_END, /* of a date alone its last one */
	OPTION_CALL      /* what `take` makes of it */
};

struct cmd_option {
	const char *name; /* the long one, without "--" */
	char letter;      /* the short one; 0: none */
	enum cmd_option_kind kind;
	void *to;
	int choice;
	int64_t least, most; /* most 0: as large as you like */
	const char *due;     /* what the argument is: "a number of seconds" */
	bool (*take)(void *to, const char *argument);
};

#define CMD_TIME_DUE "a time such as yesterday, '2 hours ago', 2026-03-14 or 2026-03-14T09:15:02Z"

/*
 * Read a command's options into what the table points to; --help is every command's own. -1: go
 * on, arguments begin at optind. Else the exit code of the help or the usage error that was said.
 */
int cmd_options(const char *command, int argc, char **argv, const struct cmd_option *options,
		size_t count);
/* The same of a command that takes nothing but options. */
int cmd_options_only(const char *command, int argc, char **argv, const struct cmd_option *options,
		     size_t count);
/* Only the option of this name (and the help), before the others and in silence about them. */
int cmd_option_first(const char *command, int argc, char **argv, const struct cmd_option *options,
		     size_t count, const char *name);

/* ---- answer.c ---- */

/*
 * The database a command reads (given, or as cmd_database says). NULL: why was said. Close it with
 * store_close.
 */
struct store *cmd_open(const char *given);

/* Columns of the terminal on standard output; `otherwise` when it is none. */
size_t cmd_width(size_t otherwise);
/* Are colours welcome on standard output? */
bool cmd_colour(void);

/* ---- pager.c ---- */

struct pager {
	int pid; /* -1: none */
};

/*
 * Let standard output go through the user's pager, when it is a terminal. Ask for width and colours
 * before. Whatever it gives, end it with cmd_pager_end, which waits until it is left.
 */
struct pager cmd_pager(bool wanted);
void cmd_pager_end(struct pager *p);

/* What the database covers, a host a line, on standard error; `empty` when it covers nothing (NULL:
 * no word at all then). */
void cmd_coverage(struct store *s, const char *empty, bool utc);

#endif
