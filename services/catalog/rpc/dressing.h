#pragma once
#include <vector>

#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "libs/arms/arms.h"
#include "services/catalog/rpc/catalog_rpc.h"

namespace cliffhanger::catalog {

// Puts what experiments give the caller into answers: titles, covers, endings, where a paywall stands. Owners
// and operators see things as they are. `region`: where the caller is, or nothing. Whatever can't be found
// out in time stays as it is.
class Dressing {
 public:
  // All of it outlives it.
  Dressing(const arms::Arms& arms, sql::Pool& pool, OpenLibrary open)
      : arms_(arms), pool_(pool), open_(std::move(open)) {}

  void dress(const Call& call, const std::string& region, v1::GetSeriesResponse& out) const;
  void dress(const Call& call, const std::string& region, v1::ListSeriesResponse& out) const;
  void dress(const Call& call, const std::string& region, v1::SearchSeriesResponse& out) const;
  void dress(const Call& call, const std::string& region, v1::GetEpisodeResponse& out) const;
  void dress(const Call& call, const std::string& region, v1::ListEpisodesResponse& out) const;
  // Each item says what it owes to experiments.
  void dress(const Call& call, const std::string& region, v1::BatchGetEpisodesResponse& out) const;
  // The film that is played, if it is still there.
  void dress(const Call& call, const std::string& region, v1::ResolvePlaybackResponse& out) const;

 private:
  void dress_all(const Call& call, const std::string& region, const std::vector<v1::Series*>& series,
                 const std::vector<v1::Episode*>& episodes, v1::BatchGetEpisodesResponse* batch) const;
  std::vector<Episode> read(const Call& call, const std::vector<EpisodeId>& ids) const;

  const arms::Arms& arms_;
  sql::Pool& pool_;
  const OpenLibrary open_;
};

}  // namespace cliffhanger::catalog
