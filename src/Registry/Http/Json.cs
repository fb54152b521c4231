using System.Buffers;
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
    private static readonly JsonSerializerOptions read = new(Options) { MaxDepth = MaxDepth };

    /// <summary>For people to read.</summary>
    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <summary>Largest body of a single act: a statement must fit an entry of the log.</summary>
    public const int MaxAct = EntryBytes;
    private const int EntryBytes = Transparency.EntryLog.MaxLeaf;

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        // It leaves what only a page of HTML would have to write otherwise, such as the + of base64: an answer is never part of a page.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.PropertyNameCaseInsensitive = false;
        options.AllowDuplicateProperties = false;
        foreach (JsonConverter converter in (JsonConverter[])[new KebabEnum<Status>(), new KebabEnum<Reason>(), new KebabEnum<Placement>(), new KebabEnum<Withdrawer>(), new Milliseconds(), new CertificateJson()]) options.Converters.Add(converter);
        return options;
    }

    [ThreadStatic] private static (ArrayBufferWriter<byte> Bytes, Utf8JsonWriter Json)? kept;

    /// <summary>Answers a value as JSON of known length, which goes out in one piece: chunks cost a second call of the system.</summary>
    public static IResult Answer<T>(T value) => new JsonAnswer<T>(value);

    private sealed class JsonAnswer<T>(T value) : IResult
    {
        public Task ExecuteAsync(HttpContext context)
        {
            var (bytes, json) = kept ??= Writer();
            bytes.ResetWrittenCount();
            json.Reset(bytes);
            try { JsonSerializer.Serialize(json, value, Options); }
            catch
            {
                kept = null;
                throw;
            }
            context.Response.ContentType = "application/json; charset=utf-8";
            context.Response.ContentLength = bytes.WrittenCount;
            context.Response.BodyWriter.Write(bytes.WrittenSpan);
            if (bytes.Capacity > 1 << 20) kept = null;
            return Task.CompletedTask;
        }

        private static (ArrayBufferWriter<byte>, Utf8JsonWriter) Writer()
        {
            var bytes = new ArrayBufferWriter<byte>(4096);
            return (bytes, new(bytes, new() { Encoder = Options.Encoder, SkipValidation = true }));
        }
    }

    /// <summary>Reads a body strictly and finds every wrong type and unknown field at once.</summary>
    /// <exception cref="FaultException">It is no JSON, too large, of another type, or holds wrong fields.</exception>
    public static async Task<(T Value, byte[] Content)> ReadAsync<T>(HttpRequest request, int maxBytes)
    {
        if (!request.HasJsonContentType()) throw new FaultException(new Fault(Refusal.UnsupportedMedia, "", "application/json"));
        var content = await BytesAsync(request, maxBytes);
        return (Parse<T>(content), content);
    }

    /// <inheritdoc cref="ReadAsync{T}"/>
    public static T Parse<T>(ReadOnlySpan<byte> content)
    {
        // Nearly all are right and need no tree to find every error in.
        try
        {
            if (JsonSerializer.Deserialize<T>(content, read) is { } right) return right;
        }
        catch (JsonException) { }
        return FindFaults<T>(content);
    }

    private static T FindFaults<T>(ReadOnlySpan<byte> content)
    {
        JsonNode? node;
        try { node = JsonNode.Parse(content, documentOptions: new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth }); }
        catch (JsonException error) { throw new FaultException(new Fault(Refusal.MalformedJson, "", (error.LineNumber ?? 0) + 1, (error.BytePositionInLine ?? 0) + 1)); }

        var faults = new List<Fault>();
        while (faults.Count < 100)
        {
            try
            {
                var value = node.Deserialize<T>(Options);
                if (faults.Count == 0 && value is not null) return value;
                if (value is null) faults.Add(new(Refusal.Required));
                break;
            }
            catch (JsonException error)
            {
                // The serialiser stops at the first error: note it, take that member out, and read on.
                var path = PathOf(error.Path);
                faults.Add(error.Message.Contains("could not be mapped", StringComparison.Ordinal)
                    ? new(Refusal.UnknownField, Pointer(path)) : new(Refusal.WrongType, Pointer(path), Expected(typeof(T), path)));
                if (path.Count == 0 || !Remove(node, path)) break;
            }
        }
        throw new FaultException(faults);
    }

    /// <exception cref="FaultException">There is more than <paramref name="maxBytes"/>.</exception>
    public static async Task<byte[]> BytesAsync(HttpRequest request, int maxBytes)
    {
        if (request.ContentLength > maxBytes) throw new FaultException(new Fault(Refusal.TooLarge, "", maxBytes));
        using var content = new MemoryStream();
        var buffer = new byte[16384];
        for (int read; (read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0;)
        {
            content.Write(buffer, 0, read);
            if (content.Length > maxBytes) throw new FaultException(new Fault(Refusal.TooLarge, "", maxBytes));
        }
        return content.ToArray();
    }

    private static string Pointer(IEnumerable<string> path) => string.Concat(path.Select(part => "/" + part.Replace("~", "~0").Replace("/", "~1")));

    /// <summary>The parts of the serialiser's path: <c>$.holder.name</c>, <c>$.sites[2]</c>, <c>$['odd name']</c>.</summary>
    private static List<string> PathOf(string? path)
    {
        var parts = new List<string>();
        for (var i = 1; i < path?.Length;)
        {
            if (path[i] == '.')
            {
                var end = path.IndexOfAny(['.', '['], i + 1);
                if (end < 0) end = path.Length;
                parts.Add(path[(i + 1)..end]);
                i = end;
            }
            else
            {
                var quoted = path.AsSpan(i).StartsWith("['");
                var end = path.IndexOf(quoted ? "']" : "]", i, StringComparison.Ordinal);
                if (end < 0) break;
                parts.Add(path[(i + (quoted ? 2 : 1))..end]);
                i = end + (quoted ? 2 : 1);
            }
        }
        return parts;
    }

    private static bool Remove(JsonNode? root, List<string> path)
    {
        for (var i = 0; i < path.Count - 1; i++) root = root switch { JsonObject o => o[path[i]], JsonArray a when int.TryParse(path[i], out var n) && n < a.Count => a[n], _ => null };
        switch (root)
        {
            case JsonObject parent: return parent.Remove(path[^1]);
            case JsonArray list when int.TryParse(path[^1], out var index) && index < list.Count:
                list[index] = null;
                return true;
            default: return false;
        }
    }

    /// <summary>In words, what the member at a path should be.</summary>
    private static Text Expected(Type type, List<string> path)
    {
        foreach (var part in path)
        {
            if (type.IsArray) { type = type.GetElementType()!; continue; }
            type = type.GetProperties().FirstOrDefault(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name) == part)?.PropertyType ?? typeof(object);
        }
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(DateOnly) ? new("日期 YYYY-MM-DD", "a date, YYYY-MM-DD")
            : type == typeof(string) ? new("文本", "text")
            : type == typeof(int) ? new("整数", "an integer")
            : type == typeof(decimal) ? new("数字", "a number")
            : type.IsEnum ? new("：" + Words(type), "one of " + Words(type))
            : type.IsArray ? new("数组", "an array") : new("对象", "an object");
    }

    private static string Words(Type type) => string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.KebabCaseLower.ConvertName));
}
