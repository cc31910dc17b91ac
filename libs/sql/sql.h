#pragma once
// PostgreSQL for services: a bounded pool of connections to one schema, named statements, transactions as values.
// libpqxx stays behind this header; what it throws becomes Error here and nowhere else.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/clock.h"
#include "libs/core/result.h"

namespace cliffhanger::obs {
class Metrics;
}

namespace cliffhanger::sql {

// A statement that is prepared once per connection, under its name. They stand in each service's store/queries.h.
struct Query {
  const char* name;
  const char* text;
};

// A parameter; NULL for std::nullopt and empty optionals.
class Param {
 public:
  Param(std::nullopt_t) {}
  Param(std::string_view text) : text_(std::string(text)) {}
  Param(const std::string& text) : text_(text) {}
  Param(const char* text) : text_(text) {}
  Param(bool value) : text_(value ? "t" : "f") {}
  template <std::integral N>
    requires(!std::same_as<N, bool>)
  Param(N value) : text_(std::to_string(value)) {}
  Param(double value);
  Param(Time time) : text_(to_rfc3339(time)) {}
  Param(const Uuid& id) : text_(id.text()) {}
  template <class Tag>
  Param(Id<Tag> id) : text_(id.text()) {}
  Param(const Tenant& tenant) : text_(tenant.text()) {}
  Param(const std::vector<std::string>& items);  // text[]
  template <class T>
  Param(const std::optional<T>& value) {
    if (value) text_ = Param(*value).text_;
  }
  static Param bytes(std::string_view raw);  // bytea
  const std::optional<std::string>& text() const { return text_; }

 private:
  std::optional<std::string> text_;
};

// The rows of an answer; columns by position, as the query lists them. Asking for a column that is NULL gives the type's empty
// value; is_null tells.
class Rows {
 public:
  explicit Rows(std::shared_ptr<void> result);
  std::size_t size() const;
  bool empty() const { return size() == 0; }
  std::size_t affected() const;  // rows that an INSERT, UPDATE or DELETE touched

  class Row {
   public:
    bool is_null(int column) const;
    std::string text(int column) const;
    std::int64_t number(int column) const;
    double real(int column) const;
    bool flag(int column) const;
    Time time(int column) const;
    std::string bytes(int column) const;              // bytea
    std::vector<std::string> texts(int column) const;  // text[]
    Uuid uuid(int column) const;
    template <class SomeId>
    SomeId id(int column) const { return SomeId(uuid(column)); }

   private:
    friend class Rows;
    Row(const Rows& rows, std::size_t row) : rows_(&rows), row_(row) {}
    std::string_view raw(int column) const;
    const Rows* rows_;
    std::size_t row_;
  };
  Row operator[](std::size_t row) const { return Row(*this, row); }

 private:
  std::shared_ptr<void> result_;
};

// A transaction under way, or reading without one; lives only inside Pool::transact and Pool::read. A statement that fails makes the whole transaction fail.
class Tx {
 public:
  template <class... Params>
  Result<Rows> run(const Query& query, Params&&... params) {
    return run_with(query, {Param(std::forward<Params>(params))...});
  }
  // Text that is not prepared: for migrations and tests.
  Result<Rows> run_text(const std::string& text);
  // Runs once the transaction has committed, or the reading is done, on the same thread; never if it does not commit.
  void after_commit(std::function<void()> action);

 private:
  friend class Pool;
  struct Inside;
  explicit Tx(Inside& inside) : inside_(inside) {}
  Result<Rows> run_with(const Query& query, const std::vector<Param>& params);
  Inside& inside_;
};

struct PoolConfig {
  std::string url;     // a libpq connection string or postgresql:// URL
  std::string schema;  // first on the search path; one per service
  int connections = 8;
  std::chrono::milliseconds statement_timeout{5000};
  std::chrono::milliseconds acquire_timeout{3000};
};

// Connections to one schema, opened when first needed, replaced when they break. Safe from many threads; calls block, so they belong on
// worker threads.
class Pool {
 public:
  Pool(PoolConfig config, obs::Metrics& metrics);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs `work` in a transaction (READ COMMITTED) and commits if it gives a value. Lost races (serialisation failures, deadlocks) are
  // tried again up to three times, so `work` must have no effect outside the transaction. Fails with what `work` fails with,
  // DATABASE_UNAVAILABLE, DATABASE_BUSY (no connection free in time), DATABASE_CONFLICT, DATABASE_ERROR.
  template <class Work>
  auto transact(Work work) -> decltype(work(std::declval<Tx&>())) {
    return run(false, std::move(work));
  }

  // The same for what only reads, without a transaction: one round trip a statement, none to begin and none to commit. Each statement has a
  // snapshot of its own, which READ COMMITTED gives no less. Also fails with DATABASE_READ_ONLY if a statement would change or lock anything.
  template <class Work>
  auto read(Work work) -> decltype(work(std::declval<Tx&>())) {
    return run(true, std::move(work));
  }

  // One round trip, for readiness.
  Result<void> ping();
  const PoolConfig& config() const;

 private:
  template <class Work>
  auto run(bool reading, Work work) -> decltype(work(std::declval<Tx&>())) {
    using Answer = decltype(work(std::declval<Tx&>()));
    std::optional<Answer> answer;
    const Result<void> ended = transact_erased(reading, [&](Tx& tx) -> Result<void> {
      answer.emplace(work(tx));
      if (!*answer) return fail(answer->error());
      return {};
    });
    if (!ended) return fail(ended.error());
    return std::move(*answer);
  }
  Result<void> transact_erased(bool reading, const std::function<Result<void>(Tx&)>& work);
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace cliffhanger::sql
