#pragma once
// What every service does for people who want to be forgotten, or to see what is kept of them. Which rows are
// a person's is told by the names of columns (libs/sql/migrations/V0000c__people.sql); a service adds what
// those don't tell.
#include <functional>
#include <string>
#include <vector>

#include "libs/bus/consumer.h"
#include "libs/obs/log.h"
#include "libs/redis/redis.h"
#include "libs/rpc/client.h"
#include "libs/rpc/server.h"
#include "libs/sql/sql.h"

namespace cliffhanger::host {

class People {
 public:
  // All outlive it. `accounts` is told when a person is erased.
  struct Deps {
    sql::Pool& pool;
    redis::Client& redis;
    rpc::Client accounts;
  };
  // `service` is the name of the schema and of the stream.
  People(std::string service, Deps deps) : service_(std::move(service)), d_(std::move(deps)) {}

  // What of the people the names of columns don't tell, done first, in the transaction of each turn; true if
  // there is more. Done again it changes nothing. Before the service starts, any number of them.
  using Erase = std::function<Result<bool>(sql::Tx&, const Call&, const std::vector<UserId>&)>;
  void on_erase(Erase erase) { erase_.push_back(std::move(erase)); }

  // What of the people is outside the database, looked at once their rows are gone and before it is confirmed: whether
  // nothing is left. While it says false or fails it is asked again each second. Before the service starts, any number of them.
  using Settled = std::function<Result<bool>(const Call&, const std::vector<UserId>&)>;
  void on_settle(Settled settled) { settled_.push_back(std::move(settled)); }

  // Hears of erasures: from then on no event of the person takes effect, and step() has something to do.
  // `wake` is called then.
  void listen(bus::Consumer& consumer, std::function<void()> wake);
  // One turn of an erasure: rows; then the outbox and the stream, as far as everybody has read them; then it
  // is confirmed. True if there may be more to do at once. Killed anywhere, the next turn goes on.
  Result<bool> step();
  // cliffhanger.common.v1.PeopleService.
  rpc::Service service();

 private:
  struct Erasing {
    std::string id;
    int round = 0;
    Call call;
    std::vector<std::string> ids;
  };
  Result<std::optional<Erasing>> next();
  Result<bool> erase_rows(const Erasing& erasing);
  Result<bool> settled(const Erasing& erasing);
  Result<bool> forget_told(const std::vector<std::string>& ids);
  Result<bool> forget_outbox(const std::vector<std::string>& ids);
  Result<bool> forget_stream(const std::vector<std::string>& ids);
  Result<void> confirm(const Erasing& erasing);

  const std::string service_;
  const Deps d_;
  std::vector<Erase> erase_;
  std::vector<Settled> settled_;
};

}  // namespace cliffhanger::host
