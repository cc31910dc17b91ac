#pragma once
// Every metric's name, in one place. Units last; counters end in _total.

namespace cliffhanger::obs::names {

inline constexpr char kRpcRequests[] = "cliffhanger_rpc_requests_total";
inline constexpr char kRpcSeconds[] = "cliffhanger_rpc_seconds";
inline constexpr char kPoolQueue[] = "cliffhanger_pool_queue_length";
inline constexpr char kPoolRejected[] = "cliffhanger_pool_rejected_total";
inline constexpr char kHttpRequests[] = "cliffhanger_http_requests_total";
inline constexpr char kHttpSeconds[] = "cliffhanger_http_seconds";
inline constexpr char kHttpConnections[] = "cliffhanger_http_connections";
inline constexpr char kHttpBytesIn[] = "cliffhanger_http_received_bytes_total";
inline constexpr char kHttpBytesOut[] = "cliffhanger_http_sent_bytes_total";
inline constexpr char kTlsExpires[] = "cliffhanger_tls_certificate_expires_timestamp_seconds";
inline constexpr char kTlsReloads[] = "cliffhanger_tls_reloads_total";
inline constexpr char kTlsFailed[] = "cliffhanger_tls_handshakes_failed_total";
inline constexpr char kSqlConnections[] = "cliffhanger_sql_connections";
inline constexpr char kSqlTransactions[] = "cliffhanger_sql_transactions_total";
inline constexpr char kSqlRetries[] = "cliffhanger_sql_retries_total";
inline constexpr char kOutboxPublished[] = "cliffhanger_outbox_published_total";
inline constexpr char kEventsConsumed[] = "cliffhanger_events_consumed_total";
inline constexpr char kEventsFailed[] = "cliffhanger_events_failed_total";
inline constexpr char kTasksLeased[] = "cliffhanger_tasks_leased_total";
inline constexpr char kTasksDone[] = "cliffhanger_tasks_done_total";
inline constexpr char kTasksFailed[] = "cliffhanger_tasks_failed_total";
inline constexpr char kQueueWaiting[] = "cliffhanger_transcode_queue_waiting";
inline constexpr char kQueueLeased[] = "cliffhanger_transcode_queue_leased";
inline constexpr char kQueueOldest[] = "cliffhanger_transcode_queue_oldest_seconds";
inline constexpr char kQueueDead[] = "cliffhanger_transcode_queue_dead";
inline constexpr char kFailuresByReason[] = "cliffhanger_transcode_failures_total";
inline constexpr char kMediaSeconds[] = "cliffhanger_transcode_media_seconds_total";
inline constexpr char kEncodeCpuSeconds[] = "cliffhanger_transcode_cpu_seconds_total";
inline constexpr char kRevisionsSwept[] = "cliffhanger_transcode_revisions_swept_total";
inline constexpr char kObjectsSwept[] = "cliffhanger_transcode_objects_swept_total";
inline constexpr char kArmsFailed[] = "cliffhanger_arms_failed_total";
inline constexpr char kExposuresDropped[] = "cliffhanger_exposures_dropped_total";
inline constexpr char kTakedowns[] = "cliffhanger_takedowns";
inline constexpr char kTakedownAge[] = "cliffhanger_takedown_age_seconds";
inline constexpr char kTakedownsForgotten[] = "cliffhanger_takedowns_forgotten_total";
inline constexpr char kCdnPurgesWaiting[] = "cliffhanger_cdn_purges_waiting";
inline constexpr char kCdnPurgesOldest[] = "cliffhanger_cdn_purges_oldest_seconds";
inline constexpr char kCdnPurgesDead[] = "cliffhanger_cdn_purges_dead";
inline constexpr char kCdnPurgeRequests[] = "cliffhanger_cdn_purge_requests_total";
inline constexpr char kImportBytes[] = "cliffhanger_import_bytes_total";
inline constexpr char kImportsEnded[] = "cliffhanger_imports_ended_total";
inline constexpr char kBlobRequests[] = "cliffhanger_blob_requests_total";
inline constexpr char kBlobSeconds[] = "cliffhanger_blob_seconds";
inline constexpr char kBlobRetries[] = "cliffhanger_blob_retries_total";
inline constexpr char kBlobOpened[] = "cliffhanger_blob_opened_total";
inline constexpr char kBlobCached[] = "cliffhanger_blob_cached_bytes";
inline constexpr char kEventStreams[] = "cliffhanger_event_streams";
inline constexpr char kCollectorObjects[] = "cliffhanger_collector_objects_total";
inline constexpr char kCollectorBytes[] = "cliffhanger_collector_bytes_total";
inline constexpr char kCollections[] = "cliffhanger_collector_runs_total";
inline constexpr char kExportedEvents[] = "cliffhanger_insight_exported_events_total";
inline constexpr char kExportsTakenOut[] = "cliffhanger_insight_exports_taken_out_events_total";
inline constexpr char kExportedUntil[] = "cliffhanger_insight_exported_until_timestamp_seconds";
inline constexpr char kTrainings[] = "cliffhanger_recommendation_trainings_total";
inline constexpr char kModelLoads[] = "cliffhanger_recommendation_models_read_total";
inline constexpr char kRankingLoads[] = "cliffhanger_recommendation_rankings_read_total";
inline constexpr char kRankingLearnt[] = "cliffhanger_recommendation_ranking_pages_learnt_total";
inline constexpr char kModelTrained[] = "cliffhanger_recommendation_model_trained_timestamp_seconds";
inline constexpr char kQualityStartUp[] = "cliffhanger_quality_start_up_seconds";
inline constexpr char kQualityPlays[] = "cliffhanger_quality_plays";
inline constexpr char kQualityRebuffering[] = "cliffhanger_quality_rebuffering_ratio";
inline constexpr char kQualityErrors[] = "cliffhanger_quality_errors_per_play";
inline constexpr char kQualityExits[] = "cliffhanger_quality_exits_ratio";
inline constexpr char kQualityExperience[] = "cliffhanger_quality_experience_score";
inline constexpr char kCmcdReports[] = "cliffhanger_cmcd_reports_total";
inline constexpr char kPacks[] = "cliffhanger_start_packs";
inline constexpr char kFeedDegraded[] = "cliffhanger_feed_degraded_total";
inline constexpr char kFeedDecisions[] = "cliffhanger_feed_decisions_total";
inline constexpr char kFeedLastGood[] = "cliffhanger_feed_last_good_series";
inline constexpr char kFeedSeconds[] = "cliffhanger_feed_seconds";
inline constexpr char kPackItems[] = "cliffhanger_start_pack_items_total";

}  // namespace cliffhanger::obs::names
