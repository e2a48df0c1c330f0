# Makefile - builds ./qtrail and runs its tests. See CONTRIBUTING.md.

VERSION = 0.1.0
PREFIX = /usr/local
DESTDIR =
CC = cc
B = build
BIN = qtrail

PKGS = libpcre2-8 sqlite3 libzstd libarchive yaml-0.1 jansson
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS))
PKG_LIBS := $(shell pkg-config --libs $(PKGS))

OPT = -O2 -g
WARN = -Wall -Wextra -Wconversion -Wshadow
SAN =
CFLAGS = $(OPT)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DQTRAIL_VERSION='"$(VERSION)"' -Isrc -I$(B) $(WARN) $(PKG_CFLAGS) $(CFLAGS) $(SAN)
LIBS = $(PKG_LIBS) -lpthread -lm

# Rooms in the direction of includes: each knows only those before it. trace
# and show do not know input, syslog, rules, track and ingest; their tests link without them.
ROOMS = base input syslog rules track store ingest trace show cmd
SRC := $(foreach r,$(ROOMS),$(wildcard src/$(r)/*.c)) src/main.c
OBJ = $(SRC:src/%.c=$(B)/%.o)
room = $(patsubst src/%.c,$(B)/%.o,$(foreach r,$(1),$(wildcard src/$(r)/*.c)))

PARSERS := $(sort $(wildcard parsers/*.yaml))
SQL := $(sort $(wildcard schema/*.sql schema/*/*.sql))

all: $(BIN)

$(BIN): $(OBJ) $(B)/parsers.o $(B)/sql.o
	$(CC) $(SAN) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Plugins and SQL are data, compiled in so that one file is enough to run.
$(B)/parsers.c: $(PARSERS) src/embed.sh
	@mkdir -p $(@D)
	sh src/embed.sh parsers $(PARSERS) >$@.tmp && mv $@.tmp $@

$(B)/sql.c: $(SQL) src/embed.sh
	@mkdir -p $(@D)
	sh src/embed.sh sql $(SQL) >$@.tmp && mv $@.tmp $@

$(B)/parsers.o: $(B)/parsers.c
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(B)/sql.o: $(B)/sql.c
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# ---- tests: a unit test links its room and those below it, nothing else ----

CHECK_CFLAGS := $(shell pkg-config --cflags check 2>/dev/null)
CHECK_LIBS := $(shell pkg-config --libs check 2>/dev/null)
UNIT = $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))

$(B)/unit/test_base: $(call room,base)
$(B)/unit/test_input: $(call room,base input)
$(B)/unit/test_syslog: $(call room,base syslog)
$(B)/unit/test_rules: $(call room,base rules) $(B)/parsers.o
$(B)/unit/test_track: $(call room,base rules track) $(B)/parsers.o
$(B)/unit/test_store: $(call room,base rules track store) $(B)/parsers.o $(B)/sql.o
$(B)/unit/test_ingest: $(call room,base input syslog rules track store ingest) $(B)/parsers.o $(B)/sql.o
$(B)/unit/test_trace: $(call room,base store trace) $(B)/sql.o
$(B)/unit/test_search: $(call room,base store trace) $(B)/sql.o
$(B)/unit/test_show: $(call room,base store trace show) $(B)/sql.o
$(B)/unit/test_report: $(call room,base store trace show) $(B)/sql.o

$(B)/unit/%: tests/unit/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(CHECK_CFLAGS) -MMD -MP -o $@ $(filter %.c %.o,$^) $(LIBS) $(CHECK_LIBS)

units: $(UNIT)

# Fails or kills at a chosen system call (tests/crash)
FAULT = build/fault.so
$(FAULT): tests/crash/fault.c
	@mkdir -p $(@D)
	$(CC) $(WARN) $(OPT) -shared -fPIC -o $@ $< -ldl

check: qtrail $(UNIT) $(FAULT)
	sh tests/run.sh ./qtrail $(UNIT)

# Thousands of kills and faults: CRASH_KILLS, CRASH_FAULTS, CRASH_ORDERS, CRASH_POWER; CRASH_SEED chooses others
CRASH_KILLS = 5000
CRASH_FAULTS = 3000
CRASH_ORDERS = 200
CRASH_POWER = 1000
check-crash: qtrail $(FAULT)
	CRASH_KILLS=$(CRASH_KILLS) CRASH_FAULTS=$(CRASH_FAULTS) CRASH_ORDERS=$(CRASH_ORDERS) CRASH_POWER=$(CRASH_POWER) sh tests/crash/run.sh ./qtrail

SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
check-asan: $(FAULT)
	$(MAKE) B=build-asan BIN=build-asan/qtrail OPT='-O1 -g' SAN='$(SANITIZE)' build-asan/qtrail units
	QTRAIL_SLOW=1 sh tests/run.sh build-asan/qtrail $(patsubst $(B)/%,build-asan/%,$(UNIT))

