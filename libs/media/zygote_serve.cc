// The program's end of zygote.h. It has one thread and holds nothing but the socket.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "libs/media/zygote.h"
#include "libs/media/zygote_wire.h"

namespace cliffhanger::media {
namespace {

struct Request {
  char flags = 0;
  std::vector<std::string> arguments;
  std::vector<Fd> descriptors;
};

void answer(int socket, wire::Answer with) {
  while (send(socket, &with, sizeof(with), MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

std::vector<Fd> received(msghdr& header) {
  std::vector<Fd> descriptors;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    for (std::size_t at = 0; CMSG_LEN(at + sizeof(int)) <= part->cmsg_len; at += sizeof(int)) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + at, sizeof(fd));
      descriptors.emplace_back(fd);
    }
  }
  return descriptors;
}

// Nothing once the other side is gone. A request that came in pieces has no descriptors.
std::optional<Request> receive(int socket) {
  std::array<char, wire::kMaxRequestBytes> text;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(wire::kMaxDescriptors * sizeof(int))> control{};
  iovec bytes{text.data(), text.size()};
  msghdr header{};
  header.msg_iov = &bytes;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t got;
  while ((got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  if (got <= 0) return std::nullopt;
  Request request;
  request.flags = text[0];
  request.descriptors = received(header);
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) request.descriptors.clear();
  std::string_view left(text.data() + 1, static_cast<std::size_t>(got) - 1);
  for (std::size_t end; (end = left.find('\0')) != std::string_view::npos; left.remove_prefix(end + 1))
    request.arguments.emplace_back(left.substr(0, end));
  return request;
}

// In the copy: it leads its group, and has its descriptors and no others.
bool settle(Request& request) {
  if (setpgid(0, 0) != 0) return false;
  // Above what the job has, so that moving one can't overwrite another.
  std::array<int, wire::kMaxDescriptors> places{-1, -1, -1, -1, -1};
  std::size_t next = 0;
  for (std::size_t place = 0; place < places.size(); ++place) {
    if (place == 3 && (request.flags & wire::kHasSource) == 0) continue;
    if (place == 4 && (request.flags & wire::kHasFolder) == 0) continue;
    places[place] = fcntl(request.descriptors[next++].get(), F_DUPFD_CLOEXEC, 16);
    if (places[place] < 0) return false;
  }
  for (std::size_t place = 0; place < places.size(); ++place) {
    const int from = places[place] < 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : places[place];
    if (from < 0) return false;
    if (from == static_cast<int>(place))
      fcntl(from, F_SETFD, 0);
    else if (dup2(from, static_cast<int>(place)) < 0)
      return false;
  }
  for (Fd& given : request.descriptors) given.release();  // closed with the rest, unless a place has its number
  return close_range(wire::kMaxDescriptors, ~0U, 0) == 0;
}

// fork(2) but for the parent. glibc keeps the number of the calling thread, for its clock among other things; the kernel
// writes the copy's there, as it does for fork(3).
long copy() {
  int* number = nullptr;
  prctl(PR_GET_TID_ADDRESS, &number);
  const unsigned long flags = CLONE_PARENT | SIGCHLD | (number ? CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID : 0);
#ifdef __x86_64__
  return syscall(SYS_clone, flags, nullptr, nullptr, number, nullptr);
#else
  return syscall(SYS_clone, flags, nullptr, nullptr, nullptr, number);
#endif
}

}  // namespace

// Lists of processes tell the zygote from its jobs, which have the program's own name.
std::optional<std::vector<std::string>> await_job(int socket) {
  std::array<char, 16> own_name{};
  prctl(PR_GET_NAME, own_name.data());
  prctl(PR_SET_NAME, kZygoteName);
  while (auto request = receive(socket)) {
    const std::size_t wanted = wire::kStandard + ((request->flags & wire::kHasSource) != 0) +
                               ((request->flags & wire::kHasFolder) != 0);
    if (request->descriptors.size() != wanted) {
      answer(socket, -EMFILE);
      continue;
    }
    // Not fork(): its child would be ours, and who asked could neither wait for it nor kill it safely. With one
    // thread, none of fork's care for locks is needed.
    const long pid = copy();
    if (pid != 0) {
      answer(socket, static_cast<wire::Answer>(pid < 0 ? -errno : pid));
      continue;
    }
    prctl(PR_SET_NAME, own_name.data());
    if (!settle(*request)) _exit(71);
    return std::move(request->arguments);
  }
  return std::nullopt;
}

}  // namespace cliffhanger::media
