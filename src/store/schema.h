/*
 * schema.h - the SQL of schema/, embedded by the Makefile (src/embed.sh).
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

extern const char schema_0001_first_sql[];
extern const char schema_0002_outlast_sql[];
extern const char schema_0003_sources_sql[];
extern const char schema_0004_addresses_overlaps_sql[];
extern const char schema_indexes_sql[];
extern const char schema_views_sql[];
extern const char schema_store_insert_entry_sql[];
extern const char schema_store_update_entry_sql[];
extern const char schema_store_select_lives_sql[];
extern const char schema_store_insert_delivery_sql[];
extern const char schema_store_insert_reject_sql[];
extern const char schema_store_insert_note_sql[];
extern const char schema_store_insert_address_sql[];
extern const char schema_store_insert_unmatched_sql[];
extern const char schema_store_insert_source_sql[];
extern const char schema_store_select_sources_sql[];
extern const char schema_store_select_file_sql[];
extern const char schema_store_select_journal_sql[];
extern const char schema_store_insert_file_sql[];
extern const char schema_store_insert_overlap_sql[];
extern const char schema_store_select_overlapping_sql[];
extern const char schema_store_update_run_sql[];
extern const char schema_store_drop_indexes_sql[];
extern const char schema_store_insert_session_sql[];
extern const char schema_store_select_sessions_sql[];
extern const char schema_store_learn_relays_sql[];
extern const char schema_store_learn_pair_sql[];
extern const char schema_store_own_names_sql[];
extern const char schema_store_learn_clients_sql[];
extern const char schema_prune_begin_sql[];
extern const char schema_prune_addresses_sql[];
extern const char schema_prune_old_sql[];
extern const char schema_prune_edges_sql[];
extern const char schema_prune_edges_back_sql[];
extern const char schema_prune_keep_sql[];
extern const char schema_prune_counts_sql[];
extern const char schema_prune_counts_more_sql[];
extern const char schema_prune_batch_sql[];
extern const char schema_prune_sessions_sql[];
extern const char schema_prune_rejects_sql[];
extern const char schema_prune_lines_sql[];
extern const char schema_check_words_sql[];
extern const char schema_check_rows_sql[];
extern const char schema_check_reject_lines_sql[];

#endif
