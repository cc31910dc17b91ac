#include "services/insight/rpc/experiments_rpc.h"

#include <boost/json.hpp>
#include <cmath>

#include "cliffhanger/insight/v1/experiments_service.pb.h"
#include "libs/core/page.h"
#include "libs/sql/unit_of_work.h"
#include "libs/stats/power.h"
#include "services/insight/domain/assignment.h"
#include "services/insight/domain/limits.h"
#include "services/insight/domain/overrides.h"
#include "services/insight/domain/targeting.h"
#include "services/insight/rpc/experiment_messages.h"
#include "services/insight/rpc/told_report.h"

namespace cliffhanger::insight {
namespace {

Uuid id_of(const std::string& text) {
  return Uuid::parse(text).value_or(Uuid());
}

bool sees_all(const Caller& caller) {
  return caller.role == Role::kOperator || (caller.role == Role::kService && caller.user.empty());
}

// One request's view: its transaction's stores and its caller.
class Desk {
 public:
  Desk(const ExperimentsDeps& deps, sql::Tx& tx, const Call& call)
      : deps_(deps), tx_(tx), call_(call), experiments_(deps.experiments(tx, call.caller.tenant)) {}

  Result<Experiment> create(const Definition& definition) {
    Experiment out;
    CH_TRY(check_owner(definition));
    out.definition = definition;
    out.id = Uuid::v7(deps_.clock.now(), deps_.random);
    out.owner = call_.caller.user;
    out.created = deps_.clock.now();
    CH_TRY(experiments_->create(out));
    return out;
  }

  Result<Experiment> update(const std::string& id, const Definition& definition) {
    CH_ASSIGN(Experiment out, mine(id, true));
    if (out.state != ExperimentState::kDraft)
      return fail(precondition("EXPERIMENT_NOT_DRAFT",
                               "Only a draft can be changed: who is in it would no longer be comparable."));
    if (definition.key != out.definition.key)
      return fail(invalid("INVALID_EXPERIMENT", "The key stays.", {{"definition.key", "can't be changed"}}));
    CH_TRY(check_owner(definition));
    out.definition = definition;
    CH_TRY(experiments_->save(out));
    return out;
  }

  Result<Experiment> start(const std::string& id) {
    CH_ASSIGN(Experiment out, mine(id, true));
    CH_ASSIGN(const bool changed, insight::start(out, deps_.clock.now()));
    if (!changed) return out;
    CH_ASSIGN(const bool taken, experiments_->layer_taken(out));
    if (taken)
      return fail(
          precondition("LAYER_TAKEN", "Another experiment that runs has a part of this slice of the layer."));
    CH_ASSIGN(const bool contested, subject_taken(out));
    if (contested)
      return fail(precondition("SUBJECT_TAKEN",
                               "Another experiment that runs changes the same thing for the same people, or "
                               "is yours and compares others."));
    CH_TRY(experiments_->save(out));
    return out;
  }

  Result<Experiment> stop(const v1::StopExperimentRequest& in) {
    CH_ASSIGN(Experiment out, mine(in.experiment_id(), true));
    CH_ASSIGN(const bool changed,
              insight::stop(out, deps_.clock.now(), "STOPPED_BY_HAND", in.reason(), in.winner_key()));
    if (changed) CH_TRY(experiments_->save(out));
    return out;
  }

  // The caller's own, or for operators anybody's.
  Result<Experiment> mine(const std::string& id, bool to_change) {
    CH_ASSIGN(auto found, experiments_->find(id_of(id), to_change));
    if (!found || !(sees_all(call_.caller) || found->owner == call_.caller.user))
      return fail(not_found("EXPERIMENT_NOT_FOUND", "There is no such experiment."));
    return std::move(*found);
  }

  Result<v1::GetExperimentReportResponse> report(const std::string& id) {
    const bool all = sees_all(call_.caller);
    CH_ASSIGN(const Experiment experiment, mine(id, !all));
    if (experiment.state == ExperimentState::kDraft)
      return fail(precondition("EXPERIMENT_NOT_STARTED", "The experiment was never started."));
    const Time now = deps_.clock.now();
    CH_ASSIGN(const Report report, report_of(*experiments_, experiment, now));
    v1::GetExperimentReportResponse out;
    put(experiment, report, now, out.mutable_report());
    if (all) return out;
    CH_ASSIGN(*out.mutable_report(), told_report(*experiments_, experiment.id, out.report()));
    return out;
  }

