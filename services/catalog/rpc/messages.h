#pragma once
// Between the contract's messages and the domain's values.
#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "services/catalog/domain/authoring.h"
#include "services/catalog/domain/browsing.h"

namespace cliffhanger::catalog {

v1::Series to_message(const Series& series);
// Viewers are told of the film that plays, editors of the newest attempt.
v1::Episode to_message(const Episode& episode, bool editor);
// `operates`: for an operator, who is told what editors are.
v1::ResolvePlaybackResponse to_message(const Playable& playable, bool operates);

NewSeries new_series(const v1::CreateSeriesRequest& in);
NewEpisode new_episode(const v1::CreateEpisodeRequest& in);
Result<SeriesPatch> patch_of(const v1::UpdateSeriesRequest& in);    // fails with BAD_UPDATE_MASK
Result<EpisodePatch> patch_of(const v1::UpdateEpisodeRequest& in);  // fails with BAD_UPDATE_MASK

}  // namespace cliffhanger::catalog
