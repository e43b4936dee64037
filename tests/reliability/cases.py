"""The cases that every change must pass, and the tests that hold them; `repeat.py` runs these.

A test is named by its file below tests and its function; all its parameters count.
"""

from __future__ import annotations

LAUNCHING, DURABILITY, FLOODS = (
    f"reliability/test_{name}.py" for name in ("launching", "durability", "floods")
)
SUPERVISOR, RECORDER, RECORDING = "test_supervisor.py", "test_recorder.py", "test_recording.py"

CASES: tuple[tuple[str, str, str], ...] = (
    # --- process
    ("exit codes", SUPERVISOR, "test_the_exit_code_is_the_commands"),
    ("exit codes 0..255", LAUNCHING, "test_every_exit_code"),
    (
        "missing, directory, no x bit, no interpreter",
        SUPERVISOR,
        "test_a_command_that_cannot_run_leaves_nothing",
    ),
    ("no shebang", SUPERVISOR, "test_a_script_without_shebang_runs_as_from_a_shell"),
    ("died by signals", SUPERVISOR, "test_a_command_killed_by_a_signal_has_us_die_of_it"),
    ("Ctrl-C in a pty once", SUPERVISOR, "test_a_key_reaches_the_child_once"),
    ("Ctrl-C: the status", SUPERVISOR, "test_ctrl_c_stops_a_plain_program_and_the_status_is_sigint"),
    ("each forwarded signal once", SUPERVISOR, "test_each_forwarded_signal_arrives_exactly_once"),
    ("group-directed: no loop", SUPERVISOR, "test_a_signal_that_the_child_sends_to_its_group_does_not_loop"),
    ("group-directed: once", LAUNCHING, "test_a_signal_to_the_whole_group_arrives_once"),
    ("group-directed and not", LAUNCHING, "test_a_signal_to_us_and_one_to_the_group_are_two"),
    ("timeout(1)", SUPERVISOR, "test_gnu_timeout_counts_as_one_request"),
    ("nohup, sh -c '... &'", LAUNCHING, "test_ways_to_start_a_job"),
    ("ignored by a shell", LAUNCHING, "test_what_a_shell_ignores_stays_ignored"),
    ("ignored signals", SUPERVISOR, "test_ignored_signals_stay_ignored_by_us_and_the_child"),
    ("mask", SUPERVISOR, "test_a_blocked_signal_stays_blocked"),
    ("fd 9, umask, limits, nice, cwd", SUPERVISOR, "test_the_child_finds_what_it_would_find"),
    ("^Z, fg", SUPERVISOR, "test_suspend_and_resume_in_a_real_shell"),
    ("^Z, bg", LAUNCHING, "test_suspend_and_go_on_in_the_background"),
    ("background tty read", LAUNCHING, "test_a_background_job_that_reads_the_terminal_is_stopped"),
    ("kill -9 of the supervisor", RECORDER, "test_the_supervisor_killed_at_random_times"),
    ("kill -9 of the recorder", RECORDER, "test_the_recorder_killed_at_random_times"),
    ("both, one after the other", RECORDER, "test_first_the_recorder_then_the_supervisor"),
    ("recorders dying in a row", LAUNCHING, "test_recorders_that_die_one_after_another_cost_no_row"),
    ("a recorder that always dies", RECORDER, "test_a_recorder_that_always_dies_does_not_touch_the_program"),
    ("a recorder killed at the end", RECORDER, "test_a_recorder_killed_while_it_finishes_is_followed_too"),
    ("preemption drill", LAUNCHING, "test_preempted_and_resumed"),
    (
        "grandchild holding the pipe",
        SUPERVISOR,
        "test_a_grandchild_that_holds_the_pipe_is_waited_for_and_left_alive",
    ),
    ("daemons", SUPERVISOR, "test_a_daemon_that_let_go_of_the_streams_is_not_waited_for"),
    ("zombies, as PID 1", LAUNCHING, "test_process_1_collects_the_orphans"),
    ("PID 1: exit code", LAUNCHING, "test_process_1_gives_the_exit_code"),
    ("PID 1: signals", LAUNCHING, "test_process_1_tells_a_signal_by_its_exit_code"),
    ("PID 1: docker stop", LAUNCHING, "test_process_1_passes_a_stop_request_on"),
    # --- streams
    ("random bytes", FLOODS, "test_random_mebibytes_on_both_streams"),
    ("order of two streams", SUPERVISOR, "test_the_order_of_two_streams_in_one"),
    ("invalid UTF-8, split characters", FLOODS, "test_bytes_one_at_a_time"),
    ("1 GB line", FLOODS, "test_a_line_without_end_takes_little_memory"),
    ("10^7 lines", FLOODS, "test_no_line_of_many_is_lost"),
    ("no final newline", SUPERVISOR, "test_odd_texts"),
    ("10^6 carriage returns", FLOODS, "test_a_million_carriage_returns"),
    ("| head -1", SUPERVISOR, "test_a_reader_that_goes_early"),
    ("| : with a silent child", SUPERVISOR, "test_a_silent_child_whose_reader_has_gone_goes_on"),
    ("/dev/full", SUPERVISOR, "test_a_full_disk_behind_stdout"),
    ("closed fds at start", SUPERVISOR, "test_closed_streams_are_recorded_from_the_others"),
    ("closed fds: no file takes them", SUPERVISOR, "test_no_file_of_the_recorder_gets_a_standard_number"),
    ("pty: isatty, size", SUPERVISOR, "test_terminals_stay_terminals_and_pipes_stay_pipes"),
    ("pty: bytes", SUPERVISOR, "test_what_is_shown_is_the_same_to_the_byte"),
    ("pty: SIGWINCH", SUPERVISOR, "test_a_new_size_reaches_the_child"),
    ("pty: termios", SUPERVISOR, "test_the_callers_terminal_keeps_its_settings"),
    # --- channel
    ("200 writers x 200 lines", FLOODS, "test_many_writers_of_200_records"),
    ("no reader, reader dies", "live/test_channel.py", ""),
    ("writer dies mid-line", SUPERVISOR, "test_a_writer_that_dies_within_a_line_spoils_that_line_only"),
    ("pre-made symlink", FLOODS, "test_a_planted_link_is_not_followed"),
    ("foreign FIFO", "test_fifo.py", "test_acknowledge_writes_to_nothing_but_a_fifo_in_the_folder"),
    ("read-only TMPDIR", SUPERVISOR, "test_a_fifo_that_nobody_may_make_is_said_and_the_run_goes_on"),
    ("deleted TMPDIR", FLOODS, "test_a_temporary_folder_deleted_while_the_run_goes_on"),
    ("hostile pattern", FLOODS, "test_a_hostile_pattern_on_long_lines"),
    ("forked workers, threads, os._exit", "live/test_processes.py", ""),
    # --- durability
    ("kill -9 of everything at random", DURABILITY, "test_everything_killed_at_random_times"),
    ("kill -9 at system calls", "reliability/test_syscalls.py", "test_killed_at_any_system_call"),
    ("acknowledged rows are on disk", DURABILITY, "test_what_was_shown_was_on_disk"),
    ("torn TSV tail, then resume", DURABILITY, "test_a_torn_tail_and_resume"),
    ("torn at each of the last 300 bytes", "writers/test_metrics_tsv.py", ""),
    ("disk full and freed", DURABILITY, "test_a_full_disk_that_is_freed"),
    ("ulimit: small", DURABILITY, "test_a_small_limit_is_the_programs_and_nothing_is_lost"),
    ("ulimit: no room", DURABILITY, "test_a_limit_that_leaves_no_room_is_said_before_anything_starts"),
    ("ulimit -f reached", DURABILITY, "test_a_limit_on_file_sizes_that_is_reached"),
    ("read-only", DURABILITY, "test_a_directory_that_becomes_read_only"),
    ("rm -rf of the run directory", DURABILITY, "test_the_directory_removed_while_the_run_goes_on"),
    ("two runs, one directory", SUPERVISOR, "test_two_runs_one_directory"),
    ("two runs, no locks", DURABILITY, "test_two_runs_where_the_file_system_has_no_locks"),
    (
        "DVC save fails",
        "test_recording.py",
        "test_a_failed_save_keeps_the_files_and_prints_the_command_that_works",
    ),
    ("index.lock", "test_saver.py", "test_an_index_lock_does_not_hinder"),
    ("detached HEAD", "test_saver.py", "test_detached_head"),
    ("no Git", RECORDING, "test_no_git_is_said_once_and_the_files_are_written"),
    ("recover", "test_recover.py", ""),
    ("soak", "reliability/test_soak.py", "test_soak"),
    # --- hostile input
    ("traversal names", FLOODS, "test_names_from_anywhere_stay_inside"),
    ("names on every path", "test_session.py", "test_hostile_names_stay_inside_on_every_path"),
    ("10^5 names", FLOODS, "test_a_hundred_thousand_names"),
    ("secrets", RECORDER, "test_a_secret_is_written_down_nowhere"),
    ("fuzzing", "reliability/test_fuzz.py", ""),
)
