# Makefile - builds ./qtrail and runs its tests. See CONTRIBUTING.md.

VERSION = 0.1.0
PREFIX = /usr/local
DESTDIR =
CC = cc
B = build

PKGS = libpcre2-8 sqlite3 libzstd libarchive yaml-0.1 jansson
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS))
PKG_LIBS := $(shell pkg-config --libs $(PKGS))

OPT = -O2 -g
WARN = -Wall -Wextra -Wconversion -Wshadow
SAN =
CFLAGS = $(OPT)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DQTRAIL_VERSION='"$(VERSION)"' -Isrc -I$(B) $(WARN) $(PKG_CFLAGS) $(CFLAGS) $(SAN)
LIBS = $(PKG_LIBS) -lpthread

# Rooms in the direction of includes: each knows only those before it. trace
# and show do not know input, syslog, rules and track; their tests link without them.
ROOMS = base input syslog rules track store trace show cmd
SRC := $(foreach r,$(ROOMS),$(wildcard src/$(r)/*.c)) src/main.c
OBJ = $(SRC:src/%.c=$(B)/%.o)
room = $(patsubst src/%.c,$(B)/%.o,$(foreach r,$(1),$(wildcard src/$(r)/*.c)))

PARSERS := $(sort $(wildcard parsers/*.yaml))
SQL := $(sort $(wildcard schema/*.sql schema/*/*.sql))

all: qtrail

qtrail: $(OBJ) $(B)/parsers.o $(B)/sql.o
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
$(B)/unit/test_trace: $(call room,base store trace) $(B)/sql.o
$(B)/unit/test_show: $(call room,base store trace show) $(B)/sql.o

$(B)/unit/%: tests/unit/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(CHECK_CFLAGS) -MMD -MP -o $@ $(filter %.c %.o,$^) $(LIBS) $(CHECK_LIBS)

units: $(UNIT)

check: qtrail $(UNIT)
	sh tests/run.sh $(B)

check-asan:
	$(MAKE) B=build-asan OPT='-O1 -g' SAN='-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer' QTRAIL_BIN=build-asan/qtrail build-asan/qtrail units-asan

clean:
	rm -rf build build-asan build-clang build-fuzz qtrail

-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: all units check check-asan clean
.DELETE_ON_ERROR:
