#include "libs/media/zygote.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "libs/media/zygote_wire.h"

namespace cliffhanger::media {
namespace {

// For a copy; the first also waits for the program to be loaded.
constexpr auto kPatience = std::chrono::seconds(30);
constexpr auto kLook = std::chrono::milliseconds(50);  // between questions whether it is still wanted

Error cannot(const char* what, int error) {
  return unavailable("MEDIA_SPAWN",
                     std::string("The media program can't be started: ") + what + ": " + strerror(error));
}

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail(cannot("pipe", errno));
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

class Attributes {
 public:
  Attributes() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~Attributes() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  // The program starts with default signals, whatever the parent ignores, and leads its own group.
  void isolate() {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

// What the program says as itself, such as that a library is missing, goes where our own errors go.
Result<Process> start(const std::string& program, int socket) {
  Attributes with;
  with.isolate();
  // Above what the child has, since a descriptor that becomes itself would be closed by exec.
  const Fd lifted(fcntl(socket, F_DUPFD_CLOEXEC, 16));
  if (lifted.get() < 0) return fail(cannot("descriptor", errno));
  for (const int none : {0, 1}) posix_spawn_file_actions_addopen(&with.actions, none, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&with.actions, lifted.get(), kZygoteSocket);
  posix_spawn_file_actions_addclosefrom_np(&with.actions, kZygoteSocket + 1);
  std::string path = program, command = kZygoteCommand;
  std::array<char*, 3> argv{path.data(), command.data(), nullptr};
  // Pictures of megabytes in pages of 4 KiB cost a tenth of the time in page faults.
  std::string huge_pages = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1";
  std::array<char*, 2> environment{huge_pages.data(), nullptr};
  pid_t pid = -1;
  const int bad =
      posix_spawn(&pid, argv[0], &with.actions, &with.attributes, argv.data(), environment.data());
  if (bad != 0) return fail(cannot(argv[0], bad));
  return Process(pid, {}, {}, {});
}

bool send_request(int socket, const std::string& message, const std::vector<int>& descriptors) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(wire::kMaxDescriptors * sizeof(int))> control{};
  iovec bytes{const_cast<char*>(message.data()), message.size()};
  msghdr header{};
  header.msg_iov = &bytes;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
  std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size() * sizeof(int));
  ssize_t sent;
  while ((sent = sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT)) < 0 && errno == EINTR) {
  }
  return sent == static_cast<ssize_t>(message.size());
}

}  // namespace

Result<void> Zygote::load() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail(cannot("socket", errno));
  Fd ours(ends[0]), theirs(ends[1]);
  CH_ASSIGN(Process process, start(program_, theirs.get()));
  loaded_.emplace(std::move(process), std::move(ours));
  return {};
}

// What the zygote says.
Result<wire::Answer> Zygote::answer(const StillWanted& wanted) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    pollfd wait{loaded_->socket.get(), POLLIN, 0};
    const int ready = poll(&wait, 1, static_cast<int>(kLook.count()));
    if (ready < 0 && errno != EINTR) return fail(cannot("poll", errno));
    if (ready > 0) break;
    CH_TRY(wanted());
    if (std::chrono::steady_clock::now() > until) return fail(cannot(program_.c_str(), ETIMEDOUT));
  }
  wire::Answer said = 0;
  const ssize_t got = recv(loaded_->socket.get(), &said, sizeof(said), MSG_DONTWAIT);
  if (got != sizeof(said)) return fail(cannot(program_.c_str(), got == 0 ? ECHILD : errno));
  return said;
}

// A zygote that does not answer in time is given up, or its answer would be taken for that to the next
// question, which loads another one.
Result<pid_t> Zygote::ask(const std::string& message, const std::vector<int>& descriptors,
                          const StillWanted& wanted) {
  auto said = send_request(loaded_->socket.get(), message, descriptors)
                  ? answer(wanted)
                  : fail(cannot(program_.c_str(), errno));
  if (!said) {
    loaded_.reset();
    return fail(std::move(said).error());
  }
  if (*said <= 0) return fail(cannot("clone", -*said));
  setpgid(*said, *said);  // it does so itself, but maybe only after we want to kill its group
  return *said;
}

// Pipes are made for each attempt: of one whose answer was lost the copy may live, and ends with its stdin.
Result<Process> Zygote::attempt(const Spec& spec, const StillWanted& wanted) {
  CH_ASSIGN(Pipe in, make_pipe());
  CH_ASSIGN(Pipe out, make_pipe());
  CH_ASSIGN(Pipe err, make_pipe());
  std::vector<int> descriptors{in.read.get(), out.write.get(), err.write.get()};
  std::string message(1, '\0');
  if (spec.source >= 0) descriptors.push_back(spec.source), message[0] |= wire::kHasSource;
  if (spec.folder >= 0) descriptors.push_back(spec.folder), message[0] |= wire::kHasFolder;
  for (const std::string& argument : spec.arguments) message.append(argument.c_str(), argument.size() + 1);
  if (message.size() > wire::kMaxRequestBytes) return fail(cannot("arguments", E2BIG));

  if (!loaded_) CH_TRY(load());
  CH_ASSIGN(const pid_t pid, ask(message, descriptors, wanted));
  for (const int ours : {in.write.get(), out.read.get(), err.read.get()}) fcntl(ours, F_SETFL, O_NONBLOCK);
  return Process(pid, std::move(in.write), std::move(out.read), std::move(err.read));
}

Result<Process> Zygote::spawn(const Spec& spec, const StillWanted& wanted) {
  std::unique_lock lock(mutex_, kLook);
  while (!lock.owns_lock()) {
    CH_TRY(wanted());
    static_cast<void>(lock.try_lock_for(kLook));
  }
  const bool fresh = !loaded_;
  auto child = attempt(spec, wanted);
  const bool had_died = !child && !fresh && !loaded_ && wanted();
  return had_died ? attempt(spec, wanted) : std::move(child);
}

}  // namespace cliffhanger::media
