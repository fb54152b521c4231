using System.Buffers;
using System.IO.Compression;
using System.IO.Hashing;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using Registry.Certificates;

namespace Registry.Http;

/// <summary>How the registry reads and writes JSON.</summary>
public static class Json
{
    public static readonly JsonSerializerOptions Options = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    private const int MaxDepth = 16;
    private static readonly JsonSerializerOptions read = Reading();

    /// <summary>For people to read.</summary>
    public static readonly JsonSerializerOptions Indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <summary>Largest body of a single act: a statement must fit an entry of the log.</summary>
    public const int MaxAct = Transparency.EntryLog.MaxLeaf;

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        // It leaves what only a page of HTML would have to write otherwise, such as the + of base64: an answer is never part of a page.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.PropertyNameCaseInsensitive = false;
        options.AllowDuplicateProperties = false;
        JsonConverter[] words = [new KebabEnum<Status>(), new KebabEnum<Reason>(), new KebabEnum<Placement>(), new KebabEnum<Withdrawer>()];
        foreach (var converter in (JsonConverter[])[.. words, new Milliseconds(), new CertificateJson()]) options.Converters.Add(converter);
        return options;
    }

    private static JsonSerializerOptions Reading()
    {
        var options = new JsonSerializerOptions(Options) { MaxDepth = MaxDepth };
        options.Converters.Add(new Distinct());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>An object that is read later, member by member. Left to itself it notices a name that is there twice only then, as a
    /// failure.</summary>
    private sealed class Distinct : JsonConverter<JsonObject>
    {
        public override JsonObject Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            var element = JsonElement.ParseValue(ref reader);
            var isObject = element.ValueKind == JsonValueKind.Object && IsDistinct(element);
            return isObject ? JsonObject.Create(element)! : throw new JsonException("It is no object, or a name is there twice.");
        }

        private static bool IsDistinct(JsonElement element)
        {
            if (element.ValueKind == JsonValueKind.Array) return element.EnumerateArray().All(IsDistinct);
            if (element.ValueKind != JsonValueKind.Object) return true;
            var members = element.EnumerateObject().ToList();
            var areDistinct = members.DistinctBy(member => member.Name).Count() == members.Count;
            return areDistinct && members.TrueForAll(member => IsDistinct(member.Value));
        }

        public override void Write(Utf8JsonWriter writer, JsonObject value, JsonSerializerOptions options) => value.WriteTo(writer);
    }

    [ThreadStatic] private static (Pieces Bytes, Utf8JsonWriter Json)? kept;

    /// <summary>Answers a value as JSON of known length, which goes out in one piece: chunks cost a second call of the system.</summary>
    public static IResult Answer<T>(T value) => new JsonAnswer<T>(value, isTagged: false);

    /// <summary>The same, written at once: of what is made as it is written nothing has to be held, and a snapshot that it is made from
    /// need not stay open.</summary>
    public static IResult Written<T>(T value)
    {
        var (bytes, json) = Write(value);
        return new WrittenAnswer(bytes, json);
    }

    /// <summary>The same with a tag of what it says: whoever has it already is told so.</summary>
    public static IResult Tagged<T>(T value) => new JsonAnswer<T>(value, isTagged: true);

    private sealed class JsonAnswer<T>(T value, bool isTagged) : IResult
    {
        public Task ExecuteAsync(HttpContext context)
        {
            var (bytes, json) = Write(value);
            if (isTagged && Manners.IsKept(context, Manners.TagOf(bytes.Hash()))) bytes.Clear();
            else Send(context.Response, bytes);
            return Keep(bytes, json);
        }
    }

    private sealed class WrittenAnswer(Pieces bytes, Utf8JsonWriter json) : IResult
    {
        public Task ExecuteAsync(HttpContext context)
        {
            Send(context.Response, bytes);
            return Keep(bytes, json);
        }
    }

    /// <summary>What was written is gone: the next answer of this thread is written with the same.</summary>
    private static Task Keep(Pieces bytes, Utf8JsonWriter json)
    {
        json.Reset();
        kept = (bytes, json);
        return Task.CompletedTask;
    }

    private static (Pieces Bytes, Utf8JsonWriter Json) Write<T>(T value)
    {
        var (bytes, json) = kept ?? Writer();
        kept = null; // one that fails halfway is not used again
        JsonSerializer.Serialize(json, value, Options);
        return (bytes, json);
    }

    private static void Send(HttpResponse response, Pieces bytes)
    {
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = bytes.Length;
        bytes.MoveTo(response.BodyWriter);
    }

    private static (Pieces, Utf8JsonWriter) Writer()
    {
        var bytes = new Pieces();
        return (bytes, new(bytes, new() { Encoder = Options.Encoder, SkipValidation = true }));
    }

    /// <summary>What was written, in pieces that others use again: a list of ten thousand rows is twelve megabytes, and one buffer that
    /// grows to hold them is three times that, new for each.</summary>
    private sealed class Pieces : IBufferWriter<byte>
    {
        private const int PieceBytes = 1 << 16;

        private readonly List<(byte[] Bytes, int Used)> full = [];
        private byte[] last = new byte[PieceBytes];
        private int used;

        public long Length => full.Sum(piece => (long)piece.Used) + used;

        public void Advance(int count) => used += count;

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            if (last.Length - used < Math.Max(1, sizeHint))
            {
                full.Add((last, used));
                (last, used) = (ArrayPool<byte>.Shared.Rent(Math.Max(PieceBytes, sizeHint)), 0);
            }
            return last.AsMemory(used);
        }

        /// <summary>Gives all of it to the response at once, and nothing is left here: whoever reads slowly keeps no lane from the
        /// next.</summary>
        public void MoveTo(PipeWriter response)
        {
            foreach (var (bytes, length) in full) response.Write(bytes.AsSpan(0, length));
            response.Write(last.AsSpan(0, used));
            Clear();
        }

        /// <summary>Nothing is left, and others use the pieces.</summary>
        public void Clear()
        {
            foreach (var (bytes, _) in full) ArrayPool<byte>.Shared.Return(bytes);
            full.Clear();
            used = 0;
        }

        /// <summary>The hash of all of it.</summary>
        public ulong Hash()
        {
            var hash = new XxHash64();
            foreach (var (bytes, length) in full) hash.Append(bytes.AsSpan(0, length));
            hash.Append(last.AsSpan(0, used));
            return hash.GetCurrentHashAsUInt64();
        }
    }

    /// <summary>Reads a body strictly and finds wrong types and unknown fields at once, <see cref="JsonFaults.Most"/> of them at
    /// most.</summary>
    /// <exception cref="FaultException">It is no JSON, too large, of another type, or holds wrong fields.</exception>
    public static async Task<(T Value, byte[] Content)> ReadAsync<T>(HttpRequest request, int maxBytes)
    {
        if (!request.HasJsonContentType()) throw new FaultException(Refusal.UnsupportedMedia, "", "application/json");
        var content = await BytesAsync(request, maxBytes);
        return (Parse<T>(content, request.HttpContext.RequestAborted), content);
    }

    /// <inheritdoc cref="ReadAsync{T}"/>
    public static T Parse<T>(ReadOnlySpan<byte> content, CancellationToken cancel = default)
    {
        // Nearly all are right and need nobody to look for every error.
        if (JsonFaults.IsText(content))
            try
            {
                if (JsonSerializer.Deserialize<T>(content, read) is { } right) return right;
            }
            catch (JsonException) { }
        throw new FaultException(JsonFaults.Of<T>(content, read, cancel));
    }

    /// <exception cref="FaultException">There is more than <paramref name="maxBytes"/>.</exception>
    public static async Task<byte[]> BytesAsync(HttpRequest request, int maxBytes)
    {
        if (request.ContentLength > maxBytes) throw new FaultException(Refusal.TooLarge, "", maxBytes);
        using var content = new MemoryStream();
        var buffer = new byte[16384];
        await using var body = Unpacked(request);
        try
        {
            for (int read; (read = await body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0;)
            {
                content.Write(buffer, 0, read);
                if (content.Length > maxBytes) throw new FaultException(Refusal.TooLarge, "", maxBytes);
            }
        }
        // It is not what Content-Encoding says; Brotli tells so in its own way.
        catch (Exception error) when (error is InvalidDataException or InvalidOperationException)
        {
            throw new FaultException(Refusal.BadRequest);
        }
        return content.ToArray();
    }

    /// <summary>What came, unpacked: whoever reads it counts the bytes as they come out.</summary>
    private static Stream Unpacked(HttpRequest request) => request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant() switch
    {
        "" or "identity" => request.Body,
        "gzip" => new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
        "br" => new BrotliStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
        _ => throw new FaultException(Refusal.UnsupportedMedia, "", "application/json (Content-Encoding: gzip, br)"),
    };
}
