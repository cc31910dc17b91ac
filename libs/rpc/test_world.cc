#include "libs/rpc/test_world.h"

#include "libs/rpc/methods.h"

namespace cliffhanger::rpc::test {

Service World::service() {
  Service service("cliffhanger.testing.v1.EchoService");
  service
      .on([this](const Call& call, const EchoRequest& request) -> Result<EchoResponse> {
        return echo(call, request);
      })
      .on([](const Call&, const GetEchoRequest& request) -> Result<GetEchoResponse> {
        GetEchoResponse response;
        response.set_echo_id(request.echo_id());
        return response;
      })
      .on([this](const Call& call, const ShoutEchoRequest& request) -> Result<ShoutEchoResponse> {
        return shout(call, request);
      })
      .on([](const Call&, const DeleteEchoRequest&) -> Result<DeleteEchoResponse> {
        return DeleteEchoResponse();
      })
      .on([](const Call&, const RelayEchoRequest& request) -> Result<RelayEchoResponse> {
        RelayEchoResponse response;
        *response.mutable_everything() = request.everything();
        return response;
      });
  return service;
}

World::Begun World::begin(const google::protobuf::Message& request, Passthrough pass,
                          std::chrono::milliseconds limit) {
  auto promise = std::make_shared<std::promise<RawResult>>();
  RawCall call;
  call.method = method_taking(request.GetDescriptor());
  call.pass = std::move(pass);
  call.deadline = std::chrono::steady_clock::now() + limit;
  auto cancel = client(nullptr).call_raw(
      call, request, [promise](RawResult result) { promise->set_value(std::move(result)); });
  return {std::move(cancel), promise->get_future()};
}

RawResult World::raw(const google::protobuf::Message& request, Passthrough pass,
                     std::chrono::milliseconds limit) {
  return begin(request, std::move(pass), limit).answer.get();
}

Passthrough with_bearer(const std::string& authorization) {
  return {authorization, "", ""};
}
Passthrough with_tenant(const std::string& tenant) {
  return {"", tenant, ""};
}

}  // namespace cliffhanger::rpc::test
