using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Registry.Certificates;
using Registry.Transparency;
using Registry.Verification;

namespace Registry.Answers;

/// <summary>The log as it stood when an answer was given.</summary>
/// <param name="Origin">Its name.</param>
/// <param name="Size">Entries.</param>
/// <param name="Root">Base64 of the root over them.</param>
/// <param name="RecordedTo">When the newest of them was recorded.</param>
public sealed record AnsweredLog(string Origin, long Size, string Root, DateTimeOffset? RecordedTo);

/// <summary>A statement of the log that verdicts rest on. Its instant is that of the log, which a leaf alone does not tell
/// exactly.</summary>
/// <param name="LogIndex">Its index.</param>
/// <param name="LeafHash">Base64 of the RFC 6962 hash of the leaf.</param>
/// <param name="RecordedAt">When it was recorded.</param>
public sealed record RestingOn(long LogIndex, string LeafHash, DateTimeOffset RecordedAt);

/// <summary>Of an answer what its proofs are made from.</summary>
public sealed record AnsweredFrom(AnsweredLog Log, RestingOn[] Statements)
{
    /// <summary>All else is passed over.</summary>
    public static readonly JsonSerializerOptions Options = new(Answer.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };
}

/// <summary>A line of a list as it was given, with what of it was not compared with anything.</summary>
public sealed record AnsweredLine(int Line, string Text, string[]? Unused);

/// <summary>
/// What the registry signs: the question, the verdicts, the instant, the log they were read from and the statements each rests on. The
/// payload of a JWS of type <c>answer+jws</c>.
/// </summary>
public sealed record Answer
{
    /// <summary>Unguessable: 128 random bits as 26 characters of Crockford base32.</summary>
    public required string Id { get; init; }
    /// <summary>The page where it can be seen again.</summary>
    public required string Address { get; init; }
    public required DateTimeOffset AnsweredAt { get; init; }
    /// <summary>The registry keeps it to that day; whoever has the file can check it for ever.</summary>
    public required DateOnly KeptUntil { get; init; }
    public required AnsweredLog Log { get; init; }
    /// <summary>The day of every row that has none of its own, and what is asked of all.</summary>
    public required VerificationRequest Question { get; init; }
    public required Coverage Coverage { get; init; }
    /// <summary>Of the messages: <c>zh</c> or <c>en</c>.</summary>
    public required string Language { get; init; }
    public required Verdict[] Rows { get; init; }
    /// <summary>Every statement that some row rests on, by index.</summary>
    public required RestingOn[] Statements { get; init; }
    /// <summary>The lines as they were pasted or uploaded; left out where the question came in fields.</summary>
    public AnsweredLine[]? Lines { get; init; }
    /// <summary>Headings of columns that nothing was compared with.</summary>
    public string[]? UnusedColumns { get; init; }
    /// <summary>What else is to be known of how the list was read; left out where nothing is.</summary>
    public string[]? Notes { get; init; }

    [JsonIgnore]
    public Language Spoken => Language == "en" ? Registry.Language.En : Registry.Language.Zh;

    /// <summary>The lines as they were asked; of a question in fields, what each row names.</summary>
    [JsonIgnore]
    public AskedRow[] Asked
    {
        get
        {
            if (Lines is null) return [.. Rows.Select(row => new AskedRow(new(row.Row, [], Named(row.Asked)), row.Asked, [], null))];
            return [.. Lines.Zip(Rows, (line, row) => new AskedRow(new(line.Line, [], line.Text), row.Asked, line.Unused ?? [], null))];
        }
    }

    /// <summary>The list as it was asked.</summary>
    [JsonIgnore]
    public AskedList List => new()
    {
        Rows = Asked,
        UnusedColumns = UnusedColumns ?? [],
        Notes = [.. (Notes ?? []).Select(note => new Text(note, note))],
    };

    private static string Named(VerificationRow row)
    {
        string?[] names = [row.Number, row.Name, row.NameEn, row.Uscc, row.Code, row.Body];
        return string.Join(" ", names.OfType<string>());
    }

    /// <summary>The verdicts as verification gives them.</summary>
    [JsonIgnore]
    public VerificationAnswer Answered => new(AnsweredAt, Coverage, Rows) { KnownAt = Question.Until() };

    public byte[] ToJson()
    {
        // Written as a stream it is never in one buffer that grows: those stay with the pool they are of.
        using var made = new MemoryStream();
        JsonSerializer.Serialize(made, this, Options);
        return made.ToArray();
    }

    /// <exception cref="JsonException">It is no answer.</exception>
    public static Answer FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            var answer = JsonSerializer.Deserialize<Answer>(json, Options) ?? throw new JsonException("It is null.");
            var holdsNothing = answer.Rows.Contains(null) || answer.Statements.Contains(null) || answer.Lines?.Contains(null) == true;
            return holdsNothing ? throw new JsonException("An element is null.") : answer;
        }
        catch (Exception error) when (error is InvalidOperationException or NotSupportedException)
        {
            throw new JsonException(error.Message, error);
        }
    }

    /// <summary>As the interface writes it; read strictly, so that nothing signed goes unread.</summary>
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.Strict,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        PropertyNameCaseInsensitive = false,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        // What may be null is not written.
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { MayBeAbsent } },
        Converters =
        {
            new KebabEnum<Status>(), new KebabEnum<Reason>(), new KebabEnum<Outcome>(), new KebabEnum<Agreement>(),
            new Milliseconds(), new CertificateJson(),
        },
    };

    private static void MayBeAbsent(JsonTypeInfo type)
    {
        foreach (var member in type.Properties)
            if (member.IsRequired && member.IsGetNullable) member.IsRequired = false;
    }
}