  Result<v1::ListExperimentsResponse> list(const v1::ListExperimentsRequest& in) {
    const std::string query = "experiments/" + call_.caller.tenant.text() + "/" + call_.caller.user.text();
    CH_ASSIGN(const std::string position, page_position(query, in.page_token()));
    const int size = page_size(in.page_size(), 20, 100);
    const UserId owner = sees_all(call_.caller) ? UserId() : call_.caller.user;
    CH_ASSIGN(const auto found, experiments_->list(owner, id_of(position), size + 1));
    v1::ListExperimentsResponse out;
    for (const Experiment& one : found) {
      if (out.experiments_size() == size) {
        out.set_next_page_token(page_token(query, out.experiments(size - 1).id()));
        break;
      }
      put(one, out.add_experiments());
    }
    return out;
  }

  Result<v1::GetMyExperimentsResponse> assign(const v1::GetMyExperimentsRequest& in);

 private:
  // Without their consent nothing is counted of who asks; they are given variations all the same.
  Result<bool> may_count() {
    return deps_.consents ? deps_.consents(tx_, call_)->may_analyse(call_.caller.user) : Result<bool>(true);
  }
  // Of two that start at once the later waits for the earlier.
  Result<bool> subject_taken(const Experiment& e) {
    if (!sees_all(call_.caller)) {
      CH_TRY(experiments_->hold_owner(e));
      CH_ASSIGN(const bool compares, any_beside(e, &Experiments::running_of_owner, compares_parts));
      if (compares) return true;
    }
    if (!house_applies(e.definition)) return false;
    CH_TRY(experiments_->hold_subject(e));
    return any_beside(e, &Experiments::running_on_subject, contend);
  }
  // Whether of those that run beside it any clashes with it.
  template <class Clashes>
  Result<bool> any_beside(const Experiment& e,
                          Result<std::vector<Experiment>> (Experiments::*read)(const Experiment&, const Uuid&,
                                                                               int),
                          Clashes clashes) {
    for (Uuid after;;) {
      CH_ASSIGN(const auto beside, (experiments_.get()->*read)(e, after, kBesideAtOnce));
      for (const Experiment& one : beside)
        if (clashes(one.definition, e.definition)) return true;
      if (beside.size() < static_cast<std::size_t>(kBesideAtOnce)) return false;
      after = beside.back().id;
    }
  }
  Result<void> check_owner(const Definition& d) {
    if (sees_all(call_.caller)) return {};
    if (d.kind == SubjectKind::kFeature || d.kind == SubjectKind::kRanking)
      return fail(denied("ROLE_TOO_LOW",
                         "Creators experiment on their episodes; features and rankings are for operators."));
    if (names_people(d))
      return fail(denied("ROLE_TOO_LOW", "Experiments for named people or devices are for operators."));
    if (d.episode.empty()) return {};  // a series, which catalog was asked about
    CH_ASSIGN(const auto episode, deps_.viewings(tx_, call_)->episode(d.episode));
    if (!episode || episode->owner != call_.caller.user)
      return fail(not_found("EPISODE_NOT_FOUND", "There is no such episode."));
    return {};
  }

