#include "libs/sql/sql.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <optional>
#include <pqxx/pqxx>
#include <set>
#include <thread>

#include "libs/core/encoding.h"
#include "libs/obs/metrics.h"
#include "libs/obs/names.h"
#include "libs/sql/patience.h"
#include "libs/sql/watchdog.h"

namespace cliffhanger::sql {
namespace {

constexpr int kMostTries = 3;
constexpr auto kSetupPatience = std::chrono::seconds(3);  // for what a new connection is told

struct Connection {
  pqxx::connection link;
  std::set<std::string, std::less<>> prepared;
  explicit Connection(const std::string& options) : link(options) {}
};

// A server that stops answering must not hold a thread for the minutes that TCP takes to give up. What the URL says itself counts more.
std::string with_timeouts(const std::string& url) {
  if (url.find("connect_timeout") != std::string::npos) return url;
  const bool uri = url.starts_with("postgres://") || url.starts_with("postgresql://");
  const std::string separator = uri ? "&" : " ";
  std::string options;
  for (const char* option : {"connect_timeout=3", "tcp_user_timeout=8000", "keepalives_idle=5",
                             "keepalives_interval=2", "keepalives_count=3"}) {
    options += (options.empty() ? "" : separator) + option;
  }
  if (!uri) return options + " " + url;
  return url + (url.find('?') == std::string::npos ? "?" : "&") + options;
}

Error unavailable_error(const std::exception& why) {
  return unavailable("DATABASE_UNAVAILABLE", "The database can't be reached.").at(why.what());
}

// What the database said, as an Error. Constraint violations that a rule expects are checked by the store through `sqlstate` and
// `constraint` in the metadata.
Error sql_error(const pqxx::sql_error& why, const char* query) {
  const std::string state = why.sqlstate();
  Error error;
  if (state.starts_with("08") || state.starts_with("57P")) {
    error = unavailable("DATABASE_UNAVAILABLE", "The database can't be reached.");
  } else if (state == "40001" || state == "40P01") {
    error = aborted("DATABASE_CONFLICT", "The change lost a race; try again.");
  } else if (state == "23505" || state == "23P01") {
    error = conflict("DATABASE_DUPLICATE", "It exists already.");
  } else if (state == "57014") {
    error = Error{Code::kDeadlineExceeded, "DATABASE_TIMEOUT", "The database took too long.", {}, {}, {}};
  } else if (state == "53300") {
    error = unavailable("DATABASE_BUSY", "The database has no connection free.");
  } else {
    error = internal("DATABASE_ERROR", "The database refused a statement.");
  }
  return std::move(error).with("sqlstate", state).at(std::string(query) + ": " + why.what());
}

}  // namespace

Param::Param(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  text_ = text;
}

Param::Param(const std::vector<std::string>& items) {
  std::string out = "{";
  for (const auto& item : items) {
    out += out.size() > 1 ? ",\"" : "\"";
    for (const char c : item) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  text_ = out + "}";
}

Param Param::bytes(std::string_view raw) { return Param("\\x" + hex_encode(raw)); }

Rows::Rows(std::shared_ptr<void> result) : result_(std::move(result)) {}
std::size_t Rows::size() const { return static_cast<pqxx::result*>(result_.get())->size(); }
std::size_t Rows::affected() const { return static_cast<pqxx::result*>(result_.get())->affected_rows(); }

std::string_view Rows::Row::raw(int column) const {
  const auto field = (*static_cast<pqxx::result*>(rows_->result_.get()))[static_cast<int>(row_)][column];
  return field.is_null() ? std::string_view() : std::string_view(field.c_str(), field.size());
}
bool Rows::Row::is_null(int column) const {
  return (*static_cast<pqxx::result*>(rows_->result_.get()))[static_cast<int>(row_)][column].is_null();
}
std::string Rows::Row::text(int column) const { return std::string(raw(column)); }
std::int64_t Rows::Row::number(int column) const { return std::atoll(std::string(raw(column)).c_str()); }
double Rows::Row::real(int column) const { return std::atof(std::string(raw(column)).c_str()); }
bool Rows::Row::flag(int column) const { return raw(column) == "t"; }

// "2026-11-22 09:30:00.123456+00": connections run with TimeZone UTC.
Time Rows::Row::time(int column) const {
  const std::string value(raw(column));
  std::tm utc{};
  int used = 0;
  if (std::sscanf(value.c_str(), "%d-%d-%d %d:%d:%d%n", &utc.tm_year, &utc.tm_mon, &utc.tm_mday, &utc.tm_hour,
                  &utc.tm_min, &utc.tm_sec, &used) != 6) {
    return Time{};
  }
  utc.tm_year -= 1900;
  utc.tm_mon -= 1;
  std::int64_t micros = 0;
  std::string_view rest = std::string_view(value).substr(static_cast<std::size_t>(used));
  if (rest.starts_with('.')) {
    std::int64_t unit = 100'000;
    for (rest.remove_prefix(1); !rest.empty() && rest[0] >= '0' && rest[0] <= '9'; rest.remove_prefix(1)) {
      micros += (rest[0] - '0') * unit;
      unit /= 10;
    }
  }
  return from_micros(static_cast<std::int64_t>(timegm(&utc)) * 1'000'000 + micros);
}

std::string Rows::Row::bytes(int column) const {
  const auto value = raw(column);
  return value.starts_with("\\x") ? hex_decode(value.substr(2)).value_or("") : std::string();
}

std::vector<std::string> Rows::Row::texts(int column) const {
  const std::string value(raw(column));
  std::vector<std::string> out;
  if (value.empty()) return out;
  pqxx::array_parser parser(value.c_str());
  for (auto [what, item] = parser.get_next(); what != pqxx::array_parser::done;
       std::tie(what, item) = parser.get_next()) {
    if (what == pqxx::array_parser::string_value) out.push_back(item);
  }
  return out;
}

Uuid Rows::Row::uuid(int column) const { return Uuid::parse(raw(column)).value_or(Uuid()); }

// Whether a statement of ours only reads: it may have no effect and take no lock that must last. No parser, and no guard against
// functions of our own that write.
bool only_reads(std::string_view text) {
  const bool selects = text.starts_with("SELECT") || text.starts_with("WITH");
  constexpr std::array kOthers{"FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE", "FOR KEY SHARE", "INSERT INTO", "UPDATE ", "DELETE FROM", "pg_advisory_", "pg_try_advisory_", "nextval(", "set_config(", "pg_notify("};
  return selects && std::ranges::none_of(kOthers, [&](const char* word) { return text.find(word) != text.npos; });
}

struct Tx::Inside {
  Connection& connection;
  pqxx::transaction_base& work;
  bool reading;  // each statement by itself
  std::vector<std::function<void()>> after_commit;
};

void Tx::after_commit(std::function<void()> action) { inside_.after_commit.push_back(std::move(action)); }

Result<Rows> Tx::run_with(const Query& query, const std::vector<Param>& params) {
  try {
    auto& connection = inside_.connection;
    if (inside_.reading && !only_reads(query.text))
      return fail(internal("DATABASE_READ_ONLY", "What only reads can't change anything.").at(query.name));
    if (!connection.prepared.contains(query.name)) {
      connection.link.prepare(query.name, query.text);
      connection.prepared.emplace(query.name);
    }
    std::vector<const char*> values;
    values.reserve(params.size());
    for (const auto& param : params) values.push_back(param.text() ? param.text()->c_str() : nullptr);
    return Rows(std::make_shared<pqxx::result>(
        inside_.work.exec_prepared(query.name, pqxx::prepare::make_dynamic_params(values))));
  } catch (const pqxx::sql_error& why) {
    return fail(sql_error(why, query.name));
  } catch (const pqxx::broken_connection& why) {
    return fail(unavailable_error(why));
  } catch (const pqxx::failure& why) {
    return fail(internal("DATABASE_ERROR", "The database failed.").at(why.what()));
  }
}

Result<Rows> Tx::run_text(const std::string& text) {
  try {
    if (inside_.reading && !only_reads(text))
      return fail(internal("DATABASE_READ_ONLY", "What only reads can't change anything.").at(text));
    return Rows(std::make_shared<pqxx::result>(inside_.work.exec(text)));
  } catch (const pqxx::sql_error& why) {
    return fail(sql_error(why, "text"));
  } catch (const pqxx::broken_connection& why) {
    return fail(unavailable_error(why));
  } catch (const pqxx::failure& why) {
    return fail(internal("DATABASE_ERROR", "The database failed.").at(why.what()));
  }
}

// A connection that a thread of its own opens, for one who doesn't wait for long.
struct Opening {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false, given_up = false;
  std::unique_ptr<Connection> made;
  std::exception_ptr why;
};

struct Pool::Inside {
  PoolConfig config;
  obs::Gauge open;
  obs::Counter committed, rolled_back, retries;
  std::mutex mutex;
  std::condition_variable freed;
  std::deque<std::unique_ptr<Connection>> idle;
  int in_use = 0, opening = 0;  // opening: threads that open a connection
  Watchdog watchdog;

  // A connection to use, possibly new; null if there was none in time.
  std::unique_ptr<Connection> acquire(const Patience::Deadline& deadline) {
    std::unique_lock lock(mutex);
    const auto until = std::chrono::steady_clock::now() + config.acquire_timeout;
    const auto has_room = [&] { return in_use < config.connections; };
    if (!freed.wait_until(lock, deadline ? std::min(*deadline, until) : until, has_room)) return nullptr;
    ++in_use;
    if (idle.empty()) {
      if (deadline) ++opening;
      lock.unlock();
      if (deadline) return open_by(*deadline);
      try {
        return open_one();
      } catch (...) {
        release(nullptr);
        throw;
      }
    }
    auto connection = std::move(idle.back());
    idle.pop_back();
    return connection;
  }

  void release(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex);
    --in_use;
    if (connection) idle.push_back(std::move(connection));
    open.set(in_use + static_cast<int>(idle.size()));
    freed.notify_one();
  }

  // Others break together with one that broke: a restarted server has forgotten them all.
  void drop_idle() {
    const std::lock_guard lock(mutex);
    idle.clear();
  }

  // One that comes too late goes to the idle ones.
  std::unique_ptr<Connection> open_by(std::chrono::steady_clock::time_point deadline) {
    const auto shared = std::make_shared<Opening>();
    try {
      std::thread([this, shared] { open_for(*shared); }).detach();
    } catch (...) {
      release(nullptr);
      const std::lock_guard lock(mutex);
      --opening;
      throw;
    }
    std::unique_lock lock(shared->mutex);
    if (!shared->changed.wait_until(lock, deadline, [&] { return shared->done; })) {
      shared->given_up = true;
      return nullptr;
    }
    if (!shared->why) return std::move(shared->made);
    lock.unlock();
    release(nullptr);
    std::rethrow_exception(shared->why);
  }

  void open_for(Opening& to) {
    try {
      to.made = open_one();
    } catch (...) {
      to.why = std::current_exception();
    }
    {
      const std::lock_guard lock(to.mutex);
      to.done = true;
      to.changed.notify_one();
    }
    if (to.given_up) release(std::move(to.made));
    const std::lock_guard lock(mutex);
    --opening;
    freed.notify_all();
  }

  // Whoever opens one has this object's connections.
  ~Inside() {
    std::unique_lock lock(mutex);
    freed.wait(lock, [&] { return opening == 0; });
  }

  std::unique_ptr<Connection> open_one() {
    auto connection = std::make_unique<Connection>(with_timeouts(config.url));
    const Watchdog::Watch watch(watchdog, connection->link.sock(), std::chrono::steady_clock::now() + kSetupPatience);
    pqxx::nontransaction setup(connection->link);
    setup.exec("SET search_path TO " + connection->link.quote_name(config.schema) + ", public; SET TimeZone TO 'UTC'; " +
               "SET statement_timeout TO " + std::to_string(config.statement_timeout.count()) +
               "; SET idle_in_transaction_session_timeout TO 120000; SET client_min_messages TO warning");
    return connection;
  }

  // A transaction on this connection, or none if it only reads.
  static Result<void> run(Connection& connection, bool reading, const std::function<Result<void>(Tx&)>& work,
                          std::vector<std::function<void()>>& after_commit) {
    std::optional<pqxx::work> transaction;
    std::optional<pqxx::nontransaction> none;
    pqxx::transaction_base& base = reading ? static_cast<pqxx::transaction_base&>(none.emplace(connection.link))
                                           : transaction.emplace(connection.link);
    Tx::Inside inside{connection, base, reading, {}};
    Tx tx(inside);
    CH_TRY(work(tx));
    base.commit();
    after_commit = std::move(inside.after_commit);
    return {};
  }

  Result<void> attempt(bool reading, const std::function<Result<void>(Tx&)>& work) {
    const auto deadline = Patience::deadline();
    std::unique_ptr<Connection> connection;
    try {
      connection = acquire(deadline);
    } catch (const std::exception& why) {
      return fail(unavailable_error(why));
    }
    if (!connection) return fail(unavailable("DATABASE_BUSY", "No database connection came free in time."));
    Result<void> answer;
    bool healthy = true;
    std::vector<std::function<void()>> after_commit;
    std::optional<Watchdog::Watch> watch;
    if (deadline) watch.emplace(watchdog, connection->link.sock(), *deadline);
    try {
      answer = run(*connection, reading, work, after_commit);
    } catch (const pqxx::sql_error& why) {  // deferred constraints fire at commit
      answer = fail(sql_error(why, "commit"));
    } catch (const pqxx::failure& why) {
      answer = fail(unavailable_error(why));
    } catch (const std::exception& why) {  // a fault of the work's own
      answer = fail(internal("UNEXPECTED_EXCEPTION", "Something went wrong inside.").at(why.what()));
      healthy = false;
    }
    if (watch && watch->fired()) {
      healthy = false;
      if (!answer) answer = fail(unavailable("DATABASE_SLOW", "The database took longer than it may."));
    }
    watch.reset();
    const bool lost = !answer && answer.error().reason == "DATABASE_UNAVAILABLE";
    healthy = healthy && !lost;
    (answer ? committed : rolled_back).add();
    if (lost) drop_idle();
    release(healthy ? std::move(connection) : nullptr);
    for (const auto& action : after_commit) action();
    return answer;
  }
};

Pool::Pool(PoolConfig config, obs::Metrics& metrics) {
  namespace names = obs::names;
  const obs::Labels schema{{"schema", config.schema}};
  const auto with = [&](const char* result) { return obs::Labels{{"schema", config.schema}, {"result", result}}; };
  inside_.reset(new Inside{
      std::move(config), metrics.gauge(names::kSqlConnections, "Open database connections", schema),
      metrics.counter(names::kSqlTransactions, "Transactions", with("committed")),
      metrics.counter(names::kSqlTransactions, "Transactions", with("rolled_back")),
      metrics.counter(names::kSqlRetries, "Transactions tried again after a lost race", schema), {}, {}, {}, 0, 0, {}});
}

Pool::~Pool() = default;

const PoolConfig& Pool::config() const { return inside_->config; }

Result<void> Pool::transact_erased(bool reading, const std::function<Result<void>(Tx&)>& work) {
  for (int tries = 1;; ++tries) {
    auto answer = inside_->attempt(reading, work);
    if (answer || answer.error().reason != "DATABASE_CONFLICT" || tries == kMostTries) return answer;
    inside_->retries.add();
  }
}

Result<void> Pool::ping() {
  return read([](Tx& tx) -> Result<void> {
    CH_TRY(tx.run_text("SELECT 1"));
    return {};
  });
}

}  // namespace cliffhanger::sql