# without JIT: its code reads over the end of a text on purpose; SQLite points into its blocks ("possibly lost").
# Exit code 1 is an answer: nothing is queued.
VALGRIND = valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite
check-valgrind:
	$(MAKE) B=build-valgrind BIN=build-valgrind/qtrail OPT='-O1 -g -DRULES_NO_JIT' build-valgrind/qtrail units
	for t in $(patsubst $(B)/%,build-valgrind/%,$(UNIT)); do CK_FORK=no $(VALGRIND) $$t >/dev/null || exit 1; done
	db=$$(mktemp -u) && for c in "ingest -q" "trace 4F75AA9663D" "trace --html 77057A96988" "search --json alice@pf2.test" "report --html" queue status check; do \
		$(VALGRIND) build-valgrind/qtrail $$c -d $$db $$([ "$$c" != "ingest -q" ] || ls samples/*.log) >/dev/null || [ $$? -eq 1 ] || exit 1; done; rm -f $$db*

C_FILES = $(wildcard src/*.c src/*/*.c src/*/*.h tests/unit/*.c tests/fuzz/*.c tests/crash/*.c)
lint:
	clang-format --dry-run -Werror $(C_FILES)
	$(MAKE) B=build-clang BIN=build-clang/qtrail CC=clang WARN='$(WARN) -Werror' build-clang/qtrail
	$(MAKE) B=build-gcc BIN=build-gcc/qtrail WARN='$(WARN) -Werror' build-gcc/qtrail
	# uninitvar: it takes uthash's HASH_ITER for a use before setting; the compilers' own check stays on
	cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr --enable=warning,portability --suppress=missingIncludeSystem --suppress='*:/usr/include/*' --suppress=uninitvar --include=/usr/include/uthash.h -Isrc src
	shellcheck src/embed.sh .ci/run $(wildcard tests/*.sh tests/*/*.sh)
	for m in contrib/man/*; do mandoc -T lint -W warning $$m || exit 1; done

# libFuzzer, a bounded time each (FUZZ_SECONDS)
FUZZ_SECONDS = 20
FUZZ = $(patsubst tests/fuzz/%.c,build-fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
build-fuzz/%: tests/fuzz/%.c $(SRC) $(B)/parsers.c $(B)/sql.c
	@mkdir -p $(@D)
	clang $(ALL_CFLAGS) -fsanitize=fuzzer,address,undefined -o $@ $< $(filter-out src/main.c src/cmd/%,$(SRC)) $(B)/parsers.c $(B)/sql.c $(LIBS)

fuzz: $(FUZZ)
	for f in $(FUZZ); do $$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -max_len=16384 -artifact_prefix=build-fuzz/ >build-fuzz/log 2>&1 || { tail -40 build-fuzz/log; exit 1; }; tail -1 build-fuzz/log; done

bench: qtrail
	sh tests/bench/run.sh ./qtrail

# Real mail servers in namespaces of their own, a few minutes; root and Debian only.
check-lab: qtrail
	sh tests/lab/lab.sh ./qtrail

# Nothing goes to /etc: what is to be copied there lies in share/doc/qtrail/examples.
DATA = $(DESTDIR)$(PREFIX)/share
LIB = $(DESTDIR)$(PREFIX)/lib
INSTALL_DATA = install -D -m 644
UNITS = qtrail.service qtrail.timer qtrail-follow.service
install: $(BIN)
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/qtrail
	for m in $(notdir $(wildcard contrib/man/*.[15])); do $(INSTALL_DATA) contrib/man/$$m $(DATA)/man/man$${m##*.}/$$m || exit 1; done
	for f in README.md $(notdir $(wildcard schema/*.schema.json)); do $(INSTALL_DATA) schema/$$f $(DATA)/qtrail/schema/$$f || exit 1; done
	for f in $(notdir $(wildcard schema/queries/*.sql)); do $(INSTALL_DATA) schema/queries/$$f $(DATA)/qtrail/queries/$$f || exit 1; done
	for f in README.md CHANGELOG.md LICENSE; do $(INSTALL_DATA) $$f $(DATA)/doc/qtrail/$$f || exit 1; done
	$(INSTALL_DATA) parsers/README.md $(DATA)/doc/qtrail/parsers.md
	$(INSTALL_DATA) contrib/qtrail.conf $(DATA)/doc/qtrail/examples/qtrail.conf
	$(INSTALL_DATA) contrib/logrotate/qtrail $(DATA)/doc/qtrail/examples/logrotate
	for f in contrib/cron/qtrail:$(DATA)/doc/qtrail/examples/cron $(foreach u,$(UNITS),contrib/systemd/$(u):$(LIB)/systemd/system/$(u)); do \
		$(INSTALL_DATA) $${f%%:*} $${f#*:} && sed -i 's|/usr/local/bin/|$(PREFIX)/bin/|' $${f#*:} || exit 1; done
	$(INSTALL_DATA) contrib/systemd/sysusers.conf $(LIB)/sysusers.d/qtrail.conf
	$(INSTALL_DATA) contrib/systemd/tmpfiles.conf $(LIB)/tmpfiles.d/qtrail.conf
	for f in qtrail.bash:bash-completion/completions/qtrail _qtrail:zsh/site-functions/_qtrail qtrail.fish:fish/vendor_completions.d/qtrail.fish; do \
		if [ -f contrib/completions/$${f%%:*} ]; then $(INSTALL_DATA) contrib/completions/$${f%%:*} $(DATA)/$${f#*:} || exit 1; fi; done

dist:
	git archive --prefix=qtrail-$(VERSION)/ -o qtrail-$(VERSION).tar.gz HEAD

clean:
	rm -rf build build-asan build-clang build-gcc build-fuzz build-valgrind qtrail

-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: all units check check-crash check-asan check-valgrind lint fuzz bench check-lab install dist clean
.DELETE_ON_ERROR:
