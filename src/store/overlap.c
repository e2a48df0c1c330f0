/*
 * overlap.c - sources that hold the same lines (pitfall 35): found by comparing samples of
 * their lines, so it costs next to nothing, and says "about".
 *
 * Promises: only lines with the same time, process and text in two sources are counted, never those
 * of one source (pitfall 28); what is found does not depend on which source was read first.
 */
#include "store/internal.h"
#include "store/schema.h"

#define SHARED_MIN 3            /* fewer may be chance: a notice all hosts log alike */
#define SLACK_US (2 * US_PER_S) /* stamps of one have fractions, those of the other none */

/* About how many different lines both have, when `shared` of `of` samples are the same. */
static int64_t estimate(size_t shared, size_t of, int64_t a, int64_t b)
{
	double share = (double)shared / (double)of;
	int64_t lines = (int64_t)(share * (double)(a + b) / (1 + share) + 0.5);
	int64_t most = a < b ? a : b;
	return lines < most ? lines : most;
}

static bool keep(struct store *s, const struct source *src, int64_t other, int64_t lines,
		 struct err *err)
{
	const struct cell cells[] = { cell_number(src->id), cell_number(other), cell_number(lines),
				      cell_number(src->run) };
	return store_run(s, schema_store_insert_overlap_sql, cells, COUNT(cells), err);
}

bool store_source_overlaps(struct store *s, const struct source *src,
			   void (*fn)(void *arg, struct str path, int64_t lines, int64_t known),
			   void *arg, struct err *err)
{
	if (src->id == 0 || src->first_at == TRACK_NONE)
		return true;
	sqlite3_stmt *row = store_prepare(s, schema_store_select_overlapping_sql, err);
	if (row == NULL)
		return false;
	bind_int(row, 1, src->id);
	bind_int(row, 2, src->first_at - SLACK_US);
	bind_int(row, 3, src->last_at + SLACK_US);
	int rc;
	bool ok = true;
	while (ok && (rc = sqlite3_step(row)) == SQLITE_ROW) {
		struct sketch other;
		size_t of = 0, shared = 0;
		if (sketch_unpack(&other, column_str(row, 3)))
			shared = sketch_shared(&src->sketch, &other, &of);
		if (shared < SHARED_MIN)
			continue;
		int64_t lines = estimate(shared, of, src->matched, column_int(row, 2));
		fn(arg, column_str(row, 1), lines, column_int(row, 4));
		ok = keep(s, src, column_int(row, 0), lines, err);
	}
	sqlite3_reset(row);
	return ok && (rc == SQLITE_DONE || store_err(s, err, "read it"));
}
