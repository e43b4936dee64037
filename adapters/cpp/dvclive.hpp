// dvclive.hpp: log metrics, params, images and artifacts of a C++ program to `dvclive run`. C++17, header only.
//
//   #include "dvclive.hpp"
//   dvclive::log_param("lr", 0.1);
//   dvclive::log_metric("loss", 0.52);              // at the current step, or: log_metric("loss", 0.52, 3)
//   dvclive::next_step();                           // or: set_step(7)
//   dvclive::summary("best", 0.52);
//   dvclive::log_image("curve.png", "out/c.png");
//   dvclive::log_artifact("model.pt", {{"type", "model"}, {"copy", true}});
//   dvclive::line("progress 30/100");               // any other record of `dvclive help-protocol`
//
// Under `dvclive run` records go through the FIFO that DVCLIVE_FIFO names; else they are printed as
// "@dvclive ..." lines. Nothing here blocks the program, ends it or throws for want of a recorder: if it is
// gone, one line on stderr says so. Threads and forked processes may log at the same time.
#ifndef DVCLIVE_HPP
#define DVCLIVE_HPP

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iostream>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace dvclive {

namespace detail {

inline std::string quoted(std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out = "\"";
    for (unsigned char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c < 0x20 || c == 0x7f) {
            out += "\\u00";
            out += digits[c >> 4];
            out += digits[c & 15];
        } else {
            out += static_cast<char>(c);
        }
    }
    return out += '"';
}

// A name: bare where that may stand.
inline std::string word(std::string_view name) {
    bool bare = !name.empty() && name != "step" && name != "timestamp" && name != "plot" && name != "rank";
    for (std::size_t i = 0; i < name.size() && bare; ++i) {
        char c = name[i];
        bare = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               (i > 0 && (c == '-' || c == '.' || c == '/'));
    }
    return bare ? std::string(name) : quoted(name);
}

// The shortest text that reads back as the same number; a floating one has a point or an exponent in it.
template <typename Number>
std::string number(Number value) {
    if constexpr (std::is_floating_point_v<Number>) {
        if (std::isnan(value)) return "nan";
        if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    }
    char text[64];
    std::string out(text, std::to_chars(text, text + sizeof text, value).ptr);
    if (std::is_floating_point_v<Number> && out.find_first_of(".e") == std::string::npos) out += ".0";
    return out;
}

// The program's end of the channel: how a line travels, and in which order.
class Channel {
public:
    static Channel& get() {
        static Channel* channel = new Channel;  // never destroyed: other destructors may still log
        return *channel;
    }

    bool through_fifo() const { return !path_.empty(); }

    void send(const std::string& line) {
        std::lock_guard<std::mutex> hold(mutex_);
        if (path_.empty()) {
            std::cout << "@dvclive " + line << std::flush;
            return;
        }
        after_fork();
        if (fd_ < 0) return;
        if (backlog_ >= 0 && !hand_over()) {
            wait_in_file(line);
        } else if (line.size() > record_limit) {  // too long for the FIFO: a backlog of one line
            wait_in_file(line);
            if (backlog_ >= 0) hand_over();
        } else if (fd_ >= 0 && !write(line) && fd_ >= 0) {
            wait_in_file(line);
        }
    }

    // Copy an image into the channel's folder, where the recorder finds it and removes it; "" if that cannot be.
    std::string copy(const std::string& path) {
        std::lock_guard<std::mutex> hold(mutex_);
        after_fork();
        if (fd_ < 0) return "";
        std::ifstream from(path, std::ios::binary);
        std::string data((std::istreambuf_iterator<char>(from)), std::istreambuf_iterator<char>());
        if (!from.is_open() || from.bad()) {
            std::cerr << "dvclive: the image " + path + " cannot be read.\n";
            return "";
        }
        auto dot = path.find_last_of("./");
        std::string copy;
        int to = create(copy, dot != std::string::npos && path[dot] == '.' ? path.substr(dot) : "");
        bool done = to >= 0 && write_all(to, data);
        if (!done) no_room();
        if (to >= 0) close(to);
        return done ? copy : "";
    }

private:
    static constexpr std::size_t record_limit = 4096;  // one write(2) is whole among many writers: pipe(7)

    Channel() {
        if (const char* path = std::getenv("DVCLIVE_FIFO")) path_ = path;
        if (path_.empty()) return;
        folder_ = path_.substr(0, path_.find_last_of('/') + 1);
        fd_ = open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        struct stat about;
        if (fd_ < 0)
            dead(errno);
        else if (fstat(fd_, &about) < 0 || !S_ISFIFO(about.st_mode))
            dead(0);
        else
            std::atexit([] { get().last_chance(); });
    }

    void after_fork() {  // the backlog is the parent's
        if (pid_ == getpid()) return;
        if (backlog_ >= 0) close(backlog_);
        backlog_ = -1;
        pid_ = getpid();
    }

    // At the program's end: what waits is handed over, if there is room within five seconds.
    void last_chance() {
        std::lock_guard<std::mutex> hold(mutex_);
        for (int naps = 0; naps < 1000 && fd_ >= 0 && backlog_ >= 0 && pid_ == getpid() && !hand_over(); ++naps)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }

    void warn(const std::string& what) {
        if (!warned_)
            std::cerr << "dvclive: " + what +
                             ". What is logged from here on is not recorded; the program goes on.\n";
        warned_ = true;
    }

    void dead(int error) {
        if (fd_ >= 0) close(fd_);
        fd_ = -1;
        warn("the recorder of this run cannot be reached through " + path_ + ": " +
             (error == ENXIO || error == EPIPE ? "nobody reads it" : error ? std::strerror(error) : "not a FIFO"));
    }

    void no_room() { warn("values are lost, no file can be written in " + folder_ + ": " + std::strerror(errno)); }

    // Write a line of at most record_limit bytes, whole or not at all; false where the FIFO is full or dead.
    bool write(const std::string& line) {
        sigset_t pipe_signal, before;
        sigemptyset(&pipe_signal);
        sigaddset(&pipe_signal, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
        ssize_t done;
        do done = ::write(fd_, line.data(), line.size());
        while (done < 0 && errno == EINTR);
        int error = errno;
        timespec none = {0, 0};
        if (done < 0 && error == EPIPE) sigtimedwait(&pipe_signal, nullptr, &none);
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        if (done < 0 && error != EAGAIN) dead(error);
        return done >= 0;
    }

    int create(std::string& path, const std::string& suffix) {
        int fd;
        do {
            path = folder_ + "cpp-" + std::to_string(pid_) + "-" + std::to_string(++count_) + suffix;
            fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
        } while (fd < 0 && errno == EEXIST);
        return fd;
    }

    static bool write_all(int fd, std::string_view data) {
        while (!data.empty()) {
            ssize_t done = ::write(fd, data.data(), data.size());
            if (done < 0 && errno == EINTR) continue;
            if (done < 0) return false;
            data.remove_prefix(static_cast<std::size_t>(done));
        }
        return true;
    }

    void wait_in_file(const std::string& line) {
        if (backlog_ < 0) backlog_ = create(waiting_, ".lines");
        if (backlog_ < 0 || !write_all(backlog_, line)) no_room();
    }

    // Tell the recorder of the backlog; false where the FIFO is still full.
    bool hand_over() {
        if (!write("{\"@file\": \"" + waiting_.substr(folder_.size()) + "\"}\n")) return false;
        close(backlog_);
        backlog_ = -1;
        return true;
    }

    std::mutex mutex_;
    std::string path_, folder_;  // of the FIFO
    std::string waiting_;        // the backlog: a file of lines that wait for room in the FIFO, in order
    int fd_ = -1, backlog_ = -1;
    long count_ = 0;
    pid_t pid_ = getpid();
    bool warned_ = false;
};

}  // namespace detail

// A value of a record: a number, true or false, or text.
class Value {
public:
    Value(bool value) : word_(value ? "true" : "false") {}
    Value(const char* text) : word_(detail::quoted(text)) {}
    Value(std::string_view text) : word_(detail::quoted(text)) {}
    Value(const std::string& text) : word_(detail::quoted(text)) {}
    template <typename Number, std::enable_if_t<std::is_arithmetic_v<Number>, int> = 0>
    Value(Number value) : word_(detail::number(value)) {}

    const std::string& word() const { return word_; }

private:
    std::string word_;
};

// Any record of the protocol, without newline.
inline void line(const std::string& record) { detail::Channel::get().send(record + "\n"); }

// One point of one curve, at the current step, or at `step`.
inline void log_metric(std::string_view name, const Value& value) { line(detail::word(name) + "=" + value.word()); }
inline void log_metric(std::string_view name, const Value& value, long long step) {
    line(detail::word(name) + "=" + value.word() + " step=" + std::to_string(step));
}

// A parameter of the run.
inline void log_param(std::string_view name, const Value& value) {
    line("param " + detail::word(name) + "=" + value.word());
}

// A result of the run: a value beside the metrics, without a curve.
inline void summary(std::string_view name, const Value& value) {
    line("summary " + detail::word(name) + "=" + value.word());
}

// The step goes up by one; or is set. It begins at 0.
inline void next_step() { line("next-step"); }
inline void set_step(long long step) { line("step " + std::to_string(step)); }

// An image file; what it holds now is recorded, so it may be overwritten afterwards.
inline void log_image(std::string_view name, const std::string& path) {
    auto& channel = detail::Channel::get();
    std::string source = channel.through_fifo() ? channel.copy(path) : path;
    if (!source.empty()) line("image " + detail::quoted(name) + " path=" + detail::quoted(source));
}

// A file or folder to track with DVC. About it: type ("model", "dataset"), name, desc, copy, cache.
inline void log_artifact(const std::string& path,
                         std::initializer_list<std::pair<std::string_view, Value>> about = {}) {
    std::string record = "artifact " + detail::quoted(path);
    for (const auto& [key, value] : about) record += " " + std::string(key) + "=" + value.word();
    line(record);
}

}  // namespace dvclive

#endif  // DVCLIVE_HPP
