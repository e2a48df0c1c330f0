/*
 * text.h - log text made safe for people's terminals.
 */
#ifndef SHOW_TEXT_H
#define SHOW_TEXT_H

#include <stdio.h>

#include "base/str.h"

/*
 * Write s with control bytes, invalid UTF-8 (\xNN) and invisible direction
 * marks (<U+202E>) made visible: log text is attacker-chosen.
 */
void show_escaped(FILE *out, struct str s);

#endif
