#pragma once
#include "libs/sql/sql.h"

namespace cliffhanger::transcode::queries {

inline constexpr sql::Query kHasEarly{"early_has",
                                      "SELECT FROM revision WHERE tenant = $1 AND early_of = $2"};
// It has an end from the start, in case that nobody tells of it: a sooner one.
#define CH_END_EARLY \
  "UPDATE revision SET ended_at = least(ended_at, now()) WHERE tenant = $1 AND state = 'early' AND "
inline constexpr sql::Query kEndEarly{"early_end", CH_END_EARLY "early_of = $2 RETURNING revision_id"};
inline constexpr sql::Query kEndEarlyOfEpisode{"early_end_of_episode",
                                               CH_END_EARLY "episode_id = $2 RETURNING revision_id"};
#undef CH_END_EARLY

// The rows have the same objects, so that either may go without the other.
inline constexpr sql::Query kAdopt{
    "early_adopt",
    "INSERT INTO piece (tenant, piece_key, object_key, bytes, sha256, start_frame, frames, gops, codecs, "
    "created_at) "
    "SELECT p.tenant, t.piece_key, p.object_key, p.bytes, p.sha256, p.start_frame, p.frames, p.gops, "
    "p.codecs, p.created_at "
    "FROM unnest($2::text[], $3::text[]) AS t(early_key, piece_key) "
    "JOIN piece p ON p.tenant = $1 AND p.piece_key = t.early_key ON CONFLICT DO NOTHING"};

}  // namespace cliffhanger::transcode::queries
