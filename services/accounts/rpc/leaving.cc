#include "services/accounts/rpc/leaving.h"

#include <algorithm>

#include "libs/core/page.h"
#include "services/accounts/domain/limits.h"

namespace cliffhanger::accounts {
namespace {

constexpr int kErasuresPerPage = 20, kMostErasures = 100;
constexpr int kRowsPerPage = 200;

Error no_account() {
  return not_found("ACCOUNT_NOT_FOUND", "There is no such account.");
}

std::string place_of(const Erasure& last) {
  return std::string(last.done ? "1" : "0") + '|' + std::to_string(to_micros(last.asked)) + '|' +
         last.id.text();
}

Result<std::optional<ErasurePlace>> place_in(const std::string& position) {
  if (position.empty()) return std::nullopt;
  const auto bar = position.find('|', 2);
  if (bar == std::string::npos) return fail(invalid("BAD_PAGE_TOKEN", "The page token is damaged."));
  ErasurePlace out;
  out.done = position[0] == '1';
  out.asked = from_micros(std::strtoll(position.c_str() + 2, nullptr, 10));
  CH_ASSIGN(out.id, ErasureId::parse(position.substr(bar + 1)));
  return out;
}

}  // namespace

void Leaving::fill(v1::Erasure* out, const Erasure& erasure) const {
  out->set_erasure_id(erasure.id.text());
  out->set_state(erasure.done ? v1::ERASURE_STATE_ERASED : v1::ERASURE_STATE_ERASING);
  set_time(out->mutable_request_time(), erasure.asked);
  if (erasure.done) set_time(out->mutable_done_time(), *erasure.done);
  for (const auto& service : waiting_for(erasure)) out->add_waiting_for(service);
  out->set_overdue(overdue(erasure, a_.clock.now()));
}

Result<Leaving::Asked> Leaving::asked(const Call& call) const {
  return a_.pool.read([&](sql::Tx& tx) -> Result<Asked> {
    CH_ASSIGN(auto account, a_.unit(tx, call).people->find(call.caller.user));
    if (account && !account->merged_into.empty()) return fail(no_account());
    if (account) return Asked{std::move(account), std::nullopt};
    CH_ASSIGN(auto begun, d_.erasures(tx, call)->of(call.caller.user));
    if (!begun) return fail(no_account());
    return Asked{std::nullopt, std::move(begun)};
  });
}

// A lost answer is asked for again with the old token: the same erasure.
Result<v1::EraseMeResponse> Leaving::erase(const Call& call, const v1::EraseMeRequest& in) const {
  CH_ASSIGN(auto asked, this->asked(call));
  if (asked.account && !asked.account->guest) {
    CH_ASSIGN(const bool right, a_.passwords.verify(call, asked.account->password_hash, in.password()));
    if (!right) return fail(unauthenticated("WRONG_CREDENTIALS", "The password is wrong."));
    CH_ASSIGN(const bool published, d_.has_published(call));
    if (published)
      return fail(
          precondition("SERIES_PUBLISHED", "Viewers see series of this account; withdraw them first."));
  }
  if (asked.account) {
    CH_ASSIGN(asked.begun, begin(call));
  }
  v1::EraseMeResponse out;
  fill(out.mutable_erasure(), *asked.begun);
  return out;
}

Result<Erasure> Leaving::begin(const Call& call) const {
  return a_.pool.transact([&](sql::Tx& tx) -> Result<Erasure> {
    const Unit unit = a_.unit(tx, call);
    const auto erasures = d_.erasures(tx, call);
    CH_ASSIGN(const auto account, unit.people->lock(call.caller.user));
    if (!account) {  // twice at once: the other one was first
      CH_ASSIGN(const auto begun, erasures->of(call.caller.user));
      return begun ? Result<Erasure>(*begun) : fail(no_account());
    }
    if (!account->merged_into.empty()) return fail(no_account());
    Erasure erasure;
    erasure.asked = erasure.told = a_.clock.now();
    erasure.id = ErasureId::make(erasure.asked, a_.random);
    erasure.tenant = call.caller.tenant;
    CH_ASSIGN(erasure.people, erasures->guests_of(account->id));
    erasure.people.insert(erasure.people.begin(), account->id);
    CH_TRY(unit.news->signed_out(*account, erasure.asked));
    CH_TRY(erasures->begin(erasure, account->id));
    return erasure;
  });
}

Result<v1::GetErasureResponse> Leaving::find(const Call& call, const v1::GetErasureRequest& in) const {
  CH_ASSIGN(const auto id, ErasureId::parse(in.erasure_id()));
  CH_ASSIGN(const auto found, a_.pool.read([&](sql::Tx& tx) { return d_.erasures(tx, call)->find(id); }));
  if (!found) return fail(not_found("ERASURE_NOT_FOUND", "There is no such erasure."));
  v1::GetErasureResponse out;
  fill(out.mutable_erasure(), *found);
  return out;
}

Result<v1::ListErasuresResponse> Leaving::list(const Call& call, const v1::ListErasuresRequest& in) const {
  const std::string query =
      std::string("erasures/") + call.caller.tenant.text() + (in.overdue() ? "/overdue" : "");
  const auto size = static_cast<std::size_t>(page_size(in.page_size(), kErasuresPerPage, kMostErasures));
  CH_ASSIGN(const auto position, page_position(query, in.page_token()));
  CH_ASSIGN(const auto after, place_in(position));
  std::optional<Time> before;
  if (in.overdue()) before = a_.clock.now() - kErasureOverdue;
  CH_ASSIGN(auto found, a_.pool.read([&](sql::Tx& tx) {
    return d_.erasures(tx, call)->list(before, after, static_cast<int>(size) + 1);
  }));
  v1::ListErasuresResponse out;
  if (found.size() > size) {
    found.resize(size);
    out.set_next_page_token(page_token(query, place_of(found.back())));
  }
  for (const auto& one : found) fill(out.add_erasures(), one);
  return out;
}

Result<v1::ConfirmErasureResponse> Leaving::confirm(const Call& call,
                                                    const v1::ConfirmErasureRequest& in) const {
  CH_ASSIGN(const auto id, ErasureId::parse(in.erasure_id()));
  CH_TRY(a_.pool.transact(
      [&](sql::Tx& tx) { return d_.erasures(tx, call)->confirm(id, in.round(), in.service()); }));
  return v1::ConfirmErasureResponse();
}

// One page of one service at a time: the position is the service's place among the keepers, and its own
// token.
Result<v1::ExportMeResponse> Leaving::export_me(const Call& call, const v1::ExportMeRequest& in) const {
  const std::string query = "export/" + call.caller.tenant.text() + '/' + call.caller.user.text();
  CH_ASSIGN(const auto position, page_position(query, in.page_token()));
  CH_ASSIGN(const auto guests,
            a_.pool.read([&](sql::Tx& tx) { return d_.erasures(tx, call)->guests_of(call.caller.user); }));
  common::v1::ExportPeopleRequest ask;
  ask.add_person_ids(call.caller.user.text());
  for (const auto& guest : guests) ask.add_person_ids(guest.text());
  ask.set_page_size(kRowsPerPage);
  const auto bar = position.find('|');
  std::size_t keeper = static_cast<std::size_t>(std::strtoul(position.c_str(), nullptr, 10));
  if (bar != std::string::npos) ask.set_page_token(position.substr(bar + 1));
  v1::ExportMeResponse out;
  while (out.records().empty() && keeper < kKeepers.size()) {
    CH_ASSIGN(const auto page, d_.ask(call, kKeepers[keeper], ask));
    for (const auto& row : page.rows()) {
      auto* record = out.add_records();
      record->set_service(kKeepers[keeper]);
      record->set_table(row.table());
      record->set_row(row.row());
    }
    if (page.next_page_token().empty()) ++keeper;
    ask.set_page_token(page.next_page_token());
  }
  if (keeper < kKeepers.size())
    out.set_next_page_token(page_token(query, std::to_string(keeper) + '|' + ask.page_token()));
  return out;
}

}  // namespace cliffhanger::accounts
