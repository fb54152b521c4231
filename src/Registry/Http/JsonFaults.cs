using System.Buffers;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace Registry.Http;

/// <summary>
/// Finds what is wrong with a body that the serialiser refused, in one pass beside the types it should hold: the work grows with the bytes,
/// not with the faults, and ends with the hundredth of them or when nobody waits for the answer any more.
/// </summary>
internal ref struct JsonFaults
{
    /// <summary>Faults that are looked for and listed: more help nobody to mend a body.</summary>
    public const int Most = 100;

    private readonly ReadOnlySpan<byte> content;
    private readonly JsonSerializerOptions options;
    private readonly CancellationToken cancel;
    private readonly List<Fault> faults = [];
    private Utf8JsonReader reader;

    private JsonFaults(ReadOnlySpan<byte> content, JsonSerializerOptions options, CancellationToken cancel)
    {
        (this.options, this.cancel) = (options, cancel);
        this.content = content;
        reader = new(content, new() { MaxDepth = options.MaxDepth });
    }

    /// <summary>The faults of a body: at least one, because it was refused.</summary>
    /// <param name="content">What was sent.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="cancel">Set when the client has gone.</param>
    /// <exception cref="FaultException">A list is too long.</exception>
    public static IReadOnlyList<Fault> Of<T>(ReadOnlySpan<byte> content, JsonSerializerOptions options, CancellationToken cancel)
    {
        if (!Utf8.IsValid(content)) return [NoUtf8(content)];
        var search = new JsonFaults(content, options, cancel);
        try
        {
            search.reader.Read();
            if (search.reader.TokenType == JsonTokenType.Null) return [new(Refusal.Required)];
            search.Value(options.GetTypeInfo(typeof(T)), "", int.MaxValue);
            if (search.faults.Count < Most) search.reader.Read(); // nothing may follow
        }
        catch (JsonException error) { return [Malformed(error.LineNumber ?? 0, error.BytePositionInLine ?? 0)]; }
        return search.faults.Count > 0 ? search.faults : [new(Refusal.WrongType, "", Expected(typeof(T)))];
    }

    /// <summary>Whether every text in it, names too, is one: UTF-8 without halves of characters, which JSON can spell and nothing can
    /// keep.</summary>
    public static bool IsText(ReadOnlySpan<byte> content)
    {
        if (!Utf8.IsValid(content)) return false;
        if (content.IndexOf("\\u"u8) < 0) return true;
        var reader = new Utf8JsonReader(content, new() { MaxDepth = int.MaxValue });
        try
        {
            while (reader.Read())
                if (reader.ValueIsEscaped && IsBroken(ref reader)) return false;
        }
        catch (JsonException) { } // that is another fault
        return true;
    }

    private static bool IsBroken(ref Utf8JsonReader reader) =>
        reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && TextOf(ref reader) is null;
    private static string? TextOf(ref Utf8JsonReader reader)
    {
        try { return reader.GetString(); }
        catch (InvalidOperationException) { return null; }
    }

    private readonly bool Enough => faults.Count >= Most;

    private readonly void Add(Fault fault)
    {
        if (!Enough) faults.Add(fault);
    }

    /// <summary>A value at a place, whose first token was read; its last is read afterwards.</summary>
    private void Value(JsonTypeInfo type, string at, int mostItems)
    {
        switch (type.Kind, reader.TokenType)
        {
            case (JsonTypeInfoKind.Object, JsonTokenType.StartObject): Members(type, at); break;
            case (JsonTypeInfoKind.Enumerable, JsonTokenType.StartArray): Items(type, at, mostItems); break;
            default: Whole(type, at); break;
        }
    }

    private void Members(JsonTypeInfo type, string at)
    {
        var seen = new HashSet<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject && !Enough)
        {
            var (start, name) = (reader.TokenStartIndex, TextOf(ref reader));
            var member = name is null ? null : type.Properties.FirstOrDefault(property => property.Name == name);
            reader.Read();
            if (name is not null && !seen.Add(name)) throw At(start, $"“{name}” is there twice.");
            if (member is not null)
            {
                var limits = member.AttributeProvider?.GetCustomAttributes(typeof(MaxLengthAttribute), inherit: true);
                var limit = limits?.OfType<MaxLengthAttribute>().FirstOrDefault();
                Value(options.GetTypeInfo(member.PropertyType), Below(at, name!), limit?.Length ?? int.MaxValue);
                continue;
            }
            Add(name is null ? new(Refusal.BadText, at) : UnknownField(type, Below(at, name), name));
            reader.Skip();
        }
    }

    private static Fault UnknownField(JsonTypeInfo type, string at, string name) =>
        new(Refusal.UnknownField, at, Nearest.Hint(name, [.. type.Properties.Select(property => property.Name)]));

    /// <summary>A list that is too long is the one fault that is told, whatever else is wrong.</summary>
    private void Items(JsonTypeInfo type, string at, int most)
    {
        if (most < int.MaxValue && HasMore(reader, most)) throw new FaultException(Refusal.TooManyRows, at, most);
        var element = options.GetTypeInfo(type.ElementType!);
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray && !Enough; i++)
        {
            cancel.ThrowIfCancellationRequested();
            Value(element, $"{at}/{i}", int.MaxValue);
        }
    }

    private static bool HasMore(Utf8JsonReader list, int most)
    {
        var items = 0;
        for (; items <= most && list.Read() && list.TokenType != JsonTokenType.EndArray; items++) list.Skip();
        return items > most;
    }

    /// <summary>What the serialiser reads as one.</summary>
    private void Whole(JsonTypeInfo type, string at)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var value = content[start..(int)reader.BytesConsumed];
        if (!IsText(value)) Add(new(Refusal.BadText, at));
        else
            try { JsonSerializer.Deserialize(value, type); }
            catch (JsonException) when (type.Type == typeof(JsonObject) && value[0] == '{') { throw At(start, "A name is there twice."); }
            catch (JsonException) { Add(new(Refusal.WrongType, at, Expected(type.Type))); }
    }

    private static string Below(string at, string name) => $"{at}/{name.Replace("~", "~0").Replace("/", "~1")}";

    private readonly JsonException At(long index, string what)
    {
        var before = content[..(int)index];
        return new(what, null, before.Count((byte)'\n'), before.Length - 1 - before.LastIndexOf((byte)'\n'));
    }

    private static Fault Malformed(long line, long place) => new(Refusal.MalformedJson, "", line + 1, place + 1);

    private static Fault NoUtf8(ReadOnlySpan<byte> content)
    {
        var text = ArrayPool<char>.Shared.Rent(content.Length);
        Utf8.ToUtf16(content, text, out var right, out _, replaceInvalidSequences: false);
        ArrayPool<char>.Shared.Return(text);
        var before = content[..right];
        return Malformed(before.Count((byte)'\n'), before.Length - 1 - before.LastIndexOf((byte)'\n'));
    }

    /// <summary>In words, what should stand there.</summary>
    private static Text Expected(Type type)
    {
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
