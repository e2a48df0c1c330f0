/*
 * hosts.c - hosts and the names and addresses they are known by.
 */
#include "store/internal.h"

bool host_name_add(struct store *s, int64_t host, struct str name, struct str origin,
		   struct err *err)
{
	char room[256];
	static const char insert[] = "INSERT OR IGNORE INTO host_name (host, name, origin) "
				     "VALUES (?1, ?2, ?3)";
	const struct cell cells[] = { cell_number(host),
				      cell_text(str_lower(name, room, sizeof(room))),
				      cell_text(origin) };
	if (!store_run(s, insert, cells, COUNT(cells), err))
		return false;
	if (sqlite3_changes(s->db) > 0 && !str_eq(origin, STR("log")))
		s->new_names = true;
	return true;
}

/* All hosts of one first label: "mx1" itself and every "mx1.*". */
static const char find_family[] =
	"SELECT id, name FROM host WHERE name = ?1 OR substr(name, 1, length(?1) + 1) = ?1 || '.'";

static bool is_address(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] == ':')
			return true;
		if (name.at[i] != '.' && (name.at[i] < '0' || name.at[i] > '9'))
			return memchr(name.at, ':', name.len) != NULL;
	}
	return true;
}

/*
 * mx1 and mx1.example.org are one host (pitfall 30), as long as no other mx1.* is known: then
 * nobody can tell which of them the short name means, and it stays a host of its own.
 * *id is 0 when there is none; *alias: it is known by the other form.
 */
static bool lookup_host(struct store *s, struct str name, int64_t *id, bool *alias, struct err *err)
{
	sqlite3_stmt *stmt = store_prepare(s, find_family, err);
	if (stmt == NULL)
		return false;
	const char *dot = memchr(name.at, '.', name.len);
	bool full = dot != NULL && !is_address(name);
	struct str label = full ? (struct str){ name.at, (size_t)(dot - name.at) } : name;
	int64_t exact = 0, bare = 0, other = 0;
	size_t fulls = 0;
	int rc;
	bind_str(stmt, 1, label);
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct str found = column_str(stmt, 1);
		int64_t row = sqlite3_column_int64(stmt, 0);
		if (str_eq(found, name)) {
			exact = row;
		} else if (str_eq(found, label)) {
			bare = row;
		} else if (!is_address(found)) {
			other = row;
			fulls++;
		}
	}
	sqlite3_reset(stmt);
	if (rc != SQLITE_DONE)
		return store_err(s, err, "read it");
	*id = exact != 0 ? exact : full && fulls == 0 ? bare : !full && fulls == 1 ? other : 0;
	*alias = exact == 0 && *id != 0;
	return true;
}

bool host_find(struct store *s, struct str name, int64_t *id, struct err *err)
{
	char room[256];
	bool alias = false;
	name = str_lower(name, room, sizeof(room));
	if (!lookup_host(s, name, id, &alias, err))
		return false;
	if (*id == 0) {
		static const char insert[] = "INSERT INTO host (name) VALUES (?1)";
		const struct cell cell = cell_text(name);
		if (!store_run(s, insert, &cell, 1, err))
			return false;
		*id = sqlite3_last_insert_rowid(s->db);
	} else if (alias && memchr(name.at, '.', name.len) != NULL) {
		/* the full name is the better one, whichever came first */
		static const char rename[] = "UPDATE host SET name = ?1 WHERE id = ?2";
		const struct cell cells[] = { cell_text(name), cell_number(*id) };
		if (!store_run(s, rename, cells, COUNT(cells), err))
			return false;
	}
	return host_name_add(s, *id, name, STR("log"), err);
}

bool store_host_alias(struct store *s, struct str host, struct str name, struct err *err)
{
	int64_t id = 0;
	return host_find(s, host, &id, err) && host_name_add(s, id, name, STR("config"), err);
}
