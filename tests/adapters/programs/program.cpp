#include "dvclive.hpp"

#include <cmath>
#include <string>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
    if (argc > 2) {
        std::vector<std::thread> workers;
        for (int worker = 0; worker < 4; ++worker)
            workers.emplace_back([=] {
                for (int i = 0; i < std::stoi(argv[2]); ++i) dvclive::log_metric("w" + std::to_string(worker), i);
            });
        for (auto& worker : workers) worker.join();
        return 0;
    }
    dvclive::log_param("lr", 0.001);
    dvclive::log_param("epochs", 3);
    dvclive::log_param("model", "res \"net\" é\nline two \\ \t");
    dvclive::log_param("long", std::string(9000, 'x'));
    dvclive::log_image("dot.png", "dot.png");
    for (int step = 0; step < 3; ++step) {
        dvclive::log_metric("train/loss", 1.0 / (step + 3));
        dvclive::log_metric("small", 1e-7 * (step + 1));
        dvclive::log_metric("count", 9007199254740990 + step);
        dvclive::log_metric("a \"name\" = é", 0.1 + 0.2);
        dvclive::log_metric("rank", step);
        dvclive::log_metric("nan", NAN);
        dvclive::log_metric("inf", -INFINITY);
        dvclive::next_step();
    }
    dvclive::set_step(10);
    dvclive::log_metric("late", 0.5);
    dvclive::summary("best", 0.25);
    dvclive::summary("rounds", 3);
    dvclive::log_artifact("model.bin", {{"type", "model"}, {"name", "net"}});
}
