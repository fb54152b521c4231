using System.Data.Common;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dapper;
using Registry.Certificates;

namespace Registry.Dumps;

/// <summary>The SQLite file of a dump, in the form that db/dump.sql describes; and what is asked of the registry's own file for
/// dumps.</summary>
internal sealed class DumpStore : IDisposable
{
    /// <summary>Its form, with what each column means.</summary>
    public static readonly string Schema = Migrations.Source("db/dump.sql");

    private static readonly ILookup<bool, string> statements =
        Schema.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .ToLookup(text => text.Contains(" INDEX ", StringComparison.Ordinal));

    private static readonly string[] columns =
    [
        "log_index", "id", "number", "status", "status_code", "holder_name", "holder_name_en", "uscc", "region", "region_name", "address",
        "body", "category", "level", "scope", "sites", "issued_on", "first_issued_on", "expires_on", "surveyed_on",
        "suspended_on", "suspended_until", "suspended_reason",
        "ended_as", "ended_on", "ended_at", "ended_reason", "replaces", "replaced_by", "recorded_at", "signed_by",
        .. Fields.Texts.Select(text => text.Column),
    ];

    private static readonly string insert =
        $"INSERT INTO certificate ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select(column => "@" + column))})";

    private readonly DbConnection db;

    /// <param name="file">Made anew.</param>
    public DumpStore(string file)
    {
        db = Sqlite.Make(file);
        foreach (var statement in statements[false]) db.Execute(statement);
        foreach (var text in Fields.Texts) db.Execute($"ALTER TABLE certificate ADD COLUMN {text.Column} TEXT");
        db.Execute("BEGIN");
        var categories = Catalogue.Categories.Select(category => new { category.No, category.Shown.Zh, category.Shown.En });
        db.Execute("INSERT INTO category (no, name, name_en) VALUES (@No, @Zh, @En)", categories);
    }

    public void Add(BodyView body)
    {
        const string Insert = "INSERT INTO body (approval_number, name, name_en) VALUES (@number, @name, @english)";
        db.Run(Insert, body.ApprovalNumber, body.Name, body.NameEn);
    }

    public void Add(CertificateView c) => db.Run(insert,
    [
        c.LogIndex, c.Id, c.Number, c.Status.Word(), c.StatusCode, c.Holder.Name, c.Holder.NameEn, c.Holder.Uscc, c.Holder.Region,
        c.Holder.RegionName, c.Holder.Address, c.Body.ApprovalNumber, c.Category.No, c.Level?.Code, c.Scope, Sites(c.Sites),
        Text(c.IssuedOn), Text(c.FirstIssuedOn), Text(c.ExpiresOn), Text(c.Surveillance?.LastOn),
        Text(c.Suspension?.On), Text(c.Suspension?.Until), c.Suspension?.Reason?.Word(),
        c.Ended?.As.Word(), Text(c.Ended?.On), Text(c.Ended?.RecordedAt), c.Ended?.Reason?.Word(), c.Replaces, c.ReplacedBy,
        Text(c.RecordedAt), c.SignedBy,
        .. Fields.Texts.Select(text => text.Get(c)),
    ]);

    private static readonly JsonSerializerOptions asWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string? Sites(string[] sites) => sites.Length == 0 ? null : JsonSerializer.Serialize(sites, asWritten);

    private static string? Text(DateOnly? day) => day?.ToString("O", CultureInfo.InvariantCulture);

    private static string? Text(DateTimeOffset? instant) => instant is { } at ? DumpManifest.At(at) : null;

    /// <summary>All rows are in.</summary>
    /// <param name="about">What the dump is.</param>
    public void Complete(IEnumerable<(string Name, string Value)> about)
    {
        foreach (var (name, value) in about) db.Run("INSERT INTO about (name, value) VALUES (@name, @value)", name, value);
        db.Execute("COMMIT");
        foreach (var statement in statements[true]) db.Execute(statement);
    }

    public void Dispose() => db.Dispose();

    // ---- of the registry's own file

    /// <summary>Bodies that the first entries of the log admit.</summary>
    public static List<BodyView> Bodies(DbConnection registry, long size) => registry.Rows(
        "SELECT approval_number, name, name_en FROM body WHERE seq < @size ORDER BY seq",
        row => new BodyView(row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2)), size);

    /// <summary>Id of the newest certificate among the first entries of the log that replaces another.</summary>
    public static string? Successor(DbConnection registry, string id, long size) => registry.Ask(
        "SELECT id FROM certificate WHERE replaces = @id AND seq < @size ORDER BY seq DESC LIMIT 1", row => row.GetString(0), id, size);
}
