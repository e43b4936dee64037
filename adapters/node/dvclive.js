// dvclive.js: log metrics, params, images and artifacts of a Node program to `dvclive run`. No dependencies.
//
//   const dvclive = require("./dvclive.js");         // where "type" is "module": import dvclive from "./dvclive.cjs"
//   dvclive.logParam("lr", 0.1);
//   dvclive.logMetric("loss", 0.52);                 // at the current step, or: logMetric("loss", 0.52, { step: 3 })
//   dvclive.nextStep();                              // or: setStep(7)
//   dvclive.summary("best", 0.52);
//   dvclive.logImage("curve.png", "out/c.png");
//   dvclive.logArtifact("model.pt", { type: "model", copy: true, labels: ["a"], meta: { k: 1 } });
//   dvclive.line("progress 30/100");                 // any other record of `dvclive help-protocol`
//
// Under `dvclive run` records go through the FIFO that DVCLIVE_FIFO names; else they are printed as
// "@dvclive ..." lines. Nothing here blocks the program, ends it or throws: if the recorder is gone, one line on
// stderr says so. Worker threads and child processes may log at the same time.
"use strict";

const fs = require("fs");
const path = require("path");
const { threadId } = require("worker_threads");

const RECORD = 4096; // one write(2) is whole among many writers: PIPE_BUF, pipe(7)
const RESERVED = new Set(["step", "timestamp", "plot", "rank"]);

const fifo = process.env.DVCLIVE_FIFO || "";
const folder = path.dirname(fifo);
let fd = -1;
let backlog = -1; // a file of lines that wait for room in the FIFO, in order
let waiting = ""; // its name
let count = 0;
let warned = false;
if (fifo) open();

/** One point of one curve. @param {string} name @param {number|bigint|string|boolean} value @param {{step?: number, timestamp?: number, plot?: boolean}} [about] */
function logMetric(name, value, about = {}) {
  line(`${word(name)}=${json(value)}${pairs(about)}`);
}

/** A parameter of the run. @param {string} name @param {unknown} value anything that JSON can say */
function logParam(name, value) {
  line(`param ${word(name)}=${json(value)}`);
}

/** A result of the run: a value beside the metrics, without a curve. @param {string} name @param {number|bigint|string|boolean} value */
function summary(name, value) {
  line(`summary ${word(name)}=${json(value)}`);
}

/** The step goes up by one. It begins at 0. */
function nextStep() {
  line("next-step");
}

/** @param {number} step */
function setStep(step) {
  line(`step ${step}`);
}

/** An image file; what it holds now is recorded, so it may be overwritten afterwards. @param {string} name @param {string} file */
function logImage(name, file) {
  let source = file;
  if (fifo) {
    if (fd < 0) return;
    const copy = newName(path.extname(file));
    source = path.join(folder, copy);
    try {
      fs.copyFileSync(file, source);
    } catch (error) {
      process.stderr.write(`dvclive: the image ${file} cannot be copied to ${folder}: ${error.code}.\n`);
      return;
    }
  }
  line(`image ${JSON.stringify(String(name))} path=${JSON.stringify(source)}`);
}

/** A file or folder to track with DVC. @param {string} file @param {{type?: string, name?: string, desc?: string, labels?: string[], meta?: object, copy?: boolean, cache?: boolean}} [about] */
function logArtifact(file, about = {}) {
  line(`artifact ${JSON.stringify(file)}${pairs(about)}`);
}

/** One record, without newline. @param {string} record */
function line(record) {
  if (!fifo) {
    print(`@dvclive ${record}\n`);
    return;
  }
  if (fd < 0) return;
  const bytes = Buffer.from(`${record}\n`);
  if (backlog >= 0 && !handOver()) waitInFile(bytes);
  else if (bytes.length > RECORD) {
    waitInFile(bytes); // too long for the FIFO: a backlog of one line
    if (backlog >= 0) handOver();
  } else if (fd >= 0 && !write(bytes) && fd >= 0) waitInFile(bytes);
}

// Through Node's own stream, in order with console.log.
function print(text) {
  process.stdout.write(text);
}

function open() {
  try {
    const { O_WRONLY, O_NONBLOCK } = fs.constants;
    fd = fs.openSync(fifo, O_WRONLY | O_NONBLOCK);
    if (!fs.fstatSync(fd).isFIFO()) throw Object.assign(new Error(), { code: "not a FIFO" });
  } catch (error) {
    dead(error);
    return;
  }
  process.on("exit", lastChance);
}

function dead(error) {
  if (fd >= 0) fs.closeSync(fd);
  fd = -1;
  const why = ["ENXIO", "EPIPE"].includes(error.code) ? "nobody reads it" : error.code;
  warn(`the recorder of this run cannot be reached through ${fifo}: ${why}`);
}

function warn(what) {
  if (!warned) process.stderr.write(`dvclive: ${what}. What is logged from here on is not recorded; the program goes on.\n`);
  warned = true;
}

// Write a line of at most RECORD bytes, whole or not at all; false where the FIFO is full or dead.
function write(bytes) {
  for (;;) {
    try {
      fs.writeSync(fd, bytes);
      return true;
    } catch (error) {
      if (error.code === "EINTR") continue;
      if (error.code !== "EAGAIN") dead(error); // Node ignores SIGPIPE
      return false;
    }
  }
}

// At the program's end: what waits is handed over, if there is room within five seconds.
function lastChance() {
  const nap = new Int32Array(new SharedArrayBuffer(4));
  for (let naps = 0; naps < 1000 && fd >= 0 && backlog >= 0 && !handOver(); naps++) Atomics.wait(nap, 0, 0, 5);
}

// Tell the recorder of the backlog; false where the FIFO is still full.
function handOver() {
  if (!write(Buffer.from(`{"@file": "${waiting}"}\n`))) return false;
  fs.closeSync(backlog);
  backlog = -1;
  return true;
}

function waitInFile(bytes) {
  try {
    if (backlog < 0) {
      waiting = newName(".lines");
      backlog = fs.openSync(path.join(folder, waiting), "ax", 0o600);
    }
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(backlog, bytes, at);
  } catch (error) {
    warn(`values are lost, no file can be written in ${folder}: ${error.code}`);
  }
}

function newName(suffix) {
  return `js-${process.pid}-${threadId}-${Date.now()}-${++count}${suffix}`;
}

// A name: bare where that may stand.
function word(name) {
  const text = String(name);
  return /^[A-Za-z0-9_][A-Za-z0-9_./-]*$/.test(text) && !RESERVED.has(text) ? text : JSON.stringify(text);
}

function pairs(about) {
  return Object.entries(about)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${json(value)}`)
    .join("");
}

// JSON, and what JSON cannot say but the protocol can: NaN, infinities, big integers.
function json(value) {
  if (typeof value === "number" || typeof value === "bigint") return Object.is(value, -0) ? "-0.0" : String(value);
  if (value && typeof value.toJSON === "function") return json(value.toJSON());
  if (ArrayBuffer.isView(value)) return json(Array.from(value));
  if (Array.isArray(value)) return `[${value.map(json).join(",")}]`;
  if (value && typeof value === "object") {
    return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${json(item)}`).join(",")}}`;
  }
  return typeof value === "string" || typeof value === "boolean" ? JSON.stringify(value) : "null";
}

module.exports = { logMetric, logParam, nextStep, setStep, logImage, logArtifact, summary, line };
