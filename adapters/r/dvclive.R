# dvclive.R: log metrics, params, images and artifacts of an R program to `dvclive run`. Base R 3.5 or newer.
#
#   source("dvclive.R")
#   dvclive$log_param("lr", 0.1)
#   dvclive$log_metric("loss", 0.52)               # at the current step, or: log_metric("loss", 0.52, step = 3)
#   dvclive$next_step()                            # or: dvclive$set_step(7)
#   dvclive$summary("best", 0.52)
#   dvclive$log_image("curve.png", "out/c.png")
#   dvclive$log_artifact("model.rds", type = "model", copy = TRUE, labels = list("a"))
#   dvclive$line("progress 30/100")                # any other record of `dvclive help-protocol`
#
# Under `dvclive run` records go through the FIFO that DVCLIVE_FIFO names; else they are printed as
# "@dvclive ..." lines. Nothing here stops the program: if the recorder is gone, one line on stderr says so.
# Forked processes (parallel::mclapply) may log at the same time. A full FIFO is waited for, because R does not
# tell when a write without blocking found no room.

dvclive <- local({
  record_limit <- 4096L # one write(2) is whole among many writers: PIPE_BUF, pipe(7)
  path <- Sys.getenv("DVCLIVE_FIFO")
  connection <- NULL
  ready <- FALSE
  warned <- FALSE

  log_metric <- function(name, value, step = NULL) {
    line(paste0(word(name), "=", json(value), if (!is.null(step)) paste0(" step=", json(step))))
  }

  log_param <- function(name, value) line(paste0("param ", word(name), "=", json(value)))

  # A result of the run: a value beside the metrics, without a curve.
  summary <- function(name, value) line(paste0("summary ", word(name), "=", json(value)))

  # The step goes up by one; or is set. It begins at 0.
  next_step <- function() line("next-step")
  set_step <- function(step) line(paste("step", json(step)))

  # An image file; what it holds now is recorded, so it may be overwritten afterwards.
  log_image <- function(name, file) {
    source <- file
    if (nzchar(path)) {
      if (!open_channel()) return(invisible())
      suffix <- regmatches(file, regexpr("\\.[^./]*$", file))
      source <- new_file(if (length(suffix)) suffix else "")
      if (!isTRUE(suppressWarnings(file.copy(file, source)))) {
        message("dvclive: the image ", file, " cannot be copied to ", dirname(path), ".")
        return(invisible())
      }
    }
    line(paste0("image ", quoted(name), " path=", quoted(source)))
  }

  # A file or folder to track with DVC. About it: type, name, desc, labels, meta, copy, cache.
  log_artifact <- function(path, ...) {
    about <- list(...)
    pairs <- vapply(names(about), function(key) paste0(" ", key, "=", json(about[[key]])), "")
    line(paste0("artifact ", quoted(path), paste(pairs, collapse = "")))
  }

  # One record, without newline.
  line <- function(record) {
    record <- enc2utf8(record)
    if (!nzchar(path)) {
      writeLines(paste("@dvclive", record), stdout(), useBytes = TRUE)
      flush(stdout())
      return(invisible())
    }
    if (!open_channel()) return(invisible())
    bytes <- charToRaw(paste0(record, "\n"))
    if (length(bytes) > record_limit) {
      file <- new_file(".lines")
      written <- tryCatch({ writeBin(bytes, file); TRUE }, error = function(e) FALSE, warning = function(e) FALSE)
      if (!written) {
        say_once(paste("values are lost, no file can be written in", dirname(path)))
        return(invisible())
      }
      bytes <- charToRaw(paste0('{"@file": "', basename(file), '"}\n'))
    }
    tryCatch(writeBin(bytes, connection), error = function(e) dead("nobody reads it")) # R makes SIGPIPE an error
    invisible()
  }

  open_channel <- function() {
    if (!ready) {
      ready <<- TRUE
      suppressWarnings(tryCatch({
        if (!file.exists(path)) stop() # fifo() would make one
        # opened for reading and writing first, a FIFO that nobody reads does not block: fifo(7)
        both <- fifo(path, "r+b", blocking = FALSE)
        connection <<- fifo(path, "wb", blocking = TRUE)
        close(both)
      }, error = function(e) dead("it cannot be opened as a FIFO")))
    }
    !is.null(connection)
  }

  dead <- function(why) {
    if (!is.null(connection)) try(close(connection), silent = TRUE)
    connection <<- NULL
    say_once(paste0("the recorder of this run cannot be reached through ", path, ": ", why))
  }

  say_once <- function(what) {
    if (!warned) message("dvclive: ", what, ". What is logged from here on is not recorded; the program goes on.")
    warned <<- TRUE
  }

  new_file <- function(suffix) tempfile(paste0("r-", Sys.getpid(), "-"), dirname(path), suffix)

  # A name: bare where that may stand.
  word <- function(name) {
    bare <- grepl("^[A-Za-z0-9_][A-Za-z0-9_./-]*$", name, perl = TRUE) &&
      !name %in% c("step", "timestamp", "plot", "rank")
    if (bare) name else quoted(name)
  }

  quoted <- function(text) {
    text <- gsub("([\"\\\\])", "\\\\\\1", enc2utf8(as.character(text)), perl = TRUE)
    for (control in regmatches(text, gregexpr("[\\x01-\\x1f\\x7f]", text, perl = TRUE))[[1]]) {
      text <- sub(control, sprintf("\\u%04x", utf8ToInt(control)), text, fixed = TRUE)
    }
    paste0('"', text, '"')
  }

  # JSON, and what JSON cannot say but the protocol can: NaN, infinities. A vector of length 1 is its element.
  json <- function(value) {
    if (is.factor(value)) value <- as.character(value)
    if (is.null(value)) return("null")
    if (is.list(value) || length(value) != 1) {
      items <- vapply(value, json, "", USE.NAMES = FALSE)
      if (is.null(names(value))) return(paste0("[", paste(items, collapse = ","), "]"))
      return(paste0("{", paste0(vapply(names(value), quoted, ""), ":", items, collapse = ","), "}"))
    }
    if (is.character(value)) return(if (is.na(value)) "null" else quoted(value))
    if (is.na(value)) return("nan")
    if (is.logical(value)) return(if (value) "true" else "false")
    if (!is.numeric(value)) return(quoted(value))
    if (is.integer(value)) return(sprintf("%d", value))
    if (is.infinite(value)) return(if (value > 0) "inf" else "-inf")
    value <- as.numeric(value)
    text <- sprintf("%.15g", value)
    if (as.numeric(text) == value) text else sprintf("%.17g", value)
  }

  list(
    log_metric = log_metric, log_param = log_param, next_step = next_step, set_step = set_step,
    log_image = log_image, log_artifact = log_artifact, summary = summary, line = line
  )
})
