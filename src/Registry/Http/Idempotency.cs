using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;

namespace Registry.Http;

/// <summary>Runs an act in the writer's transaction and answers it; with an Idempotency-Key a repeat gets the first answer again.</summary>
public static class Idempotency
{
    /// <summary>The header (draft-ietf-httpapi-idempotency-key-header).</summary>
    public const string Header = "Idempotency-Key";
    /// <summary>Characters of a key.</summary>
    public const int MaxKey = 255;
    private const int KeptDays = 7;

    private sealed record Kept
    {
        public byte[] Request { get; init; } = [];
        public int Status { get; init; }
        public string? Location { get; init; }
        public byte[] Answer { get; init; } = [];
        /// <summary>The answer where it need not be kept: made into bytes after the commit, beside the writer.</summary>
        public object? Passing { get; init; }
    }

    /// <summary>An act in the writer's transaction, and what answers it.</summary>
    public delegate (int Status, string? Location, object Answer) Recording(Transaction transaction);

    /// <summary>The answer is kept in the same transaction as the act: there is no moment in which one is there without the
    /// other.</summary>
    public static async Task<IResult> Run(HttpContext context, Database database, byte[] content, Recording act)
    {
        var (key, body) = (KeyOf(context.Request), RequestKeys.Body(context));
        if (key.Length == 0) return await Run(context, database, content, act, body, key);
        var open = context.RequestServices.GetRequiredService<InProgress>();
        if (!open.TryAdd((body, key), true)) throw new FaultException(Refusal.InProgress);
        try { return await Run(context, database, content, act, body, key); }
        finally { open.TryRemove((body, key), out _); }
    }

    /// <summary>Keys, each of a body, whose request has come and is not answered yet.</summary>
    public sealed class InProgress : ConcurrentDictionary<(string Body, string Key), bool>;

    /// <summary>The key, quoted as the header is defined (a string of RFC 8941) or bare as many send it.</summary>
    internal static string KeyOf(HttpRequest request)
    {
        var given = request.Headers[Header];
        if (given.Count == 0) return "";
        var key = given.Count == 1 ? Unquoted(given.ToString()) : null;
        var isKey = key is { Length: > 0 and <= MaxKey } && key.All(c => c is > ' ' and <= '~');
        return isKey ? key! : throw new FaultException(Refusal.BadIdempotencyKey);
    }

    /// <summary>Null where quotes stand as they do in no key: half of them lost on the way, it would be taken for another.</summary>
    private static string? Unquoted(string given)
    {
        const char quote = '"', escape = '\\';
        if (!given.Contains(quote)) return given;
        if (given is not [quote, .. var inner, quote]) return null;
        var key = new StringBuilder();
        for (var i = 0; i < inner.Length; i++)
        {
            if (inner[i] == quote) return null;
            if (inner[i] == escape && (++i == inner.Length || inner[i] is not (quote or escape))) return null;
            key.Append(inner[i]);
        }
        return key.ToString();
    }

    private static async Task<IResult> Run(
        HttpContext context, Database database, byte[] content, Recording act, string body, string key)
    {
        var place = $"{context.Request.Method} {context.Request.Path}\n";
        var request = key.Length == 0 ? [] : SHA256.HashData([.. Encoding.UTF8.GetBytes(place), .. content]);
        var kept = await database.RecordAsync(transaction =>
        {
            if (database.Node is not null) RequestKeys.CheckAgain(context, transaction);
            var db = transaction.Connection;
            var now = transaction.Now.ToUnixTimeMilliseconds();
            if (key.Length > 0)
            {
                db.Execute("DELETE FROM idempotency WHERE created_at < @before", new { before = now - KeptDays * 86_400_000L });
                const string Query = "SELECT request, status, location, answer FROM idempotency WHERE body = @body AND key = @key";
                if (db.QueryFirstOrDefault<Kept>(Query, new { body, key }) is { } first)
                    return first.Request.AsSpan().SequenceEqual(request) ? first : throw new FaultException(Refusal.KeyReused);
            }
            var (status, location, answer) = act(transaction);
            if (key.Length == 0) return new() { Status = status, Location = location, Passing = answer };
            var json = JsonSerializer.SerializeToUtf8Bytes(answer, Json.Options);
            var made = new Kept { Status = status, Location = location, Answer = json };
            db.Execute("""
                INSERT INTO idempotency (body, key, request, status, location, answer, created_at)
                VALUES (@body, @key, @request, @Status, @Location, @Answer, @now)
                """, new { body, key, request, made.Status, made.Location, made.Answer, now });
            return made;
        });
        if (kept.Location is not null) context.Response.Headers.Location = kept.Location;
        context.Response.StatusCode = kept.Status;
        return kept.Passing is { } answer ? Json.Answer(answer) : Results.Bytes(kept.Answer, "application/json; charset=utf-8");
    }
}
