#pragma once
// One request, one transaction: the change, its outbox rows and its idempotency record commit together or not at all.
#include <optional>
#include <string>

#include "libs/core/call.h"
#include "libs/sql/sql.h"

namespace cliffhanger::sql {

// Inside the transaction: the answer given before to the same key and request, or none. Takes the key until the transaction ends. Fails
// with IDEMPOTENCY_KEY_REUSED (another request had the key) and IDEMPOTENCY_IN_PROGRESS (that request is still running).
Result<std::optional<std::string>> find_answer(Tx& tx, const Call& call);
Result<void> record_answer(Tx& tx, const Call& call, const std::string& response);

namespace detail {
template <class T>
struct Handler : Handler<decltype(&T::operator())> {};
template <class C, class Answer, class Request>
struct Handler<Answer (C::*)(Tx&, const Call&, const Request&) const> {
  using Response = typename Answer::value_type;
  using Req = Request;
};
}  // namespace detail

// Makes an rpc handler of `work(Tx&, const Call&, const Request&) -> Result<Response>`: runs it in a transaction of `pool`; a request with
// an Idempotency-Key is answered from the record if it was answered before. An rpc that the contract calls read_only has neither. `pool` must outlive the handler.
template <class Work>
auto in_transaction(Pool& pool, Work work) {
  using Request = typename detail::Handler<Work>::Req;
  using Response = typename detail::Handler<Work>::Response;
  return [&pool, work](const Call& call, const Request& request) -> Result<Response> {
    if (call.read_only) return pool.read([&](Tx& tx) { return work(tx, call, request); });
    return pool.transact([&](Tx& tx) -> Result<Response> {
      if (call.idempotency_key.empty()) return work(tx, call, request);
      CH_ASSIGN(const auto before, find_answer(tx, call));
      Response response;
      if (before) {
        if (response.ParseFromString(*before)) return response;
        return fail(internal("IDEMPOTENCY_RECORD_DAMAGED", "The stored answer can't be read."));
      }
      CH_ASSIGN(response, work(tx, call, request));
      CH_TRY(record_answer(tx, call, response.SerializeAsString()));
      return response;
    });
  };
}

}  // namespace cliffhanger::sql
