using System.Data.Common;
using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using Registry.Certificates;
using Registry.Transparency;

namespace Registry.Watching;

/// <summary>What somebody follows, until a day. Nothing of him is kept.</summary>
/// <param name="Id">Unguessable: whoever knows it reads and ends it.</param>
/// <param name="CreatedAt">When it was begun.</param>
/// <param name="Until">The last day.</param>
/// <param name="After">Index of the newest entry of the log then.</param>
/// <param name="Certificates">Ids.</param>
/// <param name="Uscc">Of a holder whose later certificates are followed, too.</param>
/// <param name="Title">What was searched for.</param>
public sealed record Watch(
    string Id, DateTimeOffset CreatedAt, DateOnly Until, long After, string[] Certificates, string? Uscc, string? Title)
{
    /// <summary>Certificates of one, and how many there may be in all.</summary>
    public const int MaxCertificates = 1000, MaxWatches = 100_000;
    /// <summary>The furthest day is so many years ahead; left out, one.</summary>
    public const int MaxYears = 5, DefaultYears = 1;
    /// <summary>So long it can be read that one is over.</summary>
    public const int KeptDays = 30;

    public bool IsOver(DateOnly today) => today > Until;
}

/// <summary>SQL of what is followed.</summary>
public static class WatchStore
{
    private const int IdLength = 26;

    /// <summary>Begins one; its id.</summary>
    /// <exception cref="FaultException">There are too many.</exception>
    public static string Begin(Transaction transaction, WatchDraft draft) =>
        Begin(transaction, draft, RandomNumberGenerator.GetString(Identifier.Alphabet, IdLength));

    /// <summary>Begins one under an id that everybody knows.</summary>
    /// <inheritdoc cref="Begin(Transaction, WatchDraft)"/>
    public static string Begin(Transaction transaction, WatchDraft draft, string id)
    {
        var db = transaction.Connection;
        db.Execute("DELETE FROM watch WHERE until < @before", new { before = Day.Of(transaction.Now).AddDays(-Watch.KeptDays) });
        var there = db.ExecuteScalar<long>("SELECT count(*) FROM watch");
        if (there >= Watch.MaxWatches) throw new FaultException(Refusal.TooManyWatches);
        db.Execute("""
            INSERT INTO watch (id, created_at, until, after, certificates, uscc, title)
            VALUES (@id, @now, @Until, @after, @certificates, @Uscc, @Title)
            """, new
        {
            id,
            now = transaction.Now.ToUnixTimeMilliseconds(),
            draft.Until,
            after = EntryLog.Size(db) - 1,
            certificates = JsonSerializer.Serialize(draft.Certificates),
            draft.Uscc,
            draft.Title,
        });
        return id;
    }

    /// <exception cref="FaultException">There is none of that address.</exception>
    public static Watch Existing(DbConnection db, string id) => db.Rows(
        "SELECT id, created_at, until, after, certificates, uscc, title FROM watch WHERE id = @id", Read, id.ToUpperInvariant())
        is [var watch] ? watch : throw new FaultException(Refusal.UnknownWatch);

    private static Watch Read(DbDataReader row) => new(row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)),
        row.GetFieldValue<DateOnly>(2), row.GetInt64(3), JsonSerializer.Deserialize<string[]>(row.GetString(4))!,
        row.IsDBNull(5) ? null : row.GetString(5), row.IsDBNull(6) ? null : row.GetString(6));

    /// <summary>Ends one: nothing that comes after is told.</summary>
    public static void End(Transaction transaction, string id)
    {
        var watch = Existing(transaction.Connection, id);
        var yesterday = Day.Of(transaction.Now).AddDays(-1);
        const string end = "UPDATE watch SET until = @yesterday WHERE id = @Id AND until > @yesterday";
        transaction.Connection.Execute(end, new { watch.Id, yesterday });
    }

    /// <summary>A holder's certificates, the newest of them.</summary>
    public static CertificateRow[] Held(DbConnection db, string uscc) =>
        [.. CertificateStore.WithUsccs(db, [uscc], Watch.MaxCertificates).Values.SelectMany(rows => rows)];

    /// <summary>The certificates that are followed, by expiry; of a holder his later ones among them.</summary>
    public static CertificateRow[] Followed(DbConnection db, Watch watch)
    {
        var listed = CertificateStore.WithIds(db, watch.Certificates).Values.Select(rows => rows[0]);
        var held = watch.Uscc is { } uscc ? Held(db, uscc) : [];
        return [.. listed.Concat(held).DistinctBy(row => row.Seq).OrderBy(row => row.ExpiresOn).ThenBy(row => row.Seq)];
    }
}
