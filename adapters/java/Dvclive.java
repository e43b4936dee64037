import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.lang.reflect.Array;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Logs metrics, params, images and artifacts of a Java program to {@code dvclive run}. Java 8 or newer, no
 * dependencies; copy this file and give it your package.
 *
 * <pre>
 * Dvclive.logParam("lr", 0.1);
 * Dvclive.logMetric("loss", 0.52);             // at the current step, or: logMetric("loss", 0.52, 3)
 * Dvclive.nextStep();                          // or: setStep(7)
 * Dvclive.summary("best", 0.52);
 * Dvclive.logImage("curve.png", "out/c.png");
 * Dvclive.logArtifact("model.pt", Map.of("type", "model", "copy", true));
 * Dvclive.line("progress 30/100");             // any other record of `dvclive help-protocol`
 * </pre>
 *
 * Under {@code dvclive run} records go through the FIFO that DVCLIVE_FIFO names; else they are printed as
 * "@dvclive ..." lines. Nothing here ends the program or throws: if the recorder is gone, one line on stderr says
 * so. Threads and processes may log at the same time. A full FIFO is waited for: Java cannot write without blocking.
 */
public final class Dvclive {
    private static final int RECORD = 4096; // one write(2) is whole among many writers: PIPE_BUF, pipe(7)
    private static final Set<String> RESERVED = new HashSet<>(Arrays.asList("step", "timestamp", "plot", "rank"));
    private static final String FIFO = System.getenv().getOrDefault("DVCLIVE_FIFO", "");
    private static final Path FOLDER = Paths.get(FIFO).toAbsolutePath().getParent();
    private static OutputStream fifo = FIFO.isEmpty() ? null : open();
    private static boolean warned;

    private Dvclive() {}

    /** One point of one curve, at the current step: a number, boolean or text. */
    public static void logMetric(String name, Object value) {
        line(word(name) + "=" + json(value));
    }

    /** One point of one curve, at a step. */
    public static void logMetric(String name, Object value, long step) {
        line(word(name) + "=" + json(value) + " step=" + step);
    }

    /** A parameter of the run: a number, boolean or text, or arrays, iterables and maps of these. */
    public static void logParam(String name, Object value) {
        line("param " + word(name) + "=" + json(value));
    }

    /** A result of the run: a value beside the metrics, without a curve. */
    public static void summary(String name, Object value) {
        line("summary " + word(name) + "=" + json(value));
    }

    /** The step goes up by one. It begins at 0. */
    public static void nextStep() {
        line("next-step");
    }

    /** Sets the step. */
    public static void setStep(long step) {
        line("step " + step);
    }

    /** An image file; what it holds now is recorded, so it may be overwritten afterwards. */
    public static void logImage(String name, String path) {
        String source = path;
        if (!FIFO.isEmpty()) {
            if (fifo == null) {
                return;
            }
            String file = new File(path).getName();
            Path copy = newFile(file.contains(".") ? file.substring(file.lastIndexOf('.')) : "");
            try {
                Files.copy(Paths.get(path), copy);
            } catch (IOException error) {
                System.err.println("dvclive: the image " + path + " cannot be copied to " + FOLDER + ": " + error + ".");
                return;
            }
            source = copy.toString();
        }
        line("image " + quoted(name) + " path=" + quoted(source));
    }

    /** A file or folder to track with DVC. */
    public static void logArtifact(String path) {
        logArtifact(path, Collections.<String, Object>emptyMap());
    }

    /** A file or folder to track with DVC. About it: type, name, desc, labels, meta, copy, cache. */
    public static void logArtifact(String path, Map<String, ?> about) {
        StringBuilder record = new StringBuilder("artifact " + quoted(path));
        about.forEach((key, value) -> record.append(' ').append(key).append('=').append(json(value)));
        line(record.toString());
    }

    /** One record, without newline. */
    public static synchronized void line(String record) {
        if (FIFO.isEmpty()) {
            // System.out would write ? for what its charset cannot say
            byte[] bytes = ("@dvclive " + record + "\n").getBytes(StandardCharsets.UTF_8);
            System.out.flush();
            System.out.write(bytes, 0, bytes.length);
            System.out.flush();
            return;
        }
        if (fifo == null) {
            return;
        }
        byte[] bytes = (record + "\n").getBytes(StandardCharsets.UTF_8);
        if (bytes.length > RECORD) {
            Path file = newFile(".lines");
            try {
                Files.write(file, bytes, StandardOpenOption.CREATE_NEW);
            } catch (IOException error) {
                warn("values are lost, no file can be written in " + FOLDER + ": " + error);
                return;
            }
            bytes = ("{\"@file\": \"" + file.getFileName() + "\"}\n").getBytes(StandardCharsets.UTF_8);
        }
        try {
            fifo.write(bytes); // EPIPE is an exception: the JVM ignores SIGPIPE
        } catch (IOException error) {
            dead("nobody reads it");
        }
    }

    /** Opened for reading and writing first, a FIFO that nobody reads does not block: fifo(7). */
    private static OutputStream open() {
        Path path = Paths.get(FIFO);
        try {
            if (!Files.readAttributes(path, BasicFileAttributes.class).isOther()) {
                dead("not a FIFO");
                return null;
            }
            RandomAccessFile both = new RandomAccessFile(FIFO, "rw");
            try {
                return new FileOutputStream(FIFO);
            } finally {
                both.close();
            }
        } catch (IOException error) {
            dead(error.toString());
            return null;
        }
    }

    private static void dead(String why) {
        fifo = null;
        warn("the recorder of this run cannot be reached through " + FIFO + ": " + why);
    }

    private static void warn(String what) {
        if (!warned) {
            System.err.println(
                    "dvclive: " + what + ". What is logged from here on is not recorded; the program goes on.");
        }
        warned = true;
    }

    private static Path newFile(String suffix) {
        return FOLDER.resolve("java-" + UUID.randomUUID() + suffix);
    }

    private static String word(String name) {
        return name.matches("[A-Za-z0-9_][A-Za-z0-9_./-]*") && !RESERVED.contains(name) ? name : quoted(name);
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            boolean pair = Character.isHighSurrogate(c)
                    && at + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(at + 1));
            if (pair) {
                out.append(c).append(text.charAt(++at));
            } else if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (Character.isISOControl(c) || Character.isSurrogate(c)) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    /** JSON, and what JSON cannot say but the protocol can: NaN, infinities. */
    private static String json(Object value) {
        if (value == null || value instanceof Number || value instanceof Boolean) {
            return String.valueOf(value);
        }
        StringBuilder out = new StringBuilder();
        if (value instanceof Map) {
            ((Map<?, ?>) value)
                    .forEach((key, item) -> out.append(',').append(quoted(String.valueOf(key))).append(':').append(json(item)));
            return "{" + (out.length() > 0 ? out.substring(1) : "") + "}";
        }
        if (value instanceof Iterable) {
            ((Iterable<?>) value).forEach(item -> out.append(',').append(json(item)));
        } else if (value.getClass().isArray()) {
            for (int at = 0; at < Array.getLength(value); at++) {
                out.append(',').append(json(Array.get(value, at)));
            }
        } else {
            return quoted(value.toString());
        }
        return "[" + (out.length() > 0 ? out.substring(1) : "") + "]";
    }
}
