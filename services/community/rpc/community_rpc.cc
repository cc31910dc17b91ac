#include "services/community/rpc/community_rpc.h"

#include "cliffhanger/catalog/v1/catalog_service.pb.h"
#include "cliffhanger/community/v1/community_service.pb.h"
#include "libs/sql/unit_of_work.h"

namespace cliffhanger::community {
namespace {

Error not_one_of(const char* field) {
  return invalid("INVALID_REQUEST", "The request has a value that is not one of the contract's.",
                 {{field, "is not one of the values"}});
}

Result<Kind> kind_from(v1::Subject subject) {
  if (subject == v1::SUBJECT_SERIES) return Kind::kSeries;
  if (subject == v1::SUBJECT_EPISODE) return Kind::kEpisode;
  if (subject == v1::SUBJECT_CREATOR) return Kind::kCreator;
  return fail(not_one_of("subject"));
}

Result<Reaction> reaction_from(v1::Reaction reaction) {
  if (reaction == v1::REACTION_LIKE) return Reaction::kLike;
  if (reaction == v1::REACTION_FAVOURITE) return Reaction::kFavourite;
  if (reaction == v1::REACTION_FOLLOW) return Reaction::kFollow;
  return fail(not_one_of("reaction"));
}

// Of any message with `subject` and `subject_id`.
Result<Subject> subject_from(const auto& in) {
  CH_ASSIGN(const Kind kind, kind_from(in.subject()));
  CH_ASSIGN(const Uuid id, Uuid::parse(in.subject_id()));
  return Subject{kind, id};
}

void fill(auto* out, const Subject& subject) {
  out->set_subject(subject.kind == Kind::kSeries    ? v1::SUBJECT_SERIES
                   : subject.kind == Kind::kEpisode ? v1::SUBJECT_EPISODE
                                                    : v1::SUBJECT_CREATOR);
  out->set_subject_id(subject.id.text());
}

void fill_standing(v1::Standing* out, const Standing& standing) {
  fill(out, standing.subject);
  out->mutable_counts()->set_likes(standing.counts.likes);
  out->mutable_counts()->set_favourites(standing.counts.favourites);
  out->mutable_counts()->set_follows(standing.counts.follows);
  out->set_liked(standing.liked);
  out->set_favourite(standing.favourite);
  out->set_followed(standing.followed);
}

template <class Response>
Response with_standing(const Standing& standing) {
  Response out;
  fill_standing(out.mutable_standing(), standing);
  return out;
}

v1::ListMyReactionsResponse to_response(const ListedPage& page) {
  v1::ListMyReactionsResponse out;
  for (const auto& item : page.items) fill(out.add_subjects(), item.subject);
  out.set_next_page_token(page.next);
  return out;
}

}  // namespace

Result<void> CatalogClient::check_visible(const Call& call, const Subject& subject) {
  Result<void> found;
  if (subject.kind == Kind::kSeries) {
    catalog::v1::GetSeriesRequest in;
    in.set_series_id(subject.id.text());
    found = client_.call<catalog::v1::GetSeriesResponse>(call, in).map([](const auto&) {});
  } else {
    catalog::v1::GetEpisodeRequest in;
    in.set_episode_id(subject.id.text());
    found = client_.call<catalog::v1::GetEpisodeResponse>(call, in).map([](const auto&) {});
  }
  if (!found && found.error().code == Code::kNotFound)
    return fail(not_found("SUBJECT_NOT_FOUND", "There is no such thing to react to."));
  return found;
}

template <class Response, class Request, class Work>
auto CommunityRpc::within(Work work) {
  return sql::in_transaction(
      d_.pool, [this, work](sql::Tx& tx, const Call& call, const Request& in) -> Result<Response> {
        const Unit unit = d_.unit(tx, call);
        Community community({*unit.board, *unit.news, d_.clock}, call.caller);
        return work(community, in);
      });
}

rpc::Service CommunityRpc::service() {
  rpc::Service service("cliffhanger.community.v1.CommunityService");
  service
      .on([this](const Call& call, const v1::SetReactionRequest& in) -> Result<v1::SetReactionResponse> {
        CH_ASSIGN(const auto subject, subject_from(in));
        CH_ASSIGN(const auto reaction, reaction_from(in.reaction()));
        CH_TRY(check_possible(subject.kind, reaction));
        if (subject.kind != Kind::kCreator) CH_TRY(d_.catalog.check_visible(call, subject));
        return within<v1::SetReactionResponse, v1::SetReactionRequest>(
            [=](Community& community, const auto&) {
              return community.set(subject, reaction).map(with_standing<v1::SetReactionResponse>);
            })(call, in);
      })
      .on(within<v1::ClearReactionResponse, v1::ClearReactionRequest>(
          [](Community& community, const v1::ClearReactionRequest& in) -> Result<v1::ClearReactionResponse> {
            CH_ASSIGN(const auto subject, subject_from(in));
            CH_ASSIGN(const auto reaction, reaction_from(in.reaction()));
            return community.clear(subject, reaction).map(with_standing<v1::ClearReactionResponse>);
          }))
      .on(within<v1::BatchGetStandingsResponse, v1::BatchGetStandingsRequest>(
          [](Community& community,
             const v1::BatchGetStandingsRequest& in) -> Result<v1::BatchGetStandingsResponse> {
            std::vector<Subject> subjects;
            for (const auto& one : in.subjects()) {
              CH_ASSIGN(const auto subject, subject_from(one));
              subjects.push_back(subject);
            }
            CH_ASSIGN(const auto standings, community.standings(subjects));
            v1::BatchGetStandingsResponse out;
            for (const auto& standing : standings) fill_standing(out.add_standings(), standing);
            return out;
          }))
      .on(within<v1::ListMyReactionsResponse, v1::ListMyReactionsRequest>(
          [](Community& community,
             const v1::ListMyReactionsRequest& in) -> Result<v1::ListMyReactionsResponse> {
            CH_ASSIGN(const auto reaction, reaction_from(in.reaction()));
            return community.list(reaction, in.page_size(), in.page_token()).map(to_response);
          }));
  return service;
}

}  // namespace cliffhanger::community
