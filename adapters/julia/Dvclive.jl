# Dvclive.jl: log metrics, params, images and artifacts of a Julia program to `dvclive run`. Base only, Julia 1.6.
#
#   include("Dvclive.jl")
#   Dvclive.log_param("lr", 0.1)
#   Dvclive.log_metric("loss", 0.52)               # at the current step, or: log_metric("loss", 0.52; step = 3)
#   Dvclive.next_step()                            # or: Dvclive.set_step(7)
#   Dvclive.summary("best", 0.52)
#   Dvclive.log_image("curve.png", "out/c.png")
#   Dvclive.log_artifact("model.jls"; type = "model", copy = true, labels = ["a"])
#   Dvclive.line("progress 30/100")                # any other record of `dvclive help-protocol`
#
# Under `dvclive run` records go through the FIFO that DVCLIVE_FIFO names; else they are printed as
# "@dvclive ..." lines. Nothing here blocks the program, ends it or throws: if the recorder is gone, one line on
# stderr says so. Tasks, threads and processes may log at the same time.
module Dvclive

export log_metric, log_param, next_step, set_step, log_image, log_artifact # Base has a `summary` of its own

const RECORD = 4096 # one write(2) is whole among many writers: PIPE_BUF, pipe(7)
const RESERVED = ("step", "timestamp", "plot", "rank")

# fcntl.h and errno.h
const O_WRONLY = 1
const O_NONBLOCK = Sys.isapple() ? 0x4 : 0o4000
const EINTR, ENXIO, EPIPE = 4, 6, 32
const EAGAIN = Sys.isapple() ? 35 : 11

"One point of one curve, at the current step or at `step`."
function log_metric(name, value; step = nothing)
    line(string(word(name), "=", json(value), step === nothing ? "" : " step=$step"))
end

"A parameter of the run: a number, bool, text, or vectors and dicts of these."
log_param(name, value) = line(string("param ", word(name), "=", json(value)))

"A result of the run: a value beside the metrics, without a curve."
summary(name, value) = line(string("summary ", word(name), "=", json(value)))

"The step goes up by one. It begins at 0."
next_step() = line("next-step")

"Set the step."
set_step(step) = line("step $step")

"An image file; what it holds now is recorded, so it may be overwritten afterwards."
function log_image(name, file)
    source = lock(LOCK) do
        opened() || return string(file)
        isempty(fifo_path()) || STATE.fd >= 0 || return ""
        copy = joinpath(dirname(fifo_path()), new_name(splitext(file)[2]))
        try
            cp(file, copy)
            copy
        catch error
            error isa Union{SystemError, Base.IOError, ArgumentError} || rethrow()
            println(stderr, "dvclive: the image $file cannot be copied beside $(fifo_path()).")
            ""
        end
    end
    isempty(source) || line(string("image ", quoted(name), " path=", quoted(source)))
    nothing
end

"A file or folder to track with DVC. About it: type, name, desc, labels, meta, copy, cache."
log_artifact(path; about...) =
    line(string("artifact ", quoted(path), (" $key=$(json(value))" for (key, value) in about)...))

"One record, without newline."
function line(record)
    bytes = Vector{UInt8}(string(record, "\n"))
    lock(LOCK) do
        if !opened()
            write(stdout, [b"@dvclive "; bytes])
            flush(stdout)
        elseif STATE.fd < 0
            nothing
        elseif STATE.backlog !== nothing && !hand_over()
            wait_in_file(bytes)
        elseif length(bytes) > RECORD # too long for the FIFO: a backlog of one line
            wait_in_file(bytes)
            STATE.backlog === nothing || hand_over()
        elseif STATE.fd >= 0 && !write_whole(bytes) && STATE.fd >= 0
            wait_in_file(bytes)
        end
    end
    nothing
end

# The program's end of the channel: how a line travels, and in which order.
mutable struct State
    ready::Bool
    warned::Bool
    fd::Cint
    backlog::Union{IOStream, Nothing} # a file of lines that wait for room in the FIFO, in order
    waiting::String                   # its name
    count::Int
end

