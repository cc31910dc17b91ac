#include "app/services.h"

#include "services/accounts/config.h"
#include "services/accounts/module.h"
#include "services/catalog/config.h"
#include "services/catalog/module.h"
#include "services/collector/config.h"
#include "services/collector/module.h"
#include "services/community/config.h"
#include "services/community/module.h"
#include "services/edge/config.h"
#include "services/edge/module.h"
#include "services/ingest/config.h"
#include "services/ingest/module.h"
#include "services/insight/config.h"
#include "services/insight/module.h"
#include "services/playback/config.h"
#include "services/playback/module.h"
#include "services/recommendation/config.h"
#include "services/recommendation/module.h"
#include "services/transcode/config.h"
#include "services/transcode/module.h"

namespace cliffhanger::app {
namespace {

template <class... Configs>
void describe(config::Settings& settings) {
  (Configs::read(settings), ...);
}

}  // namespace

const std::vector<ServiceEntry>& services() {
  static const std::vector<ServiceEntry> all = {
      {"accounts", accounts::make_accounts, describe<accounts::Config>, &embedded::accounts_migrations},
      {"catalog", catalog::make_catalog, describe<catalog::Config>, &embedded::catalog_migrations},
      {"community", community::make_community, describe<community::Config>, &embedded::community_migrations},
      {"ingest", ingest::make_ingest, describe<ingest::Config>, &embedded::ingest_migrations},
      {"transcode", transcode::make_transcode,
       describe<transcode::SweepSettings, transcode::PlanSettings>, &embedded::transcode_migrations},
      {"worker", transcode::make_worker, describe<transcode::WorkerSettings>, nullptr},
      {"playback", playback::make_playback, describe<playback::Config>, &embedded::playback_migrations},
      {"recommendation", recommendation::make_recommendation, describe<recommendation::Config>,
       &embedded::recommendation_migrations},
      {"insight", insight::make_insight, describe<insight::Config>, &embedded::insight_migrations},
      {"collector", collector::make_collector, describe<collector::Config>, &embedded::collector_migrations},
      {"edge", edge::make_edge, describe<edge::Config>, nullptr},
  };
  return all;
}

}  // namespace cliffhanger::app
