#include "services/catalog/rpc/catalog_rpc.h"

#include "libs/sql/unit_of_work.h"
#include "services/catalog/domain/access.h"
#include "services/catalog/domain/publishing.h"
#include "services/catalog/rpc/dressing.h"
#include "services/catalog/rpc/messages.h"
#include "services/catalog/rpc/taste_order.h"

namespace cliffhanger::catalog {
namespace {

// The use cases of one request.
struct Desk {
  const Caller& caller;
  Authoring authoring;
  Publishing publishing;
  Browsing browsing;

  bool edits(const Episode& episode) const { return may_edit(caller, episode.owner); }
};

// Where the request says that its viewer is; nothing in requests that don't.
template <class Request>
std::string region_of(const Request& in) {
  if constexpr (requires { in.viewer_region(); })
    return in.viewer_region();
  else
    return "";
}

// Whether it is asked for a viewer: a batch may be for anyone, and operators review what there is.
template <class Request>
bool for_somebody(const Request& in) {
  if constexpr (std::is_same_v<Request, v1::BatchGetEpisodesRequest>) return !in.user_id().empty();
  if constexpr (std::is_same_v<Request, v1::ResolvePlaybackRequest>) return !in.operates();
  return true;
}

template <class Request, class Work>
auto handler(const RpcDeps& deps, Work work) {
  return sql::in_transaction(deps.pool, [deps, work](sql::Tx& tx, const Call& call, const Request& in) {
    const auto library = deps.open(tx, call);
    Desk desk{call.caller, Authoring(call.caller, {*library, deps.clock, deps.random}),
              Publishing(call.caller, *library, deps.clock), Browsing(call.caller, *library, region_of(in))};
    return work(desk, in);
  });
}

// Adds the handler of the rpc that takes Request: `work(Desk&, const Request&) -> Result<Response>`.
template <class Request, class Work>
void on(rpc::Service& service, const RpcDeps& deps, Work work) {
  service.on(handler<Request>(deps, std::move(work)));
}

// The same for what viewers are shown: outside of the transaction it gets what experiments give the caller.
template <class Request, class Work>
void on_shown(rpc::Service& service, const RpcDeps& deps, Work work) {
  const auto plain = handler<Request>(deps, std::move(work));
  service.on([deps, plain](const Call& call, const Request& in) {
    auto out = plain(call, in);
    if (out && deps.dressing && for_somebody(in)) deps.dressing->dress(call, region_of(in), *out);
    return out;
  });
}

// Fields that the contract marks `uuid` were checked before any handler ran.
SeriesId series_id(const auto& in) {
  return SeriesId::parse(in.series_id()).value_or(SeriesId());
}
EpisodeId episode_id(const auto& in) {
  return EpisodeId::parse(in.episode_id()).value_or(EpisodeId());
}
PageRequest page_of(const auto& in) {
  return {in.page_size(), in.page_token()};
}

template <class Response>
Result<Response> answer(const Result<Series>& series) {
  if (!series) return fail(series.error());
  Response out;
  *out.mutable_series() = to_message(*series);
  return out;
}

template <class Response>
Result<Response> answer(const Desk& desk, const Result<Episode>& episode) {
  if (!episode) return fail(episode.error());
  Response out;
  *out.mutable_episode() = to_message(*episode, desk.edits(*episode));
  return out;
}

template <class Response>
Result<Response> answer(const Result<Page<Series>>& page) {
  if (!page) return fail(page.error());
  Response out;
  for (const auto& series : page->items) *out.add_series() = to_message(series);
  out.set_next_page_token(page->next);
  return out;
}

Result<v1::ListEpisodesResponse> answer(const Desk& desk, const Result<Page<Episode>>& page) {
  if (!page) return fail(page.error());
  v1::ListEpisodesResponse out;
  for (const auto& episode : page->items) *out.add_episodes() = to_message(episode, desk.edits(episode));
  out.set_next_page_token(page->next);
  return out;
}

Result<v1::ResolvePlaybackResponse> resolve(Desk& desk, const v1::ResolvePlaybackRequest& in) {
  CH_ASSIGN(const auto user, UserId::parse(in.user_id()));
  CH_ASSIGN(const auto playable, desk.browsing.playable(episode_id(in), {user, in.operates()}));
  return to_message(playable, in.operates());
}

Result<v1::BatchGetEpisodesResponse> batch(Desk& desk, const v1::BatchGetEpisodesRequest& in) {
  UserId user;
  if (!in.user_id().empty()) {
    CH_ASSIGN(user, UserId::parse(in.user_id()));
  }
  std::vector<EpisodeId> ids;
  for (const auto& text : in.episode_ids()) {
    CH_ASSIGN(const auto id, EpisodeId::parse(text));
    ids.push_back(id);
  }
  CH_ASSIGN(const auto found, desk.browsing.batch(ids, user));
  v1::BatchGetEpisodesResponse out;
  for (const auto& item : found) {
    auto& to = *out.add_items();
    *to.mutable_episode() = to_message(item.episode, !user.empty() && item.episode.owner == user);
    *to.mutable_series() = to_message(item.series);
  }
  return out;
}

// Outside of the transaction, what was found is put into the caller's order and gets what experiments give
// them.
Result<v1::SearchSeriesResponse> search(const RpcDeps& deps, const Call& call,
                                        const v1::SearchSeriesRequest& in) {
  std::vector<double> relevance;
  const auto find = [&](Desk& desk, const v1::SearchSeriesRequest& ask) -> Result<v1::SearchSeriesResponse> {
    CH_ASSIGN(const auto page, desk.browsing.search(ask.query(), page_of(ask)));
    v1::SearchSeriesResponse out;
    relevance.clear();
    for (const auto& found : page.items) {
      *out.add_series() = to_message(found.series);
      relevance.push_back(found.rank);
    }
    out.set_next_page_token(page.next);
    out.set_order(v1::SEARCH_ORDER_TEXT);
    return out;
  };
  CH_ASSIGN(auto out, handler<v1::SearchSeriesRequest>(deps, find)(call, in));
  if (deps.taste) deps.taste->order(call, in.query(), relevance, out);
  if (deps.dressing) deps.dressing->dress(call, in.viewer_region(), out);
  return out;
}

void add_series_rpcs(rpc::Service& service, const RpcDeps& deps) {
  on<v1::CreateSeriesRequest>(service, deps, [](Desk& desk, const auto& in) {
    return answer<v1::CreateSeriesResponse>(desk.authoring.create_series(new_series(in)));
  });
  on_shown<v1::GetSeriesRequest>(service, deps, [](Desk& desk, const auto& in) {
    return answer<v1::GetSeriesResponse>(desk.browsing.series(series_id(in)));
  });
  on<v1::UpdateSeriesRequest>(service, deps,
                              [](Desk& desk, const auto& in) -> Result<v1::UpdateSeriesResponse> {
                                CH_ASSIGN(const auto patch, patch_of(in));
                                return answer<v1::UpdateSeriesResponse>(
                                    desk.authoring.update_series(series_id(in), patch, in.version()));
                              });
  on_shown<v1::ListSeriesRequest>(service, deps, [](Desk& desk, const auto& in) {
    return answer<v1::ListSeriesResponse>(desk.browsing.list(in.mine(), page_of(in)));
  });
  service.on([deps](const Call& call, const v1::SearchSeriesRequest& in) { return search(deps, call, in); });
  on<v1::WithdrawSeriesRequest>(service, deps, [](Desk& desk, const auto& in) {
    return answer<v1::WithdrawSeriesResponse>(desk.publishing.withdraw(series_id(in)));
  });
}

void add_episode_rpcs(rpc::Service& service, const RpcDeps& deps) {
  on<v1::CreateEpisodeRequest>(service, deps, [](Desk& desk, const auto& in) {
    return answer<v1::CreateEpisodeResponse>(desk,
                                             desk.authoring.create_episode(series_id(in), new_episode(in)));
  });
  on_shown<v1::GetEpisodeRequest>(service, deps, [](Desk& desk, const auto& in) {
    return answer<v1::GetEpisodeResponse>(desk, desk.browsing.episode(episode_id(in)));
  });
  on<v1::UpdateEpisodeRequest>(
      service, deps, [](Desk& desk, const auto& in) -> Result<v1::UpdateEpisodeResponse> {
        CH_ASSIGN(const auto patch, patch_of(in));
        return answer<v1::UpdateEpisodeResponse>(
            desk, desk.authoring.update_episode(episode_id(in), patch, in.version()));
      });
  on<v1::DeleteEpisodeRequest>(service, deps, [](Desk& desk, const auto& in) {
    return desk.authoring.delete_episode(episode_id(in)).map([] { return v1::DeleteEpisodeResponse(); });
  });
  on_shown<v1::ListEpisodesRequest>(service, deps, [](Desk& desk, const auto& in) {
    return answer(desk, desk.browsing.episodes(series_id(in), page_of(in), in.after_number()));
  });
  on<v1::PublishEpisodeRequest>(service, deps, [](Desk& desk, const auto& in) {
    const auto watched = RevisionId::parse(in.revision_id()).value_or(RevisionId());
    return answer<v1::PublishEpisodeResponse>(desk, desk.publishing.publish(episode_id(in), watched));
  });
  on<v1::WithdrawEpisodeRequest>(service, deps, [](Desk& desk, const auto& in) {
    return answer<v1::WithdrawEpisodeResponse>(desk, desk.publishing.withdraw(episode_id(in)));
  });
}

}  // namespace

rpc::Service catalog_service(const RpcDeps& deps) {
  rpc::Service service("cliffhanger.catalog.v1.CatalogService");
  add_series_rpcs(service, deps);
  add_episode_rpcs(service, deps);
  on<v1::SetReviewPolicyRequest>(service, deps, [](Desk& desk, const auto& in) {
    return desk.publishing.require_review(in.review_required()).map([](bool required) {
      v1::SetReviewPolicyResponse out;
      out.set_review_required(required);
      return out;
    });
  });
  on_shown<v1::ResolvePlaybackRequest>(service, deps, resolve);
  on_shown<v1::BatchGetEpisodesRequest>(service, deps, batch);
  return service;
}

}  // namespace cliffhanger::catalog