const STATE = State(false, false, -1, nothing, "", 0)
const LOCK = ReentrantLock()

fifo_path() = get(ENV, "DVCLIVE_FIFO", "")

# Whether records go through the FIFO, or where it would be; it is opened the first time.
function opened()
    path = fifo_path()
    isempty(path) && return false
    if !STATE.ready
        STATE.ready = true
        if !isfifo(path)
            dead("not a FIFO")
        else
            STATE.fd = @ccall open(path::Cstring, (O_WRONLY | O_NONBLOCK)::Cint; 0::Cuint)::Cint
            STATE.fd < 0 ? dead(Libc.errno()) : atexit(last_chance)
        end
    end
    true
end

# Write a line of at most RECORD bytes, whole or not at all; false where the FIFO is full or dead.
function write_whole(bytes)
    while true
        done = @ccall write(STATE.fd::Cint, bytes::Ptr{UInt8}, length(bytes)::Csize_t)::Cssize_t
        done >= 0 && return true
        error = Libc.errno() # EPIPE, no signal: Julia ignores SIGPIPE
        error == EINTR && continue
        error == EAGAIN || dead(error)
        return false
    end
end

dead(error::Integer) = dead(error in (ENXIO, EPIPE) ? "nobody reads it" : Libc.strerror(error))
function dead(why::AbstractString)
    STATE.fd >= 0 && @ccall close(STATE.fd::Cint)::Cint
    STATE.fd = -1
    say_once("the recorder of this run cannot be reached through $(fifo_path()): $why")
end

function say_once(what)
    STATE.warned ||
        println(stderr, "dvclive: $what. What is logged from here on is not recorded; the program goes on.")
    STATE.warned = true
end

function new_name(suffix)
    STATE.count += 1
    "jl-$(getpid())-$(time_ns())-$(STATE.count)$suffix"
end

function wait_in_file(bytes)
    try
        if STATE.backlog === nothing
            STATE.waiting = new_name(".lines")
            STATE.backlog = open(joinpath(dirname(fifo_path()), STATE.waiting), "a")
        end
        write(STATE.backlog, bytes)
        flush(STATE.backlog)
    catch error
        error isa Union{SystemError, Base.IOError} || rethrow()
        say_once("values are lost, no file can be written beside $(fifo_path())")
    end
end

# Tell the recorder of the backlog; false where the FIFO is still full.
function hand_over()
    write_whole(Vector{UInt8}("{\"@file\": \"$(STATE.waiting)\"}\n")) || return false
    close(STATE.backlog)
    STATE.backlog = nothing
    true
end

# At the program's end: what waits is handed over, if there is room within five seconds.
function last_chance()
    for _ in 1:1000
        done = lock(() -> STATE.fd < 0 || STATE.backlog === nothing || hand_over(), LOCK)
        done && break
        sleep(0.005)
    end
end

# A name: bare where that may stand.
function word(name)
    text = string(name)
    bare = occursin(r"^[A-Za-z0-9_][A-Za-z0-9_./-]*\z", text) && !(text in RESERVED)
    bare ? text : quoted(text)
end

function quoted(text)
    out = IOBuffer()
    print(out, '"')
    for char in string(text)
        if char in ('"', '\\')
            print(out, '\\', char)
        elseif !isvalid(char)
            print(out, '\ufffd')
        elseif iscntrl(char)
            print(out, "\\u", string(UInt32(char); base = 16, pad = 4))
        else
            print(out, char)
        end
    end
    print(out, '"')
    String(take!(out))
end

# JSON, and what JSON cannot say but the protocol can: NaN, infinities.
json(value) = quoted(value)
json(value::Union{Bool, Integer, AbstractFloat}) = string(value) # the shortest text that reads back equal
json(value::Real) = json(float(value))
json(::Union{Nothing, Missing}) = "null"
json(value::Union{AbstractArray, Tuple}) = string("[", join(map(json, vec(collect(value))), ","), "]")
json(value::Union{AbstractDict, NamedTuple}) =
    string("{", join((string(quoted(key), ":", json(item)) for (key, item) in pairs(value)), ","), "}")

end
