using System.Buffers.Text;
using System.Data.Common;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Registry.Certificates;

namespace Registry.Answers;

/// <summary>An answer as it is kept: its JWS in parts, and the checkpoint it was read under. Of ten thousand rows the payload is 13 MB: it
/// stays packed, and whoever reads it unpacks it as he goes.</summary>
/// <param name="Head">Of the JWS, as it stands there.</param>
/// <param name="Payload">Of the JWS, packed.</param>
/// <param name="Signature">Of the JWS.</param>
/// <param name="Note">The signed note.</param>
/// <param name="Newest">What the map said of its certificates, packed; null where the log did not hold its root.</param>
public sealed record KeptAnswer(string Head, byte[] Payload, byte[] Signature, string Note, byte[]? Newest)
{
    /// <summary>Payload that is encoded at once: whole groups of three bytes, so that no padding comes between.</summary>
    private const int PieceBytes = 3 << 14;

    /// <summary>An answer that was signed.</summary>
    /// <param name="payload">Of the JWS.</param>
    /// <param name="compact">The JWS.</param>
    /// <param name="note">The signed note.</param>
    /// <param name="newest">What the map said, packed.</param>
    public static KeptAnswer Of(byte[] payload, byte[] compact, string note, byte[]? newest)
    {
        var (first, last) = (Array.IndexOf(compact, (byte)'.'), Array.LastIndexOf(compact, (byte)'.'));
        var (head, signature) = (Encoding.ASCII.GetString(compact, 0, first), Base64Url.DecodeFromUtf8(compact.AsSpan(last + 1)));
        return new(head, Packed(packed => packed.Write(payload)), signature, note, newest);
    }

    /// <summary>What the map said, packed.</summary>
    public static byte[] Packed(KeptNewest newest) => Packed(packed => JsonSerializer.Serialize(packed, newest, Answer.Options));

    /// <summary>All of what was signed.</summary>
    public Answer Answer => Read<Answer>(Payload, Answer.Options);

    /// <summary>Of what was signed the log and the statements.</summary>
    public AnsweredFrom From => Read<AnsweredFrom>(Payload, AnsweredFrom.Options);

    /// <summary>What the map said.</summary>
    public KeptNewest? Map => Newest is null ? null : Read<KeptNewest>(Newest, Answer.Options);

    /// <summary>The compact JWS, piece by piece; each is gone when the next is asked for.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Signed()
    {
        yield return Encoding.ASCII.GetBytes(Head + ".");
        using var payload = Unpacked(Payload);
        var (read, made) = (new byte[PieceBytes], new byte[Base64Url.GetEncodedLength(PieceBytes)]);
        for (int length; (length = payload.ReadAtLeast(read, PieceBytes, throwOnEndOfStream: false)) > 0;)
            yield return made.AsMemory(0, Base64Url.EncodeToUtf8(read.AsSpan(0, length), made));
        yield return Encoding.ASCII.GetBytes("." + Base64Url.EncodeToString(Signature));
    }

    /// <summary>SHA-256 of the compact JWS, lower-case hex.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var piece in Signed()) hash.AppendData(piece.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static T Read<T>(byte[] packed, JsonSerializerOptions options)
    {
        using var json = Unpacked(packed);
        return JsonSerializer.Deserialize<T>(json, options)!;
    }

    private static byte[] Packed(Action<Stream> write)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal)) write(brotli);
        return packed.ToArray();
    }

    private static BrotliStream Unpacked(byte[] packed) => new(new MemoryStream(packed), CompressionMode.Decompress);
}

/// <summary>SQL of kept answers. They hold who asked for whom, which is confidential: they are found by their id alone, never listed and
/// not in the log.</summary>
public static class AnswerStore
{
    private const int IdBytes = 16, IdLength = 26;

    /// <summary>Bytes that one answer may take, compressed, and all together; each counts as a page of the file at least.</summary>
    public const int MaxBytes = 4 << 20, LeastBytes = 4096;
    public const long MaxTotal = 1L << 30;

    /// <summary>128 random bits.</summary>
    public static string NewId()
    {
        var value = new System.Numerics.BigInteger(RandomNumberGenerator.GetBytes(IdBytes), isUnsigned: true);
        Span<char> text = stackalloc char[IdLength];
        for (var i = IdLength - 1; i >= 0; i--, value >>= 5) text[i] = Identifier.Alphabet[(int)(value & 31)];
        return new(text);
    }

