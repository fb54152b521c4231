using System.Buffers.Text;
using System.Data.Common;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Registry.Certificates;

namespace Registry.Answers;

/// <summary>An answer as it is kept: its JWS, and the checkpoint it was read under.</summary>
/// <param name="Signed">Compact JWS.</param>
/// <param name="Note">The signed note.</param>
/// <param name="Newest">What the map said of its certificates; null where the log did not hold its root.</param>
public sealed record KeptAnswer(byte[] Signed, string Note, KeptNewest? Newest = null)
{
    public Answer Answer => Answer.FromJson(Transparency.Jws.PayloadOf(Signed));
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
        var (first, last) = (Array.IndexOf(kept.Signed, (byte)'.'), Array.LastIndexOf(kept.Signed, (byte)'.'));
        var payload = Packed(Base64Url.DecodeFromUtf8(kept.Signed.AsSpan(first + 1, last - first - 1)));
        if (payload.Length > MaxBytes) throw new FaultException(Refusal.AnswerTooLarge, "/rows", MaxBytes);
        var newest = kept.Newest is null ? null : Packed(kept.Newest.ToJson());
        var bytes = Math.Max(LeastBytes, payload.Length + (newest?.Length ?? 0));
        var held = db.ExecuteScalar<long>("SELECT coalesce(sum(bytes), 0) FROM answer");
        if (held + bytes > MaxTotal) throw new FaultException(Refusal.AnswersFull);
        var (head, signature) = (Encoding.ASCII.GetString(kept.Signed, 0, first), Base64Url.DecodeFromUtf8(kept.Signed.AsSpan(last + 1)));
        db.Execute("""
            INSERT INTO answer (id, head, payload, signature, note, deletion_hash, expires_at, bytes, newest)
            VALUES (@id, @head, @payload, @signature, @Note, @hash, @expiresAt, @bytes, @newest)
            """, new { id, head, payload, signature, kept.Note, hash = Hash(deletionCode), expiresAt, bytes, newest });
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
        var compact = $"{row.Head}.{Base64Url.EncodeToString(Unpacked(row.Payload))}.{Base64Url.EncodeToString(row.Signature)}";
        var newest = row.Newest is null ? null : KeptNewest.FromJson(Unpacked(row.Newest));
        return new(Encoding.ASCII.GetBytes(compact), row.Note, newest);
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

    private static byte[] Packed(byte[] payload)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal)) brotli.Write(payload);
        return packed.ToArray();
    }

    private static byte[] Unpacked(byte[] packed)
    {
        using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var payload = new MemoryStream();
        brotli.CopyTo(payload);
        return payload.ToArray();
    }
}
