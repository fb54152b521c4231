using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using Registry.Transparency;

namespace Registry.Certificates;

/// <summary>
/// One act by one body, as the log keeps it: the payload of a leaf. It holds public facts only, because a log cannot forget, and everything
/// a rebuild needs, because a projection may come from nowhere else.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "act")]
[JsonDerivedType(typeof(Issue), "issue")]
[JsonDerivedType(typeof(Correct), "correct")]
[JsonDerivedType(typeof(Suspend), "suspend")]
[JsonDerivedType(typeof(Restore), "restore")]
[JsonDerivedType(typeof(Revoke), "revoke")]
[JsonDerivedType(typeof(Cancel), "cancel")]
[JsonDerivedType(typeof(IssueMark), "issue-mark")]
[JsonDerivedType(typeof(WithdrawMark), "withdraw-mark")]
[JsonDerivedType(typeof(Admit), "admit")]
[JsonDerivedType(typeof(RegisterKey), "register-key")]
[JsonDerivedType(typeof(WithdrawKey), "withdraw-key")]
[JsonDerivedType(typeof(OwnSignatureOnly), "own-signature-only")]
[JsonDerivedType(typeof(AcceptLoss), "accept-loss")]
public abstract record Statement
{
    /// <summary>Approval number of the body that acts; for the registry's own acts, of the body concerned.</summary>
    [JsonPropertyOrder(-2)]
    public required string Body { get; init; }

    /// <summary>When whoever signed it stated it, to the millisecond.</summary>
    [JsonPropertyOrder(-1)]
    public DateTimeOffset StatedAt { get; init; }

    /// <summary>True when the registry signed it on behalf of the body, which had posted it with an API key. Absent when the body signed
    /// it itself, and on the registry's own acts.</summary>
    [JsonPropertyOrder(-1)]
    public bool? OnBehalf { get; init; }

    /// <summary>Audience: the origin of the log a body signed it for. Present when the body signed it.</summary>
    [JsonPropertyOrder(-1)]
    public string? Aud { get; init; }

    /// <summary>Leaf hash (base64url) of the newest statement about the certificate that a body saw when it signed an act on it.</summary>
    [JsonPropertyOrder(-1)]
    public string? Prev { get; init; }

    /// <summary>Base64 of the root of the map from certificates to their newest statements (<see cref="Transparency.MapTree"/>), over all
    /// entries before this one. In the first statement of each commit that the registry signs; absent in all others.</summary>
    [JsonPropertyOrder(-1)]
    public string? Map { get; init; }

    /// <summary>When the registry recorded it: <see cref="StatedAt"/>, but never earlier than that of the entry before.</summary>
    [JsonIgnore]
    public DateTimeOffset RecordedAt { get; init; }

    /// <summary>The rules about bodies' keys that the registry states with every admission and every key it registers. A log is under them
    /// from the first entry that says so: before it an API key could register a key while another one of the body stood.</summary>
    public const int KeyRules = 2;

    /// <summary>How far a body's clock may be ahead of the registry's, and how old a statement may be when it arrives. It is recorded at
    /// the instant its body stated, so this is also how exact "recorded" is for it.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(1), MaxAge = TimeSpan.FromMinutes(5);

    private static readonly Dictionary<Type, string> words = typeof(Statement).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToDictionary(kind => kind.DerivedType, kind => (string)kind.TypeDiscriminator!);

    /// <summary>Every kind of act, as the log spells it.</summary>
    public static IEnumerable<string> Words => words.Values;

    /// <summary>The kind of act in one word, as the log spells it.</summary>
    [JsonIgnore]
    public string Act => words[GetType()];

    /// <summary>The statement as JSON: what is signed when the registry signs.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, LeafJson.Default.Statement);

    /// <exception cref="JsonException">It is no statement, or holds what no statement holds.</exception>
    public static Statement FromJson(ReadOnlySpan<byte> json)
    {
        try { return JsonSerializer.Deserialize(json, LeafJson.Default.Statement) ?? throw new JsonException("It is null."); }
        catch (NotSupportedException error) { throw new JsonException("It names no act.", error); }
        // So the reader calls half of a character.
        catch (InvalidOperationException error) { throw new JsonException("It holds what is no text.", error); }
    }