/// <summary>A checkpoint that witnesses cosigned and that continues the one of an answer: so the answer stands under their word and their
/// clocks.</summary>
/// <param name="Checkpoint">The note with their lines.</param>
/// <param name="Consistency">Base64 hashes: that the answer's log is its beginning (RFC 6962 §2.1.2).</param>
public sealed record Witnessed(string Checkpoint, string[] Consistency);

/// <summary>An answer with all that is needed to check it without the registry: one file.</summary>
/// <param name="Format"><c>registry-answer@v1</c>.</param>
/// <param name="Log">Public key of the log, a vkey of C2SP. To be compared with one that is known otherwise.</param>
/// <param name="Key">The same key for the JWS.</param>
/// <param name="Signed">The answer: a compact JWS of type <c>answer+jws</c>.</param>
/// <param name="Checkpoint">The signed note over the log as it stood, with cosignatures where there are any.</param>
/// <param name="Proofs">For each statement its leaf and its inclusion proof, a text of C2SP tlog-proof that stands alone.</param>
/// <param name="Newest">What shows that no statement about its certificates was left out; absent where the log could not show it.</param>
/// <param name="Witnessed">A later checkpoint that witnesses cosigned, where there is one.</param>
public sealed record AnswerFile(
    string Format, string Log, Jwk Key, string Signed, string Checkpoint, string[] Proofs,
    NewestProof? Newest = null, Witnessed? Witnessed = null)
{
    public const string Version = "registry-answer@v1";

    /// <summary>Bytes of the largest file that is read.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>Null when it has not that form.</summary>
    public static AnswerFile? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var file = JsonSerializer.Deserialize<AnswerFile>(json, Answer.Options);
            var isWhole = file?.Proofs.Contains(null) == false && file.Witnessed?.Consistency.Contains(null) != true;
            return isWhole && IsWhole(file!.Newest) && file.Format == Version ? file : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NotSupportedException) { return null; }
    }

    private static bool IsWhole(NewestProof? newest) => newest is null
        || !newest.Hashes.Contains(null) && !newest.Entries.Contains(null)
            && newest.Certificates.All(one => one?.Hashes.Contains(null) == false);
}

/// <summary>The same as it is written: its proofs are made one by one, and none is held longer than that.</summary>
/// <param name="Key">Public key of the log.</param>
/// <param name="Kept">The answer.</param>
/// <param name="Checkpoint">As in <see cref="AnswerFile"/>, as what follows is.</param>
/// <param name="Proofs">For each statement.</param>
/// <param name="Newest">What shows that no statement was left out.</param>
/// <param name="Witnessed">A later checkpoint.</param>
public sealed record WrittenAnswer(
    VerifierKey Key, KeptAnswer Kept, string Checkpoint, IEnumerable<string> Proofs, NewestProof? Newest, Witnessed? Witnessed)
{
    private const int PieceBytes = 1 << 16;

    /// <summary>Writes the file.</summary>
    /// <param name="target">Where it is written; stays open.</param>
    public void WriteTo(Stream target)
    {
        using var json = new Utf8JsonWriter(target, new() { Indented = true, Encoder = Answer.Options.Encoder });
        json.WriteStartObject();
        json.WriteString("format", AnswerFile.Version);
        json.WriteString("log", Key.ToString());
        One("key", Jwk.Of(Key));
        json.WritePropertyName("signed");
        foreach (var piece in Kept.Signed())
        {
            json.WriteStringValueSegment(piece.Span, isFinalSegment: false);
            json.Flush();
        }
        json.WriteStringValueSegment(""u8, isFinalSegment: true);
        json.WriteString("checkpoint", Checkpoint);
        All("proofs", Proofs);
        if (Newest is not null)
        {
            json.WriteStartObject("newest");
            json.WriteNumber("size", Newest.Size);
            All("hashes", Newest.Hashes);
            All("entries", Newest.Entries);
            All("certificates", Newest.Certificates);
            json.WriteEndObject();
        }
        if (Witnessed is not null) One("witnessed", Witnessed);
        json.WriteEndObject();

        void One<T>(string name, T value)
        {
            json.WritePropertyName(name);
            JsonSerializer.Serialize(json, value, Answer.Options);
        }
        void All<T>(string name, IEnumerable<T> values)
        {
            json.WriteStartArray(name);
            foreach (var value in values)
            {
                JsonSerializer.Serialize(json, value, Answer.Options);
                if (json.BytesPending > PieceBytes) json.Flush();
            }
            json.WriteEndArray();
        }
    }
}
