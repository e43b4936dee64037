mod dvclive;

fn main() {
    if let Some(count) = std::env::args().nth(2) {
        let count: i64 = count.parse().unwrap();
        let work = move |worker: i64| (0..count).for_each(|i| dvclive::log_metric(&format!("w{worker}"), i));
        let workers: Vec<_> = (0..4).map(|worker| std::thread::spawn(move || work(worker))).collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        return;
    }
    dvclive::log_param("lr", 0.001);
    dvclive::log_param("epochs", 3);
    dvclive::log_param("model", "res \"net\" é\nline two \\ \t");
    dvclive::log_param("long", "x".repeat(9000));
    dvclive::log_image("dot.png", "dot.png");
    for step in 0..3 {
        dvclive::log_metric("train/loss", 1.0 / f64::from(step + 3));
        dvclive::log_metric("small", 1e-7 * f64::from(step + 1));
        dvclive::log_metric("count", 9007199254740990 + i64::from(step));
        dvclive::log_metric("a \"name\" = é", 0.1 + 0.2);
        dvclive::log_metric("rank", step);
        dvclive::log_metric("nan", f64::NAN);
        dvclive::log_metric("inf", f64::NEG_INFINITY);
        dvclive::next_step();
    }
    dvclive::set_step(10);
    dvclive::log_metric("late", 0.5);
    dvclive::summary("best", 0.25);
    dvclive::summary("rounds", 3);
    dvclive::log_artifact("model.bin", &[("type", "model".into()), ("name", "net".into())]);
}