    /// <summary>Who signed a statement, in one word: <c>body</c>, <c>set-key</c> (a key of the body that the registry set) or
    /// <c>registry</c>.</summary>
    public static string SignerOf(bool byBody, bool setKey) => !byBody ? "registry" : setKey ? "set-key" : "body";

    /// <summary>Whether both say the same, whenever and by whomever they were signed.</summary>
    public bool SaysTheSameAs(Statement other) => Said(this).AsSpan().SequenceEqual(Said(other));

    private static byte[] Said(Statement statement)
    {
        if (statement is Admit admit) statement = admit with { Rules = null };
        return (statement with { StatedAt = default, OnBehalf = null, Aud = null, Prev = null, Map = null }).ToJson();
    }
}

/// <summary>A statement about a certificate that exists, with the day it takes effect.</summary>
public abstract record Amendment : Statement
{
    /// <summary>Id of the certificate.</summary>
    public required string Certificate { get; init; }
    public required DateOnly EffectiveOn { get; init; }
}

/// <summary>颁发.</summary>
public sealed record Issue : Statement
{
    public required CertificateContent Certificate { get; init; }
}

/// <summary>变更: the whole content as it reads from the day of effect.</summary>
public sealed record Correct : Amendment
{
    public required CertificateContent Content { get; init; }
}

/// <summary>暂停.</summary>
public sealed record Suspend : Amendment
{
    public DateOnly? Until { get; init; }
    public Reason? Reason { get; init; }
}

/// <summary>恢复.</summary>
public sealed record Restore : Amendment;

/// <summary>撤销.</summary>
public sealed record Revoke : Amendment
{
    public Reason? Reason { get; init; }
}

/// <summary>注销.</summary>
public sealed record Cancel : Amendment
{
    public Reason? Reason { get; init; }
}

/// <summary>Issues a mark 认证标志 of a certificate.</summary>
public sealed record IssueMark : Statement
{
    /// <summary>Id of the certificate.</summary>
    public required string Certificate { get; init; }
    public required Placement Placement { get; init; }
    /// <summary>The product or the premises it is for.</summary>
    public required string Text { get; init; }
    /// <summary>GS1 GTIN of the product, 8, 12, 13 or 14 digits.</summary>
    public string? Gtin { get; init; }
    /// <summary>GS1 GDTI of the document, 13 digits and up to 17 characters.</summary>
    public string? Gdti { get; init; }
    /// <summary>Label of the print run.</summary>
    public string? Run { get; init; }
    /// <summary>Items of a serialised mark, numbered from 1; null where one design is printed any number of times.</summary>
    public int? Items { get; init; }
    /// <summary>SHA-256 of the seed the items' codes derive from, in lower-case hex: whoever is shown the seed can check that these codes
    /// were fixed then.</summary>
    public string? SeedHash { get; init; }
    /// <summary>Tells apart marks that read the same and are recorded in the same millisecond.</summary>
    public string? Nonce { get; init; }
}

/// <summary>Withdraws a mark.</summary>
public sealed record WithdrawMark : Statement
{
    /// <summary>Code of the mark.</summary>
    public required string Mark { get; init; }
    /// <summary>First and last serial of a range, both withdrawn; null for the whole mark.</summary>
    public int? First { get; init; }
    public int? Last { get; init; }
    /// <summary>At whose wish.</summary>
    public Withdrawer? By { get; init; }
}

/// <summary>The registry's own act: a body may publish from now on.</summary>
public sealed record Admit : Statement
{
    public required string Name { get; init; }
    public string? NameEn { get; init; }
    /// <summary><see cref="Statement.KeyRules"/>; absent in older logs.</summary>
    public int? Rules { get; init; }
}

/// <summary>At whose wish a mark is withdrawn. The body states it either way: holders sign nothing.</summary>
public enum Withdrawer { Body, Holder }

