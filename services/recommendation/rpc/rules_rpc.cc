#include "services/recommendation/rpc/rules_rpc.h"

#include "cliffhanger/recommendation/v1/rules_service.pb.h"
#include "libs/core/page.h"
#include "libs/sql/unit_of_work.h"

namespace cliffhanger::recommendation {
namespace {

namespace v1 = cliffhanger::recommendation::v1;

v1::Rule to_message(const KeptRule& from) {
  const auto& rule = from.rule;
  v1::Rule to;
  to.set_rule_id(rule.id.text());
  to.set_kind(rule.kind == RuleKind::kPin ? v1::RULE_KIND_PIN : v1::RULE_KIND_BOOST);
  if (!rule.series.empty()) to.set_series_id(rule.series.text());
  to.set_tag(rule.tag);
  to.set_place(rule.place);
  if (rule.kind == RuleKind::kBoost) to.set_factor(rule.factor);
  to.set_region(rule.region);
  set_time(to.mutable_start_time(), rule.start);
  set_time(to.mutable_end_time(), rule.end);
  to.set_note(rule.note);
  set_time(to.mutable_create_time(), from.created);
  if (!from.created_by.empty()) to.set_created_by(from.created_by.text());
  if (from.deleted) set_time(to.mutable_delete_time(), *from.deleted);
  if (!from.deleted_by.empty()) to.set_deleted_by(from.deleted_by.text());
  return to;
}

Result<Rule> rule_of(const v1::CreateRuleRequest& in, const RulesRpcDeps& deps) {
  const Time now = deps.clock.now();
  Rule out;
  out.id = RuleId::make(now, deps.random);
  out.kind = in.kind() == v1::RULE_KIND_PIN ? RuleKind::kPin : RuleKind::kBoost;
  if (!in.series_id().empty()) {
    CH_ASSIGN(out.series, SeriesId::parse(in.series_id()));
  }
  out.tag = in.tag();
  out.place = in.place();
  out.factor = in.factor();
  out.region = in.region();
  out.start = in.has_start_time() ? time_of(in.start_time()) : now;
  out.end = time_of(in.end_time());
  out.note = in.note();
  CH_TRY(check(out));
  if (out.kind == RuleKind::kPin) out.factor = 1;
  return out;
}

Result<v1::CreateRuleResponse> create(const RulesRpcDeps& deps, sql::Tx& tx, const Call& call,
                                      const v1::CreateRuleRequest& in) {
  CH_ASSIGN(const auto rule, rule_of(in, deps));
  CH_ASSIGN(const auto kept, deps.open(tx, call)->add(rule, call.caller.user, deps.clock.now()));
  v1::CreateRuleResponse out;
  *out.mutable_rule() = to_message(kept);
  return out;
}

Result<v1::ListRulesResponse> list(const RulesRpcDeps& deps, sql::Tx& tx, const Call& call,
                                   const v1::ListRulesRequest& in) {
  const std::string query = "rules/" + call.caller.tenant.text() + (in.all() ? "/all" : "");
  CH_ASSIGN(const auto position, page_position(query, in.page_token()));
  std::optional<RuleId> before;
  if (!position.empty()) {
    CH_ASSIGN(before, RuleId::parse(position));
  }
  const int size = page_size(in.page_size(), 20, 100);
  CH_ASSIGN(const auto found, deps.open(tx, call)->list(in.all(), before, size + 1, deps.clock.now()));
  v1::ListRulesResponse out;
  for (const auto& one : found) {
    if (out.rules_size() == size) {
      out.set_next_page_token(page_token(query, out.rules(size - 1).rule_id()));
      break;
    }
    *out.add_rules() = to_message(one);
  }
  return out;
}

}  // namespace

rpc::Service rules_service(const RulesRpcDeps& deps) {
  rpc::Service service("cliffhanger.recommendation.v1.RulesService");
  service.on(
      sql::in_transaction(deps.pool, [deps](sql::Tx& tx, const Call& call, const v1::CreateRuleRequest& in) {
        return create(deps, tx, call, in);
      }));
  service.on(
      sql::in_transaction(deps.pool, [deps](sql::Tx& tx, const Call& call, const v1::ListRulesRequest& in) {
        return list(deps, tx, call, in);
      }));
  service.on(sql::in_transaction(deps.pool,
                                 [deps](sql::Tx& tx, const Call& call,
                                        const v1::DeleteRuleRequest& in) -> Result<v1::DeleteRuleResponse> {
                                   CH_ASSIGN(const auto id, RuleId::parse(in.rule_id()));
                                   CH_ASSIGN(const auto kept, deps.open(tx, call)->remove(
                                                                  id, call.caller.user, deps.clock.now()));
                                   v1::DeleteRuleResponse out;
                                   *out.mutable_rule() = to_message(kept);
                                   return out;
                                 }));
  return service;
}

}  // namespace cliffhanger::recommendation