  const ExperimentsDeps& deps_;
  sql::Tx& tx_;
  const Call& call_;
  std::unique_ptr<Experiments> experiments_;
};

// What the app says in the request counts, but for the country where the edge knows it.
experiment::Object attributes_of(const Call& call, const v1::GetMyExperimentsRequest& in) {
  experiment::Object out = insight::attributes_of(call, in.viewer_region());
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  put("deviceId", in.device_id());
  if (in.viewer_region().empty()) put("country", in.country());
  const auto said = ClientFacts::checked({in.language(), in.platform(), in.app_version()});
  put("language", said.language);
  put("platform", said.platform);
  put("appVersion", said.app_version);
  return out;
}

Result<v1::GetMyExperimentsResponse> Desk::assign(const v1::GetMyExperimentsRequest& in) {
  const Caller& caller = call_.caller;
  if (caller.user.empty())
    return fail(invalid("NO_PERSON", "Experiments are given to people; the call is in nobody's name."));
  const auto attributes = attributes_of(call_, in);
  const Time now = deps_.clock.now();
  CH_ASSIGN(auto live, experiments_->live({in.keys().begin(), in.keys().end()}, now));
  CH_ASSIGN(const bool counted, may_count());
  CH_ASSIGN(const auto given, insight::assign(*experiments_, live, attributes, caller.user, counted));
  v1::GetMyExperimentsResponse out;
  for (const Given& one : given) {
    // What the house applies is not shown because somebody asks for everything that there is.
    const bool shown = !in.keys().empty() || !house_applies(one.experiment->definition);
    if (one.in_experiment && counted && shown)
      CH_TRY(experiments_->expose(*one.experiment, caller.user, one.variation, now));
    put(one, out.add_assignments());
  }
  return out;
}

v1::PlanExperimentResponse plan(const v1::PlanExperimentRequest& in) {
  stats::PlanInput input;
  input.mean = in.mean();
  const double deviation = in.standard_deviation();
  input.variance = deviation > 0 ? deviation * deviation : in.mean() * (1 - in.mean());
  input.effect = in.effect();
  if (in.power() > 0) input.power = in.power();
  input.variance_taken = in.variance_cut();
  const stats::Plan needed = stats::people_needed(input);
  constexpr double kMost = 1e15;
  const auto whole = [](double people) { return people < kMost ? static_cast<std::int64_t>(people) : 0; };
  v1::PlanExperimentResponse out;
  out.set_people(whole(needed.people));
  out.set_people_peeking(whole(needed.peeking));
  return out;
}

// What somebody defines, with nothing in it that can't be: no transaction is open while others are asked.
Result<Definition> defined(const ExperimentsDeps& d, const Call& call, const v1::ExperimentDefinition& in) {
  CH_ASSIGN(Definition unchecked, definition_of(in));
  CH_ASSIGN(Definition out, checked(std::move(unchecked)));
  return d.check ? d.check(call, std::move(out)) : out;
}

// Counts what is not counted yet, if that doesn't take long: a report is as new as it can be.
Result<void> settle(const ExperimentsDeps& d, const Call& call) {
  const auto until = std::chrono::steady_clock::now() + kSettling;
  for (bool more = true; more && std::chrono::steady_clock::now() < until;) {
    CH_ASSIGN(more,
              d.pool.transact([&](sql::Tx& tx) { return d.experiments(tx, call.caller.tenant)->settle(); }));
  }
  return {};
}

template <class Response>
Result<Response> answer(const Result<Experiment>& experiment) {
  if (!experiment) return fail(experiment.error());
  Response out;
  put(*experiment, out.mutable_experiment());
  return out;
}

}  // namespace

rpc::Service experiments_service(ExperimentsDeps deps) {
  const auto d = std::make_shared<const ExperimentsDeps>(std::move(deps));
  rpc::Service service("cliffhanger.insight.v1.ExperimentsService");
  const auto on = [&](auto work) { service.on(sql::in_transaction(d->pool, std::move(work))); };
  service.on([d](const Call& call,
                 const v1::CreateExperimentRequest& in) -> Result<v1::CreateExperimentResponse> {
    CH_ASSIGN(const Definition definition, defined(*d, call, in.definition()));
    return sql::in_transaction(d->pool, [&](sql::Tx& tx, const Call& of, const v1::CreateExperimentRequest&) {
      return answer<v1::CreateExperimentResponse>(Desk(*d, tx, of).create(definition));
    })(call, in);
  });
  service.on([d](const Call& call,
                 const v1::UpdateExperimentRequest& in) -> Result<v1::UpdateExperimentResponse> {
    CH_ASSIGN(const Definition definition, defined(*d, call, in.definition()));
    return sql::in_transaction(d->pool, [&](sql::Tx& tx, const Call& of, const v1::UpdateExperimentRequest&) {
      return answer<v1::UpdateExperimentResponse>(Desk(*d, tx, of).update(in.experiment_id(), definition));
    })(call, in);
  });
  on([d](sql::Tx& tx, const Call& call, const v1::StartExperimentRequest& in) {
    return answer<v1::StartExperimentResponse>(Desk(*d, tx, call).start(in.experiment_id()));
  });
  on([d](sql::Tx& tx, const Call& call, const v1::StopExperimentRequest& in) {
    return answer<v1::StopExperimentResponse>(Desk(*d, tx, call).stop(in));
  });
  on([d](sql::Tx& tx, const Call& call, const v1::GetExperimentRequest& in) {
    return answer<v1::GetExperimentResponse>(Desk(*d, tx, call).mine(in.experiment_id(), false));
  });
  on([d](sql::Tx& tx, const Call& call, const v1::ListExperimentsRequest& in) {
    return Desk(*d, tx, call).list(in);
  });
  service.on([d](const Call& call,
                 const v1::GetExperimentReportRequest& in) -> Result<v1::GetExperimentReportResponse> {
    CH_TRY(settle(*d, call));
    const auto report = [&](sql::Tx& tx) { return Desk(*d, tx, call).report(in.experiment_id()); };
    // What creators are told is remembered.
    return sees_all(call.caller) ? d->pool.read(report) : d->pool.transact(report);
  });
  on([d](sql::Tx& tx, const Call& call, const v1::GetMyExperimentsRequest& in) {
    return Desk(*d, tx, call).assign(in);
  });
  service.on([](const Call&, const v1::PlanExperimentRequest& in) -> Result<v1::PlanExperimentResponse> {
    return plan(in);
  });
  return service;
}

}  // namespace cliffhanger::insight