/// <summary>A body's own public key: statements it signed count from the next entry on. A body's first key comes in through an API key,
/// which the registry states on its behalf; every later one is signed by a key of the body that stands, or set by the registry as its own
/// act.</summary>
public sealed record RegisterKey : Statement
{
    public required Jwk Key { get; init; }
    /// <summary>The same statement without this member, signed by the new key itself: whoever registers it holds it.</summary>
    public string? Proof { get; init; }
    /// <summary>Id of the API key it came in through; absent where another key signed it, the registry set it, and in older logs.</summary>
    public string? Via { get; init; }
    /// <summary><see cref="Statement.KeyRules"/>, where the registry signed it; absent in older logs.</summary>
    public int? Rules { get; init; }
}

/// <summary>Withdraws a body's key: nothing it signs is recorded any more. What it signed before stands.</summary>
public sealed record WithdrawKey : Statement
{
    /// <summary>Thumbprint of the key (RFC 7638).</summary>
    public required string Kid { get; init; }
}

/// <summary>The body's own signature alone counts from now on: nothing is recorded on its behalf any more, by nobody. It cannot be taken
/// back.</summary>
public sealed record OwnSignatureOnly : Statement;

/// <summary>The registry's own act, about itself: entries that its key signed and that somebody was shown are lost, and the log goes on
/// without them. No body is concerned, so <see cref="Statement.Body"/> is empty.</summary>
public sealed record AcceptLoss : Statement
{
    /// <summary>The checkpoint that covers what is lost, as the log's key signed it: with this log it proves the fork, to
    /// everybody.</summary>
    public required string Lost { get; init; }
}

/// <summary>Where a mark is put. Which of them a scheme permits is data of the scheme edition.</summary>
public enum Placement { Packaging, Premises, Advertising, Documents }

/// <summary>Names of <see cref="Placement"/>.</summary>
public static class Placements
{
    public static string Word(this Placement placement) => placement switch
    {
        Placement.Packaging => "packaging",
        Placement.Premises => "premises",
        Placement.Advertising => "advertising",
        Placement.Documents => "documents",
    };

    public static Text Name(this Placement placement) => placement switch
    {
        Placement.Packaging => new("商品包装", "Packaging"),
        Placement.Premises => new("经营场所", "Premises"),
        Placement.Advertising => new("广告宣传", "Advertising"),
        Placement.Documents => new("文件资料", "Documents"),
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false, MaxDepth = 16,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
    Converters =
    [
        typeof(KebabEnum<Reason>), typeof(KebabEnum<Placement>), typeof(KebabEnum<Withdrawer>), typeof(KebabEnum<Status>),
        typeof(Milliseconds),
    ])]
[JsonSerializable(typeof(Statement)), JsonSerializable(typeof(Jwk))]
internal sealed partial class LeafJson : JsonSerializerContext
{
    static LeafJson() =>
        Default = new(new JsonSerializerOptions(s_defaultOptions) { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) });
}

/// <summary>Enumerations as lower case words with hyphens, numbers refused.</summary>
public sealed class KebabEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>Instants in UTC with exactly three decimals, so that writing a leaf again gives the same bytes.</summary>
public sealed class Milliseconds : JsonConverter<DateTimeOffset>
{
    /// <summary>Older logs may hold instants without a zone. They are UTC: as local time, which is how .NET reads them, each reader's would
    /// be another.</summary>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        reader.GetDateTime() is { Kind: DateTimeKind.Unspecified } bare ? new(bare, TimeSpan.Zero) : reader.GetDateTimeOffset();

    /// <summary>A member of an object as it is written there; null when it has none of that name.</summary>
    public static string? Spelt(ReadOnlySpan<byte> json, ReadOnlySpan<byte> member)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(member);
            reader.Read();
            if (found) return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            reader.Skip();
        }
        return null;
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Text(value));

    public static string Text(DateTimeOffset value)
    {
        // The round-trip form has seven digits of a second, and costs a fifth of a form that is spelt out.
        const int Length = 28, UpToMilliseconds = 23;
        Span<char> text = stackalloc char[Length];
        value.UtcDateTime.TryFormat(text, out _, "O", System.Globalization.CultureInfo.InvariantCulture);
        text[UpToMilliseconds] = 'Z';
        return new(text[..(UpToMilliseconds + 1)]);
    }
}