    /// <summary>An id as it was typed or scanned; null when it can be none.</summary>
    public static string? ParseId(string typed)
    {
        if (typed.Length > 2 * IdLength) return null;
        var plain = typed.Replace("-", "").Replace(" ", "").ToUpperInvariant();
        return plain.Length == IdLength && plain.All(Identifier.Alphabet.Contains) ? plain : null;
    }

    private static string Hash(string code) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code.Trim())));

    /// <summary>Keeps an answer, and lets those go whose time has passed.</summary>
    /// <param name="transaction">The writer's.</param>
    /// <param name="id">Its id.</param>
    /// <param name="kept">What is kept.</param>
    /// <param name="deletionCode">Whoever gives it may delete the answer; its hash is kept.</param>
    /// <param name="expiresAt">Milliseconds since 1970.</param>
    /// <exception cref="FaultException">It is too large, or there is no room.</exception>
    public static void Add(Transaction transaction, string id, KeptAnswer kept, string deletionCode, long expiresAt)
    {
        var db = transaction.Connection;
        db.Execute("DELETE FROM answer WHERE expires_at <= @now", new { now = transaction.Now.ToUnixTimeMilliseconds() });
        if (kept.Payload.Length > MaxBytes) throw new FaultException(Refusal.AnswerTooLarge, "/rows", MaxBytes);
        var bytes = Math.Max(LeastBytes, kept.Payload.Length + (kept.Newest?.Length ?? 0));
        var held = db.ExecuteScalar<long>("SELECT coalesce(sum(bytes), 0) FROM answer");
        if (held + bytes > MaxTotal) throw new FaultException(Refusal.AnswersFull);
        db.Execute("""
            INSERT INTO answer (id, head, payload, signature, note, deletion_hash, expires_at, bytes, newest)
            VALUES (@id, @Head, @Payload, @Signature, @Note, @hash, @expiresAt, @bytes, @Newest)
            """, new { id, kept.Head, kept.Payload, kept.Signature, kept.Note, hash = Hash(deletionCode), expiresAt, bytes, kept.Newest });
    }

    private sealed record Row
    {
        public string Head { get; init; } = "";
        public byte[]? Payload { get; init; }
        public byte[] Signature { get; init; } = [];
        public string Note { get; init; } = "";
        public byte[]? Newest { get; init; }
    }

    /// <summary>The answer of an id.</summary>
    /// <exception cref="FaultException">There is none, its time has passed, or it was deleted.</exception>
    public static KeptAnswer Existing(DbConnection db, string typed, DateTimeOffset now)
    {
        const string Query = "SELECT head, payload, signature, note, newest FROM answer WHERE id = @id AND expires_at > @now";
        var row = ParseId(typed) is not { } id ? null : db.QueryFirstOrDefault<Row>(Query, new { id, now = now.ToUnixTimeMilliseconds() });
        if (row is null) throw new FaultException(Refusal.UnknownAnswer);
        if (row.Payload is null) throw new FaultException(Refusal.AnswerDeleted);
        return new(row.Head, row.Payload, row.Signature, row.Note, row.Newest);
    }

    /// <summary>Deletes what an answer says; that there was one stays until its time has passed, so that every node hears of it.</summary>
    /// <exception cref="FaultException">There is none, or the code is not the one that was given with it.</exception>
    public static void Delete(Transaction transaction, string typed, string code)
    {
        var db = transaction.Connection;
        var now = transaction.Now.ToUnixTimeMilliseconds();
        var id = ParseId(typed) ?? throw new FaultException(Refusal.UnknownAnswer);
        var hash = db.ExecuteScalar<string?>("SELECT deletion_hash FROM answer WHERE id = @id AND expires_at > @now", new { id, now })
            ?? throw new FaultException(Refusal.UnknownAnswer);
        var isRight = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(Hash(code)));
        if (!isRight) throw new FaultException(Refusal.WrongDeletionCode);
        const string Delete = "UPDATE answer SET payload = NULL, newest = NULL, note = '', bytes = @LeastBytes WHERE id = @id";
        db.Execute(Delete, new { id, LeastBytes });
    }
}
