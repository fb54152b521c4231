using System.Buffers;
using System.Text.Json;

namespace Registry.Http;

/// <summary>
/// The log as lines of JSON on standard output, with the members the framework's own JSON console writes and the instant. Lines are
/// gathered and written together every few hundredths of a second: a line for every request, each with a call of the system and a
/// wake-up of another thread, cost more than the look-ups they told of. Errors are written at once.
/// </summary>
internal sealed class JsonLines : ILoggerProvider
{
    /// <summary>Bytes that may wait; beyond it whoever logs waits for the output.</summary>
    private const int MaxWaiting = 1 << 20;
    /// <summary>Bytes of a thread's own place that are kept for its next line.</summary>
    private const int MaxOwn = 1 << 16;
    private static readonly TimeSpan writeEvery = TimeSpan.FromMilliseconds(50);

    private readonly Lock filling = new(), writing = new();
    private readonly Stream output;
    private readonly Timer timer;
    private ArrayBufferWriter<byte> lines = new(1 << 16), spare = new(1 << 16);

    public JsonLines(Stream output)
    {
        this.output = output;
        timer = new(_ => Write(), null, writeEvery, writeEvery);
    }

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    /// <summary>Writes what waits.</summary>
    public void Dispose()
    {
        timer.Dispose();
        Write();
    }

    private void Write()
    {
        lock (writing)
        {
            ArrayBufferWriter<byte> full;
            lock (filling)
            {
                if (lines.WrittenCount == 0) return;
                (full, lines, spare) = (lines, spare, lines);
            }
            try
            {
                output.Write(full.WrittenSpan);
                output.Flush();
            }
            catch (IOException) { } // whoever read it has gone: the registry goes on
            full.ResetWrittenCount();
        }
    }

    private sealed class Category(JsonLines log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Made by whoever logs, in a place of its own: what many wait for is as long as a copy.
            var (line, json) = own ??= Writer();
            line.ResetWrittenCount();
            json.Reset(line);
            json.WriteStartObject();
            json.WriteString("Timestamp"u8, DateTime.UtcNow);
            json.WriteNumber("EventId"u8, eventId.Id);
            json.WriteString("LogLevel"u8, logLevel.ToString());
            json.WriteString("Category"u8, name);
            if (state is RequestLog.Line answered) answered.WriteTo(json);
            else Write(json, state, exception, formatter);
            json.WriteEndObject();
            json.Flush();
            line.Write("\n"u8);
            bool full;
            lock (log.filling)
            {
                log.lines.Write(line.WrittenSpan);
                full = log.lines.WrittenCount > MaxWaiting;
            }
            if (line.Capacity > MaxOwn) own = null;
            if (full || logLevel >= LogLevel.Error) log.Write();
        }

        private static void Write<TState>(
            Utf8JsonWriter json, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            json.WriteString("Message"u8, formatter(state, exception));
            if (exception is not null) json.WriteString("Exception"u8, exception.ToString());
            if (state is not IReadOnlyList<KeyValuePair<string, object?>> members) return;
            json.WriteStartObject("State"u8);
            for (var i = 0; i < members.Count; i++)
                switch (members[i].Value)
                {
                    case int number: json.WriteNumber(members[i].Key, number); break;
                    case long number: json.WriteNumber(members[i].Key, number); break;
                    case double number when double.IsFinite(number): json.WriteNumber(members[i].Key, number); break;
                    case bool flag: json.WriteBoolean(members[i].Key, flag); break;
                    case null: json.WriteNull(members[i].Key); break;
                    case var value: json.WriteString(members[i].Key, value.ToString()); break;
                }
            json.WriteEndObject();
        }

        [ThreadStatic] private static (ArrayBufferWriter<byte> Line, Utf8JsonWriter Json)? own;

        private static (ArrayBufferWriter<byte>, Utf8JsonWriter) Writer()
        {
            var line = new ArrayBufferWriter<byte>(512);
            return (line, new(line, new() { Encoder = Json.Options.Encoder, SkipValidation = true }));
        }
    }
}
